"""The terms of SPF records: text to a directive or a modifier (RFC 7208 4.6.1, 5 and 6)."""

import re
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

MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
LOOKUP_TERMS = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # RFC 7208 4.6.4

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


def parse_term(token: str, column: int) -> Term:
    """The term in a piece of a record; raises SpfSyntaxError."""
    if " " in token:
        raise SpfSyntaxError("a space within a term", token.index(" "))
    if found := _MODIFIER.match(token):
        return _modifier(found[1], found[2], token, column)
    return _directive(token, column)


def is_modifier(token: str) -> bool:
    """Whether a text has the form of a modifier, legal or not: a name and an equals sign."""
    return _MODIFIER.match(token) is not None


def is_term(token: str) -> bool:
    """Whether a text is one legal term."""
    try:
        parse_term(token, 1)
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
