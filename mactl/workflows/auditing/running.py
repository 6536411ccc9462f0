"""Many domains at once, told one after another."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from mactl.audit import DomainAudit, Means, Scope, audit_domain
from mactl.errors import TryAgainLater
from mactl.workflows.auditing.domains import Subject

_AT_ONCE = 32
_AHEAD = 256  # done or begun before the one that is told next: a slow one holds up few

Tell = Callable[[Subject, DomainAudit], None]


async def audit_all(subjects: Sequence[Subject], means: Means, scope: Scope, tell: Tell) -> None:
    """Audit `subjects` and `tell` of each, in their order, as soon as it and all before it are done.

    Raises TryAgainLater where no name server answers at all, before anything is told.
    """
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(subject: Subject) -> DomainAudit:
        async with places:
            return await audit_domain(subject.domain, means, scope)

    teller = _Teller(tell)
    running: deque[tuple[Subject, asyncio.Task[DomainAudit]]] = deque()
    async with asyncio.TaskGroup() as group:
        for subject in subjects:
            running.append((subject, group.create_task(one(subject))))
            if len(running) >= _AHEAD:
                first, task = running.popleft()
                teller.take(first, await task)
        for first, task in running:
            teller.take(first, await task)
    teller.end()


class _Teller:
    """Holds back what is found until a name server has answered something."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._held: list[tuple[Subject, DomainAudit]] = []
        self._has_dns = False

    def take(self, subject: Subject, audit: DomainAudit) -> None:
        if self._has_dns:
            self._tell(subject, audit)
            return
        self._held.append((subject, audit))
        if not audit.no_dns:
            self._has_dns = True
            for held in self._held:
                self._tell(*held)
            self._held.clear()

    def end(self) -> None:
        if not self._has_dns:
            raise TryAgainLater(
                "no name server answers", "check the network, or name one with --nameserver"
            )
