"""The templates of a run: every step that sends, in each of its wordings, of today's recipes and of old ones."""

from pathlib import Path

from mactl.content.supplies import Supplies
from mactl.project import Sender, Settings
from mactl.recipe.cookbook import load_recipe
from mactl.recipe.recipe import Recipe
from mactl.workflows.writing.templates import compile_templates, wording_key

RECIPE = """\
recipe: hello
version: 2
segments: {all: {field: email, empty: false}}
moved: {greeting: hi}
journey:
  enter: {segment: all}
  leave: []
  steps:
    - send: {template: hi, subject: Own}
    - ask_consent: {topic: news, template: ask, wording: w.md}
      up_to: 3 days
    - send: issue
templates:
  hi: {kind: service, subject: Hi, body: Hello, by: [stage], cells: {mql: {}, "*": {body: "For {{ stage }}"}}}
  ask: {kind: service, subject: May we, body: "{{ confirm_url }}"}
  issue: {kind: service, subject: Issue, body: "issues/{occurrence}.md"}
"""
SENDER = Sender.model_validate(
    {"from": "a@acme.example", "address": "Acme", "unsubscribe": "mailto:u@acme.example",
     "confirm": "https://acme.example/c/{token}"}
)  # fmt: skip


def recipe(folder: Path, text: str = RECIPE) -> Recipe:
    (folder / "hello.yaml").write_text(text)
    found, findings = load_recipe(folder / "hello.yaml")
    assert found is not None and not findings, findings
    return found


def test_a_project_supplies_what_it_declares() -> None:
    settings = Settings(sender=SENDER, locale="nl_NL")

    assert Supplies.of(settings) == Supplies(
        "nl_NL", "EUR", frozenset(), frozenset(), frozenset({"unsubscribe_url", "confirm_url"})
    )
    assert Supplies.of(Settings()).addresses is None


def test_steps_go_by_their_original_ids_and_say_who_they_are_from(tmp_path: Path) -> None:
    templates, findings = compile_templates([recipe(tmp_path)], Settings(sender=SENDER))

    assert not findings
    assert set(templates.steps) == {
        ("hello", "greeting"),
        ("hello", "ask_consent-1"),
        ("hello", "issue"),
    }
    assert set(templates.sources) == {
        ("hello", "greeting[mql]"), ("hello", "greeting[*]"), ("hello", "ask_consent-1"),
    }  # fmt: skip
    source = templates.sources["hello", "greeting[*]"]
    assert (source.subject, source.from_) == ("Own", "a@acme.example")


def test_what_an_address_needs_is_found_before_anything_goes_out(tmp_path: Path) -> None:
    without = SENDER.model_copy(update={"confirm": None})
    _, findings = compile_templates([recipe(tmp_path)], Settings(sender=without))

    assert [(f.id, f.place and f.place.line) for f in findings] == [("unknown-name", 15)]


def test_a_faulty_occurrence_is_told_by_whoever_gets_it(tmp_path: Path) -> None:
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues" / "2026-12-01.md").write_text("{{ nothing }}")
    templates, findings = compile_templates([recipe(tmp_path)], Settings(sender=SENDER))

    step = templates.of("hello", 2, "issue")
    assert not findings
    compiled, problems = step.wording(None, "2026-12-01T0900")
    assert compiled is None and [f.id for f in problems] == ["unknown-name"]
    compiled, problems = step.wording(None, "2026-12-08")
    assert compiled is None and [f.id for f in problems] == ["template-file-missing"]


def test_who_is_in_an_old_version_gets_its_words_though_the_files_are_gone(tmp_path: Path) -> None:
    text = RECIPE.replace("body: Hello", "body: hi.md")
    (tmp_path / "hi.md").write_text("Old words\n")
    old = recipe(tmp_path, text)
    kept, _ = compile_templates([old], Settings(sender=SENDER))
    sources = {step: source for (_, step), source in kept.sources.items()}
    (tmp_path / "hi.md").unlink()
    today, _ = compile_templates([recipe(tmp_path)], Settings(sender=SENDER))

    both = today.with_old([(old, 1, sources)], Settings(sender=SENDER))

    was, _ = both.of("hello", 1, "greeting").wording("mql", None)
    now, _ = both.of("hello", 2, "greeting").wording("mql", None)
    assert was is not None and now is not None
    assert "Old words" in (was.source.text or "") and "Hello" in (now.source.text or "")
    assert was.source == sources[wording_key("greeting", "mql")]
    # A version that was never kept goes on in today's.
    assert both.of("hello", 0, "greeting").wording("mql", None)[0] == now
