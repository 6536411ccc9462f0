"""Domain names: as people give them, as the DNS takes them, as a terminal may show them."""

import hashlib
import re

import idna

from mactl.audit.addresses import is_address
from mactl.errors import UsageError

MAX_NAME = 253  # RFC 1035 2.3.4: 255 octets on the wire
MAX_LABEL = 63
_QUOTED = 200  # characters that a message quotes

_PLAIN_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\Z")


def audited_domain(text: str) -> str:
    """The domain that `text` names: lower case, A-labels, no trailing dot.

    Raises UsageError, with what was probably meant, for anything that is not a domain name.
    """
    name = text.strip()
    if not name:
        raise _not_a_domain(text, "is empty")
    if "@" in name:
        raise _not_a_domain(text, "is an e-mail address", name.rpartition("@")[2])
    if "/" in name or "?" in name:
        host = re.sub(r"^[a-z][a-z0-9+.-]*:/*", "", name, flags=re.IGNORECASE)
        raise _not_a_domain(text, "is a web address", re.split(r"[/?#:]", host)[0])
    if is_address(name.strip("[]")):
        raise _not_a_domain(text, "is an IP address")
    if re.search(r":\d+\Z", name):
        raise _not_a_domain(text, "is a host with a port", name.partition(":")[0])
    name = re.sub("[\u3002\uff0e\uff61]", ".", name)  # full stops that UTS 46 maps to a dot
    name = name.removesuffix(".")
    if "." not in name:
        raise _not_a_domain(text, "is a single label")
    domain = ".".join(_a_label(label, text) for label in name.split("."))
    if len(domain) > MAX_NAME:
        raise _not_a_domain(text, f"is longer than {MAX_NAME} characters")
    return domain


def _a_label(label: str, text: str) -> str:
    plain = label.lower()
    if not label.isascii():
        try:
            plain = idna.encode(label, uts46=True).decode("ascii")
        except idna.IDNAError as problem:
            raise _not_a_domain(text, f"has no legal ASCII form: {problem}") from None
    if not plain:
        raise _not_a_domain(text, "has an empty label")
    if len(plain) > MAX_LABEL:
        raise _not_a_domain(text, f"has a label of more than {MAX_LABEL} characters")
    if not _PLAIN_LABEL.match(plain):
        raise _not_a_domain(text, f"has a label that no host can have, '{printable(label)}'")
    return plain


def _not_a_domain(text: str, why: str, meant: str = "") -> UsageError:
    guess = meant.lower().rstrip(".>")
    labels = guess.split(".")
    if len(labels) > 1 and all(_PLAIN_LABEL.match(label) for label in labels):
        hint = f"did you mean '{guess}'?"
    else:
        hint = "give a domain such as example.com"
    return UsageError(f"'{printable(text, 80)}' is not a domain: it {why}", hint)


def is_queryable(name: str) -> bool:
    """Whether `name` fits in a question: labels of 1 to 63 octets, 253 in all (RFC 1035 2.3.4)."""
    bare = name.removesuffix(".")
    return 0 < len(bare) <= MAX_NAME and all(
        0 < len(label) <= MAX_LABEL for label in bare.split(".")
    )


def normalised(name: str) -> str:
    """The form in which two spellings of one name are equal: lower case, no trailing dot."""
    return name.lower().removesuffix(".")


def is_within(name: str, ancestor: str) -> bool:
    """Whether `name` is `ancestor` itself or a name below it."""
    name, ancestor = normalised(name), normalised(ancestor)
    return name == ancestor or name.endswith(f".{ancestor}")


def parent(name: str) -> str:
    """The name without its leftmost label: `example.com` for `mail.example.com`, '' for `com`."""
    return name.partition(".")[2]


def unlikely_label(zone: str) -> str:
    """A label that nobody has at `zone`; the same each time, so that a recording knows it."""
    return hashlib.sha256(normalised(zone).encode("utf-8", "replace")).hexdigest()[:16]


def printable(text: str, limit: int | None = None) -> str:
    r"""`text` as a terminal may show it: all but visible ASCII and spaces as `\xNN`, cut short.

    Whoever runs a DNS server chooses what a record says; this keeps escape sequences, line breaks
    and bidirectional controls out of messages, tables and JSON.
    """
    shown = "".join(_printable_character(character) for character in text)
    if limit is not None and len(shown) > limit:
        return shown[: limit - 1] + "…"
    return shown


def legible(text: str, limit: int) -> str:
    """`text` as people wrote it, in the letters of every language, without what a terminal would obey; cut short.

    For what is shown to be recognised, a subject: a name in the DNS may look like another, and goes through
    `printable`.
    """
    shown = "".join(c if c.isprintable() else _printable_character(c) for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _printable_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if " " <= character <= "~":
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def excerpt(text: str) -> str:
    """The beginning of `text`, as much as a message quotes, as a terminal may show it."""
    return printable(text, _QUOTED)
