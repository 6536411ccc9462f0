"""Every question once, and memory that stays flat."""

import asyncio

from mactl.audit import Answer, MemoResolver, Outcome
from tests.audit.peers import Zone


def test_beyond_what_is_kept_the_oldest_answers_are_asked_for_again(zone):
    async def run() -> MemoResolver:
        resolver = MemoResolver(zone, keep=2)
        for name in ("a.test", "b.test", "a.test", "c.test", "a.test", "b.test"):
            await resolver.query(name, "TXT")
        return resolver

    resolver = asyncio.run(run())

    assert [name for name, _ in zone.asked] == ["a.test", "b.test", "c.test", "b.test"]
    assert resolver.asked == 4 and len(list(resolver.answers())) == 2


class Slow(Zone):
    """Answers nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        self.asked.append((name, rdtype))
        await self.let.wait()
        return Answer(name, rdtype, Outcome.NODATA)


def test_an_answer_that_somebody_waits_for_is_never_forgotten():
    async def run() -> Slow:
        slow = Slow()
        resolver = MemoResolver(slow, keep=1)
        names = [f"{n}.test" for n in range(5)] * 2
        asking = [asyncio.ensure_future(resolver.query(name, "TXT")) for name in names]
        await asyncio.sleep(0)
        slow.let.set()
        await asyncio.gather(*asking)
        await resolver.query("5.test", "TXT")
        await resolver.query("6.test", "TXT")
        return slow

    assert len(asyncio.run(run()).asked) == 7


def test_what_was_answered_is_known_after_the_patience_is_over(zone):
    zone.txt("a.test", "found")

    async def run() -> list[Answer]:
        resolver = MemoResolver(zone, patience=0.3)
        await resolver.query("a.test", "TXT")
        await asyncio.sleep(0.4)
        return [await resolver.query(name, "TXT") for name in ("a.test", "b.test")]

    known, other = asyncio.run(run())
    assert known.records == ("found",) and other.outcome is Outcome.TIMEOUT


def test_all_that_is_known_can_be_looked_at(zone):
    zone.txt("a.test", "found").servers["192.0.2.1"] = Zone().txt("a.test", "other")

    async def run() -> dict[tuple[str, str], Answer | None]:
        resolver = MemoResolver(zone)
        await resolver.query("a.test", "TXT")
        await resolver.at("192.0.2.1").query("A.test.", "txt")
        waiting = asyncio.ensure_future(resolver.query("b.test", "TXT"))
        await asyncio.sleep(0)
        known = {(at, question[0]): answer for at, question, answer in resolver.answers()}
        await waiting
        return known

    known = asyncio.run(run())

    assert known["", "a.test"].records == ("found",)
    assert known["192.0.2.1", "a.test"].records == ("other",)
    assert known["", "b.test"] is None


def test_what_kept_the_servers_from_answering_is_told(zone_of):
    async def run(entries: dict[str, str]) -> str:
        resolver = MemoResolver(zone_of(entries))
        for name in entries:
            await resolver.query(name, "TXT")
        return resolver.trouble

    assert asyncio.run(run({"a.test": "TIMEOUT", "b.test": "SERVFAIL"})) == "timeout"
    assert asyncio.run(run({"a.test": "SERVFAIL", "b.test": "found"})) == ""
