"""The lists of `codes:` in mactl.yaml, of which each enrollment gets one."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection

from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.people.sources.files import shown_path
from mactl.people.sources.headers import field_name
from mactl.people.sources.reading import read_sheet
from mactl.project import ContactSource
from mactl.project.lookups import CodeList
from mactl.store.codes import choose_codes, count_left
from mactl.validation import did_you_mean

FEW = 0.1
"""Of a list's codes; when fewer than that are left, somebody is told."""


class CodeLists:
    """All lists of a project, each read when it is first asked for."""

    def __init__(self, declared: Mapping[str, CodeList], folder: Path) -> None:
        self._declared = declared
        self._folder = folder
        self._read: dict[str, list[str]] = {}

    def codes(self, name: str) -> Sequence[str]:
        """The codes of a list in the order of its file, each once; none where there is no such list.

        A .csv file has a header; of any other each line is a code. Raises UnreadableInput where the file can't be
        read, ConfigurationError where it lacks the column.
        """
        if name not in self._read:
            declared = self._declared.get(name)
            found = _read_codes(name, declared, self._folder) if declared else []
            self._read[name] = list(dict.fromkeys(found))
        return self._read[name]

    def choose(
        self, connection: Connection, wanted: Mapping[str, Iterable[str]]
    ) -> dict[str, dict[str, str]]:
        """List → enrollment → the code that it has or would get, for the enrollments wanted of each list."""
        return {
            name: choose_codes(connection, name, self.codes(name), enrollments)
            for name, enrollments in wanted.items()
        }

    def findings(
        self, connection: Connection, chosen: Mapping[str, Mapping[str, str]]
    ) -> list[Finding]:
        """The lists of which few codes are left, or none, once those `chosen` are handed out."""
        found = []
        for name, by_enrollment in chosen.items():
            codes = self.codes(name)
            left = count_left(connection, name, set(codes) - set(by_enrollment.values()))
            if left < max(1, FEW * len(codes)):
                message = f"{left:,} of the {len(codes):,} codes of {name} are left"
                place = Place(shown_path(self._folder / self._declared[name].file))
                hint = "add codes to the file; what has none is held until then"
                found.append(Finding("few-codes", Severity.WARNING, message, place, hint))
        return found


def _read_codes(name: str, declared: CodeList, folder: Path) -> list[str]:
    path = folder / declared.file
    if path.suffix.lower() != ".csv" and declared.column is None:
        return _read_lines(path)
    sheet, _ = read_sheet(path, ContactSource(file=declared.file, layout="none"))
    column = field_name(declared.column) if declared.column else next(iter(sheet.columns))
    if column not in sheet.columns:
        raise ConfigurationError(
            f"codes: {name}: {declared.file} has no column {declared.column!r}",
            did_you_mean(column, sheet.columns) or f"it has {', '.join(sheet.columns)}",
        )
    return [code for code in sheet.columns[column].array().to_pylist() if code]


def _read_lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise UnreadableInput(f"{shown_path(path)}: {unreadable}") from unreadable
    return [line.strip() for line in text.splitlines() if line.strip()]
