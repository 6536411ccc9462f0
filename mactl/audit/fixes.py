"""What to do about a record: the very text to publish, and where."""

from mactl.audit.names import printable

MAX_STRING = 255  # RFC 1035 3.3: octets in one string of a TXT record


def publish(record: str, at: str) -> str:
    """To publish the TXT `record` at the name `at`."""
    return f"publish '{printable(record)}' as TXT at {printable(at)}{in_strings(record)}"


def in_strings(record: str) -> str:
    """How a record is to be written that is longer than one string may be; '' for others."""
    if len(record) <= MAX_STRING:
        return ""
    return f" (in strings of up to {MAX_STRING} characters; they are joined without a space)"
