"""The sender and real servers: what becomes of each message, whatever the server does."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from mactl.delivery.desk import CannotRender, Go, Hold, Skip, Verdict
from mactl.delivery.drained import Drained
from mactl.delivery.sender import drain
from mactl.delivery.smtp.server import parse_server
from mactl.delivery.smtp.transport import SmtpTransport
from mactl.delivery.transport import Begin, Envelope, Following, Session, Transport, Unreachable
from mactl.errors import ConfigurationError
from mactl.store import postgres, sqlite
from mactl.store.ledger import Ledger, QueuedSend
from mactl.store.state import State
from mactl.store.suppressions import find_suppressions
from mactl.store.tables import sends
from mactl.store.worker import Worker, new_worker
from tests.conftest import examples
from tests.delivery.conftest import Time
from tests.delivery.servers import DROP, MIDDLE, Server, scripted_server, smtp_server
from tests.delivery.test_smtp import QUICK
from tests.store.making import DAY, NOW, commit, queue, row_of, send, stand, statuses

HOUR = 3600


def let_all_go(sends: Sequence[QueuedSend]) -> list[Verdict]:
    return [Go() for _ in sends]


def compose(queued: QueuedSend) -> Envelope:
    text = f"Subject: {queued.id}\r\n\r\n".encode() + MIDDLE + b"\r\n"
    return Envelope("bounces@acme.test", queued.address, text)


@dataclass(frozen=True)
class Desk:
    """Who judges and writes as a test wants."""

    judge: Callable[[Sequence[QueuedSend]], Sequence[Verdict]]
    compose: Callable[[QueuedSend], Envelope]


def transport(server: Server) -> SmtpTransport:
    return SmtpTransport(parse_server(server.url), patience=QUICK)


def run(ledger: Ledger, way: Server | Transport, time: Time, **options: Any) -> Drained:
    desk = Desk(options.pop("judge", let_all_go), options.pop("compose", compose))
    way = transport(way) if isinstance(way, Server) else way
    return drain(ledger, way, desk, now=time.now, sleep=time.sleep, **options)


def people(server: Server) -> list[str]:
    return [recipient.partition("@")[0] for recipient in server.recipients]


def test_what_is_queued_is_sent_and_written_down(state: State, ledger: Ledger, time: Time) -> None:
    queue(state, *"abcdefg")
    with smtp_server() as server:
        drained = run(ledger, server, time, batch=3)
    assert sorted(people(server)) == list("abcdefg")
    assert server.connections == 1
    assert drained == Drained(counts=drained.counts)
    assert drained.counts == {"sent": 7}
    row = row_of(state, "a")
    assert (row["status"], row["settled_at"], row["attempts"]) == ("sent", NOW, 1)
    assert (row["code"], row["response"]) == ("250", "2.0.0 queued as 4711")


def test_a_second_drain_repeats_nobody(state: State, ledger: Ledger, time: Time) -> None:
    queue(state, *"abc")
    with smtp_server() as server:
        run(ledger, server, time)
        assert run(ledger, server, time).counts == {}
    assert sorted(people(server)) == list("abc")


def test_an_empty_queue_opens_no_connection(state: State, ledger: Ledger, time: Time) -> None:
    with smtp_server() as server:
        assert run(ledger, server, time) == Drained()
    assert server.connections == 0


def test_every_recipient_gets_their_own_answer(state: State, ledger: Ledger, time: Time) -> None:
    queue(state, "good", "later", "never", "gone")
    answers = {
        "later": "450 4.2.1 greylisted",
        "never": "550 5.7.1 spam",
        "gone": "550 5.1.1 no such user",
    }
    behave = lambda at, who: answers.get(who.partition("@")[0]) if at == "RCPT" else None  # noqa: E731
    with smtp_server(behave) as server:
        drained = run(ledger, server, time)
    assert statuses(state) == {
        "good": "sent",
        "later": "deferred",
        "never": "failed",
        "gone": "failed",
    }
    assert drained.counts == {"sent": 1, "deferred": 1, "failed": 2}
    assert drained.reasons == {
        ("deferred", "450 4.2.1 at RCPT TO"): 1,
        (
            "failed",
            "refused for policy (reputation): 550 5.7.1 at RCPT TO; see mactl audit example.com",
        ): 1,
        ("failed", "there is no such address: 550 5.1.1 at RCPT TO; it is suppressed"): 1,
    }
    assert row_of(state, "later")["response"] == "4.2.1 greylisted"
    kinds = {name: row_of(state, name)["kind"] for name in ("good", *answers)}
    assert kinds == {"good": None, "later": None, "never": "policy", "gone": "address"}
    with state.reading() as connection:
        keys = [f"{name}@example.com" for name in answers]
        assert find_suppressions(connection, keys) == {"gone@example.com": {"": "hard bounce"}}


def test_what_is_deferred_is_tried_again_with_growing_gaps(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, "ann")
    gaps = []
    with smtp_server(lambda at, who: "451 4.3.0 busy" if at == "end" else None) as server:
        for attempt in range(1, 6):
            assert run(ledger, server, time).counts == {"deferred": 1}
            assert run(ledger, server, time).counts == {}  # not before its time
            row = row_of(state)
            assert row["attempts"] == attempt
            gaps.append(row["hold_until"] - time.present)
            time.present = row["hold_until"]
    assert server.taken == []
    assert all(0.8 * 300 * 2**n <= gap <= 1.2 * 300 * 2**n for n, gap in enumerate(gaps))
    with smtp_server() as server:
        assert run(ledger, server, time).counts == {"sent": 1}
    row = row_of(state)
    assert (row["reason"], row["hold_until"], row["code"]) == (None, None, "250")


def test_what_is_deferred_until_it_is_too_late_has_failed(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, "ann", latest_at=NOW + HOUR)
    tries = 0
    with smtp_server(lambda at, who: "450 4.2.1 later" if at == "RCPT" else None) as server:
        while statuses(state) != {"ann": "failed"}:
            drained = run(ledger, server, time)
            tries += 1
            time.present = row_of(state)["hold_until"] or time.present
            assert tries < 10
    assert drained.counts == {"failed": 1}
    assert time.present == NOW + HOUR - 60  # the last try is just before
    assert row_of(state)["reason"] == "refused until it was too late: 450 4.2.1 at RCPT TO"


def test_what_was_deferred_and_found_too_late_has_failed_without_another_try(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, "ann")
    with smtp_server(lambda at, who: "450 4.2.1 later" if at == "RCPT" else None) as server:
        run(ledger, server, time)
        time.present = NOW + 2 * DAY
        assert run(ledger, server, time).counts == {"failed": 1}
    assert server.commands.count("RCPT") == 1
    row = row_of(state)
    assert (row["reason"], row["code"]) == ("refused until it was too late", "450")


@pytest.mark.parametrize(
    ("drop", "status"),
    [
        ("MAIL", "deferred"),
        ("RCPT", "deferred"),
        ("DATA", "deferred"),
        ("middle", "unknown"),
        ("end", "unknown"),
        ("after", "unknown"),
    ],
)
def test_only_what_the_server_may_have_taken_is_unknown(
    state: State, ledger: Ledger, time: Time, drop: str, status: str
) -> None:
    queue(state, "ann")
    with smtp_server(lambda at, who: DROP if at == drop else None) as server:
        drained = run(ledger, server, time)
    assert statuses(state) == {"ann": status}
    assert drained.counts == {status: 1}
    assert server.connections == (
        1 if status == "unknown" else 2
    )  # what is not in doubt may try once more
    (reason,) = drained.reasons
    assert reason[1].startswith("the connection was lost at ")


def test_what_is_unknown_is_not_sent_again(state: State, ledger: Ledger, time: Time) -> None:
    queue(state, "ann")
    with smtp_server(lambda at, who: DROP if at == "after" else None) as server:
        run(ledger, server, time)
        time.present += 30 * DAY
        assert run(ledger, server, time).counts == {}
    assert people(server) == ["ann"]


@pytest.mark.parametrize(
    ("stage", "goodbye"),
    [("MAIL", "421 4.4.2 idle for too long"), ("MAIL", DROP), ("RCPT", DROP), ("DATA", DROP)],
)
def test_a_session_that_the_server_ends_now_and_then_costs_nobody_a_message(
    state: State, ledger: Ledger, time: Time, stage: str, goodbye: str
) -> None:
    names = [f"person{number}" for number in range(10)]
    queue(state, *names)
    seen = 0

    def behave(at: str, who: str) -> str | None:
        nonlocal seen
        seen += at == stage
        return goodbye if at == stage and seen % 4 == 0 else None

    with smtp_server(behave) as server:
        drained = run(ledger, server, time)
    assert drained.counts == {"sent": 10}
    assert sorted(people(server)) == sorted(names)
    assert server.connections > 1


def test_an_unreachable_server_leaves_everything_queued(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"abc")
    with smtp_server() as server:
        pass
    drained = run(ledger, server, time)
    assert isinstance(drained.stopped, Unreachable)
    assert drained.stopped.exit_code == 75
    assert drained.counts == {}
    assert set(statuses(state).values()) == {"queued"}
    assert row_of(state, "a")["attempts"] == 0
    assert 2 < sum(time.slept) < 4  # two pauses


def test_a_server_that_comes_back_in_seconds_is_waited_for(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"abc")
    with smtp_server() as server:
        way = transport(server)
        refusals = iter([Unreachable("not yet"), Unreachable("not yet")])

        class Slow:
            async def open(self) -> Session:
                for refusal in refusals:
                    raise refusal
                return await way.open()

        assert run(ledger, Slow(), time).counts == {"sent": 3}
    assert 2 < sum(time.slept) < 4


def test_a_server_that_vanishes_leaves_the_rest_queued(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"abcdef")
    with smtp_server() as server:
        way = transport(server)
        gone = False

        class Vanishing:
            async def open(self) -> Session:
                if gone:
                    raise Unreachable("it is gone")
                return await way.open()

        def vanish(drained: Drained) -> None:
            nonlocal gone
            gone = gone or drained.counts["sent"] == 2

        def behave_late(queued: QueuedSend) -> Envelope:
            if gone:  # the session that was kept ends too
                server.hang_up()
            return compose(queued)

        drained = run(ledger, Vanishing(), time, progress=vanish, compose=behave_late)
    assert isinstance(drained.stopped, Unreachable)
    sent = drained.counts.total()
    assert drained.counts == {"sent": sent}
    assert 2 <= sent <= 4  # those at hand when the second was written down
    assert sorted(statuses(state).values()) == ["queued"] * (6 - sent) + ["sent"] * sent


@pytest.mark.parametrize(
    ("stage", "counts"),
    [("RCPT", {"deferred": 1}), ("DATA", {"deferred": 1}), ("end", {"unknown": 3})],
)
def test_a_server_that_ends_every_session_does_not_use_up_the_queue(
    state: State, ledger: Ledger, time: Time, stage: str, counts: dict[str, int]
) -> None:
    queue(state, *(f"person{number}" for number in range(20)))
    with smtp_server(lambda at, who: DROP if at == stage else None) as server:
        drained = run(ledger, server, time)
    assert drained.counts == counts
    assert isinstance(drained.stopped, Unreachable)
    assert list(statuses(state).values()).count("queued") == 20 - sum(counts.values())
    assert server.connections == 3


def test_a_server_that_refuses_the_sender_does_not_use_up_the_queue(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *(f"person{number}" for number in range(30)))
    with smtp_server(lambda at, who: "550 5.7.1 not yours" if at == "MAIL" else None) as server:
        drained = run(ledger, server, time)
    assert drained.counts == {"failed": 10}
    assert isinstance(drained.stopped, ConfigurationError)
    assert list(statuses(state).values()).count("queued") == 20


def test_a_server_that_wants_a_login_leaves_everything_queued(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"abc")
    with smtp_server(lambda at, who: "530 5.7.0 log in" if at == "MAIL" else None) as server:
        drained = run(ledger, server, time)
    assert drained.counts == {}
    assert isinstance(drained.stopped, ConfigurationError)
    assert set(statuses(state).values()) == {"queued"}


def test_a_refused_password_leaves_everything_queued(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"abc")
    lines = (b"220 hello\r\n", b"250-hello\r\n250 AUTH PLAIN\r\n", b"535 5.7.8 wrong\r\n")
    with scripted_server(*lines) as server:
        way = SmtpTransport(parse_server(f"smtp://ann:x@127.0.0.1:{server.port}"), patience=QUICK)
        drained = run(ledger, way, time)
    assert isinstance(drained.stopped, ConfigurationError)
    assert set(statuses(state).values()) == {"queued"}
    assert time.slept == []  # to try again would only lock the account


def test_gates_skip_and_hold_at_the_last_moment(state: State, ledger: Ledger, time: Time) -> None:
    queue(state, "go", "skip", "hold")
    verdicts: dict[str, Verdict] = {
        "skip": Skip("suppression", "suppressed: complaint"),
        "hold": Hold("cap", "the cap is reached", NOW + HOUR),
    }

    def judge(sends: Sequence[QueuedSend]) -> list[Verdict]:
        return [verdicts.get(each.address.partition("@")[0], Go()) for each in sends]

    with smtp_server() as server:
        drained = run(ledger, server, time, judge=judge)
    assert people(server) == ["go"]
    assert drained.counts == {"sent": 1, "skipped": 1, "held": 1}
    assert drained.reasons == {
        ("skipped", "suppressed: complaint"): 1,
        ("held", "the cap is reached"): 1,
    }
    skipped, held = row_of(state, "skip"), row_of(state, "hold")
    assert (skipped["gate"], skipped["settled_at"]) == ("suppression", NOW)
    assert (held["gate"], held["hold_until"], held["released_at"]) == ("cap", NOW + HOUR, None)


def test_a_message_that_cannot_be_rendered_is_held_with_the_reason(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, "ann", "ben")

    def compose_some(queued: QueuedSend) -> Envelope:
        if queued.address.startswith("ann"):
            raise CannotRender("contact has no first_name")
        return compose(queued)

    with smtp_server() as server:
        drained = run(ledger, server, time, compose=compose_some)
    assert statuses(state) == {"ann": "held", "ben": "sent"}
    assert drained.reasons == {("held", "contact has no first_name"): 1}
    assert people(server) == ["ben"]
    assert row_of(state, "ann")["attempts"] == 0


def test_a_message_that_no_server_may_see_has_failed(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, "ann", address="ann@example.com>\r\nRCPT TO:<evil@example.com")
    with smtp_server() as server:
        drained = run(ledger, server, time)
    assert drained.counts == {"failed": 1}
    assert server.commands == ["EHLO", "QUIT"]


@pytest.mark.parametrize("culprit", ["judge", "compose", "progress"])
def test_a_mistake_of_ours_gives_back_what_was_claimed(
    state: State, ledger: Ledger, time: Time, culprit: str
) -> None:
    queue(state, *"abcdef")

    def mistake(*arguments: Any) -> Any:
        raise ZeroDivisionError

    with smtp_server() as server, pytest.raises(ZeroDivisionError):
        run(ledger, server, time, **{culprit: mistake})
    sent = len(server.taken)
    assert sorted(statuses(state).values()) == ["queued"] * (6 - sent) + ["sent"] * sent
    assert bool(sent) == (culprit == "progress")
    assert sent < 4  # what had begun before it was told


def test_an_interruption_leaves_one_in_doubt_and_the_rest_queued(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"abc")

    class Interrupted:
        is_open = True

        async def deliver(self, envelope: Envelope, begin: Begin, following: Following) -> Any:
            assert await begin()
            raise KeyboardInterrupt

        async def close(self) -> None: ...

    class Way:
        async def open(self) -> Session:
            return Interrupted()

    with pytest.raises(KeyboardInterrupt):
        run(ledger, Way(), time)
    assert sorted(statuses(state).values()) == ["queued", "queued", "unknown"]


def test_stopping_finishes_the_message_in_hand_and_releases_the_rest(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"abcdef")
    with smtp_server() as server:
        drained = run(ledger, server, time, stop=lambda: len(server.taken) >= 2)
    assert drained.is_interrupted
    assert drained.counts == {"sent": 2}
    assert sorted(statuses(state).values()) == ["queued"] * 4 + ["sent"] * 2
    assert server.commands[-1] == "QUIT"


def test_sending_is_on_record_before_the_server_hears_of_a_message(
    state: State, ledger: Ledger, time: Time, url: str, tmp_path: Path
) -> None:
    """Read by somebody else at every word that is exchanged."""
    queue(state, *"abc")
    heard: list[tuple[str, dict[str, int]]] = []

    def behave(at: str, who: str) -> None:
        with State.open(url, tmp_path, write=False) as other:
            heard.append((at, Counter(statuses(other).values())))

    with smtp_server(behave) as server:
        run(ledger, server, time)
    assert len(server.taken) == 3
    assert heard[0] == ("EHLO", {"claimed": 3})
    of_a_message = [statuses for at, statuses in heard if at in ("middle", "end")]
    assert len(of_a_message) == 6
    assert all(statuses["sending"] == 1 for statuses in of_a_message)


def test_others_can_write_while_a_message_is_sent(
    state: State,
    ledger: Ledger,
    time: Time,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Who waited for a message to be sent would wait longer than that: the server answers after this has written.
    monkeypatch.setattr(sqlite, "_PATIENCE", 2_000)
    monkeypatch.setattr(postgres, "_SESSION", {"lock_timeout": "2s"})
    queue(state, *"abc")
    written = 0

    def behave(at: str, who: str) -> None:
        nonlocal written
        with State.open(url, tmp_path, write=True) as other, other.writing() as connection:
            connection.execute(update(sends).values(latest_at=sends.c.latest_at))
            written += 1

    with smtp_server(behave) as server:
        run(ledger, server, time)
    assert (
        written == len(server.commands) + 2 * 3 + 3
    )  # DATA, its middle and its end are not commands


def test_what_another_took_over_meanwhile_is_not_sent(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"ab")
    with Ledger(state, new_worker()) as other:

        def compose_slowly(queued: QueuedSend) -> Envelope:
            time.present += ledger.lease_seconds
            other.expire(time.present)
            other.claim(9, time.present)
            return compose(queued)

        with smtp_server() as server:
            drained = run(ledger, server, time, compose=compose_slowly)
    assert server.taken == []
    assert drained.counts == {}
    assert set(statuses(state).values()) == {"claimed"}


def test_who_slept_past_the_leases_does_not_try_each_of_its_claims(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *(f"n{number}" for number in range(50)))
    slept: list[bool] = []

    def compose_after_a_sleep(queued: QueuedSend) -> Envelope:
        if not slept:
            slept.append(True)
            time.present += ledger.lease_seconds
        return compose(queued)

    with smtp_server() as server:
        drained = run(ledger, server, time, compose=compose_after_a_sleep)
    assert drained.counts == {"sent": 50}
    assert len(server.taken) == 50
    assert server.connections < 5


def test_a_slow_server_does_not_cost_us_our_claims(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, *"abcdef")
    with Ledger(state, new_worker()) as other:

        def compose_slowly(queued: QueuedSend) -> Envelope:
            time.present += ledger.lease_seconds // 4 + 1
            assert other.expire(time.present).queued == 0
            return compose(queued)

        with smtp_server() as server:
            drained = run(ledger, server, time, compose=compose_slowly)
    assert drained.counts == {"sent": 6}


def test_what_a_dead_worker_left_in_doubt_is_told(state: State, ledger: Ledger, time: Time) -> None:
    queue(state, *"ab")
    with Ledger(state, Worker("dead", ledger.worker.boot)) as dead:
        (first, _) = dead.claim(9, NOW)
        dead.mark_sending(first.id, NOW)
    time.present += dead.lease_seconds
    with smtp_server() as server:
        drained = run(ledger, server, time)
    assert drained.counts == {"sent": 1, "unknown": 1}
    assert sum(drained.reasons.values()) == 1


def test_progress_is_told_after_every_message(state: State, ledger: Ledger, time: Time) -> None:
    queue(state, *"abc")
    told: list[dict[str, int]] = []
    with smtp_server() as server:
        run(ledger, server, time, progress=lambda drained: told.append(dict(drained.counts)))
    assert told == [{"sent": 1}, {"sent": 2}, {"sent": 3}]


def test_another_channel_is_left_alone(state: State, ledger: Ledger, time: Time) -> None:
    commit(state, send("ann"), send("ben", channel="sms"))
    with smtp_server() as server:
        assert run(ledger, server, time).counts == {"sent": 1}
    assert statuses(state) == {"ann": "sent", "ben": "queued"}


def test_a_send_that_was_never_tried_and_is_late_is_for_the_gates(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue(state, "ann")
    stand(state, "ann", latest_at=NOW - 1)

    def judge(sends: Sequence[QueuedSend]) -> list[Verdict]:
        return [Skip("lateness", "too late") for _ in sends]

    with smtp_server() as server:
        assert run(ledger, server, time, judge=judge).counts == {"skipped": 1}


STAGES = ("MAIL", "RCPT", "DATA", "middle", "end", "after")
EVENTS = st.sampled_from([DROP, "421 4.3.2 bye", "450 4.2.1 later", "550 5.7.1 no"])


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Server, dict[str, Any]]]:
    """One server for all examples, whose behaviour each example sets."""
    plan: dict[str, Any] = {"behave": None}
    with smtp_server(lambda at, who: plan["behave"](at, who)) as server:
        yield server, plan


@settings(max_examples=examples(40))
@given(st.dictionaries(st.tuples(st.sampled_from(STAGES), st.integers(1, 12)), EVENTS, max_size=12))
def test_whatever_a_server_does_nobody_gets_a_message_twice_and_the_ledger_tells_the_truth(
    shared: tuple[Server, dict[str, Any]], misdeeds: dict[tuple[str, int], str]
) -> None:
    server, plan = shared
    server.taken.clear()
    seen: dict[str, int] = {}

    def behave(at: str, who: str) -> str | None:
        seen[at] = seen.get(at, 0) + 1
        misdeed = misdeeds.get((at, seen[at]))
        if at in ("middle", "after") and misdeed != DROP:
            return None
        return misdeed

    plan["behave"] = behave
    time = Time()
    with State.open("sqlite://", Path(), write=True) as state:
        queue(state, *"abcdefgh")
        with Ledger(state, new_worker()) as ledger:
            for _ in range(3):
                run(ledger, server, time)
                time.present += 2 * HOUR
        found = statuses(state)
    doubts = [
        place
        for place, misdeed in misdeeds.items()
        if misdeed == DROP and place[0] in STAGES[3:] and seen.get(place[0], 0) >= place[1]
    ]
    assert list(found.values()).count("unknown") <= len(doubts)
    taken = people(server)
    assert len(taken) == len(set(taken))
    for person, status in found.items():
        if status == "sent":
            assert person in taken
        elif status in ("queued", "deferred", "failed"):
            assert person not in taken
        else:
            assert status == "unknown"
