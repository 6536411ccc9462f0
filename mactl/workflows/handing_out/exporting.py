"""`mactl contacts export`: people → a file for another system, nobody among them who must be left alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from mactl.columns import FieldType, plain_value
from mactl.delivery.channels.cells import cell
from mactl.errors import UsageError
from mactl.people.cells import Mask
from mactl.project import Project
from mactl.validation import did_you_mean
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.handing_out.columns import Column, Outline, distinct_of
from mactl.workflows.handing_out.platforms import PLATFORMS, Platform, Wanted
from mactl.workflows.opening import open_state
from mactl.workflows.planning.following import tracked
from mactl.workflows.planning.running import ready_recipes


@dataclass(frozen=True)
class Order:
    """What is wanted: who, of whom nothing is told that they did not agree to, and which columns in which form."""

    segment: str | None = None
    columns: Sequence[str] = ()
    platform: str | None = None
    topic: str | None = None
    """What it is for: only whose consent for that is proven."""
    include_suppressed: bool = False


@dataclass(frozen=True, eq=False)
class Exported:
    """The columns by header, as text cells (`texts`) or with their own types; and who was left out, and why."""

    columns: dict[str, Column]
    count: int
    outline: Outline
    gathered: Gathered
    left_alone: int
    no_consent: int
    nameless: int
    """Nobody there could know them: no address, or none that the platform takes."""
    missing: tuple[str, ...]
    """Columns of the platform that no field fills."""


def export_contacts(
    project: Project, paths: Sequence[str], sources: Sources, now: datetime, order: Order
) -> Exported:
    """The people that `order` asks for, in its columns.

    Raises UsageError for a segment, a column, a topic or a platform that does not exist, and for people who would go to
    an advertiser without what for.
    """
    platform = _platform(order)
    selection = ready_recipes(project, paths)
    with open_state(project) as state:
        gathered = gather(project, sources, state, now, tracked(selection.cookbook).changed)
    outline = Outline(project.settings, selection.cookbook, gathered)
    _expect_topic(project, order, platform)
    wanted = np.ones(len(outline), np.bool_)
    if order.segment is not None:
        wanted = outline.inside(order.segment)
    alone, unproven = _forbidden(outline, order, platform, wanted)
    chosen = wanted & ~alone & ~unproven
    if platform is None:
        names = list(order.columns) or outline.all_fields
        columns, missing = outline.columns(names), list[str]()
        nameless = np.zeros(len(outline), np.bool_)
    else:
        columns, missing, named = _of_platform(outline, platform)
        nameless = chosen & ~named
    rows = pa.array(np.flatnonzero(chosen & ~nameless))
    return Exported(
        {name: Column(column.values.take(rows), column.type) for name, column in columns.items()},
        len(rows),
        outline,
        gathered,
        int(np.count_nonzero(alone)),
        int(np.count_nonzero(unproven)),
        int(np.count_nonzero(nameless)),
        tuple(missing),
    )


def _platform(order: Order) -> Platform | None:
    if order.platform is None:
        return None
    found = PLATFORMS.get(order.platform)
    if found is None:
        hint = did_you_mean(order.platform, PLATFORMS) or f"there are {', '.join(PLATFORMS)}"
        raise UsageError(f"--for {order.platform}: no such platform is known", hint)
    if order.columns:
        raise UsageError(
            "--for and --columns do not go together", f"{found.name} has columns of its own"
        )
    return found


def _expect_topic(project: Project, order: Order, platform: Platform | None) -> None:
    topics = project.settings.consent
    if order.topic is not None and order.topic not in topics:
        known = ", ".join(topics) or "none"
        hint = did_you_mean(order.topic, topics) or f"topics of mactl.yaml are: {known}"
        raise UsageError(f"--topic {order.topic}: no consent is declared for it", hint)
    if (
        platform is not None
        and platform.advertises
        and not (order.topic or order.include_suppressed)
    ):
        raise UsageError(
            f"whoever is shown advertising by {platform.name} must have agreed to it",
            "name the topic of that consent: --topic ads; its columns say channel: [ads]",
        )


def _forbidden(
    outline: Outline, order: Order, platform: Platform | None, wanted: Mask
) -> tuple[Mask, Mask]:
    """Which of the wanted must be left alone, and which of the others have not agreed."""
    nobody = np.zeros(len(outline), np.bool_)
    if order.include_suppressed:
        return nobody, nobody
    if order.topic is None:
        return wanted & outline.must_be_left_alone(), nobody
    alone = wanted & outline.opted_out(order.topic)
    channel = "ads" if platform is not None and platform.advertises else "email"
    return alone, wanted & ~alone & ~outline.agreed(order.topic, channel)


def _of_platform(outline: Outline, platform: Platform) -> tuple[dict[str, Column], list[str], Mask]:
    """The columns of the platform, those that no field fills, and who has one by which they are known."""
    fields = set(outline.all_fields)
    sources = {
        wanted.header: next((name for name in wanted.fields if name in fields), None)
        for wanted in platform.columns
    }
    given = outline.columns(list(dict.fromkeys(name for name in sources.values() if name)))
    columns = {}
    for wanted in platform.columns:
        source = sources[wanted.header]
        columns[wanted.header] = (
            Column(pa.nulls(len(outline), pa.string()), FieldType.TEXT)
            if source is None
            else _written(outline, given[source], wanted)
        )
    named = np.zeros(len(outline), np.bool_)
    for header in platform.identifying:
        named |= columns[header].values.is_valid().to_numpy(zero_copy_only=False)
    missing = [w.header for w in platform.columns if w.fields and sources[w.header] is None]
    return columns, missing, named


def _written(outline: Outline, column: Column, wanted: Wanted) -> Column:
    distinct, index = distinct_of(column.values)
    plain = (plain_value(value, column.type, outline.zone) for value in distinct.to_pylist())
    texts = [wanted.cell(_as_text(value)) or None for value in plain]
    return Column(pa.array(texts, pa.string()).take(index), FieldType.TEXT)


def _as_text(value: Any) -> str:
    """A value without the apostrophe that cells for spreadsheets get."""
    return value if isinstance(value, str) else cell(value)
