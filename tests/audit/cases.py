"""The cases of tests/cases/audit/*.yaml: a zone, its web, and what is asked for.

A case changes the healthy domain below: `spf`, `dkim`, `dmarc`, `bimi`, `mta_sts` and `tls_rpt`
replace the TXT records of that standard, `policy` that of MTA-STS, `zone` replaces whole names,
`pages` those on the web, null removes. `dnssec` holds how the zone is signed, see signing.py, null
for not at all; `bogus: true` is a name server that checks and refuses. What surrounds the first four
standards is healthy unless a case says otherwise: mail hosts have names, and the policy of MTA-STS
names them. A case that is `empty` has nothing but what it says.

`servers` holds what single name servers say otherwise, by address; `every_server`, `envelope` and
`selectors` are what is asked for. `logo` is the text of the BIMI logo, or `{file: NAME}` of
tests/audit/bimi/files.py, and so is `certificate`. `findings` lists every id that must be found and no
other; of the first four standards a status that is not given must be `pass`. `json` looks into the
report.
"""

import asyncio
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from mactl.audit import DomainAudit, Means, Resolver, Scope, audit_domain
from mactl.audit.envelope import checked_envelope
from tests.audit.bimi.files import PARTS, Files, all_files
from tests.audit.keys import with_keys
from tests.audit.peers import Pages, Zone, means_of
from tests.audit.promises import cases_in
from tests.audit.signing import SOA, signed

HEALTHY: dict[str, Any] = {
    "example.com": {
        "TXT": "v=spf1 mx include:_spf.service.test -all",
        "MX": "10 mail.example.com",
        "A": "192.0.2.80",
    },
    "mail.example.com": {"A": "192.0.2.1"},
    "_spf.service.test": "v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/48 -all",
    "mail._domainkey.example.com": "v=DKIM1; k=rsa; p={rsa2048}",
    "_dmarc.example.com": "v=DMARC1; p=reject; rua=mailto:dmarc@example.com",
    "default._bimi.example.com": (
        "v=BIMI1; l=https://example.com/logo.svg; a=https://example.com/logo.pem"
    ),
}
HEALTHY |= {
    "1.2.0.192.in-addr.arpa": {"PTR": "mail.example.com"},
    # A client that cases about one may ask for: it has a name that leads back to it.
    "client.test": {"A": ["198.51.100.77", "203.0.113.77"], "AAAA": "2001:db8:ffff::77"},
    "77.100.51.198.in-addr.arpa": {"PTR": "client.test"},
    "77.113.0.203.in-addr.arpa": {"PTR": "client.test"},
    ip_address("2001:db8:ffff::77").reverse_pointer: {"PTR": "client.test"},
    "_mta-sts.example.com": "v=STSv1; id=20261101",
    "mta-sts.example.com": {"A": "192.0.2.80"},
    "_smtp._tls.example.com": "v=TLSRPTv1; rua=mailto:tls-reports@example.com",
    "reports.test": {"A": "203.0.113.25"},
    "reports.example.com": {"A": "203.0.113.26"},
    "ns1.example.com": {"A": "192.0.2.53"},
    "ns2.example.org": {"A": "198.51.100.53"},
}
POLICY = "https://mta-sts.example.com/.well-known/mta-sts.txt"
HEALTHY_PAGES: dict[str, Any] = {
    "https://example.com/logo.svg": {"type": "image/svg+xml", "file": "logo"},
    "https://example.com/logo.pem": {"type": "application/pem-certificate-chain", "file": "mark"},
}
NS = ["ns1.example.com", "ns2.example.org"]
STANDARDS = ("spf", "dkim", "dmarc", "bimi")
PLACES = {
    "spf": "example.com",
    "dkim": "mail._domainkey.example.com",
    "dmarc": "_dmarc.example.com",
    "bimi": "default._bimi.example.com",
    "mta_sts": "_mta-sts.example.com",
    "tls_rpt": "_smtp._tls.example.com",
}


def cases() -> list[Any]:
    """All cases, as parameters of a test."""
    return cases_in("audit")


def zone_for(case: dict[str, Any], keys: dict[str, str]) -> Zone:
    """The zone of a case."""
    names = {} if case.get("empty") else dict(HEALTHY)
    for standard, place in PLACES.items():
        if standard not in case:
            continue
        entry = names.get(place)
        if isinstance(entry, dict):
            rest = {rdtype: value for rdtype, value in entry.items() if rdtype != "TXT"}
            names[place] = rest | ({"TXT": case[standard]} if case[standard] is not None else {})
        else:
            names[place] = case[standard]
    names |= case.get("zone", {})
    if not case.get("empty") or "dnssec" in case:
        _sign(names, case.get("dnssec", {}))
    if not case.get("empty"):
        _name_mail_hosts(names)
    zone = Zone.of(with_keys(names, keys))
    zone.bogus = {"example.com"} if case.get("bogus") else set()
    for address, others in case.get("servers", {}).items():
        zone.servers[address] = Zone.of(with_keys(_merged(names, others), keys))
    return zone


