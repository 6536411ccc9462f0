"""The format of an answer: what is said after the command's name holds, whatever was said before it."""

import re

import pytest

from tests.cli.conftest import NOW, WHOLE, Home, Mactl


def but_for_seconds(text: str) -> str:
    """What tests took is another time in each run."""
    return re.sub(r"\d+\.\d+", "…", text)


@pytest.mark.parametrize(
    ("command", "format"),
    [
        ("suppress export", "csv"),
        ("check", "text"),
        ("check", "github"),
        ("check", "sarif"),
        ("check", "junit"),
        ("test", "junit"),
        ("journey show hello", "mermaid"),
        ("journey show --all", "svg"),
        (f"plan --diff . --now {NOW}", "markdown"),
        (f"plan --days 2 --now {NOW}", "text"),
        ("contacts list", "text"),
    ],
)
@pytest.mark.parametrize("outer", ["json", "text"])
def test_a_format_after_the_command_overrules_one_before_it(
    home: Home, mactl: Mactl, command: str, format: str, outer: str
) -> None:
    home.write("recipes/hello.yaml", WHOLE)
    mactl("suppress", "add", "ann@example.com", "--now", NOW)

    alone = mactl(*command.split(), "--format", format)
    beside = mactl("--format", outer, *command.split(), "--format", format)

    assert (alone.status, alone.err) == (0, "")
    assert (beside.status, beside.err) == (0, "")
    assert but_for_seconds(beside.out) == but_for_seconds(alone.out)


@pytest.mark.parametrize(
    "command",
    ["suppress export", "check", "test", "journey show hello", f"plan --diff . --now {NOW}"],
)
def test_a_format_before_the_command_holds_where_none_follows(
    home: Home, mactl: Mactl, command: str
) -> None:
    home.write("recipes/hello.yaml", WHOLE)

    before = mactl("--format", "json", *command.split())
    after = mactl(*command.split(), "--format", "json")

    assert before.json
    assert but_for_seconds(before.out) == but_for_seconds(after.out)
