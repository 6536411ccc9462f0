"""A template asks for a score, label, segment, stage or property that there is not.

In `{{ scores.engagment }}` nothing would stand, so the message is held until somebody mends it; and what compares with
a stage or segment that nobody defines (`{% if stage == 'mqll' %}`) never holds, without a word. Scores and labels go by
their name where it is the recipe's own or no other recipe has it, else by RECIPE.NAME; `segments` is the list of those
that the contact is in. `event` is what let them in: an event's properties, the `date` of a date, the `slot` of what
comes round, nothing of a segment. The same holds for what colleagues and other systems are told.

    {{ scores.engagement }}, {{ scores['renewal-offer'].fit }}
    {% if labels.persona == 'cto' %}…{% endif %}
    {% if 'customers' in segments and stage in ['mql', 'sql'] %}…{% endif %}
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jinja2 import nodes

from mactl.checks.action_text import action_texts
from mactl.checks.scope import Look, Scope
from mactl.content.names import Use, find_uses, path_of
from mactl.content.parts import Written
from mactl.content.sandbox import HTML, TEXT, Sandbox
from mactl.content.standing import names_in_templates
from mactl.content.syntax import parse_template
from mactl.findings import Finding, Place, Severity
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.enter import EnterByDate, EnterBySegment, EnterBySlot
from mactl.recipe.recipe import Recipe
from mactl.validation import did_you_mean

IDS = (
    "unknown-score",
    "unknown-label",
    "unknown-bucket",
    "unknown-segment",
    "unknown-stage",
    "unknown-name",
)

_ASKS = re.compile(r"\{[{%][^{}]*?\b(?:scores|labels|segments|stage|event|recipe|sender)\b")
"""What any of this may be about; most templates have nothing of it, and are not parsed."""
_PARTS = {"recipe": ("id", "title", "version"), "sender": ("from", "address")}
_EQUALITY = frozenset(("eq", "ne", "in", "notin"))
_MEMBERSHIP = frozenset(("in", "notin"))

Fault = tuple[str, str, int, str, Severity]
"""Id, message, line of the text, hint, severity."""


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each name in a template, or in the text of an action, that stands for nothing."""
    for look in scope:
        names: _Names | None = None
        found: dict[Finding, None] = {}
        for text, language, place in _texts(look):
            if not _ASKS.search(text):
                continue
            tree, _ = parse_template(text, language)
            if tree is None:
                continue  # what is wrong with it is told by others
            names = names or _Names(look.recipe, scope)
            faults = sorted(_faults(tree, names), key=lambda fault: fault[2])
            for id, message, line, hint, severity in faults:
                found[Finding(id, severity, message, place(line), hint)] = None
        yield from found


def _texts(look: Look) -> Iterator[tuple[str, Sandbox, Callable[[int], Place]]]:
    """Every text that is rendered, its language, and where its lines stand."""
    for many, _ in look.letters.values():
        for written in many:
            bodies = _bodies(written)
            for part in written.parts:
                yield part.text, HTML if id(part) in bodies else TEXT, part.place
    for route, text in action_texts(look):
        place = look.place(route)
        yield text, TEXT, lambda line, place=place: place  # type: ignore[misc]


def _bodies(written: Written) -> set[int]:
    contents = (part for parts in written.blocks.values() for part in parts)
    return {id(part) for part in (written.body, *contents)}


@dataclass(frozen=True)
class _Names:
    """What templates of `recipe` can name."""

    recipe: Recipe
    scope: Scope

    @property
    def cookbook(self) -> Cookbook:
        """Where names are looked up."""
        return self.scope.cookbook

    @cached_property
    def scores(self) -> Mapping[str, str]:
        """What it calls a score → RECIPE.NAME."""
        return self._called(self.cookbook.scores)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What it calls a label → RECIPE.NAME."""
        return self._called(self.cookbook.labels)

    @cached_property
    def segments(self) -> Mapping[str, str]:
        """What it calls a segment → RECIPE.NAME."""
        return self._called(self.cookbook.segments)

    @cached_property
    def properties(self) -> Collection[str] | None:
        """What `event` has; None where that can't be told."""
        journey = self.recipe.file.journey
        # Who is handed over brings the event that let them in there.
        if journey is None or self.recipe.id in self.scope.handed_over:
            return None
        if isinstance(journey.enter, EnterBySegment):
            return ()
        if isinstance(journey.enter, EnterBySlot):
            return ("slot",)
        return ("date",) if isinstance(journey.enter, EnterByDate) else None

    def _called(self, qualified: Iterable[str]) -> Mapping[str, str]:
        names = names_in_templates(qualified, self.recipe.id, self.cookbook)
        return {called: name for name, called in names.items()}


def _faults(tree: nodes.Template, names: _Names) -> Iterator[Fault]:
    uses = find_uses(tree)
    outside = {use.path.partition(".")[0] for use in uses}
    for use in uses:
        yield from _of_use(use, names)
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        root, keys = _keys_of(node)
        if root in outside and keys:
            yield from _of_keys(root, keys, node.lineno, names)
    for compare in tree.find_all(nodes.Compare):
        for what, constant in _compared(compare):
            root = what.partition(".")[0]
            if root in outside:
                yield from _of_constant(what, constant, compare.lineno, names)


