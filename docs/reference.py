"""Tables of keys, from the JSON Schema that recipes and mactl.yaml are declared by: what the reference is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from posixpath import basename
from typing import Any, get_args

from mactl.durations import Duration
from mactl.recipe.conditions import KINDS
from mactl.recipe.enter import AnyEnter
from mactl.recipe.steps import ACTING_KINDS, STEP_KINDS

Schema = Mapping[str, Any]

CONDITION, STEP, ACTING_STEP, ENTER = "condition", "step", "acting step", "trigger"
_GROUPS = {
    CONDITION: KINDS,
    STEP: STEP_KINDS,
    ACTING_STEP: ACTING_KINDS,
    ENTER: get_args(AnyEnter),
}
"""What a choice between many kinds is called, as the declarations have them; the widest first."""
_OF_EXAMPLES = {
    "3 days": "duration",
    "09:00": "time of day",
    "500/day": "rate",
    "10%": "share",
    "clv - service_cost": "formula",
    "Europe/Amsterdam": "time zone",
}
"""What a text is that is written like an example."""
_NUMBERS = {"whole number", "number"}
_SCALARS = {"text", "number", "true or false"}
_PLAIN = {"string": "text", "integer": "whole number", "boolean": "true or false"}


class Reference:
    """The tables of one schema, for one page.

    `links` leads from the name of a definition, or of what a text is such as `duration`, to what it is called and
    the heading that tells of it: `("duration", "README.md#durations-and-times")`.
    """

    def __init__(self, schema: Schema, links: Mapping[str, tuple[str, str]], page: str) -> None:
        self._schema = schema
        self._definitions: Mapping[str, Schema] = schema.get("$defs", {})
        self._links = links
        self._page = page

    def top(self, *keys: str) -> str:
        """The keys at the top of the file; only those named, in that order, where any are."""
        return self._table(self._schema, keys)

    def keys(self, name: str, *keys: str, without: str = "") -> str:
        """The keys of the definition called `name`; only those named, or all but those `without` (blanks between)."""
        declared = self._definitions[name]
        left = [key for key in declared["properties"] if key not in without.split()]
        return self._table(declared, keys or left)

    def about(self, name: str) -> str:
        """What a definition is, in its own words."""
        text: str = self._definitions[name].get("description", "")
        return " ".join(text.split())

    def _table(self, declared: Schema, keys: "tuple[str, ...] | list[str]") -> str:
        required = declared.get("required", ())
        rows = ["| key | takes | |", "|---|---|---|"]
        for key in keys or declared["properties"]:
            what = declared["properties"][key]
            notes = [what.get("description", "").replace("|", "\\|")]
            if key in required:
                notes.append("**required**")
            elif default := _default(what):
                notes.append(f"`{default}` where left out")
            rows.append(f"| `{key}` | {self.words(what)} | {'; '.join(filter(None, notes))} |")
        return "\n".join(rows) + "\n"

    def words(self, declared: Schema) -> str:
        """What a value is, in words with links."""
        found = dict.fromkeys(self._options(declared))
        # Whole numbers beside others, and what a cell may hold, are one thing to who writes them.
        for several, one in ((_NUMBERS, "number"), (_SCALARS, "value")):
            if several <= found.keys():
                found = dict.fromkeys([one, *(word for word in found if word not in several)])
        condition = self._linked(CONDITION)
        if condition in found:  # which a list of them is too
            found.pop(self._linked(CONDITION, plural=True), None)
        return " or ".join(found)

    def _options(self, declared: Schema) -> Iterator[str]:
        group = _group_of(declared)
        if group:
            yield self._linked(group)
        elif "$ref" in declared:
            yield self._definition(_name(declared))
        elif "anyOf" in declared:
            for option in declared["anyOf"]:
                yield from self._options(option)
        elif "enum" in declared:
            yield " ".join(f"`{value}`" for value in declared["enum"])
        elif "const" in declared:
            yield f"`{str(declared['const']).lower()}`"
        else:
            yield from self._plain(declared)

    def _plain(self, declared: Schema) -> Iterator[str]:
        kinds = declared.get("type", "anything")
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            if kind == "array":
                yield self._list(declared)
            elif kind == "object" and "properties" in declared:
                continue  # the short way to write the definition beside it
            elif kind == "object":
                inner = declared.get("additionalProperties")
                yield f"name → {self.words(inner)}" if isinstance(inner, dict) else "mapping"
            else:
                yield self._word(kind, declared)

    def _list(self, declared: Schema) -> str:
        items = declared.get("items") or (declared.get("prefixItems") or [{}])[0]
        group = _group_of(items) if items else None
        if group:
            return self._linked(group, plural=True)
        return f"list of {self.words(items)}" if items else "list"

    def _word(self, kind: str, declared: Schema) -> str:
        example = next(iter(declared.get("examples", ())), None)
        word = _OF_EXAMPLES.get(example, "") if kind == "string" else ""
        return self._linked(word) if word else _PLAIN.get(kind, kind)

    def _definition(self, name: str) -> str:
        if name in self._links:
            return self._linked(name)
        properties = self._definitions[name].get("properties", {})
        return "{" + ", ".join(f"`{key}`" for key in properties) + "}"

    def _linked(self, name: str, *, plural: bool = False) -> str:
        word, target = self._links.get(name, (name, ""))
        shown = f"{word}s" if plural else word
        page, hash, heading = target.partition("#")
        if not target or (page == basename(self._page) and not heading):
            return shown
        return f"[{shown}]({'' if page == basename(self._page) else page}{hash}{heading})"


def _name(declared: Schema) -> str:
    name: str = declared["$ref"].rpartition("/")[2]
    return name


def _group_of(declared: Schema) -> str | None:
    """The word for a choice between all kinds of a group and nothing else, written alone or as a list."""
    options = list(_flat(declared))
    names = {_name(option) for option in options if "$ref" in option}
    if any("$ref" not in option and option != _NOTHING for option in options):
        return None
    for word, kinds in _GROUPS.items():
        if names == {kind.__name__ for kind in kinds}:
            return word
    return None


_NOTHING = {"description": "holds for everyone", "maxProperties": 0, "type": "object"}
"""`{}`, which stands for a condition in the ladder."""


def _flat(declared: Schema) -> Iterator[Schema]:
    """The options of a choice, those of choices within it too, and of a list that stands beside them."""
    for option in declared.get("anyOf", ()):
        if "anyOf" in option:
            yield from _flat(option)
        elif "anyOf" in option.get("items", {}):
            yield from _flat(option["items"])
        else:
            yield option


def _default(declared: Schema) -> str | None:
    """What holds where the key is left out, as one would write it; None where that says nothing."""
    default = declared.get("default")
    if isinstance(default, dict):
        names = {field.name for field in fields(Duration)}
        is_length = set(default) == names and any(default.values())
        return str(Duration(**default)) if is_length else None
    if isinstance(default, list):
        return f"[{', '.join(map(str, default))}]"
    if isinstance(default, bool):
        return str(default).lower()
    return None if default is None else str(default)
