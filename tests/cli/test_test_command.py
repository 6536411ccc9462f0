"""`mactl test` and `mactl plan --days` as a person uses them."""

from xml.etree import ElementTree

import pytest

from tests.cli.conftest import HELLO, SETTINGS, Home, Mactl

STORY = """\
  - name: hello goes out
    now: 2026-12-01T09:00
    contacts: [{email: ann@example.com, first_name: Ann}]
    events: [{email: ann@example.com, event: signed_up, at: 2026-12-01T10:00}]
    consents: [{email: ann@example.com, topic: offers}]
    run: 1 day
"""
GOOD = f"{STORY}    expect: {{sends: [{{to: ann@example.com, template: first}}]}}\n"
BAD = (f"{STORY}    expect: {{sends: [{{to: ann@example.com, template: second}}]}}\n").replace(
    "hello goes out", "hello does <not> go out"
)


@pytest.fixture
def tested(home: Home) -> Home:
    home.write("recipes/hello.yaml", f"{HELLO}tests:\n{GOOD}{BAD}")
    return home


def test_the_exit_status_tells_whether_all_passed(mactl: Mactl, tested: Home) -> None:
    ran = mactl("test")
    assert ran.status == 1
    assert "✓ hello goes out" in ran.out and "✗ hello does <not> go out" in ran.out
    assert "expected second to ann@example.com" in ran.out
    assert "they stand on wait-1 (wait 3 days) until 2026-12-04T10:00" in ran.out
    assert "no test walks the steps" in ran.out

    ran = mactl("test", "-k", "GOES out", "recipes/hello.yaml")
    assert ran.status == 0 and "1 test in" in ran.out
    assert mactl("test", "-k", "goes out", "--fail-under", "90").status == 1
    assert mactl("test", "-k", "goes out", "--fail-under", "10").status == 0
    assert not (tested.folder / ".mactl").exists() and not tested.outbox


def test_json_has_every_test_and_what_was_walked(mactl: Mactl, tested: Home) -> None:
    ran = mactl("test", "--format", "json")

    (recipe,) = ran.json["recipes"]
    good, bad = recipe["tests"]
    assert good["passed"] and not good["failures"] and good["seconds"] > 0
    assert [set(failure) for failure in bad["failures"]] == [{"what", "expected", "got", "why"}] * 2
    assert recipe["coverage"]["steps"]["missing"] == ["choose-1", "exit-1", "second"]
    assert set(recipe["coverage"]) == {"percent", "steps", "branches", "rules"}
    assert ran.json["totals"] == {"tests": 2, "passed": 1, "failed": 1}


def test_junit_is_what_ci_reads(mactl: Mactl, tested: Home) -> None:
    root = ElementTree.fromstring(mactl("test", "--format", "junit").out)

    (suite,) = root
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("hello", "2", "1")
    assert [case.get("name") for case in suite] == ["hello goes out", "hello does <not> go out"]
    assert "they stand on" in (suite[1][0].text or "")


def test_a_new_test_gets_its_expectations_for_review(mactl: Mactl, home: Home) -> None:
    path = home.write("recipes/hello.yaml", f"{HELLO}tests:\n{STORY}")
    assert mactl("test").status == 1
    assert "recipes/hello.yaml" in mactl("test", "--update").out
    assert "{to: ann@example.com, template: first, at: 2026-12-01T10:00}" in path.read_text()
    assert mactl("test").status == 0


def test_a_recipe_without_tests_and_a_faulty_one_are_told(mactl: Mactl, home: Home) -> None:
    ran = mactl("test")
    assert ran.status == 0 and "no tests" in ran.out
    home.write("recipes/hello.yaml", HELLO.replace("send: first", "send: frist"))
    ran = mactl("test")
    assert ran.status == 1 and "not played" in ran.out and "unknown-template" in ran.out
    suite = ElementTree.fromstring(mactl("test", "--format", "junit").out)[0]
    assert suite.get("errors") == "1"


def test_what_is_not_there_cannot_be_tested(mactl: Mactl, home: Home) -> None:
    assert mactl("test", "recipes/nothing.yaml").status == 2
    home.write("mactl.yaml", SETTINGS + "colour: blue\n")
    assert mactl("test").status == 2


def test_days_to_come_are_a_calendar(mactl: Mactl, home: Home) -> None:
    ran = mactl("plan", "--days", "5", "--now", "2026-12-01T09:00", "--format", "json")
    calendar = ran.json

    assert ran.status == 0
    assert [day["date"] for day in calendar["days"]][::5] == ["2026-12-01", "2026-12-06"]
    flow = calendar["days"][0]["recipes"]["hello"]
    assert (flow["sends"], flow["entering"], flow["skipped"]) == (2, 3, 1)
    assert calendar["totals"]["recipes"]["hello"]["why"]["Belgium has its own"] == 1

    text = mactl("plan", "--days", "5", "--now", "2026-12-01T09:00").out
    assert "Tue 2026-12-01" in text and "if nobody reacts" in text
    assert not (home.folder / ".mactl" / "state.db").exists()


def test_an_assumption_needs_days(mactl: Mactl, home: Home) -> None:
    ran = mactl("plan", "--assume", "clicked=3%")

    assert ran.status == 2 and "--days" in ran.err
