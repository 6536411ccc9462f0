"""Google Analytics 4: the export to BigQuery, as JSON Lines or as the table of a query, and the CSV of an exploration.

https://support.google.com/analytics/answer/7029846 has the schema of the export; an exploration's CSV begins with
lines of comments. Of the parameters of an event those are kept that tell what was done; more by name.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Finding, Place, Severity
from mactl.people.analytics.hits import Hits, hits_of
from mactl.people.analytics.moments import to_epochs
from mactl.people.cells import Numbers
from mactl.people.sources.sheets import Sheet

_EVENT = ("event_name", "event")
_AT = (
    "event_timestamp", "date_hour_and_minute_yyyymmddhhmm", "date_hour_and_minute", "date_hour_minute",
    "date_hour_yyyymmddhh", "date_hour", "event_date", "date",
)  # fmt: skip
_URL = (
    "page_location", "full_page_url", "page_path_query_string", "page_path_and_query_string",
    "page_path_plus_query_string", "page_path_and_screen_class", "page_path", "landing_page_query_string",
    "landing_page",
)  # fmt: skip
_REFERRER = ("page_referrer",)
_KEYS = {
    "user_id": ("user_id", "effective_user_id"),
    "client_id": ("user_pseudo_id", "client_id", "app_instance_id", "effective_user_id"),
}
_COUNT = ("event_count",)
_TEXTS = {
    "title": ("page_title", "page_title_and_screen_name"),
    "order_id": ("transaction_id", "ecommerce_transaction_id"),
    "currency": ("currency",),
    "search_term": ("search_term",),
    "method": ("method",),
    "form": ("form_id", "form_name"),
    "file": ("file_name",),
    "utm_source": ("session_source", "manual_source", "utm_source"),
    "utm_medium": ("session_medium", "manual_medium", "utm_medium"),
    "utm_campaign": ("session_campaign", "manual_campaign_name", "utm_campaign"),
}
_NUMBERS = {"amount": ("value", "purchase_revenue", "ecommerce_purchase_revenue", "total_revenue")}
_MOST_TIMES = 1_000  # that one row of a report may say something happened
_MOST = 20  # faulty lines that are shown


def is_ga4(fields: Collection[str]) -> bool:
    """Whether a table with these columns has events of GA4."""
    has = set(fields)
    return bool(has & set(_EVENT[:1])) and bool(has & set(_AT))


def read_table(sheet: Sheet, zone: ZoneInfo, more: Collection[str]) -> Hits:
    """The events of a table; a row that counts several is as many. Totals are left out."""
    columns = {name: cells.array() for name, cells in sheet.columns.items()}
    event, (at, read) = _first(columns, _EVENT), to_epochs(_first(columns, _AT), zone)
    told = event.is_valid().to_numpy(zero_copy_only=False)
    is_total = pc.match_substring_regex(event.fill_null(""), r"^(?i:grand total|totals?)$")
    told &= ~is_total.to_numpy(zero_copy_only=False)
    bad = told & ~read
    rows = np.flatnonzero(told & read)
    times = _times(columns, rows)
    ordinal = np.concatenate([np.arange(count) for count in times]) if len(times) else times
    rows = np.repeat(rows, times)
    kept = {name: column.take(pa.array(rows)) for name, column in columns.items()}
    findings = [
        Finding("events-bad-instant", Severity.WARNING, "the event does not say when it was",
                Place(sheet.path or "", int(line)))
        for line in sheet.lines[bad][:_MOST]
    ]  # fmt: skip
    hits = _hits(at.take(pa.array(rows)), kept, more)
    exact = pc.binary_join_element_wise(_first(kept, _AT), pa.array(ordinal).cast(pa.string()), " ")
    return hits_of(
        hits.at, hits.columns["event"], keys=hits.keys, properties=hits.properties,
        url=hits.columns["url"], referrer=hits.columns["referrer"], exact=exact,
        others=int(np.count_nonzero(~told)), faulty=int(np.count_nonzero(bad)) + sheet.rejected, findings=findings,
    )  # fmt: skip


def _times(columns: Mapping[str, pa.Array], rows: Numbers) -> Numbers:
    counts = _first(columns, _COUNT).take(pa.array(rows))
    whole = pc.if_else(pc.match_substring_regex(counts, r"^\d{1,9}$"), counts, "1")
    found = whole.fill_null("1").cast(pa.int64()).to_numpy()
    times: Numbers = np.clip(found, 0, _MOST_TIMES)
    return times


def read_json_lines(blocks: Iterable[pa.Array], path: str, more: Collection[str]) -> Iterator[Hits]:
    """The events of an export to BigQuery, a JSON object a line, block by block."""
    line = 0
    for lines in blocks:
        yield _read_block(lines, path, line, more)
        line += len(lines)


def _read_block(lines: pa.Array, path: str, before: int, more: Collection[str]) -> Hits:
    texts = [text for text in lines.to_pylist() if text.strip()]
    try:
        table, bad = _parse(texts), {}
    except pa.ArrowInvalid:
        bad = {
            n: why
            for n, text in enumerate(lines.to_pylist())
            if text.strip() and (why := _fault(text))
        }
        texts = [t for n, t in enumerate(lines.to_pylist()) if n not in bad and t.strip()]
        table = _parse_each(texts)
    findings = [
        Finding(
            "events-bad-json",
            Severity.WARNING,
            f"this line is no event in JSON: {why}",
            Place(path, before + n + 1),
        )
        for n, why in list(bad.items())[:_MOST]
    ]
    columns = _flattened(table, more)
    stamps = columns.get("event_timestamp", pa.nulls(table.num_rows, pa.string()))
    counted = pc.if_else(pc.match_substring_regex(stamps, r"^\d{13,17}$"), stamps, None)
    at = pc.divide(counted.cast(pa.int64()), 1_000_000)
    told = pc.and_(at.is_valid(), _first(columns, _EVENT).is_valid())
    kept = {name: column.filter(told) for name, column in columns.items()}
    hits = _hits(at.filter(told), kept, more)
    return hits_of(
        hits.at, hits.columns["event"], keys=hits.keys, properties=hits.properties,
        url=hits.columns["url"], referrer=hits.columns["referrer"], exact=kept["event_timestamp"],
        faulty=len(bad) + table.num_rows - len(hits), findings=findings,
    )  # fmt: skip


def _parse(texts: list[str]) -> pa.Table:
    import pyarrow.json

    if not texts:
        return pa.table({})
    data = "\n".join(texts).encode("utf-8", "replace")
    options = pyarrow.json.ReadOptions(block_size=len(data) + 1)
    table: pa.Table = pyarrow.json.read_json(pa.BufferReader(data), read_options=options)
    return table


def _parse_each(texts: list[str]) -> pa.Table:
    """Lines whose columns have one type here and another there, with every value as text."""
    import json

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value if value is None else str(value)

    return _parse([json.dumps(plain(json.loads(text))) for text in texts])


def _fault(text: str) -> str | None:
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return str(error)
    return None if isinstance(found, dict) else "it is no object"


def _flattened(table: pa.Table, more: Collection[str]) -> dict[str, pa.Array]:
    """The plain columns as text, those of `ecommerce` as `ecommerce_…`, and the parameters under their keys."""
    found: dict[str, pa.Array] = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if pa.types.is_struct(column.type) and name == "ecommerce":
            found |= {
                f"{name}_{inner.name}": pc.struct_field(column, inner.name).cast(pa.string())
                for inner in column.type
                if not pa.types.is_nested(inner.type)
            }
        elif not pa.types.is_nested(column.type):
            found[name] = column.cast(pa.string())
    if "event_params" in table.column_names:
        params = _parameters(table.column("event_params").combine_chunks(), more)
        found = {**params, **found}
    return found


def _parameters(column: pa.Array, more: Collection[str]) -> dict[str, pa.Array]:
    """The parameters of events (lists of key and value), each as a column of text."""
    if not pa.types.is_list(column.type) or not pa.types.is_struct(column.type.value_type):
        return {}
    parents, items = pc.list_parent_indices(column), pc.list_flatten(column)
    if not {"key", "value"} <= {field.name for field in items.type}:
        return {}
    keys, values = pc.struct_field(items, "key").cast(pa.string()), pc.struct_field(items, "value")
    texts = values if not pa.types.is_struct(values.type) else _of_any_type(values)
    wanted = {
        name for names in (*_TEXTS.values(), *_NUMBERS.values(), _URL, _REFERRER) for name in names
    }
    found = {}
    for key in sorted((wanted | set(more)) & set(keys.unique().to_pylist())):
        chosen = pc.equal(keys, key)
        rows = parents.filter(chosen).to_numpy()
        places = np.full(len(column), -1, np.int64)
        places[rows[::-1]] = np.arange(len(rows))[::-1]  # the first, where a key comes twice
        index = pa.array(places, mask=places < 0)
        found[key] = texts.filter(chosen).cast(pa.string()).take(index)
    return found


def _of_any_type(values: pa.Array) -> pa.Array:
    """`{string_value, int_value, float_value, double_value}`, of which one is filled, as text."""
    fields = [f.name for f in values.type if not pa.types.is_nested(f.type)]
    columns = [pc.struct_field(values, name).cast(pa.string()) for name in fields]
    return pc.coalesce(*columns) if columns else pa.nulls(len(values), pa.string())


def _hits(at: pa.Array, columns: Mapping[str, pa.Array], more: Collection[str]) -> Hits:
    properties = {ours: _first(columns, theirs) for ours, theirs in _TEXTS.items()}
    properties |= {name: columns[name] for name in more if name in columns}
    numbers = {ours: _numbers(_first(columns, theirs)) for ours, theirs in _NUMBERS.items()}
    # A report says 0 of whatever earns nothing.
    numbers = {name: pc.if_else(pc.equal(n, 0), None, n) for name, n in numbers.items()}
    return hits_of(
        at,
        _first(columns, _EVENT),
        keys={ours: _first(columns, theirs) for ours, theirs in _KEYS.items()},
        properties={**properties, **numbers},
        url=_first(columns, _URL),
        referrer=_first(columns, _REFERRER),
    )


def _first(columns: Mapping[str, pa.Array], names: Iterable[str]) -> pa.Array:
    """The first of these columns that is filled, row by row."""
    found = [columns[name].cast(pa.string()) for name in names if name in columns]
    if not found:
        count = len(next(iter(columns.values()))) if columns else 0
        return pa.nulls(count, pa.string())
    return pc.coalesce(*(pc.if_else(pc.equal(c, ""), None, c) for c in found))


def _numbers(texts: pa.Array) -> pa.Array:
    plain = pc.replace_substring(texts, ",", "")
    is_number = pc.match_substring_regex(plain, r"^-?\d{1,15}(\.\d{1,15})?$")
    return pc.if_else(is_number, plain, None).cast(pa.float64())
