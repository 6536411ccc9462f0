"""People as a table of what is known of them: fields, scores, labels, the stage, segments, what they opted out of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import zone_named
from mactl.columns import KEY, FieldType, plain_value
from mactl.errors import UsageError
from mactl.people.cells import Mask
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook
from mactl.rules.consent import consent_is
from mactl.rules.evaluate import evaluate
from mactl.rules.names import STAGE, Definition
from mactl.rules.questions import AnyQuestion, Question
from mactl.store.suppressions import ALL_MAIL
from mactl.validation import did_you_mean
from mactl.workflows.gathering import Gathered

CONTACT, SEGMENTS, OPTED_OUT, OPTED_OUT_OF = "contact", "segments", "opted_out", "opted_out_of"
_OPT_OUT_FIELD = "email_opt_out"
"""The field in which exports of other tools say that somebody opted out of all mail."""
_ANY_TOPIC = "*"
"""A topic that nobody writes about: only what holds for all mail holds for it."""


@dataclass(frozen=True, eq=False)
class Column:
    """What one column holds: `values` as in `mactl.columns`, by position of the contact."""

    values: pa.Array
    type: FieldType


class Outline:
    """Everybody, asked for by column; what is asked is worked out once."""

    def __init__(self, settings: Settings, cookbook: Cookbook, gathered: Gathered) -> None:
        self._settings, self._cookbook, self.gathered = settings, cookbook, gathered
        self._facts = gathered.facts
        self.zone = zone_named(settings.timezone)

    def __len__(self) -> int:
        return int(self._facts.contacts.num_rows)

    @cached_property
    def _named(self) -> dict[str, Definition]:
        """What recipes define, by full and by short name; a field's own name comes first elsewhere."""
        defined = [Definition("segment", name) for name in self._cookbook.segments]
        defined += [Definition("label", name) for name in self._cookbook.labels]
        defined += [Definition("score", name) for name in self._cookbook.scores]
        found: dict[str, Definition] = {}
        for (
            definition
        ) in defined:  # where names are the same, a score is asked for sooner than a segment
            kin = [other.name for other in defined if other.kind == definition.kind]
            short = self._cookbook.short_names(kin)[definition.name]
            found |= {short: definition, definition.name: definition}
        return found | ({"stage": STAGE} if self._cookbook.stages else {})

    @cached_property
    def names(self) -> list[str]:
        """Everything that may be asked for."""
        own = [CONTACT, SEGMENTS, OPTED_OUT, OPTED_OUT_OF]
        return list(dict.fromkeys([*own, *self._facts.fields, *self._named]))

    @property
    def all_fields(self) -> list[str]:
        """The contact's key and all fields."""
        return [CONTACT, *self._facts.fields]

    def columns(self, names: Sequence[str]) -> dict[str, Column]:
        """The columns called so, in that order. Raises UsageError for a name that means nothing."""
        for name in names:
            if name not in self.names:
                hint = did_you_mean(name, self.names) or f"there are {', '.join(self.names[:20])}"
                raise UsageError(f"nothing is known of contacts by the name of {name!r}", hint)
        wanted = [n for n in names if n not in self._facts.fields]
        asked = {n: self._named[n] for n in wanted if n in self._named}
        if SEGMENTS in wanted:
            asked |= {str(d): d for d in self._segments}
        answers = self._evaluate(asked)
        return {name: self._column(name, answers) for name in names}

    @property
    def _segments(self) -> list[Definition]:
        return [Definition("segment", name) for name in self._cookbook.segments]

    def _column(self, name: str, answers: pd.DataFrame) -> Column:
        if name in self._facts.fields:
            return Column(_whole(self._facts.contacts.column(name)), self._facts.fields[name])
        if name == CONTACT:
            return Column(_whole(self._facts.contacts.column(KEY)), FieldType.TEXT)
        if name == OPTED_OUT:
            return Column(pa.array(self.opted_out()), FieldType.BOOLEAN)
        if name == OPTED_OUT_OF:
            topics = list(self._settings.consent)
            return _listed({topic: self.opted_out(topic) for topic in topics}, len(self))
        if name == SEGMENTS:
            short = self._cookbook.short_names(self._cookbook.segments)
            inside = {short[d.name]: answers[str(d)].to_numpy(bool) for d in self._segments}
            return _listed(inside, len(self))
        kind = self._named[name].kind
        type_ = {"segment": FieldType.BOOLEAN, "score": FieldType.NUMBER}.get(kind, FieldType.TEXT)
        return Column(pa.array(answers[name].array, type_.arrow, from_pandas=True), type_)

    def inside(self, segment: str) -> Mask:
        """Who is in a segment. Raises UsageError where there is none called so."""
        definition = self._named.get(segment)
        if definition is None or definition.kind != "segment":
            known = [name for name, d in self._named.items() if d.kind == "segment"]
            hint = did_you_mean(segment, known) or "mactl segments lists them"
            raise UsageError(f"there is no segment {segment!r}", hint)
        found: Mask = self._evaluate({segment: definition})[segment].to_numpy(bool)
        return found

    def opted_out(self, topic: str = ALL_MAIL) -> Mask:
        """Who must not be written to on `topic`; without one, who must not be written to at all."""
        out = self._consent("withdrawn", topic or _ANY_TOPIC)
        if self._facts.fields.get(_OPT_OUT_FIELD) is FieldType.BOOLEAN:
            column = _whole(self._facts.contacts.column(_OPT_OUT_FIELD)).fill_null(False)
            out = out | column.to_numpy(zero_copy_only=False)
        return out

    def must_be_left_alone(self) -> Mask:
        """Who is written to on no topic: opted out of all mail, or of every topic that mactl.yaml has."""
        out = self.opted_out()
        topics = list(self._settings.consent)
        if topics:
            out = out | np.logical_and.reduce([self.opted_out(topic) for topic in topics])
        return out

    def agreed(self, topic: str, channel: str) -> Mask:
        """Whose consent for `topic` on `channel` is proven."""
        return self._consent("proven", topic, channel) & ~self.opted_out(topic)

    def _consent(self, standing: Any, topic: str, channel: str = "email") -> Mask:
        question = Question(consent_is(standing, topic, channel), "")
        answers = self._evaluate({"it": question})
        found: Mask = answers["it"].to_numpy(bool)
        return found

    def _evaluate(self, questions: Mapping[str, AnyQuestion]) -> pd.DataFrame:
        if not questions:
            return pd.DataFrame()
        engine = self._settings.engine
        return evaluate(self._facts, self._cookbook, questions, engine=engine)

    def plain(self, column: Column) -> list[Any]:
        """The values as JSON has them; each distinct one is made once."""
        distinct, index = distinct_of(column.values)
        values = [plain_value(value, column.type, self.zone) for value in distinct.to_pylist()]
        told = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
        return [None if place is None else told[place] for place in index.to_pylist()]


def distinct_of(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Each value once, and the place of each row's among them; null where it is empty."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    return encoded.dictionary, encoded.indices


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def _listed(flags: Mapping[str, Mask], count: int) -> Column:
    """The names of the flags that each row has, as a list."""
    words = [pc.if_else(pa.array(mask), f"{name};", "") for name, mask in flags.items()]
    if not words:
        return Column(pa.nulls(count, pa.string()), FieldType.LIST)
    joined = pc.binary_join_element_wise(*words, "")
    listed = pc.if_else(pc.equal(joined, ""), None, pc.binary_join_element_wise("", joined, ";"))
    return Column(listed, FieldType.LIST)
