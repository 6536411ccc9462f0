"""Keeping what the DNS and the web say."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mactl.audit.dns import Answer, MemoResolver, Outcome
from mactl.audit.means import Means
from mactl.audit.tape.lines import VERSION, AnswerLine, Head, PageLine
from mactl.audit.web import Page, Trouble, Web
from mactl.keeping import write_whole


class Recording:
    """`means` are those that were given, and keep all that is answered and fetched.

    Nothing is forgotten before the end, so that a replay judges by what was judged by.
    """

    def __init__(self, means: Means) -> None:
        self._resolver = MemoResolver(means.resolver)
        self._web = _KeepingWeb(means.web)
        self.means = replace(means, resolver=self._resolver, web=self._web)

    def save(self, path: Path) -> None:
        """Write the recording in place of what is at `path`; raises OSError where that can't be."""
        write_whole(path, self._lines())

    def _lines(self) -> Iterator[bytes]:
        yield Head(recording="mactl audit", version=VERSION, now=self.means.now).text()
        answers = (
            AnswerLine.of(at, question[2], answer or _unanswered(*question[:2]))
            for at, question, answer in self._resolver.answers()
        )
        for line in sorted(answers, key=lambda line: line.question):
            yield line.text()
        for _, page in sorted(self._web.pages.items()):
            yield PageLine.of(page).text()


def _unanswered(name: str, rdtype: str) -> Answer:
    return Answer(name, rdtype, Outcome.TIMEOUT, detail="no answer before the end")


class _KeepingWeb:
    def __init__(self, web: Web) -> None:
        self._web = web
        self.pages: dict[str, Page] = {}

    async def fetch(self, url: str, largest: int) -> Page:
        late = Page(url, trouble=Trouble.TIMEOUT, detail="not there before the end")
        self.pages.setdefault(url, late)
        self.pages[url] = page = await self._web.fetch(url, largest)
        return page
