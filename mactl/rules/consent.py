"""Consent: what is on record of a contact's permission for a topic (GDPR Articles 4(11) and 7).

Exactly one standing holds, the first of these:

1. `withdrawn`: their column says so, the state has opted them out of the topic or of all mail, or they unsubscribed or
   complained, of the topic or of all mail, and gave no proven consent after that;
2. `proven`: the state column is true, with when, where and which wording on record, from a source declared free and
   unambiguous, for the channel;
3. `pending`: they were asked for the topic, since the consent on record if there is any;
4. `unproven`: the state column is true, and a proof is lacking;
5. `none`.
"""

from collections.abc import Mapping
from typing import Literal, get_args

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.own_events import COMPLAINED, CONSENT_ASKED, UNSUBSCRIBED
from mactl.project import ConsentColumns
from mactl.recipe.conditions import ConsentCondition, Kind
from mactl.recipe.operators import ValueTest
from mactl.rules import prepared
from mactl.rules.comparisons import NEVER, TIMES, every, known
from mactl.rules.scope import Scope
from mactl.rules.values import passes

Standing = Literal["withdrawn", "proven", "pending", "unproven", "none"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)

_TRUE = ValueTest(eq=True)
_FILLED = ValueTest(empty=False)
_PROOFS = ("at", "source", "wording")


def consent_is(standing: Standing, topic: str, channel: str = "email") -> Kind:
    """The condition that a contact's consent for `topic` stands so: for code that asks what recipes can ask."""
    return ConsentCondition.model_validate({"consent": topic, "is": standing, "channel": channel})


def consent_stands(condition: ConsentCondition, scope: Scope) -> nw.Expr:
    """Whether the consent stands as `condition` says: never null."""
    return standings(condition.consent, condition.channel, scope)[condition.is_]


def standing_of(condition: ConsentCondition, scope: Scope) -> nw.Expr:
    """The word for how the consent stands."""
    found: nw.Expr = nw.lit("none")
    holds = standings(condition.consent, condition.channel, scope)
    for standing in STANDINGS[-2::-1]:
        found = nw.when(holds[standing]).then(nw.lit(standing)).otherwise(found)
    return found


def standings(topic: str, channel: str, scope: Scope) -> Mapping[Standing, nw.Expr]:
    """For each standing whether it is the contact's, for `topic` on `channel`."""
    columns = scope.facts.consent.get(topic)
    given = passes(scope.fields.cell(columns.state), _TRUE, scope.fields) if columns else NEVER
    complete = given & _proofs(columns, channel, scope) if columns else NEVER
    withdrawn = _withdrawn(topic, columns, complete, scope)
    proven = ~withdrawn & complete
    asked = _asked(topic, columns, given, scope)
    pending = ~withdrawn & ~proven & asked
    unproven = ~withdrawn & ~proven & ~pending & given
    none = ~withdrawn & ~proven & ~pending & ~unproven
    return {
        "withdrawn": withdrawn,
        "proven": proven,
        "pending": pending,
        "unproven": unproven,
        "none": none,
    }


def _proofs(columns: ConsentColumns, channel: str, scope: Scope) -> nw.Expr:
    declared = columns.free and columns.unambiguous and channel in columns.channel
    names = [getattr(columns, proof) for proof in _PROOFS]
    if not declared or not all(names):
        return NEVER
    return every(passes(scope.fields.cell(name), _FILLED, scope.fields) for name in names)


def _withdrawn(
    topic: str, columns: ConsentColumns | None, complete: nw.Expr, scope: Scope
) -> nw.Expr:
    tally = scope.tally()
    names = (UNSUBSCRIBED, COMPLAINED)
    ends = [
        tally.last(tally.matching(scope.happenings.told(names, topic=topics)))
        for topics in ((topic,), None)
    ]
    last = nw.max_horizontal(*ends)
    anew = complete & _after(last, columns, scope)
    opted_out = scope.fields.column(("opted out", topic), lambda: _opted_out(topic, scope))
    told = (
        passes(scope.fields.cell(columns.withdrawn), _TRUE, scope.fields)
        if columns and columns.withdrawn
        else NEVER
    )
    return told | opted_out | (~last.is_null() & ~anew)


def _after(last: nw.Expr, columns: ConsentColumns | None, scope: Scope) -> nw.Expr:
    """Whether the consent on record was given after the instant `last`; a day is only after what was before it."""
    if columns is None or columns.at is None:
        return NEVER
    at = scope.fields.cell(columns.at)
    if at.type not in TIMES:
        return NEVER
    given = at.plain() if at.type is FieldType.INSTANT else at.midnight()
    return known(given > last)


def _asked(topic: str, columns: ConsentColumns | None, given: nw.Expr, scope: Scope) -> nw.Expr:
    """Whether they were asked, since the consent on record where there is any."""
    tally = scope.tally()
    last = tally.last(tally.matching(scope.happenings.told((CONSENT_ASKED,), topic=(topic,))))
    asked = ~last.is_null()
    if columns is None or columns.at is None:
        return asked
    at = scope.fields.cell(columns.at)
    if at.type not in TIMES:
        return asked
    since = at.plain() if at.type is FieldType.INSTANT else at.midnight()
    return asked & (~given | since.is_null() | known(last >= since))


def _opted_out(topic: str, scope: Scope) -> pa.ChunkedArray:
    table = scope.facts.opted_out
    topics = prepared.clean(table.column("topic"), pa.string())
    meant = pc.is_in(topics, value_set=pa.array([topic, ""]))
    people = prepared.clean(table.column("contact").filter(meant), pa.string())
    contacts = prepared.clean(scope.fields.table.own(CONTACT), pa.string())
    return pc.is_in(contacts, value_set=people.combine_chunks())
