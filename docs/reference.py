"""Tables of keys, from the JSON Schema that recipes and mactl.yaml are declared by: what the reference is made of."""

from collections.abc import Iterator, Mapping
from posixpath import basename
from typing import Any

Schema = Mapping[str, Any]

_SCALARS = {"text", "number", "true or false"}
_PLURAL = {"Step", "ActingStep"}
"""Definitions whose lists are called by their name: `steps`."""
_PLAIN = {"string": "text", "integer": "whole number", "boolean": "true or false"}


class Reference:
    """The tables of one schema, for one page.

    `links` leads from the name of a definition to what it is called and the heading that tells of it:
    `{"Duration": ("duration", "README.md#durations-and-times")}`.
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

    def _table(self, declared: Schema, keys: "tuple[str, ...] | list[str]") -> str:
        required = declared.get("required", ())
        rows = ["| key | takes | |", "|---|---|---|"]
        for key in keys or declared["properties"]:
            what = self._found(declared["properties"][key])
            notes = [what.get("description", "").replace("|", "\\|")]
            if key in required:
                notes.append("**required**")
            elif "default" in what:
                notes.append(f"`{_shown(what['default'])}` where left out")
            rows.append(f"| `{key}` | {self.words(what)} | {'; '.join(filter(None, notes))} |")
        return "\n".join(rows) + "\n"

    def words(self, declared: Schema) -> str:
        """What a value is, in words with links."""
        found = dict.fromkeys(self._options(declared))
        if found.keys() >= _SCALARS:  # what a cell may hold is one thing to who writes it
            found = dict.fromkeys(["value", *(word for word in found if word not in _SCALARS)])
        lists = {f"list of {word}" for word in found}
        return " or ".join("list of them" if word in lists else word for word in found)

    def _options(self, declared: Schema) -> Iterator[str]:
        if "$ref" in declared:
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
            elif kind == "object" and declared.get("maxProperties") == 0:
                yield "`{}`"
            elif kind == "object":
                inner = declared.get("additionalProperties")
                yield f"name → {self.words(inner)}" if isinstance(inner, dict) else "mapping"
            else:
                yield _PLAIN.get(kind, kind)

    def _list(self, declared: Schema) -> str:
        items = declared.get("items") or (declared.get("prefixItems") or [{}])[0]
        if "$ref" in items and _name(items) in _PLURAL:
            return self._linked(_name(items), plural=True)
        return f"list of {self.words(items)}" if items else "list"

    def _definition(self, name: str) -> str:
        if name in self._links:
            return self._linked(name)
        declared = self._definitions[name]
        if "properties" not in declared:
            return self.words(declared)
        return "{" + ", ".join(f"`{key}`" for key in declared["properties"]) + "}"

    def _found(self, declared: Schema) -> Schema:
        """What is declared where a reference to a key of a definition leads."""
        while "/properties/" in declared.get("$ref", ""):
            _, _, name, _, key = declared["$ref"].split("/")
            declared = self._definitions[name]["properties"][key]
        return declared

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


def _shown(default: Any) -> str:
    """What holds where the key is left out, as one would write it."""
    if isinstance(default, list):
        return f"[{', '.join(map(str, default))}]"
    return str(default).lower() if isinstance(default, bool) else str(default)
