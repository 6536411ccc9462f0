"""The resolver against real sockets: what the wire says becomes the right answer."""

import asyncio
import time

import dns.resolver
import pytest

from mactl.audit import Answer, MemoResolver, Outcome, system_resolver
from mactl.audit.dns.system import _addresses_of_system
from mactl.errors import TryAgainLater, UsageError
from tests.audit.peers import DnsServer


def ask(server: DnsServer, name: str, rdtype: str = "TXT", timeout: float = 2) -> Answer:
    return asyncio.run(system_resolver(server.address, timeout).query(name, rdtype))


def test_records_come_back_as_plain_text(zone, dns_server):
    zone.put("example.com", "MX", ["20 b.example.com", "10 a.example.com"])
    zone.put("example.com", "A", "192.0.2.1").put("example.com", "AAAA", "2001:db8::1")
    zone.put("1.2.0.192.in-addr.arpa", "PTR", "Mail.example.com")

    assert ask(dns_server, "example.com", "A").records == ("192.0.2.1",)
    assert ask(dns_server, "example.com", "AAAA").records == ("2001:db8::1",)
    assert ask(dns_server, "1.2.0.192.in-addr.arpa", "PTR").records == ("Mail.example.com",)
    mx = ask(dns_server, "example.com", "MX")
    assert mx.exchanges == ((10, "a.example.com"), (20, "b.example.com"))


def test_a_null_mx_has_an_empty_host(zone, dns_server):
    zone.put("example.com", "MX", "0 ")

    assert ask(dns_server, "example.com", "MX").exchanges == ((0, ""),)


def test_the_strings_of_a_txt_record_are_joined_without_a_space(zone, dns_server):
    zone.txt("example.com", "x" * 300)

    assert ask(dns_server, "example.com").records == ("x" * 300,)


def test_each_octet_of_a_txt_record_is_one_character(zone, dns_server):
    text = "".join(map(chr, range(256)))
    zone.txt("example.com", text)

    assert ask(dns_server, "example.com").records == (text,)


@pytest.mark.parametrize("failure", ["SERVFAIL", "REFUSED", "TIMEOUT"])
def test_failures_are_told_apart(zone, dns_server, failure):
    zone.put("example.com", "*", failure)

    answer = ask(dns_server, "example.com", timeout=0.3)

    assert answer.outcome is Outcome(failure.lower())
    assert answer.failed and not answer.absent and not answer.records


def test_a_name_that_does_not_exist_is_not_one_without_records(zone, dns_server):
    zone.put("example.com", "A", "192.0.2.1")

    assert ask(dns_server, "gone.example.com").outcome is Outcome.NXDOMAIN
    assert ask(dns_server, "example.com").outcome is Outcome.NODATA


def test_a_truncated_answer_is_asked_for_again_over_tcp(zone, dns_server):
    zone.txt("example.com", *(f"{number:03d}" + "x" * 200 for number in range(20)))

    answer = ask(dns_server, "example.com")

    assert len(answer.records) == 20
    assert [transport for _, _, transport in dns_server.asked] == ["udp", "tcp"]


def test_an_answer_of_two_kilobytes_fits_in_no_packet_and_still_arrives_whole(zone, dns_server):
    zone.txt("example.com", "v=spf1 " + " ".join(f"ip4:192.0.2.{n}" for n in range(140)) + " -all")

    (record,) = ask(dns_server, "example.com").records

    assert record.endswith("ip4:192.0.2.139 -all")


def test_aliases_are_followed(zone, dns_server):
    zone.put("s1.example.com", "CNAME", "key.service.test").txt("key.service.test", "p=")

    answer = ask(dns_server, "s1.example.com")

    assert (answer.records, answer.canonical) == (("p=",), "key.service.test")


def test_aliases_are_followed_where_the_server_leaves_that_to_us(zone, dns_server):
    dns_server.chases_aliases = False
    zone.put("a.test", "CNAME", "b.test").put("b.test", "CNAME", "c.test").txt("c.test", "here")

    answer = ask(dns_server, "a.test")

    assert (answer.records, answer.canonical) == (("here",), "c.test")


def test_an_alias_to_nothing_keeps_the_name_it_points_to(zone, dns_server):
    zone.put("s1.example.com", "CNAME", "gone.service.test")

    answer = ask(dns_server, "s1.example.com")

    assert (answer.outcome, answer.canonical) == (Outcome.NXDOMAIN, "gone.service.test")


@pytest.mark.parametrize("chases", [True, False])
def test_a_circle_of_aliases_is_a_failure_and_ends(zone, dns_server, chases):
    dns_server.chases_aliases = chases
    zone.put("a.test", "CNAME", "b.test").put("b.test", "CNAME", "a.test")

    assert ask(dns_server, "a.test").outcome is Outcome.SERVFAIL


