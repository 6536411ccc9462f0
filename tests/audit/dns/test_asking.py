"""Servers that lose, lie, fall silent or talk nonsense, and what is made of them."""

import asyncio
import random
import struct
from collections.abc import Iterator

import dns.flags
import pytest

from mactl.audit import Answer, MemoResolver, Outcome, Scope, audit_domain
from mactl.audit.dns import asking, datagrams, servers, silence
from mactl.audit.dns.wire import EDNS_PAYLOAD
from tests.audit.dns.wires import (
    LOOPBACK,
    Peer,
    both,
    framed,
    hang,
    name_of,
    number_of,
    read_framed,
    reply,
    resolver_of,
    truncated,
    txt,
    udp,
)
from tests.audit.peers import means_of


def found(wire: bytes) -> list[bytes]:
    return [txt(wire)]


def nothing(wire: bytes) -> list[bytes]:
    return []


def failing(rcode: str):
    return lambda wire: [reply(wire, rcode=rcode)]


def of(rcodes: Iterator[str]):
    """Servers fail with these, each packet the next, and answer when there are no more."""
    return lambda wire: [reply(wire, rcode=rcode) if (rcode := next(rcodes, "")) else txt(wire)]


async def ask_txt(resolver, name: str = "example.com") -> Answer:
    return await resolver.query(name, "TXT")


# One server


def test_a_question_that_got_lost_is_asked_again():
    async def run() -> tuple[Answer, Peer]:
        async with udp(lambda wire: found(wire) if len(peer.asked) > 1 else []) as peer:
            return await ask_txt(resolver_of(peer)), peer

    answer, peer = asyncio.run(run())

    assert answer.records == ("found",)
    assert len(peer.asked) == 2 and len(set(peer.asked)) == 1


def test_an_answer_that_comes_after_the_question_was_repeated_counts():
    async def run() -> tuple[Answer, int]:
        late: list[bytes] = []

        def react(wire: bytes) -> list[bytes]:
            late.append(txt(wire))
            return late[:1] if len(late) > 1 else []  # the first answer, when asked again

        async with udp(react) as peer:
            return await ask_txt(resolver_of(peer)), len(peer.asked)

    assert asyncio.run(run())[0].records == ("found",)


def garbage(wire: bytes) -> list[bytes]:
    chance = random.Random(4)
    other = struct.pack("!H", number_of(wire) ^ 1) + wire[2:]
    stranger = wire.replace(b"\7example", b"\7strange")
    return [
        b"",
        b"\0",
        *(chance.randbytes(chance.randrange(600)) for _ in range(50)),
        wire,
        reply(other, rcode="NXDOMAIN"),
        reply(stranger, rcode="NXDOMAIN"),
        reply(stranger, 'strange.com. TXT "wrong"'),
        wire[:2] + b"\x81\x80" + bytes(8),
    ]


def test_garbage_does_not_end_a_question():
    async def run() -> Answer:
        async with udp(lambda wire: [*garbage(wire), txt(wire)]) as peer:
            return await ask_txt(resolver_of(peer))

    assert asyncio.run(run()).records == ("found",)


def test_garbage_is_no_answer():
    async def run() -> Answer:
        async with udp(garbage) as peer:
            return await ask_txt(resolver_of(peer, timeout=0.3))

    assert asyncio.run(run()).outcome is Outcome.TIMEOUT


def test_an_answer_that_makes_no_sense_is_a_failure_of_the_server():
    async def run() -> Answer:
        async with udp(lambda wire: [txt(wire)[:-9]]) as peer:
            return await ask_txt(resolver_of(peer))

    answer = asyncio.run(run())
    assert (answer.outcome, answer.detail) == (Outcome.SERVFAIL, "a malformed answer")


def test_a_server_that_is_not_there_is_unreachable_at_once():
    async def run() -> Answer:
        async with udp(nothing) as peer:
            port = peer.port
        return await ask_txt(resolver_of(port, timeout=60))

    answer = asyncio.run(run())
    assert answer.outcome is Outcome.UNREACHABLE and "refused" in answer.detail


