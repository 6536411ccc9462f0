"""A domain that asks for patience waits; the others go on."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.delivery.domains import FIRST_REST, LONGEST_REST, Domains
from mactl.store.ledger import Ledger
from mactl.store.state import State
from tests.delivery.conftest import Time
from tests.delivery.servers import smtp_server
from tests.delivery.test_sender import run
from tests.store.making import DAY, NOW, commit, row_of, send, statuses

BUSY = "busy.example"
REPLIES = {
    "421 4.7.0 Try again later, closing connection": "RCPT",
    "450 4.7.28 rate limited": "RCPT",
    "421 4.7.28 unusual rate": "end",
    "451 4.7.500 Server busy": "DATA",
}


def queue_at(state: State, domain: str, *names: str, **every: object) -> None:
    commit(
        state,
        *(
            send(name, address=f"{name}@{domain}", address_key=f"{name}@{domain}", **every)
            for name in names
        ),
    )


BUSY_ONES = [f"busy{number:02}" for number in range(20)]
QUIET_ONES = [f"quiet{number:02}" for number in range(20)]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("connections", [1, 3])
def test_a_domain_that_asks_for_patience_is_held_back_and_the_others_go_on(
    state: State, ledger: Ledger, time: Time, reply: str, connections: int
) -> None:
    queue_at(state, BUSY, *BUSY_ONES)
    queue_at(state, "quiet.example", *QUIET_ONES)
    stage = REPLIES[reply]
    behave = lambda at, who: reply if at == stage and who.endswith(BUSY) else None  # noqa: E731
    with smtp_server(behave) as server:
        drained = run(ledger, server, time, connections=connections)
    assert drained.stopped is None
    assert drained.counts == {"sent": 20, "deferred": 20}
    assert all(who.endswith("quiet.example") for who in server.recipients)
    attempts = Counter(row_of(state, name)["attempts"] for name in BUSY_ONES)
    assert set(attempts) <= {0, 1}
    assert (
        attempts[1] <= 2 * connections
    )  # who was under way, and who was announced; the others were not tried
    assert time.slept == []
    untried = next(name for name in BUSY_ONES if not row_of(state, name)["attempts"])
    row = row_of(state, untried)
    assert row["reason"].startswith(f"{BUSY} takes nothing for the moment: {reply[:3]}")
    assert (row["code"], row["response"]) == (None, None)
    assert NOW + FIRST_REST <= row["hold_until"] <= NOW + 3 * FIRST_REST


def test_a_domain_that_has_rested_gets_its_messages(
    state: State, ledger: Ledger, time: Time
) -> None:
    queue_at(state, BUSY, *BUSY_ONES)
    is_busy = True
    behave = lambda at, who: "450 4.7.28 rate limited" if is_busy and at == "RCPT" else None  # noqa: E731
    with smtp_server(behave) as server:
        run(ledger, server, time)
        is_busy = False
        time.present = NOW + DAY // 2
        drained = run(ledger, server, time)
    assert drained.counts == {"sent": 20}
    assert set(statuses(state).values()) == {"sent"}


def test_a_message_that_rests_with_its_domain_until_it_is_too_late_was_never_refused(
    state: State, ledger: Ledger, time: Time
) -> None:
    """It is for the gates to say that it is late."""
    queue_at(state, BUSY, "ann", "bob", "cid", latest_at=NOW + 90)
    with smtp_server(lambda at, who: "450 4.7.28 rate limited" if at == "RCPT" else None) as server:
        run(ledger, server, time)
    rows = [row_of(state, name) for name in ("ann", "bob", "cid")]
    (rested,) = [row for row in rows if row["status"] == "deferred"]
    assert rested["hold_until"] == NOW + 30  # its last chance
    tried = [row["kind"] for row in rows if row["status"] == "failed"]
    assert tried == ["policy", "policy"]


def test_many_domains_that_ask_for_patience_in_a_row_are_the_relay(
    state: State, ledger: Ledger, time: Time
) -> None:
    names = [f"person{number:02}" for number in range(20)]
    for number, name in enumerate(names):
        queue_at(state, f"domain{number:02}.example", name)
    behave = lambda at, who: "450 4.7.1 rate limit exceeded" if at == "RCPT" else None  # noqa: E731
    with smtp_server(behave) as server:
        drained = run(ledger, server, time)
    assert drained.stopped is not None and drained.stopped.exit_code == 75
    assert Counter(statuses(state).values())["queued"] >= 15


@given(st.lists(st.floats(0, 1), min_size=30, max_size=30))
def test_rests_double_up_to_an_hour(draws: list[float]) -> None:
    numbers = iter(draws)
    domains, now = Domains(lambda: next(numbers)), NOW
    for round_ in range(10):
        domains.hold("a.test", "why", now)
        domains.hold("a.test", "others heard the same", now)
        seconds = min(FIRST_REST * 2**round_, LONGEST_REST)
        assert domains.why_held("a.test", now + seconds - 1) == "why"
        assert now + seconds <= domains.again_at("a.test", now + DAY, now) <= now + 3 * seconds
        now += 2 * seconds
        assert domains.why_held("a.test", now) is None
    domains.hold("a.test", "why", now)
    domains.release("a.test")
    assert domains.why_held("a.test", now) is None


@given(st.integers(-100, 10**5))
def test_a_message_that_rests_comes_back_later_and_before_it_is_too_late(left: int) -> None:
    domains = Domains(lambda: 0.5)
    domains.hold("a.test", "why", NOW)
    then = domains.again_at("a.test", NOW + left, NOW)
    assert then > NOW
    if left > 60:
        assert then <= NOW + left - 60
