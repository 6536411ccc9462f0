"""SPF records: text to terms, with every syntax error located (RFC 7208 4.6.1 and 12)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mactl.audit.spf.macros import SpfSyntaxError
from mactl.audit.spf.slips import is_dangling, suggestion
from mactl.audit.spf.terms import Directive, Modifier, Term, is_modifier, is_term, parse_term

MAX_GUESSES = 100  # slips of a record that it is told for what was meant


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
        modifiers = [text for text in ordered if is_modifier(text)]
        if end:  # RFC 7208 6.1: beside it a redirect does nothing
            modifiers = [text for text in modifiers if not text.lower().startswith("redirect=")]
        directives = [t for t in ordered if t not in ends and not is_modifier(t)]
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
            term = parse_term(token, column)
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
