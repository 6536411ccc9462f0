"""Findings for people, CI and other programs; silenced where a comment says why."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from mactl.checks import CHECKS
from mactl.checks.manual import manuals
from mactl.cli.output import printable
from mactl.cli.views.findings import Report, github_line, junit, sarif
from mactl.findings import Finding, Place, Severity
from tests.cli.conftest import WHOLE, Home, Mactl
from tests.conftest import ROOT

FAULTY = WHOLE.replace("send: second", "send: secnd")
SARIF = ROOT / "tests" / "cases" / "sarif" / "sarif-schema-2.1.0.json"


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
    home.write("recipes/hello.yaml", WHOLE)
    clean = ElementTree.fromstring(mactl("check", "--format", "junit").out)
    home.write("recipes/hello.yaml", FAULTY)
    faulty = ElementTree.fromstring(mactl("check", "--format", "junit").out)

    assert (clean.get("tests"), clean.get("failures"), len(clean)) == ("1", "0", 1)
    assert (faulty.get("tests"), faulty.get("failures"), len(faulty)) == ("2", "2", 2)


FINDINGS = st.builds(
    Finding,
    id=st.sampled_from(["never-holds", "yaml-syntax", "a,b:c%d"]),
    severity=st.sampled_from(Severity),
    message=st.text(max_size=40),
    place=st.none()
    | st.builds(Place, st.text(min_size=1, max_size=20), st.integers(0, 9), st.integers(0, 9)),
    hint=st.none() | st.text(max_size=20),
)


@given(st.lists(FINDINGS, max_size=4))
def test_sarif_fits_the_published_schema_whatever_was_found(findings: list[Finding]) -> None:
    schema = json.loads(SARIF.read_text(encoding="utf-8"))

    log = sarif(Report(findings, {}, "some recipes", manual=manuals().get))

    assert [str(error) for error in Draft4Validator(schema).iter_errors(log)] == []
    assert len(log["runs"][0]["results"]) == len(findings)


@given(st.lists(FINDINGS, max_size=4))
def test_junit_is_xml_with_the_counts_that_its_cases_have(findings: list[Finding]) -> None:
    suite = ElementTree.fromstring(junit(Report(findings, {}, "some recipes")))

    cases = suite.findall("testcase")
    assert int(suite.get("tests", "")) == len(cases)
    assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    assert all(case.get("name") and case.get("classname") and case.get("time") for case in cases)
    assert all(
        "message" in failure.attrib and "type" in failure.attrib
        for failure in suite.iter("failure")
    )


@given(FINDINGS)
def test_github_reads_one_command_a_finding_with_nothing_that_ends_it_early(
    finding: Finding,
) -> None:
    line = github_line(finding)

    head, _, message = line.removeprefix("::").partition("::")
    assert "\n" not in line
    assert "\r" not in line
    said = message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert said.startswith("".join(c if c == "\r" else printable(c) for c in finding.message))
    level, _, properties = head.partition(" ")
    named = dict(pair.split("=", 1) for pair in properties.split(","))
    assert level in ("error", "warning", "notice")
    assert "::" not in head
    assert set(named) <= {"file", "line", "col", "title"}


def test_github_escapes_what_a_path_and_a_message_may_hold() -> None:
    finding = Finding("x", Severity.ERROR, "100%\r\nof a: b, c", Place("a,b:c%.yaml", 3, 4))

    assert github_line(finding) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=3,col=4,title=x::100%25%0D%0Aof a: b, c"
    )
    assert github_line(replace(finding, place=Place("a.yaml"))).startswith(
        "::error file=a.yaml,title=x::"
    )


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
    text = WHOLE.replace("    - send: second\n", "")
    text = text.replace(
        '  second: {subject: "How is it going?", body: "Tell us, {{ contact.first_name }}."}',
        f"  {comment}\n    subject: x\n    body: y",
    )
    home.write("recipes/hello.yaml", text)

    assert [found["id"] for found in mactl("check", "--format", "json").json["findings"]] == ids


def test_a_comment_alone_on_the_line_above_silences_too(home: Home, mactl: Mactl) -> None:
    text = WHOLE.replace("    - send: second\n", "")
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
