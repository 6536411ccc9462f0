"""A template names a column that the data lack, or that is blank for many of those who will get it.

Found with `--data`. A message with an unknown name is held until somebody mends it; one with a blank value as well,
unless the template says what stands there instead. More than 5 % of the entrants without a value and no default are
told.

    Hello {{ contact.first_name | default('there') }}
"""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from mactl.checks.data import OWN_EVENTS, Data
from mactl.checks.scope import Look
from mactl.columns import EVENT
from mactl.content.source import NameUse, names_used
from mactl.content.templates import compile_written
from mactl.findings import Finding, Severity
from mactl.recipe.enter import EnterByEvent
from mactl.recipe.steps import ConsentRequest, SendTarget
from mactl.validation import did_you_mean

IDS = ("unknown-merge-field", "blank-merge-field")

MOST_BLANK = 0.05
"""Of the entrants."""


def check(data: Data) -> Iterator[Finding]:
    """One finding for each name in a wording of a template that is sent."""
    for look in data.scope:
        sent = {target.template for _, target in look.each(SendTarget)}
        sent |= {request.template for _, request in look.each(ConsentRequest)}
        found: dict[Finding, None] = {}
        for name, (many, _) in look.letters.items():
            for written in many if name in sent else ():
                source, _ = compile_written(written)
                uses = names_used(source) if source is not None else {}
                for path, use in uses.items():
                    found.update(dict.fromkeys(_faults(data, look, path, use)))
        yield from found


def _faults(data: Data, look: Look, path: str, use: NameUse) -> Iterator[Finding]:
    root, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if not name:
        return
    if root == "contact":
        if not data.is_field(name, look):
            guess = did_you_mean(name, data.fields)
            yield _unknown(f"contacts have no field {name!r}", use, guess)
        elif not use.has_default:
            yield from _blank(path, use, _blank_contacts(data, look, name))
    elif root == "event":
        yield from _of_event(data, look, path, name, use)


def _of_event(data: Data, look: Look, path: str, name: str, use: NameUse) -> Iterator[Finding]:
    journey = look.recipe.file.journey
    enter = journey.enter if journey else None
    if not isinstance(enter, EnterByEvent) or enter.event in OWN_EVENTS:
        return
    known = data.properties(enter.event)
    if enter.event in data.events and name not in known:
        guess = did_you_mean(name, known)
        yield _unknown(f"no {enter.event!r} in the data has the property {name!r}", use, guess)
    elif name in known and not use.has_default:
        table = data.facts.events
        mine = table.filter(pc.equal(table.column(EVENT), enter.event)).column(name)
        yield from _blank(path, use, mine.null_count / max(len(mine), 1))


def _blank_contacts(data: Data, look: Look, name: str) -> float:
    """Which part of those whom the journey lets in has no value; of all where that can't be told."""
    if name not in data.facts.contacts.column_names:
        return 0.0
    blank = np.asarray(pc.is_null(data.facts.contacts.column(name)))
    entering = data.entering(look)
    if entering is not None:
        blank = blank[entering.to_numpy(dtype=bool)]
    return float(blank.mean()) if len(blank) else 0.0


def _unknown(message: str, use: NameUse, guess: str | None) -> Finding:
    hint = guess or "name a column, or write what stands there instead with | default('…')"
    severity = Severity.WARNING if use.has_default else Severity.ERROR
    return Finding("unknown-merge-field", severity, message, use.place, hint)


def _blank(path: str, use: NameUse, share: float) -> Iterator[Finding]:
    if share > MOST_BLANK:
        yield Finding(
            "blank-merge-field",
            Severity.WARNING,
            f"{path} is blank for {share:.0%} of those who enter",
            use.place,
            f"write what stands there instead: {{{{ {path} | default('…') }}}}",
        )
