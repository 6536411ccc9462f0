"""Names of people: kept as they are written, but for blanks; what is no name is left empty."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Finding
from mactl.people.cells import Mask, lowered, mask_of
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.flagging import flag_cells
from mactl.people.hygiene.flags import Flag
from mactl.people.sources.faults import quoted

_BLANKS = r"[\s\x{a0}\x{200b}\x{2060}\x{feff}]+"
_DOUBLE = r"[\s\x{a0}]{2,}|[\t\n\x{a0}\x{200b}\x{2060}\x{feff}]"
# Typed to get past a form, a form's own labels, and words for "none" in the languages around us.
_PLACEHOLDERS = (
    "test; tester; testing; test test; testtest; asdf; asdfg; asdfgh; asdfghjkl; asd; qwe; qwer; qwert; qwerty; "
    "qwertz; azerty; abc; abcd; xyz; foo; bar; foobar; lorem; ipsum; dummy; fake; x; xx; xxx; xxxx; xxxxx; aaa; "
    "aaaa; unknown; onbekend; unbekannt; ukendt; inconnu; okänd; ukjent; anonymous; anoniem; anonym; anonyme; n/a; "
    "#n/a; n.a.; nvt; n.v.t.; n.v.t; k.a.; tbd; undefined; no name; noname; name; first name; firstname; "
    "first_name; last name; lastname; last_name; surname; full name; your name; voornaam; achternaam; naam; uw "
    "naam; vorname; nachname; ihr name; fornavn; efternavn; etternavn; navn; förnamn; efternamn; prénom; prenom; "
    "nom; votre nom"
)
# Programs write these for nothing; Null, None, Na and Nan are people's names.
_OF_PROGRAMS = ("null", "NULL", "nan", "NaN", "NAN", "none", "NONE", "na", "NA", "nil", "<NA>")
_WITHOUT_LETTERS = r"^[^\p{L}]*$"
_SYMBOLS = r"[^\x00-\x{2fff}]"  # an emoji is no letter, and may well be a name
_WEB = r"(?i)https?:|www\.|[\w.+-]@[\w-]+\.|\.(?:com|net|org|ru|info|xyz|top)\b"


def check_names(cleaned: Cleaned, field: str) -> list[Finding]:
    """Squeeze the blanks in the names of `field`, leave placeholders empty, and flag what is suspect.

    Capitals stay as they are: nobody can tell MacDonald from Macdonald, or van der Berg from Van der Berg.
    """
    given = cleaned.cells[field]
    values = given.values
    squeezable = pc.match_substring_regex(values, _DOUBLE)
    if pc.any(squeezable).as_py():
        squeezed = pc.utf8_trim_whitespace(pc.replace_substring_regex(values, _BLANKS, " "))
        values = pc.if_else(squeezable, squeezed, values)
    empty = _placeholders(values)
    suspect = mask_of(pc.match_substring_regex(values, _WEB)) & ~empty
    findings = flag_cells(
        cleaned,
        field,
        Flag.NAME_PLACEHOLDER,
        "contact-placeholder-name",
        given,
        given.where(empty),
        lambda text: f"{quoted(text)} is no name",
        "it is left empty, as a greeting has it; the row is kept",
    )
    findings += flag_cells(
        cleaned,
        field,
        Flag.NAME_SUSPECT,
        "contact-suspect-name",
        given,
        given.where(suspect),
        lambda text: f"{quoted(text)} holds a web or mail address",
        "forms are filled in like this to have advertisements sent; it is kept as it stands",
    )
    if empty.any():
        values = pc.if_else(pa.array(empty), None, values)
    cleaned.cells[field] = given.replaced(values)
    return findings


def _placeholders(values: pa.Array) -> Mask:
    """Which values are no name at all."""
    found = mask_of(pc.is_in(lowered(values), pa.array(_PLACEHOLDERS.split("; "))))
    of_programs = mask_of(pc.is_in(values, pa.array(_OF_PROGRAMS)))
    if of_programs.any():
        others = values.filter(pa.array(~of_programs)).drop_null()
        for name, is_written_so in (("NULL", pc.utf8_is_upper), ("null", pc.utf8_is_lower)):
            if 2 * (pc.sum(is_written_so(others)).as_py() or 0) > len(others):
                of_programs &= ~mask_of(pc.equal(values, name))  # somebody called Null
    found |= of_programs
    bare = mask_of(pc.match_substring_regex(values, _WITHOUT_LETTERS))
    if bare.any():
        symbols = pc.match_substring_regex(values.filter(pa.array(bare)), _SYMBOLS)
        bare[np.flatnonzero(bare)[mask_of(symbols)]] = False
    return found | bare
