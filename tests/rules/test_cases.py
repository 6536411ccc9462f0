"""The conformance table: every operator on every type, on every engine in memory, answered by hand."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mactl.document import read_document
from mactl.rules.embedded import Arrow, DuckDB, Pandas, Polars
from mactl.rules.engine import Engine
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.names import STAGE, Definition
from mactl.rules.questions import AnyQuestion
from mactl.rules.text import describe
from tests.rules import tables

FOLDER = Path(__file__).parent.parent / "cases" / "rules"
ENGINES: dict[str, Engine] = {
    "duckdb": DuckDB(), "pandas": Pandas(), "polars": Polars(), "arrow": Arrow(),
    "duckdb in parts": DuckDB(at_once=2),
}  # fmt: skip


_MORE = ("passages", "opted_out", "consents", "consent", "channels")


@dataclass(frozen=True)
class Table:
    """A file of cases with the contacts and events that they are asked about."""

    says: dict[str, Any]

    @property
    def questions(self) -> list[AnyQuestion]:
        return [_question(case) for case in self.says["cases"]]


@cache
def read(name: str) -> Table:
    path = FOLDER / f"{name}.yaml"
    document, findings = read_document(path.read_text(encoding="utf-8"), str(path))
    assert not findings, findings
    return Table(document.value)


def _question(case: dict[str, Any]) -> AnyQuestion:
    if "if" in case:
        return Question(tables.condition(case["if"]), "here")
    ((kind, name),) = case["of"].items()
    return STAGE if kind == "stage" else Definition(kind, name)


@cache
def answers(name: str, engine: str) -> pd.DataFrame:
    """All questions of a file at once, as a run asks them."""
    says = read(name).says
    facts = tables.facts(
        says["now"],
        says["contacts"],
        says.get("events", []),
        fields=says["fields"],
        properties=says.get("properties"),
        **{name: says[name] for name in _MORE if name in says},
    )
    subjects = tables.subjects(says["subjects"]) if "subjects" in says else None
    return evaluate(
        facts,
        tables.cookbook(says.get("recipes", {})),
        {str(number): question for number, question in enumerate(read(name).questions)},
        engine=ENGINES[engine],
        subjects=subjects,
    )


def cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for number, question in enumerate(read(path.stem).questions):
            about = describe(question.condition) if isinstance(question, Question) else question
            found.append(pytest.param(path.stem, number, id=f"{path.stem}: {about}"))
    return found


@pytest.mark.parametrize(("name", "number"), cases())
@pytest.mark.parametrize("engine", ENGINES)
def test_a_condition_holds_of_whom_the_contract_says(name: str, number: int, engine: str) -> None:
    case = read(name).says["cases"][number]
    answer = answers(name, engine)[str(number)]

    if "holds" in case:
        assert answer.dtype == "bool"
        assert list(answer.index[answer]) == case["holds"]
    else:
        assert answer.astype("object").where(answer.notna(), None).to_dict() == case["is"]
