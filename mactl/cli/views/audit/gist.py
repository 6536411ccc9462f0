"""What each standard comes to in half a line, from the report as plain values."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Part = Mapping[str, Any]

NAMES = {
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "bimi": "BIMI",
    "mx": "MX",
    "mta_sts": "MTA-STS",
    "tls_rpt": "TLS-RPT",
    "dnssec": "DNSSEC",
    "servers": "Servers",
}
"""The parts of a report in the order in which they are told."""


def gists(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, status and gist of each part that a report has."""
    for standard, name in NAMES.items():
        part = report.get(standard)
        if part is not None:
            yield name, part["status"], _GISTS.get(standard, _nothing)(part)


def _nothing(part: Part) -> str:
    return ""


def _spf(part: Part) -> str:
    if not part["record"]:
        return ""
    told = f"{part['lookups']} of 10 lookups, all: {part['all'] or 'missing'}"
    return f"{part['result']} for this address; {told}" if part.get("result") else told


def _dkim(part: Part) -> str:
    return ", ".join(_selector(name, key) for name, key in part["selectors"].items())


def _selector(name: str, key: Part) -> str:
    kind = " ".join(str(told) for told in (key["type"], key["bits"]) if told)
    return f"{name} ({kind})" if kind else name


def _dmarc(part: Part) -> str:
    if not part["record"]:
        return ""
    policy = part["policy"]
    if policy["this"] is None:
        return "no policy applies"
    return f"p={policy['this']}, subdomains {policy['subdomain']}, absent names {policy['absent']}"


def _bimi(part: Part) -> str:
    if not part.get("logo"):
        return ""
    return f"{part['logo']}" + ("" if part["eligible"] else " (not eligible)")


_GISTS: dict[str, Callable[[Part], str]] = {
    "spf": _spf,
    "dkim": _dkim,
    "dmarc": _dmarc,
    "bimi": _bimi,
}
