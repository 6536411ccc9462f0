"""Rows of tables in templates: which are asked for is known beforehand, and what isn't there is never a gap."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.content.lookups import key_of
from mactl.content.render import CannotRender, Renderer
from mactl.content.source import names_used
from mactl.content.tracing import Tracer
from mactl.content.values import values_from_json, values_to_json

from .making import VALUES, compiled

PRODUCTS: dict[str, dict[str, Any]] = {
    "A-1": {"name": "Coffee & <co>", "price": 3.5, "left": 7, "note": None},
    "B-2": {"name": "Tea\r\nBcc: eve@example.com", "price": 2, "left": 0, "note": "x"},
    "12": {"name": "Twelve", "price": 1, "left": 1, "note": None},
}
LINES = {"event": {"lines": [{"sku": "A-1"}, {"sku": "B-2"}, {"sku": 12.0}], "sku": "A-1"}}


def find(table: str, key: str) -> Mapping[str, Any] | None:
    return PRODUCTS.get(key) if table == "products" else None


def traced(folder: Path, **template: Any) -> dict[str, list[str]]:
    """The keys of each table that a message asks for."""
    source = compiled(folder, kind="service", **template)
    rows = Tracer(source).rows({**VALUES, **LINES, "blocks": {"hero": 0}}, find)
    return {table: list(found) for table, found in rows.items()}


def message(folder: Path, values: dict[str, Any] | None = None, **template: Any) -> Any:
    """The message with the rows that were traced, by way of the queue."""
    source = compiled(folder, kind="service", **template)
    known = {**VALUES, **LINES, **(values or {})}
    rows = Tracer(source).rows(known, find)
    return Renderer(source).render(values_from_json(values_to_json({**known, "lookups": rows})))


def test_a_row_is_a_group_of_values(tmp_path: Path) -> None:
    body = "{{ lookup('products', event.sku).name }} {{ (lookup('products', event.sku)).price | money }}\n"

    found = message(tmp_path, body=body)

    assert "Coffee &amp; &lt;co&gt; €3.50" in found.html and "Coffee & <co> €3.50" in found.text


def test_a_loop_looks_each_of_its_lines_up(tmp_path: Path) -> None:
    body = (
        "{% for line in event.lines %}\n{% set row = lookup('products', line.sku) %}\n"
        "- {{ row.name }}: {{ row.price | number }}{% if row.left > 0 %} ({{ row.left }} left){% endif %}\n"
        "{% endfor %}\n"
    )

    text = message(tmp_path, body=body).text

    assert "- Coffee & <co>: 3.5 (7 left)" in text and "- Twelve: 1 (1 left)" in text
    assert traced(tmp_path, body=body) == {"products": ["A-1", "B-2", "12"]}


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("{{ lookup('products', 'X-9').name }}", "products has no row X-9"),
        ("{{ lookup('products', 'X-9') }}", "products has no row X-9"),
        ("{{ lookup('products', 'x' * 50).name }}", "products has no row with this key"),
        ("{{ lookup('products', 'ann@example.com').name }}", "products has no row with this key"),
        ("{{ lookup('products', 'A-1').nme }}", "'products.nme' is not known here; did you mean 'name'?"),
        ("{{ lookup('products', 'A-1').note }}", "products.note is empty"),
        ("{{ lookup('products', contact.company).name }}", "contact.company is empty"),
        ("{{ lookup('products', contact.nothing).name }}", "'contact.nothing' is not known here"),
        ("{{ lookup('products', event.lines).name }}", "products is looked up by no key"),
        ("{{ lookup('products', 'A-1') }}", "a group of values can't be written as it is"),
    ],
)  # fmt: skip
def test_what_is_not_there_holds_the_message_and_says_so(
    tmp_path: Path, tag: str, reason: str
) -> None:
    with pytest.raises(CannotRender) as caught:
        message(tmp_path, body=f"x\n\n{tag}\n")

    assert caught.value.reason.startswith(reason)
    assert caught.value.line == 11  # of the recipe: the third of the body


@pytest.mark.parametrize(
    "tag",
    [
        "{{ lookup('products', 'X-9').name | default('none') }}",
        "{{ lookup('products', 'A-1').note | default('none') }}",
        "{{ lookup('products', 'A-1').nothing | default('none') }}",
        "{{ lookup('products', contact.company).name | default('none') }}",
        "{% if lookup('products', 'X-9') is defined %}some{% else %}none{% endif %}",
    ],
)
def test_default_rescues_what_is_not_there(tmp_path: Path, tag: str) -> None:
    assert message(tmp_path, body=tag + "\n").text.startswith("none\n")


def test_a_value_of_a_table_starts_no_header(tmp_path: Path) -> None:
    subject = message(tmp_path, subject="{{ lookup('products', 'B-2').name }}").subject

    assert subject == "Tea Bcc: eve@example.com"


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ("{{ contact.first_name | upper }} x\n", []),
        ("{{ contact.nothing }}«A-1»\n", ["A-1"]),
        ("{% if stage == 'mql' %}«A-1»{% else %}«B-2»{% endif %}\n", ["A-1"]),
        ("{% if stage == 'x' %}x{% elif scores.fit > 1 %}y{% else %}«B-2»{% endif %}\n", []),
        ("{% macro m(key) %}«key»{% endmacro %}{{ m('A-1') }}{{ m('12') }}\n", ["A-1", "12"]),
        ("{% set key %}A-{{ 1 }}{% endset %}«key»\n", ["A-1"]),
        ("{% set ns = 'A-1' %}{% if stage %}{% set ns = 'B-2' %}{% endif %}«ns»\n", ["B-2"]),
        ("{% with key = 'A-1' %}«key»{% endwith %}\n", ["A-1"]),
        ("{{ lookup('products', lookup('products', 'A-1').name).name | default('x') }}\n", ["A-1", "Coffee & <co>"]),
        ("{% for x in range(3) %}{{ x }}{% endfor %}{% for x in ['A-1'] %}«x»{% endfor %}\n", ["A-1"]),
        ("{{ block('hero') }}\n", ["B-2"]),
    ],
)  # fmt: skip
def test_the_rows_are_those_that_the_message_asks_for(
    tmp_path: Path, body: str, keys: list[str]
) -> None:
    blocks = {"hero": [{"body": "{{ lookup('products', 'B-2').name }}"}]}
    body = re.sub("«([a-z]+)»", r"{{ lookup('products', \1).name }}", body)
    body = re.sub("«(.+?)»", r"{{ lookup('products', '\1').name }}", body)

    assert traced(tmp_path, body=body, blocks=blocks) == ({"products": keys} if keys else {})


def test_loops_without_end_end_while_tracing_too(tmp_path: Path) -> None:
    body = (
        "{% macro m() %}{{ lookup('products', 'A-1').name }}{{ m() }}{% endmacro %}"
        "{% for a in range(1000) %}{% for b in range(1000) %}{{ m() }}{% endfor %}{% endfor %}\n"
    )

    assert traced(tmp_path, body=body) == {"products": ["A-1"]}


def test_a_template_without_lookups_needs_no_tracing(tmp_path: Path) -> None:
    assert not Tracer(compiled(tmp_path, body="{{ range(3) | list | length }}\n")).is_needed


def test_what_looks_up_is_named_as_any_other_value(tmp_path: Path) -> None:
    body = (
        "{{ lookup('products', event.sku).name }} {{ lookup('products', event.sku2).name | default('x') }} "
        "{{ lookup('products', event.sku3)['name'] | default(vars.link) }}\n"
    )

    used = names_used(compiled(tmp_path, kind="service", body=body))

    assert {name: use.has_default for name, use in used.items() if name.startswith("event")} == {
        "event.sku": False, "event.sku2": True, "event.sku3": True,
    }  # fmt: skip


@given(st.none() | st.text(max_size=5) | st.integers() | st.floats() | st.booleans())
def test_a_key_is_text_without_blanks_around_it(value: Any) -> None:
    key = key_of(value)

    assert key is None or (key and key == key.strip())
    if isinstance(value, int) and not isinstance(value, bool):
        assert key == str(value) == key_of(float(value)) or abs(value) > 2**53
