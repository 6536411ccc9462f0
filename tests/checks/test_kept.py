"""Findings that are kept: taken again only where nothing that they were made from has changed."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mactl.workflows.checking.kept_findings import Shelf
from tests.cli.conftest import Home, Mactl

TAGS = "recipe: tags\nsegments: {x: {event: e}}\n"
TALK = """\
recipe: talk
journey: {enter: {event: e}, leave: [], steps: [{send: a}]}
templates: {a: {kind: service, subject: s, body: talk/a.md}}
"""


@pytest.fixture
def project(home: Home, mactl: Mactl) -> Home:
    """A project without findings but notes, checked once."""
    (home.folder / "recipes" / "hello.yaml").unlink()
    home.write("recipes/tags.yaml", TAGS)
    home.write("recipes/talk.yaml", TALK)
    home.write("recipes/talk/a.md", "Hello")
    assert set(ids(mactl)) == {"missing-title", "missing-tests"}
    return home


def ids(mactl: Mactl, *arguments: str) -> list[str]:
    ran = mactl("check", "--format", "json", *arguments)
    return [f["id"] for f in ran.json["findings"]]


def entries(home: Home) -> list[Path]:
    return sorted((home.folder / ".mactl" / "cache" / "checks").glob("*.json"))


def test_a_check_of_what_has_not_changed_is_taken_from_what_is_kept(
    project: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mactl("check").out

    def must_not_run(*_: object, **__: object) -> None:
        raise AssertionError("the recipes were looked at again")

    monkeypatch.setattr("mactl.workflows.checking.check.select_recipes", must_not_run)

    assert mactl("check").out == before
    with pytest.raises(AssertionError, match="looked at again"):
        mactl("check", "--no-cache")


def an_edited_recipe(home: Home) -> None:
    home.write("recipes/tags.yaml", TAGS + "titel: x\n")


def an_edit_that_keeps_size_and_date(home: Home) -> None:
    path = home.folder / "recipes" / "tags.yaml"
    status = path.stat()
    path.write_text(TAGS.replace("event", "evnet"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def an_edited_template(home: Home) -> None:
    home.write("recipes/talk/a.md", "Hello {{ nobody }}")


def a_template_that_is_gone(home: Home) -> None:
    (home.folder / "recipes" / "talk" / "a.md").unlink()


def a_new_recipe(home: Home) -> None:
    home.write("recipes/more.yaml", "recipe: nore\n")


def edited_settings(home: Home) -> None:
    home.write("mactl.yaml", "projct: x\n")


def a_nearer_project(home: Home) -> None:
    home.write("recipes/mactl.yaml", "projct: x\n")


@pytest.mark.parametrize(
    "change",
    [
        an_edited_recipe, an_edit_that_keeps_size_and_date, an_edited_template, a_template_that_is_gone,
        a_new_recipe, edited_settings,
    ],
)  # fmt: skip
def test_nothing_stale_is_told_after(
    project: Home, mactl: Mactl, change: Callable[[Home], None]
) -> None:
    change(project)

    assert (
        mactl("check", "--format", "json").out
        == mactl("check", "--format", "json", "--no-cache").out
    )
    assert mactl("check").status == 1


def test_a_project_that_comes_nearer_is_looked_at(project: Home, mactl: Mactl) -> None:
    mactl("check", "recipes/tags.yaml")

    a_nearer_project(project)

    assert "unknown-key" in ids(mactl, "recipes/tags.yaml")


def test_a_folder_that_takes_the_name_of_a_recipe_is_looked_at(project: Home, mactl: Mactl) -> None:
    assert mactl("check", "tags").status == 0

    project.write("tags/other.yaml", "recipe: nother\n")

    assert mactl("check", "tags").status == 1


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"roots": 5}', b'{"roots": [], "mark": "x"}', b"\xff\xfe\x00", b"[" * 99_999]
)  # fmt: skip
def test_a_damaged_entry_counts_as_none(project: Home, mactl: Mactl, damage: bytes) -> None:
    before = mactl("check").out
    for entry in entries(project):
        entry.write_bytes(damage)

    assert mactl("check").out == before
    assert all(json.loads(entry.read_bytes())["mark"] for entry in entries(project))


def test_another_way_to_call_it_is_kept_apart(project: Home, mactl: Mactl) -> None:
    assert len(ids(mactl, "recipes/tags.yaml")) == 1
    assert len(ids(mactl)) == 3
    assert len(entries(project)) == 2


def test_files_that_changed_while_they_were_read_are_not_kept(project: Home) -> None:
    shelf = Shelf.of(project.folder, ())
    assert shelf is not None
    found = shelf.take()
    assert found is not None
    roots = [project.folder / "recipes"]
    before = shelf.look(roots)

    project.write("recipes/tags.yaml", TAGS + "title: x\n")
    project.write("recipes/tags.yaml", TAGS)
    for entry in entries(project):
        entry.unlink()
    shelf.put(found, roots, before)

    assert shelf.look(roots) != before  # the same text, written again
    assert entries(project) == []


def test_without_a_project_nothing_is_kept(tmp_path: Path, mactl: Mactl) -> None:
    (tmp_path / "tags.yaml").write_text(TAGS)

    assert mactl("check", tmp_path / "tags.yaml").status == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "tags.yaml"]
