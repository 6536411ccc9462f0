"""What people call the columns that mactl has a name for, in the languages of its users: only ever proposed."""

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "email": "e_mail mail email_address e_mail_address emailadres e_mailadres mailadres epost e_post courriel "
    "e_mail_adresse e_mailadresse mailadresse correo",
    "first_name": "firstname given_name voornaam vorname prénom prenom fornavn förnamn nombre roepnaam",
    "last_name": "lastname surname family_name achternaam familienaam nachname familienname nom efternavn "
    "efternamn apellido apellidos",
    "company": "company_name organisation organization organisatie bedrijf bedrijfsnaam firma société entreprise "
    "virksomhed företag employer",
    "phone": "phone_number telephone telephone_number tel mobile mobile_phone mobile_number telefoon "
    "telefoonnummer mobiel mobiele_nummer gsm telefon telefonnummer handy téléphone mobil",
    "country": "land country_code country_region pays landcode",
    "city": "plaats woonplaats stad town ort stadt ville by",
    "postcode": "postal_code zip zip_code zipcode plz postleitzahl code_postal postnummer",
    "birthday": "birth_date birthdate date_of_birth dob geboortedatum geb_datum verjaardag geburtsdatum geburtstag "
    "date_de_naissance fødselsdag fødselsdato födelsedag",
    "timezone": "time_zone tijdzone zeitzone fuseau_horaire tidszone",
    "language": "lang taal sprache langue sprog språk preferred_language locale",
    "tags": "tag labels label categories etiketten schlagworte étiquettes",
    "job_title": "jobtitle functie functietitel position beroep funktion poste stilling",
    "contact_id": "customer_number klantnummer klantnr klant_nr relatienummer debiteurnummer "
    "kundennummer kundenr kundenummer",
    "email_opt_out": "unsubscribed opted_out opt_out email_optout optout uitgeschreven afgemeld abgemeldet "
    "désinscrit afmeldt unsubscribed_from_all_email",
}
_FIELD_OF = {word: field for field, words in _NAMES.items() for word in words.split()}


def proposed_field(name: str) -> str | None:
    """The field that a column of this name (in snake_case) probably is; None where it has it, or nobody knows."""
    return _FIELD_OF.get(name)
