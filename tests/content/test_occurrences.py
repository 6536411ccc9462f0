"""A file for each occurrence: which there are, and that no name of one leads anywhere else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.content.files import day_of, occurrence_days
from mactl.content.reading import Wording, has_content, needs_occurrence, read_every
from mactl.content.templates import compile_template
from mactl.recipe.recipe import Recipe

from .making import recipe_with

BODY = "newsletter/{occurrence}.md"


def recipe(folder: Path, **template: object) -> Recipe:
    (folder / "newsletter").mkdir(exist_ok=True)
    return recipe_with(folder, **{"body": BODY, **template})


@pytest.mark.parametrize(
    ("occurrence", "day"),
    [
        ("2026-12-01", "2026-12-01"),
        ("2026-12-01T0900", "2026-12-01"),
        ("2026-12-01T09:00:00+01:00", "2026-12-01"),
        ("2026-12-01 09:00", "2026-12-01"),
        ("2026-02-29", None),
        ("2026-12-011", None),
        ("20261201", None),
        ("2026-W01-1", None),
        ("../../../x", None),
        ("1", None),
        ("", None),
    ],
)
def test_only_a_date_names_a_file(occurrence: str, day: str | None) -> None:
    assert day_of(occurrence) == day


@given(st.text())
def test_whatever_an_occurrence_is_it_leads_nowhere_else(occurrence: str) -> None:
    day = day_of(occurrence)
    assert day is None or (len(day) == 10 and set(day) <= set("0123456789-"))


def test_who_has_content_is_who_has_all_its_files(tmp_path: Path) -> None:
    both = recipe(tmp_path, text="newsletter/{occurrence}.txt")
    template = both.file.templates["offer"]
    (tmp_path / "newsletter" / "2026-12-01.md").write_text("x")
    (tmp_path / "newsletter" / "2026-12-01.txt").write_text("x")
    (tmp_path / "newsletter" / "2026-12-08.md").write_text("x")

    assert has_content(template, both, "2026-12-01T0900")
    assert not has_content(template, both, "2026-12-08")
    assert not has_content(template, both, "cart-7")
    plain = recipe_with(tmp_path)
    assert has_content(plain.file.templates["offer"], plain, "cart-7")
    assert not needs_occurrence(plain.file.templates["offer"]) and needs_occurrence(template)


def test_a_link_out_of_the_folder_is_no_content(tmp_path: Path) -> None:
    cookbook = tmp_path / "cookbook"
    cookbook.mkdir()
    inside = recipe(cookbook)
    (tmp_path / "secret.md").write_text("secret")
    (cookbook / "newsletter" / "2026-12-01.md").symlink_to(tmp_path / "secret.md")
    outside = recipe(cookbook, body="../{occurrence}.md")
    (tmp_path / "2026-12-01.md").write_text("secret")

    assert not has_content(inside.file.templates["offer"], inside, "2026-12-01")
    assert not has_content(outside.file.templates["offer"], outside, "2026-12-01")
    assert list(occurrence_days("../{occurrence}.md", cookbook)) == []


def test_a_check_reads_every_file_there_is(tmp_path: Path) -> None:
    issues = recipe(tmp_path)
    folder = tmp_path / "newsletter"
    (folder / "2026-12-01.md").write_text("First\n")
    (folder / "2026-12-08.md").write_text("{{ nothing }}\n")
    (folder / "2026-13-01.md").write_text("{{ no date }}")
    (folder / "draft.md").write_text("{{ draft }}")
    (folder / "2026-12-15.txt").write_text("other")

    many, findings = read_every("offer", issues.file.templates["offer"], issues)

    assert not findings
    assert [Path(w.body.path).name for w in many if w.body] == ["2026-12-01.md", "2026-12-08.md"]


def test_no_file_at_all_is_told(tmp_path: Path) -> None:
    issues = recipe(tmp_path)

    many, findings = read_every("offer", issues.file.templates["offer"], issues)

    assert not many
    assert [(f.id, f.severity.value) for f in findings] == [("no-occurrence-file", "warning")]


def test_each_occurrence_is_compiled_for_itself(tmp_path: Path) -> None:
    issues = recipe(tmp_path, text="newsletter/{occurrence}/{occurrence}.txt")
    template = issues.file.templates["offer"]
    (tmp_path / "newsletter" / "2026-12-01").mkdir()
    (tmp_path / "newsletter" / "2026-12-01" / "2026-12-01.txt").write_text("Plain\n")
    (tmp_path / "newsletter" / "2026-12-01.md").write_text("# First\n")

    source, _ = compile_template(
        "offer", template, issues, wording=Wording(None, "2026-12-01T0900")
    )
    assert source is not None and "First" in (source.html or "") and "Plain" in (source.text or "")
    for occurrence in ("2026-12-08", "x", None):
        source, findings = compile_template(
            "offer", template, issues, wording=Wording(None, occurrence)
        )
        assert source is None
        assert {f.id for f in findings} == {"template-file-missing"}
