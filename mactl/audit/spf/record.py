"""SPF records: text to terms, with every syntax error located (RFC 7208 4.6.1 and 12)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from mactl.audit.addresses import Network
from mactl.audit.spf.macros import (
    EXPLANATION_LETTERS,
    MacroString,
    SpfSyntaxError,
    parse_domain_spec,
    parse_macro_string,
)
from mactl.audit.spf.slips import is_dangling, suggestion

MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
LOOKUP_TERMS = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # RFC 7208 4.6.4
MAX_GUESSES = 100  # slips of a record that it is told for what was meant

_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)\Z", re.DOTALL)
_DIRECTIVE = re.compile(r"([+\-?~]?)([A-Za-z0-9_-]*)(.*)\Z", re.DOTALL)
_DUAL_CIDR = re.compile(r"(.*?)(?:/([0-9]+))?(?://([0-9]+))?\Z", re.DOTALL)
_CIDR = re.compile(r"(.*?)(?:/([0-9]+))?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Directive:
    """A mechanism with its qualifier; `column` counts from 1 in the record's text."""

    qualifier: str
    mechanism: str
    domain: MacroString | None = None
    network: Network | None = None
    cidr4: int = 32
    cidr6: int = 128
    text: str = field(default="", compare=False)
    column: int = field(default=0, compare=False)

    def __str__(self) -> str:
        name = self.mechanism if self.qualifier == "+" else self.qualifier + self.mechanism
        if self.network is not None:
            return f"{name}:{self.network}"
        domain = "" if self.domain is None else f":{self.domain}"
        cidr4 = "" if self.cidr4 == 32 else f"/{self.cidr4}"
        cidr6 = "" if self.cidr6 == 128 else f"//{self.cidr6}"
        return f"{name}{domain}{cidr4}{cidr6}"


@dataclass(frozen=True, slots=True)
class Modifier:
    """`redirect=`, `exp=` or one that nobody knows."""

    name: str
    value: MacroString
    text: str = field(default="", compare=False)
    column: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


Term = Directive | Modifier


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """One term that breaks the grammar at `column`, and what was probably meant, if that is clear.

    `start` is where the term begins; a modifier that comes again is a fault as well.
    """

    column: int
    term: str
    message: str
    start: int
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record as published; any fault makes the whole of it a permerror (RFC 7208 4.6)."""

    text: str = field(compare=False)
    terms: tuple[Term, ...]
    faults: tuple[SyntaxFault, ...] = ()

    def __str__(self) -> str:
        return " ".join(("v=spf1", *map(str, self.terms)))

    @property
    def directives(self) -> tuple[Directive, ...]:
        """The directives that can be reached: none after `all` (RFC 7208 5.1)."""
        directives = tuple(term for term in self.terms if isinstance(term, Directive))
        for index, directive in enumerate(directives):
            if directive.mechanism == "all":
                return directives[: index + 1]
        return directives

    @property
    def unreachable(self) -> tuple[Directive, ...]:
        """The directives after `all`."""
        directives = tuple(term for term in self.terms if isinstance(term, Directive))
        return directives[len(self.directives) :]

    @property
    def all(self) -> Directive | None:
        """The directive that ends the record, where there is one."""
        last = self.directives[-1:]
        return last[0] if last and last[0].mechanism == "all" else None

    @property
    def redirect(self) -> Modifier | None:
        """The redirect that receivers follow: none beside `all` (RFC 7208 6.1)."""
        return None if self.all else self.modifier("redirect")

    def modifier(self, name: str) -> Modifier | None:
        """The first modifier of this name."""
        named = (t for t in self.terms if isinstance(t, Modifier) and t.name == name)
        return next(named, None)

    def keeps_senders(self, *, without: Iterable[Term]) -> bool:
        """Whether the record lets anybody send by name when some terms are left out."""
        dropped = {term.column for term in without}
        kept = (term for term in self.terms if term.column not in dropped)
        return bool(self.faults) or any(
            term.name == "redirect" if isinstance(term, Modifier) else term.mechanism != "all"
            for term in kept
        )

    def rewritten(
        self,
        *,
        without: Iterable[Term] = (),
        all: str = "",
        instead: Mapping[int, str] | None = None,
    ) -> str:
        """The record to publish: slips corrected, `all` put last, and some terms left out.

        `all` replaces the record's own, `instead` has other text for terms by column. A broken
        term whose meaning can't be guessed stays, for whoever published it to correct.
        """
        dropped = {term.column for term in without}
        texts = {term.column: term.text for term in self.terms if term.column not in dropped}
        texts |= {f.start: f.suggestion or f.term for f in self.faults if not is_term(f.term)}
        texts |= instead or {}
        ordered = [text for start in sorted(texts) for text in texts[start].split(" ") if text]
        ends = [text for text in ordered if text.lower().lstrip("+-~?") == "all"]
        end = [all] if all else ends[:1]
        modifiers = [text for text in ordered if _MODIFIER.match(text)]
        if end:  # RFC 7208 6.1: beside it a redirect does nothing
            modifiers = [text for text in modifiers if not text.lower().startswith("redirect=")]
        directives = [t for t in ordered if t not in ends and not _MODIFIER.match(t)]
        return " ".join(("v=spf1", *directives, *end, *modifiers))


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record: `v=spf1`, in any case, then a space or the end."""
    return text[:6].lower() == "v=spf1" and text[6:7] in ("", " ")  # RFC 7208 4.5


