"""Facts, conditions and cookbooks written the way the tests' tables write them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import yaml
from pydantic import TypeAdapter

from mactl.clock import parse_instant, resolve_local, to_day, to_epoch, whole_minute
from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, KEY, ZONE, FieldType
from mactl.consent.entry import PROOFS
from mactl.consent.ledger import SCHEMA
from mactl.facts.facts import Facts
from mactl.project import ConsentColumns
from mactl.recipe.conditions import Condition, Kind
from mactl.recipe.cookbook import Cookbook, parse_recipe

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_CONDITION: TypeAdapter[Kind] = TypeAdapter(Condition)


def condition(value: Any) -> Kind:
    """A condition as a recipe writes it."""
    return _CONDITION.validate_python(value)


def cookbook(recipes: Mapping[str, Any]) -> Cookbook:
    """Recipe's id → what it says, without its `recipe` key."""
    found = {}
    for name, says in recipes.items():
        text = yaml.safe_dump({"recipe": name, **says}, sort_keys=False, allow_unicode=True)
        recipe, findings = parse_recipe(text, Path(f"recipes/{name}.yaml"))
        assert recipe is not None and not findings, findings
        found[name] = recipe
    return Cookbook(dict(sorted(found.items())))


def facts(
    now: str,
    contacts: Mapping[str, Mapping[str, Any]],
    events: Iterable[list[Any]] = (),
    *,
    fields: Mapping[str, str],
    properties: Mapping[str, str] | None = None,
    zone: ZoneInfo = AMSTERDAM,
    passages: Iterable[list[str]] = (),
    opted_out: Iterable[list[str]] = (),
    consents: Iterable[list[Any]] = (),
    consent: Mapping[str, Mapping[str, Any]] | None = None,
    channels: Iterable[str] = ("email",),
) -> Facts:
    """Contact → its fields, and events as [contact, event, at] or [contact, event, at, properties].

    Dates and instants are ISO 8601 text, read in `zone`; lists are `a;b`; passages are [contact, recipe, status],
    opt-outs [contact, topic], consents what the ledger says (see `ledger`), and consent is what mactl.yaml declares.
    """
    field_types = {name: FieldType(type_) for name, type_ in fields.items()}
    property_types = {name: FieldType(type_) for name, type_ in (properties or {}).items()}
    happened = [(*event, {}) if len(event) == 3 else tuple(event) for event in events]
    ids = pa.array(list(contacts), pa.string())
    return Facts(
        now=whole_minute(parse_instant(now, zone)),
        zone=zone,
        contacts=pa.table(
            {
                CONTACT: ids,
                KEY: ids,
                ZONE: pa.nulls(len(ids), pa.string()),
                **_columns(contacts.values(), field_types, zone),
            }
        ),
        fields=field_types,
        events=pa.table(
            {
                CONTACT: pa.array([event[0] for event in happened], pa.string()),
                EVENT: pa.array([event[1] for event in happened], pa.string()),
                AT: pa.array([instant(event[2], zone) for event in happened], pa.int64()),
                EVENT_ID: pa.nulls(len(happened), pa.string()),
                **_columns([event[3] for event in happened], property_types, zone),
            }
        ),
        properties=property_types,
        passages=_text_table(("contact", "recipe", "status"), passages),
        opted_out=_text_table(("contact", "topic"), opted_out),
        consents=ledger(consents, zone),
        consent={t: ConsentColumns.model_validate(c) for t, c in (consent or {}).items()},
        channels=tuple(channels),
    )


def _text_table(names: tuple[str, ...], rows: Iterable[list[str]]) -> pa.Table:
    found = list(rows)
    return pa.table(
        {name: pa.array([row[n] for row in found], pa.string()) for n, name in enumerate(names)}
    )


def ledger(rows: Iterable[list[Any]], zone: ZoneInfo = AMSTERDAM) -> pa.Table:
    """Entries as [contact, topic, state, at, more], the last of which may be left out: whether a grant is `complete`,
    its `channels` and `origin`."""
    found = []
    for number, row in enumerate(rows, 1):
        contact, topic, state, at, more = (*row, {})[:5]
        complete = state == "granted" and more.get("complete", True)
        proofs = dict.fromkeys((*PROOFS, "complete"), complete)
        said = {"channels": "email" if state == "granted" else None, "origin": "command", **more}
        when = None if at is None else instant(at, zone)
        found.append(
            {"number": number, "contact": contact, "topic": topic, "state": state, "at": when}
            | proofs | {name: value for name, value in said.items() if name != "complete"}
        )  # fmt: skip
    return pa.Table.from_pylist(found, schema=SCHEMA)


def subjects(rows: Iterable[list[Any]], zone: ZoneInfo = AMSTERDAM) -> pd.DataFrame:
    """Subjects as [id, contact, since, until, trigger], of which the last ones may be left out."""
    found = [(*row, None, {})[:5] if len(row) == 3 else (*row, {})[:5] for row in rows]
    bounds = {
        name: pd.array([row[at] and instant(row[at], zone) for row in found], dtype="Int64")
        for name, at in (("since", 2), ("until", 3))
    }
    return pd.DataFrame(
        {
            "id": pd.Series([row[0] for row in found], dtype="str"),
            "contact": pd.Series([row[1] for row in found], dtype="str"),
            **bounds,
            "trigger": pd.Series([row[4] for row in found], dtype="object"),
        }
    )


def instant(text: str, zone: ZoneInfo = AMSTERDAM) -> int:
    """An ISO 8601 date or instant as epoch seconds."""
    return to_epoch(parse_instant(text, zone))


def _columns(
    rows: Iterable[Mapping[str, Any]], types: Mapping[str, FieldType], zone: ZoneInfo
) -> dict[str, pa.Array]:
    given = list(rows)
    unknown = {name for row in given for name in row} - set(types)
    assert not unknown, f"no type is declared for {unknown}"
    return {
        name: pa.array([encode(row.get(name), type_, zone) for row in given], type_.arrow)
        for name, type_ in types.items()
    }


def encode(value: Any, type_: FieldType, zone: ZoneInfo = AMSTERDAM) -> Any:
    """A value of a test as it stands in the tables."""
    if value is None:
        return None
    if type_ is FieldType.DATE:
        return to_day(value if isinstance(value, date) else date.fromisoformat(value))
    if type_ is FieldType.INSTANT:
        return to_epoch(value) if isinstance(value, datetime) else instant(value, zone)
    if type_ is FieldType.LIST:
        items = value if isinstance(value, list) else value.split(";")
        return f";{';'.join(items)};" if items else None
    return float(value) if type_ is FieldType.NUMBER else value


def midnight(day: date, zone: ZoneInfo = AMSTERDAM) -> datetime:
    """The instant at which a day begins."""
    return resolve_local(day, time(), zone)
