"""BIMI of one domain: its record, its logo, its certificate, and whether DMARC lets it be shown."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mactl.audit.bimi import certificate_kinds, kinds, logo_kinds
from mactl.audit.bimi.files import judge_files
from mactl.audit.bimi.logo import Logo
from mactl.audit.bimi.mark import Mark
from mactl.audit.bimi.record import (
    BimiRecord,
    is_bimi,
    is_other_image,
    location_fault,
    looks_like_bimi,
    parse_bimi,
    repaired,
)
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dmarc.record import DmarcRecord, Policy
from mactl.audit.dns import ASK_AGAIN, Answer
from mactl.audit.fixes import leave_one, publish, to_keep
from mactl.audit.kinds import Status, status_of
from mactl.audit.means import Means
from mactl.audit.names import excerpt, normalised, printable
from mactl.audit.selectors import DEFAULT_LOGO
from mactl.findings import Finding

_KINDS = kinds.KINDS | logo_kinds.KINDS | certificate_kinds.KINDS


@dataclass(frozen=True, slots=True)
class BimiAudit:
    """What was found about BIMI.

    `obstacles` says what in DMARC keeps a logo from being shown, None where the DNS failed to tell.
    `image` and `mark` are what `logo` and `certificate` lead to, None where they were not fetched.
    """

    status: Status
    findings: tuple[Finding, ...]
    record: BimiRecord | None = None
    record_domain: str | None = None
    obstacles: tuple[str, ...] | None = ()
    selector: str = DEFAULT_LOGO
    image: Logo | None = None
    mark: Mark | None = None

    @property
    def eligible(self) -> bool | None:
        """Whether DMARC allows a logo; None where that can't be told."""
        return None if self.obstacles is None else not self.obstacles

    @property
    def logo(self) -> str | None:
        """The https address of the logo, where the record names one that can be fetched."""
        return self._fetchable(self.record.logo if self.record else None)

    @property
    def certificate(self) -> str | None:
        """The https address of the mark certificate, where there is one that can be fetched."""
        return self._fetchable(self.record.certificate if self.record else None)

    def _fetchable(self, uri: str | None) -> str | None:
        return uri if uri and not location_fault(uri) else None

    def as_json(self) -> dict[str, object]:
        """The part of the report about BIMI."""
        return {
            "status": self.status.value,
            "record": printable(self.record.text) if self.record else None,
            "record_domain": self.record_domain,
            "eligible": self.eligible,
            "obstacles": None if self.obstacles is None else list(self.obstacles),
            "declined": self.record.declined if self.record else False,
            "logo": self.logo,
            "certificate": self.certificate,
            "avp": self.record.avatar if self.record else None,
            "lps": [printable(part) for part in (self.record.local_parts or ())]
            if self.record
            else [],
            "image": self.image.as_json() if self.image else None,
            "mark": self.mark.as_json() if self.mark else None,
        }


async def audit_bimi(
    domain: str, means: Means, dmarc: DmarcAudit, *, selector: str = DEFAULT_LOGO
) -> BimiAudit:
    """BIMI of `domain` under `selector`, given what was found about its DMARC."""
    resolver = means.resolver
    domain = normalised(domain)
    obstacles = dmarc_obstacles(dmarc)
    answer = await resolver.query(f"{selector}._bimi.{domain}", "TXT")
    found = [text for text in answer.records if is_bimi(text)]
    record_domain, answers = domain, [answer]
    if not found and not answer.failed and dmarc.walk.organizational_domain != domain:
        # BIMI draft 7.2, step 6: the same selector at the organizational domain.
        record_domain = dmarc.walk.organizational_domain
        answer = await resolver.query(f"{selector}._bimi.{record_domain}", "TXT")
        found = [text for text in answer.records if is_bimi(text)]
        answers.append(answer)
    at = printable(f"{selector}._bimi.{record_domain}")
    if len(found) != 1:
        findings = tuple(_without_record(at, found, answers))
        return BimiAudit(
            status_of(findings, _KINDS), findings, obstacles=obstacles, selector=selector
        )
    record = parse_bimi(found[0])
    findings = tuple(_judge_record(at, record))
    if obstacles and not record.declined:
        fix = "publish p=quarantine or p=reject, for subdomains too, without pct= and t=y"
        findings = (*findings, kinds.NOT_ELIGIBLE.found(f"{at}: {'; '.join(obstacles)}", fix))
    audit = BimiAudit(Status.PASS, findings, record, record_domain, obstacles, selector)
    # VMC draft 5.2: the author domain or its organizational domain, for all selectors or for one.
    domains = dict.fromkeys((record_domain, domain, dmarc.walk.organizational_domain))
    names = [*domains, *(f"{selector}._bimi.{name}" for name in domains)]
    logo = None if audit.logo and is_other_image(audit.logo) else audit.logo
    files = await judge_files(logo, audit.certificate, names, means)
    findings = (*findings, *files.findings)
    return replace(
        audit,
        status=status_of(findings, _KINDS),
        findings=findings,
        image=files.image,
        mark=files.mark,
    )


