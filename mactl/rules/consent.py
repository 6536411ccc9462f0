"""Consent: what is on record of a contact's permission for a topic (GDPR Articles 4(11) and 7).

The record is what the columns of the sources say now and what the ledger (`mactl.consent`) says they said before. Of
the two the stricter withdrawal and the stronger consent count, so that it makes no difference whether the ledger has
been told of the columns yet. Exactly one standing holds, the first of these:

1. `withdrawn`: their column says so; the state has opted them out of the topic or of all mail; their column, which gave
   consent when the ledger was last told of it, says no; or they unsubscribed, complained or withdrew, of the topic or
   of all mail, and gave no proven consent after that;
2. `proven`: the state column is true, with when, where and which wording on record (and when it was confirmed, where
   mactl.yaml declares that), from a source declared free and unambiguous, for the channel; or the ledger has a
   consent with all four proofs;
3. `pending`: they were asked for the topic, since the consent on record if there is any; or did not confirm it yet;
4. `unproven`: the state column is true or the ledger has a consent, and a proof is lacking;
5. `none`.
"""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.consent.ledger import gave_by_columns, last_grant, last_request, last_withdrawal
from mactl.own_events import CONSENT_ASKED, OPT_OUTS
from mactl.project import ConsentColumns
from mactl.recipe.conditions import ConsentCondition, Kind
from mactl.recipe.operators import ValueTest
from mactl.rules import prepared
from mactl.rules.comparisons import ALWAYS, NEVER, TIMES, every, known
from mactl.rules.scope import Scope
from mactl.rules.values import passes

Standing = Literal["withdrawn", "proven", "pending", "unproven", "none"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)

_TRUE = ValueTest(eq=True)
_FALSE = ValueTest(eq=False)
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
    recorded = _Recorded(topic, channel, scope)
    given = passes(scope.fields.cell(columns.state), _TRUE, scope.fields) if columns else NEVER
    confirmed = _confirmed(columns, scope)
    complete = given & confirmed & _proofs(columns, channel, scope) if columns else NEVER
    withdrawn = _withdrawn(topic, columns, complete, recorded, scope)
    proven = ~withdrawn & (complete | recorded.is_proven)
    asked = _asked(topic, columns, given, recorded, scope) | (given & ~confirmed)
    pending = ~withdrawn & ~proven & asked
    unproven = ~withdrawn & ~proven & ~pending & (given | recorded.is_given)
    none = ~withdrawn & ~proven & ~pending & ~unproven
    return {
        "withdrawn": withdrawn,
        "proven": proven,
        "pending": pending,
        "unproven": unproven,
        "none": none,
    }


class _Recorded:
    """What the ledger has of a topic on a channel; instants are null for never, None where it is empty."""

    def __init__(self, topic: str, channel: str, scope: Scope) -> None:
        self._scope, self._topic = scope, topic
        self._is_empty = not scope.facts.consents.num_rows
        self.withdrawn_at = self._at("withdrawn", lambda told: last_withdrawal(told, topic))
        self.asked_at = self._at("asked", lambda told: last_request(told, topic))
        self.given_at = self._at("given", lambda told: last_grant(told, topic))
        proven = f"proven {channel}"
        self.proven_at = self._at(proven, lambda told: last_grant(told, topic, channel))
        self.is_proven = NEVER if self.proven_at is None else ~self.proven_at.is_null()
        self.is_given = self._is_there("given", lambda told: last_grant(told, topic))
        self.columns_gave = self._is_there("by columns", lambda told: gave_by_columns(told, topic))

    def _at(self, what: str, make: Callable[[pa.Table], pa.Table]) -> nw.Expr | None:
        if self._is_empty:
            return None
        return self._scope.fields.column(
            ("ledger", what, self._topic), lambda: self._of_contacts(what, make, "at")
        )

    def _is_there(self, what: str, make: Callable[[pa.Table], pa.Table]) -> nw.Expr:
        if self._is_empty:
            return NEVER
        return self._scope.fields.column(
            ("ledger has", what, self._topic), lambda: self._of_contacts(what, make, None)
        )

    def _of_contacts(
        self, what: str, make: Callable[[pa.Table], pa.Table], column: str | None
    ) -> pa.ChunkedArray:
        """For each contact the value of `column` in what `make` makes of the ledger; without one whether they are in
        it."""
        ledger, table = self._scope.facts.consents, self._scope.fields.table
        words = table.memory.once(ledger, (what, self._topic), lambda: make(ledger))
        contacts = prepared.clean(table.own(CONTACT), pa.string())
        places = pc.index_in(contacts, value_set=words.column("contact").combine_chunks())
        if column is None:
            return places.is_valid()
        return words.column(column).combine_chunks().take(places)


