"""The letters of a plan: what its sends say, which goes into the state with them."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from mactl.content.render import TEMPLATE
from mactl.journey.engine import Decisions
from mactl.journey.verdicts import Verdict
from mactl.project import Project, need_sender
from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.workflows.planning.plan import Plan
from mactl.workflows.writing.changes import Letters
from mactl.workflows.writing.merging import find_unwritable, merge_values
from mactl.workflows.writing.templates import Templates, compile_templates


def letters_of(plan: Plan, templates: Templates, state: State) -> Letters:
    """The Message-ID of every intent, and the merge values of those that go to the queue.

    Raises ConfigurationError where mactl.yaml does not say who the mail comes from.
    """
    sender, tokens = need_sender(plan.settings), Tokens(state.secret)
    intents = plan.table("intents")
    ids = list(intents["id"]) if len(intents) else []
    merged = merge_values(plan, _with_old(templates, plan), state)
    return Letters(
        {id: tokens.message_id(id, sender.domain) for id in ids},
        merged.values,
        merged.contents,
        merged.sources,
        merged.held,
        merged.codes,
        merged.findings,
    )


def foresee(project: Project, plan: Plan, state: State) -> Plan:
    """`plan`, which was made upon `state`, as a run would write it down; see `hold_unwritable`."""
    if plan.intents("queue").empty:
        return plan
    recipes = [decided.recipe for decided in plan.decisions if not decided.is_old]
    templates, _ = compile_templates(recipes, plan.settings, project.folder)
    return hold_unwritable(plan, templates, state)


def hold_unwritable(plan: Plan, templates: Templates, state: State) -> Plan:
    """`plan` with those of its sends held that have no wording, and with what is wrong with the tables and codes that
    the others are written with.

    Raises UnreadableInput or ConfigurationError where a table or a list of codes can't be read.
    """
    foreseen = find_unwritable(plan, _with_old(templates, plan), state)
    held = foreseen.held
    decisions = tuple(_holding(decided, held) for decided in plan.decisions) if held else None
    return replace(
        plan,
        decisions=decisions or plan.decisions,
        findings=(*plan.findings, *foreseen.findings),
        codes=foreseen.codes,
    )


def _with_old(templates: Templates, plan: Plan) -> Templates:
    old = [(old.recipe, old.version, old.sources) for old in plan.old.recipes]
    return templates.with_old(old, plan.settings)


def _holding(decided: Decisions, held: Mapping[str, str]) -> Decisions:
    """`decided` with the intents of `held` held for the reasons there."""
    intents = decided.intents
    if intents.empty:
        return decided
    why = intents["id"].map(dict(held))
    is_held = why.notna()
    columns = {"verdict": str(Verdict.HOLD), "gate": TEMPLATE, "reason": why, "released_at": pd.NA}
    changed = {name: intents[name].mask(is_held, value) for name, value in columns.items()}
    return replace(decided, intents=intents.assign(**changed))
