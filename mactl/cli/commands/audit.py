"""`mactl audit`"""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mactl.cli.app import app
from mactl.cli.arguments import FailOnOption
from mactl.cli.formats import AuditFormat
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import DOMAIN
from mactl.errors import UsageError

if TYPE_CHECKING:
    from mactl.cli.views.audit.choosing import AuditView
    from mactl.findings import Finding
    from mactl.workflows.auditing.outcome import Outcome
    from mactl.workflows.auditing.request import Request


@command(app, "audit", DOMAIN)
def audit(
    invocation: Invocation,
    domains: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DOMAIN…]", help="Domains; the project's sender where left out"),
    ] = None,
    lists: Annotated[
        list[Path] | None,
        typer.Option("--file", metavar="FILE", help="A list of domains, one a line; - for stdin"),
    ] = None,
    selectors: Annotated[
        list[str] | None,
        typer.Option(
            "--selector", metavar="NAME", help="A DKIM selector to look at; may be repeated"
        ),
    ] = None,
    ip: Annotated[
        str | None,
        typer.Option("--ip", metavar="ADDRESS", help="Judge SPF for mail from this address"),
    ] = None,
    mail_from: Annotated[
        str | None,
        typer.Option(
            "--mail-from", metavar="ADDRESS", help="With --ip: the return path, or <> for a bounce"
        ),
    ] = None,
    helo: Annotated[
        str | None,
        typer.Option("--helo", metavar="NAME", help="With --ip: what the server greets with"),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Draw all that the SPF record leads to, with its costs")
    ] = False,
    bimi_selector: Annotated[
        str,
        typer.Option("--bimi-selector", metavar="NAME", help="Which of several logos to look at"),
    ] = "default",
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE", help="Draw the logo as mailboxes show it (PNG)"),
    ] = None,
    nameserver: Annotated[
        str | None,
        typer.Option(
            "--nameserver",
            metavar="HOST:PORT",
            help="Ask this name server; tls://HOST and https://HOST/PATH are asked privately",
        ),
    ] = None,
    http: Annotated[
        str | None,
        typer.Option("--http", metavar="HOST:PORT", help="Fetch all pages from this server"),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option("--ca-file", metavar="FILE", help="Certificates to trust beside the system's"),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Keep all that is answered in a file"),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Judge by such a file, without a network"),
    ] = None,
    deadline: Annotated[
        float, typer.Option("--deadline", metavar="SECONDS", help="How long one domain may take")
    ] = 5.0,
    every_server: Annotated[
        bool,
        typer.Option("--every-server", help="Ask each server of the zone, and tell differences"),
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", metavar="FILE", help="Tell what changed since this report in JSON"
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="For cron: say only what changed, and keep it in --baseline"),
    ] = False,
    propose: Annotated[
        bool,
        typer.Option("--propose", help="Print the records that mend the errors, as a zone file"),
    ] = False,
    message: Annotated[
        Path | None,
        typer.Option(
            "--message", metavar="FILE", help="Judge a received message, an .eml; - for stdin"
        ),
    ] = None,
    reports: Annotated[
        list[Path] | None,
        typer.Option(
            "--reports", metavar="PATH", help="DMARC aggregate reports: files or folders of them"
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="ID", help="Print the manual of a finding, or list all with ?"
        ),
    ] = None,
    fail_on: FailOnOption = "error",
    format: Annotated[
        AuditFormat | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="text, markdown or html for people; json, sarif, junit or github for programs",
        ),
    ] = None,
) -> int:
    """Audit SPF, DKIM, DMARC and BIMI of a domain, and what surrounds them."""
    if explain is not None:
        from mactl.cli.views.audit.manual import show_manual

        show_manual(invocation, explain)
        return 0
    from mactl.audit import Scope
    from mactl.audit.envelope import given_envelopes
    from mactl.cli.output import findings_status
    from mactl.cli.views.audit.choosing import view_of
    from mactl.clock import whole_minute
    from mactl.workflows.auditing.domains import Subjects, subjects
    from mactl.workflows.auditing.request import Request
    from mactl.workflows.auditing.sources import Sources

    findings_status((), fail_on)  # a slip is told before anything is looked up
    has_evidence = message is not None or bool(reports)
    if not 0 < deadline < inf:
        raise UsageError(
            f"--deadline {deadline:g}: nothing answers in that time", "try --deadline 5"
        )
    if watch and propose:
        raise UsageError("--watch tells what changed, --propose what to publish", "take one")
    if has_evidence and (propose or tree or picture is not None):
        slip = "--propose" if propose else "--tree" if tree else "--picture"
        raise UsageError(f"{slip} is for domains", "leave out --message and --reports")
    named = Subjects(())  # those that a message and reports are about
    if domains or lists or not has_evidence:
        named = subjects(invocation.project_option, domains or (), lists or ())
    scope = Scope(
        selectors=(*(selectors or ()), *named.selectors),
        deadline=deadline,
        envelopes=given_envelopes(ip, mail_from, helo),
        every_server=every_server,
        bimi_selector=bimi_selector,
    )
    if nameserver is None and replay is None:
        nameserver = named.nameserver
    sources = Sources(nameserver, http, ca_file, record, replay)
    opened = sources.open(invocation.given_now(), whole_minute(datetime.now(UTC)), deadline)
    request = Request(named, opened, scope, baseline, watch, propose)
    chosen = format or AuditFormat(invocation.format)
    if has_evidence:
        return _audit_evidence(invocation, request, message, reports or (), chosen, fail_on)
    view = view_of(invocation, chosen, request, tree=tree)
    return _audit_domains(invocation, request, view, picture, fail_on)


