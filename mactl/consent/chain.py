"""A chain of entries that shows a change to any of them, also after some were erased.

Entry n has a **commitment**, `HMAC-SHA256(key of the contact, content of n)` (RFC 2104, FIPS 198-1), and a **link**,
`SHA-256(purpose ‖ n ‖ link of n - 1 ‖ commitment of n)`; the link before the first is `SHA-256(purpose ‖ the state's
id)`. The key is 32 random bytes, one for each contact, in a table of its own. The number of entries, the last link and
how many are erased stand in the state once more: the *head*.

**To erase** somebody is to delete the contents of their entries and their key. Commitments and links stay, and the
number of erased entries is entered as an entry of its own, so nobody can call a withdrawal erased by emptying it.

What it proves, to whoever has seen an earlier head: that no entry up to there was edited, added, removed or put
elsewhere since, because that takes another SHA-256 with the same value; and of what is erased nothing but that it was
there. Without its key a commitment is a random number to everybody: it tells neither who it was, nor whether two are
of the same person, and no list of guesses can be tried on it (HMAC as a pseudorandom function: Bellare, 2006; the
same idea for data that must be forgotten: guidelines 02/2025 of the EDPB on blockchains, which ask that no personal
data stand on the chain itself).

What it does not prove: that an entry is true; when it was made; and, of one state alone, anything against somebody who
may write to all of it, for they can make a new chain from its first entry on. So keep heads elsewhere (`mactl consent
verify` prints one; in a commit, a mail to the auditor) and have them looked for: `--head`. A chain of hashes over
documents and their order is Haber and Stornetta's (1991).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from typing import Any

from mactl.consent.entry import CONTENT, Said, contents_of

KEY_BYTES = 32
_LINK = b"mactl-consent-link\x00"
_FIRST = b"mactl-consent-first\x00"
_OF_ERASURES = b"mactl-consent-erasures"
"""The key of entries that tell of an erasure: there is nobody in them to hide."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: how many entries it has, the last link (hexadecimal), and how many entries are erased."""

    number: int
    link: str
    erased: int = 0

    def __str__(self) -> str:
        return f"{self.number}:{self.link}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the entry of a number."""

    number: int
    what: str


def first_link(state: str) -> str:
    """The link before the first entry in the state with this id."""
    return sha256(_FIRST + state.encode()).hexdigest()


def commit(key: bytes, content: bytes) -> str:
    """The commitment to `content` under the key of its contact, as hexadecimal digits."""
    return digest(key, content, "sha256").hex()


def commit_erasure(content: bytes) -> str:
    """The commitment to an entry that tells of an erasure."""
    return commit(_OF_ERASURES, content)


def link(number: int, previous: str, commitment: str) -> str:
    """The link of entry `number` (from 1), which comes after the link `previous`."""
    return sha256(
        _LINK + number.to_bytes(8) + bytes.fromhex(previous) + bytes.fromhex(commitment)
    ).hexdigest()


Row = Sequence[Any]
"""number, commitment, link, erased and the values of `CONTENT`, which are all None of an entry that is erased."""
_BEFORE = 4  # values before the content
_CONTACT, _STATE, _AT, _BY = (
    _BEFORE + CONTENT.index(name) for name in ("contact", "state", "recorded_at", "recorded_by")
)


class Verifying:
    """One look along a chain; `faults` goes along it, what else was seen stands in it afterwards.

    `key_of` gives a contact's key, None where there is none. `head` is what the state says its chain ends in.
    """

    def __init__(self, state: str, head: Head, key_of: Callable[[str], bytes | None]) -> None:
        self._head, self._key_of = head, key_of
        self._link, self._last, self._told = first_link(state), 0, 0
        self.count = 0
        self.erased = 0
        """Entries without content."""
        self.links: dict[int, str] = {}
        """The links of the entries that were asked for."""

    @property
    def head(self) -> Head:
        """Where the chain was found to end."""
        return Head(self._last, self._link if self._last else "", self._told)

    def faults(self, parts: Iterable[Sequence[Row]], wanted: Iterable[int] = ()) -> Iterator[Fault]:
        """What is wrong, in the order of the chain, whose rows come by number, some at a time; the links of the
        entries `wanted` are kept."""
        asked = set(wanted)
        for rows in parts:
            contents = contents_of([[row[0], *row[_BEFORE:]] for row in rows])
            for row, content in zip(rows, contents, strict=True):
                yield from self._look_at(row, content)
                if row[0] in asked:
                    self.links[row[0]] = self._link
        if self._told != self.erased:
            what = f"{self.erased} entries have no content, and mactl erased {self._told}"
            yield Fault(self._last, what)
        if self.head != self._head:
            what = f"the ledger ends here; the state says that it ends at entry {self._head.number}"
            if self._head.number == self._last:
                what = "the ledger does not end in what the state says that it ends in"
            yield Fault(self._last, what)

    def _look_at(self, row: Row, content: bytes) -> Iterator[Fault]:
        number, commitment, after, _ = row[:_BEFORE]
        if number != self._last + 1:
            first, last = self._last + 1, number - 1
            what = f"entry {first} is" if first == last else f"the entries {first} to {last} are"
            yield Fault(number, f"{what} missing before it")
        if not _is_same(lambda: link(number, self._link, commitment), after):
            yield Fault(number, "its link does not lead here from the entry before it")
        if (fault := self._content_fault(row, content)) is not None:
            yield Fault(number, fault)
        self.count += 1
        self._last = number
        self._link = str(after)

    def _content_fault(self, row: Row, content: bytes) -> str | None:
        number, commitment, _, erased = row[:_BEFORE]
        contact = row[_CONTACT]
        if row[_STATE] == Said.ERASED and contact is None:
            self._told += erased or 0
            told = erasure_content(number, erased, row[_AT], row[_BY])
            return None if _is_same(lambda: commit_erasure(told), commitment) else _EDITED
        if erased is not None:
            return "it says that something was erased, and is no such entry"
        if contact is None:
            self.erased += 1
            is_empty = all(value is None for value in row[_BEFORE:])
            return None if is_empty else "it is about nobody, and yet it has content"
        key = self._key_of(str(contact))
        if key is None:
            return "the key of its contact is missing, so nothing shows that it is what was entered"
        return None if _is_same(lambda: commit(key, content), commitment) else _EDITED


_EDITED = "it was edited: it is not what was committed to"


def erasure_content(number: int, erased: int | None, at: int | None, by: str | None) -> bytes:
    """The bytes that entry `number`, which tells that `erased` entries lost their content, is committed to as."""
    return contents_of([[number, erased, at, by]])[0]


def _is_same(made: Callable[[], str], found: object) -> bool:
    try:
        return made() == found
    except (ValueError, OverflowError, TypeError):  # what a hand put there
        return False
