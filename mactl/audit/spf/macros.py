"""SPF macros: parsing and expanding (RFC 7208 7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from mactl.audit.names import MAX_NAME

LETTERS = frozenset("slodiphv")
EXPLANATION_LETTERS = LETTERS | frozenset("crt")  # RFC 7208 7.2

_MACRO = re.compile(r"%\{([A-Za-z])([0-9]*)([rR]?)([.\-+,/_=]*)\}")
_ESCAPES = {"%%": "%", "%_": " ", "%-": "%20"}
_TOP_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\Z")


class SpfSyntaxError(ValueError):
    """A part of a record breaks the grammar at `offset`, counted from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Macro:
    """`%{d2r-}`: the letter, how many right-hand parts stay (0 for all), reversed, split at."""

    letter: str
    keep: int = 0
    reverse: bool = False
    delimiters: str = "."
    escape: bool = False  # the letter was a capital (RFC 7208 7.3)

    def __str__(self) -> str:
        letter = self.letter.upper() if self.escape else self.letter
        delimiters = "" if self.delimiters == "." else self.delimiters
        return f"%{{{letter}{self.keep or ''}{'r' if self.reverse else ''}{delimiters}}}"

    def expand(self, value: str) -> str:
        """`value` split, reversed, cut and joined with dots (RFC 7208 7.3)."""
        parts = re.split(f"[{re.escape(self.delimiters)}]", value)
        if self.reverse:
            parts.reverse()
        expanded = ".".join(parts[-self.keep :])
        return quote(expanded, safe="-._~") if self.escape else expanded


@dataclass(frozen=True, slots=True)
class MacroString:
    """Text with macros in it; the escapes `%%`, `%_` and `%-` are already resolved."""

    parts: tuple[str | Macro, ...]

    def __str__(self) -> str:
        return "".join(
            part.replace("%", "%%").replace(" ", "%_") if isinstance(part, str) else str(part)
            for part in self.parts
        )

    @property
    def letters(self) -> frozenset[str]:
        """The macro letters that expanding needs values for."""
        return frozenset(part.letter for part in self.parts if isinstance(part, Macro))

    def expand(self, values: Mapping[str, str]) -> str:
        """The text for one message; `values` has a value for each of `letters`."""
        return "".join(
            part if isinstance(part, str) else part.expand(values[part.letter])
            for part in self.parts
        )

    def expand_name(self, values: Mapping[str, str]) -> str:
        """The domain name for one message, without a final dot, cut to fit in a question."""
        name = self.expand(values).removesuffix(".")
        while len(name) > MAX_NAME and "." in name:
            name = name.partition(".")[2]  # RFC 7208 7.3: drop labels from the left
        return name


def parse_macro_string(
    text: str, letters: frozenset[str] = LETTERS, *, spaces: bool = False
) -> MacroString:
    """The macro-string of RFC 7208 7.1; `spaces` allows what explanations may have.

    Raises SpfSyntaxError.
    """
    parts: list[str | Macro] = []
    literal = ""
    position = 0
    while position < len(text):
        if text[position] != "%":
            character = text[position]
            if not ("!" <= character <= "~" or (spaces and character == " ")):
                raise SpfSyntaxError(f"{_named(character)} is not allowed here", position)
            literal += character
            position += 1
        elif (escape := text[position : position + 2]) in _ESCAPES:
            literal += _ESCAPES[escape]
            position += 2
        else:
            macro, position = _macro_at(text, position, letters)
            parts += [literal, macro] if literal else [macro]
            literal = ""
    return MacroString((*parts, literal) if literal else tuple(parts))


def _macro_at(text: str, position: int, letters: frozenset[str]) -> tuple[Macro, int]:
    found = _MACRO.match(text, position)
    if not found:
        # RFC 7208 7.1: '%' begins a macro or one of three escapes, nothing else.
        raise SpfSyntaxError("a '%' that begins no macro; '%%' stands for a percent sign", position)
    letter, digits, reverse, delimiters = found.groups()
    if letter.lower() not in letters:
        only = " outside an explanation" if letter.lower() in EXPLANATION_LETTERS else ""
        raise SpfSyntaxError(f"there is no macro '{letter}'{only}", position)
    significant = digits.lstrip("0")
    if digits and not significant:
        raise SpfSyntaxError("a macro that keeps 0 parts", position)  # RFC 7208 7.3
    keep = int(significant[:4] or 0)  # a name has at most 127 labels
    macro = Macro(letter.lower(), keep, bool(reverse), delimiters or ".", letter.isupper())
    return macro, found.end()


def parse_domain_spec(text: str) -> MacroString:
    """The domain-spec of RFC 7208 7.1: it ends in a macro or in a dot and a top label.

    Raises SpfSyntaxError.
    """
    if not text:
        raise SpfSyntaxError("a domain is missing")
    parsed = parse_macro_string(text)
    if text.endswith(("%%", "%_", "%-")) or isinstance(parsed.parts[-1], Macro):
        return parsed
    before, dot, top_label = text.removesuffix(".").rpartition(".")
    if not dot:
        raise SpfSyntaxError(f"'{text}' is not a domain of two labels or more")
    if not _TOP_LABEL.match(top_label) or top_label.isdigit():
        raise SpfSyntaxError(f"'{top_label}' can't end a domain", len(before) + 1)
    return parsed


def address_macro(address: IPv4Address | IPv6Address) -> str:
    """The value of `%{i}`: a dotted quad, or 32 dotted nibbles (RFC 7208 7.3)."""
    if isinstance(address, IPv4Address):
        return str(address)
    return ".".join(address.exploded.replace(":", ""))


def _named(character: str) -> str:
    names = {" ": "a space", "\t": "a tab", "\n": "a line feed", "\r": "a carriage return"}
    if character > "~":
        return f"a character outside ASCII (0x{ord(character):02x})"
    return names.get(character, f"a control character (0x{ord(character):02x})")
