"""Who is to mend an SPF record."""

from mactl.audit.names import is_within, printable

MAX_LENGTH = 450  # RFC 7208 3.4: of the name and the text, so that the answer fits in 512 octets


def by_owner(fix: str, name: str, domain: str) -> str:
    """The same for a record at `name`, which may be in the hands of others than `domain` is."""
    return fix if is_within(name, domain) else f"have the owner of {printable(name)} {fix}"