def parse_spf(text: str) -> SpfRecord:
    """The terms and the faults of a text for which `is_spf` holds; never raises."""
    terms: list[Term] = []
    faults: list[SyntaxFault] = []
    seen: set[str] = set()
    for column, token in _whole_terms(text):
        try:
            term = _term(token, column)
            if isinstance(term, Modifier) and term.name in ("redirect", "exp"):
                if term.name in seen:
                    # RFC 7208 6: each of them at most once.
                    raise SpfSyntaxError(f"a second '{term.name}='")
                seen.add(term.name)
            terms.append(term)
        except SpfSyntaxError as problem:
            at = column + problem.offset
            meant = suggestion(token, is_term) if len(faults) < MAX_GUESSES else ""
            faults.append(SyntaxFault(at, token, problem.message, column, meant))
    return SpfRecord(text, tuple(terms), tuple(faults))


def _tokens(text: str) -> Iterable[tuple[int, str]]:
    # RFC 7208 4.6.1: terms are separated by spaces, one or more, and by nothing else.
    return ((found.start() + 1, found[0]) for found in re.finditer(r"[^ ]+", text) if found.start())


def _whole_terms(text: str) -> Iterable[tuple[int, str]]:
    """The tokens, with what a space has torn apart as one, `include: example.com`: it is one fault."""
    waiting: tuple[int, str] | None = None
    for column, token in _tokens(text):
        if waiting is not None:
            start, begun = waiting
            gap = " " * (column - start - len(begun))
            yield start, f"{begun}{gap}{token}"
            waiting = None
        elif is_dangling(token):
            waiting = (column, token)
        else:
            yield column, token
    if waiting is not None:
        yield waiting


def _term(token: str, column: int) -> Term:
    if " " in token:
        raise SpfSyntaxError("a space within a term", token.index(" "))
    if found := _MODIFIER.match(token):
        return _modifier(found[1], found[2], token, column)
    return _directive(token, column)


def is_term(token: str) -> bool:
    """Whether a text is one legal term."""
    try:
        _term(token, 1)
    except SpfSyntaxError:
        return False
    return True


def _modifier(name: str, value: str, token: str, column: int) -> Modifier:
    offset = len(name) + 1
    try:
        if name.lower() in ("redirect", "exp"):
            return Modifier(name.lower(), parse_domain_spec(value), token, column)
        parsed = parse_macro_string(value, EXPLANATION_LETTERS)
    except SpfSyntaxError as problem:
        raise SpfSyntaxError(problem.message, offset + problem.offset) from None
    return Modifier(name.lower(), parsed, token, column)


