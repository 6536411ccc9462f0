"""What a change to the cookbook does, as text, JSON, or a comment for a pull request."""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, printable, redacted, stdout, told_at
from mactl.clock import to_epoch
from mactl.workflows.reviewing.differing import (
    Affected,
    DefinitionChange,
    Difference,
    Effect,
    RecipeChange,
)

_FEW = 10
_EFFECTS: dict[Effect, tuple[str, str]] = {
    "gets": ("gets", "get"),
    "loses": ("no longer gets", "no longer get"),
    "enters": ("enters", "enter"),
    "stays out": ("no longer enters", "no longer enter"),
    "leaves": ("leaves", "leave"),
    "stays": ("no longer leaves", "no longer leave"),
    "sooner": ("goes on sooner", "go on sooner"),
    "later": ("goes on later", "go on later"),
}
"""What happens to one, and to several."""
_KINDS = {
    "segment": "segments",
    "score": "scores",
    "label": "labels",
    "stage": "stages",
    "field": "fields",
}


def show_diff(
    invocation: Invocation, found: Difference, format: str | None, *, show_addresses: bool
) -> None:
    """The difference in the format that was asked for; people are named only with `show_addresses`."""
    if format == "markdown":
        for line in markdown_lines(found, show_addresses=show_addresses):
            sys.stdout.write(f"{line}\n")
    elif invocation.wants_json:
        print_json(diff_json(found, show_addresses=show_addresses))
    else:
        _show(found, show_addresses=show_addresses)


def _who(person: Affected, *, show: bool) -> str:
    if show:
        return person.address or person.contact
    if person.address:
        return redacted(person.address)
    return redacted(person.contact) if "@" in person.contact else f"{person.contact[:1]}***"


def _reason(person: Affected, *, show: bool) -> str | None:
    return person.why if show or person.why is None else redacted(person.why)


# JSON


def diff_json(found: Difference, *, show_addresses: bool) -> dict[str, Any]:
    """The difference as other programs read it; instants are ISO 8601 in the project's zone."""
    return {
        "base": found.base,
        "head": found.head,
        "now": in_zone(to_epoch(found.now), found.zone),
        "contacts": found.contacts,
        "recipes": [_recipe_json(recipe, show=show_addresses) for recipe in found.recipes],
        "totals": {
            "sends": _sides(found.sends),
            "entering": _sides(found.entering),
            "leaving": _sides(found.leaving),
            "gains": found.count("gets"),
            "loses": found.count("loses"),
        },
        "notes": list(found.notes),
    }


def _sides(value: Any) -> dict[str, Any]:
    return {"base": value.base, "head": value.head}


def _recipe_json(recipe: RecipeChange, *, show: bool) -> dict[str, Any]:
    groups = _groups(recipe).values()
    people = [person for group in groups for person in _shown(group, show=show)]
    told: dict[str, Any] = {
        "recipe": recipe.recipe,
        "change": recipe.change,
        "version": {"base": recipe.version[0], "head": recipe.version[1]},
        "sends": _sides(recipe.sends),
        "entering": _sides(recipe.entering),
        "leaving": _sides(recipe.leaving),
        "gains": recipe.count("gets"),
        "loses": recipe.count("loses"),
        "waits": {effect: sum(recipe.count(effect).values()) for effect in ("sooner", "later")},
        "templates": [
            {"template": t.template, "change": t.change, "diff": t.diff} for t in recipe.templates
        ],
        "people": [
            {
                "contact": _who(person, show=show),
                "effect": _EFFECTS[person.effect][0],
                "template": person.template,
                "why": _reason(person, show=show),
            }
            for person in people
        ],
    }
    for kind in _KINDS.values():
        told[kind] = {}
    for change in recipe.definitions:
        told[_KINDS[change.definition.kind]][_short(change)] = _definition_json(change)
    return told


def _definition_json(change: DefinitionChange) -> dict[str, Any]:
    kind = change.definition.kind
    if kind == "segment":
        return {"change": change.change, "joined": change.up, "left": change.down}
    if kind == "score":
        return {"change": change.change, "rose": change.up, "fell": change.down}
    if kind == "field":
        return {"change": change.change, "differs": change.up}
    return {"change": change.change, "moves": dict(change.moves)}


