"""What surrounds the standards: how deep its questions go, and zones and pages that mean harm."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.audit import Answer, Envelope, Scope, audit_domain
from tests.audit.cases import pages_for, zone_for
from tests.audit.peers import Pages, Zone, means_of
from tests.conftest import examples

MAX_DEPTH = 8
PATIENCE = 200  # turns of the loop without a new question after which all wait for answers


class Rounds:
    """A resolver that answers only when nobody has anything left to ask: in rounds, and counts them."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.rounds = 0
        self.waiting: list[asyncio.Future[None]] = []

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        await turn
        return await self.zone.query(name, rdtype, unchecked=unchecked)

    def at(self, address: str) -> "Rounds":
        return self

    async def answer(self) -> None:
        while True:
            waited = -1
            while len(self.waiting) != waited:
                waited = len(self.waiting)
                for _ in range(PATIENCE):
                    await asyncio.sleep(0)
            answered, self.waiting = self.waiting, []
            self.rounds += bool(answered)
            for turn in answered:
                if not turn.done():
                    turn.set_result(None)
            await asyncio.sleep(0)


def rounds_of(zone: Zone, pages: Pages, scope: Scope | None = None) -> tuple[int, int]:
    """How many round trips an audit takes, and how many questions."""

    async def run() -> tuple[int, int]:
        resolver = Rounds(zone)
        answering = asyncio.create_task(resolver.answer())
        report = await audit_domain("example.com", means_of(resolver, pages), scope or Scope())
        answering.cancel()
        return resolver.rounds, report.asked

    return asyncio.run(run())


CHAINED = {
    "spf": "v=spf1 include:a.test -all",
    "zone": {
        "a.test": "v=spf1 include:b.test -all",
        "b.test": "v=spf1 include:c.test -all",
        "c.test": "v=spf1 ip4:192.0.2.1 -all",
    },
}


@pytest.mark.parametrize(
    ("case", "most"), [({}, 5), (CHAINED, 7), ({"dkim": None}, 5), ({"empty": True}, 3)]
)
def test_an_audit_takes_few_round_trips(case, most, keys):
    rounds, _ = rounds_of(zone_for(case, keys), pages_for(case))

    assert rounds <= most <= MAX_DEPTH


def test_every_server_is_asked_within_one_more_round_trip(keys):
    rounds, _ = rounds_of(zone_for({}, keys), pages_for({}), Scope(every_server=True))

    assert rounds <= 6


def test_what_surrounds_the_standards_costs_few_questions(keys):
    _, asked = rounds_of(zone_for({}, keys), pages_for({}), Scope(guess_selectors=False))

    assert asked <= 30


TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        "v=STSv1; id=a",
        "v=TLSRPTv1; rua=mailto:a@\x1b.test",
        "v=TLSRPTv1; rua=https://a.test/\x9b",
        "v=DMARC1; p=none; rua=mailto:x@gone.test",
        "v=spf1 mx +all",
        "\x1b]0;x\x07",
    ]
)
NAMES = st.sampled_from(
    [
        "a.test",
        "\x1b[2J.test",
        "x" * 70 + ".test",
        "a..test",
        "localhost",
        "*",
        "192.0.2.1",
        "é.test",
        "",
    ]
)
NUMBERS = st.integers(0, 70000)
RECORDS: dict[str, st.SearchStrategy[str]] = {
    "TXT": TEXTS,
    "MX": st.builds("{} {}".format, NUMBERS, NAMES),
    "NS": NAMES,
    "PTR": NAMES,
    "A": st.sampled_from(["192.0.2.1", "10.0.0.1", "127.0.0.1", "not an address", ""]),
    "AAAA": st.sampled_from(["2001:db8::1", "fe80::1%eth0", "::ffff:10.0.0.1"]),
    "SOA": st.sampled_from(["a.test. b.test. 1 2 3 4 5", "a", "", "a b \x1b 2 3 4 5"]),
    "DS": st.sampled_from(["1 13 2 " + "00" * 32, "1 1 1 00", "x", "1 13 2 \x1b"]),
    "DNSKEY": st.sampled_from(["257 3 13 " + "A" * 88, "257 3 8 AQAB", "257 3 13 ====", "\x1b"]),
    "RRSIG": st.sampled_from(
        [
            "SOA 13 2 60 20261201000000 20261101000000 1 example.com. AAAA",
            "DNSKEY 13 2 60 99999999999999 20261101000000 1 example.com. AAAA",
            "DS 13 2 60 x",
            "DNSKEY",
        ]
    ),
}
ENTRIES = st.fixed_dictionaries(
    {}, optional={rdtype: st.lists(text, max_size=3) for rdtype, text in RECORDS.items()}
) | st.sampled_from(["SERVFAIL", "TIMEOUT", "REFUSED"])
OWNERS = st.sampled_from(
    [
        "example.com",
        "*.example.com",
        "a.test",
        "192.0.2.1",
        "1.2.0.192.in-addr.arpa",
        "_mta-sts.example.com",
        "mta-sts.example.com",
        "_smtp._tls.example.com",
        "_dmarc.example.com",
        "_dmarc.mail.example.com",
    ]
)
BODIES = st.binary(max_size=80) | st.sampled_from(
    [b"version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 1\n", b"mx: \x1b[2J\n" * 9]
)


@settings(max_examples=examples(150), deadline=None)
@given(st.dictionaries(OWNERS, ENTRIES), BODIES, st.booleans())
def test_no_surroundings_can_crash_hang_or_speak_to_the_terminal(entries, body, bogus):
    zone = Zone.of(entries)
    zone.bogus = {"example.com"} if bogus else set()
    scope = Scope(every_server=True, envelopes=(Envelope("192.0.2.1", helo="\x1b[2J"),))
    pages = Pages.of({"https://mta-sts.example.com/.well-known/mta-sts.txt": {"body": body}})

    report = asyncio.run(audit_domain("example.com", means_of(zone, pages), scope))

    texts = [json.dumps(report.as_json(), ensure_ascii=False)]
    texts += [f"{finding.message}{finding.hint}" for finding in report.findings]
    assert not [c for text in texts for c in text if not (" " <= c <= "~" or c == "…")]
    assert len(zone.asked) <= 500
