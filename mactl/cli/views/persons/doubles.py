"""Who may be one person."""

import shlex
from collections.abc import Sequence

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, print_table, printable, stdout
from mactl.workflows.persons.doubling import Proposed


def show_doubles(invocation: Invocation, found: Sequence[Proposed], count: int) -> None:
    """`{"count", "doubles": [{"score", "contacts": [{"contact", "email", "name"}, …], "reasons"}]}`, or a
    table."""
    if invocation.wants_json:
        doubles = [
            {"score": one.score, "contacts": list(one.contacts), "reasons": list(one.reasons)}
            for one in found
        ]
        print_json({"count": count, "doubles": doubles})
        return
    rows = [
        {
            "score": f"{one.score:.3f}",
            "contact": one.contacts[0]["contact"],
            "and": one.contacts[1]["contact"],
            "names": " / ".join(dict.fromkeys(each["name"] or "–" for each in one.contacts)),
            "why": ", ".join(one.reasons),
        }
        for one in found
    ]
    print_table(["score", "contact", "and", "names", "why"], rows, "nobody seems to be there twice")
    if len(found) < count:
        stdout().print(f"… and {count - len(found):,} more; --limit 0 shows all", style="dim")
    if found:
        names = " ".join(shlex.quote(each["contact"]) for each in found[0].contacts)
        line = printable(f"one person? mactl contacts merge {names}")
        stdout().print(line, style="dim", markup=False)
