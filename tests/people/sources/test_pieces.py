"""Long texts that are read a piece at a time come out as if they had been read at once."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.people import threads
from mactl.people.sources import pieces, streams
from mactl.people.sources.csv_text import parse_csv
from mactl.people.sources.decoding import Text
from mactl.people.sources.grids import Grid
from mactl.people.sources.reading import read_grid
from mactl.people.sources.shape import FIRST_ROWS
from mactl.project import ContactSource
from tests.conftest import examples

HEADER = "email,first_name,note\n"
SOURCE = ContactSource(file="contacts.csv")
CELLS = st.text(st.sampled_from('a," \n\té\0\x1b'), max_size=6)
WRITTEN = st.one_of(CELLS, CELLS.map(lambda text: '"' + text.replace('"', '""') + '"'))
ROWS = st.lists(WRITTEN, min_size=2, max_size=3).map(",".join)


def told(grid: Grid) -> dict[str, Any]:
    """All that a grid says, as it can be compared."""
    return {
        "columns": {name: column.to_pylist() for name, column in grid.columns.items()},
        "lines": grid.lines.tolist(),
        "odd": grid.odd.tolist(),
        "loose": grid.has_loose_space,
        "rejected": grid.rejected,
        "refused": [
            (list(refusal.reasons()), None if refusal.raw is None else refusal.raw.to_pylist())
            for refusal in grid.refusals
        ],
        "findings": grid.findings,
    }


def parsed(text: str) -> dict[str, Any]:
    return told(parse_csv(Text(pa.py_buffer(text.encode()), "utf-8"), SOURCE, "contacts.csv"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(300))
@given(rows=st.lists(ROWS, max_size=12), size=st.integers(1, 30), many=st.sampled_from([0, 10**6]))
def test_wherever_a_text_is_cut_its_rows_are_the_same(
    monkeypatch: pytest.MonkeyPatch, rows: list[str], size: int, many: int
) -> None:
    # The header is told by as many rows as the first piece has.
    begin = HEADER + "ann@example.com,Ann,\n" * FIRST_ROWS
    text = begin + "\n".join(rows)
    whole = parsed(text)

    with monkeypatch.context() as patched:
        patched.setattr(pieces, "FIRST", len(begin) - 1)
        patched.setattr(pieces, "_PIECE", size)
        patched.setattr(threads, "_MANY", many)

        assert parsed(text) == whole


def test_a_quote_that_nobody_closes_is_looked_for_in_ever_larger_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = []

    def read(least: int) -> tuple[pa.Buffer, bool]:
        wanted.append(least)
        more = b'a,"b\n' if len(wanted) == 1 else b"c,d\n" * (least // 4)
        return pa.py_buffer(more), len(wanted) == 8

    monkeypatch.setattr(pieces, "FIRST", 4)
    found = list(pieces.pieces_of(read, ","))

    assert wanted == [4 * 2**number for number in range(8)]
    assert [(len(piece.records.ends), piece.above) for piece in found] == [(sum(wanted) // 4, 0)]
    assert list(found[0].records.faults) == [0]


ODD_FILES = {
    "windows": (HEADER + "ann@example.com,Ann,\r\nbob@example.com,\"B\r\nob\",x\r\n" * 300).encode(),
    "mark": b"\xef\xbb\xbf" + (HEADER + "ann@example.com,Ann,\n" * 300).encode(),
    "no-end": (HEADER + "ann@example.com,Ann,\n" * 300 + "bob@example.com,Bob,last").encode(),
    "western": (HEADER + "ann@example.com,Ann,\n" * 300 + "bob@example.com,René,\n").encode("cp1252"),
    "damaged": (HEADER + "zoë@example.com,Zoë,é\n" * 300).encode() + b"bob@example.com,B\xe9b,\n",
    "nul": (HEADER + "ann@example.com,Ann,\n" * 300 + "bob@example.com,B\0b,\n").encode(),
    "old-mac": (HEADER + "ann@example.com,Ann,\n").encode() + b"ann@example.com,Ann,\r" * 300,
    "utf-16": (HEADER + "ann@example.com,Ann,\n" * 300).encode("utf-16"),
    "no-lines": b"email " * 400,
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_FILES)
def test_a_long_file_is_read_as_a_short_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_bytes(ODD_FILES[name])
    source = ContactSource(file=path.name)
    assert streams.stream_of(path) is None
    at_once = told(read_grid(path, source))

    monkeypatch.setattr(streams, "_LONG", 1)
    monkeypatch.setattr(streams, "HEAD", 100)
    monkeypatch.setattr(pieces, "FIRST", 300)
    monkeypatch.setattr(pieces, "_PIECE", 300)

    assert (streams.stream_of(path) is None) == (name in ("utf-16", "no-lines"))
    assert told(read_grid(path, source)) == at_once
