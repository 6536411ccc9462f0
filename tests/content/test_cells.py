"""Cells: the most specific that fits a contact, the holes between them, and what a cell leaves to its template."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.content.cells import choose_cell, no_cell_for, template_holes
from mactl.content.reading import Wording, read_every, wordings_of
from mactl.content.render import Renderer
from mactl.content.templates import compile_template, compile_written
from mactl.recipe.cookbook import parse_recipe

from .making import VALUES, recipe_of, recipe_with


@pytest.mark.parametrize(
    ("keys", "values", "expected"),
    [
        ("cto/mql */mql cto/* *", ("cto", "mql"), "cto/mql"),
        ("*/mql cto/* *", ("cto", "mql"), "cto/*"),  # as many exact parts: the left one wins
        ("*/mql *", ("cto", "mql"), "*/mql"),
        ("*/mql *", ("cto", "sql"), "*"),
        ("*/mql cto/*", ("cmo", "sql"), None),
        ("CTO/Mql", ("cto", "MQL"), "CTO/Mql"),
        ("nl-NL en", ("nl_nl",), "nl-NL"),
        ("cto/* */mql", ("cto", None), "cto/*"),
        ("cto/mql", (None, None), None),
        ("*/*", (None, None), "*/*"),
        ("* */*", ("a", "b"), "*"),  # alike: the first
        ("a/*/* */b/c */*/c", ("a", "b", "c"), "*/b/c"),
        ("", ("a",), None),
    ],
)
def test_the_most_specific_cell_that_fits(
    keys: str, values: tuple[str | None, ...], expected: str | None
) -> None:
    assert choose_cell(keys.split(), values) == expected


VALUE = st.sampled_from(["a", "b", "c", None])


@given(
    st.lists(st.tuples(*[st.sampled_from(["a", "b", "*"])] * 2).map("/".join), max_size=6),
    st.tuples(VALUE, VALUE),
)
def test_no_cell_that_fits_is_more_specific(
    keys: list[str], values: tuple[str | None, str | None]
) -> None:
    def fits(key: str) -> bool:
        return all(part in ("*", value) for part, value in zip(key.split("/"), values, strict=True))

    chosen = choose_cell(keys, values)
    assert (chosen is None) == (not any(map(fits, keys)))
    if chosen is not None:
        assert fits(chosen)
        exact = [part != "*" for part in chosen.split("/")]
        for key in filter(fits, keys):
            other = [part != "*" for part in key.split("/")]
            assert (sum(exact), exact) >= (sum(other), other)


CELLS: dict[str, Any] = {
    "by": ["persona", "stage"],
    "subject": "For all",
    "body": "For all of {{ stage }}.\n",
    "cells": {
        "cto/mql": {"subject": "For CTOs", "body": "Technical.\n"},
        "*/mql": {"subject": "For MQLs"},
        "*/sql": {"body": "gone.md"},
    },
}


def test_the_holes_are_what_no_cell_is_for(tmp_path: Path) -> None:
    template = recipe_with(tmp_path, **CELLS).file.templates["offer"]
    values = {"persona": ["cto", None], "stage": ["lead", "mql", "sql"]}

    assert template_holes(template, values) == [("cto", "lead"), (None, "lead")]
    assert template_holes(template, {"stage": ["lead", "mql"]}) == [(None, "lead")]
    assert template_holes(recipe_with(tmp_path).file.templates["offer"], values) == []
    for found in product(*values.values()):
        is_hole = found in template_holes(template, values)
        assert is_hole == (choose_cell(template.cells, found) is None)


def test_a_cell_overrides_only_what_it_writes(tmp_path: Path) -> None:
    recipe = recipe_with(tmp_path, **CELLS)
    template = recipe.file.templates["offer"]

    def message(cell: str) -> tuple[str, str]:
        source, findings = compile_template("offer", template, recipe, wording=Wording(cell))
        assert source is not None, findings
        rendered = Renderer(source).render(VALUES)
        return rendered.subject, rendered.text.splitlines()[0]

    assert message("cto/mql") == ("For CTOs", "Technical.")
    assert message("*/mql") == ("For MQLs", "For all of mql.")


def test_every_cell_is_read_and_found_faulty_at_its_place(tmp_path: Path) -> None:
    recipe = recipe_of(
        tmp_path,
        "recipe: renewal\ntemplates:\n  offer:\n    by: [stage]\n    body: Hi\n    cells:\n"
        "      mql: {subject: a, body: '{{ x }}'}\n      sql: {body: b}\n      lead: {subject: s, body: ../x.md}\n"
        "      '*': {subject: fine}\n",
    )
    template = recipe.file.templates["offer"]

    many, findings = read_every("offer", template, recipe)

    assert [(f.id, f.place and f.place.line) for f in findings] == [
        ("incomplete-cell", 8), ("template-file-outside", 9),
    ]  # fmt: skip
    assert [w.subject and w.subject.text for w in many] == ["a", "fine"]
    assert [f.place and f.place.line for f in compile_written(many[0])[1]] == [7]


def test_a_cell_for_a_language_is_written_in_it(tmp_path: Path) -> None:
    body = "{{ contact.contract_end | date('d MMMM') }}\n"
    cells = {"nl-NL": {}, "de": {}, "klingon": {}, "*": {}}
    recipe = recipe_with(tmp_path, by=["language"], cells=cells, body=body)
    months = {}
    for wording in wordings_of("offer", recipe.file.templates["offer"], recipe):
        source, _ = compile_template(
            "offer", recipe.file.templates["offer"], recipe, wording=wording
        )
        assert source is not None
        months[wording.cell] = Renderer(source).render(VALUES).text
    assert months["nl-NL"].startswith("15 januari\n") and "Afmelden" in months["nl-NL"]
    assert months["de"].startswith("15 Januar\n") and "Abmelden" in months["de"]
    assert months["klingon"].startswith("15 January\n") and months["*"] == months["klingon"]


def test_why_nothing_fits_names_what_the_contact_has() -> None:
    assert (
        no_cell_for(["persona", "stage"], ["cto", None])
        == "no cell is for persona cto, stage empty"
    )
    assert (
        no_cell_for(["persona"], ["a@b.example " * 20]) == "no cell is for persona (something else)"
    )


def test_a_step_s_own_subject_is_checked_in_every_cell_at_its_place(tmp_path: Path) -> None:
    recipe = recipe_of(
        tmp_path,
        "recipe: renewal\nsegments: {all: []}\njourney:\n  enter: {segment: all}\n  leave: []\n  steps:\n"
        "    - send: {template: offer, subject: 'Hi {{ stge }}'}\n"
        "templates:\n  offer: {by: [stage], body: x, cells: {mql: {subject: a}, '*': {subject: b}}}\n",
    )
    many, findings = read_every("offer", recipe.file.templates["offer"], recipe)

    assert not findings and len(many) == 4
    faulty = [f for written in many for f in compile_written(written)[1]]
    assert {(f.id, f.place and f.place.line) for f in faulty} == {("unknown-name", 7)}


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("{by: [stage], cells: {mql: {subject: a, body: b}, MQL: {subject: c}}}", "cells: 'MQL' stands there twice"),
        ("{subject: a, body: b, blocks: {hero: []}}", "blocks: 'hero' has no content"),
        ("{subject: a, body: b, blocks: {hero: [{body: x}, {body: y}]}}", "without `when` is never shown"),
        ("{by: [stage, persona], cells: {mql: {subject: a, body: b}}}", "'mql' has 1 values, `by` names 2"),
        ("{by: [stage]}", "by and cells go together"),
        ("{cells: {mql: {subject: a, body: b}}}", "by and cells go together"),
    ],
)  # fmt: skip
def test_what_is_declared_can_be_reached(tmp_path: Path, declared: str, message: str) -> None:
    text = f"recipe: renewal\ntemplates:\n  offer: {declared}\n"

    recipe, findings = parse_recipe(text, tmp_path / "renewal.yaml")

    assert recipe is None
    assert [f.place and f.place.line for f in findings] == [3]
    assert message in findings[0].message
