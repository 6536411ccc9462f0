"""A file that others fetch: each row once, whole, and nothing that a spreadsheet would work out."""

import csv
import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mactl.delivery.channels.cells import cell, csv_line
from mactl.delivery.channels.rows import RowFile, export_fault, export_path
from mactl.errors import ConfigurationError
from mactl.store.ids import send_id
from tests.conftest import ROOT

CASES = yaml.safe_load((ROOT / "tests/cases/delivery/cells.yaml").read_text(encoding="utf-8"))
COLUMNS = ("send_id", "to", "text")
NAME = "exports/post.csv"


def some_id(number: int) -> str:
    return send_id("enrollment", str(number))


def rows(folder: Path, name: str = NAME) -> list[list[str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["value"]))
def test_a_cell_is_text_and_never_a_formula(case: dict[str, Any]) -> None:
    assert cell(case["value"]) == case["cell"]


@given(st.lists(st.text(), min_size=2, max_size=5))
def test_any_text_comes_back_as_one_row_that_no_spreadsheet_works_out(texts: list[str]) -> None:
    (row,) = csv.reader(io.StringIO(csv_line(texts).decode(), newline=""), strict=True)
    assert len(row) == len(texts)
    for found in row:
        assert not found.startswith(("=", "-", "@", "\t", "\r")), found
        assert not found.startswith("+") or found[1:].replace(" ", "").isdigit()


def test_the_header_is_written_once_and_every_row_after_it(tmp_path: Path) -> None:
    for number in range(3):  # each with a file of its own, as runs have
        file = RowFile(tmp_path, NAME, COLUMNS)
        assert file.append(some_id(number), ["Ann, Main Street\n1", "Grüße"])
        file.close()
    assert rows(tmp_path) == [
        list(COLUMNS),
        *([some_id(n), "Ann, Main Street\n1", "Grüße"] for n in range(3)),
    ]
    assert oct((tmp_path / NAME).stat().st_mode)[-3:] == "600"


def test_a_row_that_is_there_is_not_appended_again(tmp_path: Path) -> None:
    first, second = (RowFile(tmp_path, NAME, COLUMNS) for _ in range(2))
    assert first.append(some_id(1), ["a", "b"])
    assert not first.append(some_id(1), ["a", "b"])
    assert not second.append(some_id(1), ["a", "b"])
    assert second.append(some_id(2), ["a", "b"])
    assert not first.append(some_id(2), ["a", "b"])  # another's since we last looked
    first.close()
    second.close()
    assert len(rows(tmp_path)) == 3


def test_rows_are_found_by_their_ids(tmp_path: Path) -> None:
    file = RowFile(tmp_path, NAME, COLUMNS)
    assert file.holding([some_id(1)]) == set()
    assert not (tmp_path / NAME).exists()  # nobody makes a file by asking
    file.append(some_id(1), ["a", some_id(2)])
    assert file.holding([some_id(1), some_id(2), some_id(3)]) == {some_id(1)}
    file.close()


def test_a_file_with_other_columns_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.parent.mkdir()
    path.write_text("name,street\nAnn,Main Street\n")
    file = RowFile(tmp_path, NAME, COLUMNS)
    with pytest.raises(ConfigurationError, match=r"has the columns name, street, not send_id"):
        file.append(some_id(1), ["a", "b"])
    file.close()
    assert path.read_text() == "name,street\nAnn,Main Street\n"


def test_a_file_that_a_spreadsheet_saved_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbfsend_id,to,text\nx,y,z")  # a BOM, and no end of the last line
    file = RowFile(tmp_path, NAME, COLUMNS)
    file.append(some_id(1), ["a", "b"])
    file.close()
    assert rows(tmp_path)[1:] == [["x", "y", "z"], [some_id(1), "a", "b"]]


def test_what_a_power_cut_left_of_a_row_is_no_row(tmp_path: Path) -> None:
    file = RowFile(tmp_path, NAME, COLUMNS)
    file.append(some_id(1), ["a", "b"])
    file.append(some_id(2), ["a", "b"])
    file.close()
    path = tmp_path / NAME
    whole = path.read_bytes()
    for cut in range(len(whole) - len(csv_line([some_id(2), "a", "b"])) + 1, len(whole) - 2):
        path.write_bytes(whole[:cut])
        file = RowFile(tmp_path, NAME, COLUMNS)
        assert file.holding([some_id(1), some_id(2)]) == {some_id(1)}
        assert file.append(some_id(2), ["a", "b"])
        file.close()
        assert path.read_bytes() == whole


