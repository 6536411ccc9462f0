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
    "reverse": "PTR",
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


def _mx(part: Part) -> str:
    if part["null"]:
        return "takes no mail"
    hosts = [host["host"] for host in part["hosts"]]
    more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
    return ", ".join(hosts[:3]) + more


def _reverse(part: Part) -> str:
    return ", ".join(f"{one['address']} {one['ptr'] or 'has no name'}" for one in part["addresses"])


def _mta_sts(part: Part) -> str:
    policy = part["policy"]
    if not policy or not policy["mode"]:
        return ""
    return f"{policy['mode']}, for {(policy['max_age'] or 0) / 86400:.3g} days"


def _tls_rpt(part: Part) -> str:
    return ", ".join(part["rua"])


def _dnssec(part: Part) -> str:
    told = [] if part["state"] == "unknown" else [part["state"], *part["algorithms"]]
    return ", ".join([*told, *([f"until {part['expires'][:10]}"] if part["expires"] else [])])


def _servers(part: Part) -> str:
    serving = sum(server["state"] == "serves" for server in part["servers"])
    differing = len(part["differences"])
    told = f"{differing} difference{'' if differing == 1 else 's'}"
    return f"{serving} of {len(part['servers'])} serve the zone, {told}"


_GISTS: dict[str, Callable[[Part], str]] = {
    "spf": _spf,
    "dkim": _dkim,
    "dmarc": _dmarc,
    "bimi": _bimi,
    "mx": _mx,
    "reverse": _reverse,
    "mta_sts": _mta_sts,
    "tls_rpt": _tls_rpt,
    "dnssec": _dnssec,
    "servers": _servers,
}
