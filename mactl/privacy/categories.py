"""Words for data: which fields a word of `privacy.data` covers, and which look like a special category (Article 9)."""

import re
from collections.abc import Collection

_COVERS = {
    "name": {"first_name", "last_name", "full_name", "middle_name", "prefix", "salutation", "initials", "title"},
    "address": {
        "street", "house_number", "address", "address_1", "address_2", "postcode", "postal_code", "zip", "city",
        "country", "state", "region", "postal_address",
    },
    "email": {"e_mail", "mail", "email_address"},
    "phone": {"mobile", "telephone", "phone_number", "sms", "whatsapp"},
    "birthday": {"date_of_birth", "birth_date", "birthdate", "age"},
}  # fmt: skip
_TRACKING_WORDS = (
    "behaviour", "behavior", "clicks", "click", "opens", "open", "visits", "visit", "page", "tracking", "usage",
    "engagement", "events", "activity", "interaction",
)  # fmt: skip
_SPECIAL = {
    "health": (
        "health", "medical", "medication", "diagnosis", "disease", "illness", "disability", "disabled", "allergy",
        "allergies", "pregnant", "pregnancy", "diet", "gezondheid", "medisch", "ziekte", "allergie", "zwanger",
    ),
    "religion or belief": ("religion", "religious", "faith", "belief", "church", "geloof", "religie"),
    "political opinion": ("political", "politics", "party_member", "vote", "politiek"),
    "race or ethnicity": ("race", "ethnic", "ethnicity", "nationality_origin", "ras", "etniciteit"),
    "trade union": ("union_member", "trade_union", "vakbond"),
    "sex life or orientation": ("sexual", "orientation", "gender_identity", "seksueel", "geaardheid"),
    "genetic or biometric": ("genetic", "dna", "biometric", "fingerprint", "biometrisch"),
    "criminal record": ("criminal", "conviction", "offence", "offense", "strafblad"),
    "national number": ("bsn", "ssn", "social_security", "national_id", "passport", "burgerservicenummer"),
}  # fmt: skip


def normal(word: str) -> str:
    """A word or field as it is compared: lower case, words joined by underscores."""
    return re.sub(r"[\W_]+", "_", word.strip().lower()).strip("_")


def covers(words: Collection[str], field: str) -> bool:
    """Whether one of `words` (of `privacy.data`) means this field."""
    name = normal(field)
    for word in map(normal, words):
        one = word.removesuffix("s")
        if name in (word, one) or name in _COVERS.get(word, ()) or name in _COVERS.get(one, ()):
            return True
    return False


def names_tracking(words: Collection[str]) -> bool:
    """Whether one of `words` is about what people do with mail and site."""
    told = {part for word in words for part in normal(word).split("_")}
    return any(word in told for word in _TRACKING_WORDS)


def special_category(field: str) -> str | None:
    """The special category that a field looks like, by its name; None for an ordinary one."""
    name = f"_{normal(field)}_"
    for category, words in _SPECIAL.items():
        if any(f"_{word}_" in name for word in words):
            return category
    return None


_EEA = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO"
EEA = frozenset(_EEA.split())
"""The European Economic Area, within which data moves freely (ISO 3166-1)."""
_ADEQUATE = "AD AR CA FO GG IL IM JP JE NZ KR CH GB UY"
ADEQUATE = frozenset(_ADEQUATE.split())
"""Countries that the Commission found adequate (GDPR Article 45); the United States only for who takes part in the Data
Privacy Framework, which a `transfer` says."""


def is_third_country(country: str | None) -> bool:
    """Whether data that goes there leaves what the GDPR covers."""
    return country is not None and country.upper() not in EEA


def needs_safeguards(country: str | None) -> bool:
    """Whether it needs safeguards of its own there (GDPR Article 46)."""
    return is_third_country(country) and (country or "").upper() not in ADEQUATE
