"""Edits of a zone, and how they are written in a zone file (RFC 1035 5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mactl.audit.names import normalised, printable

_LONGEST_STRING = 255  # octets of one string of a TXT record (RFC 1035 3.3)


@dataclass(frozen=True, slots=True)
class Edit:
    """Records of one name and type that take the place of others.

    Records are written as `Answer.records` has them: a TXT record is its text, each octet one
    character; `removed` are published now. `why` says in a few words what it is for.
    """

    name: str
    rdtype: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    why: str

    def after(self, published: Iterable[str]) -> tuple[str, ...]:
        """The records at the name once the edit is made."""
        kept = (record for record in published if record not in self.removed)
        return tuple(dict.fromkeys((*kept, *self.added)))


def merged(earlier: Iterable[Edit], later: Iterable[Edit]) -> tuple[Edit, ...]:
    """One edit for each name and type that does what `earlier` and then `later` do."""
    edits: dict[tuple[str, str], Edit] = {}
    for edit in (*earlier, *later):
        key = normalised(edit.name), edit.rdtype
        before = edits.get(key)
        if before is None:
            edits[key] = edit
            continue
        # What an earlier edit added was never published.
        removed = (record for record in edit.removed if record not in before.added)
        edits[key] = Edit(
            before.name,
            before.rdtype,
            tuple(dict.fromkeys((*before.removed, *removed))),
            edit.after(before.added),
            before.why if edit.why in before.why else f"{before.why}; {edit.why}",
        )
    return tuple(edits.values())


def zone_text(edits: Iterable[Edit]) -> str:
    """The edits as part of a zone file: what to take out as remarks, what to put in as records."""
    return "".join(f"{line}\n" for edit in edits for line in _lines(edit))


def _lines(edit: Edit) -> Iterator[str]:
    yield f"; {printable(edit.why)}"
    for record in edit.removed:
        yield f"; remove: {_record(edit, record)}"
    for record in edit.added:
        yield _record(edit, record)


def _record(edit: Edit, record: str) -> str:
    return f"{printable(edit.name)}. IN {edit.rdtype} {_data(edit.rdtype, record)}"


def _data(rdtype: str, record: str) -> str:
    if rdtype == "TXT":
        return _strings(record)
    if rdtype == "MX":
        preference, _, host = record.partition(" ")
        return f"{preference} {printable(host.removesuffix('.'))}."
    return printable(record) + ("." if rdtype in ("CNAME", "NS", "PTR") else "")


def _strings(text: str) -> str:
    """A text as the strings of a TXT record, which are joined without a space."""
    pieces = [
        text[start : start + _LONGEST_STRING] for start in range(0, len(text), _LONGEST_STRING)
    ]
    return " ".join(f'"{"".join(map(_character, piece))}"' for piece in pieces or [""])


def _character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if " " <= character <= "~":
        return character
    return f"\\{ord(character):03d}"
