"""What is not looked at unless somebody names it: the special categories of Articles 9 and 10 GDPR, and traits that the
law protects against being told apart by (Article 21 of the EU Charter).

By the words in a name, in the languages that exports come in. It is a net, not a proof: a field with another name may
tell the same.
"""

import re
import unicodedata

_SPECIAL = {
    "health": "health gezondheid gesundheid helbred sundhed sante medical medisch medication medicijn medicine"
    " diagnosis diagnose disease ziekte krankheit sygdom illness allergy allergie allergies diet dieet disability"
    " disabled handicap invalide behinderung pregnant pregnancy zwanger schwanger gravid bmi therapy therapie patient"
    " wheelchair bloodtype",
    "religion or belief": "religion religious religie geloof glaube konfession belief faith church kerk kirche mosque"
    " moskee halal kosher",
    "ethnic origin": "ethnicity ethnic etniciteit herkomst race rasse ancestry afkomst skin huidskleur etnicitet",
    "political opinion": "politics political politiek politik partij partei voter",
    "union membership": "union vakbond gewerkschaft fagforening syndicat",
    "sexual life": "sexual sexuality orientation geaardheid seksualiteit sexuality lgbt gay",
    "biometrics or genes": "biometric biometrie fingerprint genetic genetisch dna",
    "crime": "criminal conviction strafblad offence offense vorstrafe",
    "gender": "gender sex geslacht geschlecht koen kon sexe salutation aanhef anrede civility",
    "age": "age leeftijd alter alder birthday birthdate birth dob geboortedatum geburtsdatum geburtstag verjaardag"
    " foedselsdag fodselsdag geboren geboortejaar birthyear generation naissance",
    "nationality": "nationality nationaliteit staatsangehorigkeit staatsangehoerigkeit"
    " nationalitaet nationalitat nationalitet citizenship"
    " burgerschap birthplace geboorteland geboorteplaats passport",
    "family": "marital married getrouwd verheiratet spouse children kinderen kinder kids",
}  # fmt: skip
_WORDS = {word: kind for kind, words in _SPECIAL.items() for word in words.split()}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ß": "ss"})
_LONGEST = 7
"""Words at least this long are found within longer ones, as Dutch, German and Danish write them."""


def sensitive_kind(name: str) -> str | None:
    """What a field, event or word so called would tell that is not to be used unasked, such as `health`; else None."""
    latin = _CAMEL.sub(" ", name).translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z]+", plain.lower())
    for word in words:
        if word in _WORDS:
            return _WORDS[word]
    return next(
        (
            kind
            for word in words
            for part, kind in _WORDS.items()
            if len(part) >= _LONGEST and part in word
        ),
        None,
    )