def test_a_server_older_than_edns_is_asked_without_it(zone, dns_server):
    dns_server.knows_edns = False
    zone.txt("example.com", "found")

    assert ask(dns_server, "example.com").records == ("found",)


def test_the_lifetime_bounds_a_question_that_nobody_answers(zone, dns_server):
    zone.timeout("example.com")
    started = time.monotonic()

    assert ask(dns_server, "example.com", timeout=0.4).outcome is Outcome.TIMEOUT
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "name",
    ["a" * 64 + ".test", "a..test", ".".join(["a" * 60] * 5), "\\999.test", "", "\ud800.test"],
)
def test_a_name_that_fits_in_no_question_is_no_crash(zone, dns_server, name):
    assert ask(dns_server, name).failed or not ask(dns_server, name).records


def test_ipv6_name_servers_are_asked(zone, dns_server6):
    zone.txt("example.com", "found")

    assert dns_server6.address.startswith("[::1]:")
    assert ask(dns_server6, "example.com").records == ("found",)


def test_a_name_server_may_have_a_name(zone, dns_server):
    zone.txt("example.com", "found")

    answer = asyncio.run(
        system_resolver(f"localhost:{dns_server.port}", 2).query("example.com", "TXT")
    )

    assert answer.records == ("found",)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_an_impossible_timeout_is_a_usage_error(timeout):
    with pytest.raises(UsageError):
        system_resolver("192.0.2.1", timeout)


@pytest.fixture
def resolv_conf(monkeypatch, tmp_path):
    """What the system says of its name servers."""
    path = tmp_path / "resolv.conf"
    original = dns.resolver.BaseResolver.read_resolv_conf
    monkeypatch.setattr(
        dns.resolver.BaseResolver, "read_resolv_conf", lambda self, _: original(self, str(path))
    )
    return path


def test_a_system_without_dns_says_try_again_later(resolv_conf):
    resolv_conf.write_text("# nothing\n")

    with pytest.raises(TryAgainLater) as refused:
        system_resolver()

    assert refused.value.exit_code == 75 and "--nameserver" in (refused.value.hint or "")


def test_the_servers_of_the_system_are_asked_in_its_order(resolv_conf):
    resolv_conf.write_text("nameserver 192.0.2.1\nnameserver 2001:db8::1\n")

    assert _addresses_of_system() == ["192.0.2.1", "2001:db8::1"]


def test_a_question_is_asked_once_in_a_run(zone):
    zone.txt("example.com", "found")

    async def run() -> list[Answer]:
        resolver = MemoResolver(zone)
        first = await asyncio.gather(
            *(
                resolver.query(name, "TXT")
                for name in ("example.com", "EXAMPLE.com.", "example.com")
            )
        )
        return [*first, await resolver.query("example.com", "txt")]

    assert {answer.records for answer in asyncio.run(run())} == {("found",)}
    assert zone.asked == [("example.com", "TXT")]


def test_who_gives_up_waiting_does_not_spoil_the_answer_for_others(zone):
    zone.txt("example.com", "found")

    async def run() -> Answer:
        resolver = MemoResolver(zone)
        impatient = asyncio.ensure_future(resolver.query("example.com", "TXT"))
        patient = asyncio.ensure_future(resolver.query("example.com", "TXT"))
        await asyncio.sleep(0)
        impatient.cancel()
        return await patient

    assert asyncio.run(run()).records == ("found",)


def test_past_the_budget_nothing_is_asked(zone):
    async def run() -> list[Outcome]:
        resolver = MemoResolver(zone, budget=2)
        return [(await resolver.query(f"{n}.test", "A")).outcome for n in (1, 2, 3, 1)]

    assert asyncio.run(run()) == [Outcome.NXDOMAIN, Outcome.NXDOMAIN, "unasked", Outcome.NXDOMAIN]
    assert len(zone.asked) == 2


@pytest.mark.parametrize(
    ("entries", "silent"),
    [
        ({"a.test": "TIMEOUT", "b.test": "REFUSED"}, True),
        ({"a.test": "TIMEOUT", "b.test": "SERVFAIL"}, False),
        ({"a.test": "TIMEOUT"}, False),
    ],
)
def test_no_dns_at_all_is_recognised(zone_of, entries, silent):
    async def run() -> bool:
        resolver = MemoResolver(zone_of(entries))
        await resolver.query("a.test", "TXT")
        await resolver.query("b.test", "TXT")
        return resolver.silent

    assert asyncio.run(run()) is silent
