"""Addresses in `mailto:` URIs, as `rua=` of DMARC and TLS-RPT have them (RFC 6068 2)."""

import re
from urllib.parse import unquote

_HOST = re.compile(
    r"(?=.{1,253}\Z)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{1,63}\Z"
)
_HIDDEN = re.compile(r"[\x00-\x20\x7f]")


def mail_address(uri: str) -> tuple[str, str]:
    """The address that a `mailto:` URI names, and its domain in lower case; '' and '' for none."""
    scheme, _, rest = uri.partition(":")
    address = unquote(rest.partition("?")[0])
    local_part, _, host = address.rpartition("@")
    if scheme.lower() != "mailto" or not local_part:
        return "", ""
    if not _HOST.match(host) or _HIDDEN.search(address):
        return "", ""
    return address, host.lower()
