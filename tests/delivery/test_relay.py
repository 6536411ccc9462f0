"""A relay in trouble, with real servers: slower, later, and on again; never for ever."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.delivery import relay as relay_module
from mactl.delivery.relay import LONGEST_PAUSE, PAUSES, Relay
from mactl.delivery.transport import Lost, Reply, Session, Stage, Unreachable
from mactl.store.ledger import Ledger
from mactl.store.state import State
from tests.delivery.conftest import Time
from tests.delivery.servers import DROP, Behaviour, smtp_server
from tests.delivery.talking import wait_for
from tests.delivery.test_sender import people, run, transport
from tests.store.making import queue, row_of, statuses

PEOPLE = [f"person{number:03}" for number in range(60)]


def first(count: int, reply: str, stage: str) -> Behaviour:
    """Says `reply` at `stage` the first so many times, and then behaves."""
    left = count
    lock = threading.Lock()

    def behave(at: str, who: str) -> str | None:
        nonlocal left
        with lock:
            if at != stage or left <= 0:
                return None
            left -= 1
            return reply

    return behave


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "EHLO"])
@pytest.mark.parametrize("reply", ["421 4.3.2 shutting down", DROP])
def test_trouble_that_passes_uses_up_no_attempt(
    state: State, ledger: Ledger, time: Time, stage: str, reply: str
) -> None:
    queue(state, *PEOPLE)
    times = 3 if stage == "EHLO" else 2  # who is not greeted leaves it to those who are
    with smtp_server(first(times, reply, stage)) as server:
        drained = run(ledger, server, time, connections=3)
    assert drained.stopped is None
    assert drained.counts == {"sent": 60}
    assert Counter(people(server)) == Counter(PEOPLE)
    assert {row_of(state, name)["attempts"] for name in PEOPLE} == {1}
    assert sum(time.slept) > 0


def test_a_server_that_comes_back_after_a_minute_is_waited_for(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *PEOPLE)
    slept_until_back = 60.0
    with smtp_server() as server:
        way = transport(server)

        class Restarting:
            """Away from the tenth message on, for a minute."""

            async def open(self) -> Session:
                if len(server.taken) >= 10 and sum(time.slept) < slept_until_back:
                    raise Unreachable("it is away")
                return await way.open()

        is_down = False

        def restart(drained: object) -> None:
            nonlocal is_down
            if len(server.taken) >= 10 and not is_down:
                is_down = True
                server.hang_up()

        drained = run(ledger, Restarting(), time, progress=restart, connections=2)
    assert drained.stopped is None
    assert drained.counts["sent"] + drained.counts["unknown"] == 60
    assert drained.counts["unknown"] <= 2  # in the middle of a message when it went away
    assert sum(time.slept) >= slept_until_back
    taken = Counter(people(server))
    assert set(taken.values()) == {1}


def test_a_server_that_stays_away_is_given_up_after_minutes_with_the_rest_in_the_queue(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *PEOPLE)
    with smtp_server(lambda at, who: None) as server:
        seen = 0

        def behave_badly(at: str, who: str) -> str | None:
            nonlocal seen
            seen += at == "MAIL"
            return "421 4.3.2 closed for today" if at == "MAIL" and seen > 10 else None

        with smtp_server(behave_badly) as bad:
            drained = run(ledger, bad, time)
    assert server.connections == 0
    assert isinstance(drained.stopped, Unreachable)
    assert drained.stopped.exit_code == 75
    assert drained.counts["sent"] == 10
    assert 120 < sum(time.slept) < 300
    found = statuses(state)
    assert Counter(found.values())["queued"] >= 60 - 10 - PAUSES
    untried = [name for name, status in found.items() if status == "queued"]
    assert {row_of(state, name)["attempts"] for name in untried} == {0}


def test_a_connection_too_many_means_fewer_of_them_and_no_pause(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *PEOPLE)
    at_once = peak = refused = 0
    lock = threading.Lock()

    with smtp_server() as server:
        way = transport(server)

        class Narrow:
            """Takes two sessions at once."""

            async def open(self) -> Session:
                nonlocal at_once, peak, refused
                with lock:
                    if at_once >= 2:
                        refused += 1
                        raise Unreachable("421 4.7.0 too many connections")
                    at_once += 1
                    peak = max(peak, at_once)
                session = await way.open()
                close = session.close

                async def closing() -> None:
                    nonlocal at_once
                    at_once -= 1
                    await close()

                session.close = closing  # type: ignore[method-assign]
                return session

        drained = run(ledger, Narrow(), time, connections=8)
    assert drained.stopped is None
    assert drained.counts == {"sent": 60}
    assert Counter(people(server)) == Counter(PEOPLE)
    assert peak == 2
    assert 6 <= refused <= 8  # each of the others once, and perhaps one more try
    assert time.slept == []


@pytest.mark.parametrize("reply", ["421 4.7.0 too many connections", "452 4.3.2 too many sessions"])
def test_a_session_too_many_that_is_told_at_mail_costs_no_attempt(
    state: State, ledger: Ledger, time: Time, reply: str
) -> None:
    queue(state, *PEOPLE)
    with smtp_server(first(3, reply, "MAIL")) as server:
        drained = run(ledger, server, time, connections=4)
    assert drained.stopped is None
    assert drained.counts == {"sent": 60}
    assert {row_of(state, name)["attempts"] for name in PEOPLE} == {1}
    assert Counter(people(server)) == Counter(PEOPLE)


def test_a_session_that_has_carried_enough_is_followed_by_another(
    state: State, ledger: Ledger, time: Time
) -> None:
    """Some servers keep the session open and refuse what comes over it, instead of a 421."""
    queue(state, *PEOPLE)
    seen = 0

    def behave(at: str, who: str) -> str | None:
        nonlocal seen
        if at == "EHLO":
            seen = 0
        seen += at == "MAIL"
        return "452 4.5.3 too many messages in this session" if at == "MAIL" and seen > 10 else None

    with smtp_server(behave) as server:
        drained = run(ledger, server, time)
    assert drained.counts == {"sent": 60}
    assert drained.stopped is None
    assert server.connections == 6
    assert time.slept == []


def test_one_message_that_ends_every_session_does_not_keep_the_others(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *PEOPLE)
    behave = lambda at, who: DROP if at == "RCPT" and who.startswith("person030") else None  # noqa: E731
    with smtp_server(behave) as server:
        drained = run(ledger, server, time, connections=2)
    assert drained.stopped is None
    assert drained.counts == {"sent": 59, "deferred": 1}
    assert statuses(state)["person030"] == "deferred"


def test_who_is_asked_to_stop_does_not_sleep_on(state: State, ledger: Ledger, time: Time) -> None:
    queue(state, *PEOPLE)
    with smtp_server(lambda at, who: "421 later" if at == "MAIL" else None) as server:
        drained = run(ledger, server, time, stop=lambda: len(time.slept) >= 1)
    assert drained.is_interrupted
    assert sum(time.slept) <= 0.5
    assert set(statuses(state).values()) == {"queued"}


# The relay by itself.


async def at_once(seconds: float) -> None:
    """A rest that takes no time."""


SENT = Reply(250, "2.0.0 ok", Stage.MESSAGE)
LOST = Lost(Stage.RCPT, "gone")


def working(relay: Relay, work: Callable[[], object]) -> object:
    async def go() -> object:
        try:
            return work()
        finally:
            relay.close()

    return wait_for(go())


def test_what_several_sessions_meet_at_once_counts_once() -> None:
    relay = Relay(16, at_once)
    working(relay, lambda: [relay.stumble(LOST, 0) for _ in range(16)])
    assert relay.allowed == 8


def test_trouble_halves_the_sessions_and_what_goes_well_brings_them_back_one_by_one() -> None:
    relay = Relay(8, at_once)
    seen = [relay.allowed]

    def stumble() -> None:
        relay.stumble(LOST, relay.round)
        seen.append(relay.allowed)

    working(relay, lambda: [stumble(), stumble()])
    assert seen == [8, 4, 2]
    for _ in range(relay_module._GROW_AFTER):
        relay.answered(SENT)
    assert relay.allowed == 3
    for _ in range(10 * relay_module._GROW_AFTER):
        relay.answered(SENT)
    assert relay.allowed == 8


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12), st.booleans())
def test_pauses_grow_to_a_longest_and_end(draws: list[float], has_taken: bool) -> None:
    pauses: list[float] = []

    async def rest(seconds: float) -> None:
        pauses.append(seconds)

    async def stumble() -> int:
        numbers = iter(draws)
        relay = Relay(4, rest, lambda: next(numbers))
        if has_taken:
            relay.answered(SENT)
        times = 0
        while relay.stumble(LOST, relay.round) is None:
            times += 1
            await relay.wait()
        return times

    times = wait_for(stumble())
    assert times == (PAUSES if has_taken else relay_module.PAUSES_BEFORE) == len(pauses)
    for number, pause in enumerate(pauses):
        middle = min(2**number, LONGEST_PAUSE)
        assert 0.75 * middle <= pause <= 1.25 * middle
    assert sum(pauses) <= 4 * 60


def test_a_domain_that_is_impatient_is_not_the_relay_and_three_are() -> None:
    relay = Relay(4, at_once)
    assert not relay.is_impatient("a.test")
    assert not relay.is_impatient("a.test")
    assert not relay.is_impatient("b.test")
    relay.answered(SENT)
    assert not relay.is_impatient("c.test")
    assert not relay.is_impatient("d.test")
    assert relay.is_impatient("e.test")
