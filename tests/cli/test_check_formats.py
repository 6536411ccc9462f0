"""Findings for people, CI and other programs; silenced where a comment says why."""

from xml.etree import ElementTree

import pytest

from mactl.checks import CHECKS
from mactl.checks.manual import manuals
from tests.cli.conftest import HELLO, Home, Mactl

FAULTY = HELLO.replace("send: second", "send: secnd")


@pytest.fixture
def faulty(home: Home) -> Home:
    home.write("recipes/hello.yaml", FAULTY)
    return home


def test_text_shows_the_line_with_a_caret_below_the_column(faulty: Home, mactl: Mactl) -> None:
    lines = mactl("check").out.splitlines()

    assert lines[2] == "    12 |     - send: secnd"
    assert lines[3].index("^") == lines[2].index("secnd")


def test_github_shows_findings_beside_their_lines(faulty: Home, mactl: Mactl) -> None:
    ran = mactl("check", "--format", "github")

    assert ran.status == 1
    assert ran.out.splitlines()[0] == (
        "::error file=recipes/hello.yaml,line=12,col=13,title=unknown-template::"
        "there is no template 'secnd' in this recipe%0Ahint: did you mean 'second'?"
    )


def test_sarif_names_the_rule_the_file_and_the_region(faulty: Home, mactl: Mactl) -> None:
    log = mactl("check", "--format", "sarif").json

    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    first = run["results"][0]
    assert (log["version"], first["level"], first["ruleId"]) == (
        "2.1.0",
        "error",
        "unknown-template",
    )
    assert rules[first["ruleIndex"]]["id"] == "unknown-template"
    assert "\n" not in rules[0]["shortDescription"]["text"]
    place = first["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "recipes/hello.yaml"},
        "region": {"startLine": 12, "startColumn": 13},
    }


def test_junit_has_a_failed_case_for_each_finding_and_one_that_passed_where_there_is_none(
    home: Home, mactl: Mactl
) -> None:
    clean = ElementTree.fromstring(mactl("check", "--format", "junit").out)
    home.write("recipes/hello.yaml", FAULTY)
    faulty = ElementTree.fromstring(mactl("check", "--format", "junit").out)

    assert (clean.get("tests"), clean.get("failures"), len(clean)) == ("1", "0", 1)
    assert (faulty.get("tests"), faulty.get("failures"), len(faulty)) == ("2", "2", 2)


@pytest.mark.parametrize(
    ("comment", "ids"),
    [
        ("second:  # mactl: ignore[unused-template] kept for spring", []),
        ("second:  # mactl: ignore[unused-template]", ["ignore-without-reason"]),
        ("second:  # mactl: ignore[another] a reason", ["unused-template"]),
    ],
)
def test_a_comment_with_a_reason_silences_a_finding_on_its_line(
    home: Home, mactl: Mactl, comment: str, ids: list[str]
) -> None:
    text = HELLO.replace("    - send: second\n", "")
    text = text.replace(
        '  second: {subject: "How is it going?", body: "Tell us, {{ contact.first_name }}."}',
        f"  {comment}\n    subject: x\n    body: y",
    )
    home.write("recipes/hello.yaml", text)

    assert [found["id"] for found in mactl("check", "--format", "json").json["findings"]] == ids


def test_a_comment_alone_on_the_line_above_silences_too(home: Home, mactl: Mactl) -> None:
    text = HELLO.replace("    - send: second\n", "")
    home.write(
        "recipes/hello.yaml",
        text.replace("  second:", "  # mactl: ignore[unused-template] soon\n  second:"),
    )

    assert mactl("check", "--format", "json").json["findings"] == []


def test_every_check_has_a_manual_that_can_be_printed(home: Home, mactl: Mactl) -> None:
    for check in CHECKS:
        assert check.__doc__
        for id in check.IDS:
            assert mactl("check", "--explain", id, "--format", "json").json == {
                "id": id,
                "manual": manuals()[id],
            }
    assert mactl("check", "--explain", "duplicate-stpe").status == 2
    assert "did you mean 'duplicate-step'?" in mactl("check", "--explain", "duplicate-stpe").err
