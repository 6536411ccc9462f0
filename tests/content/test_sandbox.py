"""Templates get plain values, no code, and no more room than a message needs."""

import time
from pathlib import Path

import pytest

from mactl.content.render import CannotRender, Renderer

from .making import VALUES, compiled, rendered, try_compile


@pytest.mark.parametrize(
    ("body", "id"),
    [
        ("{{ contact.__class__ }}{{ contact.first_name.upper() }}", "refused-call"),
        ("{{ ''.join(['a']) }}", "refused-call"),
        ("{{ '%s'.format(1) }}", "refused-call"),
        ("{% include 'other.html' %}", "refused-tag"),
        ("{% import 'other.html' as x %}", "refused-tag"),
        ("{% from 'other.html' import x %}", "refused-tag"),
        ("{% extends 'other.html' %}", "refused-tag"),
        ("{% block x %}{% endblock %}", "refused-tag"),
        ("{% autoescape false %}{{ stage }}{% endautoescape %}", "refused-tag"),
        ("{% for x in event.lines recursive %}{{ loop(event.lines) }}{% endfor %}", "refused-tag"),
        ("{{ stage | safe }}", "unknown-filter"),
        ("{{ stage | center(10) }}", "unknown-filter"),
        ("{{ stage | attr('x') }}", "unknown-filter"),
        ("{{ stage is dangerous }}", "unknown-test"),
        ("{{ lipsum() }}", "unknown-name"),
        ("{{ cycler('a') }}", "unknown-name"),
        ("{{ namespace(x=1) }}", "unknown-name"),
        ("{{ self }}", "unknown-name"),
        ("{{ contct.first_name }}", "unknown-name"),
        ("{{ vars.lnk }}", "unknown-name"),
        ("{{ stage", "template-syntax"),
        ("{% if stage %}", "template-syntax"),
        ("{{ " + "(" * 500 + ")" * 500 + " }}", "template-syntax"),
        ("{% if 1 %}" * 150 + "{% endif %}" * 150, "template-syntax"),
        ("x" * (512 * 1024 + 1), "template-too-large"),
    ],
)
def test_what_templates_cannot_do_is_found_before_anything_runs(
    tmp_path: Path, body: str, id: str
) -> None:
    source, findings = try_compile(tmp_path, body=body + "\n")

    assert source is None
    assert {finding.id for finding in findings} == {id}


@pytest.mark.parametrize(
    "body",
    [
        "{{ contact.__class__ }}",
        "{{ contact['__class__'] }}",
        "{{ contact.first_name.__class__.__mro__ }}",
        "{{ event.lines.__len__ }}",
        "{{ contact.items }}",
        "{{ range.__globals__ }}",
        "{{ (1).__class__ }}",
        "{{ contact.contract_end.year }}",
        "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
        "{{ event.lines | map(attribute='__class__') | join }}",
    ],
)
def test_values_have_no_attributes_of_python(tmp_path: Path, body: str) -> None:
    with pytest.raises(CannotRender):
        rendered(tmp_path, kind="service", body=body + "\n")


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in range(10**9) %}{% endfor %}",
        "{% for a in range(1001) %}{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ ['x'] * 10**9 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ 10**30 * 10 }}",
        "{{ '%999999999d' % 1 }}",
        "{% set a = 'x' * 50000 %}{% set b = a ~ a ~ a %}{{ b }}",
        "{% set a = 'x' * 50000 %}{{ a + a + a }}",
        "{% set a = ['x'] * 90000 %}{{ (a + a) | length }}",
        "{% set a %}{% for i in range(900) %}{{ 'x' * 1000 }}{% endfor %}{% endset %}{{ a }}",
        "{% for i in range(900) %}{{ 'x' * 9000 }}{% endfor %}",
        "{{ ('x' * 10000) | replace('x', 'y' * 10000) }}",
        "{{ range(1000) | join('x' * 10000) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    ],
)
def test_bombs_are_refused_at_once(tmp_path: Path, body: str) -> None:
    source = compiled(tmp_path, kind="service", body=body + "\n")
    began = time.perf_counter()

    with pytest.raises(CannotRender):
        Renderer(source).render(VALUES)

    assert time.perf_counter() - began < 2


def test_what_newsletters_need_is_within_the_bounds(tmp_path: Path) -> None:
    lines = [{"name": f"Product {n}", "price": n} for n in range(500)]
    body = (
        "{% macro row(line) %}{{ loop_name }}{{ line.name | upper }}: {{ line.price | money }}{% endmacro %}"
        "{% set loop_name = '> ' %}{% for line in event.lines %}{{ loop.index }}{{ row(line) }} "
        "{% if not loop.last %}, {% endif %}{% endfor %}{{ '-' * 20 }} {{ 2 ** 10 }}\n"
    )
    text = rendered(tmp_path, {**VALUES, "event": {"lines": lines}}, kind="service", body=body).text

    assert "500> PRODUCT 499: €499.00" in text
    assert "-------------------- 1024" in text


def test_groups_and_items_are_plain_as_well(tmp_path: Path) -> None:
    body = (
        "{% for group in event.lines | groupby('price') %}{{ group.grouper }}={{ group.list[0].name }};{% endfor %}"
        "{% for name, value in scores | items %}{{ name }}={{ value }}{% endfor %}\n"
    )

    assert "2.5=Tea & <milk>;3=Coffee;fit=40" in rendered(tmp_path, kind="service", body=body).text
