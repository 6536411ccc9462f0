"""TLS-RPT records: text to the addresses of reports (RFC 8460 3)."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mactl.audit.fields import has_version, parse_fields, written
from mactl.audit.mailto import mail_address
from mactl.audit.names import MAX_NAME
from mactl.audit.tags import Tag, TagFault

VERSION = "v=TLSRPTv1"
MAX_ADDRESSES = 20

# RFC 3986, without what RFC 8460 3 wants percent-encoded: comma, exclamation mark, semicolon.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@$&'()*+=-]|%[0-9A-Fa-f]{2})+\Z")
# Bounded: a record of many octets may hold no @ at all.
_MEANT = re.compile(
    r"https://[^\s,;!\"']{1,500}|[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{1,63}"
)
_HOST = re.compile(r"([a-z0-9_]([a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReportAddress:
    """One address of `rua=`; `fault` says why no report can go there."""

    text: str
    host: str = ""
    fault: str = ""

    @property
    def is_mail(self) -> bool:
        """Whether reports go there by mail."""
        return self.text[:7].lower() == "mailto:"


@dataclass(frozen=True, slots=True)
class TlsRptRecord:
    """A record as published."""

    text: str = field(compare=False)
    fields: tuple[Tag, ...] = ()
    faults: tuple[TagFault, ...] = ()
    rua: tuple[ReportAddress, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether senders can read it, and report to one of its addresses."""
        return not self.faults and any(not address.fault for address in self.rua)

    def __str__(self) -> str:
        return written(VERSION, self.fields)


def is_tls_rpt(text: str) -> bool:
    """Whether a TXT record is a TLS-RPT record: the others at its name do not count."""
    return has_version(text, VERSION)


def looks_like_tls_rpt(text: str) -> bool:
    """Whether a TXT record that is no TLS-RPT record was meant to be one."""
    squeezed = "".join(text.lower().split()).lstrip("\"'")
    return squeezed.startswith(("v=tlsrpt", "v:tlsrpt", "tlsrpt", "v=tls-rpt", "rua="))


def repaired(text: str, domain: str) -> str:
    """The record of `domain` that was probably meant: with each address in `text`, else a usual one."""
    found = dict.fromkeys(_MEANT.findall(text))
    uris = [uri if uri.startswith("https:") else f"mailto:{uri}" for uri in found]
    usable = [uri for uri in uris if _URI.match(uri) and not _address(uri).fault]
    named = usable[:MAX_ADDRESSES] or [f"mailto:tls-reports@{domain}"]
    return f"v=TLSRPTv1; rua={','.join(named)}"


def parse_tls_rpt(text: str) -> TlsRptRecord:
    """The record in `text`; never raises. Without faults it is one that senders use."""
    fields, faults = parse_fields(text, VERSION, special=("rua",))
    kept, addresses = [], []
    for found in fields:
        if found.name != "rua":
            kept.append(found)
            continue
        named = [part.strip(" \t") for part in found.value.split(",")]
        bad = next((part for part in named if not _URI.match(part)), None)
        if bad is None:
            kept.append(Tag("rua", ",".join(named), found.column))
            addresses += [_address(part) for part in named[:MAX_ADDRESSES]]
        else:
            why = f"'{bad}' is no URI" if bad else "an address is empty"
            faults = (*faults, TagFault(found.column, str(found), why))
    if not addresses and not any(fault.text.startswith("rua") for fault in faults):
        faults = (*faults, TagFault(len(text) + 1, text[-20:], "there is no rua="))
    return TlsRptRecord(text, tuple(kept), faults, tuple(addresses))


def _address(text: str) -> ReportAddress:
    scheme = text.partition(":")[0]
    if scheme.lower() == "mailto":
        _, host = mail_address(text)
        return ReportAddress(text, host, "" if host else "it is no e-mail address")
    if scheme.lower() != "https":
        # RFC 8460 3: mailto and https, no other.
        return ReportAddress(text, fault=f"reports go by mailto: or https:, not by {scheme}:")
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        host = ""
    if len(host) > MAX_NAME or not _HOST.match(host):
        return ReportAddress(text, fault="it names no host")
    return ReportAddress(text, host.lower())
