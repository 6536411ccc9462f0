"""Which fields say something about people that groups can be told apart by, and why the others do not."""

import re
from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import FieldType
from mactl.discovery.sensitive import sensitive_kind
from mactl.facts.facts import Facts
from mactl.people.hygiene.flags import DATA_FLAGS

_SAME = 0.98
"""The share of people that, if they have the same value, leaves too few others."""
_FEWEST = 0.05
"""The share of people who must have a value."""
MOST_WORDS = 12
"""So many words of a field are told apart; the others are others."""
_RARE = 0.02
_COVERED = 0.3
_LONG = 40  # letters
_MANY = 50

_ID = re.compile(
    r"(?i)(.*[_ -])?(id|ids|uuid|guid|nr|no|number|nummer|key|code|iban|bic|vat|btw|token|hash|sku)"
)
_ADDRESS = re.compile(
    r"(?i).*(e?-?mail|phone|telefo|mobile|mobiel|address|adres|street|straat|url|website|postcode|postal|zip|ip).*"
)
_CONSENT = re.compile(
    r"(?i).*(opt[_ -]?(in|out)|consent|toestemming|einwilligung|samtykke|unsubscri|gdpr|avg_).*"
)
_NAME = re.compile(
    r"(?i)((first|last|full|sur|given|family|voor|achter|nach|vor|nick)?[_ -]?nam[en]?|naam|user_?name)"
    r"|.*(first|last|full|sur|given|family|voor|achter|nach|vor)[_ -]?na(me|am)"
)
_ADDRESSES = r"@|^\+?[\d\s().-]{7,}$|^https?://|^www\."


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A field or event that is not looked at, and why."""

    name: str
    why: str
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a field, or of a property of an event, that enough people have, commonest first, in lower case."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody said about which fields to use."""

    use: Collection[str] = ()
    """Fields and events to use whatever they look like."""
    leave: Collection[str] = ()
    """Fields and events not to use."""


def judge_fields(facts: Facts, choice: Choice) -> tuple[list[str], list[LeftOut]]:
    """The fields that may be used, and the others; `facts` are those of a sample of people."""
    used, left = [], []
    consent = {
        column
        for columns in facts.consent.values()
        for column in (columns.state, columns.at, columns.source, columns.wording, columns.withdrawn)
        if column
    }  # fmt: skip
    for name, type_ in facts.fields.items():
        if name not in facts.contacts.column_names or name == DATA_FLAGS:
            continue
        out = named_out(name, choice)
        if out is None and name not in choice.use:
            is_consent = name in consent or _CONSENT.fullmatch(name)
            why = "about consent" if is_consent else _unfit(name, type_, facts)
            out = LeftOut(name, why) if why else None
        if out is None:
            used.append(name)
        else:
            left.append(out)
    return used, left


def named_out(name: str, choice: Choice) -> LeftOut | None:
    """Why what is called `name` is left out whatever it holds; None where it may be used."""
    if name in choice.leave:
        return LeftOut(name, "left out as you said")
    if name in choice.use:
        return None
    kind = sensitive_kind(name)
    if kind is None:
        return None
    return LeftOut(name, f"may tell of {kind}; --use {name} takes it in", is_sensitive=True)


def _unfit(name: str, type_: FieldType, facts: Facts) -> str | None:
    column = facts.contacts.column(name)
    many = len(column)
    is_text = type_ is FieldType.TEXT
    if is_text and _NAME.fullmatch(name):
        return "a name"
    if _ADDRESS.fullmatch(name) and type_ in (FieldType.TEXT, FieldType.NUMBER):
        return "an address"
    filled = many - column.null_count
    if filled < _FEWEST * many:
        return "empty for nearly everyone"
    counted = pc.value_counts(column.combine_chunks())
    counts = counted.field("counts")
    if pc.max(counts).as_py() >= _SAME * many:
        return "the same for nearly everyone"
    different = len(counts) - (1 if column.null_count else 0)
    if _ID.fullmatch(name) and (is_text or type_ is FieldType.NUMBER):
        return "an id or a code"
    if type_ is FieldType.NUMBER and _numbers_people(column, different, filled):
        return "another number for each: an id"
    return _unfit_text(name, facts, different, filled) if is_text else None


def _numbers_people(column: pa.ChunkedArray, different: int, filled: int) -> bool:
    """Whether a column of whole numbers has another one for everybody, close together or very long."""
    if different < filled or filled < _MANY:
        return False
    whole = pc.all(pc.equal(pc.floor(column), column)).as_py()
    ends = pc.min_max(column).as_py()
    return bool(whole) and (ends["max"] - ends["min"] < 3 * filled or ends["min"] >= 1e7)


def _unfit_text(name: str, facts: Facts, different: int, filled: int) -> str | None:
    texts = facts.contacts.column(name).drop_null().cast(pa.string())
    if pc.mean(pc.match_substring_regex(texts, _ADDRESSES)).as_py() > 0.5:
        return "addresses or telephone numbers"
    if pc.mean(pc.utf8_length(texts)).as_py() > _LONG:
        return "free text"
    common = common_words(name, pc.utf8_lower(texts))
    if different > _MANY and len(common.words) == 0:
        return "hardly anybody has the same: an id or free text"
    return None if common.words else "too many different values, each of few people"


def common_words(name: str, texts: pa.ChunkedArray | pa.Array) -> Words:
    """The words of `texts` (one of each person or event, in lower case) that enough have; none where even together
    they are too few."""
    column = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    counted = pc.value_counts(column).to_pylist()
    many = max(len(column), 1)
    # In the order of the letters where two are as common, so that each run finds the same.
    counted = sorted(
        (each for each in counted if each["values"]),
        key=lambda each: (-each["counts"], each["values"]),
    )
    chosen = [each for each in counted if each["counts"] >= _RARE * many][:MOST_WORDS]
    if sum(each["counts"] for each in chosen) < _COVERED * many:
        return Words(name, ())
    words = (each["values"] for each in chosen if sensitive_kind(each["values"]) is None)
    return Words(name, tuple(words))
