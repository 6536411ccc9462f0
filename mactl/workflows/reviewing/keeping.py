"""`mactl plan --out FILE`: a plan in a file, to be looked at and then sent as it is."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field, ValidationError

from mactl import __version__
from mactl.clock import from_epoch, zone_named
from mactl.content.render import TEMPLATE
from mactl.declaring import Many, Model
from mactl.errors import UnreadableInput
from mactl.facts.facts import Facts
from mactl.keeping import write_whole
from mactl.project import Project
from mactl.recipe.cookbook import content_hash
from mactl.recipe.recipe import Recipe
from mactl.store.logbook import last_number
from mactl.store.state import State
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state, refuse_errors
from mactl.workflows.planning.plan import Plan
from mactl.workflows.rows import plain_rows
from mactl.workflows.writing.letters import letters_of
from mactl.workflows.writing.templates import Templates, compile_templates

FORMAT: Literal[1] = 1
_OUTWARD = ("notify", "task", "export", "webhook")


class KeptSend(Model):
    """A send that the plan asked for, whatever the gates said of it."""

    send_id: str
    enrollment: str
    contact: str = Field(description="The contact's key")
    to: str | None = Field(description="The address as it is written to")
    channel: str
    recipe: str = Field(description="By its original id, as in the state")
    step: str
    template: str
    verdict: str = Field(description="queue, hold or skip")
    gate: str | None
    reason: str | None
    content: str | None = Field(
        description="The hash of the template's source; of those that go out"
    )
    due_at: str

    @property
    def name(self) -> str:
        """What it is, as people are told."""
        return f"{self.recipe}.{self.template}"


class KeptAct(Model):
    """Something that colleagues or other systems are told."""

    id: str
    recipe: str
    step: str
    kind: str
    contact: str


class KeptMove(Model):
    """Somebody who enters a journey, or whose journey ends (`why`)."""

    enrollment: str
    recipe: str
    contact: str
    why: str | None = None


class KeptRecipe(Model):
    """A recipe as it was planned."""

    recipe: str
    version: int
    hash: str


class KeptSources(Model):
    """Files that took the place of the project's."""

    contacts: Many[str] = ()
    events: Many[str] = ()


class KeptState(Model):
    """The state that was planned upon: its id (null: there was none yet) and its last run."""

    id: str | None
    run: int


class KeptPlan(Model):
    """The file that `mactl plan --out` writes. It holds addresses: it is for its owner alone."""

    mactl_plan: Literal[1] = Field(description="The version of this format")
    mactl: str = Field(description="The version of mactl that wrote it")
    project: str
    now: str = Field(description="The plan's now, ISO 8601 in the project's zone")
    named: Many[str] = Field(description="The recipes as they were named, by id or path; all: none")
    recipes: Many[KeptRecipe]
    sources: KeptSources
    state: KeptState
    data: str = Field(description="A fingerprint of contacts and events")
    sends: Many[KeptSend]
    acts: Many[KeptAct]
    entering: Many[KeptMove]
    leaving: Many[KeptMove]
    totals: dict[str, int]

    @property
    def names(self) -> list[str]:
        """What to name to plan the same recipes again: never more than were planned."""
        return list(self.named) or [recipe.recipe for recipe in self.recipes]

    @property
    def paths(self) -> Sources:
        """The sources to plan from again."""
        contacts, events = self.sources.contacts, self.sources.events
        return Sources([Path(path) for path in contacts], [Path(path) for path in events])


@dataclass(frozen=True)
class Request:
    """What `mactl plan` was asked: the recipes as they were named, and the sources."""

    names: Sequence[str]
    sources: Sources


def keep_plan(project: Project, plan: Plan, request: Request, path: Path) -> KeptPlan:
    """Write `plan` to `path`, readable by its owner alone; what was written.

    Raises FindingsError where a template is faulty, UnreadableInput where the file can't be written.
    """
    templates = compiled(project, plan)
    with open_state(project) as state:
        kept = describe_plan(plan, templates, state, request)
    text = json.dumps(kept.model_dump(mode="json"), ensure_ascii=False, indent=1)
    try:
        write_whole(path, f"{text}\n".encode(), 0o600)
    except OSError as error:
        raise UnreadableInput(f"{path}: the plan can't be kept: {error.strerror}") from error
    return kept


