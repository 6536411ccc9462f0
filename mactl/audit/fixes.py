"""What to do about a record: the very text to publish, and where."""

from collections.abc import Callable, Sequence

from mactl.audit.names import printable

MAX_STRING = 255  # RFC 1035 3.3: octets in one string of a TXT record


def publish(record: str, at: str) -> str:
    """To publish the TXT `record` at the name `at`."""
    return f"publish '{printable(record)}' as TXT at {printable(at)}{in_strings(record)}"


def to_keep(records: Sequence[str], is_sound: Callable[[str], bool]) -> str:
    """Which of several records to keep where there may be one: the first that `is_sound`, if any."""
    return next(filter(is_sound, records), records[0])


def leave_one(kept: str) -> str:
    """To take away all records but `kept`."""
    return f"leave one, such as '{printable(kept)}'"


def in_strings(record: str) -> str:
    """How a record is to be written that is longer than one string may be; '' for others."""
    if len(record) <= MAX_STRING:
        return ""
    return f" (in strings of up to {MAX_STRING} characters; they are joined without a space)"
