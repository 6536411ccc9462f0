"""Writing what came of a test into its recipe, for review: text is put in, nothing of what stands there is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from mactl.document import read_document
from mactl.errors import MactlError
from mactl.recipe.writing import flow
from mactl.store.tables import EMAIL, SendStatus
from mactl.workflows.testing.comparing import plain
from mactl.workflows.testing.outcome import Outcome

Expected = dict[str, Any]


class CannotWrite(MactlError):
    """The file is not as it was read, or is written in a way that nothing can be put into."""

    exit_code = 1


def expected_of(outcome: Outcome) -> Expected:
    """What a test would have to expect for `outcome` to pass: `expect` as plain values."""
    played = outcome.played
    name_of = played.name_of
    found: Expected = {}
    if played.recipe.file.journey is None:
        return _standing_of(outcome)
    found["sends"] = [
        {"to": name_of(went.contact), "template": went.template, "at": outcome.moment(went.at)}
        | ({"channel": went.channel} if went.channel != EMAIL else {})
        for went in outcome.went
    ]
    found["left"] = {name_of(contact): why for contact, why in outcome.left.items()}
    for word, status in (("held", SendStatus.HELD), ("skipped", SendStatus.SKIPPED)):
        found[word] = [
            {"to": name_of(s.contact), "template": s.template}
            | ({"gate": s.gate} if s.gate else {})
            for s in outcome.stopped(status)
        ]
    for word, rows in (("tasks", outcome.tasks), ("notifies", outcome.notices)):
        found[word] = [
            {
                key: name_of(value) if key == "contact" else value
                for key, value in row.items()
                if value
            }
            for row in rows
        ]
    found["enrolled"] = {name_of(c): sorted(recipes) for c, recipes in outcome.enrolled.items()}
    found["suppressed"] = {name_of(c): min(t) for c, t in outcome.suppressed.items()}
    return {key: value for key, value in found.items() if value or key == "sends"}


def _standing_of(outcome: Outcome) -> Expected:
    """Stage, segments, labels and scores of everybody, by the recipe's own definitions."""
    file, id = outcome.played.recipe.file, outcome.played.recipe.id
    found: dict[str, dict[str, Any]] = {"stage": {}, "segments": {}, "labels": {}, "scores": {}}
    for contact, row in outcome.standings.iterrows():
        who = outcome.played.name_of(str(contact))
        if file.stages:
            found["stage"][who] = plain(row["stage"])
        if file.segments:
            found["segments"][who] = [n for n in file.segments if plain(row[f"segment {id}.{n}"])]
        if file.labels:
            found["labels"][who] = {n: plain(row[f"label {id}.{n}"]) for n in file.labels}
        if file.scoring:
            found["scores"][who] = {n: round(row[f"score {id}.{n}"], 2) for n in file.scoring}
    return {key: value for key, value in found.items() if value}


@dataclass(frozen=True)
class _Insertion:
    at: int
    text: str


def with_expectations(text: str, expected: Mapping[int, Expected]) -> str:
    """The recipe's `text` with an `expect` for the tests at these places in its list.

    Raises CannotWrite where the outcome would not read as what was to be written.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    nodes = _tests(root)
    insertions = [_insertion(text, nodes[place], what) for place, what in expected.items()]
    for insertion in sorted(insertions, key=lambda i: -i.at):
        text = text[: insertion.at] + insertion.text + text[insertion.at :]
    document, findings = read_document(text, "")
    found = (document.value or {}).get("tests") or []
    if findings or any(found[place].get("expect") != what for place, what in expected.items()):
        raise CannotWrite(
            "the tests are written in a way that nothing can be put into", "write `expect` by hand"
        )
    return text


def _tests(root: Any) -> Sequence[yaml.MappingNode]:
    for key, value in root.value:
        if key.value == "tests":
            return list(value.value)
    return []


def _insertion(text: str, test: yaml.MappingNode, expected: Expected) -> _Insertion:
    if test.flow_style:
        at = text.rindex("}", 0, test.end_mark.index)
        before = text[:at].rstrip()
        comma = "" if before.endswith(",") else ","
        return _Insertion(len(before), f"{comma} expect: {flow(expected)}")
    indent = test.start_mark.column
    end = _end_of(text, test)
    lines = [f"{' ' * indent}expect:", *(" " * (indent + 2) + line for line in _block(expected))]
    lead = "" if text[:end].endswith("\n") or not end else "\n"
    return _Insertion(end, lead + "\n".join(lines) + "\n")


def _end_of(text: str, test: yaml.MappingNode) -> int:
    """Where the line after the last value of a block ends: a parser counts what comes after it to the block."""
    last = test.value[-1][1]
    while (
        isinstance(last, (yaml.MappingNode, yaml.SequenceNode))
        and not last.flow_style
        and last.value
    ):
        inner = last.value[-1]
        last = inner[1] if isinstance(inner, tuple) else inner
    end: int = last.end_mark.index
    if text[last.start_mark.index : last.start_mark.index + 1] in "|>":
        return end
    line_end = text.find("\n", end)
    return len(text) if line_end < 0 else line_end + 1


def _block(expected: Expected) -> list[str]:
    lines = []
    for key, value in expected.items():
        if isinstance(value, list) and len(value) > 1:
            lines += [f"{key}:", *(f"  - {flow(item)}" for item in value)]
        else:
            lines.append(f"{key}: {flow(value)}")
    return lines
