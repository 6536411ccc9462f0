"""Questions about all contacts, or about enrollments, answered at once: a column for each."""

from collections.abc import Collection, Container, Mapping
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from mactl.columns import CONTACT
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.engine import Engine, engine_for
from mactl.rules.names import Definition
from mactl.rules.plan import Plan, Setting, rows_about
from mactl.rules.questions import AnyQuestion, Question
from mactl.rules.subjects import Subjects
from mactl.rules.tables import rows_of

__all__ = ["Question", "evaluate"]


def evaluate(
    facts: Facts,
    cookbook: Cookbook,
    questions: Mapping[str, AnyQuestion],
    *,
    engine: Engine | str = "duckdb",
    subjects: pd.DataFrame | None = None,
    among: Collection[str] | None = None,
    holidays: Container[date] = (),
    known: Mapping[Definition, "pd.Series[Any]"] | None = None,
) -> pd.DataFrame:
    """A column for each question and a row for each contact, indexed by its id, in the order of the facts.

    Conditions and segments are bool, scores float64, the stage and labels text (missing where there is
    none); of measures those that are instants are Int64 epoch seconds, words text, the others float64. A derived
    field is what it holds, encoded as in `mactl.columns`.

    With `subjects` (id, contact, since, and perhaps until and trigger; see `Subjects`) it is a row for each of them,
    indexed by id, in their order. Then events of a condition without a window and without `since: ever` count from
    `since` on, those of the recipe's own messages where they are this enrollment's, and none of a condition's events
    after `until` (both ends in); events within segments, scores, stages and labels count as they do for contacts. A
    subject whose contact the facts lack fits no condition.

    With `among` it is about those contacts alone, though others may count for them (`anyone`). `known` has definitions
    that are worked out already: columns of an earlier answer about all contacts. `holidays` are those that business
    days skip. An engine that is kept (`engine.kept`) serves many evaluations faster. Raises ConfigurationError where a
    name is unknown, definitions need each other in a circle, a regular expression is none, or there is no such engine.
    """
    chosen = engine_for(facts, engine)
    about = None if subjects is None else Subjects(subjects, facts.properties)
    given = {
        # A Series is asked for attributes, which it looks up among a million labels; its array has none.
        definition: pa.chunked_array([pa.array(column.array, from_pandas=True)])
        for definition, column in (known or {}).items()
    }
    if about is not None:
        rows = rows_about(facts, about.contacts)
    else:
        rows = None if among is None else rows_of(facts.contacts, among)
    with chosen.session() as session:
        setting = Setting(facts, cookbook, holidays, given)
        answers = Plan(setting, session, rows, about).answer(questions)
    if subjects is None:
        contacts = facts.contacts.column(CONTACT)
        if rows is not None:
            contacts = contacts.take(pa.array(rows))
        index = pd.Index(contacts.to_pandas(), name="contact")
    else:
        index = pd.Index(subjects["id"], name="id")
    if not questions:
        return pd.DataFrame(index=index)
    whole = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype()}
    frame: pd.DataFrame = answers.to_pandas(types_mapper=whole.get)
    return frame.set_axis(index)
