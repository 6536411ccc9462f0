"""Selectors, which choose one of several keys or logos of a domain."""

import re
from collections.abc import Iterable

from mactl.audit.names import MAX_LABEL, printable
from mactl.errors import UsageError

DEFAULT_LOGO = "default"  # the selector of BIMI where mail names none (BIMI draft 4.4)

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?\Z")
_HEADERS = {"DKIM": ("DKIM-Signature", "._domainkey"), "BIMI": ("BIMI-Selector", "._bimi")}


def checked_selectors(selectors: Iterable[str], standard: str = "DKIM") -> tuple[str, ...]:
    """Selectors of `standard` as given on the command line, lower case; raises UsageError for what is none."""
    header, below = _HEADERS[standard]
    found: dict[str, None] = {}
    for selector in selectors:
        lower, shown = selector.lower(), printable(selector, 80)
        if below in lower:
            raise UsageError(
                f"'{shown}' is a whole name, not a {standard} selector",
                f"give '{printable(lower.partition(below)[0], 80)}'",
            )
        if not is_selector(selector):
            raise UsageError(
                f"'{shown}' is not a {standard} selector", f"give what follows s= in a {header}, such as s1"
            )  # fmt: skip
        found[lower] = None
    return tuple(found)


def is_selector(text: str) -> bool:
    """Whether `text` can be a selector: one label or several (RFC 6376 3.1)."""
    return all(_LABEL.match(label) and len(label) <= MAX_LABEL for label in text.split("."))
