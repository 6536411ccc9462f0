"""What a template may use of its project is known when it is checked, where mactl.yaml is."""

from pathlib import Path

import pytest

from mactl.content.fields_used import merge_fields
from mactl.content.supplies import UNKNOWN, Supplies
from mactl.content.templates import compile_template, compile_written

from .making import recipe_of, recipe_with, written

DECLARED = Supplies(
    tables=frozenset({"products"}), codes=frozenset({"birthday"}), addresses=frozenset({"unsubscribe_url", "view_url"})
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{{ lookup('products', 1).x }} {{ code('birthday') }} {{ view_url }}", []),
        ("{{ lookup('prodcts', 1).x }}", [("unknown-table", "did you mean 'products'?")]),
        ("{{ code('brthday') }}", [("unknown-codes", "did you mean 'birthday'?")]),
        ("{{ confirm_url }}", [("unknown-name", 'add it: sender: {confirm: "https://…/{token}"}')]),
        ("{% if confirm_url %}{{ confirm_url }}{% endif %}", []),
        ("{{ lookup(stage, 1).x }}", [("bad-call", "write {{ lookup('products', event.sku).name }}")]),
        ("{{ lookup('products') }}", [("bad-call", "write {{ lookup('products', event.sku).name }}")]),
        ("{{ code }}", [("bad-call", "call it: {{ code('birthday') }}")]),
        ("{{ [code] | map('upper') | join }}", [("bad-call", "call it: {{ code('birthday') }}")]),
    ],
)  # fmt: skip
def test_what_the_project_lacks_is_found(
    tmp_path: Path, body: str, expected: list[tuple[str, str]]
) -> None:
    _, findings = compile_written(written(tmp_path, body=f"x\n\n{body}\n"), DECLARED)

    assert [(finding.id, finding.hint) for finding in findings] == expected


def test_without_a_project_every_name_will_do(tmp_path: Path) -> None:
    body = "{{ lookup('x', 1).y }} {{ code('y') }} {{ view_url }} {{ confirm_url }}\n"
    _, findings = compile_written(written(tmp_path, body=body), UNKNOWN)

    assert not findings
    assert Supplies.from_plain(DECLARED.to_plain()) == DECLARED
    assert Supplies.from_plain(UNKNOWN.to_plain()) == UNKNOWN


def test_the_same_text_is_compiled_once(tmp_path: Path) -> None:
    recipe = recipe_with(tmp_path, body="Only here\n")
    template = recipe.file.templates["offer"]

    first, _ = compile_template("offer", template, recipe)
    again, findings = compile_template("offer", template, recipe)
    other, _ = compile_template("offer", template, recipe, Supplies("nl_NL"))
    findings.append("mine")  # type: ignore[arg-type]

    assert again is first and other is not first
    assert compile_template("offer", template, recipe)[1] == []


def test_merge_fields_are_those_of_all_wordings_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "hero.md").write_text("one\n{{ contact.city | default('x') }} {{ event.sku }}\n")
    recipe = recipe_of(
        tmp_path,
        "recipe: renewal\nsegments: {all: []}\njourney:\n  enter: {segment: all}\n  leave: []\n  steps:\n"
        "    - send: {template: offer, subject: 'Hi {{ contact.first_name }}'}\n"
        "templates:\n  offer:\n    subject: Hello {{ contact.first_name | default('you') }}\n"
        "    sms: '{{ scores.fit }}'\n    body: \"{{ block('hero') }}\"\n"
        "    blocks: {hero: [{body: hero.md}]}\n    by: [stage, persona]\n    cells:\n"
        "      mql/*: {body: '{{ contact.city }}'}\n      '*': {}\n",
    )

    found = {
        (f.root, f.name): (f.has_default, Path(f.place.path).name, f.place.line)
        for f in merge_fields(recipe, "offer")
        if f.place.line
    }

    assert found == {
        ("stage", ""): (True, "renewal.yaml", 14),
        ("by", "persona"): (True, "renewal.yaml", 14),
        ("contact", "first_name"): (False, "renewal.yaml", 7),
        ("contact", "city"): (False, "renewal.yaml", 16),
        ("scores", "fit"): (False, "renewal.yaml", 11),
        ("event", "sku"): (False, "hero.md", 2),
    }
