"""Messages of the other channels: one plain text, with the same names and the same bounds as a mail."""

from pathlib import Path
from typing import Any

import pytest

from mactl.content.lint import lint_template
from mactl.content.parts import TEXT_CHANNELS, TextChannel
from mactl.content.render import CannotRender, Renderer
from mactl.content.source import TemplateSource, names_used
from mactl.content.templates import compile_template, compile_written

from .making import VALUES, compiled, recipe_of, written


def only_text(folder: Path, channel: str, text: str) -> TemplateSource:
    declared = f"templates:\n  offer:\n    {channel}: {text!r}\n"
    recipe = recipe_of(
        folder, f"recipe: renewal\nvars: {{link: 'https://acme.example'}}\n{declared}"
    )
    source, findings = compile_template("offer", recipe.file.templates["offer"], recipe)
    assert source is not None, findings
    return source


@pytest.mark.parametrize("channel", TEXT_CHANNELS)
def test_a_text_is_written_as_it_stands(tmp_path: Path, channel: TextChannel) -> None:
    source = only_text(
        tmp_path, channel, "Hi {{ contact.first_name }}: Tea & <milk> {{ vars.link }}  "
    )
    back = TemplateSource.from_json(source.to_json())

    assert back == source
    assert (
        Renderer(back).render_text(channel, VALUES) == "Hi Ann: Tea & <milk> https://acme.example"
    )


def test_a_mail_may_have_texts_beside_it(tmp_path: Path) -> None:
    source = compiled(tmp_path, sms="Hi {{ stage }}", post="Dear {{ contact.first_name }}")
    renderer = Renderer(source)

    assert renderer.render(VALUES).subject == "Hello"
    assert renderer.render_text("sms", VALUES) == "Hi mql"
    assert set(names_used(source)) >= {"stage", "contact.first_name"}
    assert source.hash != compiled(tmp_path, sms="Ho {{ stage }}").hash


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ contact.company }}", "contact.company is empty"),
        ("{{ contact.nothing }}", "'contact.nothing' is not known here"),
        ("{{ none }}", "this is none"),
        ("{% if stage == 'x' %}x{% endif %}", "the text is empty"),
        ("{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}", "loops and macros turn more"),
        ("{{ code('birthday') }}", "no code of birthday is left"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_a_reason_at_its_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(CannotRender) as caught:
        Renderer(only_text(tmp_path, "sms", text)).render_text("sms", VALUES)

    assert caught.value.reason.startswith(reason)
    assert (Path(caught.value.place.path).name, caught.value.line) == ("renewal.yaml", 5)


def test_what_a_template_lacks_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotRender, match="the template says nothing as push"):
        Renderer(compiled(tmp_path)).render_text("push", VALUES)
    with pytest.raises(CannotRender, match="the template says nothing as a mail"):
        Renderer(only_text(tmp_path, "sms", "x")).render(VALUES)


def test_nothing_but_text_gets_into_a_text(tmp_path: Path) -> None:
    values = {**VALUES, "contact": {"first_name": "A\x00n\x1bn\u202e\r\nx\n\n\n\ny"}}

    text = Renderer(only_text(tmp_path, "sms", "Hi {{ contact.first_name }}!")).render_text(
        "sms", values
    )

    assert text == "Hi Ann\nx\n\ny!"


def test_a_code_is_that_of_the_enrollment(tmp_path: Path) -> None:
    source = compiled(tmp_path, sms="{{ code('birthday') }}", subject="Use {{ code('birthday') }}")
    values = {**VALUES, "codes": {"birthday": "AB-1\r\nX: y"}}

    assert Renderer(source).render(values).subject == "Use AB-1 X: y"
    assert Renderer(compiled(tmp_path, sms="{{ code('b') | default('later') }}")).render_text(
        "sms", VALUES
    ) == "later"  # fmt: skip


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            {"sms": "x" * 440 + "{{ vars.link }}", "kind": "service"},
            ["sms-long"],
        ),
        ({"sms": "x" * 440 + "{{ stage }}", "kind": "service"}, []),
        ({"sms": "Hi {{ stage }} – read", "kind": "service"}, ["sms-wide"]),
        ({"sms": "Hi"}, ["text-without-way-out"]),
        ({"whatsapp": "Hi"}, ["text-without-way-out"]),
        ({"sms": "Hi, STOP to 4321"}, []),
        ({"whatsapp": "Hi, {{ unsubscribe_url }}"}, []),
        ({"push": "Hi", "post": "Dear –"}, []),
        ({"sms": "Hi {contact.first_name}", "kind": "service"}, ["tag-typo"]),
    ],
)
def test_a_text_is_linted(tmp_path: Path, template: dict[str, Any], expected: list[str]) -> None:
    parts = written(tmp_path, **template)
    source, findings = compile_written(parts)
    assert source is not None, findings

    assert [finding.id for finding in lint_template(parts, source)] == expected


def test_a_long_text_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear {{ contact.first_name }},\n\nx\n")

    assert (
        Renderer(compiled(tmp_path, post="letter.txt")).render_text("post", VALUES)
        == "Dear Ann,\n\nx"
    )
