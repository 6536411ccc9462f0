"""YAML reads this as something else than it may be meant to be.

YAML 1.2 knows `true` and `false` only: `yes`, `no`, `on` and `off` are text. A number loses what does not count:
`1.10` is 1.1, `0x1F` is 31, `12e3` is 12000. Write `true` or `false`, and put what is no number between quotes.

    - {field: newsletter, eq: true}
    - {field: release, eq: "1.10"}
"""

import re
from collections.abc import Iterator
from typing import Any

from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import FieldCondition
from mactl.recipe.operators import PropertyValueTest, ValueTest

IDS = ("yaml-trap",)

_OPERATORS = ("eq", "ne", "in", "not_in", "has", "has_any", "has_all")
_TRUTHS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_PLAIN = re.compile(r"[^\s,\]}#]+")
_UNUSUAL = re.compile(r"0[xo][0-9a-fA-F]+|[-+]?\d+(?:\.\d*)?[eE][-+]?\d+|[-+]?\d+\.\d*0|\+\d+")
_GROUPED = re.compile(r"\d{1,3}(?:_\d{3})+")


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each value of a condition that is likely to be misread."""
    for look in scope:
        for kind in (FieldCondition, PropertyValueTest):
            for route, test in look.each(kind):
                for way, value in _values(look, route, test):
                    message = _misread(look, way, value)
                    if message is not None:
                        what, hint = message
                        yield Finding("yaml-trap", Severity.WARNING, what, look.place(way), hint)


def _values(look: Look, route: Route, test: ValueTest) -> Iterator[tuple[Route, Any]]:
    """Each value that is compared with, with its route; a plain one stands for `eq`."""
    written = look.recipe.document.at(route)
    if not isinstance(written, dict):
        yield route, written
        return
    for operator in _OPERATORS:
        value = written.get(operator)
        if isinstance(value, list):
            yield from (((*route, operator, number), item) for number, item in enumerate(value))
        elif value is not None:
            yield (*route, operator), value


def _misread(look: Look, route: Route, value: Any) -> tuple[str, str] | None:
    """What is misread, and what to write instead; None where nothing is, or where it is quoted."""
    if isinstance(value, str):
        if value.lower() in _TRUTHS and value.islower() and _plain(look, route) == value:
            meant = _TRUTHS[value]
            return f"{value} is text here, not {meant}", f'write {meant}, or "{value}" for the text'
        if _GROUPED.fullmatch(value) and _plain(look, route) == value:
            number = value.replace("_", "")
            return f"{value} is text here, not a number", f"write {number}"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        plain = _plain(look, route)
        if plain is not None and _UNUSUAL.fullmatch(plain):
            return f"{plain} is read as the number {value:g}", f'write "{plain}" if it is no number'
    return None


def _plain(look: Look, route: Route) -> str | None:
    """The word that stands in the file where a value begins; None for one between quotes."""
    place = look.place(route)
    found = _PLAIN.match(look.recipe.document.line(place.line), place.column - 1)
    return found[0] if found and found[0][0] not in "\"'" else None
