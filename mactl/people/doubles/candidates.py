"""Which pairs of contacts are worth a look: those who share something, since all pairs are too many.

Blocking and the sorted neighbourhood (Hernández and Stolfo, 1995): who is in one block is sorted by name, and compared
with the next few.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Numbers
from mactl.people.doubles.traits import Traits

_WINDOW = 8
"""With how many of those after them in a block somebody is compared."""
_MOST = 20
"""What more people share tells nothing of any two of them."""
_LETTERS = 3

Pairs = tuple[Numbers, Numbers]


def find_candidates(traits: Traits) -> Pairs:
    """Pairs of places of contacts, the lower one first, each once."""
    by_name = np.lexsort((_order(traits.first.texts), _order(traits.last.texts)))
    found = [
        pair for block in _blocks(traits) for pair in _neighbours(by_name, block, _WINDOW, _MOST)
    ]
    # An address that is misspelt stands near the right one in the alphabet.
    by_address = np.argsort(_order(traits.local.texts), kind="stable")
    alike = traits.domain.with_(traits.last.beginning(_LETTERS))
    found += _neighbours(by_address, alike, 1)
    found = found or [(by_name[:0], by_name[:0])]
    one = np.concatenate([pair[0] for pair in found])
    other = np.concatenate([pair[1] for pair in found])
    low, high = np.minimum(one, other), np.maximum(one, other)
    pairs = np.sort(low * traits.count + high)  # `np.unique` takes eight times as long
    pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]
    return pairs // max(traits.count, 1), pairs % max(traits.count, 1)


def _blocks(traits: Traits) -> Iterator[Numbers]:
    """Codes of what people in one block share, -1 for nothing; no block is of a thing that many have."""
    beginning = traits.last.beginning(_LETTERS)
    yield traits.phone.codes
    yield traits.email.codes
    yield traits.local.with_(traits.domain)
    yield traits.birthday.with_(beginning)
    yield traits.birthday.with_(traits.first)
    yield traits.postcode.with_(beginning)
    yield traits.first.both(traits.last).with_(traits.company)


def _neighbours(
    order: Numbers, block: Numbers, window: int, most: int | None = None
) -> list[Pairs]:
    """Pairs of those who stand within `window` of each other in `order`, and in one block of at most `most`."""
    filled = block[block >= 0]
    if not len(filled):
        return []
    sizes = np.bincount(filled)
    is_shared = np.append((sizes > 1) & (sizes <= (most or len(filled))), False)
    order = order[is_shared[block[order]]]
    order = order[np.argsort(block[order], kind="stable")]
    codes = block[order]
    found = []
    for step in range(1, window + 1):
        same = np.flatnonzero(codes[step:] == codes[:-step])
        found.append((order[same], order[same + step]))
        if not len(same):
            break
    return found


def _order(texts: pa.Array) -> Numbers:
    """The place of each text in the alphabet, the same for the same text."""
    encoded = texts.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order) + 1, np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = len(order)  # who has none comes last
    found: Numbers = rank[encoded.indices.fill_null(-1).to_numpy()]
    return found