def _without_record(at: str, found: list[str], answers: list[Answer]) -> Iterator[Finding]:
    failed = next((answer for answer in answers if answer.failed), None)
    meant = [(a.name, text) for a in answers for text in a.records if looks_like_bimi(text)]
    if failed is not None:
        message = f"{printable(failed.name)} can't be read: {failed.failure}"
        yield kinds.TEMPERROR.found(message, ASK_AGAIN)
    elif found:
        yield kinds.MULTIPLE_RECORDS.found(
            f"{at} has {len(found)} BIMI records",
            leave_one(to_keep(found, lambda text: parse_bimi(text).is_usable)),
        )
    elif meant:
        name, text = meant[0]
        message = f"{printable(name)}: '{excerpt(text)}' is no BIMI record"
        yield kinds.BAD_VERSION.found(message, publish(repaired(text), name))
    else:
        yield kinds.MISSING.found(f"there is no BIMI record at {at}")


def _judge_record(at: str, record: BimiRecord) -> Iterator[Finding]:
    for fault in record.tags.faults[:1]:
        yield kinds.SYNTAX.found(f"{at}: {fault}", publish(str(record.tags), at))
    for tag in record.bad_tags:
        message = f"{at} has '{excerpt(str(tag))}'"
        yield kinds.BAD_TAG.found(message, "write 'avp=brand' or 'avp=personal'")
    if record.declined:
        yield kinds.DECLINED.found(f"{at} declines")
        return
    if not record.logo:
        yield kinds.NO_LOCATION.found(
            f"{at} has no address in 'l='", "write the https address of the logo, an SVG file"
        )
    for name, uri in (("l", record.logo), ("a", record.certificate)):
        if uri and (why := location_fault(uri)):
            message = f"{at} has '{name}={excerpt(uri)}': {printable(why)}"
            yield kinds.BAD_LOCATION.found(message, "serve it over https and name that address")
    if record.logo and is_other_image(record.logo):
        message = f"{at} has 'l={excerpt(record.logo)}'"
        yield kinds.LOGO_FORMAT.found(message, "publish the logo as SVG Tiny PS")
    if record.logo and not record.certificate:
        yield kinds.NO_CERTIFICATE.found(f"{at} has no certificate in 'a='")


def dmarc_obstacles(dmarc: DmarcAudit) -> tuple[str, ...] | None:
    """What in DMARC forbids a logo; None where the DNS failed to tell (BIMI draft 7.1)."""
    if dmarc.status is Status.TEMPERROR:
        return None
    governing = dmarc.governing
    if dmarc.record is None or governing is None or dmarc.policies.this is None:
        return ("no DMARC policy is in force",)
    obstacles = _record_obstacles(governing.domain, dmarc.record, dmarc.policies_rfc7489.this)
    organization = dmarc.walk.organizational_domain
    for step in dmarc.walk.steps:
        # The author domain and its organizational domain must both be at enforcement.
        if step.domain == organization != governing.domain and step.record is not None:
            obstacles += _record_obstacles(step.domain, step.record, step.record.p)
    if dmarc.policies.this is Policy.NONE and not obstacles:
        obstacles.append(f"the DMARC policy for {printable(dmarc.walk.domain)} is none")
    return tuple(obstacles)


def _record_obstacles(domain: str, record: DmarcRecord, policy: Policy | None) -> list[str]:
    """What in one record forbids a logo; `policy` is what it comes to for the author domain."""
    at = f"_dmarc.{printable(domain)}"
    obstacles = []
    if record.p is None or record.bad_policies:
        obstacles.append(f"{at} has no valid policy")
    elif record.p is Policy.NONE:
        obstacles.append(f"{at} has 'p=none'")
    if record.sp is Policy.NONE:
        obstacles.append(f"{at} has 'sp=none'")
    # A receiver of RFC 7489 takes pct= for what it says; RFC 9989 has none.
    if Policy.QUARANTINE in (record.p, policy) and record.pct < 100:
        obstacles.append(f"{at} has 'pct={record.pct}'")
    if record.testing:
        obstacles.append(f"{at} has 't=y'")
    return obstacles