def _sign(names: dict[str, Any], options: dict[str, Any] | None) -> None:
    """Add the records at the top of the zone, where the case does not have its own."""
    entry = names.get("example.com")
    if isinstance(entry, str) and entry.isupper():
        return  # it fails
    entry = entry if isinstance(entry, dict) else ({} if entry is None else {"TXT": entry})
    if "CNAME" not in entry:
        top = {"SOA": [SOA], "NS": NS} | (signed(**options) if options is not None else {})
        names["example.com"] = top | entry


def _name_mail_hosts(names: dict[str, Any]) -> None:
    """Give the addresses of mail hosts names, where the case does not."""
    for _, host in _exchanges(names):
        entry = names.get(host)
        addresses = entry.get("A", []) if isinstance(entry, dict) else []
        for address in [addresses] if isinstance(addresses, str) else addresses:
            names.setdefault(ip_address(address).reverse_pointer, {"PTR": host})


def _exchanges(names: dict[str, Any]) -> list[tuple[str, str]]:
    entry = names.get("example.com")
    records = entry.get("MX", []) if isinstance(entry, dict) else []
    records = [records] if isinstance(records, str) else records
    return [(r.split()[0], r.split()[1]) for r in records if len(r.split()) == 2]


def _merged(names: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """One server's version of a zone: `others` by name and type, an entry that is a text whole."""
    merged = dict(names)
    for name, entry in others.items():
        own = names.get(name, {})
        if isinstance(entry, dict) and isinstance(own, dict):
            entry = own | entry
        merged[name] = entry
    return merged


def pages_for(case: dict[str, Any]) -> Pages:
    """The web of a case."""
    files = all_files()
    pages = {} if case.get("empty") else HEALTHY_PAGES | {POLICY: _policy(case)}
    if "policy" in case:
        pages[POLICY] = case["policy"]
    for key, url in (("logo", "logo.svg"), ("certificate", "logo.pem")):
        if key in case:
            given = case[key] if isinstance(case[key], dict) else {"body": case[key]}
            kind = HEALTHY_PAGES[f"https://example.com/{url}"]["type"]
            pages[f"https://example.com/{url}"] = {"type": kind} | given
    entries = with_keys(pages | case.get("pages", {}), PARTS)
    return Pages.of({url: _with_file(entry, files) for url, entry in entries.items()})


def _policy(case: dict[str, Any]) -> str:
    hosts = [host for _, host in _exchanges({**HEALTHY, **case.get("zone", {})})]
    lines = [f"mx: {host}" for host in hosts or ["mail.example.com"]]
    return "\n".join(["version: STSv1", "mode: enforce", *lines, "max_age: 604800", ""])


def means_for(case: dict[str, Any], resolver: Resolver) -> Means:
    """What looks at the domain of a case through `resolver`; the healthy one's is `{}`."""
    files = all_files()
    return replace(means_of(resolver, pages_for(case)), trusted=(files.root,))


def healthy_means(resolver: Resolver) -> Means:
    """What looks at a healthy domain through `resolver`."""
    return means_for({}, resolver)


def _with_file(entry: Any, files: Files) -> Any:
    if isinstance(entry, dict) and "file" in entry:
        return entry | {"body": files[entry["file"]]}
    return entry


def scope_of(case: dict[str, Any]) -> Scope:
    """What a case asks for: `selectors`, `every_server`, and `envelope` with `ip`, `mail_from` and
    `helo`, and with `relay` and `term` where that is what the address was found for."""
    given = case.get("envelope", {})
    seen = {name: given[name] for name in ("ip", "mail_from", "helo") if name in given}
    relay = {name: given[name] for name in ("relay", "term") if name in given}
    return Scope(
        selectors=tuple(case.get("selectors", ())),
        envelopes=(replace(checked_envelope(**seen), **relay),) if seen else (),
        every_server=case.get("every_server", False),
    )


def audit(case: dict[str, Any], zone: Zone) -> DomainAudit:
    """The audit that a case asks for, of `zone`."""
    domain = case.get("domain", "example.com")
    return asyncio.run(audit_domain(domain, means_for(case, zone), scope_of(case)))
