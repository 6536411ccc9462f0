"""What to do about an SPF record: the very record to publish."""

from mactl.audit.names import is_within, printable

MAX_STRING = 255  # RFC 1035 3.3: octets in one string of a TXT record
MAX_LENGTH = 450  # RFC 7208 3.4: of the name and the text, so that the answer fits in 512 octets


def publish(record: str, at: str = "") -> str:
    """To publish `record`, at the name `at` where it isn't that of the domain itself."""
    where = f" at {printable(at)}" if at else ""
    return f"publish '{printable(record)}'{where}{in_strings(record)}"


def in_strings(record: str) -> str:
    """How a record is to be written that is longer than one string may be; '' for others."""
    if len(record) <= MAX_STRING:
        return ""
    return f" (in strings of up to {MAX_STRING} characters; they are joined without a space)"


def by_owner(fix: str, name: str, domain: str) -> str:
    """The same for a record at `name`, which may be in the hands of others than `domain` is."""
    return fix if is_within(name, domain) else f"have the owner of {printable(name)} {fix}"
