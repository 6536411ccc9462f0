"""Draws: chance that falls the same way on every machine and in every run, because it is a hash.

Two draws with different names don't sway each other; a share of 10 % holds for whose draw is below 0.1.
"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

_DIGEST = 8  # bytes, of which a float keeps 53 bits
_SPARE = 11


def draw(key: str, name: str) -> float:
    """A number in [0, 1), always the same for `key` (the id of a contact or an enrollment) and the draw's `name`."""
    hashed = _named(name)
    hashed.update(key.encode("utf-8", "surrogatepass"))
    return float(int.from_bytes(hashed.digest()) >> _SPARE) * 2.0**-53


def draw_all(keys: Iterable[str], name: str) -> npt.NDArray[np.float64]:
    """`draw` of a whole column, in its order."""
    named = _named(name)
    digests = bytearray()
    for key in keys:
        hashed = named.copy()
        hashed.update(key.encode("utf-8", "surrogatepass"))
        digests += hashed.digest()
    numbers = np.frombuffer(bytes(digests), dtype=">u8") >> np.uint64(_SPARE)
    drawn: npt.NDArray[np.float64] = numbers.astype(np.float64) * 2.0**-53
    return drawn


def _named(name: str) -> blake2b:
    encoded = name.encode("utf-8", "surrogatepass")
    hashed = blake2b(digest_size=_DIGEST)
    # With its length before it, no name runs into a key.
    hashed.update(len(encoded).to_bytes(_DIGEST) + encoded)
    return hashed