def _directive(token: str, column: int) -> Directive:
    found = _DIRECTIVE.match(token)
    assert found is not None  # the pattern matches any text
    qualifier, mechanism, rest = found[1] or "+", found[2].lower(), found[3]
    offset = found.start(3)
    if mechanism not in MECHANISMS or (rest and rest[0] not in ":/"):
        if rest and rest[0] not in ":/":
            parse_macro_string(token)  # a stray octet explains more than an unknown mechanism
        raise SpfSyntaxError(f"there is no mechanism '{found[2] + rest.partition(':')[0]}'")
    try:
        return _with_argument(qualifier, mechanism, rest, token, column)
    except SpfSyntaxError as problem:
        raise SpfSyntaxError(problem.message, offset + problem.offset) from None


def _with_argument(qualifier: str, mechanism: str, rest: str, token: str, column: int) -> Directive:
    value = rest[1:] if rest.startswith(":") else ""
    match mechanism:
        case "all":
            if rest:
                raise SpfSyntaxError("'all' takes nothing after it")  # RFC 7208 5.1
            return Directive(qualifier, mechanism, text=token, column=column)
        case "ip4" | "ip6":
            network = _network(mechanism, value)
            return Directive(qualifier, mechanism, network=network, text=token, column=column)
        case "include" | "exists":
            domain = _domain(value)
            return Directive(qualifier, mechanism, domain, text=token, column=column)
        case "ptr":
            if rest.startswith("/"):
                raise SpfSyntaxError("'ptr' takes no prefix length")  # RFC 7208 5.5
            name = _domain(value) if rest else None
            return Directive(qualifier, mechanism, name, text=token, column=column)
        case _:
            return _a_or_mx(qualifier, mechanism, rest, token, column)


def _a_or_mx(qualifier: str, mechanism: str, rest: str, token: str, column: int) -> Directive:
    found = _DUAL_CIDR.match(rest)
    assert found is not None  # the pattern matches any text
    spec, cidr4, cidr6 = found.groups()
    domain = None
    if spec.startswith(":"):
        domain = _domain(spec[1:])
    elif spec:
        raise SpfSyntaxError(f"'{spec}' is not a prefix length")  # RFC 7208 5.3
    bits4, bits6 = _prefix_length(cidr4, 32), _prefix_length(cidr6, 128)
    return Directive(qualifier, mechanism, domain, None, bits4, bits6, token, column)


def _domain(value: str) -> MacroString:
    try:
        return parse_domain_spec(value)
    except SpfSyntaxError as problem:
        raise SpfSyntaxError(problem.message, problem.offset + 1) from None


def _network(mechanism: str, value: str) -> Network:
    found = _CIDR.match(value)
    assert found is not None  # the pattern matches any text
    text, cidr = found.groups()
    try:
        if "%" in text:
            raise ValueError  # a zone id is no part of an address (RFC 7208 5.6)
        address = ip_address(text)
    except ValueError:
        raise SpfSyntaxError(f"'{text}' is not an {mechanism} address", 1) from None
    if address.version != int(mechanism[2]):
        raise SpfSyntaxError(f"'{text}' is not an {mechanism} address", 1)
    length = _prefix_length(cidr, address.max_prefixlen)
    return ip_network(f"{address}/{length}", strict=False)


def _prefix_length(digits: str | None, longest: int) -> int:
    if digits is None:
        return longest
    # RFC 7208 12: no leading zeros, up to 32 for IPv4 and 128 for IPv6.
    if (digits[0] == "0" and digits != "0") or len(digits) > 3 or int(digits) > longest:
        raise SpfSyntaxError(f"'/{digits}' is not a prefix length from 0 to {longest}")
    return int(digits)
