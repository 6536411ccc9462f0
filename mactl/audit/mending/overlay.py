"""A DNS as it would be with some edits made."""

from collections.abc import Iterable
from dataclasses import replace

from mactl.audit.dns import Answer, Outcome, Resolver
from mactl.audit.mending.zone import Edit
from mactl.audit.names import normalised, parent


class Overlay:
    """Answers as `resolver` does, but for the names and types that `edits` are about."""

    def __init__(self, resolver: Resolver, edits: Iterable[Edit]) -> None:
        self._resolver = resolver
        self._edits = {(normalised(edit.name), edit.rdtype): edit for edit in edits}
        self._made = {name for (name, _), edit in self._edits.items() if edit.added}

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        """The answer once the edits are made."""
        answer = await self._resolver.query(name, rdtype, unchecked=unchecked)
        if answer.canonical and self._stands(normalised(name)):
            # What a name has of its own takes the place of an alias, its own or a wildcard's.
            answer = replace(
                answer, outcome=Outcome.NODATA, records=(), canonical="", detail="", signatures=()
            )
        edit = self._edit(normalised(name), rdtype.upper(), answer)
        if edit is not None:
            records = edit.after(answer.records)
            outcome = Outcome.RECORDS if records else Outcome.NODATA
            return replace(answer, outcome=outcome, records=records, canonical="", detail="")
        if answer.outcome is Outcome.NXDOMAIN and self._exists(normalised(name)):
            return replace(answer, outcome=Outcome.NODATA)
        return answer

    def at(self, address: str) -> "Overlay":
        """What the server at `address` would say, once it has the edits too."""
        return Overlay(self._resolver.at(address), self._edits.values())

    def _edit(self, name: str, rdtype: str, answer: Answer) -> Edit | None:
        """The edit at the name; or at the wildcard that it was answered by, as its records tell."""
        found = self._edits.get((name, rdtype))
        while found is None and "." in name:
            name = parent(name)
            star = self._edits.get((f"*.{name}", rdtype))
            if star is not None and set(star.removed) & set(answer.records):
                found = star
        return found

    def _stands(self, name: str) -> bool:
        alias = self._edits.get((name, "CNAME"))
        return name in self._made or (alias is not None and not alias.added)

    def _exists(self, name: str) -> bool:
        return any(made == name or made.endswith(f".{name}") for made in self._made)
