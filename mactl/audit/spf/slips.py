"""What was probably meant by a term that breaks the grammar of SPF."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from ipaddress import AddressValueError, IPv4Address, IPv4Network, summarize_address_range

import idna

from mactl.audit.names import printable

Known = Callable[[str], bool]
"""Whether a text is one legal term."""

_LONGEST = 300  # keeps the patterns cheap, whatever a record holds
_MOST_RANGES = 8
_MOST_PIECES = 30
_NAMES = "all|include|a|mx|ptr|ip4|ip6|exists|redirect|exp"

# Octets of UTF-8 as latin-1: what word processors and web pages leave in a text.
_SPACES = r"(?:\xc2\xa0|\xe2\x80[\x80-\x8d\xa8\xa9\xaf]|\xe3\x80\x80|\xef\xbb\xbf|[\t\r\n\x0b\x0c])"
_QUOTES = r"(?:\xe2\x80[\x98-\x9f]|\xc2[\xab\xbb]|[\"'`\\])"
_DASHES = r"(?:\xe2\x80[\x90-\x95]|\xe2\x88\x92|\xc2\xad)"
_COLONS = r"(?:\xef\xbc\x9a|[:=;]|::+)"

_SLIPS = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (rf"{_DASHES}(?=all\b)", r"-"),
        (rf"{_QUOTES}+", r""),
        (rf"{_SPACES}+", r" "),
        (r"^([+\-?~]?)ipv?([46])[:=;.\-]+(?=[0-9a-f:.])", r"\1ip\2:"),
        (r"^([+\-?~]?)ip[:=;]?(?=[0-9.]+(/[0-9]+)?$)", r"\1ip4:"),
        (r"^([+\-?~]?)ip[:=;](?=[0-9a-f]*:[0-9a-f:.]+(/[0-9]+)?$)", r"\1ip6:"),
        (r"^([+\-?~]?)ip4:(?=[0-9a-f]*:)", r"\1ip6:"),
        (r"^([+\-?~]?)ip6:(?=[0-9.]+(/[0-9]+)?$)", r"\1ip4:"),
        (r"^([+\-?~]?)ip[46]:(?!\d+\.\d+\.)(?=[a-z0-9_-]+(\.[a-z0-9_-]+)*\.[a-z]+\.?$)", r"\1a:"),
        (r"^([+\-?~]?)(?:a|mx|include|exists|ptr)[:=](?=[0-9.]+(/[0-9]+)?$)", r"\1ip4:"),
        (r"^([+\-?~]?)(?:a|mx|include|exists|ptr)[:=](?=[0-9a-f]*:[0-9a-f:]+(/\d+)?$)", r"\1ip6:"),
        (r"^([+\-?~]?)(?=[0-9.]+(/[0-9]+)?$)", r"\1ip4:"),
        (r"^([+\-?~]?)(?=[0-9a-f]*:[0-9a-f:]+(/[0-9]+)?$)", r"\1ip6:"),
        (r"^[+\-?~]?(redirect|exp)[:;]", r"\1="),
        (r"^([+\-?~])[+\-?~]+(?=\w)", r"\1"),
        (r"[,;.]+$", r""),
        (rf"^([+\-?~]?)(include|a|mx|exists|ptr|ip4|ip6){_COLONS}", r"\1\2:"),
        (r"^([+\-?~]?(?:include|a|mx|exists|ptr):|redirect=|exp=)(?:https?:/+|.*@)", r"\1"),
        (
            r"^((?:[+\-?~]?(?:include|a|mx|exists|ptr):|redirect=|exp=)[\w.%{}-]+)(?:/|:[0-9]+)$",
            r"\1",
        ),
        (r"^([+\-?~]?(?:include|exists|ptr):[\w.-]+)/[0-9]+$", r"\1"),
        (r"^(?=[\w-]+(\.[\w-]+)+$)", r"include:"),
    )
)
_JOINED = re.compile(
    r"(?<=[\w.])(?=[+\-?~]all$|[+\-?~](?:a|ptr):|[+\-?~]?(?:include|ip4|ip6|exists|mx):|redirect=)",
    re.IGNORECASE,
)
_DANGLING = re.compile(rf"([+\-?~]?(?:{_NAMES})\s*[:=]|[+\-?~])\Z", re.IGNORECASE)
_NAME = re.compile(r"([+\-?~]?)([A-Za-z0-9]+)(.*)\Z", re.DOTALL)
_TERM = re.compile(rf"[+\-?~]?({_NAMES})([:=]|\Z)", re.IGNORECASE)
_WITH_DOMAIN = re.compile(
    r"([+\-?~]?(?:include|a|mx|exists|ptr):|redirect=|exp=)([^/%]+)(/.*)?\Z", re.IGNORECASE
)
_IP4 = re.compile(r"([+\-?~]?ip4:)(.+)\Z", re.IGNORECASE)


def is_dangling(token: str) -> bool:
    """Whether a token is the first half of a term that a space has torn apart: `include:`, `-`."""
    return _DANGLING.match(token) is not None


def suggestion(token: str, known: Known) -> str:
    """The term, or terms, that were probably meant by another one; '' where that can't be told."""
    if len(token) > _LONGEST:
        return ""
    for candidate in _candidates(token, known):
        terms = candidate.split()
        if terms and terms != [token] and all(map(known, terms)):
            return printable(" ".join(terms))
    return ""