def _of_use(use: Use, names: _Names) -> Iterator[Fault]:
    """Names that are known from the recipe alone."""
    root, _, rest = use.path.partition(".")
    name = rest.partition(".")[0]
    if root == "stage" and not names.cookbook.stages:
        yield _unknown("stage", "no recipe of the cookbook has `stages`", use.line, "add them")
    elif root in _PARTS and name and name not in _PARTS[root]:
        message = f"{root} has no {name!r}"
        hint = did_you_mean(name, _PARTS[root]) or f"it has {', '.join(_PARTS[root])}"
        yield "unknown-name", message, use.line, hint, Severity.ERROR
    elif root == "event" and name and names.properties is not None and name not in names.properties:
        has = f"it has {', '.join(names.properties)}" if names.properties else "it has nothing"
        message = f"event has no {name!r} here: no event lets people in, and {has}"
        severity = Severity.WARNING if use.may_be_empty else Severity.ERROR
        hint = did_you_mean(name, names.properties) or "name a field of the contact"
        yield "unknown-name", message, use.line, hint, severity


def _keys_of(node: nodes.Node) -> tuple[str, tuple[str, ...]]:
    """The name that a path begins with, and its keys; no keys where one of them is worked out."""
    keys: list[str] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        key = node.attr if isinstance(node, nodes.Getattr) else _constant(node.arg)
        if not isinstance(key, str):
            return "", ()
        keys.append(key)
        node = node.node
    return (node.name, tuple(reversed(keys))) if isinstance(node, nodes.Name) else ("", ())


def _constant(node: nodes.Node) -> Any:
    return node.value if isinstance(node, nodes.Const) else None


def _of_keys(root: str, keys: tuple[str, ...], line: int, names: _Names) -> Iterator[Fault]:
    """`scores.fit`, `labels['renewal-offer'].churn_risk`; `segments` is a list and has no keys."""
    if root == "segments":
        hint = f"write {keys[0]!r} in segments"
        yield "unknown-name", "segments is a list of names", line, hint, Severity.ERROR
        return
    if root not in ("scores", "labels") or len(keys) > 2:
        return
    kind, called = root[:-1], names.scores if root == "scores" else names.labels
    owners = {name.partition(".")[0] for name in called.values()}
    is_owner = keys[0] in owners
    if len(keys) == 1 and keys[0] not in called and not is_owner:
        yield _undefined(kind, keys[0], called, line)
    elif len(keys) == 2 and is_owner and f"{keys[0]}.{keys[1]}" not in called.values():
        yield _undefined(kind, f"{keys[0]}.{keys[1]}", called.values(), line)


def _compared(compare: nodes.Compare) -> Iterator[tuple[str, str]]:
    """Each path that is compared with text that is written out: `stage == 'mql'`, `'vip' in segments`."""
    for operand in compare.ops:
        left, right = compare.expr, operand.expr
        for one, other in ((left, right), (right, left)):
            path = path_of(one)
            if path is None or operand.op not in _EQUALITY:
                continue
            if path == "segments":
                if one is right and operand.op in _MEMBERSHIP:
                    yield from ((path, text) for text in _texts_written(other))
            elif one is left or operand.op not in _MEMBERSHIP:
                yield from ((path, text) for text in _texts_written(other))


def _texts_written(node: nodes.Node) -> Iterator[str]:
    items = node.items if isinstance(node, (nodes.List, nodes.Tuple)) else [node]
    yield from (text for item in items if isinstance(text := _constant(item), str))


def _of_constant(path: str, text: str, line: int, names: _Names) -> Iterator[Fault]:
    """A stage, bucket or segment that something is compared with."""
    if path == "segments" and text not in names.segments:
        full = {name: called for called, name in names.segments.items()}
        if text in full:
            hint = f"templates of this recipe call it {full[text]!r}"
            yield _unknown("segment", f"segments never has {text!r}", line, hint)
        else:
            yield _undefined("segment", text, names.segments, line)
    elif path == "stage" and names.cookbook.stages and text not in names.cookbook.stages:
        yield _undefined("stage", text, names.cookbook.stages, line)
    elif path.startswith("labels."):
        name = path.removeprefix("labels.")
        qualified = names.labels.get(name, name)
        buckets = names.cookbook.labels.get(qualified)
        if buckets is not None and text not in buckets:
            yield _undefined("bucket", text, buckets, line)


def _undefined(kind: str, name: str, known: Iterable[str], line: int) -> Fault:
    names = list(known)
    hint = did_you_mean(name, names)
    hint = hint or (f"known here: {', '.join(names[:10])}" if names else f"no {kind} is defined")
    return _unknown(kind, f"{name!r} is not defined", line, hint)


def _unknown(kind: str, message: str, line: int, hint: str) -> Fault:
    return f"unknown-{kind}", message, line, hint, Severity.ERROR
