"""Many domains at once, told one after another."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mactl.audit import DomainAudit, Means, Outcome, Scope, audit_domain
from mactl.audit.mending import Proposal, propose
from mactl.errors import TryAgainLater, UnreadableInput
from mactl.workflows.auditing.domains import Subject

_AT_ONCE = 32
_NAMED = 3
_AHEAD = 256  # done or begun before the one that is told next: a slow one holds up few


@dataclass(frozen=True, slots=True)
class Looked:
    """The audit of a domain, and what to publish, where that was asked for."""

    subject: Subject
    audit: DomainAudit
    proposal: Proposal | None


Tell = Callable[[Looked], None]


async def audit_all(
    subjects: Sequence[Subject], means: Means, scope: Scope, tell: Tell, *, proposes: bool = False
) -> None:
    """Audit `subjects` and `tell` of each, in their order, as soon as it and all before it are done.

    Raises TryAgainLater where no name server answers at all, UnreadableInput where what is replayed has nothing of
    them, before anything is told.
    """
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(subject: Subject) -> Looked:
        async with places:
            audit = await audit_domain(subject.domain, means, scope)
            proposal = await propose(audit, means, scope) if proposes else None
            return Looked(subject, audit, proposal)

    teller = _Teller(tell)
    running: deque[asyncio.Task[Looked]] = deque()
    try:
        for subject in subjects:
            running.append(asyncio.ensure_future(one(subject)))
            if len(running) >= _AHEAD:
                teller.take(await running.popleft())
        while running:
            teller.take(await running.popleft())
    finally:
        for task in running:
            task.cancel()
    teller.end()


class _Teller:
    """Holds back what is found until a name server has answered something."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._held: list[Looked] = []
        self._has_dns = False

    def take(self, looked: Looked) -> None:
        if self._has_dns:
            self._tell(looked)
            return
        self._held.append(looked)
        if not looked.audit.no_dns:
            self._has_dns = True
            for held in self._held:
                self._tell(held)
            self._held.clear()

    def end(self) -> None:
        if not self._has_dns:
            why = next((looked.audit.no_dns for looked in self._held), "nothing was asked")
            if why.startswith(Outcome.UNASKED):
                names = ", ".join(looked.subject.domain for looked in self._held[:_NAMED])
                hint = f"record it first: mactl audit {names.replace(',', '')} --record FILE"
                raise UnreadableInput(f"nothing is recorded of {names}", hint)
            hint = "check the network, or name one with --nameserver"
            raise TryAgainLater(f"no name server answers: {why}", hint)