def separated(text: str) -> str:
    """`text` with a space put in before each term that hangs on the one before: `a.com-all`."""
    return _JOINED.sub(" ", text) if len(text) <= _LONGEST else text


def _candidates(token: str, known: Known) -> Iterator[str]:
    """Ever bolder guesses: one slip mended, all of them one upon the other, terms told apart."""
    joined = token.replace(" ", "")
    yield from _listed(joined, known)
    mended = token = joined
    for pattern, replacement in _SLIPS:
        once = pattern.sub(replacement, token, count=1)
        if once != token:
            yield once
        mended = pattern.sub(replacement, mended)
        if mended != token:
            yield mended
    yield joined
    yield from _encoded(token)
    yield from _spelled(token)
    yield from _networks(token)
    yield separated(token)
    yield separated(mended)


def _encoded(token: str) -> Iterator[str]:
    """The name of a domain as the DNS has it (RFC 7208 4.3): SPF knows no letters but ASCII's."""
    found = _WITH_DOMAIN.match(token)
    if found is None or token.isascii():
        return
    try:
        domain = found[2].encode("latin-1").decode()
        yield found[1] + idna.encode(domain, uts46=True).decode("ascii") + (found[3] or "")
    except (UnicodeError, idna.IDNAError):
        return


def _spelled(token: str) -> Iterator[str]:
    """The name of the mechanism as it is spelled."""
    found = _NAME.match(token)
    if found is None:
        return
    qualifier, name, rest = found.groups()
    names = ["all"] if not rest else ["include", "exists", "redirect", "ip4", "ip6"]
    for near in get_close_matches(name.lower(), names, n=1, cutoff=0.6):
        if near == "redirect":
            yield f"redirect={rest[1:]}"
        else:
            yield f"{qualifier}{near}{rest}"


def _networks(token: str) -> Iterator[str]:
    """IPv4 networks as others write them: a netmask, a star, two addresses, the first octets."""
    found = _IP4.match(token)
    if found is None:
        return
    name, text = found.groups()
    start, mask = text.partition("/")[::2]
    octets = text.removesuffix(".").split(".")
    while octets[-1:] in (["*"], ["x"], ["0-255"]):
        octets.pop()
    try:
        if mask and "." in mask:
            yield f"{name}{IPv4Network(f'{start}/{mask}', strict=False)}"
        elif 0 < len(octets) < 4:
            whole = ".".join(octets + ["0"] * (4 - len(octets)))
            yield f"{name}{IPv4Network(f'{whole}/{8 * len(octets)}')}"
        elif "-" in text:
            first, last = text.split("-", 1)
            if "." not in last:
                last = f"{first.rpartition('.')[0]}.{last}"
            ranges = list(summarize_address_range(IPv4Address(first), IPv4Address(last)))
            if len(ranges) <= _MOST_RANGES:
                yield " ".join(name + str(network).removesuffix("/32") for network in ranges)
    except (AddressValueError, ValueError, TypeError):
        return


def _listed(token: str, known: Known) -> Iterator[str]:
    """Several values behind one name, `ip4:192.0.2.1,192.0.2.2`, or several terms without a space."""
    pieces = [piece for piece in re.split(r"[,;|]", token) if piece]
    if not 1 < len(pieces) <= _MOST_PIECES or "%{" in token:
        return
    if name := re.match(r"[+\-?~]?\w+:", pieces[0]):
        terms = [piece if _TERM.match(piece) else name[0] + piece for piece in pieces]
    else:
        terms = pieces
    yield " ".join(term if known(term) else suggestion(term, known) or "?" for term in terms)
