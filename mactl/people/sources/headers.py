"""The header row of a source → the names of fields."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mactl.findings import Finding, Place, Severity

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


def read_header(
    cells: Sequence[str], columns: Mapping[str, str], place: Place | None
) -> tuple[Header, list[Finding]]:
    """The fields of a header row; `columns` maps names in the file to fields and may ignore case.

    A name that comes twice keeps its first column; one that is left empty has none.
    """
    # Names are shown on terminals, so nothing in them may be more than a letter or a space.
    written = tuple(_BLANKS.sub(" ", cell).strip() for cell in cells)
    mapped = {name.strip(): field for name, field in columns.items()}
    folded = {name.casefold(): name for name in mapped}
    used: set[str] = set()
    fields: list[str | None] = []
    findings: list[Finding] = []

    def warn(id: str, message: str, hint: str | None = None) -> None:
        findings.append(Finding(id, Severity.WARNING, message, place, hint))

    for number, name in enumerate(written, 1):
        key = name if name in mapped else folded.get(name.casefold(), name)
        used.add(key)
        field = field_name(mapped.get(key, name))
        if name.startswith("_") and field:
            warn(
                "source-underscore-header",
                f"column {name!r} is read as {field!r}: names of fields do not begin with _",
            )
        if field and field in fields:
            first = written[fields.index(field)]
            warn(
                "source-duplicate-header",
                f"column {number} ({name!r}) is called {field!r} like column {fields.index(field) + 1}"
                f" ({first!r}); only the first is read",
                f"give it another name in mactl.yaml: columns: {{{name!r}: …}}"
                if name != first
                else None,
            )
            field = ""
        fields.append(field or None)
    for name in mapped.keys() - used:
        warn(
            "source-unknown-column",
            f"mactl.yaml names a column {name!r} that the file does not have",
            f"its columns: {', '.join(name for name in written if name)}",
        )
    return Header(tuple(fields), written), findings
