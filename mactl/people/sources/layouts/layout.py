"""What a layout is: which headers a program writes, which fields they are, and which say that somebody opted out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Cells, Mask, lowered

OPT_OUT = "email_opt_out"
"""The boolean field that is true for who must get no marketing by e-mail, and empty for everybody else."""
YES = ("true", "yes", "y", "t", "1", "ja", "x", "on", "oui", "vrai")
NO = ("false", "no", "n", "f", "0", "nee", "nein", "nej", "off", "non", "faux")


@dataclass(frozen=True, slots=True)
class OptOut:
    """A column that says who opted out: by one of `words`, or by having anything in it at all."""

    words: tuple[str, ...] | None = None

    def applies(self, cells: Cells) -> Mask:
        """The rows whose cell says so."""
        if self.words is None:
            return cells.valid()
        said = pc.is_in(lowered(cells.values), value_set=pa.array(self.words))
        return cells.where(said.to_numpy(zero_copy_only=False))


FILLED = OptOut()
SAYS_YES = OptOut(YES)
SAYS_NO = OptOut(NO)


@dataclass(frozen=True, slots=True)
class Layout:
    """One program's exports.

    `signs` are sets of headers of which one must be there whole. `fields` says which header fills a field, or the
    first that is there of several; a header that is not in it has the field that its own name makes. `lists` are
    fields of several values, and what stands between two of them. `opt_out` are the columns that say who opted out.
    Headers are the same whatever their case. With `has_apostrophes` one stands in front of numbers, which keeps
    spreadsheets from reckoning with them.
    """

    name: str
    title: str
    signs: tuple[frozenset[str], ...]
    fields: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, str] = field(default_factory=dict)
    opt_out: Mapping[str, OptOut] = field(default_factory=dict)
    has_apostrophes: bool = False

    def is_of(self, headers: Sequence[str]) -> bool:
        """Whether a header row is this program's."""
        there = {folded(header) for header in headers}
        return any(sign <= there for sign in self.signs)

    def mapping(self, headers: Sequence[str]) -> dict[str, str]:
        """Header as the file writes it → field, for those of `headers` that this layout gives another name."""
        written: dict[str, str] = {}
        for header in headers:
            written.setdefault(folded(header), header)
        mapped: dict[str, str] = {}
        for name, candidates in self.fields.items():
            found = next((c for c in candidates if c in written and written[c] not in mapped), None)
            if found is not None:
                mapped[written[found]] = name
        return mapped

    def opt_outs(self, header: str) -> Iterator[OptOut]:
        """What a header says of opting out, if anything."""
        rule = self.opt_out.get(folded(header))
        if rule is not None:
            yield rule

    def as_list(self, cells: Cells, mark: str) -> Cells:
        """Cells such as `"VIP","Blog"` or `a ::: b` as `a;b`."""
        if mark != ";":
            texts = pc.replace_substring_regex(cells.values, rf'"?\s*{mark}\s*"?', ";")
            return cells.replaced(pc.utf8_trim(texts, characters='" '))
        return cells


def bare(texts: pa.Array) -> pa.Array:
    """`'+31612345678` and `'2611 AB` without the apostrophe; `'t Hooft` as it is."""
    return pc.replace_substring_regex(texts, r"^'([+0-9])", r"\1")


def folded(header: str) -> str:
    """A header without case, for comparing."""
    return header.casefold()


def layout(
    name: str,
    title: str,
    signs: Sequence[Sequence[str]],
    fields: Mapping[str, str | Sequence[str]],
    lists: Mapping[str, str] | None = None,
    opt_out: Mapping[str, OptOut] | None = None,
    *,
    has_apostrophes: bool = False,
) -> Layout:
    """A layout of headers as its program writes them."""
    return Layout(
        name,
        title,
        tuple(frozenset(map(folded, sign)) for sign in signs),
        {
            field: (folded(headers),)
            if isinstance(headers, str)
            else tuple(folded(header) for header in headers)
            for field, headers in fields.items()
        },
        lists or {},
        {folded(header): rule for header, rule in (opt_out or {}).items()},
        has_apostrophes,
    )
