"""Names of countries in the languages around us, and codes of several kinds → ISO 3166-1 alpha-2.

The names are CLDR's. What ISO 3166, the United Nations and others write instead follows by rule where it can: `Iran,
Islamic Republic of` is `Islamic Republic of Iran`, and that is Iran.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from unicodedata import combining, normalize

_LANGUAGES = ("en", "nl", "de", "fr", "da", "sv", "nb", "es", "it")
_NO_COUNTRY = frozenset(["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"])  # CLDR names these as well
# What no rule makes of CLDR's names: other usual names, official and former ones.
_ALSO = {
    "AE": "UAE; Emirates; Emiraten; VAE",
    "AR": "Argentine Republic",
    "BA": "Bosnia; Bosnië; Bosnien",
    "BF": "Upper Volta",
    "BJ": "Dahomey",
    "BQ": "Bonaire, Sint Eustatius and Saba; Bonaire",
    "BY": "Byelorussia; Belorussia; Wit-Rusland; Weißrussland",
    "CD": "Democratic Republic of the Congo; DR Congo; Congo (DRC); DRC; Democratische Republiek Congo; "
    "Demokratische Republik Kongo; Zaire",
    "CG": "Congo; Republic of the Congo",
    "CH": "Swiss Confederation",
    "CI": "Ivory Coast",
    "CN": "PRC; Mainland China",
    "CZ": "Czech Republic; Tsjechische Republiek; Tschechische Republik",
    "DE": "BRD; Bundesrepublik Deutschland; East Germany; West Germany; German Democratic Republic",
    "DK": "Kongeriget Danmark",
    "FR": "French Republic; Metropolitan France; République française",
    "GA": "Gabonese Republic",
    "GB": "England; Great Britain; Britain; Scotland; Wales; Northern Ireland; Engeland; Schotland; "
    "Groot-Brittannië; Großbritannien; Grande-Bretagne; U.K.; "
    "United Kingdom of Great Britain and Northern Ireland",
    "GR": "Hellenic Republic; EL",
    "HK": "Hong Kong; Hong Kong, China; Hong Kong Special Administrative Region of China",
    "HM": "Heard Island and McDonald Islands",
    "IE": "Eire",
    "IR": "Persia",
    "IT": "Italian Republic",
    "KG": "Kyrgyz Republic",
    "KH": "Kampuchea",
    "KP": "Democratic People's Republic of Korea; DPRK",
    "KR": "Korea; Republic of Korea; ROK",
    "LA": "Lao People's Democratic Republic",
    "LB": "Lebanese Republic",
    "LK": "Ceylon",
    "LY": "Libyan Arab Jamahiriya",
    "MK": "Macedonia; FYROM; Macedonië; Mazedonien",
    "MM": "Burma; Birma",
    "MO": "Macao; Macau; Macao, China; Macau, China; Macao Special Administrative Region of China",
    "MX": "United Mexican States",
    "NL": "Holland; Nederlanden; Koninkrijk der Nederlanden",
    "PS": "Palestine; Palestinian Territory; Occupied Palestinian Territory; Palestina; Palästina",
    "PT": "Portuguese Republic",
    "RU": "Russian Federation; Russische Federatie; Russische Föderation",
    "RW": "Rwandese Republic",
    "SA": "KSA",
    "SH": "Saint Helena, Ascension and Tristan da Cunha",
    "SK": "Slovak Republic; Slowaakse Republiek; Slowakische Republik",
    "SX": "Saint Martin (Dutch part)",
    "SY": "Syrian Arab Republic",
    "SZ": "Swaziland",
    "TF": "French Southern and Antarctic Territories",
    "TG": "Togolese Republic",
    "TH": "Siam",
    "TL": "East Timor",
    "TR": "Turkey",
    "TW": "Taiwan, Province of China; Taiwan, China; Republic of China; Taiwan, Republic of China; "
    "Chinese Taipei",
    "UM": "United States Minor Outlying Islands",
    "US": "U.S.; America; Verenigde Staten van Amerika; Amerika",
    "VA": "Holy See; Vatican; Vatican City State; Vaticaan; Vatikan",
    "VC": "Saint Vincent",
    "VI": "Virgin Islands of the United States; United States Virgin Islands",
    "ZW": "Southern Rhodesia; Rhodesia",
}
_TOLD_APART = frozenset(["congo", "korea"])
"""Names of two countries, which only what stands beside them tells apart."""

_ARTICLE = re.compile(r"(?i)[(\[]the[)\]]")  # ISO 3166 itself writes `Gambia (the)`
_TAIL = re.compile(r"([^,(\[]+)(?:,|\(|\[)\s*([^()\[\]]+?)[)\]]?")
_OTHER = re.compile(r"([^(\[]+)[(\[]([^()\[\]]+)[)\]]")
_FORM = re.compile(
    r"(?:[\w-]+ ){0,3}(?:republic|kingdom|states?|principality|commonwealth|sultanate|union|duchy|emirate)"
    r" (.+)"
)
_UNSPOKEN = re.compile(r"['’‘`´ʼ′.]")
_SHORT = {
    "st": "saint",
    "sint": "saint",
    "rep": "republic",
    "dem": "democratic",
    "fed": "federal",
    "sts": "states",
}
_LEFT_OUT = frozenset(["the", "and", "of"])


@lru_cache(10_000)
def code_of(word: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country that is named, or coded in another way; None where there is none."""
    word = _ARTICLE.sub("", word).strip()
    upper = word.upper()
    if upper in _codes():
        return upper
    if upper.isascii() and upper.isalnum() and len(upper) in (2, 3):
        aliased = _aliases().get(upper)
        if aliased is not None:
            return aliased
    return next((code for name in _readings(word) if (code := _named(name))), None) or _beside(word)