def read_plan(path: Path) -> KeptPlan:
    """The plan kept in `path`; UnreadableInput where there is none that this mactl can read."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from error
    except ValueError:
        plain = None
    if not isinstance(plain, dict) or "mactl_plan" not in plain:
        raise UnreadableInput(f"{path} is no plan", "mactl plan --out FILE keeps one")
    if plain["mactl_plan"] != FORMAT:
        raise UnreadableInput(
            f"{path} was kept by another version of mactl ({plain.get('mactl')})", "plan it again"
        )
    try:
        return KeptPlan.model_validate(plain)
    except ValidationError as invalid:
        where = ".".join(map(str, invalid.errors()[0]["loc"]))
        raise UnreadableInput(f"{path} is no whole plan: see {where}", "plan it again") from None


def describe_plan(plan: Plan, templates: Templates, state: State, request: Request) -> KeptPlan:
    """`plan` as it is kept; `templates` are those of its recipes."""
    zone = zone_named(plan.settings.timezone)
    with state.reading() as connection:
        run = last_number(connection)
    keys = plan.gathered.contacts["key"]
    entering, ended = table_rows(plan, "entering"), table_rows(plan, "ended")
    sends = kept_sends(plan, templates, state)
    return KeptPlan(
        mactl_plan=FORMAT,
        mactl=__version__,
        project=plan.settings.project,
        now=plan.now.astimezone(zone).isoformat(),
        named=tuple(request.names),
        recipes=tuple(
            KeptRecipe(recipe=r.id, version=r.file.version, hash=content_hash(r))
            for r in todays(plan)
        ),
        sources=KeptSources(
            contacts=tuple(map(str, request.sources.contacts)),
            events=tuple(map(str, request.sources.events)),
        ),
        state=KeptState(id=state.id if state.is_lasting else None, run=run),
        data=fingerprint(plan.gathered.facts),
        sends=tuple(sends),
        acts=tuple(kept_acts(plan)),
        entering=tuple(_move(row, keys, None) for row in entering),
        leaving=tuple(_move(row, keys, row["why"]) for row in ended),
        totals={
            **{word: sum(s.verdict == word for s in sends) for word in ("queue", "hold", "skip")},
            "entering": len(entering),
            "leaving": len(ended),
        },
    )


def todays(plan: Plan) -> list[Recipe]:
    """The recipes of `plan` by name, without the old versions that people are still in."""
    recipes = (decided.recipe for decided in plan.decisions if not decided.is_old)
    return sorted(recipes, key=lambda recipe: recipe.id)


def compiled(project: Project, plan: Plan) -> Templates:
    """The templates of the recipes of `plan`; FindingsError where one is faulty."""
    templates, findings = compile_templates(todays(plan), plan.settings, project.folder)
    refuse_errors(
        findings,
        "the plan was not kept: the templates are faulty",
        "mend them; mactl check tells when they are",
    )
    return templates


def table_rows(plan: Plan, name: str) -> list[dict[str, Any]]:
    """A table of all decisions of `plan`, row by row."""
    return plain_rows(plan.table(name))


def _move(row: Mapping[str, Any], keys: Any, why: str | None) -> KeptMove:
    contact = str(keys.get(row["contact"], row["contact"]))
    return KeptMove(enrollment=row["id"], recipe=row["recipe"], contact=contact, why=why)


def kept_sends(plan: Plan, templates: Templates, state: State) -> list[KeptSend]:
    """Every send that `plan` asks for; one that can't be written is held, as it will be."""
    zone = zone_named(plan.settings.timezone)
    letters = letters_of(plan, templates, state)

    def kept(row: Mapping[str, Any]) -> KeptSend:
        why_held = letters.held.get(row["id"])
        gate, reason = (TEMPLATE, why_held) if why_held else (row["gate"], row["reason"])
        return KeptSend(
            send_id=row["id"],
            enrollment=row["enrollment"],
            contact=row["contact_key"] or row["contact"],
            to=row["address"] or None,
            channel=row["channel"],
            recipe=row["recipe"],
            step=row["step"],
            template=row["template"],
            verdict="hold" if why_held else str(row["verdict"]),
            gate=gate,
            reason=reason,
            content=letters.contents.get(row["id"]),
            due_at=from_epoch(row["due_at"]).astimezone(zone).isoformat(),
        )

    return [kept(row) for row in table_rows(plan, "intents")]


def kept_acts(plan: Plan) -> list[KeptAct]:
    """What colleagues and other systems are told; it goes out as sends do."""
    keys = plan.gathered.contacts["key"]
    return [
        KeptAct(
            id=row["id"],
            recipe=row["recipe"],
            step=row["step"],
            kind=row["kind"],
            contact=str(keys.get(row["contact"], row["contact"])),
        )
        for row in table_rows(plan, "effects")
        if row["kind"] in _OUTWARD
    ]


def fingerprint(facts: Facts) -> str:
    """What tells these contacts and events from any others: a SHA-256 (hex)."""
    digest = hashlib.sha256()
    for table in (facts.contacts, facts.events):
        with pa.ipc.new_stream(pa.PythonFile(_Sink(digest), mode="w"), table.schema) as stream:
            stream.write_table(table.combine_chunks())
    return digest.hexdigest()


class _Sink:
    """A file that keeps nothing of what is written to it but its digest."""

    closed = False

    def __init__(self, digest: Any) -> None:
        self._digest = digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return len(data)

    def flush(self) -> None:
        """There is nothing to flush."""
