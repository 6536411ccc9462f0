"""Several connections at once: each send goes over one of them."""

import threading
from collections import Counter
from pathlib import Path

import pytest

from mactl.delivery.transport import Answer, Envelope, Reply, Stage
from mactl.project import Settings
from mactl.store.state import State
from mactl.workflows.posting.draining import drain_queue
from mactl.workflows.posting.post import Post
from tests.store.making import NOW, queue, statuses


class Session:
    """A session that takes everything, and remembers in which thread."""

    is_open = True

    def __init__(self, taken: list[tuple[str, int]]) -> None:
        self._taken = taken

    def deliver(self, envelope: Envelope) -> Answer:
        self._taken.append((envelope.recipient, threading.get_ident()))
        return Reply(250, "2.0.0 ok", Stage.MESSAGE)

    def close(self) -> None:
        pass


class Everywhere:
    def __init__(self) -> None:
        self.taken: list[tuple[str, int]] = []

    def open(self) -> Session:
        return Session(self.taken)


@pytest.mark.parametrize(("waiting", "sessions"), [(3, 1), (60, 2), (400, 4)])
def test_every_send_goes_once_over_as_many_sessions_as_are_worth_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: int, sessions: int
) -> None:
    names = [f"person{number}" for number in range(waiting)]
    monkeypatch.setattr(Post, "compose", lambda self, send: Envelope("", send.address, b"x\r\n"))
    transport, opened, told = Everywhere(), [], Counter[str]()
    with State.open("sqlite:///state.db", tmp_path, write=True) as state:
        queue(state, *names)

        def post() -> Post:
            opened.append(threading.get_ident())
            return Post(state, Settings(), lambda: NOW, None)

        drained = drain_queue(
            state, transport, post,
            connections=4, now=lambda: NOW, stop=lambda: False, progress=lambda d: told.update(most=1),
        )  # fmt: skip

        assert Counter(recipient for recipient, _ in transport.taken) == Counter(
            f"{n}@example.com" for n in names
        )
        assert drained.counts["sent"] == waiting
        assert set(statuses(state).values()) == {"sent"}
    assert len(opened) == sessions
    assert told["most"] == waiting
