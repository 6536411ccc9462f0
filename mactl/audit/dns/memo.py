"""Every distinct question once, and none after the deadline."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator

from mactl.audit.dns.answers import Answer, Outcome, Resolver
from mactl.audit.names import normalised, printable

_Question = tuple[str, str, bool]
_EACH = 16  # questions that a server is asked itself, more or less


class MemoResolver:
    """Asks `resolver` every distinct question once, also when it is asked again meanwhile.

    After `budget` distinct questions the rest stay unasked, so that no zone can keep an audit busy;
    `patience` seconds after the first question nobody waits for an answer any more. Beyond `keep`
    the answers that were wanted longest ago are forgotten. Lives in one event loop.
    """

    def __init__(
        self,
        resolver: Resolver,
        budget: int | None = None,
        patience: float | None = None,
        keep: int | None = None,
    ) -> None:
        self._resolver = resolver
        self._budget = budget
        self._patience = patience
        self._keep = keep
        self._ends: float | None = None
        self._answers: OrderedDict[_Question, asyncio.Task[Answer]] = OrderedDict()
        self._elsewhere: OrderedDict[str, MemoResolver] = OrderedDict()
        self._put = 0
        self.unasked = 0

    @property
    def asked(self) -> int:
        """How many distinct questions were put."""
        return self._put + sum(other.asked for other in self._elsewhere.values())

    @property
    def silent(self) -> bool:
        """Questions were put, and no server did its work: there is no DNS here."""
        done = (t for t in self._answers.values() if t.done() and not t.cancelled())
        return bool(self._answers) and not any(task.result().answered for task in done)

    @property
    def trouble(self) -> str:
        """What kept servers from doing their work, most telling first; '' where nothing did."""
        done = (t for t in self._answers.values() if t.done() and not t.cancelled())
        idle = [answer for task in done if not (answer := task.result()).answered]
        if not idle:
            return ""
        worst = max(idle, key=lambda answer: bool(answer.detail))
        return worst.outcome + (f" ({printable(worst.detail, 120)})" if worst.detail else "")

    def answers(self) -> Iterator[tuple[str, _Question, Answer | None]]:
        """All that is remembered: the server's address, '' for the resolver itself, the question,
        and its answer, None where there is none yet."""
        for question, task in self._answers.items():
            yield "", question, task.result() if task.done() and not task.cancelled() else None
        for address, other in self._elsewhere.items():
            for _, question, answer in other.answers():
                yield address, question, answer

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        """The answer, remembered where the question was put before."""
        question = (normalised(name), rdtype.upper(), unchecked)
        task = self._answers.get(question)
        if task is None:
            if self._budget is not None and self._put >= self._budget:
                self.unasked += 1
                detail = f"more than {self._budget} questions"
                return Answer(*question[:2], Outcome.UNASKED, detail=detail)
            task = self._ask(question)
        if self._keep is not None:
            self._answers.move_to_end(question)
        if task.done():
            return task.result()
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
            other = MemoResolver(
                self._resolver.at(address), self._budget, self._patience, self._keep
            )
            other._ends = self._deadline()
            self._elsewhere[address] = other
            if self._keep is not None and len(self._elsewhere) * _EACH > self._keep:
                self._elsewhere.popitem(last=False)
        return self._elsewhere[address]

    def _ask(self, question: _Question) -> "asyncio.Task[Answer]":
        name, rdtype, unchecked = question
        asking = self._resolver.query(name, rdtype, unchecked=unchecked)
        task = self._answers[question] = asyncio.ensure_future(asking)
        self._put += 1
        if self._keep is not None and len(self._answers) > self._keep:
            oldest = next((q for q, other in self._answers.items() if other.done()), None)
            if oldest is not None:
                del self._answers[oldest]
        return task

    def _deadline(self) -> float | None:
        if self._ends is None and self._patience is not None:
            self._ends = asyncio.get_running_loop().time() + self._patience
        return self._ends
