"""What a field is about, told from its name: telephone numbers, names, birthdays, countries, postcodes.

Only what is unmistakable counts, in the languages of the Benelux and around it; other columns are renamed by
`columns:` of their source.
"""

_PHONES = frozenset(
    [
        *("phone", "telephone", "tel", "mobile", "cell", "cellphone", "cellphones", "phones"),
        *("telefoon", "telefoonnummer", "mobiel", "gsm", "telefon", "telefonnummer", "mobil"),
        *("handy", "handynummer", "mobilnummer", "mobiltelefon", "téléphone", "portable"),
    ]
)
# Words that make of a phone's column one about it.
_ABOUT = frozenset(
    [
        *("type", "label", "opt", "in", "out", "optin", "optout", "consent", "valid", "status"),
        *("verified", "country", "code", "extension", "ext", "model", "os", "app", "brand", "at"),
        *("confirmed", "date", "source", "calls", "campaign", "user", "id", "hash", "suspect"),
    ]
)
_NAMES = frozenset(
    [
        *("name", "firstname", "lastname", "fullname", "surname", "givenname", "familyname"),
        *("middlename", "forename", "displayname", "contactname", "nickname"),
        *("naam", "voornaam", "achternaam", "volledigenaam", "roepnaam"),
        *("vorname", "nachname", "familienname", "navn", "fornavn", "efternavn", "etternavn"),
        *("förnamn", "efternamn", "nom", "prénom", "prenom"),
    ]
)
_BIRTHDAYS = frozenset(
    [
        *("birthday", "birthdate", "dateofbirth", "dob", "geboortedatum", "verjaardag"),
        *("geburtsdatum", "geburtstag", "fødselsdag", "fødselsdato", "födelsedatum"),
        *("fodselsdag", "fodselsdato", "datedenaissance", "naissance"),
    ]
)
_COUNTRIES = frozenset(["country", "countrycode", "land", "landcode", "landkode", "pays"])
_POSTCODES = frozenset(
    [
        *("postcode", "zip", "zipcode", "postalcode", "postnummer", "postnr", "plz"),
        *("postleitzahl", "codepostal"),
    ]
)


def is_phone(field: str) -> bool:
    """Whether `field` is named as one of telephone numbers."""
    words = set(field.split("_"))
    return bool(words & _PHONES) and not words & _ABOUT


def is_name(field: str) -> bool:
    """Whether `field` is named as one of names of people."""
    return field.replace("_", "") in _NAMES


def is_birthday(field: str) -> bool:
    """Whether `field` is named as one of birthdays."""
    return field.replace("_", "") in _BIRTHDAYS


def is_country(field: str) -> bool:
    """Whether `field` is named as one of countries."""
    return _tail(field, _COUNTRIES) is not None


def is_postcode(field: str) -> bool:
    """Whether `field` is named as one of postcodes."""
    return _tail(field, _POSTCODES) is not None


def country_beside(field: str, fields: list[str]) -> str | None:
    """Which of `fields` has the country of what `field` holds: `delivery_country` for `delivery_zip`."""
    countries = [name for name in fields if is_country(name)]
    prefix = _tail(field, _POSTCODES) or ""
    same = [name for name in countries if (_tail(name, _COUNTRIES) or "") == prefix]
    return next(iter([*same, *(name for name in countries if name == "country")]), None)


def _tail(field: str, known: frozenset[str]) -> str | None:
    """The words of `field` before one or two that are `known`; None where it does not end so."""
    words = field.split("_")
    for count in (1, 2):
        if len(words) >= count and "".join(words[-count:]) in known:
            return "_".join(words[:-count])
    return None
