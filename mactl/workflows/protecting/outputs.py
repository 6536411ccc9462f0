"""Files that mactl wrote for others, without somebody: rows are taken out, what has no rows is deleted whole."""

import fcntl
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mactl.keeping import write_whole
from mactl.privacy.needles import Needles, is_distinctive
from mactl.privacy.searching import Search
from mactl.privacy.subject import Subject
from mactl.workflows.handing_out.platforms import email, gmail, phone, phone_digits

_ID = re.compile(rb"^[\xef\xbb\xbf]*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}),")
_HASHES = (hashlib.sha256, hashlib.sha1)
_AT_ONCE = 1_000  # rows
_BY_ROW = (".csv", ".tsv", ".jsonl")
_WHOLE = (".xlsx", ".json", ".html", ".eml")


@dataclass(frozen=True, slots=True)
class Output:
    """A file with somebody in it: how many of its rows are theirs, None where it goes as a whole."""

    path: Path
    rows: int | None
    is_left: bool = False
    """Whether it is in no form that is known, and stays for who asked to look at."""


def needles_of(subject: Subject, messages: Iterable[str] = ()) -> Needles:
    """What is searched for: their keys, their ids, the ids of `messages` to them, and the hashes that are handed to
    others in their place."""
    hashes = [hash for text in subject.texts if is_distinctive(text) for hash in _hashes(text)]
    return Needles(subject.texts, subject.ids, subject.lookalikes, [*hashes, *messages])


def _hashes(text: str) -> Iterator[str]:
    """As `contacts export` writes it for platforms, and as lists of suppressions come."""
    forms = [email(text), gmail(text)] if "@" in text else [phone(text), phone_digits(text)]
    for form in dict.fromkeys(one for one in (text, *forms) if one):
        for hash in _HASHES:
            yield hash(form.encode()).hexdigest()
        yield hashlib.md5(form.encode(), usedforsecurity=False).hexdigest()


def find_outputs(
    paths: Iterable[Path],
    needles: Needles,
    ids: Collection[str],
    maildirs: Collection[Path],
    noted: Collection[Path] = (),
) -> list[Output]:
    """Which of `paths` have somebody in them; `ids` are of their messages and what was told of them, by which rows of
    exports begin, and `noted` files that mactl is known to have written, whatever they are called."""
    found = []
    marks = {id.encode() for id in ids}
    for path in paths:
        if any(folder in path.parents for folder in maildirs):
            if _has(path, needles):
                found.append(Output(path, None))
        elif path.suffix.lower() in _BY_ROW:
            rows = sum(theirs for _, theirs in _rows(path, needles, marks))
            if rows:
                found.append(Output(path, rows))
        elif _has(path, needles):
            is_ours = path in noted or path.suffix.lower() in _WHOLE
            found.append(Output(path, None, is_left=not is_ours))
    return found


def find_unclear(
    paths: Iterable[Path],
    shared: Needles,
    found: Collection[Output],
    needles: Needles,
    ids: Collection[str],
) -> list[Output]:
    """Which of `paths` have rows, or as a whole, that may as well be of somebody who shares an address with them:
    `shared` is in them, and nothing that is theirs alone."""
    whole = {output.path for output in found if output.rows is None}
    marks = {id.encode() for id in ids}
    unclear = []
    for path in paths if shared else ():
        if path.suffix.lower() in _BY_ROW:
            rows = sum(
                not theirs and shared.are_in(row) for row, theirs in _rows(path, needles, marks)
            )
            unclear += [Output(path, rows, is_left=True)] if rows else []
        elif path not in whole and _has(path, shared):
            unclear.append(Output(path, None, is_left=True))
    return unclear


def clear_output(output: Output, needles: Needles, ids: Collection[str]) -> None:
    """Take somebody out of a file. Raises OSError where it can't be written."""
    if output.is_left:
        return
    if output.rows is None:
        output.path.unlink(missing_ok=True)
        return
    marks = {id.encode() for id in ids}
    with _alone(output.path):
        mode = output.path.stat().st_mode & 0o777
        kept = (row for row, theirs in _rows(output.path, needles, marks) if not theirs)
        write_whole(output.path, kept, mode)


def _rows(path: Path, needles: Needles, marks: Collection[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each row of a file, and whether it is theirs; most parts of a long one have none."""
    rows = _records(path)
    while some := list(islice(rows, _AT_ONCE)):
        is_there = needles.are_in(b"".join(some))
        for row in some:
            mark = _ID.match(row)
            named = mark is not None and mark[1] in marks
            yield row, named or (is_there and needles.are_in(row))


def _records(path: Path) -> Iterator[bytes]:
    """The rows of a file as they stand; in CSV a quoted cell may go on over lines."""
    held = b""
    with path.open("rb") as file:
        for line in file:
            held += line
            if path.suffix.lower() == ".jsonl" or held.count(b'"') % 2 == 0:
                yield held
                held = b""
    if held:
        yield held


def _has(path: Path, needles: Needles) -> bool:
    search = Search(needles)
    search.files([path])
    return bool(search.result.found)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """As who appends rows to an export locks it."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
