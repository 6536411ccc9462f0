"""How telephone numbers of a country are written, as regular expressions over a whole column.

They are made from what phonenumbers (Google's libphonenumber) knows, and take only what it takes: an ordinary
number that they fit is valid, and its E.164 form is the calling code and the national digits. Whatever they do
not fit is left to the library.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Mask, mask_of

_DIGITS = re.compile(r"[0-9]*")


@dataclass(frozen=True, slots=True)
class Plan:
    """A country's numbering: its calling code; what is dialled before a number at home (`prefix`, empty for none,
    `other_prefixes` are rarer) and before one abroad (`exit`, None where there are several); the patterns and
    lengths of its mobile and fixed national numbers; and what all of them are like."""

    code: str
    prefix: str
    other_prefixes: tuple[str, ...]
    exit: str | None
    kinds: tuple[tuple[str, tuple[int, ...]], ...]
    general: str
    leading: str | None

    def national(self, digits: pa.Array) -> tuple[pa.Array, Mask]:
        """National numbers of what was dialled at home, or behind the calling code; and which are ordinary ones."""
        at_home = mask_of(pc.starts_with(digits, self.prefix)) if self.prefix else None
        if at_home is not None and at_home.any():
            bare = pc.utf8_slice_codeunits(digits, len(self.prefix))
            digits = pc.if_else(pa.array(at_home), bare, digits)
        length = pc.binary_length(digits)
        fits: Mask = False  # type: ignore[assignment]
        for pattern, lengths in self.kinds:
            known = pa.array(lengths, pa.int32())
            right = pc.and_(
                pc.match_substring_regex(digits, _whole(pattern)), pc.is_in(length, known)
            )
            fits = fits | mask_of(right)
        fits = fits & mask_of(pc.match_substring_regex(digits, _whole(self.general)))
        if self.leading:
            fits &= mask_of(pc.match_substring_regex(digits, f"^(?:{self.leading})"))
        for prefix in self.other_prefixes:
            fits &= ~mask_of(pc.starts_with(digits, prefix))
        return digits, fits


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


@cache
def plan_of(region: str) -> Plan | None:
    """The numbering of an ISO 3166 country; None where there is none, or none that is as simple as this."""
    from phonenumbers.phonemetadata import PhoneMetadata

    known = PhoneMetadata.metadata_for_region(region)
    general = known and known.general_desc and known.general_desc.national_number_pattern
    if known is None or not general or known.national_prefix_transform_rule:
        return None
    prefixes = (known.national_prefix_for_parsing or "").split("|")
    if not all(map(_DIGITS.fullmatch, prefixes)):
        return None
    leave = known.international_prefix or ""
    kinds = tuple(
        (kind.national_number_pattern, tuple(kind.possible_length))
        for kind in (known.mobile, known.fixed_line)
        if kind is not None and kind.national_number_pattern
    )
    return Plan(
        code=str(known.country_code),
        prefix=prefixes[0],
        other_prefixes=tuple(prefixes[1:]),
        exit=leave if leave and _DIGITS.fullmatch(leave) else None,
        kinds=kinds,
        general=general,
        leading=known.leading_digits,
    )


@cache
def main_regions() -> Mapping[str, str]:
    """Calling code → the country whose numbering is tried first."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return {str(code): regions[0] for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}


def calling_code(digits: str) -> str:
    """The calling code that international digits begin with, empty for none; no code begins another (ITU E.164)."""
    return next((digits[:n] for n in (1, 2, 3) if digits[:n] in main_regions()), "")