def test_hundreds_of_questions_share_a_few_sockets_whose_ports_change(monkeypatch):
    # Nothing is lost, and nothing is late, or taken for silence, where the machine is busy.
    for room in (asking, datagrams, silence):
        monkeypatch.setattr(room, "FIRST_PAUSE", 60.0)
    most = 0

    async def run() -> tuple[list[Answer], Peer]:
        held: list[bytes] = []

        def react(wire: bytes) -> list[bytes]:
            nonlocal most
            held.append(wire)
            most = max(most, len(held))
            asyncio.get_running_loop().call_later(0.02, answer_held, peer, held)
            return []

        async with udp(react) as peer:
            resolver = resolver_of(peer, timeout=50)
            asked = (ask_txt(resolver, f"{n}.test") for n in range(1000))
            return await asyncio.gather(*asked), peer

    def answer_held(peer: Peer, held: list[bytes]) -> None:
        place = (LOOPBACK, peer.ports[len(peer.asked) - len(held)])
        peer.transport.sendto(txt(held.pop(0)), place)

    answers, peer = asyncio.run(run())

    assert {answer.records for answer in answers} == {("found",)}
    assert 100 < most <= 200
    assert 1000 / 64 <= len(set(peer.ports)) < 200
    assert len({number_of(wire) for wire in peer.asked}) > 900


def test_a_server_older_than_edns_is_found_out_once():
    def react(wire: bytes) -> list[bytes]:
        if wire[11]:  # an additional record: the OPT of EDNS
            return [wire[:2] + b"\x80\x01" + bytes(8)]
        return found(wire)

    async def run() -> tuple[list[Answer], Peer]:
        async with udp(react) as peer:
            resolver = resolver_of(peer)
            return [await ask_txt(resolver, name) for name in ("a.test", "b.test")], peer

    answers, peer = asyncio.run(run())

    assert [answer.records for answer in answers] == [("found",)] * 2
    assert [wire[11] for wire in peer.asked] == [1, 0, 0]


def test_an_odd_question_does_not_make_a_server_old():
    async def run() -> Peer:
        async with udp(failing("FORMERR")) as peer:
            resolver = resolver_of(peer)
            assert (await ask_txt(resolver)).detail == "FORMERR"
            await ask_txt(resolver, "b.test")
            return peer

    assert [wire[11] for wire in asyncio.run(run()).asked] == [1, 0, 1, 0]


# Aliases


def test_aliases_that_never_end_do():
    def react(wire: bytes) -> list[bytes]:
        name = name_of(wire)
        return [
            reply(
                wire,
                f"{name} CNAME x{len(name)}.test.",
                f"x{len(name)}.test. CNAME {name[:9]}z.test.",
            )
        ]

    async def run() -> tuple[Answer, Peer]:
        async with udp(react) as peer:
            return await ask_txt(resolver_of(peer)), peer

    answer, peer = asyncio.run(run())

    assert answer.outcome is Outcome.SERVFAIL and "alias" in answer.detail
    assert len(peer.asked) < 10


def test_one_server_asked_for_its_own_is_not_asked_where_its_aliases_lead():
    async def run() -> tuple[Answer, Peer]:
        def react(wire: bytes) -> list[bytes]:
            return [reply(wire, "example.com. CNAME other.test.", flags=dns.flags.AA)]

        async with udp(react) as peer:
            return await ask_txt(resolver_of(peer).at(LOOPBACK)), peer

    answer, peer = asyncio.run(run())

    assert (answer.outcome, answer.canonical) == (Outcome.NODATA, "other.test")
    (asked,) = peer.asked
    assert not asked[2] & 1, "recursion is not wanted of it"


@pytest.mark.parametrize("address", ["", "localhost", "192.0.2.256", "٣.1.1.1"])
def test_what_is_no_address_is_not_asked(address):
    answer = asyncio.run(ask_txt(resolver_of(1).at(address)))

    assert (answer.outcome, answer.detail) == (Outcome.UNREACHABLE, "not an address")


# Answers too long for UDP


async def answer_each(reader, writer) -> None:
    while True:
        writer.write(framed(txt(await read_framed(reader))))


async def answer_another_first(reader, writer) -> None:
    wire = await read_framed(reader)
    writer.write(framed(b"") + framed(b"x") + framed(garbage(wire)[-2]) + framed(txt(wire)))
    await reader.read()


async def one_octet_at_a_time(reader, writer) -> None:
    for octet in framed(txt(await read_framed(reader))):
        await asyncio.sleep(0.05)
        writer.write(bytes([octet]))


async def close_at_once(reader, writer) -> None:
    await read_framed(reader)


