"""What is kept too long, or was."""

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, printable, stdout
from mactl.people.sources.files import shown_path

if TYPE_CHECKING:
    from mactl.workflows.protecting.retaining import Overdue

_MOST = 5  # files of a folder that are told one by one
_WORDS = {
    "sends": "messages: without address, merge values and the server's answer",
    "enrollments": "journeys: without what triggered them",
    "actions": "what colleagues and other systems were told: without its content",
    "events": "events that were noticed: deleted, or nobody's",
    "contacts": "people who are in no source any more: what they got is nobody's",
    "history": "changes of fields, stages and segments: deleted, or nobody's",
}


def show_retained(invocation: Invocation, found: "Overdue", *, done: bool) -> None:
    """`{"done", "terms": {WHAT: length}, "rows": {WHAT: count}, "imported_events", "files": [path]}`, or lines."""
    rows = asdict(found.rows)
    if invocation.wants_json:
        print_json(
            {
                "done": done,
                "terms": {name: str(term) for name, term in found.terms.items()},
                "rows": rows,
                "imported_events": found.archived,
                "files": [shown_path(path) for path in found.files],
            }
        )
        return
    if invocation.quiet:
        return
    console = stdout()
    if not found.terms:
        console.print("nothing says how long anything is kept; write retention: 24 months")
        return
    for name, count in rows.items():
        if count:
            console.print(f"{count:>9,}  {_WORDS[name]}", markup=False)
    if found.archived:
        console.print(f"{found.archived:>9,}  imported events: deleted")
    folders = Counter(path.parent for path in found.files)
    for path in found.files:
        if folders[path.parent] <= _MOST:
            console.print(f"{1:>9,}  {printable(shown_path(path))}: deleted", markup=False)
    for folder, count in folders.items():
        if count > _MOST:
            console.print(
                f"{count:>9,}  files in {printable(shown_path(folder))}: deleted", markup=False
            )
    if not found:
        console.print("nothing is older than it may be")
    elif done:
        console.print("cleared; consents and suppressions stay as they are", style="green")
