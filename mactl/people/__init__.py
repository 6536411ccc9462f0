"""Sources → people: CSV reading, hygiene, identity."""

from mactl.people.events import Events, EventSummary, events_from_rows, read_events
from mactl.people.people import People, Summary, people_from_rows, read_people

__all__ = [
    "EventSummary",
    "Events",
    "People",
    "Summary",
    "events_from_rows",
    "people_from_rows",
    "read_events",
    "read_people",
]
