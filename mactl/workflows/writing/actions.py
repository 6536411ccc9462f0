"""Actions as they are planned: what the steps that act tell colleagues and other systems, written out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from mactl.delivery.actions.office import Office
from mactl.delivery.actions.performing import FAULT, LATEST, LATEST_AT
from mactl.delivery.actions.writing import (
    CannotWrite,
    OutwardStep,
    is_outward,
    kind_of,
    names_in,
    render_action,
    target_of,
)
from mactl.own_events import TASK_CREATED
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import NotifyStep, TaskStep
from mactl.rules.names import Definition
from mactl.store.actions import ActionKind
from mactl.store.tables import SendStatus
from mactl.workflows.gathering import Gathered
from mactl.workflows.rows import plain_rows
from mactl.workflows.writing.standings import Standings, contact_fields, only

Frame = pd.DataFrame

_LONGEST_SUBJECT = 120  # characters
TASK_SOURCE = "task:"
"""Before the id of a task, in the source id of its `task_created`."""
_ROW = [
    "id", "enrollment", "recipe", "version", "step", "contact", "kind", "target", "body", "status", "due_at",
]  # fmt: skip


def action_rows(
    effects: Frame, gathered: Gathered, cookbook: Cookbook, settings: Settings
) -> Frame:
    """Rows of `actions` (but for `run`) for those of `effects` that tell colleagues or other systems something.

    `effects` has id, enrollment, contact, recipe (original id), version, step, kind, spec (the step), trigger (a
    mapping), at (epoch seconds). An action that can't be written or has nobody to go to becomes one that fails with
    that reason when it is performed. A notice waits for its team's hours.
    """
    if effects.empty:
        return pd.DataFrame(columns=_ROW)
    outward = effects[[is_outward(step) for step in effects["spec"]]]
    if outward.empty:
        return pd.DataFrame(columns=_ROW)
    rows = plain_rows(outward)
    office = Office(settings)
    values = _values(rows, gathered, cookbook, settings, office)
    recipes = {recipe.origin: recipe for recipe in cookbook}
    keys = gathered.contacts["key"]
    planned = []
    for row, known in zip(rows, values, strict=True):
        step, recipe = row["spec"], recipes[row["recipe"]]
        writer = _Writer(settings, office, recipe, keys.get(row["contact"], row["contact"]))
        body = writer.body(step, known, row)
        planned.append(
            {
                **{name: row[name] for name in ("id", "enrollment", "recipe", "version", "step", "contact")},
                "kind": str(kind_of(step)),
                "target": target_of(step),
                "due_at": body.pop("due_at", row["at"]),
                "body": json.dumps(body),
                "status": str(SendStatus.QUEUED),
            }
        )  # fmt: skip
    return pd.DataFrame(planned, columns=_ROW)


def task_events(actions: Frame) -> Frame:
    """The `task_created` events of those of the `action_rows` that are tasks: contact, event, at, source_id,
    properties (JSON: task, recipe, step, to, title, and due as ISO 8601 where there is one)."""
    events = []
    for row in plain_rows(actions):
        if row["kind"] == ActionKind.TASK:
            task = json.loads(row["body"])["task"]
            told = {
                # What is done on the goal has its own id after the place where it stands.
                "task": row["step"].rpartition("/")[2],
                "recipe": row["recipe"],
                "step": row["step"],
                "enrollment": row["enrollment"],
                "to": row["target"],
                "title": task["title"],
                **({"due": task["due"]} if task["due"] else {}),
            }
            events.append(
                {
                    "contact": row["contact"],
                    "event": TASK_CREATED,
                    "at": task["at"],
                    "source_id": f"{TASK_SOURCE}{row['id']}",
                    "properties": json.dumps(told),
                }
            )
    columns = ["contact", "event", "at", "source_id", "properties"]
    return pd.DataFrame(events, columns=columns)


def _values(
    rows: list[dict[str, Any]],
    gathered: Gathered,
    cookbook: Cookbook,
    settings: Settings,
    office: Office,
) -> list[dict[str, Any]]:
    """What each row's texts and columns ask for, by the names that templates know."""
    recipes = {recipe.origin: recipe for recipe in cookbook}
    needs = [
        frozenset(names_in(row["spec"])) | office.fields_asked(target_of(row["spec"]))
        for row in rows
    ]
    used = frozenset[str]().union(*needs)
    # Who is gone from the sources has no fields any more.
    there = [id for id in {row["contact"] for row in rows} if id in gathered.contacts.index]
    fields = dict(zip(there, contact_fields(there, gathered, settings, used), strict=True))
    derived = {
        (origin, name): Definition("field", f"{recipes[origin].id}.{name}")
        for origin in {row["recipe"] for row in rows}
        for name in recipes[origin].file.fields
        if "contact" in used or f"contact.{name}" in used
    }
    standing = Standings(gathered, cookbook, settings, used, derived.values())
    values = []
    for row, asked in zip(rows, needs, strict=True):
        known: dict[str, Any] = {"event": only(row["trigger"], "event", asked)}
        if row["contact"] in fields:
            own = {
                name: standing.value(definition, row["contact"])
                for (origin, name), definition in derived.items()
                if origin == row["recipe"]
            }
            known["contact"] = only({**fields[row["contact"]], **own}, "contact", asked)
            known |= standing.of(row["contact"], recipes[row["recipe"]].id, asked)
        values.append(known)
    return values