def test_a_file_that_was_fetched_away_is_started_anew(tmp_path: Path) -> None:
    file = RowFile(tmp_path, NAME, COLUMNS)
    file.append(some_id(1), ["a", "b"])
    (tmp_path / NAME).rename(tmp_path / "exports" / "fetched.csv")
    file.append(some_id(2), ["a", "b"])
    (tmp_path / NAME).write_bytes(b"")  # and emptied in place
    file.append(some_id(3), ["a", "b"])
    file.close()
    assert rows(tmp_path, "exports/fetched.csv") == [list(COLUMNS), [some_id(1), "a", "b"]]
    assert rows(tmp_path) == [list(COLUMNS), [some_id(3), "a", "b"]]


@pytest.mark.parametrize(
    "name",
    [
        "post.csv", "exports", "exports/", "/etc/passwd", "/etc/exports/x.csv", "exports/../mactl.yaml",
        "exports/../../x.csv", "exports/x.yaml", "data/x.csv", "C:/exports/x.csv", "exports\\..\\x.csv",
        "exports/a\n.csv", "../exports/x.csv",
    ],
)  # fmt: skip
def test_only_csv_files_below_exports_are_written(tmp_path: Path, name: str) -> None:
    assert export_fault(name) is not None
    with pytest.raises(ConfigurationError):
        export_path(tmp_path, name)


@pytest.mark.parametrize("linked", ["exports", "exports/sub", "exports/post.csv"])
def test_a_link_that_leads_out_is_not_followed(tmp_path: Path, linked: str) -> None:
    outside, project = tmp_path / "outside", tmp_path / "project"
    outside.mkdir()
    (outside / "post.csv").write_text("send_id,to,text\n")
    link = project / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(outside / "post.csv" if linked.endswith(".csv") else outside)
    name = "exports/sub/post.csv" if linked.endswith("sub") else NAME
    with pytest.raises(ConfigurationError, match="leads out of exports/"):
        RowFile(project, name, COLUMNS)


def test_a_link_put_there_afterwards_is_not_followed_either(tmp_path: Path) -> None:
    file = RowFile(tmp_path, NAME, COLUMNS)
    (tmp_path / "exports").mkdir()
    (tmp_path / "secret.csv").write_text("send_id,to,text\n")
    (tmp_path / NAME).symlink_to(tmp_path / "secret.csv")
    with pytest.raises(OSError):
        file.append(some_id(1), ["a", "b"])
    assert (tmp_path / "secret.csv").read_text() == "send_id,to,text\n"


def test_a_row_that_does_not_fit_leaves_nothing_of_it(tmp_path: Path) -> None:
    """With a limit on the size of files, which the kernel tells like a full disk."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from mactl.delivery.channels.rows import RowFile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "file = RowFile(Path(sys.argv[1]), 'exports/post.csv', ('send_id', 'to', 'text'))\n"
        "file.append('id-1', ['a', 'b'])\n"
        "try:\n    file.append('id-2', ['x' * 5000, 'b'])\n"
        "except OSError as full:\n    print(full.strerror)\n"
        "file.append('id-3', ['a', 'b'])\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout == "File too large\n"
    assert [row[0] for row in rows(tmp_path)] == ["send_id", "id-1", "id-3"]


def test_many_writers_at_once_write_whole_rows_each_once(tmp_path: Path) -> None:
    def write(offset: int) -> None:
        file = RowFile(tmp_path, NAME, COLUMNS)
        for number in range(50):
            file.append(some_id((offset * 20 + number) % 90), ["x" * 5000, str(os.getpid())])
        file.close()

    threads = [threading.Thread(target=write, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = rows(tmp_path)
    assert found[0] == list(COLUMNS)
    assert {len(row) for row in found} == {3}
    ids = [row[0] for row in found[1:]]
    assert len(ids) == len(set(ids)) == 90