async def half_an_answer(reader, writer) -> None:
    writer.write(framed(txt(await read_framed(reader)))[:-5])
    await writer.drain()


@pytest.mark.parametrize("talk", [answer_each, answer_another_first])
def test_a_truncated_answer_is_fetched_over_tcp(talk):
    async def run() -> Answer:
        async with both(truncated, talk) as peer:
            return await ask_txt(resolver_of(peer))

    assert asyncio.run(run()).records == ("found",)


@pytest.mark.parametrize(
    ("talk", "outcome"),
    [
        (hang, Outcome.TIMEOUT),
        (one_octet_at_a_time, Outcome.TIMEOUT),
        (close_at_once, Outcome.UNREACHABLE),
        (half_an_answer, Outcome.UNREACHABLE),
    ],
)
def test_what_goes_wrong_over_tcp_is_told(monkeypatch, talk, outcome):
    monkeypatch.setattr(servers, "_TCP_SECONDS", 0.2)

    async def run() -> Answer:
        async with both(truncated, talk) as peer:
            return await ask_txt(resolver_of(peer))

    answer = asyncio.run(run())

    assert answer.outcome is outcome and answer.detail.startswith("too long for UDP, and over TCP")


def test_a_server_without_tcp_is_told():
    async def run() -> Answer:
        async with udp(truncated) as peer:
            return await ask_txt(resolver_of(peer))

    answer = asyncio.run(run())
    assert "too long for UDP" in answer.detail and "refused" in answer.detail


# Several servers


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
def test_the_next_server_is_asked_where_one_cannot(rcode):
    async def run() -> Answer:
        async with udp(failing(rcode)) as first, udp(found) as second:
            return await ask_txt(resolver_of(first, second))

    assert asyncio.run(run()).records == ("found",)


def test_the_next_server_is_asked_where_one_is_not_there_or_talks_nonsense():
    async def run() -> Answer:
        async with udp(nothing) as peer:
            closed = peer.port
        async with udp(lambda wire: [txt(wire)[:-9]]) as second, udp(found) as third:
            return await ask_txt(resolver_of(closed, second, third))

    assert asyncio.run(run()).records == ("found",)


@pytest.mark.parametrize("order", [("SERVFAIL", "REFUSED"), ("REFUSED", "SERVFAIL")])
def test_the_failure_that_tells_most_is_told(order):
    async def run() -> Answer:
        async with udp(failing(order[0])) as first, udp(failing(order[1])) as second:
            return await ask_txt(resolver_of(first, second))

    assert asyncio.run(run()).outcome is Outcome.SERVFAIL


def test_a_name_that_does_not_exist_is_not_asked_for_elsewhere():
    async def run() -> tuple[Answer, Peer]:
        async with udp(failing("NXDOMAIN")) as first, udp(found) as second:
            return await ask_txt(resolver_of(first, second)), second

    answer, second = asyncio.run(run())
    assert answer.outcome is Outcome.NXDOMAIN and not second.asked


def test_a_dead_server_is_waited_for_once():
    async def run() -> tuple[list[Answer], Peer]:
        async with udp(nothing) as dead, udp(found) as living:
            resolver = resolver_of(dead, living, timeout=20)
            first = await asyncio.gather(*(ask_txt(resolver, f"{n}.test") for n in range(20)))
            later = [await ask_txt(resolver, f"{n}.example") for n in range(20)]
            assert not any("example" in name_of(wire) for wire in dead.asked), "it was asked again"
            return [*first, *later], living

    answers, _ = asyncio.run(run())
    assert {answer.records for answer in answers} == {("found",)}


def test_a_dead_server_is_not_waited_for_by_what_another_fails_on():
    async def run() -> tuple[Answer, Answer, set[str]]:
        async with udp(nothing) as dead, udp(failing("SERVFAIL")) as living:
            resolver = resolver_of(dead, living, timeout=20)
            first, later = await ask_txt(resolver), await ask_txt(resolver, "b.test")
            return first, later, {name_of(wire) for wire in dead.asked}

    first, later, asked = asyncio.run(run())
    assert first.outcome is later.outcome is Outcome.SERVFAIL
    assert "example.com." in asked and "b.test." not in asked


