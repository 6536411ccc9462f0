"""What each standard comes to in half a line, from the report as plain values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
_MOST = 4  # selectors or hosts that are named


def gists(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, status and gist of each part that a report has."""
    for standard, name in NAMES.items():
        part = report.get(standard)
        if part is not None:
            gist = _GISTS.get(standard, _nothing)(part)
            unknown = not gist and part["status"] == "temperror"
            yield name, part["status"], "can't be told" if unknown else gist


def _nothing(part: Part) -> str:
    return ""


def _spf(part: Part) -> str:
    if not part["record"]:
        return ""
    count = part["lookups"]
    told = f"{count} of 10 lookups" if count <= 10 else f"{count} lookups, 10 are allowed"
    told += f", ends in {part['all']}" if part["all"] else ", no 'all'"
    if not part.get("result"):
        return told
    result = "" if part["result"] == part["status"] else f"{part['result']} "
    return f"{result}for this address; {told}"


def _dkim(part: Part) -> str:
    return _some([_selector(name, key) for name, key in part["selectors"].items()])


def _some(told: Sequence[str]) -> str:
    more = f" and {len(told) - _MOST} more" if len(told) > _MOST else ""
    return ", ".join(told[:_MOST]) + more


def _selector(name: str, key: Part) -> str:
    shown = "every name" if name == "*" else name
    if key["revoked"]:
        return f"{shown} (revoked)"
    if key["status"] == "permerror":
        return f"{shown} (broken)"
    kind = " ".join(str(told) for told in (key["type"], key["bits"]) if told)
    told = ", ".join(filter(None, (kind, "test mode" if key["testing"] else "")))
    return f"{shown} ({told})" if told else shown


def _dmarc(part: Part) -> str:
    if not part["record"]:
        return ""
    policy = part["policy"]
    if policy["this"] is None:
        return "no policy applies"
    told = f"p={policy['this']}"
    if policy["this"] == policy["subdomain"] == policy["absent"]:
        told += ", subdomains too"
    else:
        told += f", subdomains {policy['subdomain']}, names that don't exist {policy['absent']}"
    return f"{told}, test mode" if part["testing"] else told


def _bimi(part: Part) -> str:
    if not part.get("logo"):
        return ""
    return f"{part['logo']}" + ("" if part["eligible"] else " (not eligible)")


def _mx(part: Part) -> str:
    if part["null"]:
        return "takes no mail"
    return _some([host["host"] for host in part["hosts"]])


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