def _audit_domains(
    invocation: Invocation,
    request: "Request",
    view: "AuditView",
    picture: Path | None,
    fail_on: str,
) -> int:
    """Show what is found about each domain of `request` as soon as it is known; the exit status."""
    from mactl.cli.output import findings_status
    from mactl.cli.progress import Progress
    from mactl.workflows.auditing.drawing import draw_logo
    from mactl.workflows.auditing.request import run

    domains, findings = request.subjects.domains, request.subjects.findings
    if picture is not None and len(domains) != 1:
        raise UsageError("--picture draws one logo", "name one domain")
    if picture is not None and picture.suffix.lower() != ".png":
        hint = f"call it {picture.with_suffix('.png')}" if picture.name else "name a file"
        raise UsageError(f"{picture}: the logo is drawn as PNG", hint)
    progress = Progress(invocation)
    counted: list[Finding] = [*findings]

    def show(outcome: "Outcome") -> None:
        progress.clear()
        view.show(outcome)
        counted.extend(outcome.counted)
        if picture is not None:
            draw_logo(outcome.audit, picture)

    about = domains[0].domain if len(domains) == 1 else f"{len(domains):,} domains"
    # Cron mails whatever is said, so that a watch says nothing of what it does.
    with nullcontext() if request.watch else progress.during(f"asking about {about}"):
        run(request, show)
    view.end(findings)
    return findings_status(counted, fail_on)


def _audit_evidence(
    invocation: Invocation,
    request: "Request",
    message: Path | None,
    reports: Sequence[Path],
    format: AuditFormat,
    fail_on: str,
) -> int:
    """Judge a message and reports, with the domains of `request` or those that they are about."""
    from mactl.cli.output import findings_status
    from mactl.cli.progress import Progress
    from mactl.cli.views.audit.evidence import check_format, show_evidence
    from mactl.workflows.auditing.evidence import judge_evidence

    check_format(format)
    if request.baseline is not None or request.watch:
        raise UsageError(
            "--baseline and --watch compare domains", "leave them out with --message and --reports"
        )
    with Progress(invocation).during("reading and asking"):
        evidence = judge_evidence(request, message, reports)
    show_evidence(invocation, format, evidence, request.at)
    counted = [*evidence.findings, *(f for one in evidence.outcomes for f in one.counted)]
    return findings_status(counted, fail_on)
