"""What is told of keys that several people share."""

import shlex
from collections.abc import Callable, Sequence

import pyarrow as pa

from mactl.columns import KEY
from mactl.findings import Finding, Place, Severity, counted
from mactl.people.identity.common import Common
from mactl.people.identity.recognising import Identities
from mactl.people.sources.faults import MOST, quoted

PlaceOf = Callable[[int], Place | None]
"""Where a row stands."""
_NAMED = 3


def tell_common(common: Sequence[Common], place_of: PlaceOf) -> list[Finding]:
    """A warning for each key that too many share."""
    findings = [
        Finding(
            "contact-common-key",
            Severity.WARNING,
            f"{one.key} {quoted(one.value)} is that of {one.others:,} who differ in a stronger key: it tells nobody "
            "apart, and counts only for who has no other",
            place_of(one.row),
            "where these are one person, raise `limit` of this key in `identity`",
        )
        for one in common[:MOST]
    ]
    return [*findings, *_rest("contact-common-key", Severity.WARNING, len(common))]


def tell_shared(identities: Identities, contacts: pa.Table, place_of: PlaceOf) -> list[Finding]:
    """A note for each key that people share who are kept apart; `contacts` has what the persons go by."""
    findings, names = [], contacts.column(KEY)
    for one in identities.shared[:MOST]:
        told = names.take(pa.array(one.persons[:_NAMED])).to_pylist()
        some = ", ".join(quoted(name) for name in told)
        more = len(one.persons) - len(told)
        who = f"{some} and {more:,} more" if more else some
        findings.append(
            Finding(
                "contact-shared-key",
                Severity.NOTE,
                f"{one.key} {quoted(one.value)} is that of {who}, who are kept apart",
                place_of(int(identities.first[one.persons[-1]])),
                f"one person after all? `mactl contacts merge {_typed(told)}`; ids of two systems? "
                "Give each a field of its own in `identity`",
            )
        )
    return [*findings, *_rest("contact-shared-key", Severity.NOTE, len(identities.shared))]


def _typed(names: Sequence[str]) -> str:
    return " ".join(map(shlex.quote, names[:2]))


def _rest(id: str, severity: Severity, count: int) -> list[Finding]:
    if count <= MOST:
        return []
    return [Finding(id, severity, f"{counted(count - MOST, 'more key')} like these")]
