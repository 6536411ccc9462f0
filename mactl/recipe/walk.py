"""Every part of a recipe with the way to it, so that a check can say where."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from mactl.document import Route


def walk(part: Any, route: Route = ()) -> Iterator[tuple[Route, BaseModel]]:
    """Every declared mapping in `part`, outermost first, with its route in the document."""
    if isinstance(part, BaseModel):
        yield route, part
        for name, info in type(part).model_fields.items():
            if name in part.model_fields_set:
                yield from walk(getattr(part, name), (*route, info.alias or name))
    elif isinstance(part, dict):
        for key, inner in part.items():
            yield from walk(inner, (*route, key))
    elif isinstance(part, tuple):
        for index, inner in enumerate(part):
            yield from walk(inner, (*route, index))