def _named(name: str) -> str | None:
    return _names().get("".join(name.split()))


def _readings(word: str) -> Iterator[str]:
    """What a country may be called that is written so: as it stands, turned round, without its form of state."""
    written = [_spoken(word)]
    turned = _TAIL.fullmatch(word)
    if turned is not None:
        written.append(_spoken(f"{turned[2]} {turned[1]}"))
    yield from written
    for name in written:
        form = _FORM.fullmatch(name)
        if form is not None and form[1] not in _TOLD_APART:
            yield form[1]


def _beside(word: str) -> str | None:
    """The country whose name stands before brackets, unless another stands within: `Myanmar (Burma)`."""
    found = _OTHER.fullmatch(word)
    if found is None:
        return None
    code, inner = _named(_spoken(found[1])), _named(_spoken(found[2]))
    apart = _spoken(found[1]) in _TOLD_APART
    return None if apart or inner not in (None, code) else code


@cache
def _codes() -> frozenset[str]:
    from babel import Locale

    named = map(str, Locale("en").territories)
    return frozenset(code for code in named if len(code) == 2 and code.isalpha()) - _NO_COUNTRY


@cache
def _aliases() -> Mapping[str, str]:
    """Codes of three letters or digits, and of old → today's (CLDR's territory aliases)."""
    from babel.core import get_global

    pairs = get_global("territory_aliases").items()
    return {old: new[0] for old, new in pairs if len(new) == 1 and new[0] in _codes()}


@cache
def _names() -> Mapping[str, str]:
    """Names in several languages, as they are spoken and without blanks → code."""
    from babel import Locale

    names = {
        name: code
        for language in _LANGUAGES
        for code, name in Locale(language).territories.items()
        if code in _codes()
    }
    names |= {name: code for code, more in _ALSO.items() for name in more.split("; ")}
    return {"".join(_spoken(name).split()): code for name, code in names.items()}


def _spoken(name: str) -> str:
    """The words of a name that tell, without case, accents, marks, articles and shortening."""
    bare = _UNSPOKEN.sub("", name.casefold())
    plain = "".join(letter for letter in normalize("NFKD", bare) if not combining(letter))
    words = (_SHORT.get(word, word) for word in re.split(r"[\W_]+", plain) if word)
    return " ".join(word for word in words if word not in _LEFT_OUT)
