"""The way out with one click: List-Unsubscribe and List-Unsubscribe-Post (RFC 2369, RFC 8058)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from mactl.audit.dkim.verify import SignatureCheck
from mactl.audit.message import kinds
from mactl.audit.message.mail import ReceivedMessage
from mactl.audit.names import printable
from mactl.findings import Finding

LIST_UNSUBSCRIBE = "list-unsubscribe"
LIST_UNSUBSCRIBE_POST = "list-unsubscribe-post"
POST_VALUE = "List-Unsubscribe=One-Click"
_URI = re.compile(r"<([^<>]*)>")
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class OneClick:
    """What a message offers: `uris` as they stand, `post` the value that comes with them ('' for none).

    `signed` tells whether a valid signature of the author's domain covers both; `works` whether
    mailbox providers will offer it.
    """

    uris: tuple[str, ...]
    post: str
    signed: bool
    findings: tuple[Finding, ...]

    @property
    def works(self) -> bool:
        """Whether all that RFC 8058 asks for is there."""
        return not self.findings

    def as_json(self) -> dict[str, object]:
        """The part of the report about the way out."""
        return {
            "works": self.works,
            "uris": [printable(uri) for uri in self.uris],
            "post": printable(self.post) or None,
            "signed": self.signed,
        }


def read_one_click(message: ReceivedMessage, aligned: Sequence[SignatureCheck]) -> OneClick:
    """The way out of `message`; `aligned` are the valid signatures of the author's domain."""
    values = message.values(LIST_UNSUBSCRIBE)
    uris = tuple(re.sub(r"\s", "", uri) for value in values[:1] for uri in _URI.findall(value))
    post = next(iter(message.values(LIST_UNSUBSCRIBE_POST)), "")
    names = (LIST_UNSUBSCRIBE, LIST_UNSUBSCRIBE_POST)
    signed = any(all(check.signature.covers(name) for name in names) for check in aligned)
    findings = tuple(_faults(message, uris, post, signed, aligned))
    return OneClick(uris, post, signed, findings)


def _faults(
    message: ReceivedMessage,
    uris: Sequence[str],
    post: str,
    signed: bool,
    aligned: Sequence[SignatureCheck],
) -> Iterator[Finding]:
    if not message.count(LIST_UNSUBSCRIBE):
        yield kinds.ONE_CLICK_MISSING.found(
            "the message has no List-Unsubscribe", f"add {_fix()}, where it is bulk mail"
        )
        return
    for name, shown in _NAMES.items():
        if (times := message.count(name)) > 1:
            what = f"the message has {shown} {times} times"
            yield kinds.ONE_CLICK_DUPLICATE.found(what, f"leave one '{shown}'")
    yield from _uri_faults(uris)
    if not message.count(LIST_UNSUBSCRIBE_POST):
        yield kinds.ONE_CLICK_NO_POST.found(
            "the message has List-Unsubscribe without List-Unsubscribe-Post",
            f"add 'List-Unsubscribe-Post: {POST_VALUE}'",
        )
    elif re.sub(r"\s", "", post) != POST_VALUE:  # RFC 8058 3.1: this, and nothing else
        yield kinds.ONE_CLICK_BAD_POST.found(
            f"List-Unsubscribe-Post is '{printable(post, _SHOWN)}'",
            f"write 'List-Unsubscribe-Post: {POST_VALUE}'",
        )
    elif not signed:
        what = "no valid DKIM signature of the From domain covers both headers"
        if aligned:
            what = f"the signature of {printable(aligned[0].signature.domain)} leaves them out"
        yield kinds.ONE_CLICK_NOT_SIGNED.found(
            what, "name List-Unsubscribe and List-Unsubscribe-Post in the h= of the signature"
        )


_NAMES = {LIST_UNSUBSCRIBE: "List-Unsubscribe", LIST_UNSUBSCRIBE_POST: "List-Unsubscribe-Post"}


def _uri_faults(uris: Sequence[str]) -> Iterator[Finding]:
    web = [uri for uri in uris if uri.lower().startswith(("https:", "http:"))]
    secure = [uri for uri in web if _is_https(uri)]
    if not secure:
        shown = ", ".join(printable(uri, _SHOWN) for uri in uris[:3]) or "nothing in < and >"
        yield kinds.ONE_CLICK_NO_HTTPS.found(
            f"List-Unsubscribe has no https address: {shown}", f"write {_fix()}"
        )
    elif len(web) > 1:  # RFC 8058 3.1: one, beside others that are not of the web
        yield kinds.ONE_CLICK_SEVERAL.found(
            f"List-Unsubscribe has {len(web)} web addresses",
            f"leave {printable(secure[0], _SHOWN)}",
        )


def _is_https(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        return False


def _fix() -> str:
    return f"'List-Unsubscribe: <https://…>' and 'List-Unsubscribe-Post: {POST_VALUE}'"
