"""What is known of people, thing by thing: each field and each event that may be used, with the traits that it gives
and the columns of numbers in which groups are looked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import to_day, to_epoch
from mactl.columns import FieldType
from mactl.discovery.fields import Choice, LeftOut, Words, common_words, judge_fields
from mactl.discovery.happenings import YEAR, Happened, happened
from mactl.discovery.numbers import Floats, cuts_at
from mactl.discovery.traits import Trait
from mactl.facts.facts import Facts

_DAY = 86_400
_PARTS = (0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
_UNKNOWN = 0.05
"""From this share of empty cells on, being empty is a trait."""


@dataclass(frozen=True, slots=True, eq=False)
class Aspect:
    """One thing that is known of people."""

    name: str
    """The field's, or the event's."""
    traits: tuple[Trait, ...]
    columns: npt.NDArray[np.float32]
    """A row for each person; all columns together vary by 1."""
    order: Floats | None = None
    """The number by which it puts people into order, NaN where nobody knows; None for words."""


def look_at(facts: Facts, choice: Choice) -> tuple[list[Aspect], list[LeftOut]]:
    """What is known of the people of `facts`, and what is left out of it and why."""
    used, left = judge_fields(facts, choice)
    aspects = [aspect for name in used if (aspect := _of_field(name, facts)) is not None]
    told, also_left = happened(facts, choice)
    aspects += [_of_event(each) for each in told]
    return aspects, [*left, *also_left]


def _of_field(name: str, facts: Facts) -> Aspect | None:
    column = facts.contacts.column(name)
    type_ = facts.fields[name]
    if type_ is FieldType.NUMBER:
        values = _floats(column)
        return _aspect(name, _number_traits(name, values), [values], column, values)
    if type_ is FieldType.BOOLEAN:
        values = _floats(column.cast(pa.float64()))
        both = [
            Trait({"field": name, "eq": yes}, f"{'' if yes else 'no-'}{slug(name)}")
            for yes in (True, False)
        ]
        return _aspect(name, both, [values], column)
    if type_ in (FieldType.DATE, FieldType.INSTANT):
        return _of_dates(name, column, facts)
    texts = pc.utf8_lower(column.cast(pa.string()))
    if type_ is FieldType.LIST:
        return _of_list(name, texts)
    words = common_words(name, texts.drop_null())
    traits = [Trait({"field": name, "eq": word}, slug(word)) for word in words.words]
    return _aspect(name, traits, [_is(texts, word) for word in words.words], column)


def _of_list(name: str, texts: pa.ChunkedArray) -> Aspect:
    items = pc.list_flatten(pc.split_pattern(pc.utf8_trim(texts.drop_null(), ";"), ";"))
    words: Words = common_words(name, items)
    # `;word;` is how a word stands in the column of a list.
    flags = [
        _floats(pc.match_substring(texts, f";{word};").cast(pa.float64())) for word in words.words
    ]
    traits = [Trait({"field": name, "has": word}, slug(word)) for word in words.words]
    return _aspect(name, traits, [np.nan_to_num(flag) for flag in flags], texts)


def _of_dates(name: str, column: pa.ChunkedArray, facts: Facts) -> Aspect | None:
    """Days ago where most lie in the past, else days ahead; those on the other side have none."""
    days = _floats(column.cast(pa.float64()))
    if facts.fields[name] is FieldType.DATE:
        ago = to_day(facts.now.astimezone(facts.zone).date()) - days
    else:
        ago = (to_epoch(facts.now) - days) / _DAY
    is_past = float(np.mean(ago[~np.isnan(ago)] >= 0)) >= 0.5
    lengths = ago if is_past else -ago
    lengths = np.where(lengths >= 0, lengths, np.nan)
    within, beyond = ("within_last", "older_than") if is_past else ("within_next", "further_than")
    near, far = ("recent", "old") if is_past else ("near", "far")
    traits = []
    for cut in _day_cuts(lengths):
        traits += [
            Trait({"field": name, within: f"{cut} days"}, f"{near}-{slug(name)}"),
            Trait({"field": name, beyond: f"{cut} days"}, f"{far}-{slug(name)}"),
        ]
    return _aspect(name, traits, [np.log1p(lengths)], column, lengths) if traits else None


def _number_traits(name: str, values: Floats) -> list[Trait]:
    traits = []
    for cut in number_cuts(values):
        traits += [
            Trait({"field": name, "gte": cut}, f"high-{slug(name)}"),
            Trait({"field": name, "lt": cut}, f"low-{slug(name)}"),
        ]
    return traits


def number_cuts(values: Floats) -> list[float]:
    """Where to part a column of numbers: between all of its values where they are few, else at plain quantiles."""
    known = values[~np.isnan(values)]
    if not len(known):
        return []
    different = np.unique(known)
    found = [float(each) for each in different] if len(different) <= 9 else cuts_at(known, _PARTS)
    return [plain(cut) for cut in found if known.min() < cut <= known.max()]


def _day_cuts(days: Floats) -> list[int]:
    known = days[~np.isnan(days)]
    if not len(known):
        return []
    cuts = {round(cut) for cut in cuts_at(np.ceil(known), _PARTS)}
    return sorted(cut for cut in cuts if known.min() < cut < known.max() and cut > 0)


def plain(number: float) -> int | float:
    """A number as a recipe writes it: whole ones as such."""
    return int(number) if float(number).is_integer() else number


def _of_event(told: Happened) -> Aspect:
    """How often within a year, how long ago, how much, of which kinds."""
    name, short = told.name, slug(told.name)
    recently = {"event": name, "within_last": YEAR}
    traits = [Trait({"event": name}, f"some-{short}")]
    traits.append(Trait({"event": name, "never": True}, f"never-{short}"))
    for cut in number_cuts(told.counts):
        at_least = max(1, round(cut))
        traits += [
            Trait({**recently, "count": {"gte": at_least}}, f"many-{short}"),
            Trait({**recently, "count": {"lt": at_least}}, f"few-{short}"),
        ]
    for days in _day_cuts(told.ago):
        traits += [
            Trait({"event": name, "last": {"within_last": f"{days} days"}}, f"recent-{short}"),
            Trait({"event": name, "last": {"older_than": f"{days} days"}}, f"past-{short}"),
        ]
    for property_, sums in told.sums.items():
        spent = sums[sums > 0]
        for cut in number_cuts(np.append(spent, 0.0)) if len(spent) else []:
            tests = {"gte": cut}, {"lt": cut}
            traits += [
                Trait({**recently, "sum": {"of": property_, **test}}, f"{size}-{slug(property_)}")
                for test, size in zip(tests, ("high", "low"), strict=True)
            ]
    for property_, word in told.kinds:
        traits.append(Trait({"event": name, "where": {property_: word}}, f"{short}-{slug(word)}"))
    never = np.isnan(told.ago)
    longest = 2 * float(np.nanmax(told.ago)) if not never.all() else 1.0
    columns = [np.log1p(told.counts), np.log1p(np.where(never, longest, told.ago))]
    columns += [np.log1p(np.maximum(sums, 0)) for sums in told.sums.values()]
    columns += list(told.kinds.values())
    return Aspect(name, _distinct(traits), standardised(columns), told.ago)


def _aspect(
    name: str,
    traits: Sequence[Trait],
    columns: Sequence[Floats],
    column: pa.ChunkedArray,
    order: Floats | None = None,
) -> Aspect:
    unknown = column.null_count / max(len(column), 1)
    also: list[Floats] = []
    if _UNKNOWN <= unknown <= 1 - _UNKNOWN:
        traits = [*traits, Trait({"field": name, "empty": True}, f"no-{slug(name)}")]
        also = [_floats(pc.is_null(column).cast(pa.float64()))]
    return Aspect(name, _distinct(traits), standardised([*columns, *also]), order)


def _distinct(traits: Sequence[Trait]) -> tuple[Trait, ...]:
    return tuple({repr(trait.says): trait for trait in traits}.values())


def standardised(columns: Sequence[Floats]) -> npt.NDArray[np.float32]:
    """`columns` beside each other, each without its mean, so that they vary by 1 together: what is told in many
    columns weighs no more than what is told in one. What is not known is the middle; what lies far out is drawn in,
    and numbers of which a few are very large are told by their logarithm."""
    made = []
    for column in columns:
        known = column[~np.isnan(column)]
        if len(known) and known.min() >= 0 and np.median(known) * 8 < known.max():
            column = np.log1p(column)
            known = np.log1p(known)
        middle, spread = (float(np.median(known)), float(known.std())) if len(known) else (0.0, 0.0)
        filled = np.where(np.isnan(column), middle, column) - middle
        made.append(np.clip(filled / spread, -3, 3) if spread > 0 else np.zeros(len(column)))
    if not made:
        return np.zeros((0, 0), np.float32)
    block = np.column_stack(made)
    block -= block.mean(axis=0)
    variance = float(block.var(axis=0).sum())
    return (block / np.sqrt(variance) if variance > 0 else block).astype(np.float32)


def slug(text: str) -> str:
    """`text` in kebab-case, as names of segments are written: `Page view!` → `page-view`."""
    letters = pc.ascii_lower(pa.scalar(text)).as_py()
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in letters)
    return "-".join(part for part in kept.split("-") if part) or "other"


def _is(texts: pa.ChunkedArray, word: str) -> Floats:
    return np.nan_to_num(_floats(pc.equal(texts, word).cast(pa.float64())))


def _floats(column: pa.ChunkedArray) -> Floats:
    """A column as float64, NaN where it is null."""
    found: Floats = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    return found