@dataclass(frozen=True)
class _Writer:
    """Who makes the bodies of actions about one contact."""

    settings: Settings
    office: Office
    recipe: Recipe
    key: str
    """The contact as people know it."""

    def body(
        self, step: OutwardStep, known: Mapping[str, Any], row: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What `step` tells, with `latest_at`, `due_at` and, where it can't be done, `fault`."""
        file, at = self.recipe.file, int(row["at"])
        values = {
            **known,
            "vars": dict(file.vars),
            "recipe": {"id": file.recipe, "title": file.title, "version": file.version},
        }
        told: dict[str, Any] = {}
        try:
            told = render_action(
                step, values, locale=self.settings.locale, currency=self.settings.currency
            )
        except CannotWrite as cannot:
            # A task is there to be done, whether or not its title can be written.
            if not isinstance(step, TaskStep):
                told[FAULT] = f"it can't be written: {cannot}"
            else:
                told["title"] = f"{row['step']} (its title can't be written: {cannot})"
        if isinstance(step, (NotifyStep, TaskStep)):
            told |= self._notice(step, told, known.get("contact") or {}, row)
        told.setdefault("due_at", at)
        return {**told, LATEST_AT: told["due_at"] + LATEST}

    def _notice(
        self,
        step: NotifyStep | TaskStep,
        told: Mapping[str, Any],
        contact: Mapping[str, Any],
        row: Mapping[str, Any],
    ) -> dict[str, Any]:
        at = int(row["at"])
        address, due_at = self.office.reach(target_of(step), contact, at)
        notice: dict[str, Any] = {"address": address, "due_at": due_at}
        if address is None:
            notice[FAULT] = f"nobody of {target_of(step)} has an address to write to"
        if isinstance(step, TaskStep):
            due = self.office.deadline(step, at)
            task = {"title": told["title"], "due": due and due.isoformat(), "at": at}
            notice |= {"task": task, **self._about_task(task["title"], due, row["id"])}
        elif FAULT not in told:
            notice |= {
                "subject": self._subject(told["message"]),
                "text": f"{told['message']}\n\n{self._signature()}",
            }
        return notice

    def _about_task(self, title: str, due: datetime | None, id: str) -> dict[str, str]:
        by = f"Due: {due:%Y-%m-%d %H:%M} ({self.settings.timezone})\n" if due else ""
        text = (
            f"{title}\n\nAbout: {self.key}\n{by}\n"
            f"When it is done:\n\n    mactl tasks done {id}\n\n{self._signature()}"
        )
        return {"subject": self._subject(title), "text": text}

    def _subject(self, text: str) -> str:
        """The recipe and the first line, as one line of what can stand in a header."""
        first = next((line for line in text.splitlines() if line.strip()), "")
        whole = f"{self._name()}: {first}"
        plain = " ".join("".join(c if c.isprintable() else " " for c in whole).split())
        return plain if len(plain) <= _LONGEST_SUBJECT else f"{plain[: _LONGEST_SUBJECT - 1]}…"

    def _signature(self) -> str:
        return f"-- \n{self._name()} (recipe {self.recipe.id}, project {self.settings.project})\n"

    def _name(self) -> str:
        return self.recipe.file.title or self.recipe.id
