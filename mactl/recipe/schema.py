"""The JSON Schema of recipes and of mactl.yaml, for editors: made from the declarations, nothing twice."""

from typing import Any

from pydantic import BaseModel

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
    made = _plain(model.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, **made, "title": title}


def _plain(part: Any) -> Any:
    """Without what only Python needs: made-up titles, defaults of None, and null for what may be left out."""
    if isinstance(part, list):
        return [_plain(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: _plain(value)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and not value)
    }
    options = kept.get("anyOf")
    may_be_left_out = "default" in part and part["default"] is None
    if options and may_be_left_out and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        kept.pop("anyOf")
        kept = {**(rest[0] if len(rest) == 1 else {"anyOf": rest}), **kept}
    # Told apart by a key, they are never two at once; anyOf gives editors better messages.
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")
    return kept
