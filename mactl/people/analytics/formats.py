"""Which format an export is in, by what stands in it, and its hits."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from mactl.errors import UnreadableInput
from mactl.people.analytics import access_log, ga4, matomo, plausible
from mactl.people.analytics.files import head_of, lines_of, table_of, text_of
from mactl.people.analytics.hits import Hits
from mactl.people.sources.headers import field_name

_DELIMITERS = re.compile(r"[,;\t|]")
_LOG_LINE = re.compile(access_log.LINE)
_EVENT_COLUMNS = ({"event", "name"}, {"at", "timestamp", "date"})


class ExportFormat(StrEnum):
    """Whose export a file is."""

    GA4 = "ga4"
    MATOMO = "matomo"
    PLAUSIBLE = "plausible"
    ACCESS_LOG = "access-log"
    CSV = "csv"
    """mactl's own layout: a row an event, with its name, its instant and its contact."""


@dataclass(frozen=True, slots=True)
class How:
    """How exports are read: the zone of times that name none, the parameters and cookies that may name a visitor, and
    which further parameters are kept."""

    zone: ZoneInfo
    keys: Collection[str] = ()
    more: Collection[str] = ()


def recognise(path: Path) -> ExportFormat:
    """The format of the file at `path`. Raises UnreadableInput where it can't be told, or the file can't be read."""
    head = head_of(path)
    first = head.lstrip("\ufeff \t\r\n")
    if first.startswith(("{", "[")):
        found = _of_json(first)
    elif any(_LOG_LINE.match(line) for line in first.splitlines()[:20]):
        found = ExportFormat.ACCESS_LOG
    else:
        found = _of_fields(_fields(head))
    if found is None:
        names = ", ".join(ExportFormat)
        raise UnreadableInput(
            f"{path}: it can't be told whose export this is", f"name it: --as {names}"
        )
    return found


def _of_json(text: str) -> ExportFormat | None:
    beginning = text[:20_000]
    if '"event_name"' in beginning or '"event_timestamp"' in beginning:
        return ExportFormat.GA4
    is_matomo = '"idVisit"' in beginning or '"actionDetails"' in beginning
    return ExportFormat.MATOMO if is_matomo or '"result":"error"' in beginning else None


def _fields(head: str) -> set[str]:
    lines = head.splitlines()
    header = next((n for n in range(len(lines)) if not _is_comment(lines[n])), 0)
    return {field_name(cell.strip().strip('"')) for cell in _DELIMITERS.split(lines[header])}


def _of_fields(fields: set[str]) -> ExportFormat | None:
    if matomo.is_matomo(fields):
        return ExportFormat.MATOMO
    if ga4.is_ga4(fields):
        return ExportFormat.GA4
    if plausible.is_plausible(fields):
        return ExportFormat.PLAUSIBLE
    return ExportFormat.CSV if all(fields & names for names in _EVENT_COLUMNS) else None


def _is_comment(line: str) -> bool:
    text = line.lstrip('\ufeff" ').strip()
    return not text or text.startswith("#")


def read_hits(path: Path, format: ExportFormat, how: How) -> Iterator[Hits]:
    """The hits in an export, block by block; not of mactl's own layout, which names contacts.

    Raises UnreadableInput where it is no such export.
    """
    head = head_of(path)
    is_json = head.lstrip("\ufeff \t\r\n").startswith(("{", "["))
    if format is ExportFormat.ACCESS_LOG:
        yield from access_log.read_lines(lines_of(path), str(path), how.keys)
    elif format is ExportFormat.GA4 and is_json:
        yield from ga4.read_json_lines(lines_of(path), str(path), how.more)
    elif format is ExportFormat.MATOMO and is_json:
        text = bytes(text_of(path).data).decode("utf-8", "replace")
        yield matomo.read_json(text, str(path), how.zone)
    else:
        yield _read_table(path, head, format, how)


def _read_table(path: Path, head: str, format: ExportFormat, how: How) -> Hits:
    lines = head.splitlines()
    skipped = next((n for n in range(len(lines)) if not _is_comment(lines[n])), 0)
    sheet, findings = table_of(path, skipped)
    _expect(path, format, sheet.columns)
    if format is ExportFormat.GA4:
        hits = ga4.read_table(sheet, how.zone, how.more)
    elif format is ExportFormat.MATOMO:
        hits = matomo.read_table(sheet, how.zone)
    else:
        hits = plausible.read_plausible(sheet, how.zone, how.keys)
    return hits.told(findings)


def _expect(path: Path, format: ExportFormat, columns: Mapping[str, object]) -> None:
    is_such = {
        ExportFormat.GA4: ga4.is_ga4,
        ExportFormat.MATOMO: matomo.is_matomo,
        ExportFormat.PLAUSIBLE: plausible.is_plausible,
    }[format]
    if not is_such(set(columns)):
        wanted = {
            ExportFormat.GA4: "an exploration needs the dimensions Event name, Date + hour and User ID",
            ExportFormat.MATOMO: "export the visits log, not a report",
            ExportFormat.PLAUSIBLE: "the export has tables with the columns date and visitors",
        }[format]
        has = ", ".join(list(columns)[:12])
        raise UnreadableInput(
            f"{path}: these are no events of {format}; its columns: {has}", wanted
        )
