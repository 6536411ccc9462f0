"""Templates of strangers get a process of their own, and no more than their limits."""

import dataclasses
import os
import time
from pathlib import Path

import pytest

from mactl.content import confine
from mactl.content.confine import Limits, compile_confined, render_confined
from mactl.content.render import CannotRender, Rendered, Renderer
from mactl.content.supplies import Supplies

from .making import VALUES, compiled, contact, try_compile, written

# Turns and texts are bounded, what filters do within one turn is not: 1,000 × 100,000 sorted again and again.
SLOW = (
    "{% set a = ['b', 'a'] * 40000 %}{% for i in range(1000) %}"
    "{{ (a | map('string') | sort | reverse | list | length) }}{% endfor %}\n"
)
HUNGRY = (
    "{% set a = range(1000) | list %}"
    + "".join(f"{{% set a{n} = (['x' * 90000] * 90) | map('upper') | list %}}" for n in range(60))
    + "x\n"
)


def test_messages_are_those_that_the_renderer_writes(tmp_path: Path) -> None:
    source = compiled(
        tmp_path, body="Hi {{ contact.first_name }}, {{ contact.contract_end | date }}\n"
    )
    many = [VALUES, contact(first_name=None), contact(first_name="Zoë\n")]

    first, second, third = render_confined(source, many)

    renderer = Renderer(source)
    assert (first, third) == (renderer.render(many[0]), renderer.render(many[2]))
    assert isinstance(second, CannotRender)
    with pytest.raises(CannotRender) as caught:
        renderer.render(many[1])
    assert (second.reason, second.place) == (caught.value.reason, caught.value.place)


@pytest.mark.parametrize(
    ("body", "limits", "reason"),
    [
        (SLOW, Limits(cpu=1), "more CPU time than is allowed"),
        (SLOW, Limits(wall=1), "longer than 1 seconds"),
        (HUNGRY, Limits(memory=400 * 1024 * 1024), "more memory than is allowed"),
    ],
)
def test_what_takes_too_much_ends_and_says_so(
    tmp_path: Path, body: str, limits: Limits, reason: str
) -> None:
    source = compiled(tmp_path, kind="service", body=body)
    began = time.perf_counter()

    (result,) = render_confined(source, [VALUES], limits)

    assert isinstance(result, CannotRender)
    assert reason in result.reason
    assert time.perf_counter() - began < 10


def test_what_was_done_before_the_limit_is_kept(tmp_path: Path) -> None:
    source = compiled(
        tmp_path, kind="service", body="{% if stage == 'sql' %}" + SLOW.strip() + "{% endif %}Hi\n"
    )
    many = [VALUES, {**VALUES, "stage": "sql"}, VALUES]

    results = render_confined(source, many, Limits(wall=2))

    assert isinstance(results[0], Rendered)
    assert [isinstance(result, CannotRender) for result in results] == [False, True, True]


def test_the_child_sees_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://secret")
    seen: dict[str, str] = {}
    run = confine.subprocess.run

    def spy(*args: object, **kwargs: object) -> object:
        environment = kwargs["env"]
        assert isinstance(environment, dict)
        seen.update(environment)
        return run(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(confine.subprocess, "run", spy)
    render_confined(compiled(tmp_path), [VALUES])

    assert seen and "SMTP_URL" not in seen and "HOME" not in seen
    assert "SMTP_URL" in os.environ


def test_a_broken_source_says_why(tmp_path: Path) -> None:
    source = dataclasses.replace(compiled(tmp_path), html="{{")

    (result,) = render_confined(source, [VALUES])

    assert isinstance(result, CannotRender) and "failed" in result.reason


def test_templates_compile_as_they_do_outside(tmp_path: Path) -> None:
    fine, faulty = {"body": "Hi {{ stage }}\n"}, {"body": "Hi {{ stge }}\n"}

    both = compile_confined(
        [written(tmp_path, **fine), written(tmp_path, **faulty)], supplies=Supplies("nl_NL", "USD")
    )

    assert both[0] == (dataclasses.replace(compiled(tmp_path, "nl_NL", **fine), currency="USD"), [])
    assert both[1] == try_compile(tmp_path, **faulty)


def test_a_template_too_heavy_to_compile_is_a_finding(tmp_path: Path) -> None:
    # HTML opens what is bold again in every paragraph: 150 × 40,000 elements.
    bomb = "<p>" + "".join(f"<b id={n}>" for n in range(150)) + "<p>x" * 40_000
    (tmp_path / "bomb.html").write_text(bomb)
    heavy = written(tmp_path, kind="service", body="bomb.html")

    (fine, _), (source, findings) = compile_confined(
        [written(tmp_path), heavy], limits=Limits(cpu=3, memory=400 * 1024 * 1024)
    )

    assert fine is not None and source is None
    assert [finding.id for finding in findings] == ["template-too-heavy"]


@pytest.mark.parametrize("body", ["<table><tr><td>" * 5000, "<div>" * 30000, "> " * 5000 + "x"])
def test_elements_nested_without_end_crash_nothing(tmp_path: Path, body: str) -> None:
    (tmp_path / "deep.html").write_text(body)

    _, findings = try_compile(tmp_path, kind="service", body="deep.html")

    assert [finding.id for finding in findings] in (["too-deep"], [])