def test_a_server_that_speaks_again_is_no_longer_last():
    async def run() -> Answer:
        async with udp(lambda wire: found(wire) if alive else []) as first, udp(found) as second:
            resolver = resolver_of(first, second, timeout=20)
            await ask_txt(resolver)
            alive.append(True)
            second.react = nothing
            answer = await ask_txt(resolver, "b.test")
            await ask_txt(resolver, "c.test")
            assert "c.test." not in map(name_of, second.asked)
            return answer

    alive: list[bool] = []
    assert asyncio.run(run()).records == ("found",)


# Silence


def test_when_nobody_says_anything_any_more_it_is_noticed_once():
    async def run() -> tuple[list[Answer], int]:
        async with udp(nothing) as dead:
            resolver = resolver_of(dead, timeout=0.6)
            async with asyncio.timeout(20):  # a thousand times 0.6 seconds are ten minutes
                answers = [await ask_txt(resolver, f"{n}.test") for n in range(1000)]
            return answers, len(dead.asked)

    answers, asked = asyncio.run(run())

    assert {answer.outcome for answer in answers} == {Outcome.TIMEOUT}
    assert answers[-1].detail == "no name server has said anything for 0.6 seconds"
    assert asked < 10


def test_names_that_nobody_answers_for_are_not_a_dead_server():
    def react(wire: bytes) -> list[bytes]:
        return [] if "dead" in name_of(wire) else found(wire)

    async def run() -> list[Answer]:
        async with udp(react) as peer:
            resolver = resolver_of(peer, timeout=0.6)
            await asyncio.gather(*(ask_txt(resolver, f"{n}.dead.test") for n in range(50)))
            return [await ask_txt(resolver, name) for name in ("1.dead.test", "example.com")]

    dead, alive = asyncio.run(run())
    assert (dead.outcome, alive.outcome) == (Outcome.TIMEOUT, Outcome.RECORDS)
    assert not dead.detail


def test_a_server_that_knows_nothing_but_its_own_zones_is_not_dead():
    def react(wire: bytes) -> list[bytes]:
        return found(wire) if "own" in name_of(wire) else []

    async def run() -> list[Answer]:
        async with udp(react) as peer:
            resolver = resolver_of(peer, timeout=0.6)
            names = ("own.test", "other.test", "a.own.test")
            return [await ask_txt(resolver, name) for name in names]

    assert [answer.outcome for answer in asyncio.run(run())] == ["records", "timeout", "records"]


def test_a_burst_that_got_lost_is_not_a_dead_server():
    async def run() -> list[Answer]:
        async with udp(nothing) as peer:
            resolver = resolver_of(peer, timeout=4)
            asyncio.get_running_loop().call_later(0.5, setattr, peer, "react", found)
            return await asyncio.gather(*(ask_txt(resolver, f"{n}.test") for n in range(150)))

    assert {answer.records for answer in asyncio.run(run())} == {("found",)}


def test_late_questions_have_places_left_by_those_that_nobody_answers():
    def react(wire: bytes) -> list[bytes]:
        return [] if "dead" in name_of(wire) else found(wire)

    async def run() -> Answer:
        async with udp(react) as peer:
            resolver = resolver_of(peer, timeout=60)
            dead = [asyncio.ensure_future(ask_txt(resolver, f"{n}.dead.test")) for n in range(200)]
            await asyncio.sleep(0)
            answer = await ask_txt(resolver)
            for task in dead:
                task.cancel()
            return answer

    assert asyncio.run(asyncio.wait_for(run(), 20)).records == ("found",)


# The deadline of a domain


def hiding_in(talk):
    return lambda: both(truncated, talk)


@pytest.mark.parametrize(
    "peer",
    [
        lambda: udp(nothing),
        lambda: udp(garbage),
        hiding_in(hang),
        hiding_in(one_octet_at_a_time),
        lambda: udp(lambda wire: [reply(wire, f"{name_of(wire)} CNAME x.{name_of(wire)[-99:]}")]),
    ],
    ids=["black hole", "garbage", "tcp hangs", "an octet at a time", "aliases without an end"],
)
def test_no_server_keeps_an_audit_past_its_deadline(peer):
    async def run() -> None:
        async with peer() as opened:
            resolver = MemoResolver(resolver_of(opened, timeout=0.5))
            async with asyncio.timeout(10):  # the deadline and much more, as machines are busy
                await audit_domain("example.com", means_of(resolver), Scope(deadline=0.7))

    asyncio.run(run())


def test_the_size_that_is_announced_fits_in_a_packet():
    assert EDNS_PAYLOAD <= 1232
