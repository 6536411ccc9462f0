"""Derived fields: `fields: {margin: "clv - service_cost"}`, read into a tree that knows its places.

Numbers, text in quotes, names of fields (RECIPE.NAME for another recipe's), `+ - * /`, parentheses and the functions
of `FUNCTIONS`; nothing else. What it comes to is worked out in `rules.derive`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from mactl.columns import FieldType
from mactl.declaring import Defined, from_text
from mactl.validation import did_you_mean

_DEEPEST = 40
_LONGEST = 1000  # letters

# A recipe's name has hyphens, so a minus right between a name and another recipe's field reads as one.
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*\.[^\W\d]\w*|[^\W\d]\w*)
    |(?P<number>\d+(?:\.\d+)?|\.\d+)
    |(?P<text>'[^']*'|"[^"]*")
    |(?P<sign>[-+*/(),]))""",
    re.VERBOSE,
)
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    value: float
    at: int
    """Where it stands in the text, counted from 1; so for every part."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text between quotes."""

    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A field of the contact: a derived one of this recipe or of another (RECIPE.NAME), or a column."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Negated:
    """Minus something."""

    of: "Part"
    at: int


@dataclass(frozen=True, slots=True)
class Operation:
    """Two things and `+`, `-`, `*` or `/` between them."""

    sign: str
    left: "Part"
    right: "Part"
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of some things."""

    function: str
    arguments: tuple["Part", ...]
    at: int


Part = Number | Text | Name | Negated | Operation | Call

_NUMBER = (FieldType.NUMBER,)
_TIMES = (FieldType.DATE, FieldType.INSTANT)
_TEXT = (FieldType.TEXT,)


@dataclass(frozen=True, slots=True)
class Function:
    """What a function takes and gives."""

    takes: tuple[FieldType, ...]
    """Any of these; all its arguments are of one of them."""
    gives: FieldType | None
    """None: what it takes."""
    most: int | None = 1
    """How many arguments it takes, at least one; None for any number."""
    help: str = ""


FUNCTIONS = {
    "abs": Function(_NUMBER, FieldType.NUMBER, help="without its sign"),
    "round": Function(_NUMBER, FieldType.NUMBER, help="the nearest whole number, halves away from 0"),
    "floor": Function(_NUMBER, FieldType.NUMBER, help="the next whole number below"),
    "ceil": Function(_NUMBER, FieldType.NUMBER, help="the next whole number above"),
    "min": Function((*_NUMBER, *_TIMES), None, None, "the least"),
    "max": Function((*_NUMBER, *_TIMES), None, None, "the greatest"),
    "coalesce": Function(tuple(FieldType), None, None, "the first that is not empty"),
    "years_since": Function(_TIMES, FieldType.NUMBER, help="whole years from a date until today"),
    "days_since": Function(_TIMES, FieldType.NUMBER, help="days from a date until today"),
    "days_until": Function(_TIMES, FieldType.NUMBER, help="days from today until a date"),
    "lower": Function(_TEXT, FieldType.TEXT, help="in lower case"),
    "upper": Function(_TEXT, FieldType.TEXT, help="in upper case"),
    "length": Function(_TEXT, FieldType.NUMBER, help="how many characters"),
}  # fmt: skip
"""The functions that derived fields may use; an empty argument gives an empty result, but for `coalesce`."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A derived field as it was read: its text, and the tree of its parts."""

    text: str
    tree: Part

    def __str__(self) -> str:
        return self.text

    @property
    def names(self) -> tuple[Name, ...]:
        """The fields that it names, in the order they are written."""
        return tuple(part for part in parts_of(self.tree) if isinstance(part, Name))


def parts_of(part: Part) -> Iterator[Part]:
    """`part` and all that it is made of."""
    yield part
    if isinstance(part, Negated):
        yield from parts_of(part.of)
    elif isinstance(part, Operation):
        yield from parts_of(part.left)
        yield from parts_of(part.right)
    elif isinstance(part, Call):
        for argument in part.arguments:
            yield from parts_of(argument)


def parse_formula(text: str) -> Formula:
    """`clv - service_cost` as a formula; ValueError with what is wrong, where, and what to write instead."""
    if len(text) > _LONGEST:
        raise ValueError(f"this has over {_LONGEST} letters; make it of several derived fields")
    return Formula(text, _Parser(text).whole())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """name, number, text, sign, or end."""
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if not found:
            at = place + len(text[place:]) - len(text[place:].lstrip()) + 1
            hint = (
                "close the quote" if text[at - 1] in "'\"" else "write numbers, fields, + - * / ( )"
            )
            raise ValueError(f"{text[at - 1]!r} at {at} means nothing here; {hint}")
        kind = found.lastgroup or ""
        yield _Token(kind, found[kind], found.start(kind) + 1)
        place = found.end()
    yield _Token("end", "", len(text) + 1)