def _short(change: DefinitionChange) -> str:
    return change.definition.name.partition(".")[2] or "stage"


Groups = Mapping[tuple[Effect, str], Sequence[Affected]]


def _groups(recipe: RecipeChange) -> Groups:
    """(effect, template or "") → who has it, by address: what one gains before what one loses, messages first."""
    found: dict[tuple[Effect, str], list[Affected]] = defaultdict(list)
    effects = list(_EFFECTS)
    for person in recipe.people:
        found[person.effect, person.template or ""].append(person)
    for people in found.values():
        people.sort(key=lambda person: (person.address or person.contact).casefold())
    return dict(sorted(found.items(), key=lambda item: (effects.index(item[0][0]), item[0][1])))


def _shown(people: Sequence[Affected], *, show: bool) -> Sequence[Affected]:
    """Those of a group that are named."""
    return people if show else people[:_FEW]


# What all formats for people say


def headline(found: Difference) -> str:
    """What the change does, in one line of numbers."""
    told = [
        f"{count} {words if count != 1 else words.replace('messages', 'message')}"
        for count, words in (
            (found.count("gets"), "more messages now"),
            (found.count("loses"), "fewer messages now"),
            (found.count("enters"), "more enter"),
            (found.count("stays out"), "fewer enter"),
            (found.count("leaves"), "more leave"),
            (found.count("stays"), "fewer leave"),
            (found.count("sooner"), "go on sooner"),
            (found.count("later"), "go on later"),
        )
        if count
    ]
    return ", ".join(told) or "nobody gets anything else by this change now"


def _count(effect: Effect, template: str, count: int) -> str:
    """`3 get offer`."""
    one, several = _EFFECTS[effect]
    return f"{count:,} {one if count == 1 else several}" + (f" {template}" if template else "")


def _meaning(change: DefinitionChange) -> str:
    """What became of a definition: `segment customers changed: 12 join, 3 leave`."""
    kind = change.definition.kind
    name = f"{kind} {_short(change)}" if kind != "stage" else "the ladder of stages"
    pairs = {"segment": ("join", "leave"), "score": ("rise", "fall")}
    if kind == "field":
        told = [f"other values for {change.up}"] if change.up else []
    elif kind in pairs:
        up, down = pairs[kind]
        told = [f"{n} {word}" for n, word in ((change.up, up), (change.down, down)) if n]
    else:
        told = [f"{count} {way}" for way, count in change.moves.items()]
    return f"{name} {change.change}: {', '.join(told) or 'for nobody'}"


def _title(recipe: RecipeChange) -> str:
    was, now = recipe.version
    version = f", version {was} → {now}" if was and now and was != now else ""
    words = "not edited, but affected" if recipe.change == "same" else recipe.change
    return f"{recipe.recipe} ({words}{version})"


# Text


def _show(found: Difference, *, show_addresses: bool) -> None:
    from rich.text import Text

    console = stdout()
    when = told_at(to_epoch(found.now), found.zone)
    console.print(
        Text.assemble(
            (found.head, "bold"), " compared with ", (printable(found.base), "bold"),
            f", {found.contacts:,} contacts at {when} ({found.zone})",
        )
    )  # fmt: skip
    for note in found.notes:
        console.print(Text(f"  {printable(note)}", style="yellow"))
    for recipe in found.recipes:
        if not recipe.matters:
            continue
        console.print()
        console.print(Text(_title(recipe), style="bold cyan"))
        for line in _text_lines(recipe, show=show_addresses):
            console.print(Text(f"  {printable(line)}", style=_style(line)))
    console.print()
    console.print(
        Text.assemble(("Difference: ", "bold"), f"{headline(found)}. Nothing was changed.")
    )


def _style(line: str) -> str:
    if line.startswith("    "):
        marks = {"+": "green", "-": "red", "@": "cyan"}
        return marks.get(line[4:5], "dim")
    return ""


