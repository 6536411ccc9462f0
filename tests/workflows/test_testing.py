"""Recipes' tests, played: the cookbook we ship, the cases, and what a test that fails tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from mactl.project import load_project
from mactl.recipe.cookbook import find_recipe_files
from mactl.workflows.testing import running
from mactl.workflows.testing.comparing import Failure
from mactl.workflows.testing.running import RecipeResult, Wishes, run_tests
from tests.conftest import ROOT

CASES = ROOT / "tests" / "cases" / "recipes"
SHIPPED = ROOT / "recipes"

RECIPE = """\
recipe: hello
title: A story to test with
privacy: {basis: [consent], topic: offers, purpose: Say hello}
goal: {event: paid, within: 30 days}
segments:
  dutch: {field: country, eq: NL}
  keen: [{segment: dutch}, {event: visit, count: {gte: 2}}]
journey:
  enter: {event: began, where: {value: {gte: 10}}, if: {segment: dutch}}
  exclude: {field: blocked, eq: true}
  leave: [goal]
  steps:
    - send: first
    - wait_for: {clicked: first}
      up_to: 2 days
      then: [{task: {id: call, to: sales, title: "Call {{ contact.first_name }}"}}]
      else: [{wait: 1 day}]
    - choose:
        - {when: {field: country, eq: BE}, then: [{exit: Belgium has its own}]}
    - send: {template: second, subject: "Still there, {{ contact.first_name }}?"}
templates:
  first: {subject: "Hello {{ contact.first_name | default('you') }}", body: "Welcome."}
  second: {subject: Second, body: "Tell us, {{ contact.first_name }}."}
"""
SETTINGS = """\
timezone: Europe/Amsterdam
teams: {sales: {email: sales@example.com}}
"""
ANN = """\
  - name: a story
    now: 2026-12-01T09:00
    contacts: [{email: ann@example.com, first_name: Ann, country: NL}]
    events: [{email: ann@example.com, event: began, at: 2026-12-01T10:00, value: 20}]
    consents: [{email: ann@example.com, topic: offers}]
    run: 10 days
