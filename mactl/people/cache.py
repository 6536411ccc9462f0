"""Clean tables kept between runs, so that files that have not changed are not read again.

An entry is a folder of Arrow files that are mapped into memory, not read: what a run does not look at costs nothing.
It is found by what the tables were made from (each file's path, size, time of change and inode, and the settings that
say how it is read), so that a stale one is never found. Whatever is wrong with an entry, the files are read anew.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
from pyarrow import ipc

from mactl import __version__
from mactl.keeping import make_own_folder
from mactl.people.sources.files import stamps_of
from mactl.project import ContactSource, Settings

_FORMAT = 9
_READ_BY = {"columns", "identity", "survivorship", "consent", "timezone", "country", "channels"}

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Entry:
    """What is kept: tables by name, and what JSON can say beside them."""

    tables: Tables
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries, each kind of which has one."""

    folder: Path

    def load(self, kind: str, key: str | None) -> Entry | None:
        """The entry of `kind` under `key`; None where there is none that can be used."""
        if key is None:
            return None
        folder = self.folder / f"{kind}-{key}"
        try:
            kept = json.loads((folder / _TOLD).read_text(encoding="utf-8"))
            tables = {name: _map(folder / f"{name}.arrow") for name in kept["tables"]}
            return Entry(tables, kept["told"])
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            return None

    def store(self, kind: str, key: str | None, entry: Entry) -> Entry:
        """Keep `entry` in place of others of its kind; where that can't be, nothing is kept.

        What comes back says the same, but is mapped where it is kept: its tables need not be held any longer.
        """
        if key is None:
            return entry
        with suppress(OSError):
            make_own_folder(self.folder)
            made = Path(mkdtemp(prefix=f".{kind}-", dir=self.folder))
            try:
                for name, table in entry.tables.items():
                    _write(made / f"{name}.arrow", table)
                _write_told(made, entry)
                for old in self.folder.glob(f"{kind}-*"):
                    shutil.rmtree(old, ignore_errors=True)
                made.rename(self.folder / f"{kind}-{key}")
            finally:
                shutil.rmtree(made, ignore_errors=True)
        return self.load(kind, key) or entry

    def tell(self, kind: str, key: str, entry: Entry) -> None:
        """Keep what is told beside the tables of an entry that is there already."""
        with suppress(OSError):
            _write_told(self.folder / f"{kind}-{key}", entry)


_TOLD = "told.json"


def _write_told(folder: Path, entry: Entry) -> None:
    text = json.dumps({"tables": list(entry.tables), "told": entry.told})
    written = folder / f".{_TOLD}"
    written.write_text(text, encoding="utf-8")
    written.replace(folder / _TOLD)


def _map(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return ipc.open_file(source).read_all()


def _write(path: Path, table: pa.Table) -> None:
    # One batch: a dictionary may not change from one to the next.
    whole = table.combine_chunks()
    with (
        pa.OSFile(os.fspath(path), "wb") as file,
        ipc.new_file(file, whole.schema) as writer,
    ):
        writer.write_table(whole)


def key_of(
    settings: Settings, folder: Path, sources: Sequence[ContactSource], *more: Any
) -> str | None:
    """What identifies the tables made from `sources`, relative to `folder`; None where they may not be kept.

    They may not where a file is missing, is no regular file, or changed only just now. `more` is what else they are
    made from; anything that JSON can write.
    """
    files = stamps_of(folder, [source.file for source in sources])
    if files is None:
        return None
    read_by = settings.model_dump_json(include=_READ_BY)
    declared = [source.model_dump_json() for source in sources]
    made_from = [_FORMAT, __version__, str(Path.cwd()), files, declared, read_by, *more]
    return sha256(json.dumps(made_from).encode()).hexdigest()[:32]
