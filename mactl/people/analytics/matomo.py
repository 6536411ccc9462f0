"""Matomo's visits log (`Live.getLastVisitsDetails`), as JSON or as CSV, in which each action of a visit has columns.

https://developer.matomo.org/api-reference/reporting-api#Live. Visits are exported by the thousand, so that they are
walked one by one.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from mactl.errors import UnreadableInput
from mactl.findings import Finding, Severity, counted
from mactl.people.analytics.hits import (
    CART_ABANDONED,
    DOWNLOAD,
    FORM_SUBMIT,
    PAGE_VIEW,
    PURCHASE,
    Hits,
    hits_of,
)
from mactl.people.analytics.moments import to_epochs
from mactl.people.sources.headers import field_name
from mactl.people.sources.sheets import Sheet

_EVENTS = {
    "action": PAGE_VIEW,
    "download": DOWNLOAD,
    "outlink": "outlink",
    "search": "site_search",
    "goal": "goal_reached",
    "ecommerceorder": PURCHASE,
    "ecommerceabandonedcart": CART_ABANDONED,
    "form": FORM_SUBMIT,
    "formsubmit": FORM_SUBMIT,
}
_TEXTS = {
    "title": ("pagetitle", "title"),
    "search_term": ("sitesearchkeyword",),
    "goal": ("goalname",),
    "form": ("formname",),
    "order_id": ("orderid",),
    "category": ("eventcategory",),
    "name": ("eventname",),
    "currency": ("currency",),
}
_KEYS = ("user_id", "visitor_id")
_NUMBERS = {"amount": ("revenue",), "value": ("eventvalue",)}
_CAMPAIGN = {
    "utm_source": ("campaignsource",),
    "utm_medium": ("campaignmedium",),
    "utm_campaign": ("campaignname",),
    "utm_content": ("campaigncontent",),
    "utm_term": ("campaignkeyword",),
}
_ACTION = "action_details_"
FIELDS = frozenset({"id_visit", "visitor_id"})

Cells = Mapping[str, Any]


def is_matomo(fields: Mapping[str, Any] | frozenset[str] | set[str]) -> bool:
    """Whether a table with these columns is a visits log."""
    return set(fields) >= FIELDS


def read_json(text: str, path: str, zone: ZoneInfo) -> Hits:
    """The actions of a visits log in JSON. Raises UnreadableInput where it is none."""
    try:
        visits = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableInput(f"{path}: this is no JSON: {error}") from None
    if isinstance(visits, dict) and visits.get("result") == "error":
        told = str(visits.get("message", "no reason is given"))[:200]
        raise UnreadableInput(f"{path}: Matomo refused the export: {told!r}", "export it anew")
    if not isinstance(visits, list) or not all(isinstance(visit, dict) for visit in visits):
        raise UnreadableInput(f"{path}: this is no list of visits", "export the visits log as JSON")
    return _hits([_squeezed(visit) for visit in visits], zone)


def read_table(sheet: Sheet, zone: ZoneInfo) -> Hits:
    """The actions of a visits log in CSV: `actionDetails_0_url` and so on."""
    columns = {name: cells.array().to_pylist() for name, cells in sheet.columns.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return _hits([_unflattened(row) for row in rows], zone, sheet.rejected)


def _unflattened(row: Cells) -> dict[str, Any]:
    actions: dict[int, dict[str, Any]] = {}
    visit: dict[str, Any] = {}
    for name, value in row.items():
        number, _, inner = name.removeprefix(_ACTION).partition("_")
        if name.startswith(_ACTION) and number.isdigit() and inner:
            if value is not None:
                actions.setdefault(int(number), {})[inner.replace("_", "")] = value
        else:
            visit[name.replace("_", "")] = value
    visit["actiondetails"] = [actions[number] for number in sorted(actions)]
    return visit


def _squeezed(visit: Cells) -> dict[str, Any]:
    """A visit with names as those of a table are compared: `idVisit` → `idvisit`."""
    found = {name.replace("_", "").lower(): value for name, value in visit.items()}
    actions = found.get("actiondetails")
    found["actiondetails"] = [
        {name.replace("_", "").lower(): value for name, value in action.items()}
        for action in (actions if isinstance(actions, list) else ())
        if isinstance(action, dict)
    ]
    return found


def _hits(visits: list[dict[str, Any]], zone: ZoneInfo, faulty: int = 0) -> Hits:
    rows = [row for visit in visits for row in _rows(visit)]
    told = ("event", "when", "id", "url", "referrer", *_KEYS)
    names = (*told, *_TEXTS, *_CAMPAIGN, *_NUMBERS)
    columns = {n: pa.array([row.get(n) for row in rows], pa.string()) for n in names}
    at, read = to_epochs(columns["when"], zone)
    known = pa.array(read)
    columns = {name: column.filter(known) for name, column in columns.items()}
    numbers = {
        name: pa.array([_number(t) for t in columns[name].to_pylist()], pa.float64())
        for name in _NUMBERS
    }
    lost = len(rows) - len(columns["when"])
    message = f"{counted(lost, 'action')} without an instant, left out"
    return hits_of(
        at.filter(known),
        columns["event"],
        keys={name: columns[name] for name in _KEYS},
        properties={**{name: columns[name] for name in (*_TEXTS, *_CAMPAIGN)}, **numbers},
        id=columns["id"],
        url=columns["url"],
        referrer=columns["referrer"],
        faulty=faulty + lost,
        findings=[Finding("events-bad-instant", Severity.WARNING, message)] if lost else [],
    )


def _rows(visit: Cells) -> Iterator[dict[str, str | None]]:
    base = {
        "user_id": _text(visit, "userid"),
        "visitor_id": _text(visit, "visitorid"),
        **{ours: _text(visit, *theirs) for ours, theirs in _CAMPAIGN.items()},
    }
    start = _text(visit, "firstactiontimestamp", "servertimestamp")
    referrer = _text(visit, "referrerurl")
    number = _text(visit, "idvisit")
    for place, action in enumerate(visit["actiondetails"]):
        event = _event(action)
        if event is not None:
            yield {
                **base,
                **{
                    ours: _text(action, *theirs)
                    for ours, theirs in (*_TEXTS.items(), *_NUMBERS.items())
                },
                "event": event,
                "when": _text(action, "timestamp") or start,
                "id": f"matomo:{number}:{place}" if number else None,
                "url": _text(action, "url"),
                # Only the first page of a visit has one from elsewhere.
                "referrer": referrer if place == 0 else None,
            }


def _event(action: Cells) -> str | None:
    kind = (_text(action, "type") or "").lower()
    if kind == "event":
        return field_name(_text(action, "eventaction") or "") or "event"
    return _EVENTS.get(kind)


def _text(cells: Cells, *names: str) -> str | None:
    for name in names:
        value = cells.get(name)
        if (
            isinstance(value, (str, int, float))
            and not isinstance(value, bool)
            and str(value).strip()
        ):
            return str(value).strip()
    return None


def _number(text: str | None) -> float | None:
    try:
        return float(text.replace(",", "")) if text else None
    except ValueError:
        return None