"""


@dataclass(frozen=True)
class Stage:
    """A project with one recipe, whose tests are written by the test."""

    folder: Path

    def play(
        self, tests: str, recipe: str = RECIPE, settings: str = SETTINGS, *, update: bool = False
    ) -> running.Tested:
        (self.folder / "mactl.yaml").write_text(settings)
        (self.folder / "recipes").mkdir(exist_ok=True)
        path = self.folder / "recipes" / "hello.yaml"
        path.write_text(f"{recipe}tests:\n{tests}")
        project, findings = load_project(self.folder)
        assert not findings
        return run_tests(project, [], Wishes(update=update))

    def failures(self, tests: str, recipe: str = RECIPE) -> Sequence[Failure]:
        return self.play(tests, recipe).tests[0].failures

    @property
    def text(self) -> str:
        return (self.folder / "recipes" / "hello.yaml").read_text()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def expect(text: str, story: str = ANN) -> str:
    body = dedent(text).strip().replace("\n", "\n      ")
    return f"{story}    expect:\n      {body}\n"


@pytest.mark.parametrize(
    "path",
    [*find_recipe_files([CASES]), *find_recipe_files([SHIPPED])],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_every_test_of_the_cases_and_of_the_shipped_cookbook_passes(path: Path) -> None:
    folder = CASES if CASES in path.parents else ROOT
    project, _ = load_project(folder)
    tested = run_tests(project, [str(path)], Wishes())

    assert tested.tests, "a recipe without tests shows nothing"
    told = [(test.name, failure) for test in tested.tests for failure in test.failures]
    assert not told and tested.passed
    coverage = tested.recipes[0].coverage
    assert coverage is not None and coverage.percent == 100


def test_what_came_as_expected_passes(stage: Stage) -> None:
    story = f"{ANN}    react: [{{email: ann@example.com, clicked: first, after: 2 hours}}]\n"
    tested = stage.play(
        expect(
            """
            sends:
              - {to: ann@example.com, template: first, at: 2026-12-01T10:00, subject: Hello Ann}
              - {to: ann@example.com, template: second, at: 2026-12-01T12:00, subject: "Still there, Ann?"}
            left: {ann@example.com: end}
            tasks: [{contact: ann@example.com, task: call, to: sales, title: Call Ann}]
            segments: {ann@example.com: [dutch]}
            skipped: []
            held: []
            enrolled: {ann@example.com: []}
            """,
            story,
        )
    )

    assert [test.failures for test in tested.tests] == [()]


def test_a_missing_and_an_unexpected_message_stand_side_by_side_with_their_reason(
    stage: Stage,
) -> None:
    failures = stage.failures(
        expect(
            """
            sends:
              - {to: ann@example.com, template: first, at: 2026-12-01T11:00}
              - {to: ann@example.com, template: second, at: 2026-12-04T10:00}
            """
        )
    )

    (failure,) = failures
    assert failure.what == "sends"
    assert failure.expected == "first to ann@example.com at 2026-12-01T11:00"
    assert failure.got == "first to ann@example.com at 2026-12-01T10:00"
    assert "step first of hello, on consent for offers" in failure.why


WHY = {
    "event too small": (
        "country: NL}", "value: 5}",
        ["they never entered", "began where value is at least 10 (never)"],
    ),
    "enter.if": ("country: FR}", "value: 20}", ["enter.if is false", "country is NL (FR)"]),
    "excluded": ("country: NL, blocked: true}", "value: 20}", ["exclude holds", "blocked is true"]),
}  # fmt: skip


@pytest.mark.parametrize("case", WHY)
def test_who_never_entered_is_told_with_the_condition_that_kept_them_out(
    stage: Stage, case: str
) -> None:
    contact, event, told = WHY[case]
    story = ANN.replace("country: NL}", contact).replace("value: 20}", event)
    (failure,) = stage.failures(expect("sends: [{to: ann@example.com, template: first}]", story))

    assert failure.got == "nothing"
    for part in told:
        assert part in failure.why


def test_a_message_without_a_ground_tells_the_gate(stage: Stage) -> None:
    story = ANN.replace("    consents: [{email: ann@example.com, topic: offers}]\n", "")
    failures = stage.failures(expect("sends: [{to: ann@example.com, template: first}]", story))

    assert failures[0].why.startswith("skipped by consent: ")


def test_a_way_that_was_not_taken_tells_the_condition(stage: Stage) -> None:
    recipe = RECIPE.replace("then: [{exit: Belgium has its own}]", "then: [{send: third}]").replace(
        "templates:\n", "templates:\n  third: {subject: Third, body: Belgium.}\n"
    )
    failures = stage.failures(expect("sends: [{to: ann@example.com, template: third}]"), recipe)
    missing = next(failure for failure in failures if failure.got == "nothing")

    assert "their journey ended" in missing.why
    assert "choose-1: country is BE (NL)" in missing.why


def test_where_somebody_stands_is_told_when_the_message_is_still_to_come(stage: Stage) -> None:
    story = ANN.replace("run: 10 days", "run: 1 day")
    failures = stage.failures(expect("sends: [{to: ann@example.com, template: second}]", story))
    missing = next(failure for failure in failures if failure.got == "nothing")

    assert "they stand on wait_for-1" in missing.why and "2026-12-03T10:00" in missing.why


def test_a_template_that_fails_on_somebody_is_held_and_tells_why(stage: Stage) -> None:
    story = ANN.replace("first_name: Ann, ", "").replace("run: 10 days", "run: 4 days")
    (failure,) = stage.failures(
        expect(
            """
            sends:
              - {to: ann@example.com, template: first}
              - {to: ann@example.com, template: second}
            """,
            story,
        )
    )

    assert failure.expected == "second to ann@example.com"
    assert failure.why.startswith("held by template: ") and "contact.first_name" in failure.why


def test_messages_of_one_instant_may_come_in_any_order_others_not(stage: Stage) -> None:
    story = ANN.replace(
        "country: NL}]", "country: NL}, {email: bob@example.com, first_name: Bob, country: NL}]"
    ).replace(
        "value: 20}]", "value: 20}, {email: bob@example.com, event: began, at: 2026-12-01T10:00, value: 20}]"
    ).replace(
        "topic: offers}]", "topic: offers}, {email: bob@example.com, topic: offers}]"
    )  # fmt: skip
    story = story.replace("run: 10 days", "run: 1 day")
    both = ["{to: ann@example.com, template: first}", "{to: bob@example.com, template: first}"]
    for order in (both, both[::-1]):
        assert not stage.failures(expect(f"sends: [{', '.join(order)}]", story))
    later = story.replace("10:00, value: 20}]", "11:00, value: 20}]")

    assert stage.failures(expect(f"sends: [{', '.join(both[::-1])}]", later))


def test_reactions_reach_the_state_as_real_ones_would(stage: Stage) -> None:
    story = f"{ANN}    react: [{{email: ann@example.com, unsubscribed: first, after: 1 hour}}]\n"
    assert not stage.failures(
        expect(
            """
            sends: [{to: ann@example.com, template: first}]
            skipped: [{to: ann@example.com, template: second, gate: suppression}]
            suppressed: {ann@example.com: offers}
            """,
            story,
        )
    )
    story = f"{ANN}    react: [{{email: ann@example.com, bounced: first, after: 1 hour}}]\n"
    assert not stage.failures(expect("suppressed: {ann@example.com: all}", story))


def test_a_task_that_is_done_is_seen(stage: Stage) -> None:
    recipe = RECIPE.replace(
        "    - choose:\n",
        "    - wait_for: {task: call, is: done}\n      up_to: 5 days\n    - choose:\n",
    )
    story = (
        f"{ANN}    react:\n      - {{email: ann@example.com, clicked: first, after: 2 hours}}\n"
        "      - {email: ann@example.com, done: call, after: 3 hours}\n"
    )
    assert not stage.failures(
        expect(
            """
            sends:
              - {to: ann@example.com, template: first, at: 2026-12-01T10:00}
              - {to: ann@example.com, template: second, at: 2026-12-01T15:00}
            """,
            story,
        ),
        recipe,
    )


def test_draws_fall_as_the_test_says(stage: Stage) -> None:
    recipe = RECIPE.replace("  leave: [goal]\n", "  leave: [goal]\n  holdout: 50%\n")
    for held_out, sends in ((True, "[]"), (False, "[{to: ann@example.com, template: first}]")):
        story = ANN.replace("run: 10 days", "run: 1 day")
        story += f"    draws: {{ann@example.com: {{holdout: {str(held_out).lower()}}}}}\n"
        assert not stage.failures(expect(f"sends: {sends}", story), recipe)


CANNOT_PLAY = {
    "a stranger in consents": ("topic: offers}", "topic: offers}, {email: eve@example.com, topic: offers}"),
    "an event of nobody": (
        "email: ann@example.com, event: began", "email: eve@example.com, event: began",
    ),
    "an event without an instant": (", at: 2026-12-01T10:00", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CANNOT_PLAY)
def test_a_story_that_does_not_go_together_fails_and_says_why(stage: Stage, case: str) -> None:
    old, new = CANNOT_PLAY[case]
    assert old in ANN
    (failure,) = stage.failures(expect("sends: []", ANN.replace(old, new)))

    assert failure.what == "play" and failure.got


def test_a_name_that_the_test_does_not_have_is_told(stage: Stage) -> None:
    failures = stage.failures(expect("left: {eve@example.com: goal}"))

    assert [(failure.what, failure.expected) for failure in failures] == [
        ("contacts", "eve@example.com")
    ]


def test_what_nobody_walked_is_told(stage: Stage) -> None:
    result: RecipeResult = stage.play(expect("left: {ann@example.com: end}")).recipes[0]
    coverage = result.coverage

    assert coverage is not None
    assert coverage.steps.missing == ("call", "exit-1")
    assert coverage.branches.missing == ("wait_for-1: then", "choose-1: case 1")
    assert set(coverage.rules.missing) == {
        "segment hello.dutch: out", "segment hello.keen: in",
    }  # fmt: skip


def test_a_faulty_recipe_is_not_played(stage: Stage) -> None:
    tested = stage.play(
        expect("sends: []"), RECIPE.replace("{segment: dutch}}", "{segment: dusch}}")
    )

    assert not tested.passed and not tested.tests
    assert tested.recipes[0].is_faulty
    assert "unknown-segment" in {finding.id for finding in tested.findings}


def test_the_update_writes_what_came_and_leaves_all_else_as_it_stands(stage: Stage) -> None:
    flow = (
        "  # one line\n"
        "  - {name: nobody, now: 2026-12-01T09:00, contacts: [{email: bob@example.com, note: 'it''s: {x}'}]}  # kept\n"
    )
    kept = expect("sends: [] # wrong, and mine", ANN.replace("a story", "mine"))
    tested = stage.play(f"{ANN}\n  # between\n{flow}{kept}", update=True)
    before = f"{RECIPE}tests:\n{ANN}\n  # between\n{flow}{kept}"

    assert tested.updated
    added = [line for line in stage.text.splitlines() if line not in before.splitlines()]
    assert added == [
        "      sends:",
        "        - {to: ann@example.com, template: first, at: 2026-12-01T10:00}",
        "        - {to: ann@example.com, template: second, at: 2026-12-04T10:00}",
        "      left: {ann@example.com: end}",
        "  - {name: nobody, now: 2026-12-01T09:00, contacts: [{email: bob@example.com, note: 'it''s: {x}'}],"
        " expect: {sends: []}}  # kept",
    ]
    project, _ = load_project(stage.folder)
    again = run_tests(project, [], Wishes())
    assert [test.passed for test in again.tests] == [True, True, False]


def test_a_test_without_expectations_fails_until_it_is_updated(stage: Stage) -> None:
    (failure,) = stage.failures(ANN)

    assert "--update" in failure.why


def test_what_starts_itself_again_and_again_is_stopped(stage: Stage) -> None:
    recipe = """\
recipe: hello
segments: {dutch: {field: country, eq: NL}}
journey: {enter: {segment: dutch}, again: always, leave: [], steps: [{set: {seen: true}}]}
"""
    (failure,) = stage.failures(expect("sends: []"), recipe)

    assert failure.what == "play" and "came to rest" in failure.got
