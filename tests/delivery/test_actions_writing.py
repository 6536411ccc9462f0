"""The texts of acting steps: the language of templates, told at its place where it is wrong."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mactl.delivery.actions.writing import (
    CannotWrite,
    OutwardStep,
    is_outward,
    names_in,
    render_action,
)
from mactl.recipe.cookbook import parse_recipe
from mactl.recipe.recipe import Recipe

HEAD = "recipe: r\njourney:\n  enter: {event: x}\n  leave: []\n  steps:\n"


def recipe(*steps: str, on_goal: str = "") -> Recipe:
    text = HEAD + "".join(f"    - {step}\n" for step in steps)
    text += f"  on_goal: [{on_goal}]\ngoal: {{event: y}}\n" if on_goal else ""
    parsed, findings = parse_recipe(text, Path("r.yaml"))
    assert parsed is not None and not findings, findings
    return parsed


def step(text: str) -> OutwardStep:
    (found,) = recipe(text).journey.steps
    assert is_outward(found)
    return found


VALUES: dict[str, Any] = {
    "contact": {
        "first_name": "Ann", "email": "ann@example.com", "contract_end": date(2027, 1, 15), "clv": 1500.0,
        "nps": None, "tags": ["a", "b"], "price": Decimal("1.10"),
    },
    "event": {"value": 5},
    "scores": {"fit": 20},
    "stage": "mql",
    "vars": {"link": "https://acme.example"},
    "recipe": {"id": "r", "title": None, "version": 1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names", "told"),
    [
        (
            '{notify: {to: sales, message: "{{ contact.first_name }} <3 {{ event.value }} & {{ stage }}"}}',
            {"contact.first_name", "event.value", "stage"},
            {"message": "Ann <3 5 & mql"},
        ),
        (
            "{task: {id: call, to: sales, title: \"Call {{ contact.first_name }}\\n"
            "before {{ contact.contract_end | date('d MMMM') }}\"}}",
            {"contact.first_name", "contact.contract_end"},
            {"title": "Call Ann before 15 January"},
        ),
        (
            "{export: {to: exports/hot.csv, columns: [email, contract_end, nps, tags, price, clv]}}",
            {
                f"contact.{name}"
                for name in ("email", "contract_end", "nps", "tags", "price", "clv")
            },
            {
                "columns": {
                    "email": "ann@example.com",
                    "contract_end": "2027-01-15",
                    "nps": None,
                    "tags": ["a", "b"],
                    "price": 1.1,
                    "clv": 1500.0,
                }
            },
        ),
        (
            '{webhook: {to: crm, body: {email: "{{ contact.email }}", deep: [{fit: "{{ scores.fit }}"}], '
            "n: 3, on: true, no: null}}}",
            {"contact.email", "scores.fit"},
            {"json": {"email": "ann@example.com", "deep": [{"fit": "20"}], "n": 3, "on": True, "no": None}},
        ),
        (
            "{notify: {to: sales, message: \"{{ contact.nps | default('no score') }} {{ vars.link }}\"}}",
            {"contact.nps", "vars.link"},
            {"message": "no score https://acme.example"},
        ),
    ],
)  # fmt: skip
def test_a_step_tells_what_it_says_with_the_values_it_names(
    text: str, names: set[str], told: dict[str, Any]
) -> None:
    acting = step(text)
    assert names_in(acting) == names
    assert render_action(acting, VALUES) == told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{notify: {to: s, message: "{{ contact.nps }}"}}', "contact.nps is empty"),
        ('{notify: {to: s, message: "{{ contact.frist_name }}"}}', "did you mean 'first_name'"),
        ('{notify: {to: s, message: "{{ labels.risk }}"}}', "labels is empty"),
        ("{notify: {to: s, message: \"{{ contact.email | date('d') }}\"}}", "date"),
        (
            '{notify: {to: s, message: "{% for i in range(999) %}{% for j in range(999) %}x{% endfor %}'
            '{% endfor %}"}}', "turn more than",
        ),
        ('{notify: {to: s, message: "{{ contact.clv / 0 }}"}}', "this can't be worked out"),
        ('{webhook: {to: s, body: {a: ["{{ contact.nps }}"]}}}', "contact.nps is empty"),
        ("{export: {to: exports/x.csv, columns: [email, frist_name]}}", "contacts have no frist_name"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_says_why_and_shows_no_value(text: str, why: str) -> None:
    with pytest.raises(CannotWrite, match=why) as cannot:
        render_action(step(text), VALUES)
    assert "ann@example.com" not in str(cannot.value)


def test_numbers_that_json_lacks_are_told_as_nothing() -> None:
    assert render_action(step("{webhook: {to: s, body: {a: .nan}}}"), {}) == {"json": {"a": None}}
