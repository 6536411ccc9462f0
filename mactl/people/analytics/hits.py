"""Hits: what happened on a site, before it is known whose it was."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import FieldType
from mactl.findings import Finding
from mactl.people.analytics.addresses import tokens_in

COLUMNS = ("event", "id", "exact", "url", "referrer", "agent")
PAGE_VIEW, FORM_SUBMIT, DOWNLOAD = "page_view", "form_submit", "download"
PURCHASE, CART_ABANDONED = "purchase", "cart_abandoned"


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """A row for each thing that happened; all columns have as many rows.

    `columns`: by `COLUMNS`, text, null where the source does not tell: what happened; its own id there; what tells it
    from others of the same second; the address of the page and of the page before; the browser. `at`: epoch seconds,
    UTC. `keys`: by what names the visitor, as written: user_id, client_id. `properties`: text or float64.
    """

    columns: Mapping[str, pa.Array]
    at: pa.Array
    keys: Mapping[str, pa.Array]
    properties: Mapping[str, pa.Array]
    anonymous: int = 0
    """How many more there were that can name nobody: totals."""
    others: int = 0
    """Rows that are nothing that somebody did: pictures, errors, redirects."""
    faulty: int = 0
    findings: Sequence[Finding] = field(default_factory=tuple)

    def __len__(self) -> int:
        return len(self.at)

    def take(self, chosen: pa.Array) -> "Hits":
        """The chosen rows (true or false for each) alone."""
        return Hits(
            {name: column.filter(chosen) for name, column in self.columns.items()},
            self.at.filter(chosen),
            {name: column.filter(chosen) for name, column in self.keys.items()},
            {name: column.filter(chosen) for name, column in self.properties.items()},
            self.anonymous,
            self.others,
            self.faulty,
            self.findings,
        )

    @property
    def candidates(self) -> pa.Array:
        """Which hits may name somebody: true or false for each."""
        named = tokens_in(self.columns["url"]).is_valid()
        for column in self.keys.values():
            named = pc.or_(named, column.is_valid())
        return named

    def told(self, findings: Iterable[Finding]) -> "Hits":
        """The same with more findings, which come first."""
        return replace(self, findings=(*findings, *self.findings))

    @property
    def types(self) -> dict[str, FieldType]:
        """What each property holds."""
        return {
            name: FieldType.NUMBER if pa.types.is_floating(column.type) else FieldType.TEXT
            for name, column in self.properties.items()
        }


def hits_of(
    at: pa.Array,
    event: pa.Array | str,
    *,
    keys: Mapping[str, pa.Array] | None = None,
    properties: Mapping[str, pa.Array] | None = None,
    anonymous: int = 0,
    others: int = 0,
    faulty: int = 0,
    findings: Iterable[Finding] = (),
    **columns: pa.Array | None,
) -> Hits:
    """Hits with these columns, the others empty."""
    count = len(at)
    events = pa.array(np.full(count, event), pa.string()) if isinstance(event, str) else event
    given = {"event": events, **columns}
    return Hits(
        {name: _texts(given.get(name), count) for name in COLUMNS},
        at.cast(pa.int64()),
        {name: _texts(column, count) for name, column in (keys or {}).items()},
        {n: c for n, c in (properties or {}).items() if c.null_count < count},
        anonymous,
        others,
        faulty,
        tuple(findings),
    )


def _texts(column: pa.Array | None, count: int) -> pa.Array:
    """Text, null where nothing is in it or where it stands for nothing."""
    if column is None:
        return pa.nulls(count, pa.string())
    text = column.cast(pa.string())
    nothing = pc.is_in(text, value_set=pa.array(["", "-", "(not set)", "(none)", "null"]))
    return pc.if_else(nothing, None, text)


def put_together(parts: Sequence[Hits]) -> Hits:
    """The hits of several blocks of one export, in order; what is counted beside them is not."""
    names = dict.fromkeys(name for part in parts for name in part.properties)
    kinds = {name: p.properties[name].type for p in parts for name in names if name in p.properties}
    return Hits(
        {name: pa.concat_arrays([part.columns[name] for part in parts]) for name in COLUMNS},
        pa.concat_arrays([part.at for part in parts]),
        {name: pa.concat_arrays([part.keys[name] for part in parts]) for name in parts[0].keys},
        {
            name: pa.concat_arrays(
                [part.properties.get(name, pa.nulls(len(part), kinds[name])) for part in parts]
            )
            for name in names
        },
    )