def _confirmed(columns: ConsentColumns | None, scope: Scope) -> nw.Expr:
    if columns is None or columns.confirmed is None:
        return ALWAYS
    return passes(scope.fields.cell(columns.confirmed), _FILLED, scope.fields)


def _proofs(columns: ConsentColumns, channel: str, scope: Scope) -> nw.Expr:
    declared = columns.free and columns.unambiguous and channel in columns.channel
    names = [getattr(columns, proof) for proof in _PROOFS]
    if not declared or not all(names):
        return NEVER
    return every(passes(scope.fields.cell(name), _FILLED, scope.fields) for name in names)


def _withdrawn(
    topic: str,
    columns: ConsentColumns | None,
    complete: nw.Expr,
    recorded: _Recorded,
    scope: Scope,
) -> nw.Expr:
    tally = scope.tally()
    ends = [
        tally.last(tally.matching(scope.happenings.told(OPT_OUTS, topic=topics)))
        for topics in ((topic,), None)
    ]
    if recorded.withdrawn_at is not None:
        ends.append(recorded.withdrawn_at)
    last = nw.max_horizontal(*ends)
    anew = complete & _after(last, columns, scope)
    if recorded.proven_at is not None:
        anew = anew | known(recorded.proven_at > last)
    opted_out = scope.fields.column(("opted out", topic), lambda: _opted_out(topic, scope))
    told = NEVER
    if columns is not None:
        state = scope.fields.cell(columns.state)
        told = passes(state, _FALSE, scope.fields) & recorded.columns_gave
    if columns is not None and columns.withdrawn is not None:
        told = told | passes(scope.fields.cell(columns.withdrawn), _TRUE, scope.fields)
    return told | opted_out | (~last.is_null() & ~anew)


def _after(last: nw.Expr, columns: ConsentColumns | None, scope: Scope) -> nw.Expr:
    """Whether the consent on record was given after the instant `last`; a day is only after what was before it."""
    at = _given_at(columns, scope)
    return NEVER if at is None else known(at > last)


def _given_at(columns: ConsentColumns | None, scope: Scope) -> nw.Expr | None:
    """The instant that the columns say consent was given at, the first of a day; None where they don't tell."""
    if columns is None or columns.at is None:
        return None
    at = scope.fields.cell(columns.at)
    if at.type not in TIMES:
        return None
    return at.plain() if at.type is FieldType.INSTANT else at.midnight()


def _asked(
    topic: str,
    columns: ConsentColumns | None,
    given: nw.Expr,
    recorded: _Recorded,
    scope: Scope,
) -> nw.Expr:
    """Whether they were asked, since the consent on record where there is any."""
    tally = scope.tally()
    last = tally.last(tally.matching(scope.happenings.told((CONSENT_ASKED,), topic=(topic,))))
    if recorded.asked_at is not None:
        last = nw.max_horizontal(last, recorded.asked_at)
    asked = ~last.is_null()
    if recorded.given_at is not None:
        asked = asked & (recorded.given_at.is_null() | known(last >= recorded.given_at))
    since = _given_at(columns, scope)
    if since is None:
        return asked
    return asked & (~given | since.is_null() | known(last >= since))


def _opted_out(topic: str, scope: Scope) -> pa.ChunkedArray:
    table = scope.facts.opted_out
    topics = prepared.clean(table.column("topic"), pa.string())
    meant = pc.is_in(topics, value_set=pa.array([topic, ""]))
    people = prepared.clean(table.column("contact").filter(meant), pa.string())
    contacts = prepared.clean(scope.fields.table.own(CONTACT), pa.string())
    return pc.is_in(contacts, value_set=people.combine_chunks())
