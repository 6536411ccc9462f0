"""What templates can do with a value: `date`, `money`, `number`, `default`, `markdown` and a list of Jinja's own.

What multiplies text without bound, hands out objects or switches escaping off is left out.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from jinja2 import Undefined, pass_context, pass_eval_context
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.filters import do_join, do_replace
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup

from mactl.clock import parse_local
from mactl.content.fields import kind_of, require

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_TEXT = 100_000
"""The longest text, in characters, that a template can make or print at once."""
MAX_ITEMS = 10_000
"""The most turns that all loops of a template take together."""

_STYLES = ("short", "medium", "long", "full")
_OF_JINJA = """
    abs capitalize count d default dictsort e escape first float groupby int items join last length list lower
    map max min reject rejectattr replace reverse round select selectattr sort string striptags sum title trim
    truncate unique upper urlencode wordcount
""".split()  # noqa: SIM905


class FilterError(ValueError):
    """A filter was given what it can't use."""


@lru_cache(512)
def locale_of(name: str) -> Locale | None:
    """The locale called `nl`, `nl_NL` or `nl-NL`; None where there is none."""
    try:
        return Locale.parse(name.strip().replace("-", "_"))
    except (ValueError, TypeError, UnknownLocaleError):
        return None


@pass_context
def format_as_date(context: Context, value: Any, pattern: str = "long") -> str:
    """`{{ contact.contract_end | date('d MMMM') }}`: CLDR letters, or short, medium, long, full.

    An instant is shown on the clock of its own zone; text is read as ISO 8601.
    """
    value = require(value)
    locale: Locale = context.locale  # type: ignore[attr-defined]
    if isinstance(value, str):
        try:
            moment = parse_local(value)
        except ValueError:
            raise FilterError(
                "date: this text is no date; one is written like 2026-12-01"
            ) from None
        value = moment if "T" in value or ":" in value else moment.date()
    if not isinstance(value, date):
        raise FilterError(f"date: this {kind_of(value)} is no date")
    try:
        if isinstance(value, datetime):
            if pattern in _STYLES:
                return format_date(value.date(), pattern, locale)
            return format_datetime(value, pattern, locale=locale)
        return _format_day(value, pattern, locale)
    except (AttributeError, KeyError, ValueError):
        raise FilterError(f"date: {pattern!r} does not fit a {kind_of(value)}") from None


@lru_cache(4096)  # thousands of messages share a handful of days
def _format_day(day: date, pattern: str, locale: Locale) -> str:
    return format_date(day, pattern, locale)


@pass_context
def format_as_money(context: Context, value: Any, currency: str | None = None) -> str:
    """`{{ contact.price | money }}`, `money('USD')`: an amount in the project's currency, or in another."""
    code = currency or context.currency  # type: ignore[attr-defined]
    return _format_money(_number(value, "money"), code, context.locale)  # type: ignore[attr-defined]


@lru_cache(4096)
def _format_money(amount: Decimal, currency: str, locale: Locale) -> str:
    if currency not in Locale("en").currencies:
        raise FilterError(f"money: {currency!r} is not a currency; one is written like EUR")
    return format_currency(amount, currency, locale=locale)


@pass_context
def format_as_number(context: Context, value: Any, decimals: int | None = None) -> str:
    """`{{ event.value | number }}`, `number(2)`: as the locale groups and points it."""
    return _format_number(_number(value, "number"), decimals, context.locale)  # type: ignore[attr-defined]


@lru_cache(4096)
def _format_number(value: Decimal, decimals: int | None, locale: Locale) -> str:
    if decimals is None:
        return format_decimal(value, locale=locale)
    if not 0 <= decimals <= 20:
        raise FilterError(f"number: {decimals!r} decimals can't be shown; choose 0 to 20")
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return format_decimal(value, format=pattern, locale=locale)


def _number(value: Any, wanted: str) -> Decimal:
    value = require(value)
    if isinstance(value, (int, float, str, Decimal)) and not isinstance(value, bool):
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            number = Decimal("nan")
        if number.is_finite() and abs(number.adjusted()) < 30:
            return number
    raise FilterError(f"{wanted}: this {kind_of(value)} is no number")


def or_default(value: Any, fallback: Any = "", boolean: bool = False) -> Any:
    """`fallback` where there is no value or an empty one; 0 and false are values unless `boolean`."""
    if value is None or isinstance(value, Undefined):
        return fallback
    if isinstance(value, str) and not value.strip():
        return fallback
    return fallback if boolean and not value else value


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # few templates have any

    # Values may come from anyone: no HTML, and no images that tell somebody who reads.
    return MarkdownIt("commonmark", {"html": False}).disable("image")


@pass_eval_context
def from_markdown(eval_context: EvalContext, value: Any) -> str:
    """A value's Markdown as HTML, without HTML of its own; in plain text the value as it is.

    One paragraph comes without its `<p>`, so that it can stand in a line.
    """
    text = str(require(value))
    if len(text) > MAX_TEXT:
        raise FilterError("markdown: the text is too long")
    if not eval_context.autoescape:
        return text
    html = _markdown().render(text).strip()
    if html.count("<p>") == 1 and html.startswith("<p>") and html.endswith("</p>"):
        html = html[3:-4]
    return Markup(html)


@pass_eval_context
def join_within_bounds(
    eval_context: EvalContext, value: Iterable[Any], d: str = "", attribute: str | None = None
) -> str:
    """Jinja's `join`; an empty list is nothing to print, and items × separator stay within bounds."""
    items = list(require(value))
    if len(items) * len(d) > MAX_TEXT:
        raise FilterError("join: the text would be too long")
    joined: str = do_join(eval_context, items, d, attribute)
    return joined


@pass_eval_context
def replace_within_bounds(
    eval_context: EvalContext, s: str, old: str, new: str, count: int | None = None
) -> str:
    """Jinja's `replace`, within bounds."""
    s = str(require(s)) if not isinstance(s, str) else s
    if (s.count(old) + 1) * len(new) > MAX_TEXT:
        raise FilterError("replace: the text would be too long")
    return do_replace(eval_context, s, old, new, count)


FILTERS: dict[str, Callable[..., Any]] = {
    **{name: JINJA_FILTERS[name] for name in _OF_JINJA},
    "date": format_as_date,
    "money": format_as_money,
    "number": format_as_number,
    "default": or_default,
    "d": or_default,
    "markdown": from_markdown,
    "join": join_within_bounds,
    "replace": replace_within_bounds,
}
