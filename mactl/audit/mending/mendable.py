"""Which errors records of the domain's own zone may mend, to be told of before anything is worked out."""

from mactl.audit.bimi import kinds as bimi
from mactl.audit.dkim import kinds as dkim
from mactl.audit.dmarc import kinds as dmarc
from mactl.audit.kinds import Status
from mactl.audit.mta_sts import kinds as mta_sts
from mactl.audit.mx import kinds as mx
from mactl.audit.spf import kinds as spf
from mactl.audit.subdomains import kinds as subdomains
from mactl.audit.tls_rpt import kinds as tls_rpt
from mactl.findings import Severity

_KINDS = (
    *spf.KINDS.values(),
    *dmarc.KINDS.values(),
    *tls_rpt.KINDS.values(),
    dkim.MULTIPLE_RECORDS,
    dkim.SYNTAX,
    dkim.VERSION,
    dkim.NO_SHA256,
    dkim.NOT_FOR_EMAIL,
    bimi.MULTIPLE_RECORDS,
    bimi.BAD_VERSION,
    bimi.SYNTAX,
    mx.NULL_NOT_ALONE,
    mx.IP_ADDRESS,
    mx.NOT_A_HOST,
    mta_sts.MULTIPLE_RECORDS,
    mta_sts.BAD_VERSION,
    mta_sts.SYNTAX,
    subdomains.WILDCARD_SPF,
)

MENDABLE = frozenset(
    kind.id
    for kind in _KINDS
    if kind.severity is Severity.ERROR and kind.status is not Status.TEMPERROR
)
"""The ids of errors that are worth a proposal: one may still be left where a record is another's."""
