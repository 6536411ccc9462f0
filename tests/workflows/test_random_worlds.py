"""Whatever a recipe says, people do and the clock shows: what always holds, holds (RECIPES.md)."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings

from mactl.declaring import ChannelName
from mactl.recipe.conditions import KINDS
from mactl.recipe.enter import AnyEnter
from mactl.recipe.journey import Journey
from mactl.recipe.steps import STEP_KINDS
from mactl.store.tables import GONE, sends
from tests.conftest import examples
from tests.workflows.drawn_worlds import SEEDS, instants, world_of
from tests.workflows.watched_worlds import Watched

WORLDS = int(os.environ.get("MACTL_WORLDS", examples(8)))
"""How many worlds are tried; a few hundred by hand find what a dozen do not."""
PATIENT = [HealthCheck.too_slow]


@settings(max_examples=WORLDS, deadline=None, suppress_health_check=PATIENT)
@given(SEEDS)
def test_what_always_holds_holds_in_every_world(seed: int) -> None:
    world = world_of(seed)
    watched = Watched(world)
    for number, now in enumerate(instants(world)):
        watched.change(number)
        watched.run(now)


@settings(max_examples=WORLDS // 2, deadline=None, suppress_health_check=PATIENT)
@given(SEEDS)
def test_runs_at_one_instant_come_to_rest_and_write_to_nobody_twice(seed: int) -> None:
    world = world_of(seed)
    watched = Watched(world)
    now = world["start"]
    for _ in range(3 * sum(len(graph.nodes) for graph in watched.graphs.values())):
        watched.run(now)
        plan = watched.plan(now)
        if not any(len(plan.table(name)) for name in ("entering", "ended", "effects")) and not len(
            plan.intents("queue")
        ):
            break
    else:
        raise AssertionError("it does not come to rest")
    gone = [row for row in watched.read(sends) if row["status"] in GONE]
    marketing = Counter(row["contact"] for row in gone if row["marketing"])
    assert max(marketing.values(), default=0) <= 1


def test_worlds_have_every_construct_in_them() -> None:
    """What is never drawn is never tried."""
    worlds = [world_of(seed) for seed in range(300)]
    keys, words = Counter[str](), Counter[str]()
    for world in worlds:
        found = set(_said(world))
        keys.update(key for key, _ in found)
        words.update(str(value) for _, value in found)

    kinds = {kind.keyword for kind in (*STEP_KINDS, *KINDS, *get_args(AnyEnter))}
    assert {kind: keys[kind] for kind in kinds if keys[kind] < 5} == {}
    wanted = {*get_args(ChannelName), "paused", "archived", "draft", "version", "rename", "retire"}
    wanted |= {"opened", "clicked", "replied", "goal", "bounced", "unsubscribed", "complained"}
    assert {word: words[word] for word in wanted if words[word] < 5} == {}
    options = {*Journey.model_fields, "min_gap", "per_contact", "quiet_hours", "never", "budget"}
    options -= {"enter", "leave", "steps", "again"}
    assert {option: keys[option] for option in options if keys[option] < 20} == {}


def _said(part: Any) -> Iterator[tuple[str, Any]]:
    """Each key of every mapping, and each single value with the key that it stands behind."""
    if isinstance(part, dict):
        for key, inner in part.items():
            yield key, inner if isinstance(inner, (str, bool)) else None
            yield from _said(inner)
    elif isinstance(part, (list, tuple)):
        for inner in part:
            yield from [("", inner)] if isinstance(inner, str) else _said(inner)
