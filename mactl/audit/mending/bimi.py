"""BIMI: one record that mailbox providers can read; the logo and its certificate are on the web."""

import re
from collections.abc import Sequence

from mactl.audit.bimi import kinds
from mactl.audit.bimi.record import is_bimi, looks_like_bimi, parse_bimi
from mactl.audit.fixes import to_keep
from mactl.audit.kinds import has_any
from mactl.audit.means import Means
from mactl.audit.mending.zone import Edit
from mactl.audit.report import DomainAudit


async def mend_bimi(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the BIMI record of the domain."""
    findings = audit.bimi.findings
    name = f"{audit.bimi.selector}._bimi.{audit.bimi.record_domain or audit.domain}"
    records = (await means.resolver.query(name, "TXT")).records
    found = [text for text in records if is_bimi(text)]
    meant = [text for text in records if not is_bimi(text) and looks_like_bimi(text)]
    if has_any(findings, kinds.MULTIPLE_RECORDS):
        kept = to_keep(found, lambda text: parse_bimi(text).is_usable)
        others = tuple(text for text in found if text != kept)
        return [Edit(name, "TXT", others, (), "BIMI: one record alone")]
    if has_any(findings, kinds.BAD_VERSION) and meant:
        rest = re.sub(r"^\W*v\s*=\s*bimi\s*1?\s*;?\s*", "", meant[0], flags=re.IGNORECASE)
        text = f"v=BIMI1; {rest.strip(' ;')};"
        return [Edit(name, "TXT", tuple(meant), (text,), "BIMI: a record that begins as it must")]
    record = audit.bimi.record
    if has_any(findings, kinds.SYNTAX) and record is not None:
        text = str(record.tags)
        return [Edit(name, "TXT", (record.text,), (text,), "BIMI: a list of tags")]
    return ()
