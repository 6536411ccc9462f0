"""`mactl bounces`: what came back by mail, told to the state: events of mactl's own, and suppressions with them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from mactl.clock import to_epoch
from mactl.errors import UsageError
from mactl.feedback.judge import judge_mail
from mactl.feedback.mailboxes.imap import PutAway
from mactl.feedback.mailboxes.mailbox import Letter, Mailbox
from mactl.feedback.mailboxes.opening import is_url, open_mailbox
from mactl.feedback.report import Kind, Report
from mactl.findings import Finding, Place, Severity
from mactl.project import Project
from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.workflows.feedback_books import FeedbackBooks, Heard, Judged
from mactl.workflows.opening import GO_THERE, need_file, open_state

_TOGETHER = 500  # mails that are written down in one transaction
_PEOPLES = frozenset({Kind.REPLY, Kind.NONE})
"""Mails that stay where they are, for people to read."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """All that was heard, and what could not be read."""

    heard: Sequence[Heard]
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Hearing:
    """How mailboxes are read."""

    dry_run: bool = False
    """Write nothing, move nothing."""
    away: PutAway | None = None
    """What becomes of mails on a server that are done with; None leaves them where they are."""
    progress: Callable[[int, int | None], None] = lambda done, count: None
    """Hears how many mails were read, and of how many, where that is known."""


def hear(
    project: Project, sources: Sequence[str], now: datetime, how: Hearing | None = None
) -> Feedback:
    """Read every mail at `sources` (paths and URLs with `${NAME}` for secrets), and write down what they say.

    What a mail says is written once for each send, in one transaction with what follows from it, whichever mailbox it
    lies in and however often that is read. Raises ConfigurationError without a project, UsageError, UnreadableInput,
    and TryAgainLater where a server is lost; what was written before stays.
    """
    how = how or Hearing()
    need_file(project, "mails are matched with what a project sent", GO_THERE)
    if how.away is not None and not all(is_url(source) for source in sources):
        raise UsageError(
            "only mails on a server are moved or deleted", "leave --move-to and --delete out"
        )
    heard: list[Heard] = []
    findings: list[Finding] = []
    with open_state(project, write=not how.dry_run) as state:
        books = FeedbackBooks(project.settings.limits.soft_bounces, to_epoch(now))
        for source in sources:
            url = project.secret(source) if is_url(source) else source
            with closing(open_mailbox(url, None if how.dry_run else how.away)) as mailbox:
                for some in _batches(mailbox, Tokens(state.secret), how, len(heard)):
                    told = _write_down(state, books, some, dry_run=how.dry_run)
                    heard += told
                    findings += _findings(some)
                    if not how.dry_run:
                        _put_away(mailbox, some, told)
    return Feedback(heard, findings)


def _batches(mailbox: Mailbox, tokens: Tokens, how: Hearing, before: int) -> Iterator[list[Judged]]:
    """What the mails say, so many at a time; of each only that is kept."""
    judged = _judged(mailbox, tokens, how, before)
    while some := list(islice(judged, _TOGETHER)):
        yield some


def _judged(mailbox: Mailbox, tokens: Tokens, how: Hearing, before: int) -> Iterator[Judged]:
    count = None if mailbox.count is None else before + mailbox.count
    for number, letter in enumerate(mailbox.letters(), before + 1):
        if letter.fault is None:
            report = judge_mail(letter.data, tokens)
        else:
            report = Report(Kind.NONE, f"it cannot be read: {letter.fault}")
        yield Letter(letter.path, b"", letter.fault), report
        how.progress(number, count)


def _findings(some: Iterable[Judged]) -> Iterator[Finding]:
    for letter, report in some:
        place = Place(letter.path)
        if letter.fault is not None:
            yield Finding(
                "unreadable-mail", Severity.ERROR, report.reason, place,
                "let whoever runs mactl bounces read it",
            )  # fmt: skip
        elif report.is_damaged:
            yield Finding(
                "damaged-mail", Severity.WARNING, f"nothing can be told from it: {report.reason}",
                place, "look at it yourself, or take it away",
            )  # fmt: skip


def _put_away(mailbox: Mailbox, some: Sequence[Judged], told: Sequence[Heard]) -> None:
    """What machines wrote about a send of ours is done with."""
    mailbox.put_away(
        [
            letter
            for (letter, _), heard in zip(some, told, strict=True)
            if heard.send is not None and heard.kind not in _PEOPLES
        ]
    )


def _write_down(
    state: State, books: FeedbackBooks, some: Sequence[Judged], *, dry_run: bool
) -> list[Heard]:
    with state.reading() if dry_run else state.writing() as connection:
        told = books.enter(connection, some)
        if not dry_run:
            books.write(connection)
    return told
