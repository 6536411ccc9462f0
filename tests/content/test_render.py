"""A template and a contact → a message, or the reason why there is none."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from mactl.content.render import CannotRender, Renderer

from .making import VALUES, compiled, contact, rendered


def text_of(folder: Path, body: str, values: dict[str, Any] | None = None, **template: Any) -> str:
    """The plain text of a service message with this body, without its footer."""
    text = rendered(folder, values, kind="service", body=body + "\n", **template).text
    return text.partition("\n--\n")[0].strip()


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("{{ contact.company }}", "contact.company is empty; write what stands there instead with | default('…')"),
        ("{{ contact.company | upper }}", "contact.company is empty"),
        ("{{ contact.company ~ '!' }}", "contact.company is empty"),
        ("{{ contact.company | date }}", "contact.company is empty"),
        ("{{ contact.company | markdown }}", "contact.company is empty"),
        ("{{ contact.company | join }}", "contact.company is empty"),
        ("{{ contact.company | replace('a', 'b') }}", "contact.company is empty"),
        ("{{ contact.company + 1 }}", "contact.company is empty"),
        ("{{ 1 - contact.company }}", "contact.company is empty"),
        ("{{ contact.frst_name }}", "'contact.frst_name' is not known here; did you mean 'first_name'?"),
        ("{% if contact.frst_name %}{% endif %}", "'contact.frst_name' is not known here"),
        ("{% if contact.frst_name == 'x' %}{% endif %}", "'contact.frst_name' is not known here"),
        ("{% for x in contact.frst_name %}{% endfor %}", "'contact.frst_name' is not known here"),
        ("{{ event.order.total }}", "'event.order' is not known here"),
        ("{{ event.lines[7].name }}", "there is no 7 in it"),
        ("{{ labels.persona }}", "labels is empty"),
        ("{{ view_url }}", "view_url is empty"),
        ("{{ none }}", "this is none"),
        ("{{ 'x' if stage == 'sql' }}", "its condition is false and it has no else"),
        ("{{ ('x' if stage == 'sql') | upper }}", "its condition is false and it has no else"),
        ("{{ contact.interests }}", "a list can't be written as it is"),
        ("{{ contact }}", "a group of values can't be written as it is"),
        ("{{ stage == 'mql' }}", "this is a yes or a no"),
        ("{{ contact.first_name | date }}", "date: this text is no date"),
        ("{{ contact.contract_end | date('HH:mm') }}", "date: 'HH:mm' does not fit a date"),
        ("{{ contact.first_name | money }}", "money: this text is no number"),
        ("{{ contact.price | money('EURO') }}", "money: 'EURO' is not a currency"),
        ("{{ contact.price | number(99) }}", "number: 99 decimals can't be shown"),
        ("{{ contact.interests | number }}", "number: this list is no number"),
        ("{{ 1 / 0 }}", "this divides by zero"),
        ("{{ contact.interests | map('date') | join }}", "date: this text is no date"),
        ("{{ contact.price + 'x' }}", "this can't be worked out"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_never_a_gap_but_a_reason_with_its_line(
    tmp_path: Path, tag: str, reason: str
) -> None:
    (tmp_path / "offer.md").write_text(
        f"# Hello {{{{ contact.first_name }}}}\n\nYou\nget {tag} today.\n"
    )
    source = compiled(tmp_path, body="offer.md")

    with pytest.raises(CannotRender) as caught:
        Renderer(source).render(VALUES)

    assert caught.value.reason.startswith(reason)
    assert (caught.value.template, caught.value.line) == ("renewal.offer", 4)
    assert caught.value.place.path == str(tmp_path / "offer.md")
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("{{ contact.company | default('you') }}", "you"),
        ("{{ contact.company | default('') }}x", "x"),
        ("{{ contact.frst_name | default('you') }}", "you"),
        ("{{ event.order.total | default(0) }}", "0"),
        ("{{ contact.company or 'you' }}", "you"),
        ("{{ contact.company if contact.company else 'you' }}", "you"),
        ("{{ 0 | default(5) }} {{ 0 | default(5, true) }}", "0 5"),
        ("{% if contact.company %}a{% else %}b{% endif %}", "b"),
        (
            "{% if contact.company > 3 or contact.company < 3 or contact.company == 'x' %}a{% else %}b{% endif %}",
            "b",
        ),
        ("{% if contact.company != 'x' %}a{% endif %}", "a"),
        ("{% if contact.company is none and contact.company is not defined %}a{% endif %}", "a"),
        ("{% if contact.company == none %}a{% endif %}", "a"),
        ("{% if contact.company == contact.language %}a{% else %}b{% endif %}", "b"),
        ("{% for x in contact.company %}a{% else %}none{% endfor %}", "none"),
        ("{{ contact.company | length }}", "0"),
        ("{{ contact.clv }} {{ contact.price }} {{ 3 }}", "1500 1249.5 3"),
        ("{{ contact.contract_end }}", "2027-01-15"),
        ("{{ contact.interests | join(' and ') }}", "coffee and tea"),
        ("{{ recipe.id }} {{ recipe.version }}", "renewal 1"),
    ],
)
def test_empty_values_are_rescued_and_compared_as_recipes_do(
    tmp_path: Path, tag: str, shown: str
) -> None:
    assert text_of(tmp_path, tag) == shown


def test_blank_text_and_no_number_are_empty_cells(tmp_path: Path) -> None:
    values = contact(company=" \t", price=float("nan"))

    assert (
        text_of(
            tmp_path,
            "{{ contact.company | default('a') }}{{ contact.price | default('b') }}",
            values,
        )
        == "ab"
    )


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("en_IE", "15 January; 15 January 2027; €1,249.50; US$1,249.50; 1,249.5; 1,249.500"),
        ("nl_NL", "15 januari; 15 januari 2027; €\xa01.249,50; US$\xa01.249,50; 1.249,5; 1.249,500"),
        ("de-AT", "15 Jänner; 15. Jänner 2027; €\xa01.249,50; $\xa01.249,50; 1.249,5; 1.249,500"),
        ("en", "15 January; January 15, 2027; €1,249.50; $1,249.50; 1,249.5; 1,249.500"),
        ("Klingon", "15 January; January 15, 2027; €1,249.50; $1,249.50; 1,249.5; 1,249.500"),
    ],
)  # fmt: skip
def test_dates_and_numbers_are_written_in_the_templates_language(
    tmp_path: Path, locale: str, shown: str
) -> None:
    subject = (
        "{{ contact.contract_end | date('d MMMM') }}; {{ contact.contract_end | date }}; {{ contact.price | money }}; "
        "{{ contact.price | money('USD') }}; {{ contact.price | number }}; {{ contact.price | number(3) }}"
    )
    found = rendered(tmp_path, contact(), subject=subject, locale=locale).subject

    assert found.replace("\xa0", " ") == shown.replace("\xa0", " ").replace(
        "1.249,50; $", "1.249,50; $"
    )


@pytest.mark.parametrize(
    ("value", "pattern", "shown"),
    [
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "d MMM HH:mm", "25 Oct 01:30"),
        (datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Asia/Tokyo")), "HH:mm", "09:00"),
        (datetime(2026, 7, 1, 0, tzinfo=UTC).astimezone(ZoneInfo("Asia/Tokyo")), "HH:mm", "09:00"),
        (datetime(2026, 7, 1, 9, tzinfo=UTC), "short", "01/07/2026"),
        (date(2026, 7, 1), "full", "Wednesday, 1 July 2026"),
        ("2026-07-01", "EEEE d/M", "Wednesday 1/7"),
        ("2026-07-01T09:30", "HH:mm", "09:30"),
    ],
)
def test_dates_come_as_days_instants_and_text(
    tmp_path: Path, value: Any, pattern: str, shown: str
) -> None:
    subject = f"{{{{ contact.x | date('{pattern}') }}}}"

    assert rendered(tmp_path, contact(x=value), subject=subject).subject == shown


def test_values_are_escaped_in_html_and_only_there(tmp_path: Path) -> None:
    message = rendered(
        tmp_path,
        contact(first_name="<script>x('a')</script> \"&\""),
        subject="Hi {{ contact.first_name }}",
        preheader="For {{ contact.first_name }}",
        body="Hi **{{ contact.first_name }}**, [see](https://x.example/?q={{ contact.first_name }})\n",
    )

    escaped = "&lt;script&gt;x(&#39;a&#39;)&lt;/script&gt; &#34;&amp;&#34;"
    assert "<script" not in message.html
    assert f"<strong>{escaped}</strong>" in message.html
    assert f'href="https://x.example/?q={escaped}"' in message.html
    assert f"For {escaped}" in message.html
    assert f"<title>Hi {escaped}</title>" in message.html
    assert "Hi <script>x('a')</script> \"&\"," in message.text
    assert message.subject == "Hi <script>x('a')</script> \"&\""
    assert message.preheader == "For <script>x('a')</script> \"&\""


def test_values_are_no_markdown_and_no_jinja(tmp_path: Path) -> None:
    values = contact(first_name="# *a* [b](http://x) {{ stage }} {% if %} | `c`")

    message = rendered(tmp_path, values, body="{{ contact.first_name }}\n")

    assert "<p" in message.html
    assert "# *a* [b](http://x) {{ stage }} {% if %} | `c`</p>" in message.html


def test_the_markdown_filter_formats_a_value_without_its_html(tmp_path: Path) -> None:
    note = "*Hi* <b onclick=x>you</b> [a](https://x.example) [b](javascript:x) ![c](https://t.example/p.gif)"
    values = contact(note=note, long="One\n\n- two")

    message = rendered(
        tmp_path,
        values,
        body="Note: {{ contact.note | markdown }}\n\n<div>{{ contact.long | markdown }}</div>\n",
    )

    assert (
        'Note: <em>Hi</em> &lt;b onclick=x&gt;you&lt;/b&gt; <a href="https://x.example">a</a> [b](javascript:x) '
        '!<a href="https://t.example/p.gif">c</a></p>'
    ) in message.html
    assert "<div><p>One</p>\n<ul>\n<li>two</li>\n</ul></div>" in message.html
    assert note in message.text


def test_markup_from_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"contact\.note is no plain value but Markup"):
        rendered(tmp_path, contact(note=Markup("<b>")))


@given(st.text(st.characters(exclude_categories=[])))
def test_a_subject_is_one_line_whatever_the_values(name: str) -> None:
    subject = SUBJECT.render(contact(first_name=f"x{name}")).subject

    assert len(subject.splitlines()) == 1
    assert subject.startswith("Hi x") and subject == subject.strip()
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in subject)
    assert not set(subject) & set("\u202a\u202e\u2066\u2028\u2029")


SUBJECT = Renderer(compiled(Path(), subject="Hi {{ contact.first_name }}", kind="service"))


def test_an_empty_subject_is_not_sent(tmp_path: Path) -> None:
    with pytest.raises(CannotRender, match=r"renewal\.yaml:\d+: the subject is empty"):
        rendered(tmp_path, subject="{{ contact.company | default('') }} ")


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", " JavaScript:x", "data:text/html,x", "vbscript:x", "java\tscript:x"],
)
def test_a_link_from_data_runs_no_code(tmp_path: Path, value: str) -> None:
    source = compiled(tmp_path, body="[x]({{ contact.site }})\n")

    with pytest.raises(CannotRender, match="a link runs code"):
        Renderer(source).render(contact(site=value))

    for fine in (
        "https://x.example/a:b",
        "mailto:a@x.example",
        "tel:+31",
        "/path:x",
        "?a=b:c",
        "x.example",
    ):
        Renderer(source).render(contact(site=fine))


@pytest.mark.parametrize("missing", ["", None])
def test_marketing_never_goes_out_without_its_way_out(tmp_path: Path, missing: str | None) -> None:
    hidden = compiled(
        tmp_path, body="{% if stage == 'sql' %}[Stop]({{ unsubscribe_url }}){% endif %} Hi\n"
    )
    with pytest.raises(CannotRender, match="without its unsubscribe link"):
        Renderer(hidden).render(VALUES)

    plain = compiled(tmp_path)
    with pytest.raises(CannotRender, match="unsubscribe_url is empty"):
        Renderer(plain).render({**VALUES, "unsubscribe_url": missing})


def test_service_mail_needs_no_way_out(tmp_path: Path) -> None:
    message = rendered(tmp_path, {**VALUES, "unsubscribe_url": None}, kind="service")

    assert "nsubscribe" not in message.html + message.text
    assert "Keizersgracht" in message.html and "Keizersgracht" in message.text
