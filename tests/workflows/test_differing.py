"""The words of templates, compared as their authors wrote them."""

from pathlib import Path

import pytest

from mactl.recipe.cookbook import parse_recipe
from mactl.recipe.recipe import Recipe
from mactl.workflows.reviewing.rewording import template_changes


def recipe(templates: str, folder: Path = Path("recipes")) -> Recipe:
    found, findings = parse_recipe(f"recipe: r\ntemplates:\n{templates}", folder / "r.yaml")
    assert found is not None, findings
    return found


def changes(old: Recipe | None, new: Recipe | None) -> list[tuple[str, str, list[str]]]:
    """Template, change, and the lines that were taken out or put in."""
    return [
        (c.template, c.change, [line for line in c.diff.splitlines() if line[0] in "+-"])
        for c in template_changes(old, new)
    ]


ONE = "  a: {subject: Hi, body: Hello}\n"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("  a: {subject: Ho, body: Hello}\n", ["-subject: Hi", "+subject: Ho"]),
        ("  a: {subject: Hi, body: Hello, preheader: x}\n", ["+preheader: x"]),
        (
            "  a: {subject: Hi, body: Hello, kind: service}\n",
            ["-kind: marketing", "+kind: service"],
        ),
        ("  a: {subject: Hi, body: Hello, sms: Short}\n", ["+sms: Short"]),
        ("  a: {subject: Hi, body: Hello, from: x@acme.example}\n", ["+from: x@acme.example"]),
    ],
)
def test_every_key_counts(new: str, expected: list[str]) -> None:
    assert changes(recipe(ONE), recipe(new)) == [("a", "changed", expected)]


def test_what_is_laid_out_otherwise_says_the_same() -> None:
    assert changes(recipe(ONE), recipe('  a:\n    subject: "Hi"\n    body: "Hello"\n')) == []


def test_templates_come_and_go() -> None:
    other = recipe("  b: {subject: Hi, body: Hello}\n")

    assert [(name, change) for name, change, _ in changes(recipe(ONE), other)] == [
        ("b", "added"),
        ("a", "removed"),
    ]
    assert [change for _, change, _ in changes(None, other)] == ["added"]
    assert [change for _, change, _ in changes(other, None)] == ["removed"]


def test_cells_and_blocks_are_told_by_name() -> None:
    old = recipe(
        "  a:\n    by: [stage]\n    cells: {mql: {subject: S, body: Old cell}, '*': {subject: S, body: Any}}\n"
        "  b:\n    subject: S\n    body: \"{{ block('hero') }}\"\n    blocks: {hero: [{body: Old block}]}\n"
    )
    new = recipe(
        "  a:\n    by: [stage]\n    cells: {mql: {subject: S, body: New cell}, '*': {subject: S, body: Any}}\n"
        "  b:\n    subject: S\n    body: \"{{ block('hero') }}\"\n    blocks: {hero: [{body: New block}]}\n"
    )
    assert changes(old, new) == [
        ("a", "changed", ["-cell mql, body: Old cell", "+cell mql, body: New cell"]),
        ("b", "changed", ["-block hero 1: Old block", "+block hero 1: New block"]),
    ]


def test_a_file_is_shown_by_what_is_in_it(tmp_path: Path) -> None:
    for name, text in (("old", "One\n\nTwo\n"), ("new", "One\n\nThree\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(text)
    says = "  a: {subject: Hi, body: a.md}\n"

    assert changes(recipe(says, tmp_path / "old"), recipe(says, tmp_path / "new")) == [
        ("a", "changed", ["-Two", "+Three"])
    ]
    assert changes(recipe(says, tmp_path / "old"), recipe(says, tmp_path / "none"))[0][2] == [
        "-body:", "-One", "-", "-Two", "+body: (template-file-missing)",
    ]  # fmt: skip
