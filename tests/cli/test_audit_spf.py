"""SPF on the command line: for one client, for the project's relay, and as a tree."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given

from mactl.audit.dns import MemoResolver
from mactl.audit.spf.gather import gather_spf
from mactl.audit.spf.tree import SpfNode, build_tree
from mactl.cli.views.audit.spf_tree import MAX_DEPTH, tree_lines
from tests.audit.peers import DnsServer, Zone
from tests.audit.spf.forests import forests
from tests.cli.conftest import SETTINGS, Home, Mactl, Ran

ZONE = {
    "acme.example": {
        "TXT": "v=spf1 mx include:_spf.google.com include:other.test exp=why.acme.example -all",
        "MX": "10 mail.acme.example",
    },
    "mail.acme.example": {"A": "203.0.113.1", "TXT": "v=spf1 a -all"},
    "why.acme.example": "%{i} is none of ours",
    "_spf.google.com": "v=spf1 include:a.test include:b.test ~all",
    "other.test": "v=spf1 include:a.test a:gone.test ip4:203.0.113.64/28 -all",
    "a.test": "v=spf1 ip4:198.51.100.0/25 ip4:198.51.100.128/26 ip6:2001:db8::/48 -all",
    "b.test": "v=spf1 exists:%{i}.list.test -all",
    "relay.test": {"A": ["203.0.113.65", "203.0.113.99"]},
}
Audit = Callable[..., Ran]


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with DnsServer(Zone.of(ZONE)) as server:
        yield server


@pytest.fixture
def audit(server: DnsServer, mactl: Mactl) -> Audit:
    return lambda *arguments: mactl("audit", "--nameserver", server.address, *arguments)


def spf_of(ran: Ran) -> Any:
    return ran.json["domains"][0]["spf"]


def test_an_address_is_judged_as_a_receiver_would(audit: Audit) -> None:
    asked = ("acme.example", "--ip", "203.0.113.1", "--helo", "mail.acme.example")

    spf = spf_of(audit(*asked, "--format", "json"))

    assert (spf["result"], spf["helo_result"]) == ("pass", "pass")
    assert spf["check"]["matched"] == {"domain": "acme.example", "term": "mx"}


def test_without_an_address_nothing_is_said_of_one(audit: Audit) -> None:
    spf = spf_of(audit("acme.example", "--format", "json"))

    assert not {"result", "helo_result", "check", "checks"} & spf.keys()


def test_a_client_that_fails_is_told_why_and_what_would_let_it_send(audit: Audit) -> None:
    said = audit("acme.example", "--ip", "192.0.2.9").out

    assert "fail      192.0.2.9 as postmaster@acme.example  by '-all' of acme.example" in said
    assert "the domain says: 192.0.2.9 is none of ours" in said
    assert (
        "include:other.test ip4:192.0.2.9 -all exp=why.acme.example' as TXT at acme.example"
        not in said
    )
    assert (
        "include:other.test exp=why.acme.example ip4:192.0.2.9 -all' as TXT at acme.example" in said
    )


def test_the_way_of_a_check_is_shown_where_more_is_wanted(audit: Audit) -> None:
    asked = ("acme.example", "--ip", "192.0.2.9")

    (short, long) = (audit(*asked).out, audit(*asked, "--verbose").out)

    assert "no match" not in short
    assert "no match      include:a.test  (_spf.google.com)" in long
    assert "no match        3 networks, ip4:198.51.100.0/25 to ip6:2001:db8::/48  (a.test)" in long


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--ip", "mail.acme.example"), "is not an IP address"),
        (("--ip", "192.0.2.1", "--mail-from", "acme.example"), "such as postmaster@acme.example"),
        (("--ip", "192.0.2.1", "--mail-from", "<>"), "add --helo NAME"),
        (("--helo", "mail.acme.example"), "add --ip ADDRESS"),
    ],
)
def test_what_is_no_envelope_is_a_usage_error(
    audit: Audit, server: DnsServer, arguments: tuple[str, ...], word: str
) -> None:
    ran = audit("acme.example", *arguments)

    assert ran.status == 2 and word in ran.err
    assert server.asked == []


def test_each_address_of_the_projects_relay_is_judged_by_itself(
    audit: Audit, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp+starttls://user:secret@relay.test:587")

    ran = audit("--format", "json")

    checks = {check["ip"]: check for check in spf_of(ran)["checks"]}
    assert {ip: check["result"] for ip, check in checks.items()} == {
        "203.0.113.65": "pass",
        "203.0.113.99": "fail",
    }
    assert {check["mail_from"] for check in checks.values()} == {"postmaster@acme.example"}
    assert "relay.test (203.0.113.99) is not among those" in ran.out
    assert "secret" not in ran.out


def test_the_return_path_of_the_project_is_judged_where_it_is_another_domain(
    audit: Audit, home: Home
) -> None:
    settings = SETTINGS.replace("sender:\n", "sender:\n  bounces: bounces@mail.acme.example\n")
    home.write("mactl.yaml", settings)

    spf = spf_of(audit("--ip", "203.0.113.1", "--format", "json"))

    assert spf["check"]["mail_from"] == "postmaster@mail.acme.example"
    assert spf["result"] == "pass"


@pytest.mark.parametrize("url", ["maildir:outbox", "smtp://localhost:25", "smtp://[::1"])
def test_a_relay_that_nobody_else_sees_is_not_asked_about(
    audit: Audit, home: Home, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SMTP_URL", url)

    assert "result" not in spf_of(audit("--format", "json"))


def test_the_tree_shows_what_each_branch_costs(audit: Audit) -> None:
    said = audit("acme.example", "--tree").out

    lines = [line.rstrip() for line in said.split("\n\n")[1].splitlines()]
    assert lines == [
        "  acme.example  8 of 10 lookups, 1 void",
        "  ├─ mx                                                           1  1 MX host",
        "  ├─ include:_spf.google.com                                      4  Google",
        "  │  ├─ include:a.test                                            1",
        "  │  │  ├─ 3 networks, ip4:198.51.100.0/25 to ip6:2001:db8::/48",
        "  │  │  └─ -all",
        "  │  ├─ include:b.test                                            2",
        "  │  │  ├─ exists:%{i}.list.test                                  1  depends on the message",
        "  │  │  └─ -all",
        "  │  └─ ~all",
        "  ├─ include:other.test                                           3",
        "  │  ├─ include:a.test                                            1  counted again",
        "  │  ├─ a:gone.test                                               1  void: nothing at gone.test",
        "  │  ├─ ip4:203.0.113.64/28",
        "  │  └─ -all",
        "  └─ -all",
    ]


def tree_of(zone: Zone, domain: str) -> SpfNode:
    async def built() -> SpfNode:
        return build_tree(domain, await gather_spf(domain, MemoResolver(zone)))

    return asyncio.run(built())


def test_receivers_stop_at_the_eleventh_lookup() -> None:
    terms = " ".join(f"a:h{n}.test" for n in range(12))
    zone = Zone.of({"example.com": f"v=spf1 {terms} -all"})

    (stop,) = [line.term for line in tree_lines(tree_of(zone, "example.com")) if line.stops]

    assert stop == "a:h10.test"


def test_the_limit_may_fall_within_a_branch_that_is_counted_again() -> None:
    zone = Zone.of(
        {
            "example.com": "v=spf1 include:a.test include:a.test include:a.test -all",
            "a.test": "v=spf1 a:h.test a:i.test a:j.test -all",
        }
    )

    (stop,) = [line for line in tree_lines(tree_of(zone, "example.com")) if line.stops]

    assert stop.term == "include:a.test" and "counted again" in stop.remarks


def test_a_tree_without_a_bottom_is_drawn_to_a_depth() -> None:
    zone = Zone.of({f"n{n}.test": f"v=spf1 include:n{n + 1}.test -all" for n in range(40)})

    lines = tree_lines(tree_of(zone, "n0.test"))

    assert max(len(line.guide) for line in lines) == 3 * MAX_DEPTH
    assert any("not drawn further" in line.remarks for line in lines)


@given(forests())
def test_the_costs_of_the_branches_are_those_of_the_tree(forest: dict[str, str]) -> None:
    tree = tree_of(
        Zone.of({**forest, "host.test": {"A": "192.0.2.1", "MX": "1 host.test"}}), "n0.test"
    )

    lines = tree_lines(tree)

    top = [line for line in lines if len(line.guide) == 3]
    assert sum(line.lookups or 0 for line in top) == tree.lookups
    assert sum(line.stops for line in lines) == (tree.lookups > 10)
