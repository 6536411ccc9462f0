"""The JSON Schema of recipes and of mactl.yaml, for editors: made from the declarations, nothing twice.

What stands in many places (a condition, a step, a length of time) is a definition that they refer to. A choice between
kinds of mappings asks for their keywords one by one, so that an editor proposes the keywords first and then only what
goes with the one that is there, and says what is wrong with that kind instead of with all of them.
"""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mactl.declaring import CHOICE, DEFINED, Rate
from mactl.durations import Duration
from mactl.project import Settings
from mactl.recipe.recipe import RecipeFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def recipe_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a recipe file."""
    return _schema(RecipeFile, "A mactl recipe")


def project_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of mactl.yaml."""
    return _schema(Settings, "A mactl project")


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    made = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions: dict[str, Any] = {}
    plain = _Plain(definitions).part(made)
    definitions |= plain.pop("$defs")
    return {
        "$schema": DIALECT,
        **plain,
        "description": title,
        "$defs": _said_once(dict(sorted(definitions.items()))),
    }


def schema_text(schema: dict[str, Any]) -> str:
    """A schema as a file: JSON, with what is short on one line."""
    return f"{_written(schema, '')}\n"


def _written(part: Any, indent: str) -> str:
    line = json.dumps(part, ensure_ascii=False)
    if len(indent) + len(line) <= _LINE or not isinstance(part, (dict, list)):
        return line
    deeper = f"{indent} "
    if isinstance(part, list):
        rows = [_written(item, deeper) for item in part]
        begin, end = "[", "]"
    else:
        rows = [f"{json.dumps(key)}: {_written(value, deeper)}" for key, value in part.items()]
        begin, end = "{", "}"
    inner = ",\n".join(f"{deeper}{row}" for row in rows)
    return f"{begin}\n{inner}\n{indent}{end}"


_LINE = 120


class _Generator(GenerateJsonSchema):
    """Pydantic's, with keys in the order that people look for them, and defaults as people write them."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model = schema["cls"]
        keyword, keys = getattr(model, "keyword", None), made.get("properties", {})
        required, aside = made.get("required", ()), _aside(model)
        ordered = sorted(keys, key=lambda key: (key != keyword, key not in required, key in aside))
        made["properties"] = {key: keys[key] for key in ordered}
        if keyword is not None:
            what = made["properties"][keyword]
            # It would hide what the key says that this stands under.
            about = made.pop("description")
            what["markdownDescription"] = (
                f"{about}\n\n`{keyword}`: {what['description']}\n\n```yaml\n{model.example}\n```"
            )
        return made

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Duration):
            return None if dft == Duration() else str(dft)
        if isinstance(dft, BaseModel):
            return None  # the defaults are its keys' own
        return str(dft) if isinstance(dft, Rate) else super().encode_default(dft)


def _aside(model: type[BaseModel]) -> set[str]:
    """The keys that a mapping has beside its own, from what it is a kind of."""
    return {
        info.alias or name
        for base in model.__mro__[1:]
        if vars(base).get("is_aside")
        for name, info in base.model_fields.items()  # type: ignore[attr-defined]
    }


class _Plain:
    """Takes out what only Python needs (made-up titles, defaults of None, null for what may be left out), and makes
    `definitions` of what is marked as one."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions

    def part(self, part: Any) -> Any:
        if isinstance(part, list):
            return [self.part(item) for item in part]
        if not isinstance(part, dict):
            return part
        kept = {
            key: self.part(value)
            for key, value in part.items()
            if not (key == "title" and isinstance(value, str))
            and not (key == "default" and not value)
            and key not in (DEFINED, CHOICE)
        }
        for name, defined in part.get(DEFINED, {}).items():
            kept |= self._defined(name, self.part(defined))
        for name, choice in part.get(CHOICE, {}).items():
            kept |= self._defined(name, _told_apart(name, self.part(choice)))
        # Told apart by a key, they are never two at once; anyOf gives editors better messages.
        if "oneOf" in kept:
            kept["anyOf"] = kept.pop("oneOf")
        if "anyOf" in kept:
            may_be_left_out = "default" in part and part["default"] is None
            kept = {**_options(kept.pop("anyOf"), may_be_left_out=may_be_left_out), **kept}
        return kept

    def _defined(self, name: str, what: dict[str, Any]) -> dict[str, Any]:
        self._definitions[name] = what
        return {"$ref": f"#/$defs/{name}"}


def _said_once(definitions: dict[str, Any]) -> dict[str, Any]:
    """`definitions`, where a key that is declared alike in several refers to the first of them."""
    first: dict[str, str] = {}
    for name, definition in definitions.items():
        for key, what in definition.get("properties", {}).items():
            reference = f"#/$defs/{name}/properties/{key}"
            known = first.setdefault(f"{key} {what}", reference)
            if known != reference and len(str(what)) > _WORTH_SHARING:
                definition["properties"][key] = {"$ref": known}
    return definitions


_WORTH_SHARING = 100


def _options(options: list[Any], *, may_be_left_out: bool) -> dict[str, Any]:
    """A choice between `options`: those within others beside them, and plain types as one."""
    flat: list[Any] = []
    for option in options:
        flat += option["anyOf"] if set(option) == {"anyOf"} else [option]
    if may_be_left_out:
        flat = [option for option in flat if option != {"type": "null"}]
    plain = [option["type"] for option in flat if set(option) == {"type"}]
    types = [type_ for type_ in plain if not (type_ == "integer" and "number" in plain)]
    if types:
        one = {"type": types if len(types) > 1 else types[0]}
        flat = [one, *(option for option in flat if set(option) != {"type"})]
    return dict(flat[0]) if len(flat) == 1 else {"anyOf": flat}


def _told_apart(name: str, choice: dict[str, Any]) -> dict[str, Any]:
    """A mapping of the kind whose keyword it has; where it has none, what it could have."""
    keywords, kinds = choice["keywords"], [kind["$ref"] for kind in choice["kinds"]]
    menu = {
        "properties": {
            keyword: {"$ref": f"{kind}/properties/{keyword}"}
            for keyword, kind in zip(keywords, kinds, strict=True)
        },
        "additionalProperties": False,
        "minProperties": 1,
    }
    cases = [
        {"if": _has(keyword, unless), "then": {"$ref": kind}}
        for keyword, kind, unless in zip(keywords, kinds, choice["unless"], strict=True)
    ]
    one = {
        "if": {"type": "object", "anyOf": [_has(keyword) for keyword in keywords]},
        "then": {"allOf": cases},
        "else": menu,
    }
    if not choice["or_list"]:
        return {"type": "object", **one}
    items = {"items": {"$ref": f"#/$defs/{name}"}}
    return {"type": ["object", "array"], "if": {"type": "array"}, "then": items, "else": one}


def _has(keyword: str, unless: "list[str] | tuple[str, ...]" = ()) -> dict[str, Any]:
    has: dict[str, Any] = {"required": [keyword]}
    return {**has, "properties": dict.fromkeys(unless, False)} if unless else has
