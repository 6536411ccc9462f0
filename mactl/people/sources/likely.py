"""What a column probably holds, whatever its file calls it: addresses, or what tells one person from another."""

import numpy as np

from mactl.people.cells import Cells
from mactl.people.sources.headers import field_name, looks_like_address

_LOOKED_AT = 100  # different cells
_ROWS = 1_000  # in which so many are looked for
# What the name of a column ends with that holds ids …
_IDS = frozenset(["id", "uid", "uuid", "guid", "nr", "nummer", "number", "no", "code", "key"])
# … and what those are that are no person's.
_OF_OTHERS = frozenset(
    [
        *("order", "bestelling", "bestel", "invoice", "factuur", "rechnung", "product", "artikel", "sku", "session"),
        *("phone", "telephone", "telefoon", "mobile", "mobiel", "house", "huis", "street", "postal", "post", "zip"),
        *("country", "land", "vat", "btw", "kvk", "iban", "bank", "company", "language", "discount", "coupon"),
    ]
)  # fmt: skip


def some_texts(cells: Cells, count: int) -> list[str]:
    """The first different texts of a column, at most `count`."""
    rows = np.flatnonzero(cells.valid())[:_ROWS]
    return list(dict.fromkeys(cells.take(rows).array().to_pylist()))[:count]


def holds_addresses(cells: Cells) -> bool:
    """Whether a column holds e-mail addresses, as far as its first cells tell."""
    some = some_texts(cells, _LOOKED_AT)
    return bool(some) and all(looks_like_address(text) for text in some)


def holds_ids(written: str, cells: Cells) -> bool:
    """Whether a column, by its name in the file, may hold people's ids: each row has one, and no two the same."""
    words = field_name(written).split("_")
    if words[-1] not in _IDS and not words[-1].endswith(("nummer", "nr")):
        return False
    if any(word in _OF_OTHERS or word.startswith(("telefoon", "huis", "order")) for word in words):
        return False
    codes, count = cells.codes()
    return 0 < len(codes) == count and bool((codes >= 0).all())
