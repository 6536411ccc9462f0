"""`mactl explain`: why one contact is where they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mactl.errors import UsageError
from mactl.findings import Finding
from mactl.journey.graph import build_graph, describe
from mactl.project import Project
from mactl.rules.evaluate import evaluate
from mactl.rules.explain import Explainer, Explanation, ScoreExplanation
from mactl.rules.names import STAGE
from mactl.rules.questions import Question
from mactl.store.frames import read_frame
from mactl.store.suppressions import address_key
from mactl.store.tables import enrollments, sends
from mactl.validation import did_you_mean
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.opening import open_state
from mactl.workflows.planning import Plan, make_plan
from mactl.workflows.rows import plain_rows
from mactl.workflows.running import ready_recipes


@dataclass(frozen=True)
class Passage:
    """One contact's way through one journey; instants in epoch seconds."""

    recipe: str
    status: str
    occurrence: str
    entered_at: int
    stands_on: str | None
    """The step in words, where the journey goes on."""
    due_at: int | None
    why: str | None


@dataclass(frozen=True)
class Contact:
    """Everything `explain` says of one contact."""

    key: str
    address: str | None
    segments: dict[str, Explanation]
    scores: dict[str, ScoreExplanation]
    ladder: dict[str, Explanation]
    """Each stage with its condition, lowest first."""
    stage: str | None
    labels: dict[str, dict[str, Explanation]]
    passages: tuple[Passage, ...]
    sends: tuple[dict[str, Any], ...]
    """Rows of the table of sends, by due time."""
    next: tuple[dict[str, Any], ...]
    """What the next run would do for them: recipe, what, why."""
    findings: tuple[Finding, ...]
    zone: str


def explain_contact(
    project: Project, paths: Sequence[str], who: str, sources: Sources, now: datetime
) -> Contact:
    """All that is known of `who`, an address or a key, and why.

    Raises UsageError where there is no such contact.
    """
    selection = ready_recipes(project, paths)
    cookbook = selection.cookbook
    with open_state(project) as state:
        gathered = gather(project, sources, state, now)
        contacts = gathered.contacts
        wanted = address_key(who) if "@" in who else who
        found = contacts.index[(contacts["key"] == who) | (contacts["address_key"] == wanted)]
        if not len(found):
            hint = did_you_mean(who, [*contacts["key"].dropna(), *contacts["address"].dropna()])
            raise UsageError(
                f"there is no contact {who!r}", hint or "mactl contacts list shows who there is"
            )
        id = str(found[0])
        plan = make_plan(project, cookbook, selection.chosen, gathered, state)
        with state.reading() as connection:
            own = read_frame(connection, select(enrollments).where(enrollments.c.contact == id))
            sent = read_frame(connection, select(sends).where(sends.c.contact == id))
    explainer = Explainer(gathered.facts, cookbook, id, engine=project.settings.engine)
    asked = {name: Question(who, name.partition(".")[0]) for name, who in cookbook.segments.items()}
    standing = {"stage": STAGE} if cookbook.stages else {}
    stage = evaluate(gathered.facts.about(id), cookbook, standing, engine=project.settings.engine)
    return Contact(
        key=str(contacts.loc[id, "key"]),
        address=plain_rows(contacts.loc[[id]])[0]["address"],
        segments=explainer.conditions(asked),
        scores={name: explainer.score(name) for name in cookbook.scores},
        ladder=explainer.stages(),
        stage=plain_rows(stage)[0]["stage"] if standing else None,
        labels={name: explainer.label(name) for name in cookbook.labels},
        passages=tuple(_passage(row, plan) for row in plain_rows(own.sort_values("entered_at"))),
        sends=tuple(plain_rows(sent.sort_values("due_at"))),
        next=tuple(_next(plan, id)),
        findings=gathered.findings,
        zone=project.settings.timezone,
    )


def _passage(row: dict[str, Any], plan: Plan) -> Passage:
    recipe = next((d.recipe for d in plan.decisions if d.recipe.id == row["recipe"]), None)
    stands_on = None
    if row["status"] == "active":
        stands_on = row["step"]
        if recipe is not None and recipe.file.journey is not None:
            graph = build_graph(recipe.file.journey)
            if row["step"] in graph.nodes:
                stands_on = describe(graph[row["step"]])
    return Passage(
        row["recipe"], row["status"], row["occurrence"], row["entered_at"], stands_on,
        row["due_at"], row["why"],
    )  # fmt: skip


def _next(plan: Plan, id: str) -> list[dict[str, Any]]:
    """What the next run would do for one contact: recipe, what, why."""
    steps = []

    def add(recipe: str, what: str, why: str | None) -> None:
        steps.append({"recipe": recipe, "what": what, "why": why})

    def own(table: str) -> list[dict[str, Any]]:
        found = plan.table(table)
        return plain_rows(found[found["contact"] == id])

    for row in own("entering"):
        add(row["recipe"], f"enters ({row['occurrence']})", None)
    words = {"queue": "is sent", "hold": "is held", "skip": "is skipped"}
    for row in own("intents"):
        why = row["ground"] if row["verdict"] == "queue" else f"{row['gate']}: {row['reason']}"
        add(row["recipe"], f"{row['template']} {words[row['verdict']]}", why)
    for row in own("ended"):
        add(row["recipe"], "leaves", row["why"])
    return steps
