"""What mactl has noted of people: tags, tasks, changes of fields and segments, the journeys they are in.

Tags, tasks and changes are told by events, whose `recipe`, `step` and `task` are original names; journeys by the state.
"""

from typing import Literal

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.own_events import (
    FIELD_CHANGED,
    SEGMENT_JOINED,
    SEGMENT_LEFT,
    TAGGED,
    TASK_CREATED,
    TASK_DONE,
    UNTAGGED,
)
from mactl.recipe.conditions import SegmentCondition, TagCondition, TaskCondition
from mactl.rules import prepared
from mactl.rules.comparisons import known
from mactl.rules.events import Meaning
from mactl.rules.names import derived_field
from mactl.rules.scope import Scope
from mactl.rules.source import Source


def last_change(field: str, scope: Scope) -> nw.Expr:
    """When a field's value last changed; null where that was never seen.

    A derived field is told by its full name, and by the one that it had before its recipe was renamed.
    """
    names = [field]
    derived = derived_field(field, scope.recipe, scope.cookbook)
    if derived is not None:
        recipe, _, name = derived.name.partition(".")
        names = [f"{known_as}.{name}" for known_as in scope.names_of(recipe)]
    return _last(scope.happenings.told((FIELD_CHANGED,), field=names), scope)


def last_passing(condition: SegmentCondition, way: str, scope: Scope) -> nw.Expr:
    """When they last `joined` the segment, or `left` it; null where that was never seen."""
    recipe, _, name = scope.cookbook.qualify(condition.segment, scope.recipe).partition(".")
    meant = [f"{known_as}.{name}" for known_as in scope.names_of(recipe)]
    event = SEGMENT_JOINED if way == "joined" else SEGMENT_LEFT
    return _last(scope.happenings.told((event,), segment=meant), scope)


def has_tag(condition: TagCondition, scope: Scope) -> nw.Expr:
    """Whether they have the tag: it was given, and not taken since."""
    given, taken = (last_tagging(condition, event, scope) for event in (TAGGED, UNTAGGED))
    return known(given >= taken) | (~given.is_null() & taken.is_null())


def last_tagging(condition: TagCondition, event: str, scope: Scope) -> nw.Expr:
    """When they were last `tagged` or `untagged` so; null where that never was."""
    return _last(scope.happenings.told((event,), tag=(condition.tag,)), scope)


def task_stands(condition: TaskCondition, scope: Scope) -> nw.Expr:
    """Whether the latest task of that name stands as `condition` says: never null."""
    created, done, late = _task(condition, scope)
    is_done = known(done >= created)
    if condition.is_ == "done":
        return is_done
    is_open = ~created.is_null() & ~is_done
    return is_open if condition.is_ == "open" else is_open & known(late == created)


def standing_of_task(condition: TaskCondition, scope: Scope) -> nw.Expr:
    """`done`, `overdue` or `open`; null where there was no such task."""
    created, done, late = _task(condition, scope)
    nothing = nw.lit(None, dtype=nw.String)
    found = nw.when(~created.is_null()).then(nw.lit("open")).otherwise(nothing)
    found = nw.when(known(late == created)).then(nw.lit("overdue")).otherwise(found)
    return nw.when(known(done >= created)).then(nw.lit("done")).otherwise(found)


def _task(condition: TaskCondition, scope: Scope) -> tuple[nw.Expr, nw.Expr, nw.Expr]:
    """When the task was last given, when last done, and when last given with a term that has passed."""
    recipe, _, name = scope.cookbook.qualify(condition.task, scope.recipe).partition(".")
    recipes, tasks = scope.names_of(recipe), scope.names_in(recipe, name)
    given = scope.happenings.told((TASK_CREATED,), recipe=recipes, task=tasks)
    done = scope.happenings.told((TASK_DONE,), recipe=recipes, task=tasks)
    overdue = Meaning(
        ("overdue", given.key), given.names, (*given.tests, _is_past_due(scope.happenings.events))
    )
    return _last(given, scope), _last(done, scope), _last(overdue, scope)


def _is_past_due(events: Source) -> nw.Expr:
    due = events.cell("due")
    if due.type is FieldType.TEXT:
        moment = due.moment()
    elif due.type is FieldType.INSTANT:
        moment = due.plain()
    elif due.type is FieldType.DATE:
        moment = due.last_second()
    else:
        return nw.lit(False)
    return known(moment < events.present.epoch)


def went_through(recipe: str, status: Literal["active", "completed"], scope: Scope) -> nw.Expr:
    """Whether they have an enrollment in the journey of `recipe` that stands so."""
    names = scope.names_of(recipe)

    def make() -> pa.ChunkedArray:
        table = scope.facts.passages
        recipes = prepared.clean(table.column("recipe"), pa.string())
        statuses = prepared.clean(table.column("status"), pa.string())
        meant = pc.and_(pc.is_in(recipes, value_set=pa.array(names)), pc.equal(statuses, status))
        people = prepared.clean(table.column("contact").filter(meant), pa.string())
        contacts = prepared.clean(scope.fields.table.own(CONTACT), pa.string())
        return pc.is_in(contacts, value_set=people.combine_chunks())

    return scope.fields.column(("went through", names, status), make)


def _last(meaning: Meaning, scope: Scope) -> nw.Expr:
    tally = scope.tally()
    return tally.last(tally.matching(meaning))
