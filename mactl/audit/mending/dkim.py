"""DKIM: key records that receivers can read; a key itself comes from whoever signs."""

from collections.abc import Sequence

from mactl.audit.dkim import kinds
from mactl.audit.dkim.audit import DkimSelector
from mactl.audit.dkim.record import (
    DkimKey,
    bare_ed25519,
    looks_like_key,
    parse_dkim_key,
    repaired,
)
from mactl.audit.kinds import has_any
from mactl.audit.means import Means
from mactl.audit.mending.zone import Edit
from mactl.audit.report import DomainAudit
from mactl.audit.tags import Tag


async def mend_dkim(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the key records of the domain."""
    edits: list[Edit] = []
    for selector in audit.dkim.selectors:
        name = f"{selector.name}._domainkey.{audit.domain}"
        answer = await means.resolver.query(name, "TXT")
        if not answer.canonical:  # behind an alias the record is another's
            edits += _mend(name, selector, answer.records)
    return edits


def _mend(name: str, selector: DkimSelector, records: Sequence[str]) -> Sequence[Edit]:
    findings = selector.findings
    if has_any(findings, kinds.MULTIPLE_RECORDS):
        keys = [text for text in records if looks_like_key(text)]
        usable = [text for text in keys if parse_dkim_key(text).bits]
        if len({parse_dkim_key(text).public_key for text in usable}) != 1:
            return ()  # only who signs knows which of them does
        kept = usable[0]
        others = tuple(text for text in records if text != kept)
        return [Edit(name, "TXT", others, (), f"DKIM: only the key at {selector.name}")]
    wrong = (kinds.SYNTAX, kinds.VERSION, kinds.NO_SHA256, kinds.NOT_FOR_EMAIL, kinds.BAD_KEY)
    if len(records) != 1 or not has_any(findings, *wrong):
        return ()
    text = _rewritten(parse_dkim_key(records[0]))
    if not parse_dkim_key(text).bits:
        text = repaired(records[0])
    if text == records[0] or not parse_dkim_key(text).bits:
        return ()
    return [Edit(name, "TXT", tuple(records), (text,), f"DKIM: the key of {selector.name}")]


def _rewritten(key: DkimKey) -> str:
    """The record as receivers want it: the version first, each tag once, nothing that forbids mail."""
    tags = [tag for tag in key.tags if tag.name not in ("v", "h", "s")]
    bare = bare_ed25519(key.public_key or "") if key.key_type == "ed25519" else ""
    if bare:
        tags = [Tag("p", bare) if tag.name == "p" else tag for tag in tags]
    return "; ".join(("v=DKIM1", *map(str, tags)))
