"""E-mail addresses: which are valid, how they are kept, and when two are the same.

Nearly all are of an ordinary kind, which one regular expression tells for a whole column; only the odd
ones are put before email-validator (RFC 5321, 5322, 6531 and what registries and mailers allow of them).
"""

import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email

# Nothing here may be wider than what email-validator accepts; what is narrower only costs time.
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"  # two hyphens in a row are left to the validator: xn--
_ORDINARY = rf"^{_WORD}(?:\.{_WORD})*@(?:{_LABEL}\.)+[A-Za-z]{{2,}}$"
_LONGEST = 64  # bytes: no part of a shorter address can be too long
_RESERVED = r"\.(?:arpa|invalid|local|localhost|onion)$"  # RFC 6761, 7686, 9476


def read_addresses(given: pa.Array) -> tuple[pa.Array, dict[str, str]]:
    """Addresses as they are kept, their domains in lower case, null for what is none; and what is wrong
    with each of those."""
    lowered = pc.ascii_lower(given)
    ordinary = pc.and_(
        pc.match_substring_regex(given, _ORDINARY), pc.less_equal(pc.binary_length(given), _LONGEST)
    )
    ordinary = pc.and_not(ordinary, pc.match_substring_regex(lowered, _RESERVED))
    mixed = pc.and_(ordinary, pc.not_equal(given, lowered))
    kept = _replaced(given, mixed, [_with_lower_domain(address) for address in _of(given, mixed)])
    faults: dict[str, str] = {}
    odd = pc.invert(ordinary)
    return _replaced(kept, odd, [_judge(address, faults) for address in _of(given, odd)]), faults


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


def _judge(address: str, faults: dict[str, str]) -> str | None:
    """The address as it is kept, or None and why in `faults`."""
    if address in faults:
        return None
    if "@" not in address:
        faults[address] = "it has no @"
        return None
    try:
        # The domain .test (RFC 2606) is for trials such as the shipped example.
        judged = validate_email(
            address, check_deliverability=False, strict=True, test_environment=True
        )
    except EmailNotValidError as invalid:
        faults[address] = str(invalid).rstrip(".").replace("\n", " ")
        return None
    return judged.normalized
