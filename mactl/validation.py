"""Plain values from a document → a typed model, or findings with their places."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mactl.document import Document, Route, routes
from mactl.findings import Finding, Severity

ModelType = TypeVar("ModelType", bound=BaseModel)

_WORDING = {
    "string_type": "text is expected here",
    "int_type": "a whole number is expected here",
    "float_type": "a number is expected here",
    "bool_type": "true or false is expected here",
    "dict_type": "a mapping (`key: value`) is expected here",
    "model_type": "a mapping (`key: value`) is expected here",
    "model_attributes_type": "a mapping (`key: value`) is expected here",
    "list_type": "a list is expected here",
    "tuple_type": "a list is expected here",
    "too_short": "at least one is needed here",
    "time_type": "a time of day is expected here",
    "greater_than_equal": "at least {ge} is expected here",
    "less_than_equal": "at most {le} is expected here",
}
_HINTS = {
    "list_type": "write it as a list: [A, B]",
    "tuple_type": "write it as a list: [A, B]",
    "time_type": 'write it between quotes: "09:00"',
}
_OF_ITS_OWN = {
    "Duration": ("a length of time is expected here", "write 3 days, 2 weeks or P3D"),
    "Rate": ("so many in a time is expected here", "write 500/day or 200 per month"),
}
"""Classes that text is read as: what is said of anything else."""
_QUOTE = "YAML read this as something other than text: put it between quotes"


def validate(model: type[ModelType], document: Document) -> tuple[ModelType | None, list[Finding]]:
    """`document` as `model`; None and every finding, each at its line, where it does not fit.

    A key with nothing behind it does not fit either: it says what leaving it out says, and looks as if it said more.
    """
    try:
        valid = model.model_validate(document.value)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_context=True)
        return None, [_finding(error, model, document) for error in _most_telling(errors, document)]
    empty = list(_empty_keys(valid, document)) if document.has_nulls else []
    return (None if empty else valid), empty


def _empty_keys(valid: BaseModel, document: Document) -> Iterator[Finding]:
    for route, value in routes(document.value):
        if value is None and route and _is_left_out(valid, route):
            yield Finding(
                "bad-value",
                Severity.ERROR,
                f"{_name(route)}: nothing is said here",
                document.place(route, key=True),
                "`empty: true` asks for a cell that holds nothing"
                if route[-1] in ("eq", "ne")
                else "say it, or leave the key out",
            )


def _is_left_out(valid: BaseModel, route: Route) -> bool:
    """Whether `route` is a declared key, which need not be there, rather than a cell in data of the document's own."""
    inside: Any = valid
    for step in route[:-1]:
        inside = _inside_of(inside, step)
    if not isinstance(inside, BaseModel):
        return False
    declared = type(inside).model_fields.items()
    return any((info.alias or name) == route[-1] for name, info in declared)


def _inside_of(value: Any, step: str | int) -> Any:
    """What `value` has at one step of a document's route; None where the two are not alike."""
    if isinstance(value, BaseModel):
        if isinstance(step, int):  # a list of conditions became `all`
            return _inside_of(getattr(value, "all", ()), step)
        fields = type(value).model_fields.items()
        name = next((name for name, info in fields if (info.alias or name) == step), None)
        return None if name is None else getattr(value, name)
    if isinstance(value, dict):
        return value.get(step)
    is_there = isinstance(value, tuple) and isinstance(step, int) and step < len(value)
    return value[step] if is_there else None


_TELLS_LESS = ("int_type", "dataclass_exact_type")
"""Kinds of errors that say less than others of the same place: the last ones the least."""

_OF_VALUES = ("dataclass_exact_type", "string_type", "int_type", "float_type", "bool_type")
"""What is said of a mapping where a single value might stand as well."""


def _most_telling(errors: Iterable[ErrorDetails], document: Document) -> Iterable[ErrorDetails]:
    """Each place once: of the errors that a union's members give for one place, the one that says most."""
    found: dict[Route, ErrorDetails] = {}
    for error in errors:
        route = document.nearest(error["loc"])
        # A list whose every item was refused is not called too short as well.
        if error["type"] == "too_short" and any(r[: len(route)] == route for r in found):
            continue
        if error["type"] == "missing":
            route = (*route, "missing", error["loc"][-1])
        if route not in found or _rank(error) < _rank(found[route]):
            found[route] = error
    # A mapping is faulty inside where a value might have stood instead of it.
    return [
        error
        for route, error in found.items()
        if error["type"] not in _OF_VALUES
        or not any(r != route and r[: len(route)] == route for r in found)
    ]


def _rank(error: ErrorDetails) -> int:
    kind = error["type"]
    return _TELLS_LESS.index(kind) + 1 if kind in _TELLS_LESS else 0


