"""What each finding means: the docstring of its check, or a line where a line is enough."""

import inspect
from collections.abc import Mapping
from functools import cache

from mactl.checks import CHECKS
from mactl.checks.beside import DATA_CHECKS, STATE_CHECKS
from mactl.content.lint import LINTS
from mactl.content.templates import FINDINGS
from mactl.people.manual import DATA

READING = {
    "yaml-syntax": "The file is not YAML. Text that holds : , [ or { wants quotes; tabs do not indent.",
    "yaml-duplicate-key": "A key stands twice in one mapping; YAML would keep one and drop the other without a word.",
    "yaml-key": "A key is a list or a mapping; keys are plain text.",
    "yaml-many-documents": "A file holds one recipe; `---` starts a second document.",
    "yaml-tag": "A tag such as `!!python/object` is refused: no code runs from YAML.",
    "yaml-too-large": "A file is larger than 1 MiB.",
    "yaml-too-deep": "More than 100 levels are nested.",
    "yaml-recursion": "An alias stands inside what it names.",
    "yaml-unknown-alias": "An alias (`*name`) has no anchor (`&name`) before it.",
    "yaml-alias-bomb": "With its aliases written out the file would hold over 100,000 values.",
    "yaml-encoding": "The file is not UTF-8.",
    "empty-recipe": "The file says nothing; a recipe starts with `recipe: NAME`.",
    "recipe-name": "A recipe's id is the same as its file's name, so that others find it.",
    "duplicate-recipe": "Two files declare the same recipe.",
    "unknown-key": "A key is not one that this place knows; it would have been ignored, and nobody would have noticed.",
    "missing-key": "A key that this place needs is missing.",
    "bad-value": "A value is not of the kind that this place takes.",
    "ignore-without-reason": "`# mactl: ignore[ID]` silences a finding; its reason is missing.",
}
"""What reading a recipe finds, before any check."""


@cache
def manuals() -> Mapping[str, str]:
    """Every finding's id → what it means and how to write it instead, in plain text or Markdown."""
    short = {**READING, **FINDINGS, **{lint.id: lint.why for lint in LINTS}}
    short |= {id: text for id, (_, text) in DATA.items()}
    found = {id: f"{text[0].upper()}{text[1:].rstrip('.')}." for id, text in short.items()}
    for check in (*CHECKS, *DATA_CHECKS, *STATE_CHECKS):
        text = inspect.cleandoc(check.__doc__ or "")
        for id in check.IDS:
            found[id] = f"{found[id]}\n\n{text}" if id in found else text
    return dict(sorted(found.items()))
