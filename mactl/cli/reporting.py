"""What is told beside the answer: on stderr, so that stdout stays whole."""

from collections.abc import Sequence

from mactl.cli.invocation import Invocation
from mactl.cli.log import Level
from mactl.cli.output import print_error, print_findings, stderr
from mactl.errors import MactlError
from mactl.findings import Finding, count_by_severity


def report_sources(invocation: Invocation, findings: Sequence[Finding]) -> None:
    """What was wrong with the data that a command read: how much of it, or with `--verbose` all."""
    if invocation.log.is_json:
        _log_sources(invocation, findings)
        return
    if invocation.quiet:
        return
    console = stderr()
    if invocation.verbose:
        print_findings(findings, console)
        return
    counts = count_by_severity(findings)
    errors, warnings = counts["error"], counts["warning"]
    if errors or warnings:
        told = [
            f"{n} {word}{'' if n == 1 else 's'}"
            for n, word in ((errors, "error"), (warnings, "warning"))
            if n
        ]
        console.print(f"{' and '.join(told)} in the data; --verbose shows them", style="dim yellow")


def _log_sources(invocation: Invocation, findings: Sequence[Finding]) -> None:
    if invocation.verbose:
        invocation.log.tell_findings(findings)
        return
    counts = count_by_severity(findings)
    if any(counts.values()):
        invocation.log.tell("data-findings", **counts)


def report_error(invocation: Invocation, error: MactlError, level: Level = Level.ERROR) -> None:
    """Why the command, or a way that its messages take, can't go on, and what to do next."""
    if invocation.log.is_json:
        invocation.log.tell_stop(error, level)
    else:
        print_error(error)


def report_trouble(invocation: Invocation, error: MactlError) -> None:
    """What keeps a worker from working for the time being."""
    if invocation.log.is_json:
        invocation.log.tell("trouble", Level.WARNING, message=error.message, hint=error.hint)
    else:
        print_error(error)


def report_unheard(invocation: Invocation, name: str, why: str) -> None:
    """That nobody heard the heartbeat at what mactl.yaml calls `name`: told also with `--quiet`, for whoever watches
    will soon say that mactl is dead."""
    if invocation.log.is_json:
        invocation.log.tell("heartbeat-unheard", Level.WARNING, name=name, message=why)
    else:
        stderr().print(f"the heartbeat was not heard: {why}", style="yellow")
