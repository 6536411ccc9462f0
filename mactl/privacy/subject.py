"""A data subject: one person, with everything by which what is held of them is found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mactl.findings import Place


@dataclass(frozen=True, slots=True)
class Subject:
    """One person.

    `ids` are all internal ids that they ever had; `aliases` identity keys (field, value); `addresses` what they are
    written to by, as `address_key` has it; `shared` those of both that somebody else has as well, who is kept apart.
    """

    key: str
    """What people call them by: the source's key, or the address that was asked for."""
    ids: Sequence[str] = ()
    aliases: Sequence[tuple[str, str]] = ()
    addresses: Sequence[str] = ()
    shared: Sequence[str] = ()
    texts: Sequence[str] = ()
    """All of these as they are written anywhere, for a search."""
    lookalikes: Sequence[str] = ()
    """Keys of others that have one of theirs in them."""
    rows: Sequence[Place] = field(default=())
    """Where the sources have them."""
    erased_at: int | None = None
    """Epoch seconds, where they were erased before."""

    @property
    def own_aliases(self) -> list[tuple[str, str]]:
        """The identity keys that nobody else has."""
        return [alias for alias in self.aliases if alias[1] not in self.shared]

    @property
    def own_addresses(self) -> list[str]:
        """The addresses that nobody else has."""
        return [address for address in self.addresses if address not in self.shared]
