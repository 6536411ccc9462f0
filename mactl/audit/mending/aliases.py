"""Records for a name that is an alias: nothing may stand beside a CNAME (RFC 1034 3.6.2)."""

from collections.abc import Iterable

from mactl.audit.dns import Resolver
from mactl.audit.mending.zone import Edit
from mactl.audit.names import normalised, parent, unlikely_label


async def beside_no_alias(edits: Iterable[Edit], resolver: Resolver) -> list[Edit]:
    """The edits as they can be made: in place of an alias, or not at all where a host is behind it.

    The records behind an alias are in another zone, and stay there.
    """
    possible: list[Edit] = []
    for edit in edits:
        answer = await resolver.query(edit.name, edit.rdtype)
        if not answer.canonical or edit.name.startswith("*."):
            possible.append(edit)
            continue
        if not _is_for_policies(edit.name):
            continue  # a web host is reached by that alias
        records = edit.added or edit.after(answer.records)
        if not records:
            continue
        if not await _is_wildcard(edit.name, answer.canonical, resolver):
            target = (await resolver.query(edit.name, "CNAME")).records or (answer.canonical,)
            possible.append(Edit(edit.name, "CNAME", target, (), f"{edit.why}, not an alias"))
        possible.append(Edit(edit.name, edit.rdtype, (), records, edit.why))
    return possible


def _is_for_policies(name: str) -> bool:
    """Whether a name is one that no host has: `_dmarc.example.com`, `default._bimi.example.com`."""
    return any(label.startswith("_") for label in normalised(name).split("."))


async def _is_wildcard(name: str, alias: str, resolver: Resolver) -> bool:
    """Whether a name next to `name` leads to the same place: a record of its own goes before that."""
    above = parent(normalised(name))
    answer = await resolver.query(f"{unlikely_label(above)}.{above}", "TXT")
    return normalised(answer.canonical) == normalised(alias)
