"""A world: people, what they do, and a state in memory, under a clock of its own.

Planning, committing and delivering are those of `mactl send`; only the clock, the transport and where the state is
kept are others.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser
from functools import cached_property
from heapq import heappop, heappush
from typing import Any

import pandas as pd
from sqlalchemy import select, update

from mactl import __version__
from mactl.clock import to_epoch, zone_named
from mactl.delivery.sender import drain
from mactl.delivery.transport import (
    Begin,
    Envelope,
    Following,
    Reply,
    Stage,
    Transport,
    at_once,
    nothing,
)
from mactl.durations import add_duration
from mactl.project import Project
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.enter import EnterByEvent, EnterByHandover
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import EnrollStep
from mactl.recipe.walk import walk
from mactl.store.commit import Changes, commit_run
from mactl.store.frames import read_frame
from mactl.store.ledger import Ledger, QueuedSend, waiting_channels
from mactl.store.logbook import Begun
from mactl.store.narrowing import narrowed
from mactl.store.state import State
from mactl.store.suppressions import Suppression, add_suppressions
from mactl.store.tables import EMAIL, SendStatus, Standing, actions, enrollments, events, sends
from mactl.store.upsert import insert_into
from mactl.store.worker import new_worker
from mactl.workflows.addresses import contact_frame
from mactl.workflows.gathering import Gathered, lay_over, read_known
from mactl.workflows.planning.following import tracked
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.posting.channel_post import ChannelPost
from mactl.workflows.posting.post import Post
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.timing.stirring import TimeTests
from mactl.workflows.writing.changes import Letters, changes_of
from mactl.workflows.writing.letters import letters_of
from mactl.workflows.writing.templates import Templates

Frame = pd.DataFrame
_HANDFUL = 2_000
"""Contacts up to whom Arrow answers before a database has begun."""
Draws = Mapping[str, Mapping[str, Any]]
"""Contact → draw → its outcome, instead of what the hash says."""


@dataclass(frozen=True, order=True)
class Happening:
    """Something that people do in a world, or undergo: an event of mactl's own, and what comes with it."""

    at: int
    """Epoch seconds."""
    contact: str
    event: str
    properties: str
    """JSON."""
    source: str
    suppression: Suppression | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Tick:
    """What one run in a world did."""

    plan: Plan
    sent: Frame
    """The messages that went out: rows of the table of sends."""
    subjects: Mapping[str, str]
    """Send → its subject, where messages are written at all."""
    stirred: frozenset[str]
    """Contacts for whom another run a minute later may do more."""


