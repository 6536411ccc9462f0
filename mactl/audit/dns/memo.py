"""Every distinct question once, and none after the deadline."""

import asyncio

from mactl.audit.dns.answers import Answer, Outcome, Resolver
from mactl.audit.names import normalised

_Question = tuple[str, str, bool]


class MemoResolver:
    """Asks `resolver` every distinct question once, also when it is asked again meanwhile.

    After `budget` distinct questions the rest stay unasked, so that no zone can keep an audit busy;
    `patience` seconds after the first question nobody waits for an answer any more. Lives in one
    event loop.
    """

    def __init__(
        self, resolver: Resolver, budget: int | None = None, patience: float | None = None
    ) -> None:
        self._resolver = resolver
        self._budget = budget
        self._patience = patience
        self._ends: float | None = None
        self._answers: dict[_Question, asyncio.Task[Answer]] = {}
        self._elsewhere: dict[str, MemoResolver] = {}
        self.unasked = 0

    @property
    def asked(self) -> int:
        """How many distinct questions were put."""
        return len(self._answers) + sum(other.asked for other in self._elsewhere.values())

    @property
    def silent(self) -> bool:
        """Questions were put, and no server did its work: there is no DNS here."""
        done = (t for t in self._answers.values() if t.done() and not t.cancelled())
        return bool(self._answers) and not any(task.result().answered for task in done)

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        """The answer, remembered where the question was put before."""
        question = (normalised(name), rdtype.upper(), unchecked)
        task = self._answers.get(question)
        if task is None:
            if self._budget is not None and len(self._answers) >= self._budget:
                self.unasked += 1
                detail = f"more than {self._budget} questions"
                return Answer(*question[:2], Outcome.UNASKED, detail=detail)
            asking = self._resolver.query(*question[:2], unchecked=unchecked)
            task = self._answers[question] = asyncio.ensure_future(asking)
        try:
            async with asyncio.timeout_at(self._deadline()):
                # Whoever waits may be cancelled; the others still want the answer.
                return await asyncio.shield(task)
        except TimeoutError:
            detail = f"no answer within {self._patience:g} seconds in all"
            return Answer(*question[:2], Outcome.TIMEOUT, detail=detail)

    def at(self, address: str) -> "MemoResolver":
        """The same for what one server says, with what is left of the patience."""
        if address not in self._elsewhere:
            other = MemoResolver(self._resolver.at(address), self._budget, self._patience)
            other._ends = self._deadline()
            self._elsewhere[address] = other
        return self._elsewhere[address]

    def _deadline(self) -> float | None:
        if self._ends is None and self._patience is not None:
            self._ends = asyncio.get_running_loop().time() + self._patience
        return self._ends
