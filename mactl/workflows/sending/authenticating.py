"""The deliverability gate: before a large run, mail of the sender must pass SPF, DKIM and DMARC where it arrives.

What is in the queue already was let in by the run that put it there: a worker, and `mactl send --resume`, ask nobody.
"""

from dataclasses import dataclass

from mactl.delivery.maildir import maildir_of
from mactl.delivery.opening import stays_here
from mactl.errors import MactlError, TryAgainLater
from mactl.findings import Finding
from mactl.network import host_of
from mactl.project import Project
from mactl.store.tables import EMAIL
from mactl.workflows.opening import FindingsError
from mactl.workflows.planning.plan import Plan
from mactl.workflows.posting.gear import Gear, gear_of, smtp_url


@dataclass(frozen=True)
class Authentication:
    """Whether mail of the sender passes SPF, DKIM and DMARC where it arrives."""

    domains: tuple[str, ...]
    """Of the From addresses."""
    messages: int
    """E-mails that the run would send."""
    is_enforced: bool
    status: str
    """`fail` where a record must be mended, `unknown` where the DNS keeps it from being told, `warn` where something
    may be wrong, else `pass`."""
    findings: tuple[Finding, ...]
    """The gravest first; their hints name the record to publish."""

    @property
    def stops(self) -> bool:
        """Whether the run is refused."""
        return self.is_enforced and self.status in ("fail", "unknown")


def authentication_of(
    project: Project, plan: Plan, gear: Gear | None = None
) -> Authentication | None:
    """What the DNS says of the mail that a run of `plan` would send; None where the run is small, its mail stays on
    this machine, or mactl.yaml wants nothing looked up (`sender.require_auth`).

    A server on this machine is looked behind only where that is enforced: it may pass mail on. Takes five seconds at
    most. Who signs is what `gear` says, which is got ready only where that is needed and nobody has. Raises
    ConfigurationError where mactl.yaml does not say all that sending needs.
    """
    sender = project.settings.sender
    if sender is None or sender.require_auth == "off":
        return None
    messages = _count(plan)
    if messages <= sender.auth_above:
        return None
    url = smtp_url(project)
    is_enforced = sender.require_auth == "enforce"
    is_here = stays_here(url)
    if maildir_of(url) is not None or (is_here and not is_enforced):
        return None

    # Small runs are over sooner than this is imported.
    from mactl.workflows.sending.sender_records import look_up, sources_of

    relay = "" if is_here else host_of(url)
    sources = sources_of(plan, sender, (gear or gear_of(project)).signer, relay)
    status, findings = look_up(project.folder, sources, sender.nameserver)
    domains = tuple(source.from_domain for source in sources)
    return Authentication(domains, messages, is_enforced, status, findings)


def foresee_authentication(project: Project, plan: Plan) -> Authentication | None:
    """As `authentication_of`, for a plan: None also where only the sending machine knows the key or the relay."""
    try:
        return authentication_of(project, plan)
    except MactlError:
        return None


def need_authentication(found: Authentication | None) -> None:
    """Raises FindingsError where the gate is enforced and a record must be mended, TryAgainLater where the DNS can't
    tell."""
    if found is None or not found.stops:
        return
    about = ", ".join(found.domains)
    if found.status == "unknown":
        raise TryAgainLater(
            f"nothing was sent: whether mail of {about} passes can't be told: {found.findings[0].message}",
            "see that this machine reaches a name server; `require_auth: warn` goes on all the same",
        )
    raise FindingsError(
        f"nothing was sent: {found.messages:,} messages of {about} would not pass where they arrive",
        found.findings,
        f"mend these records, which `require_auth: enforce` asks for; mactl audit {found.domains[0]} tells them all",
    )


def _count(plan: Plan) -> int:
    """How many e-mails go out: those of the plan, and those that wait in the queue."""
    queued = plan.intents("queue")
    new = int((queued["channel"] == EMAIL).sum()) if len(queued) else 0
    return new + plan.history.waiting_by_channel.get(EMAIL, 0)
