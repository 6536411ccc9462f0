"""An entry under `contacts:` written into the text of mactl.yaml, in which everything else stays as it stands."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mactl.document import Document, read_document
from mactl.errors import ConfigurationError, UnreadableInput
from mactl.keeping import write_whole
from mactl.project import FILE_NAME, Settings
from mactl.validation import validate

_PLAIN = re.compile(r"[A-Za-z_À-ÿ][\wÀ-ÿ ./*-]*")
_WORDS = re.compile(r"(?i)null|true|false|yes|no|on|off|~")


@dataclass(frozen=True, slots=True)
class Edited:
    """The text of mactl.yaml as it becomes, and what that changes, as a unified diff (empty: nothing)."""

    path: Path
    text: str
    diff: str

    def write(self) -> None:
        """Put it on disk; UnreadableInput where that can't be."""
        try:
            write_whole(self.path, self.text.encode())
        except OSError as refused:
            raise UnreadableInput(f"{self.path}: {refused.strerror}") from refused


def entry_yaml(entry: Mapping[str, Any]) -> str:
    """An entry as YAML that stands under `contacts:`, indented by two blanks."""
    lines: list[str] = []
    for key, value in entry.items():
        lines.append("  - " if not lines else "    ")
        if isinstance(value, Mapping):
            lines[-1] += f"{key}:"
            lines += [f"      {_scalar(name)}: {_scalar(field)}" for name, field in value.items()]
        else:
            lines[-1] += f"{key}: {_scalar(value)}"
    return "".join(f"{line}\n" for line in lines)


def _scalar(value: Any) -> str:
    text = str(value)
    if _PLAIN.fullmatch(text) and not text.endswith(" ") and not _WORDS.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_entry(path: Path, entry: Mapping[str, Any]) -> Edited:
    """mactl.yaml with `entry` in place of the one that names the same file, else as the last one.

    Raises ConfigurationError where `contacts:` is written in a way that can't be edited without touching the rest.
    """
    try:
        old = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as unreadable:
        raise UnreadableInput(f"{path}: {unreadable}") from unreadable
    document, findings = read_document(old, str(path))
    known = document.value if isinstance(document.value, dict) else {}
    if findings or (document.value is not None and not isinstance(document.value, dict)):
        raise ConfigurationError(f"{path}: this is no YAML that can be edited", "run `mactl check`")
    entries = known.get("contacts") or []
    if not isinstance(entries, list):
        raise ConfigurationError(f"{path}: `contacts:` is no list", "run `mactl check`")
    number = next(
        (n for n, one in enumerate(entries) if isinstance(one, dict) and one.get("file") == entry["file"]),
        len(entries),
    )  # fmt: skip
    new = _edited(old, document, number, entry_yaml(entry))
    wanted = {**known, "contacts": [*entries[:number], dict(entry), *entries[number + 1 :]]}
    _expect(new, wanted, path)
    name = path.name
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), name, name
    )
    diff = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return Edited(path, new, diff)


def _edited(old: str, document: Document, number: int, written: str) -> str:
    lines = old.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if not isinstance(document.value, dict) or "contacts" not in document.value:
        return "".join(lines) + "contacts:\n" + written
    entries = document.value["contacts"] or []
    key = document.place(("contacts",), key=True).line
    if not entries:
        return "".join([*lines[: key - 1], "contacts:\n", written, *lines[key:]])
    starts = [document.place(("contacts", n)).line for n in range(len(entries))]
    indent = re.match(r"( *)- ", lines[starts[0] - 1])
    if indent is None:
        return _opened(old, number, written)
    written = _indented(written, len(indent[1]))
    end = _end_of(lines, starts[-1], len(indent[1]))
    if number == len(entries):
        return "".join([*lines[:end], written, *lines[end:]])
    after = starts[number + 1] - 1 if number + 1 < len(entries) else end
    while lines[after - 1].strip().startswith("#") or not lines[after - 1].strip():
        after -= 1  # remarks above the next entry belong to it
    return "".join([*lines[: starts[number] - 1], written, *lines[after:]])


def _opened(old: str, number: int, written: str) -> str:
    """The text with `contacts: [{…}]` as a list of an entry a line, of which `written` is number `number`.

    Unchanged where there are remarks between the brackets, which would be lost.
    """
    top: Any = yaml.compose(old, Loader=yaml.SafeLoader)
    entries = next(value for key, value in top.value if key.value == "contacts")
    begin, end = entries.start_mark.index, entries.end_mark.index
    items = [old[item.start_mark.index : item.end_mark.index] for item in entries.value]
    if "#" in old[begin:end]:
        return old
    blocks = [f"  - {item}\n" for item in items]
    blocks[number : number + 1] = [written]
    remark, _, rest = old[end:].partition("\n")
    return f"{old[:begin].rstrip()}{remark}\n{''.join(blocks)}{rest}"


def _indented(written: str, blanks: int) -> str:
    return "".join(f"{' ' * blanks}{line[2:]}\n" for line in written.splitlines())


def _end_of(lines: list[str], start: int, indent: int) -> int:
    """The number of lines up to the end of the list entry that begins in line `start`."""
    end = start
    for number in range(start, len(lines)):
        text = lines[number]
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        if len(text) - len(text.lstrip()) <= indent:
            break
        end = number + 1
    return end


def _expect(text: str, wanted: Mapping[str, Any], path: Path) -> None:
    """ConfigurationError where the edited text does not say exactly what it should."""
    document, findings = read_document(text, str(path))
    settings, faults = validate(Settings, document) if not findings else (None, [])
    if document.value != wanted or settings is None:
        reason = faults[0].message if faults and document.value == wanted else "it can't be edited"
        raise ConfigurationError(
            f"{path.name}: `contacts:` stays as it is: {reason}",
            "put the entry that is shown there by hand",
        )


def mactl_yaml(folder: Path) -> Path:
    """Where a project's settings stand."""
    return folder / FILE_NAME