class _Parser:
    """Precedence climbing (Pratt, 1973): a value, then every sign that binds tighter than the one before."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0

    def whole(self) -> Part:
        tree = self._expression(0, 0)
        if self._here.kind != "end":
            raise _unexpected(self._here, "put + - * or / before it")
        return tree

    @property
    def _here(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._here
        self._next += 1
        return token

    def _is(self, sign: str) -> bool:
        return self._here.kind == "sign" and self._here.text == sign

    def _expression(self, binds: int, depth: int) -> Part:
        if depth > _DEEPEST:
            raise ValueError(
                f"more than {_DEEPEST} levels are nested at {self._here.at}; "
                "make it of several derived fields"
            )
        left = self._value(depth)
        while self._here.kind == "sign" and _BINDS.get(self._here.text, 0) > binds:
            sign = self._take()
            right = self._expression(_BINDS[sign.text], depth + 1)
            left = Operation(sign.text, left, right, sign.at)
        return left

    def _value(self, depth: int) -> Part:
        token = self._take()
        if token.kind == "number":
            return Number(float(token.text), token.at)
        if token.kind == "text":
            return Text(token.text[1:-1], token.at)
        if token.kind == "name":
            return self._call(token, depth) if self._is("(") else Name(token.text, token.at)
        if token.text == "-":
            # Binds tighter than any sign between two things: -a * b is (-a) * b.
            return Negated(self._expression(max(_BINDS.values()), depth + 1), token.at)
        if token.text == "(":
            inner = self._expression(0, depth + 1)
            self._close(token)
            return inner
        raise _unexpected(token, "write a number, a field or a function")

    def _close(self, opening: _Token) -> None:
        if not self._is(")"):
            raise _unexpected(self._here, f"close the parenthesis of {opening.at} with )")
        self._take()

    def _call(self, name: _Token, depth: int) -> Part:
        function = FUNCTIONS.get(name.text)
        if function is None:
            hint = did_you_mean(name.text, FUNCTIONS) or f"there are {', '.join(FUNCTIONS)}"
            raise ValueError(f"there is no function {name.text!r} (at {name.at}); {hint}")
        opening = self._take()
        arguments: list[Part] = []
        while not self._is(")"):
            if arguments:
                if not self._is(","):
                    raise _unexpected(self._here, f"close the parenthesis of {opening.at} with )")
                self._take()
            arguments.append(self._expression(0, depth + 1))
        self._close(opening)
        if not arguments or (function.most is not None and len(arguments) > function.most):
            most = "one value" if function.most == 1 else "at least one value"
            raise ValueError(
                f"{name.text} (at {name.at}) is given {len(arguments)} values; give it {most}"
            )
        return Call(name.text, tuple(arguments), name.at)


def _unexpected(token: _Token, hint: str) -> ValueError:
    what = "the end" if token.kind == "end" else repr(token.text)
    return ValueError(f"{what} is not expected at {token.at}; {hint}")


def type_of(part: Part, types: Callable[[str], FieldType | None]) -> FieldType | None:
    """The type of what `part` comes to; None where that hangs on a field that `types` does not know.

    Raises ValueError where a value does not go with a sign or a function: text minus a number.
    """
    if isinstance(part, Number):
        return FieldType.NUMBER
    if isinstance(part, Text):
        return FieldType.TEXT
    if isinstance(part, Name):
        return types(part.name)
    if isinstance(part, Negated):
        _expect(part.of, types, _NUMBER, "-")
        return FieldType.NUMBER
    if isinstance(part, Operation):
        for side in (part.left, part.right):
            _expect(side, types, _NUMBER, part.sign)
        return FieldType.NUMBER
    function = FUNCTIONS[part.function]
    found = [_expect(argument, types, function.takes, part.function) for argument in part.arguments]
    known = [type_ for type_ in found if type_ is not None]
    if len(set(known)) > 1 and function.gives is None:
        words = " and ".join(sorted({NOUNS[type_] for type_ in known}))
        raise ValueError(f"{part.function} (at {part.at}) is given {words}; give it one type")
    return function.gives or (known[0] if known else None)


NOUNS = {
    FieldType.TEXT: "text",
    FieldType.NUMBER: "numbers",
    FieldType.BOOLEAN: "true or false",
    FieldType.DATE: "dates",
    FieldType.INSTANT: "instants",
    FieldType.LIST: "lists",
}
"""What a column of each type holds, in words."""


def _expect(
    part: Part, types: Callable[[str], FieldType | None], takes: tuple[FieldType, ...], by: str
) -> FieldType | None:
    found = type_of(part, types)
    if found is not None and found not in takes:
        what = repr(part.name) if isinstance(part, Name) else "this"
        wanted = " or ".join(NOUNS[type_] for type_ in takes)
        raise ValueError(
            f"{what} at {part.at} holds {NOUNS[found]}, and {by} takes {wanted}; "
            "name another field, or declare its type under `columns`"
        )
    return found


def _field_name(name: str) -> str:
    if not re.fullmatch(r"[^\W\d]\w*", name):
        raise ValueError(
            f"{name!r} is no name of a derived field; use letters, digits and underscores"
        )
    return name


FieldName = Annotated[str, AfterValidator(_field_name), WithJsonSchema({"type": "string"})]
"""What a derived field may be called: `margin`, `years_of_age`."""
FormulaText = Annotated[
    Formula,
    from_text(parse_formula),
    Defined(
        "Formula",
        {"type": "string", "examples": ["clv - service_cost", "years_since(birthday)"]},
    ),
]
"""A derived field as people write it: `clv - service_cost`."""
