"""Domains that never send mail: what they should publish, and how far they have got.

After M3AAWG, "Protecting Parked Domains": a domain without mail is forged as any other, and four
records keep it from being believed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mactl.audit.dkim.audit import DkimAudit
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dmarc.record import Policy
from mactl.audit.dns import Answer
from mactl.audit.fixes import publish
from mactl.audit.kinds import Status, kinds_in, note, warning
from mactl.audit.mx.audit import MxAudit
from mactl.audit.names import printable
from mactl.audit.spf.audit import SpfAudit
from mactl.audit.spf.fresh import NOTHING, fresh_record
from mactl.audit.spf.tree import NodeState
from mactl.audit.standards import Standards
from mactl.findings import Finding

OPEN = warning(
    "parked-open",
    "A domain that sends no mail, and may be forged",
    "Receivers deliver mail that anybody sends in its name.",
    "M3AAWG parked domains",
)
INCOMPLETE = note(
    "parked-incomplete",
    "A domain that sends no mail, and does not say so everywhere",
    "Receivers refuse mail forged in its name; what is missing tells those that look elsewhere.",
    "M3AAWG parked domains",
)
KEYS = note(
    "parked-keys",
    "No server may send for the domain, and it has keys to sign mail with",
    "None where a service sends with a return path of its own; else the keys are left over.",
    "M3AAWG parked domains",
)

KINDS = kinds_in(globals())


@dataclass(frozen=True, slots=True)
class Mail:
    """What the records of a domain say about its mail."""

    domain: str
    standards: Standards
    mx: MxAudit
    guessed: bool = True
    """Selectors were looked for, so that a key under any name has been seen."""

    @property
    def says_so(self) -> bool:
        """SPF says that no server may send, in a record without faults."""
        spf = self.standards.spf
        record = spf.record
        return spf.sends_nothing and record is not None and not record.faults

    @property
    def parked(self) -> bool:
        """The domain never sends: it says so, or nothing could take the answers."""
        spf = self.standards.spf
        if self.standards.dkim.usable or Status.TEMPERROR in (self.mx.status, spf.status):
            return False
        if self.says_so:
            return True
        if self.guessed and self.standards.dkim.may_sign:
            return False  # a service sends, with a return path of its own
        return spf.status is Status.NONE and self.mx.takes_mail is False


def shows_no_mail(spf: SpfAudit, dkim: DkimAudit, mx: Answer) -> bool:
    """Whether nothing shows that a domain sends: no key, and an SPF record that lets nobody; or none at all, no MX,
    and no key that may be there. `mx` is the answer for its MX.
    """
    if spf.sends_nothing:
        return not dkim.usable
    is_absent = spf.tree.state is NodeState.ABSENT
    return is_absent and fresh_record(mx, signs=dkim.may_sign) == NOTHING


def parked_zone(domain: str, *, receives: bool = False) -> tuple[str, ...]:
    """The records of a domain that sends no mail, as a zone file has them."""
    mx = () if receives else (f"{domain}. MX 0 .",)
    return (
        *mx,
        f'{domain}. TXT "v=spf1 -all"',
        f'_dmarc.{domain}. TXT "v=DMARC1; p=reject; sp=reject"',
        f'*._domainkey.{domain}. TXT "v=DKIM1; p="',
    )


def parked_policy(domain: str) -> str:
    """What to do about DMARC of a domain that sends no mail."""
    return publish("v=DMARC1; p=reject; sp=reject", f"_dmarc.{domain}")


def judge_parked(mail: Mail) -> Iterator[Finding]:
    """What a domain that never sends lacks; nothing for one that may send."""
    domain = printable(mail.domain)
    if mail.says_so and mail.standards.dkim.usable:
        names = ", ".join(selector.name for selector in mail.standards.dkim.usable[:3])
        message = f"{domain} has 'v=spf1 -all', and DKIM keys ({names})"
        yield KEYS.found(message, "leave the keys out if nothing signs with them")
    if not mail.parked:
        return
    receives = bool(mail.mx.hosts) and mail.mx.takes_mail is not False
    wanted = parked_zone(mail.domain, receives=receives)
    has = {
        "MX": mail.mx.null,
        '"v=spf1': mail.says_so,
        '"v=DMARC1': _refuses(mail.standards.dmarc),
        '"v=DKIM1': _revoked(mail),
    }
    lacking = [line for line in wanted if not any(key in line and has[key] for key in has)]
    if not lacking:
        return
    fix = "publish " + ", ".join(f"'{line}'" for line in lacking)
    if has['"v=spf1'] and has['"v=DMARC1']:
        missing = "null MX" if "MX" in lacking[0] else "wildcard key that is revoked"
        yield INCOMPLETE.found(f"{domain} sends no mail, and has no {missing}", fix)
        return
    missing = "SPF record that says so" if not has['"v=spf1'] else "DMARC policy that refuses it"
    yield OPEN.found(f"{domain} sends no mail, and has no {missing}", fix)


def _refuses(dmarc: DmarcAudit) -> bool:
    return dmarc.policies.this is Policy.REJECT and dmarc.policies.subdomain is Policy.REJECT


def _revoked(mail: Mail) -> bool:
    """Whether a wildcard revokes every selector; taken for true where none was looked for."""
    return not mail.guessed or any(
        s.name == "*" and s.key and s.key.revoked for s in mail.standards.dkim.selectors
    )
