"""People as a list."""

from datetime import date, datetime
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, print_table, stdout
from mactl.clock import zone_named
from mactl.columns import CONTACT, KEY, plain_value
from mactl.people.people import People

_MOST = 40
_SHOWN = 6


def show_contacts(invocation: Invocation, people: People, zone: str) -> None:
    """`{"contacts": [{"contact", "email", "fields": {…}, "sources": [{"path", "line"}]}]}`, or a table."""
    rows = contact_rows(people, zone)
    if invocation.wants_json:
        print_json({"contacts": rows})
        return
    shown = rows if invocation.verbose else rows[:_MOST]
    fields = [name for name in people.fields if name not in ("email", "contact_id")][:_SHOWN]
    flat = [{**dict.fromkeys(fields), **row, **row["fields"]} for row in shown]
    print_table(["contact", "email", *fields], flat, "there are no contacts")
    if len(shown) < len(rows):
        stdout().print(f"… and {len(rows) - len(shown)} more; --verbose shows all", style="dim")


def contact_rows(people: People, zone: str) -> list[dict[str, Any]]:
    """Everyone with their fields as plain values (dates and instants in ISO 8601), and where they come from."""
    sources: dict[str, list[dict[str, Any]]] = {}
    for row in people.rows.to_pylist():
        sources.setdefault(row[CONTACT], []).append({"path": row["path"], "line": row["line"]})
    local = zone_named(zone)

    def plain(name: str, value: Any) -> Any:
        found = plain_value(value, people.fields[name], local)
        return found.isoformat() if isinstance(found, (date, datetime)) else found

    return [
        {
            "contact": row[KEY],
            "email": row.get("email"),
            "fields": {
                name: plain(name, row[name]) for name in people.fields if row[name] is not None
            },
            "sources": sources.get(row[CONTACT], []),
        }
        for row in people.contacts.to_pylist()
    ]
