"""Header fields of a message: text in, ASCII lines out, and nothing that could start a line of its own."""

import re
from binascii import b2a_base64
from collections.abc import Iterator
from functools import lru_cache

import idna

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")  # RFC 5322 3.2.3, and spaces
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_NAMED = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^"<>]*?))\s*<([^<>]*)>\s*')
_URI = re.compile(r"[!#-;=?-~]+")  # ASCII without blanks, quotes and angle brackets
_FIELD_NAME = re.compile(r"[!-9;-~]{1,76}")  # RFC 5322 3.6.8
_Q_AS_IT_IS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")

_LINE = 76  # RFC 2047 2: of a line that holds an encoded word
_LONGEST = 998  # RFC 5322 2.1.1, without CRLF
_FRAME = len("=?utf-8?q??=")


class BadHeader(ValueError):
    """A header's value that no message can carry: which header, and why."""

    def __init__(self, header: str, value: str, why: str) -> None:
        super().__init__(f"{header}: {value!r} {why}")
        self.header = header
        self.value = value


def refuse_controls(header: str, value: str) -> str:
    """`value`; BadHeader where it holds a line end, a NUL, or anything else that isn't text."""
    if _CONTROL.search(value):
        raise BadHeader(header, value, "holds a control character or a line end")
    return value


def text_field(header: str, value: str) -> str:
    """`Subject: …` folded to lines, in encoded words where it isn't plain ASCII (RFC 2047)."""
    refuse_controls(header, value)
    value = value.strip()
    plain = value.isascii() and "=?" not in value
    if plain and len(header) + 2 + len(value) <= 78:
        return f"{header}: {value}"
    if plain:
        folded = _fold(f"{header}: {value}")
        if all(len(line) <= 78 for line in folded.split("\r\n")):
            return folded
    return f"{header}: {_encoded_words(value, len(header) + 2)}"


def plain_field(header: str, value: str) -> str:
    """`Header: value` for a value of a structure that must stay as it is; BadHeader unless it is short ASCII."""
    if not _FIELD_NAME.fullmatch(header):
        raise BadHeader(header, value, "has a name that no header can have")
    refuse_controls(header, value)
    if not value.isascii():
        raise BadHeader(header, value, "is not ASCII")
    if len(header) + 2 + len(value) > _LONGEST:
        raise BadHeader(header, value, "is longer than a line may be")
    return f"{header}: {value}"


def uri_list_field(header: str, uris: tuple[str, ...]) -> str:
    """`List-Unsubscribe: <https://…>,\\r\\n <mailto:…>`: never in encoded words, one to a line (RFC 2369 2)."""
    for uri in uris:
        if not _URI.fullmatch(uri):
            raise BadHeader(header, uri, "is not a URI; percent-encode what isn't plain ASCII")
        if len(header) + len(uri) + 5 > _LONGEST:
            raise BadHeader(header, uri, "is longer than a line may be")
    return f"{header}: " + ",\r\n ".join(f"<{uri}>" for uri in uris)


def mailbox_field(header: str, mailbox: str) -> str:
    """`From: Acme <news@acme.example>` for a mailbox as people write it."""
    name, address = parse_mailbox(header, mailbox)
    if not name:
        return f"{header}: {address}"
    start = len(header) + 2
    phrase = _phrase(name, start)
    ending = phrase if "\r\n" in phrase else f"{header}: {phrase}"
    room = _LINE - len(ending.rpartition("\r\n")[2]) >= len(address) + 3
    between = " " if room else "\r\n "
    return f"{header}: {phrase}{between}<{address}>"


@lru_cache(256)
def parse_mailbox(header: str, mailbox: str) -> tuple[str, str]:
    """The name (or "") and the address of `Acme <news@acme.example>` or `news@acme.example`.

    The domain comes back as A-labels. Raises BadHeader for what isn't one mailbox, and for a local part that
    only servers with SMTPUTF8 (RFC 6531) would take.
    """
    refuse_controls(header, mailbox)
    named = _NAMED.fullmatch(mailbox)
    if named is None:
        return "", ascii_address(header, mailbox.strip())
    quoted, bare, address = named.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
    return name.strip(), ascii_address(header, address.strip())


def ascii_address(header: str, address: str) -> str:
    """`ann@xn--bcher-kva.example` for `ann@bücher.example`; BadHeader where it is no address for every server."""
    local, at, domain = address.rpartition("@")
    if not at or not local:
        raise BadHeader(header, address, "is not an address")
    if not local.isascii():
        raise BadHeader(header, address, "needs SMTPUTF8 before the @, which not every server has")
    if not _LOCAL_PART.fullmatch(local) or len(local) > 64:
        raise BadHeader(header, address, "has a local part that is not plain")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as wrong:
            raise BadHeader(header, address, f"has no domain: {wrong}") from None
    labels = domain.split(".")
    if len(domain) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        raise BadHeader(header, address, "has no domain that mail can go to")
    return f"{local}@{domain}"


@lru_cache(256)
def _phrase(name: str, start: int) -> str:
    """A display name: plain, between quotes, or in encoded words (RFC 5322 3.2.5, RFC 2047 5)."""
    if not name.isascii() or "=?" in name or start + len(name) > _LINE:
        return _encoded_words(name, start)
    if _ATOMS.fullmatch(name) and "  " not in name:
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _fold(field: str) -> str:
    """`field` broken before single blanks, so that unfolding it gives the same text."""
    lines = [""]
    for word in re.split(r"(?<=\S)(?= \S)", field):
        if lines[-1] and len(lines[-1]) + len(word) > 78 and len(lines[-1].rstrip(":")) > 1:
            lines.append("")
        lines[-1] += word
    return "\r\n".join(lines)


def _encoded_words(text: str, start: int) -> str:
    """`text` in encoded words, q or b by which is shorter; `start` characters of the first line are taken."""
    q_costs = [len(_as_q(character)) for character in text]
    b_costs = [len(character.encode()) for character in text]
    if sum(q_costs) <= sum(b_costs) * 4 / 3:
        chunks = _split(text, q_costs, _LINE - _FRAME - start, _LINE - _FRAME - 1)
        words = [f"=?utf-8?q?{''.join(map(_as_q, chunk))}?=" for chunk in chunks]
    else:
        # Base64 makes four letters of three bytes, a filler included.
        chunks = _split(
            text, b_costs, (_LINE - _FRAME - start) // 4 * 3, (_LINE - _FRAME - 1) // 4 * 3
        )
        words = [f"=?utf-8?b?{b2a_base64(c.encode(), newline=False).decode()}?=" for c in chunks]
    return "\r\n ".join(words)


def _split(text: str, costs: list[int], first_room: int, room: int) -> Iterator[str]:
    """`text` in pieces of whole characters (RFC 2047 5), each of which costs no more than there is room for."""
    begin, taken, left = 0, 0, first_room
    for position, cost in enumerate(costs):
        if taken + cost > left and position > begin:
            yield text[begin:position]
            begin, taken, left = position, 0, room
        taken += cost
    yield text[begin:]


@lru_cache(4096)
def _as_q(character: str) -> str:
    data = character.encode()
    if data[0] in _Q_AS_IT_IS:
        return character
    return "_" if character == " " else "".join(f"={byte:02X}" for byte in data)
