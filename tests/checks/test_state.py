"""Edits of a recipe while people are in its journey: nobody is stranded, nobody gets a message again."""

import pytest

from tests.cli.conftest import HELLO, NOW, Home, Mactl

TAGS = """\
recipe: tags
journey:
  enter: {event: signed_up}
  leave: []
  steps:
    - wait: 3 days
    - tag: early
    - wait: 5 days
"""


@pytest.fixture
def running(home: Home, mactl: Mactl) -> Home:
    """Two people got `first`, a third has no consent; all wait."""
    for now in (NOW, "2026-12-01T10:00"):
        ran = mactl("send", "--yes", "--now", now)
        assert ran.status == 0, ran.err
    return home


def found(home: Home, mactl: Mactl, text: str) -> list[tuple[str, str]]:
    home.write("recipes/hello.yaml", text)
    ran = mactl("check", "--state", "--format", "json")
    ids = ("stranded", "shifted-step", "sent-again", "recipe-gone")
    return [(f["id"], f["message"]) for f in ran.json["findings"] if f["id"] in ids]


def test_a_recipe_as_it_ran_strands_nobody(running: Home, mactl: Mactl) -> None:
    assert found(running, mactl, HELLO) == []


def test_a_step_that_people_stand_on_can_not_just_go(running: Home, mactl: Mactl) -> None:
    without = HELLO.replace("    - wait: 3 days\n", "")

    [(id, message)] = found(running, mactl, without)

    assert id == "stranded"
    assert message == "3 people stand on 'wait-1', which the journey does not have any more"
    assert found(running, mactl, without + "retired: {wait-1: second}\n") == []


def test_a_renamed_step_says_what_it_was_called(running: Home, mactl: Mactl) -> None:
    renamed = HELLO.replace("- wait: 3 days\n", "- wait: 3 days\n      id: rest\n")

    assert [id for id, _ in found(running, mactl, renamed)] == ["stranded"]
    assert found(running, mactl, renamed + "moved: {wait-1: rest}\n") == []


def test_a_new_step_before_them_must_not_take_their_steps_name(running: Home, mactl: Mactl) -> None:
    pushed = HELLO.replace("    - send: first\n", "    - wait: 1 hour\n    - send: first\n")

    [(id, message)] = found(running, mactl, pushed)

    assert id == "shifted-step"
    assert (
        message
        == "3 people stand on 'wait-1', which is called 'wait-2' now; 'wait-1' is another step"
    )
    kept = pushed.replace("- wait: 3 days\n", "- wait: 3 days\n      id: wait-1\n")
    kept = kept.replace("- wait: 1 hour\n", "- wait: 1 hour\n      id: pause\n")
    assert found(running, mactl, kept) == []


def test_a_lengthened_wait_is_no_shift(running: Home, mactl: Mactl) -> None:
    assert found(running, mactl, HELLO.replace("3 days", "4 days")) == []


def test_a_renamed_template_would_go_out_again(running: Home, mactl: Mactl) -> None:
    renamed = HELLO.replace("  first: {", "  welcome: {").replace("send: first", "send: welcome")

    told = found(running, mactl, renamed)

    assert told == [
        (
            "sent-again",
            "2 people got 'first', which is called 'welcome' now and would go to them again",
        )
    ]
    assert found(running, mactl, renamed + "moved: {first: welcome}\n") == []


def test_a_new_version_lets_people_finish_the_old_one(running: Home, mactl: Mactl) -> None:
    without = HELLO.replace("    - wait: 3 days\n", "")

    assert found(running, mactl, f"version: 2\n{without}") == []


def test_a_recipe_that_people_are_in_can_not_just_go(running: Home, mactl: Mactl) -> None:
    (running.folder / "recipes" / "hello.yaml").unlink()
    running.write("recipes/tags.yaml", TAGS)

    ran = mactl("check", "--state", "--format", "json")

    [gone] = [f for f in ran.json["findings"] if f["id"] == "recipe-gone"]
    assert gone["message"] == "3 people stand in 'hello', and the cookbook has no such recipe"
    running.write("recipes/tags.yaml", TAGS + "moved: {hello: tags}\nretired: {wait-9: wait-1}\n")
    ran = mactl("check", "--state", "--format", "json")
    assert [f["id"] for f in ran.json["findings"] if f["id"] == "recipe-gone"] == []


def test_without_a_state_nobody_is_in_flight(home: Home, mactl: Mactl) -> None:
    assert found(home, mactl, HELLO) == []
