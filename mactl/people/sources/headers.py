"""The header row of a source → the names of fields."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mactl.errors import ConfigurationError
from mactl.findings import Finding, Place, Severity
from mactl.people.sources.layouts.known import find_layouts
from mactl.people.sources.layouts.layout import Layout
from mactl.project import ContactSource, EventSource

# What nobody sees, and would make two names of one: zero width, byte order marks, soft hyphens.
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z]{2,}")
_BETWEEN_WORDS = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Header:
    """The field that each column of a file fills, None for one that is left out, and its name there."""

    fields: tuple[str | None, ...]
    written: tuple[str, ...]

    def spelling(self) -> dict[str, str]:
        """Field → its name in the file."""
        pairs = zip(self.fields, self.written, strict=True)
        return {field: written for field, written in pairs if field}


def looks_like_address(text: str) -> bool:
    """Whether `text` is meant as an e-mail address, be it valid or not: then it is no column's name."""
    return _ADDRESS.fullmatch(text) is not None


def field_name(written: str) -> str:
    """A column's name in lower snake_case: `First Name` → `first_name`, `E-mail` → `e_mail`.

    It never begins with an underscore: mactl's own columns do.
    """
    return "_".join(word for word in _BETWEEN_WORDS.split(written.strip()) if word).lower()


def written_names(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells of a header row as names: without what nobody sees, and without blanks and quotes around them.

    Names are shown on terminals, so that nothing in them may be more than a letter or a space.
    """
    seen = (_BLANKS.sub(" ", _UNSEEN.sub("", cell)).strip() for cell in cells)
    return tuple(name.strip(_QUOTES).strip() if name[:1] in _QUOTES else name for name in seen)


def read_header(
    cells: Sequence[str], source: ContactSource, place: Place
) -> tuple[Header, Layout | None, list[Finding]]:
    """The fields of a header row, and the program whose layout it has.

    The source's `columns` map names in the file to fields and may ignore case; then comes the layout; what neither
    names is called as the file calls it. A name that comes twice keeps its first column; one that is left empty has
    none. Raises ConfigurationError for a `layout` that there is not.
    """
    written = written_names(cells)
    layout, findings = _layout(written, source, place)
    mapped = {name.strip(): field for name, field in source.columns.items()}
    folded = {name.casefold(): name for name in mapped}
    keys = [name if name in mapped else folded.get(name.casefold()) for name in written]
    laid_out = layout.mapping(written) if layout is not None else {}
    claims = [_claim(name, key, mapped, laid_out) for name, key in zip(written, keys, strict=True)]
    fields, doubled = _settle(written, claims, place)
    findings += [
        _warning(
            "source-underscore-header",
            f"column {name!r} is read as {claim.field!r}: names of fields do not begin with _",
            place,
        )
        for name, claim in zip(written, claims, strict=True)
        if name.startswith("_") and claim.field
    ]
    findings += doubled
    hint = f"its columns: {', '.join(name for name in written if name)}"
    findings += [
        _warning(
            "source-unknown-column",
            f"mactl.yaml names a column {name!r} that the file does not have",
            place,
            hint,
        )
        for name in mapped
        if name not in keys
    ]
    return Header(fields, written), layout, findings


def _settle(
    written: Sequence[str], claims: "Sequence[_Claim]", place: Place
) -> tuple[tuple[str | None, ...], list[Finding]]:
    """The field of each column, None for one that is left out, and which are for another's sake."""
    holders: dict[str, int] = {}
    for number in sorted(range(len(claims)), key=lambda number: claims[number].rank):
        if claims[number].field:
            holders.setdefault(claims[number].field, number)
    fields: list[str | None] = []
    findings = []
    for number, (name, claim) in enumerate(zip(written, claims, strict=True)):
        holder = holders.get(claim.field, number)
        other = _other_name(claim, name, holders)
        if holder == number:
            fields.append(claim.field or None)
        elif claims[holder].rank < claim.rank and other:
            # Another column has a better right to the field: this one keeps a name of its own.
            holders[other] = number
            fields.append(other)
        else:
            fields.append(None)
            message = (
                f"column {number + 1} ({name!r}) is called {claim.field!r} like column {holder + 1}"
                f" ({written[holder]!r}); only that one is read"
            )
            hint = f"give it another name in mactl.yaml: columns: {{{name!r}: …}}"
            same = name == written[holder]
            findings.append(
                _warning("source-duplicate-header", message, place, None if same else hint)
            )
    return tuple(fields), findings


_DECLARED, _LAID_OUT, _OWN = range(3)


@dataclass(frozen=True, slots=True)
class _Claim:
    """The field that a column asks for; the lower its rank, the better its right to it."""

    field: str
    rank: int


def _claim(
    name: str, key: str | None, mapped: Mapping[str, str], laid_out: Mapping[str, str]
) -> _Claim:
    if key is not None:
        return _Claim(field_name(mapped[key]), _DECLARED)
    if name in laid_out:
        return _Claim(laid_out[name], _LAID_OUT)
    return _Claim(field_name(name), _OWN)


def _other_name(claim: _Claim, name: str, taken: Mapping[str, int]) -> str | None:
    """What a column is called whose field another one has; None where nothing is left."""
    candidates = (field_name(name), f"{claim.field}_2")
    return next((name for name in candidates if name and name not in taken), None)


def _warning(id: str, message: str, place: Place, hint: str | None = None) -> Finding:
    return Finding(id, Severity.WARNING, message, place, hint)


def _layout(
    written: Sequence[str], source: ContactSource, place: Place
) -> tuple[Layout | None, list[Finding]]:
    """The layout of a header row, and a note that says so where mactl.yaml doesn't."""
    if isinstance(source, EventSource) and source.layout is None:
        return None, []  # layouts are those of people
    try:
        found = find_layouts(written, source.layout)
    except ConfigurationError as unknown:
        raise ConfigurationError(f"{source.file}: {unknown.message}", unknown.hint) from None
    if source.layout is not None or not found:
        return (found[0] if found else None), []
    if len(found) > 1:
        titles = " and ".join(layout.title for layout in found)
        names = " or ".join(f"layout: {layout.name}" for layout in found)
        return None, [
            Finding(
                "source-layout",
                Severity.NOTE,
                f"this may be an export of {titles}, so its headers are read as they stand",
                place,
                f"say which beside the file in mactl.yaml: {names} or layout: none",
            )
        ]
    return found[0], [
        Finding(
            "source-layout",
            Severity.NOTE,
            f"read as an export of {found[0].title}; `columns:` overrides what its headers become",
            place,
            f"settle it beside the file in mactl.yaml: layout: {found[0].name} or layout: none",
        )
    ]
