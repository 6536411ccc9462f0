"""What was added, taken out and changed in the words of templates."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mactl.content.files import is_file_name, is_occurrence_file, read_text
from mactl.recipe.recipe import Recipe
from mactl.recipe.template import Template

Change = Literal["added", "removed", "changed", "same"]


@dataclass(frozen=True)
class TemplateChange:
    """A template that was added, removed or changed, with a unified diff of what its author wrote."""

    template: str
    change: Change
    diff: str


def template_changes(old: Recipe | None, new: Recipe | None) -> Iterator[TemplateChange]:
    """The templates whose words were added, removed or changed, in the order of the newer recipe."""
    before = old.file.templates if old else {}
    after = new.file.templates if new else {}
    for name in dict.fromkeys((*after, *before)):
        was = _words(before[name], old) if old and name in before else []
        now = _words(after[name], new) if new and name in after else []
        if was == now:
            continue
        change: Change = "changed" if was and now else "added" if now else "removed"
        lines = difflib.unified_diff(was, now, "base", "head", lineterm="", n=2)
        yield TemplateChange(name, change, "\n".join(list(lines)[2:]))


def _words(template: Template, recipe: Recipe) -> list[str]:
    """What the author wrote of a template, line by line: its keys, and in full what they name."""
    lines = [f"kind: {template.kind}"]
    lines += [f"from: {template.from_}"] if template.from_ else []
    lines += [f"reply_to: {template.reply_to}"] if template.reply_to else []
    for name, text in template.written.items():
        lines += _text(name, text, recipe)
    for block, contents in template.blocks.items():
        for number, content in enumerate(contents):
            when = " for some" if content.when else ""
            lines += _text(f"block {block} {number + 1}{when}", content.body, recipe)
    for cell, texts in template.cells.items():
        for name, text in texts.written.items():
            lines += _text(f"cell {cell}, {name}", text, recipe)
    return lines


def _text(name: str, text: str, recipe: Recipe) -> list[str]:
    if is_file_name(text) and not is_occurrence_file(text):
        found = read_text(text, recipe.folder, recipe.document.place(("templates",)))
        text = found if isinstance(found, str) else f"({found.id})"
    lines = text.splitlines()
    return [f"{name}: {lines[0]}"] if len(lines) == 1 else [f"{name}:", *lines]