class World:
    """A world that stands at the instant of its last tick.

    Its state must be in memory, and is changed. `writes` says whether messages are rendered, so that a template that
    fails on somebody's values holds them; without it everything that is queued counts as sent. `transport` is the way
    of mail, which takes every message unless another is given.
    """

    def __init__(
        self,
        project: Project,
        cookbook: Cookbook,
        chosen: Sequence[str],
        crowd: Crowd,
        state: State,
        templates: Templates,
        *,
        draws: Draws | None = None,
        writes: bool = True,
        transport: Transport | None = None,
    ) -> None:
        self.project, self.cookbook, self.chosen = project, cookbook, tuple(chosen)
        self._transport = transport or _Everywhere()
        self.crowd, self.state, self.templates = crowd, state, templates
        self.draws, self.writes = draws or {}, writes
        self.zone = zone_named(project.settings.timezone)
        channels = (EMAIL, *(name for name in project.settings.channels if name != EMAIL))
        never = project.settings.limits.never
        self.tests = TimeTests.of(cookbook, self.running, channels, never)
        self._known = read_known(state)
        # Nobody asks a state that is thrown away who people are; nor one that was told, for the crowd stays the same.
        self._is_known = not writes
        self._coming: list[Happening] = []

    @cached_property
    def people(self) -> Frame:
        """Everybody by contact id: key, address, address_key, zone and more; see `contact_frame`."""
        return contact_frame(self.crowd.people, self.project.settings)

    @cached_property
    def _changed(self) -> frozenset[str] | None:
        """The fields whose earlier changes count; None: of all of them."""
        return tracked(self.cookbook).changed

    @property
    def running(self) -> list[Recipe]:
        """The recipes that play and have a journey."""
        recipes = (self.cookbook.recipes[id] for id in self.chosen)
        return [recipe for recipe in recipes if recipe.file.journey is not None]

    @property
    def is_wide(self) -> bool:
        """Whether what happens to one contact depends on others, so that a tick is never of few."""
        limits = self.project.settings.limits
        return self.tests.wide or bool(limits.budget)

    @property
    def coming(self) -> Sequence[Happening]:
        """What is going to happen; the first is the earliest, the others are in no order."""
        return self._coming

    def schedule(self, happenings: Iterable[Happening]) -> None:
        """Let these happen when their time comes."""
        for happening in happenings:
            heappush(self._coming, happening)

    def gathered(self, now: datetime, crowd: Crowd | None = None) -> Gathered:
        """Everybody (or `crowd`) as they stand at `now`."""
        who = crowd or self.crowd
        frame = self.people if who is self.crowd else self.people.loc[who.ids]
        known = self._known.iloc[:0] if self._is_known else self._known
        settings = self.project.settings
        changed = self._changed
        gathered = lay_over(
            settings, who.people, who.events, known, self.state, now, frame, changed=changed
        )
        return replace(gathered, is_known=self._is_known)

    def tick(self, now: datetime, among: set[str] | None = None) -> Tick:
        """A run at `now`, a whole minute, of everybody or of the contacts `among` whom something awaits."""
        self._let_happen(now)
        crowd = self.crowd if among is None else self.crowd.among(among)
        with self._narrowed(crowd, among):
            chosen = self.chosen if among is None else self._concerned(crowd, now)
            gathered = self.gathered(now, crowd)
            plan = make_plan(
                self._project_for(crowd), self.cookbook, chosen, gathered, self.state, self.draws,
                # To look for changes of which nothing asks takes as long as all else.
                None if self.tests.asks_for_changes else Cookbook(),
            )  # fmt: skip
        committed, changes = self._commit(plan)
        subjects = self._deliver(to_epoch(now)) if self.writes else {}
        if not self.writes:
            self._take_as_sent(to_epoch(now))
        self._perform(to_epoch(now))
        with self.state.reading() as connection:
            sent = read_frame(
                connection,
                select(sends).where(sends.c.run == committed, sends.c.status == SendStatus.SENT),
            )
        return Tick(plan, sent, subjects, self._stirred(changes, sent, to_epoch(now)))

    def _project_for(self, crowd: Crowd) -> Project:
        """The project with the engine that is the quickest for so many."""
        if len(crowd.ids) > _HANDFUL:
            return self.project
        settings = self.project.settings.model_copy(update={"engine": "arrow"})
        return replace(self.project, settings=settings)

    def _concerned(self, crowd: Crowd, now: datetime) -> tuple[str, ...]:
        """The recipes that may do something for the few in `crowd`: all but those that none of them is in, and that
        none of them has done anything to enter."""
        with self.state.reading() as connection:
            inside = select(enrollments.c.recipe).where(
                enrollments.c.status.in_([Standing.ACTIVE, Standing.WAITING])
            )
            origins = set(connection.execute(inside.distinct()).scalars())
            happened = select(events.c.event).where(events.c.at <= to_epoch(now)).distinct()
            told = set(connection.execute(happened).scalars())
        found: dict[str, None] = {}
        open_ = []
        for recipe in self.running:
            enter = recipe.journey.enter
            is_silent = isinstance(enter, EnterByHandover) or (
                isinstance(enter, EnterByEvent)
                and enter.event not in told
                and not self.tests.asks_for_changes
                and not crowd.who_did([enter.event], *self._lately(recipe, now))
                # What a message tells is an event too.
                and not enter.event.endswith("_sent")
            )
            if recipe.origin in origins or not is_silent:
                open_.append(recipe.id)
        while open_:
            id = open_.pop()
            if id not in found and id in self.cookbook.recipes:
                found[id] = None
                journey = self.cookbook.recipes[id].file.journey
                open_ += [step.enroll for _, step in walk(journey) if isinstance(step, EnrollStep)]
        return tuple(id for id in self.chosen if id in found)

    def _lately(self, recipe: Recipe, now: datetime) -> tuple[int, int]:
        """From when until when an event still lets people in (rule 2)."""
        return to_epoch(add_duration(now, -recipe.journey.latest, self.zone)), to_epoch(now)

    # Committing and delivering

    def _commit(self, plan: Plan) -> tuple[int, Changes]:
        """The number of the run and what it wrote; 0, which no run has, where there was nothing to write."""
        if plan.is_nothing and self._is_known:
            return 0, Changes()
        begun = Begun("test", to_epoch(plan.now), to_epoch(plan.now), __version__)
        letters = letters_of(plan, self.templates, self.state) if self.writes else Letters({}, {})
        changes = changes_of(plan, self.templates, letters)
        committed = commit_run(self.state, begun, changes)
        self._is_known = True
        return committed.run, changes

    def _deliver(self, now: int) -> dict[str, str]:
        """Drain the queue into nothing, with every message written; send → subject."""
        post = _ReadPost(self.state, self.project.settings, lambda: now, None)
        with self.state.reading() as connection:
            waiting = waiting_channels(connection, now)
        if EMAIL in waiting:
            with Ledger(self.state, new_worker()) as ledger:
                drain(ledger, self._transport, post, now=lambda: now)
        self._deliver_elsewhere(now, waiting)
        return post.subjects

    def _deliver_elsewhere(self, now: int, waiting: Collection[str]) -> None:
        """Drain what goes out on the other channels into nothing, with every text written."""
        settings = self.project.settings
        for name, channel in settings.channels.items():
            if name not in waiting or name == EMAIL:
                continue
            desk = ChannelPost(self.state, settings, lambda: now, name, channel)
            with Ledger(self.state, new_worker()) as ledger:
                drain(ledger, _Everywhere(), desk, now=lambda: now, channel=name)
        self._take_as_sent(now)  # channels that mactl.yaml doesn't declare: mactl check tells

    def _take_as_sent(self, now: int) -> None:
        with self.state.writing(durable=False) as connection:
            connection.execute(
                update(sends)
                .where(sends.c.status == SendStatus.QUEUED)
                .values(status=SendStatus.SENT, settled_at=now)
            )

    def _perform(self, now: int) -> None:
        """Whatever is to be told to colleagues and other systems is told."""
        with self.state.writing(durable=False) as connection:
            connection.execute(
                update(actions)
                .where(actions.c.status == SendStatus.QUEUED, actions.c.due_at <= now)
                .values(status=SendStatus.SENT, settled_at=now)
            )

    def _let_happen(self, now: datetime) -> None:
        found = []
        while self._coming and self._coming[0].at <= to_epoch(now):
            found.append(heappop(self._coming))
        if not found:
            return
        with self.state.writing(durable=False) as connection:
            connection.execute(
                insert_into(connection, events).on_conflict_do_nothing(),
                [
                    {
                        "contact": h.contact,
                        "event": h.event,
                        "at": h.at,
                        "source_id": h.source,
                        "properties": h.properties,
                    }
                    for h in found
                ],
            )
            add_suppressions(connection, [h.suppression for h in found if h.suppression])

    def _stirred(self, changes: Changes, sent: Frame, now: int) -> frozenset[str]:
        """Whom a run a minute later may see otherwise than this one could: what it wrote is what that one reads."""
        found: set[str] = set(sent["contact"])
        if len(changes.events):
            is_asked = changes.events["event"].isin(self.tests.asked)
            found.update(changes.events.loc[is_asked, "contact"])
        if len(changes.sends):
            is_skipped = changes.sends["status"] == SendStatus.SKIPPED
            found.update(changes.sends.loc[is_skipped, "contact"])
        moved = changes.enrollments
        if len(moved) and self.tests.looks_at_passages:
            # Who only went on from one step to the next is where any later run would have them.
            is_news = (moved["status"] != Standing.ACTIVE) | (moved["entered_at"] == now)
            found.update(moved.loc[is_news, "contact"])
        return frozenset(found)

    @contextmanager
    def _narrowed(self, crowd: Crowd, among: set[str] | None) -> Iterator[None]:
        if among is None:
            yield
            return
        frame = self.people.reindex(list(among))
        columns = [name for name in frame if str(name).startswith("address_key")]
        keys = frame[columns].to_numpy(dtype=object).ravel()
        addresses = {key for key in keys if isinstance(key, str)}
        with narrowed(self.state, among, addresses):
            yield


class _ReadPost(Post):
    """A post whose messages are read: what their subjects are."""

    @cached_property
    def subjects(self) -> dict[str, str]:
        """Send → subject."""
        return {}

    def compose(self, send: QueuedSend) -> Envelope:
        """The message, as any post has it."""
        envelope = super().compose(send)
        headers = BytesHeaderParser(policy=policy.default).parsebytes(envelope.message)
        self.subjects[send.id] = str(headers["Subject"])
        return envelope


class _Everywhere:
    """A transport that takes every message, and keeps none."""

    is_open = True

    async def open(self) -> "_Everywhere":
        """Itself."""
        return self

    async def deliver(
        self, envelope: Envelope, begin: Begin = at_once, following: Following = nothing
    ) -> Reply | None:
        """Taken."""
        return Reply(250, "2.0.0 taken", Stage.MESSAGE) if await begin() else None

    async def close(self) -> None:
        """Nothing is left to do."""
