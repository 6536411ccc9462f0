"""A small file is written whole or not at all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mactl.keeping import (
    WRITTEN,
    forget_written,
    keep_whole,
    make_own_folder,
    note_written,
    write_whole,
    written_out,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_there_is_replaced_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    write_whole(path, b"before")
    write_whole(path, [b"af", b"ter"])

    assert (path.read_bytes(), names(tmp_path)) == (b"after", ["kept.json"])


def test_what_breaks_off_leaves_what_was_there_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_bytes(b"before")

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, broken())

    assert (path.read_bytes(), names(tmp_path)) == (b"before", ["kept.json"])


def test_what_cannot_be_put_in_its_place_is_told_of_the_file_that_was_asked_for(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()

    with pytest.raises(OSError, match="Is a directory") as refused:
        write_whole(folder, b"data")
    assert (refused.value.filename, names(tmp_path)) == (str(folder), ["kept"])

    nowhere = tmp_path / "missing" / "kept"
    with pytest.raises(FileNotFoundError) as refused:
        write_whole(nowhere, b"data")
    assert refused.value.filename == str(nowhere)


def test_a_pipe_stays_one_and_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(path, [b"da", b"ta"])
        assert (os.read(end, 10), path.is_fifo(), names(tmp_path)) == (b"data", True, ["pipe"])
    finally:
        os.close(end)


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"before")
    link.symlink_to(target)

    write_whole(link, b"data")

    assert (target.read_bytes(), link.read_bytes()) == (b"before", b"data")


def test_a_file_may_be_its_owners_alone_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "kept.plan"
    seen: list[int] = []

    def watched() -> Iterator[bytes]:
        (draft,) = tmp_path.iterdir()
        seen.append(draft.stat().st_mode & 0o777)
        yield b"secret"

    write_whole(path, watched(), 0o600)

    assert (*seen, path.stat().st_mode & 0o777) == (0o600, 0o600)


def test_a_folder_that_is_missing_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    keep_whole(tmp_path / ".mactl" / "cache" / "kept.json", b"{}")

    assert (tmp_path / ".mactl").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".mactl" / "cache").stat().st_mode & 0o777 == 0o700
    assert names(tmp_path / ".mactl" / "cache") == ["kept.json"]


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o750)

    make_own_folder(shared)
    make_own_folder(shared / "own")

    assert shared.stat().st_mode & 0o777 == 0o750
    assert (shared / "own").stat().st_mode & 0o777 == 0o700


def test_a_folder_is_not_made_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    for folder in ("file", "file/below", "file/far/below"):
        with pytest.raises((FileExistsError, NotADirectoryError)):
            make_own_folder(tmp_path / folder)


def test_what_was_written_out_is_remembered_only_while_it_is_there(tmp_path: Path) -> None:
    forget_written(tmp_path)
    assert names(tmp_path) == []  # nothing was written, and nothing is
    gone, stays = tmp_path / "ann.vries.txt", tmp_path / "people.csv"
    for path in (gone, stays):
        path.write_text("x")
        note_written(tmp_path, path)
    gone.unlink()
    forget_written(tmp_path)
    assert (tmp_path / WRITTEN).read_text() == "people.csv\n"
    assert (tmp_path / WRITTEN).stat().st_mode & 0o077 == 0
    assert written_out(tmp_path) == [stays]
