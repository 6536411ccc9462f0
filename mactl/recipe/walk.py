"""Every part of a recipe with the way to it, so that a check can say where."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from mactl.document import Route

Found = tuple[Route, BaseModel]
_remembered: ContextVar[dict[int, tuple[BaseModel, list[Found]]] | None] = ContextVar(
    "remembered", default=None
)


@contextmanager
def remembering() -> Iterator[None]:
    """Within it, what is walked from its top is walked once, however often it is asked for: checks are many."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def walk(part: Any, route: Route = ()) -> Iterator[Found]:
    """Every declared mapping in `part`, outermost first, with its route in the document."""
    memory = _remembered.get()
    if memory is None or route or not isinstance(part, BaseModel):
        return _walk(part, route)
    known = memory.get(id(part))
    if known is None:  # the part is kept beside, so that its id stays its own
        known = memory[id(part)] = (part, list(_walk(part, ())))
    return iter(known[1])


def _walk(part: Any, route: Route) -> Iterator[Found]:
    open_: list[tuple[Route, Any]] = [(route, part)]
    while open_:
        here, value = open_.pop()
        kind = _kind_of(type(value))
        inside: list[tuple[Route, Any]]
        if kind == "model":
            yield here, value
            inside = [(here + key, inner) for key, inner in _given(value)]
        elif kind == "mapping":
            inside = [
                ((*here, key), inner) for key, inner in value.items() if _kind_of(type(inner))
            ]
        elif kind == "list":
            inside = [
                ((*here, index), inner)
                for index, inner in enumerate(value)
                if _kind_of(type(inner))
            ]
        else:
            continue
        open_ += reversed(inside)


def _given(model: BaseModel) -> Iterator[tuple[Route, object]]:
    """What a mapping was given that may hold another one, with the way to it."""
    given = model.model_fields_set
    for name, way in _fields_of(type(model)):
        if name in given:
            inner: object = getattr(model, name)
            if _kind_of(type(inner)):
                yield way, inner


def _find_kind(type_: type) -> Literal["model", "mapping", "list"] | None:
    """What may hold a declared mapping; None for what can't. Pydantic's own `isinstance` is slow."""
    if issubclass(type_, BaseModel):
        return "model"
    if issubclass(type_, dict):
        return "mapping"
    return "list" if issubclass(type_, tuple) else None


_kind_of: Callable[[type], Literal["model", "mapping", "list"] | None] = cache(_find_kind)


@cache
def _fields_of(model: type[BaseModel]) -> tuple[tuple[str, Route], ...]:
    """Each field's name in Python, and the way to it in a recipe."""
    return tuple((name, (info.alias or name,)) for name, info in model.model_fields.items())
