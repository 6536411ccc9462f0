"""Jinja with plain values only: no Python objects, no files, bounded loops and texts.

The sandbox bounds what one expression makes and how often loops turn; `confine` bounds CPU and memory.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from babel import Locale
from jinja2 import Template, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS

from mactl.content.fields import Empty, Fields, Unknown, kind_of, require
from mactl.content.filters import FILTERS, MAX_ITEMS, MAX_TEXT

_MAX_RANGE = 1_000
_MAX_NUMBER = 10**30
_LOOP = frozenset(
    """index index0 revindex revindex0 first last length depth depth0 previtem nextitem cycle
    changed""".split()  # noqa: SIM905
)


class TemplateContext(Context):
    """The names of one rendering, with how values are written in it and how many turns loops have left."""

    locale: Locale = Locale("en")
    currency: str = "EUR"
    turns: int = MAX_ITEMS


class Sandbox(ImmutableSandboxedEnvironment):
    """The language of our templates; `html` says whether values are escaped."""

    context_class = TemplateContext
    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, *, html: bool) -> None:
        # A line with nothing but a tag leaves no empty line in plain text; HTML does not mind them.
        super().__init__(
            autoescape=html,
            undefined=Unknown,
            finalize=printable,
            trim_blocks=not html,
            lstrip_blocks=not html,
            keep_trailing_newline=html,
        )
        self.filters = {
            **FILTERS,
            "_turns": _count_turns,
            "_bounded": bounded_text,
            "_otherwise": _otherwise,
        }
        self.tests = {**JINJA_TESTS, "none": _is_none}
        self.globals = {"range": bounded_range}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A named value in a mapping, or what a loop knows of itself; nothing else has names."""
        if type(obj) is Fields:  # as nearly always; it has an answer for every name
            return obj[attribute]
        if isinstance(obj, (dict, Undefined)):
            return self.getitem(obj, attribute)
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, tuple) and attribute in getattr(obj, "_fields", ()):  # of `groupby`
            return getattr(obj, attribute)
        return Unknown(hint=f"a value of the kind {kind_of(obj)} has no {attribute!r}")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A named value in a mapping, the n-th of a list, or part of a text."""
        if isinstance(obj, Undefined):
            return obj  # what is missing has nothing inside; `default` still rescues it
        if not isinstance(obj, (dict, list, tuple, str)):
            return (
                self.getattr(obj, argument)
                if isinstance(argument, str)
                else Unknown(hint=_no(argument))
            )
        try:
            return obj[argument]
        except (KeyError, IndexError, TypeError):
            if isinstance(obj, tuple) and isinstance(argument, str):
                return self.getattr(obj, argument)
            return Unknown(hint=_no(argument))

    def call(self, context: TemplateContext, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """A macro or `range`; each call counts as a turn, since macros may call themselves."""
        _spend(context, 1)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`left operator right` where the result stays small."""
        for side in (left, right):
            require(side)
        if operator == "+":
            return bounded_text(super().call_binop(context, operator, left, right))
        if operator == "*" and (isinstance(left, (str, list)) or isinstance(right, (str, list))):
            things, times = (left, right) if isinstance(right, int) else (right, left)
            if isinstance(times, int) and len(things) * times <= MAX_TEXT:
                return things * times
            _refuse("the text would be too long")
        if isinstance(left, str):
            _refuse("text can't be calculated with; join texts with ~")
        if operator == "**" and abs(right) > 100:
            _refuse("the number would be too large")
        return bounded_text(super().call_binop(context, operator, left, right))


def printable(value: Any) -> Any:
    """`value` as it may stand in a message; raises UndefinedError or SecurityError where it may not.

    Whole numbers lose their `.0`; dates are ISO 8601 unless `date` writes them.
    """
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else bounded_text(value)
    if isinstance(value, bool):
        _refuse("this is a yes or a no; say what to write: {{ 'yes' if … else 'no' }}")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    require(value)
    return _refuse(
        f"a {kind_of(value)} can't be written as it is; loop over it or use | join(', ')"
    )


def bounded_text(value: Any) -> Any:
    """`value`; SecurityError where it is a text, list or number larger than any message needs."""
    if isinstance(value, (str, list)):
        if len(value) > MAX_TEXT:
            _refuse("a text or list here is too long")
    elif isinstance(value, int) and abs(value) > _MAX_NUMBER:
        _refuse("the number is too large")
    return value


def bounded_range(*bounds: int) -> range:
    """Jinja's `range` of at most 1,000 numbers."""
    numbers = range(*(require(bound) for bound in bounds))
    if len(numbers) > _MAX_RANGE:
        _refuse(f"range: more than {_MAX_RANGE:,} numbers")
    return numbers


@pass_context
def _count_turns(context: TemplateContext, items: Any) -> Any:
    """What a `for` goes over, within the turns that are left."""
    if not isinstance(items, (list, tuple, dict, str, range, Empty)):
        items = list(items)
    _spend(context, len(items))
    return items


@pass_context
def _otherwise(_context: TemplateContext, _nothing: None) -> Unknown:
    """What an inline `if` without an `else` is when it is false."""
    return Unknown(hint="its condition is false and it has no else; write {{ … if … else '…' }}")


def _spend(context: TemplateContext, turns: int) -> None:
    context.turns -= turns
    if context.turns < 0:
        _refuse(f"loops and macros turn more than {MAX_ITEMS:,} times")


def _is_none(value: Any) -> bool:
    return value is None or isinstance(value, Empty)


def _no(argument: Any) -> str:
    return f"there is no {argument!r} in it"


def _refuse(why: str) -> NoReturn:
    raise SecurityError(why)


def compile_syntax(tree: nodes.Template, environment: Sandbox) -> Template:
    """A parsed template, its loops and joins bounded, ready to render; `tree` is changed in place."""
    for choice in tree.find_all(nodes.CondExpr):
        if choice.expr2 is None:  # Jinja would write nothing
            choice.expr2 = _filtered(
                nodes.Const(None, lineno=choice.lineno), "_otherwise", environment
            )
    for loop in tree.find_all(nodes.For):
        loop.iter = _filtered(loop.iter, "_turns", environment)
    for node in list(tree.find_all(nodes.Node)):
        for name, value in list(node.iter_fields()):
            if isinstance(value, nodes.Concat):
                setattr(node, name, _filtered(value, "_bounded", environment))
            elif isinstance(value, list):
                value[:] = [
                    _filtered(v, "_bounded", environment) if isinstance(v, nodes.Concat) else v
                    for v in value
                ]
    code = environment.compile(tree, filename="<template>")
    return Template.from_code(environment, code, environment.globals)


def _filtered(node: nodes.Node, name: str, environment: Sandbox) -> nodes.Filter:
    wrapped = nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
    wrapped.set_environment(environment)
    return wrapped


HTML = Sandbox(html=True)
"""For HTML: values are escaped."""
TEXT = Sandbox(html=False)
"""For subjects and plain text: values as they are."""