def _text_lines(recipe: RecipeChange, *, show: bool) -> Iterator[str]:
    for change in recipe.definitions:
        yield _meaning(change)
    for (effect, name), people in _groups(recipe).items():
        yield _count(effect, name, len(people))
        shown = _shown(people, show=show)
        for person in shown:
            why = _reason(person, show=show)
            yield f"    {_who(person, show=show)}" + (f": {why}" if why else "")
        if len(people) > len(shown):
            yield f"    … and {len(people) - len(shown):,} more; --show-addresses names everyone"
    if not (recipe.people or recipe.definitions or recipe.templates):
        yield "nobody is affected by it now"
    for template in recipe.templates:
        yield f"template {template.template} {template.change}"
        if template.change == "changed":
            for line in template.diff.splitlines():
                yield f"    {line}"


# Markdown


def markdown_lines(found: Difference, *, show_addresses: bool) -> Iterator[str]:
    """A comment for a pull request: the numbers first, the rest folded away."""
    when = told_at(to_epoch(found.now), found.zone)
    yield f"### mactl: {headline(found)}"
    yield ""
    yield (
        f"Compared with {_code(found.base)} on {found.contacts:,} contacts, as a run at {when} "
        f"({found.zone}) would go: {found.sends.base} → {found.sends.head} messages, "
        f"{found.entering.base} → {found.entering.head} enter, "
        f"{found.leaving.base} → {found.leaving.head} leave."
    )
    for note in found.notes:
        yield ""
        yield f"> {_plain(note)}"
    matters = [recipe for recipe in found.recipes if recipe.matters]
    if not matters:
        return
    yield ""
    yield "| recipe | change | messages | enter | leave |"
    yield "|---|---|--:|--:|--:|"
    for recipe in matters:
        sides = (recipe.sends, recipe.entering, recipe.leaving)
        numbers = " | ".join(_pair(side.base, side.head) for side in sides)
        words = "not edited" if recipe.change == "same" else recipe.change
        yield f"| {_code(recipe.recipe)} | {words} | {numbers} |"
    for recipe in matters:
        yield from _markdown_details(recipe, show=show_addresses)


def _pair(base: int, head: int) -> str:
    return str(head) if base == head else f"{base} → {head}"


def _markdown_details(recipe: RecipeChange, *, show: bool) -> Iterator[str]:
    meanings = [_meaning(change) for change in recipe.definitions]
    groups = _groups(recipe)
    counts = [_count(*key, len(people)) for key, people in groups.items()]
    if meanings or counts:
        yield from _fold(f"{_title(recipe)}: {', '.join(counts) or 'definitions'}")
        for line in meanings:
            yield f"- {_plain(line)}"
        yield from _markdown_people(groups, show=show)
        yield "\n</details>"
    for template in recipe.templates:
        yield from _fold(f"{recipe.recipe}: template {template.template} {template.change}")
        longest = max((len(run) for run in re.findall("`+", template.diff)), default=0)
        fence = "`" * max(3, longest + 1)
        yield f"{fence}diff\n{_printable_lines(template.diff)}\n{fence}"
        yield "\n</details>"


def _markdown_people(groups: Groups, *, show: bool) -> Iterator[str]:
    if groups:
        yield ""
        yield "| who | what | why |"
        yield "|---|---|---|"
    for (effect, template), people in groups.items():
        what = _EFFECTS[effect][0] + (f" {_code(template)}" if template else "")
        shown = _shown(people, show=show)
        for person in shown:
            why = _plain(_reason(person, show=show) or "")
            yield f"| {_code(_who(person, show=show))} | {what} | {why} |"
        if len(people) > len(shown):
            yield f"| … and {len(people) - len(shown):,} more | {what} | |"


def _fold(summary: str) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{_escaped(summary)}</summary>"
    yield ""


def _printable_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def _escaped(text: str) -> str:
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    """Text as it stands, in a paragraph or a cell: no mark-up, no mention, no line end."""
    text = _escaped(text).replace("\n", " ")
    return re.sub(r"([\\`*_\[\]|#@~!])", lambda match: f"&#{ord(match[1])};", text)


def _code(text: str) -> str:
    """Text as code, where neither mark-up nor a mention counts."""
    clean = printable(text).replace("`", "'").replace("|", "¦").replace("\n", " ")
    return f"`{clean}`"
