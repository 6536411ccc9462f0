"""Every kind of finding that an audit knows, by id."""

from mactl.audit import cross
from mactl.audit.bimi import kinds as bimi
from mactl.audit.dkim import kinds as dkim
from mactl.audit.dmarc import kinds as dmarc
from mactl.audit.kinds import FindingKind
from mactl.audit.spf import kinds as spf

CATALOGUE: dict[str, FindingKind] = {
    **spf.KINDS,
    **dkim.KINDS,
    **dmarc.KINDS,
    **bimi.KINDS,
    **cross.KINDS,
}
