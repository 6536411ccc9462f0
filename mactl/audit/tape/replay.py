"""Answering from a recording, without any network."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from mactl.audit.dns import Answer, Outcome
from mactl.audit.means import Means
from mactl.audit.names import normalised
from mactl.audit.tape.lines import AnswerLine, Damaged, PageLine, read_head, read_line
from mactl.audit.web import Page, Trouble
from mactl.errors import UsageError

_LONGEST_LINE = 32 << 20  # octets


def replayed(path: Path) -> Means:
    """The DNS, the web and the time of the recording at `path`.

    What is not in it stays unasked. Raises UsageError, with the line, where it is no recording.
    """
    tape = _Tape(str(path))
    number = 0
    try:
        with path.open("rb") as file:
            lines = iter(lambda: file.readline(_LONGEST_LINE), b"")
            for number, line in enumerate(lines, 1):
                if number == 1:
                    now = read_head(line).now
                elif line.strip():
                    tape.add(read_line(line))
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror}", "give a file of --record") from None
    except Damaged as why:
        hint = "give a file of --record as it was written"
        raise UsageError(f"{path}:{number}: {why}", hint) from None
    if not number:
        raise UsageError(f"{path}: it is empty", "give a file of --record")
    return Means(ReplayedResolver(tape), ReplayedWeb(tape), now)


@dataclass
class _Tape:
    name: str
    answers: dict[tuple[str, str, str, bool], Answer] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)

    def add(self, line: AnswerLine | PageLine) -> None:
        if isinstance(line, PageLine):
            self.pages[line.url] = line.page
        else:
            self.answers[line.question] = line.answer


@dataclass(frozen=True, slots=True)
class ReplayedResolver:
    """What the resolver of the recording said, or the server `server`."""

    tape: _Tape
    server: str = ""

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        """The answer that is in the recording."""
        question = (normalised(name), rdtype.upper(), self.server, unchecked)
        answer = self.tape.answers.get(question)
        if answer is None:
            return Answer(name, rdtype, Outcome.UNASKED, detail=f"not in {self.tape.name}")
        return replace(answer, name=name, rdtype=rdtype)

    def at(self, address: str) -> "ReplayedResolver":
        """What the server at `address` said."""
        return ReplayedResolver(self.tape, address)


@dataclass(frozen=True, slots=True)
class ReplayedWeb:
    """The pages of the recording."""

    tape: _Tape

    async def fetch(self, url: str, largest: int) -> Page:
        """The page that is in the recording."""
        page = self.tape.pages.get(url)
        if page is None:
            return Page(url, trouble=Trouble.NOT_FETCHED, detail=f"not in {self.tape.name}")
        if len(page.body) > largest:
            return Page(url, trouble=Trouble.TOO_LARGE, detail=f"more than {largest} octets")
        return page
