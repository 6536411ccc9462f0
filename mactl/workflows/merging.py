"""Merge values: what a queued send carries of its contact, and no more than its template asks for."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mactl.clock import zone_named
from mactl.columns import plain_value
from mactl.content.values import values_to_json
from mactl.project import Sender, Settings
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.names import STAGE, Definition, definitions_of
from mactl.rules.questions import AnyQuestion
from mactl.store.tokens import Tokens
from mactl.workflows.gathering import Gathered
from mactl.workflows.rows import plain_rows
from mactl.workflows.templates import Templates


def merge_values(
    intents: pd.DataFrame,
    gathered: Gathered,
    cookbook: Cookbook,
    settings: Settings,
    sender: Sender,
    templates: Templates,
    tokens: Tokens,
) -> list[str]:
    """The merge values (JSON) of each of `intents`, in their order."""
    keys = list(zip(intents["recipe"], intents["step"], strict=True))
    used = frozenset(name for key in set(keys) for name in templates.needs[key])
    contacts = _contact_fields(list(intents["contact"]), gathered, settings, used)
    standing = _Standing(gathered, cookbook, settings, used)
    values = []
    for row, key, contact in zip(plain_rows(intents), keys, contacts, strict=True):
        needs = templates.needs[key]
        roots = {name.partition(".")[0] for name in needs}
        every: dict[str, Any] = {
            "contact": _only(contact, "contact", needs),
            **standing.of(row["contact"], roots),
            "event": _only(row["trigger"], "event", needs),
            "sender": {"from": sender.from_, "address": sender.address},
            "unsubscribe_url": unsubscribe_url(sender, tokens, row["id"]),
        }
        if sender.preferences:
            every["preferences_url"] = sender.preferences.replace(
                "{token}", tokens.unsubscribe(row["id"])
            )
        always = {"sender", "unsubscribe_url"}
        values.append(values_to_json({n: v for n, v in every.items() if n in roots | always}))
    return values


def unsubscribe_url(sender: Sender, tokens: Tokens, send: str) -> str:
    """The address that takes the recipient of `send` off the list: https, or a mailto with the token as subject."""
    token = tokens.unsubscribe(send)
    if "{token}" in sender.unsubscribe:
        return sender.unsubscribe.replace("{token}", token)
    return f"{sender.unsubscribe}?subject=unsubscribe%20{token}"


def _only(values: Mapping[str, Any], root: str, needs: frozenset[str]) -> dict[str, Any]:
    """Of `values` those that a template names; all where it uses `root` as a whole."""
    if root in needs:
        return dict(values)
    wanted = {name.split(".")[1] for name in needs if name.startswith(f"{root}.")}
    return {name: value for name, value in values.items() if name in wanted}


def _contact_fields(
    contacts: Sequence[str], gathered: Gathered, settings: Settings, used: frozenset[str]
) -> list[dict[str, Any]]:
    """The fields of each contact as plain values; only the fields that `used` names."""
    facts, zone = gathered.facts, zone_named(settings.timezone)
    names = list(facts.fields)
    if "contact" not in used:
        names = [name for name in names if f"contact.{name}" in used]
    if not names:
        return [{} for _ in contacts]
    rows = facts.contacts.select(names).take(
        gathered.contacts.index.get_indexer(pd.Index(contacts))
    )
    return [
        {name: plain_value(value, facts.fields[name], zone) for name, value in row.items()}
        for row in rows.to_pylist()
    ]


class _Standing:
    """Scores, stage, labels and segments, worked out for everyone once, where a template asks for them."""

    def __init__(
        self, gathered: Gathered, cookbook: Cookbook, settings: Settings, used: frozenset[str]
    ) -> None:
        roots = {name.partition(".")[0] for name in used}
        kinds = {"scores": "score", "labels": "label", "segments": "segment", "stage": "stage"}
        wanted = {kinds[root] for root in roots if root in kinds}
        questions: dict[str, AnyQuestion] = {
            f"{definition.kind} {definition.name}": definition
            for definition in definitions_of(cookbook)
            if definition.kind in wanted
        }
        self._answers = (
            evaluate(gathered.facts, cookbook, questions, engine=settings.engine)
            if questions
            else None
        )
        self._definitions = [d for d in questions.values() if isinstance(d, Definition)]
        self._short = {
            "score": cookbook.short_names(cookbook.scores),
            "label": cookbook.short_names(cookbook.labels),
            "segment": cookbook.short_names(cookbook.segments),
        }

    def of(self, contact: str, roots: set[str]) -> dict[str, Any]:
        """`scores`, `labels`, `segments` and `stage` of one contact, those of `roots` only.

        A score or label goes by its short name where that is unique, and by RECIPE.NAME always.
        """
        if self._answers is None:
            return {}
        row = self._answers.loc[contact]
        found: dict[str, Any] = {"scores": {}, "labels": {}, "segments": [], "stage": None}
        for definition in self._definitions:
            value = row[f"{definition.kind} {definition.name}"]
            value = None if pd.isna(value) else value
            if definition == STAGE:
                found["stage"] = value
                continue
            short = self._short[definition.kind][definition.name]
            if definition.kind == "segment":
                found["segments"] += [short] if value else []
                continue
            recipe, _, name = definition.name.partition(".")
            named = found["scores" if definition.kind == "score" else "labels"]
            named.setdefault(recipe, {})[name] = value
            if "." not in short:
                named.setdefault(short, value)
        return {root: value for root, value in found.items() if root in roots}
