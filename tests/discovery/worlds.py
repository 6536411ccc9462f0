"""Made-up people as facts: with kinds that were planted, or with nothing in them but noise."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, KEY, ZONE, FieldType
from mactl.facts.facts import Facts

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
DAY = 86_400
TODAY = int(NOW.timestamp()) // DAY


def world(
    fields: Mapping[str, tuple[FieldType, Sequence[object]]],
    events: Sequence[tuple[int, str, float, Mapping[str, object]]] = (),
    properties: Mapping[str, FieldType] | None = None,
    people: int | None = None,
) -> Facts:
    """Facts at NOW: field → its type and a cell for each person; events are the person's number, name, days ago and
    properties."""
    many = people if people is not None else len(next(iter(fields.values()))[1])
    ids = pa.array([f"p{n}" for n in range(many)])
    known = properties or {}
    columns = {name: pa.array(list(cells), type_.arrow) for name, (type_, cells) in fields.items()}
    told = {
        name: pa.array([event[3].get(name) for event in events], type_.arrow)
        for name, type_ in known.items()
    }
    return Facts(
        NOW,
        ZoneInfo("Europe/Amsterdam"),
        pa.table({CONTACT: ids, KEY: ids, ZONE: pa.nulls(many, pa.string()), **columns}),
        {name: type_ for name, (type_, _) in fields.items()},
        pa.table(
            {
                CONTACT: pa.array([f"p{event[0]}" for event in events], pa.string()),
                EVENT: pa.array([event[1] for event in events], pa.string()),
                AT: pa.array(
                    [int(NOW.timestamp() - event[2] * DAY) for event in events], pa.int64()
                ),
                EVENT_ID: pa.nulls(len(events), pa.string()),
                **told,
            }
        ),
        known,
    )


def shop(
    people: int, seed: int = 1, *, planted: bool = True
) -> tuple[Facts, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Customers of a shop, of three kinds that differ in size, plan, interests and how often they log in; or, where
    nothing is `planted`, the same fields drawn apart from one another. With the kind of each."""
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, 3, people)

    def of_kind() -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        strays = draw.integers(0, 3, people)
        return np.where(draw.random(people) < 0.92, kind, strays) if planted else strays

    size = np.exp(np.array([2.0, 4.0, 6.0])[of_kind()] + draw.normal(size=people) * 0.4)
    fields: dict[str, tuple[FieldType, Sequence[object]]] = {
        "contact_id": (FieldType.TEXT, [f"C{n}" for n in range(people)]),
        "size": (FieldType.NUMBER, np.floor(size).tolist()),
        "plan": (FieldType.TEXT, np.array(["Starter", "Team", "Enterprise"])[of_kind()].tolist()),
        "interests": (
            FieldType.LIST,
            np.array([";privacy;", ";reporting;pricing;", ";webinars;pricing;"])[
                of_kind()
            ].tolist(),
        ),
        "nps": (FieldType.NUMBER, draw.integers(0, 11, people).astype(float).tolist()),
        "gender": (FieldType.TEXT, draw.choice(["m", "f"], people).tolist()),
        "signed_up_at": (FieldType.DATE, (TODAY - draw.integers(1, 1000, people)).tolist()),
    }
    events: list[tuple[int, str, float, Mapping[str, object]]] = []
    for person, often in enumerate(draw.poisson(np.array([1, 3, 9])[of_kind()])):
        events += [(person, "login", float(days), {}) for days in draw.uniform(0, 300, often)]
    for person, often in enumerate(draw.poisson(1.5, people)):
        for days in draw.uniform(0, 600, often):
            amount = round(float(draw.lognormal(4, 1)), 2)
            category = str(draw.choice(["software", "training", "hardware"]))
            events.append(
                (person, "purchase", float(days), {"amount": amount, "category": category})
            )
    return world(fields, events, {"amount": FieldType.NUMBER, "category": FieldType.TEXT}), kind
