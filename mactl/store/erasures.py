"""Who was erased: keyed hashes of the identity keys that they had, which keep imports from bringing them back.

A key is hashed as an alias (`email:ann@example.com`) under the secret of the state: nobody without that can find out by
trying whose hash it is, and what is kept says nothing of anybody.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, select

from mactl.store.meta import read_value
from mactl.store.suppressions import address_key
from mactl.store.tables import erasures
from mactl.store.upsert import insert_into

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

EMAIL = "email"
_PURPOSE = b"mactl-erased"  # what else the secret keys has another
_DIGEST = 32  # bytes
_BATCH = 1_000  # keys asked for at a time


def hash_alias(secret: bytes, field: str, value: str) -> str:
    """What stands for the identity key `value` of the kind `field`, in whatever case an address is written."""
    if field == EMAIL:
        value = _folded(value)
    alias = f"{field}:{value}".encode("utf-8", "surrogatepass")
    return blake2b(alias, key=secret, person=_PURPOSE, digest_size=_DIGEST).hexdigest()


def _folded(address: str) -> str:
    lower = address.lower()
    return lower if lower.isascii() and "xn--" not in lower else address_key(address)


@dataclass(frozen=True, slots=True)
class Erasures:
    """Everybody who was erased until some moment: hash → epoch seconds."""

    secret: bytes
    on: Mapping[str, int]

    @property
    def mark(self) -> str:
        """What is another whenever anything else would be found."""
        told = repr(sorted(self.on.items())).encode()
        return blake2b(told, key=self.secret, person=_PURPOSE, digest_size=16).hexdigest()

    def find(self, field: str, values: "pa.Array") -> "NDArray[np.int64]":
        """For each of `values` (text) the epoch second at which who had it as their `field` was erased, else 0."""
        import numpy as np

        found = np.zeros(len(values), np.int64)
        begun = blake2b(f"{field}:".encode(), key=self.secret, person=_PURPOSE, digest_size=_DIGEST)
        on = {bytes.fromhex(key): at for key, at in self.on.items()}
        for row, value in enumerate(_compared(field, values)):
            if value is not None:
                one = begun.copy()  # quicker than a new one
                one.update(value)
                digest = one.digest()
                if digest in on:
                    found[row] = on[digest]
        return found


def _compared(field: str, values: "pa.Array") -> list[bytes | None]:
    """Each of `values` as it is hashed; what is plain is folded as a column, the rest one by one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if field != EMAIL:
        found: list[bytes | None] = values.cast(pa.binary()).to_pylist()
        return found
    lower = pc.utf8_lower(values)
    found = lower.cast(pa.binary()).to_pylist()
    plain = pc.and_(pc.string_is_ascii(lower), pc.invert(pc.match_substring(lower, "xn--")))
    for row in pc.indices_nonzero(pc.invert(plain.fill_null(True))).to_pylist():
        found[row] = _folded(values[row].as_py()).encode("utf-8", "surrogatepass")
    return found


def read_erasures(connection: Connection) -> Erasures | None:
    """Everybody who was erased; None where nobody was."""
    on = {row.key: int(row.at) for row in connection.execute(select(erasures.c.key, erasures.c.at))}
    return Erasures(_secret(connection), on) if on else None


def add_erasures(
    connection: Connection, aliases: Iterable[tuple[str, str]], at: int, erasure: str
) -> int:
    """Keep who had these identity keys (field, value) from coming back; how many keys are new. `erasure` is drawn for
    all that is theirs."""
    secret = _secret(connection)
    hashes = dict.fromkeys(hash_alias(secret, field, value) for field, value in aliases)
    before = count_erasures(connection)
    if hashes:
        add = insert_into(connection, erasures).on_conflict_do_nothing()
        connection.execute(add, [{"key": key, "erasure": erasure, "at": at} for key in hashes])
    return count_erasures(connection) - before


def lift_erasures(
    connection: Connection, aliases: Iterable[tuple[str, str]]
) -> tuple[int, list[str]]:
    """Let who had any of these identity keys come back, by all that were theirs; how many keys that were, and of which
    erasures."""
    secret = _secret(connection)
    hashes = [hash_alias(secret, field, value) for field, value in aliases]
    columns = erasures.c
    query = select(columns.erasure).where(columns.key.in_(hashes)).distinct()
    together = list(connection.execute(query).scalars())
    lifted = connection.execute(delete(erasures).where(columns.erasure.in_(together)))
    return lifted.rowcount, together


def find_erased(connection: Connection, aliases: Collection[tuple[str, str]]) -> int | None:
    """The epoch second at which who had any of these identity keys was erased; None where nobody was."""
    if not count_erasures(connection):
        return None
    secret = _secret(connection)
    hashes = [hash_alias(secret, field, value) for field, value in aliases]
    query = select(func.max(erasures.c.at)).where(erasures.c.key.in_(hashes))
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def erased_addresses(connection: Connection, address_keys: Iterable[str]) -> set[str]:
    """Which of these addresses were somebody's who was erased."""
    if not count_erasures(connection):
        return set()
    secret = _secret(connection)
    hashes = {hash_alias(secret, EMAIL, key): key for key in address_keys if "@" in key}
    names = list(hashes)
    found: set[str] = set()
    for first in range(0, len(names), _BATCH):
        some = names[first : first + _BATCH]
        rows = connection.execute(select(erasures.c.key).where(erasures.c.key.in_(some)))
        found |= {hashes[key] for key in rows.scalars()}
    return found


def count_erasures(connection: Connection) -> int:
    """How many identity keys may not come back."""
    return int(connection.execute(select(func.count()).select_from(erasures)).scalar_one())


def _secret(connection: Connection) -> bytes:
    return bytes.fromhex(read_value(connection, "secret") or "")
