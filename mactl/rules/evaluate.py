"""Questions about all contacts, or about enrollments, answered at once: a column for each."""

from collections.abc import Container, Mapping
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from mactl.columns import CONTACT
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.engine import Engine, engine_named
from mactl.rules.names import Definition
from mactl.rules.plan import Plan
from mactl.rules.questions import AnyQuestion, Question
from mactl.rules.subjects import Subjects

__all__ = ["Question", "evaluate"]


def evaluate(
    facts: Facts,
    cookbook: Cookbook,
    questions: Mapping[str, AnyQuestion],
    *,
    engine: Engine | str = "duckdb",
    subjects: pd.DataFrame | None = None,
    holidays: Container[date] = (),
    known: Mapping[Definition, "pd.Series[Any]"] | None = None,
) -> pd.DataFrame:
    """A column for each question and a row for each contact, indexed by its id, in the order of the facts.

    Conditions and segments are bool, scores float64, the stage and labels text (missing where there is
    none); of measures `first` and `last` are Int64 epoch seconds, the others float64.

    With `subjects` (id, contact, since and perhaps until, in epoch seconds, missing for no bound) it is a
    row for each of them, indexed by id, in their order. Then events of a condition without a window and
    without `since: ever` count from `since` on, and none of a condition's events after `until` (both ends
    in); events within segments, scores, stages and labels count as they do for contacts. A subject whose
    contact the facts lack fits no condition.

    `known` has definitions that are worked out already: columns of an earlier answer about contacts.
    `holidays` are those that business days skip. Raises ConfigurationError where a name is unknown,
    definitions need each other in a circle, a regular expression is none, or there is no such engine.
    """
    chosen = engine_named(engine) if isinstance(engine, str) else engine
    about = None if subjects is None else Subjects(subjects)
    given = {
        definition: pa.chunked_array([pa.array(column, from_pandas=True)])
        for definition, column in (known or {}).items()
    }
    answers = Plan(facts, cookbook, holidays, about, given).answer(questions, chosen)
    if subjects is None:
        index = pd.Index(facts.contacts.column(CONTACT).to_pandas(), name="contact")
    else:
        index = pd.Index(subjects["id"], name="id")
    if not questions:
        return pd.DataFrame(index=index)
    whole = {pa.int64(): pd.Int64Dtype()}
    frame: pd.DataFrame = answers.to_pandas(types_mapper=whole.get)
    return frame.set_axis(index)
