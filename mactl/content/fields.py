"""Values as templates see them: plain ones, and two kinds of nothing that never reach an inbox.

`Unknown` is a name that isn't there, `Empty` a cell that holds nothing. Printing either stops the message;
`default` rescues both, and a condition treats an empty cell as recipes do.
"""

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jinja2 import StrictUndefined, Undefined, UndefinedError

from mactl.validation import did_you_mean

_AS_THEY_ARE = frozenset((bool, int, date, datetime, Decimal))


class Unknown(StrictUndefined):
    """A name that isn't there; only `default` and `is defined` may touch it."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return self._undefined_hint or f"{self._undefined_name!r} is not known here"


class Empty(Undefined):
    """A cell that holds nothing. Comparisons with it are false, except `!=` (RECIPES, Conditions)."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return (
            f"{self._undefined_name} is empty; write what stands there instead with | default('…')"
        )

    def __str__(self) -> str:
        raise UndefinedError(self._undefined_message)

    def __eq__(self, other: object) -> bool:
        return other is None or (isinstance(other, str) and other == "")

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _never(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never  # type: ignore[assignment]
    __hash__ = Undefined.__hash__


class Fields(dict[str, Any]):
    """Named values that know where they stand: `contact`, `event.order`."""

    __slots__ = ("path",)
    path: str

    def __missing__(self, name: Any) -> Unknown:
        path = f"{self.path}.{name}"
        guess = did_you_mean(str(name), self)
        return Unknown(hint=f"{path!r} is not known here" + (f"; {guess}" if guess else ""))


def as_fields(value: Any, path: str) -> Any:
    """`value`, which stands at `path`, for a template: None and blank text as `Empty`, mappings as `Fields`.

    Raises TypeError for anything but plain values, markup included: what comes from data is escaped.
    """
    kind = type(value)
    if kind is str:
        return value if value and not value.isspace() else Empty(name=path)
    if kind in _AS_THEY_ARE:
        return value
    if kind is float:
        return value if math.isfinite(value) else Empty(name=path)  # NaN is pandas' empty cell
    if value is None:
        return Empty(name=path)
    if kind is list or kind is tuple:
        return [as_fields(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, dict):
        fields = Fields()
        fields.path = path
        for name, inner in value.items():
            fields[name] = as_fields(inner, f"{path}.{name}")
        return fields
    raise TypeError(f"{path} is no plain value but {kind.__name__}")


def require(value: Any) -> Any:
    """`value` itself; UndefinedError, which says what is missing, for either kind of nothing."""
    if isinstance(value, Undefined):
        str(value)  # raises what it has to say
    if value is None:
        raise UndefinedError("this is none; write what stands there instead with | default('…')")
    return value


def kind_of(value: Any) -> str:
    """What `value` is, in words for who writes templates; never the value itself."""
    if isinstance(value, dict):
        return "group of values"
    names: dict[type, str] = {
        str: "text",
        bool: "yes or no",
        int: "number",
        float: "number",
        list: "list",
        tuple: "list",
        datetime: "moment",
    }
    return names.get(type(value), type(value).__name__.lower())
