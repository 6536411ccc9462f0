"""Telephone numbers → E.164 (`+31612345670`), and those that were made up.

Ordinary numbers are judged by regular expressions over the whole column (`dialling`), the rest one by one by
phonenumbers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Mask, Numbers, mask_of
from mactl.people.hygiene.dialling import Plan, calling_code, main_regions, plan_of
from mactl.people.threads import parts_of, side_by_side

_FEWEST = 5  # digits of a telephone number
_LOOKS = 1000  # cells, by which a column is told to hold telephone numbers
_FEW = 20  # numbers of a country, for which reading its patterns takes longer than asking for each
_SEPARATORS = r"[ ().\-/\x{a0}\x{2010}-\x{2015}]+"
_DIALLED = r"^\+?[0-9]{4,17}$"
_ABROAD = "00"  # before numbers abroad (ITU E.164), where no country says otherwise
# Digits that people type to be left alone: seven alike in a row, or seven of 1234567890 up or down.
_RUNS = (
    r"0{7}|1{7}|2{7}|3{7}|4{7}|5{7}|6{7}|7{7}|8{7}|9{7}|0123456|1234567|2345678|3456789|4567890|"
    r"9876543|8765432|7654321|6543210"
)
# Kept for films: 555-01xx in North America (ATIS), 07700 900xxx and 01632 960xxx in Britain (Ofcom).
_FILMED = r"^(?:\+1[2-9][0-9]{2}55501[0-9]{2}|(?:\+44|0)(?:7700900|1632960)[0-9]{3})$"
# What stands before an extension in the languages around us; the library knows `ext.` and `x` alone.
_EXTENSION = re.compile(
    r"(?i)(?<=[\d ,;)])(?:tst|toestel(?:nummer|nr)?|doorkies(?:nummer|nr)?|durchwahl|dw|poste|lokal|anknytning)"
    r"[.: ]*(?=\d{1,7}\s*$)"
)


@dataclass(frozen=True, slots=True, eq=False)
class Phones:
    """Numbers in E.164, null for what is none. Of the rows `invented` marks those that were made up, and `homeless`
    those of which nothing says what country they are in."""

    numbers: pa.Array
    invented: Mask
    homeless: Mask


def looks_like_phones(texts: pa.Array) -> bool:
    """Whether half of the first cells have as many digits as a telephone number."""
    some = texts.drop_null()[:_LOOKS]
    digits = pc.replace_substring_regex(some, r"[^0-9]+", "")
    enough = int(pc.sum(pc.greater_equal(pc.binary_length(digits), _FEWEST)).as_py() or 0)
    return enough > 0 and 2 * enough >= len(some)


def read_phones(texts: pa.Array, regions: Numbers, names: Sequence[str]) -> Phones:
    """The numbers in `texts`. `regions` says for each by its number in `names` (ISO 3166) in which country it was
    written, -1 where that is not known: it counts where a number names no country itself."""

    def read(part: slice) -> Phones:
        return _read(texts[part], regions[part], names)

    parts = list(side_by_side(read, parts_of(len(texts)), len(texts)))
    return Phones(
        pa.concat_arrays([part.numbers for part in parts]),
        np.concatenate([part.invented for part in parts]),
        np.concatenate([part.homeless for part in parts]),
    )


def _read(texts: pa.Array, regions: Numbers, names: Sequence[str]) -> Phones:
    compact, plain, abroad = _dialled(texts, regions, names)
    homeless = plain & ~abroad & (regions < 0)
    invented = np.zeros(len(texts), np.bool_)
    settled = ~mask_of(texts.is_valid()) | homeless
    rows_of, numbers_of = [], []
    for plan, rows, is_abroad in _groups(compact, plain & abroad, plain & ~abroad, regions, names):
        dialled = compact.take(pa.array(rows))
        if is_abroad:
            dialled = pc.utf8_slice_codeunits(dialled, 1 + len(plan.code))
        national, fits = plan.national(dialled)
        national, rows = national.filter(pa.array(fits)), rows[fits]
        whole = pc.binary_join_element_wise(f"+{plan.code}", national, "")
        invented[rows] = mask_of(pc.match_substring_regex(national, _RUNS))
        invented[rows] |= mask_of(pc.match_substring_regex(whole, _FILMED))
        settled[rows] = True
        rows_of.append(rows)
        numbers_of.append(whole)
    invented[homeless] = mask_of(
        pc.match_substring_regex(compact.filter(pa.array(homeless)), _RUNS)
    )
    odd = np.flatnonzero(~settled)
    judged = _Judge(names).all(texts.take(pa.array(odd)), compact.take(pa.array(odd)), regions[odd])
    invented[odd] = [made_up for _, made_up in judged]
    rows_of.append(odd)
    numbers_of.append(pa.array([number for number, _ in judged], pa.string()))
    return Phones(_in_rows(rows_of, numbers_of, len(texts)), invented, homeless)


def _dialled(
    texts: pa.Array, regions: Numbers, names: Sequence[str]
) -> tuple[pa.Array, Mask, Mask]:
    """The digits that are dialled, with a plus for a number abroad; which are nothing but that, and which of
    them are abroad."""
    plain = mask_of(pc.match_substring_regex(texts, _DIALLED))
    if not (plain | ~mask_of(texts.is_valid())).all():
        texts = pc.replace_substring_regex(texts, _SEPARATORS, "")
        # +31 (0)6: what is dialled at home only
        plain = mask_of(pc.match_substring_regex(texts, _DIALLED))
    plans = [plan_of(name) for name in names]
    exits = [*(plan.exit if plan else None for plan in plans), _ABROAD]
    for leave in {leave for leave in exits if leave}:
        here = np.array([each == leave for each in exits], np.bool_)[regions]
        chosen = here & plain & mask_of(pc.starts_with(texts, leave))
        if chosen.any():
            bare = pc.utf8_slice_codeunits(texts, len(leave))
            plus = pc.binary_join_element_wise("+", bare, "")
            texts = pc.if_else(pa.array(chosen), plus, texts)
    return texts, plain, mask_of(pc.starts_with(texts, "+"))


def _groups(
    compact: pa.Array, abroad: Mask, at_home: Mask, regions: Numbers, names: Sequence[str]
) -> Iterator[tuple[Plan, Numbers, bool]]:
    """The rows of each country's numbers, those with its calling code and those dialled at home; only countries of
    simple numbering that come often."""
    starts = pc.utf8_slice_codeunits(compact, 1, 4).dictionary_encode()
    codes = [calling_code(start or "") for start in starts.dictionary.to_pylist()]
    used = sorted({code for code in codes if code})
    number = np.array([*(used.index(code) if code else -1 for code in codes), -1], np.int64)
    code_of = np.where(abroad, number[starts.indices.fill_null(-1).to_numpy()], -1)
    for place, code in enumerate(used):
        rows = np.flatnonzero(code_of == place)
        plan = plan_of(main_regions()[code]) if len(rows) >= _FEW else None
        if plan is not None:
            yield plan, rows, True
    for place, name in enumerate(names):
        rows = np.flatnonzero(at_home & (regions == place))
        plan = plan_of(name) if len(rows) >= _FEW else None
        # Where there are several ways to dial abroad, a number may begin with one of them.
        if plan is not None and plan.exit is not None:
            yield plan, rows, False


class _Judge:
    """Asks phonenumbers, once for each text and country."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._known: dict[tuple[str, int], tuple[str | None, bool]] = {}

    def all(
        self, texts: pa.Array, compact: pa.Array, regions: Numbers
    ) -> list[tuple[str | None, bool]]:
        """The E.164 number of each text, None for none, and whether it was made up."""
        found = []
        for text, digits, region in zip(
            texts.to_pylist(), compact.to_pylist(), regions.tolist(), strict=True
        ):
            key = (text, region)
            if key not in self._known:
                self._known[key] = self._one(text, digits, region)
            found.append(self._known[key])
        return found

    def _one(self, text: str, digits: str, region: int) -> tuple[str | None, bool]:
        # Without a country the library knows no way abroad but the plus.
        written, country = (text, self._names[region]) if region >= 0 else (digits, None)
        number = _number(written, country)
        if number is None and digits.startswith(_ABROAD):
            number = _number("+" + digits.removeprefix(_ABROAD), None)
        return number, _is_invented(number or digits)


def _number(text: str, country: str | None) -> str | None:
    """What phonenumbers makes of a text, in E.164, which has no extension; None where that is no valid number."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(_EXTENSION.sub(" ext. ", text), country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _is_invented(number: str) -> bool:
    if re.match(_FILMED, number):
        return True
    digits = number.removeprefix("+")
    if number.startswith("+"):
        digits = digits[len(calling_code(digits)) :]
    return re.search(_RUNS, digits) is not None


def _in_rows(rows: Sequence[Numbers], values: Sequence[pa.Array], count: int) -> pa.Array:
    """`values` in their rows of `count`, null in the others."""
    place = np.full(count, -1, np.int64)
    joined = np.concatenate(rows)
    place[joined] = np.arange(len(joined))
    return pa.concat_arrays(values).take(pa.array(place, mask=place < 0))
