"""E-mail addresses: which are valid, how they are kept, and what is mended on the way.

Nearly all are of an ordinary kind, which one regular expression tells for a whole column; only the odd
ones are put before email-validator (RFC 5321, 5322, 6531 and what registries and mailers allow of them).
"""

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.threads import parts_of, side_by_side

# Nothing here may be wider than what email-validator accepts; what is narrower only costs time.
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"  # two hyphens in a row are left to the validator: xn--
_ORDINARY = rf"^{_WORD}(?:\.{_WORD})*@(?:{_LABEL}\.)+[A-Za-z]{{2,}}$"
_LONGEST = 64  # bytes: no part of a shorter address can be too long
_RESERVED = r"\.(?:arpa|invalid|local|localhost|onion)$"  # RFC 6761, 7686, 9476

_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200d\u2060\ufeff]"
)  # takes no room, and comes along in copies
_MAILTO = re.compile(r"(?i)^mailto:([^?]*)(?:\?.*)?$", re.DOTALL)
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
_BETWEEN = re.compile(r"[\s,;|]+")
_AROUND = "'\"()[]<>"
_WRAPPED = re.compile(
    r"[\s,;:|\"()<>\[\]]|\.$"
)  # stands in no address, so there is more than one in the cell
_PLAIN = re.compile(_ORDINARY)
_RESERVED_END = re.compile(_RESERVED)


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """A column of addresses as they are kept, their domains in lower case, null for what is none; what is wrong
    with each of those, and what each that was mended became."""

    kept: pa.Array
    faults: dict[str, str]
    mended: dict[str, str]


def read_addresses(given: pa.Array) -> Addresses:
    """The addresses in a column of text.

    What surrounds one and the same address (`mailto:`, a display name, quotes, a full stop) is taken away;
    a cell that holds several, or anything else, has none.
    """
    parts = parts_of(len(given))
    read = list(side_by_side(lambda part: _read_part(given[part]), parts, len(given)))
    return Addresses(
        pa.concat_arrays([part.kept for part in read]),
        {text: fault for part in read for text, fault in part.faults.items()},
        {text: kept for part in read for text, kept in part.mended.items()},
    )


def _read_part(given: pa.Array) -> Addresses:
    lowered = pc.ascii_lower(given)
    ordinary = pc.and_(
        pc.match_substring_regex(given, _ORDINARY), pc.less_equal(pc.binary_length(given), _LONGEST)
    )
    ordinary = pc.and_not(ordinary, pc.match_substring_regex(lowered, _RESERVED))
    mixed = pc.and_(ordinary, pc.not_equal(given, lowered))
    kept = _replaced(given, mixed, [_with_lower_domain(address) for address in _of(given, mixed)])
    found = Addresses(kept, {}, {})
    odd = pc.invert(ordinary)
    judged: dict[str, str | None] = {}
    for text in _of(given, odd):
        if text not in judged:
            judged[text] = _judge(text, found)
    kept = _replaced(kept, odd, [judged[text] for text in _of(given, odd)])
    return Addresses(kept, found.faults, found.mended)


def _of(values: pa.Array, chosen: pa.Array) -> list[str]:
    found: list[str] = values.filter(chosen).to_pylist()
    return found


def _replaced(values: pa.Array, chosen: pa.Array, by: list[str | None]) -> pa.Array:
    if not by:
        return values
    return pc.replace_with_mask(values, chosen.fill_null(False), pa.array(by, pa.string()))


def _with_lower_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _judge(text: str, told: Addresses) -> str | None:
    """The address as it is kept; what had to be mended is told, and where it is none, why."""
    if "@" not in text:
        told.faults[text] = "it has no @"
        return None
    address, fault = (None, "") if _WRAPPED.search(text) else _read(text)
    if address is not None:
        return address
    held = _addresses_within(text)
    if len(held) == 1:
        told.mended[text] = held[0]
        return held[0]
    several = f"it holds {len(held)} addresses" if held else ""
    told.faults[text] = several or fault or _read(text)[1]
    return None


def _read(text: str) -> tuple[str | None, str]:
    """The address as it is kept, or None and why it is none."""
    if len(text) <= _LONGEST and _PLAIN.fullmatch(text) and not _RESERVED_END.search(text.lower()):
        return _with_lower_domain(text), ""
    from email_validator import EmailNotValidError, validate_email  # slow to load: odd ones need it

    try:
        # The domain .test (RFC 2606) is for trials such as the shipped example.
        judged = validate_email(
            text, check_deliverability=False, strict=True, test_environment=True
        )
    except EmailNotValidError as invalid:
        return None, str(invalid).rstrip(".").replace("\n", " ")
    return judged.normalized, ""


def _addresses_within(text: str) -> list[str]:
    """The different addresses that a cell holds; none where there is anything beside them that might matter."""
    text = _without_scheme(_UNSEEN.sub("", text))
    bracketed = _IN_BRACKETS.findall(text)
    # RFC 5322 3.4: what stands before the brackets is only a name.
    parts = bracketed if bracketed and text.rstrip(" ,;.").endswith(">") else _BETWEEN.split(text)
    found: dict[str, str] = {}
    for part in parts:
        bare = _without_scheme(part.strip().strip(_AROUND)).rstrip(".:").strip(_AROUND)
        if not bare:
            continue
        address, _ = _read(bare)
        if address is None:
            return []
        found.setdefault(address.casefold(), address)
    return list(found.values())


def _without_scheme(text: str) -> str:
    scheme = _MAILTO.match(text.strip())
    return scheme.group(1) if scheme else text