def _finding(error: ErrorDetails, model: type[BaseModel], document: Document) -> Finding:
    route = document.nearest(error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(error, model, document, route)
    if kind == "missing":
        return Finding(
            "missing-key",
            Severity.ERROR,
            f"{error['loc'][-1]!r} is missing {_inside(route)}",
            document.place(route, key=True),
            _what_it_says(model, error["loc"]),
        )
    message = _WORDING.get(kind) or error["msg"].removeprefix("Value error, ")
    hint = _HINTS.get(kind)
    if kind in ("greater_than_equal", "less_than_equal"):
        message = message.format(**error["ctx"])
    elif kind == "dataclass_exact_type":
        message, hint = _OF_ITS_OWN.get(error["ctx"]["class_name"], (message, None))
    elif kind == "value_error":
        message, _, hint = message.partition("; ")
    elif kind == "string_type" and isinstance(error["input"], (int, float, bool)):
        hint = _QUOTE
    elif kind == "literal_error":
        message, hint = _not_a_choice(error)
    named = f"{_name(route)}: " if route else ""
    return Finding(
        "bad-value", Severity.ERROR, named + message, document.place(route), hint or None
    )


def _not_a_choice(error: ErrorDetails) -> tuple[str, str]:
    expected = error["ctx"]["expected"].replace("'", "")
    choices = [choice.strip() for part in expected.split(" or ") for choice in part.split(",")]
    if choices == ["True"]:
        return "nothing but true may stand here", "write true, or leave the key out"
    message = f"{error['input']!r} is not one of {', '.join(choices)}"
    return message, did_you_mean(
        str(error["input"]), choices
    ) or f"choose one of {', '.join(choices)}"


def _unknown_key(
    error: ErrorDetails, model: type[BaseModel], document: Document, route: Route
) -> Finding:
    key = str(error["loc"][-1])
    known = _keys_at(model, error["loc"][:-1])
    hint = did_you_mean(key, known)
    if hint is None and known:
        hint = f"known here: {', '.join(sorted(known))}"
    where = _inside(route[:-1])
    return Finding(
        "unknown-key",
        Severity.ERROR,
        f"{key!r} is not a key {where}",
        document.place(route, key=True),
        hint,
    )


_ALIKE = 0.6


def did_you_mean(word: str, known: Iterable[str], *, likeness: float = _ALIKE) -> str | None:
    """`did you mean 'customers'?` where one of `known` looks like `word`, by `likeness` at least; else None."""
    close = closest(word, known, likeness=likeness)
    return f"did you mean {close!r}?" if close is not None else None


_FEW = 100


def closest(word: str, known: Iterable[str], *, likeness: float = _ALIKE) -> str | None:
    """The one of `known` that looks like `word`, as difflib's ratio has it; None where none does."""
    names = list(known)
    if (
        len(names) > _FEW
    ):  # difflib takes a millisecond for three names, and thousands may be misspelt
        from rapidfuzz import fuzz, process

        likely = process.extract(word[:_FEW], names, scorer=fuzz.ratio, limit=10, score_cutoff=50)
        names = [name for name, _, _ in likely]
    return next(iter(get_close_matches(word, names, n=1, cutoff=likeness)), None)


def _inside(route: Route) -> str:
    return f"in {_name(route)}" if route else "at the top of the file"


def _name(route: Route) -> str:
    return ".".join(str(step) for step in route)


def _models_in(annotation: Any) -> tuple[type[BaseModel], ...]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    inner = getattr(annotation, "__args__", ()) or getattr(annotation, "__value__", None) or ()
    if not isinstance(inner, tuple):
        inner = (inner,)
    return tuple(model for part in inner for model in _models_in(part))


def _keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """The keys that the models reached along `loc` declare."""
    reached = _models_at(model, loc)
    return {info.alias or name for m in reached for name, info in m.model_fields.items()}


def _what_it_says(model: type[BaseModel], loc: tuple[str | int, ...]) -> str | None:
    """What the key that is missing at the end of `loc` is for, as its declaration says."""
    described = (
        info.description
        for reached in _models_at(model, loc[:-1])
        for name, info in reached.model_fields.items()
        if (info.alias or name) == loc[-1]
    )
    text = next(filter(None, described), None)
    return f"add `{loc[-1]}: …`: {text[0].lower()}{text[1:]}" if text else None


def _models_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> tuple[type[BaseModel], ...]:
    """The models reached along `loc`; union tags in it choose a member."""
    reached: tuple[type[BaseModel], ...] = (model,)
    for step in loc:
        if isinstance(step, int):
            continue
        tagged = tuple(m for m in reached if step == f"<{getattr(m, 'keyword', None)}>")
        if tagged:
            reached = tagged
            continue
        deeper = tuple(
            inner
            for m in reached
            for name, info in m.model_fields.items()
            if (info.alias or name) == step
            for inner in _models_in(info.annotation)
        )
        reached = deeper or reached
    return reached
