"""Which sends a mail proves to know: by tokens of theirs that nobody can guess, wherever a mail may carry them.

A report that names an address proves nothing; one that holds the Message-ID, the return path or the way out of a send
comes from where that message went.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from itertools import chain

from mactl.feedback.mail import Mail, text_of
from mactl.store.tokens import Tokens

_RETURN_PATH = re.compile(rb"\+([a-z2-7]{45})@", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"(?<![\w-])[\w-]{38}@[\w.-]{1,255}", re.ASCII)
_WAY_OUT = re.compile(rb"(?<![\w-])[\w-]{38}(?![\w-])", re.ASCII)
_AFTER_SPACE = re.compile(rb"%20", re.IGNORECASE)
_REFERRING = ("in-reply-to", "references")
_ADDRESSED = (
    "to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-rcpt-to",
)  # fmt: skip


class Proofs:
    """What proofs one state's tokens give; every answer is the ids of sends, the surest first, each once."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def of_return_path(self, mail: Mail) -> list[str]:
        """The sends whose return path the mail came to."""
        return _once(self._return_paths(mail.head))

    def of_reference(self, mail: Mail) -> list[str]:
        """The sends that the mail answers: the one just before it first."""
        answered, *thread = (_field(mail, name) for name in _REFERRING)
        earlier = [id for field in thread for id in reversed(list(self._message_ids(field)))]
        return _once(chain(self._message_ids(answered), earlier))

    def of_contents(self, mail: Mail) -> list[str]:
        """The sends that the mail returns, or quotes in any of its parts: for reports by machines."""
        texts = [mail.data, *(text_of(part).encode() for part in mail.parts if _is_encoded(part))]
        return _once(
            chain.from_iterable(
                read(text)
                for read in (self._message_ids, self._return_paths, self._ways_out)
                for text in texts
            )
        )

    def of_way_out(self, mail: Mail) -> list[str]:
        """The sends whose recipient asks by this mail to be left alone: by its subject, who it is addressed to, or the
        first line of it. Elsewhere the token may be part of what is quoted."""
        places = [mail.header("subject"), mail.first_line]
        places += [address for name in _ADDRESSED for address in mail.addresses(name)]
        return _once(chain.from_iterable(self._ways_out(place.encode()) for place in places))

    def _return_paths(self, text: bytes) -> Iterator[str]:
        tokens = (found[1].decode() for found in _RETURN_PATH.finditer(text))
        return _known(tokens, self._tokens.read_return_path)

    def _message_ids(self, text: bytes) -> Iterator[str]:
        ids = (found[0].decode() for found in _MESSAGE_ID.finditer(text))
        return _known(ids, self._tokens.read_message_id)

    def _ways_out(self, text: bytes) -> Iterator[str]:
        spaced = _AFTER_SPACE.sub(b" ", text)
        tokens = (found[0].decode() for found in _WAY_OUT.finditer(spaced))
        return _known(tokens, self._tokens.read_unsubscribe)


def _known(tokens: Iterable[str], read: Callable[[str], str | None]) -> Iterator[str]:
    return (send for token in tokens if (send := read(token)) is not None)


def _once(sends: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sends))


def _field(mail: Mail, name: str) -> bytes:
    """A header as it stands, lines that continue it included: Message-IDs are not encoded."""
    pattern = rb"^%s:(.*(?:\r?\n[ \t].*)*)" % name.encode()
    found = re.search(pattern, mail.head, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else b""


def _is_encoded(part: Message) -> bool:
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    return encoding in ("base64", "quoted-printable")
