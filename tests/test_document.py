"""YAML text as values with places."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.document import read_document, routes
from tests.conftest import suites


def value_of(text: str) -> object:
    document, findings = read_document(text, "x.yaml")
    assert not findings
    return document.value


def finding_of(text: str) -> str:
    _, findings = read_document(text, "x.yaml")
    assert findings
    return f"{findings[0].place}: {findings[0].id}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("NO", "NO"), ("yes", "yes"), ("true", True), ("False", False),
        ("01234", "01234"), ("+31612", 31612), ("0612345678", "0612345678"), ("10:30", "10:30"),
        ("0", 0), ("-0", 0), ("0x1F", 31), ("0o17", 15), ("1.5", 1.5), ("01.5", "01.5"), ("1e3", 1000.0),
        (".5", 0.5), ("~", None), ("null", None), ("", None), ("2026-12-01", "2026-12-01"), ("1_000", "1_000"),
        ("'no'", "no"), ('"01"', "01"), ("!!str 12", "12"), ("<<", "<<"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_yaml_1_2_but_a_leading_zero_makes_text(
    text: str, value: object
) -> None:
    read = value_of(f"a: {text}\n")

    assert read == {"a": value}
    assert isinstance(read, dict)
    assert type(read["a"]) is type(value)


def test_every_key_and_value_knows_its_line_and_column() -> None:
    document, _ = read_document("a: 1\nb:\n  - x\n  - {c: deep}\n", "x.yaml")

    assert str(document.place(("b", 1, "c"))) == "x.yaml:4:9"
    assert str(document.place(("b", 1, "c"), key=True)) == "x.yaml:4:6"
    assert str(document.place(("b", 0))) == "x.yaml:3:5"
    assert str(document.place(("b", "<tag>", 1, "nothing"))) == "x.yaml:4:5"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\na: 2\n", "x.yaml:2:1: yaml-duplicate-key"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: yaml-many-documents"),
        ("a: &x [*x]\n", "x.yaml:1:8: yaml-recursion"),
        ("a: *nobody\n", "x.yaml:1:4: yaml-unknown-alias"),
        ("a: !!python/object:os.system x\n", "x.yaml:1:4: yaml-tag"),
        ("a: !secret x\n", "x.yaml:1:4: yaml-tag"),
        ("a:\n\t- x\n", "x.yaml:2:1: yaml-syntax"),
        ("[" * 200_000, "x.yaml:1:102: yaml-too-deep"),
        ("a: " + "x" * 2_000_000, "x.yaml:1:1: yaml-too-large"),
        ("{a: b}: c\n", "x.yaml:1:1: yaml-key"),
        ("a: \x00\n", "x.yaml:1:1: yaml-syntax"),
    ],
)
def test_what_is_wrong_is_a_finding_with_its_place(text: str, found: str) -> None:
    assert finding_of(text) == found


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: {subject: [Offer] for you, b: c}\n", "quotes"),
        ("title: Welcome: three mails\n", "quotes"),
        ("title: @home\n", "quote"),
        ("a: {subject: {{ name }}, hello}\n", "quote"),
        ("steps:\n  - send: a\n\t- wait: 1 day\n", "spaces, not tabs"),
    ],
)
def test_text_that_plain_yaml_trips_over_is_told_to_be_quoted(text: str, hint: str) -> None:
    _, findings = read_document(text, "x.yaml")

    assert findings[0].hint is not None
    assert hint in findings[0].hint


def test_aliases_that_blow_up_are_refused_at_once() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefghi", "bcdefghij", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    started = time.monotonic()

    assert "yaml-alias-bomb" in finding_of("\n".join(lines))
    assert time.monotonic() - started < 2


def test_an_alias_that_repeats_a_value_is_fine() -> None:
    assert value_of("a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}


def test_the_cases_of_the_yaml_test_suite_give_values_or_findings_never_an_exception() -> None:
    path = suites() / "yaml-test-suite" / "cases.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    cases = json.loads(path.read_text(encoding="utf-8"))
    accepted_though_faulty = []

    for case in cases:
        _, findings = read_document(case["yaml"], "x.yaml")
        if case["fail"] and not findings:
            accepted_though_faulty.append(case["id"])

    assert len(cases) == 402
    # What PyYAML lets pass, and three more that libyaml does: a comment or a tab where none may be.
    known = {case["id"] for case in cases if case["pyyaml_accepts"]}
    assert set(accepted_though_faulty) - known <= {"MUS6-00", "X4QW", "Y79Y-03"}


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    document, findings = read_document(text, "x.yaml")

    assert findings or list(routes(document.value))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**9), 10**9)
        | st.text("abc:#-?!{}[],'\" 01", max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("abcd", min_size=1), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_json_is_yaml_and_reads_as_the_same_value(value: object) -> None:
    assert value_of(json.dumps({"value": value})) == {"value": value}
