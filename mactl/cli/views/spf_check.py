"""What SPF says of one client, and how a receiver comes to it."""

from typing import TYPE_CHECKING

from mactl.audit.names import printable
from mactl.audit.spf.check import ClientCheck
from mactl.audit.spf.evaluate import Result

if TYPE_CHECKING:
    from rich.console import Console

MAX_STEPS = 40
_STYLES = {
    Result.PASS: "bold green",
    Result.SOFTFAIL: "bold yellow",
    Result.NEUTRAL: "bold yellow",
    Result.NONE: "bold yellow",
}
_WIDTH = 60


def show_spf_check(console: "Console", check: ClientCheck, *, traced: bool) -> None:
    """One line for the result and, where `traced`, one for each term that was looked at."""
    from rich.text import Text

    style = _STYLES.get(check.result, "bold red")
    spf, envelope = check.spf, check.envelope
    sender = f"{envelope.ip} as {printable(check.mail_from)}"
    line = Text.assemble("  ", (f"{check.result.value:9}", style), f" {sender}")
    if spf.term:
        line.append(f"  by '{printable(spf.term, _WIDTH)}' of {printable(spf.domain)}", style="dim")
    console.print(line, soft_wrap=True)
    if spf.problem:
        console.print(Text(f"    {printable(spf.problem, 200)}", style="dim"), soft_wrap=True)
    if spf.explanation:
        said = printable(spf.explanation, 200)
        console.print(Text(f"    the domain says: {said}", style="dim"), soft_wrap=True)
    if check.helo is not None:
        style = _STYLES.get(check.helo.result, "bold red")
        name = printable(envelope.helo)
        console.print(Text.assemble("  ", (f"{check.helo.result.value:9}", style), f" HELO {name}"))
    if not traced:
        return
    for step in spf.trace[:MAX_STEPS]:
        indent = "  " * min(step.depth, 12)
        term = f"{indent}{printable(step.term, _WIDTH)}"
        where = printable(step.domain, _WIDTH)
        console.print(Text(f"    {step.outcome:11} {term}  ({where})", style="dim"), soft_wrap=True)
    if len(spf.trace) > MAX_STEPS:
        console.print(Text(f"    … and {len(spf.trace) - MAX_STEPS} more terms", style="dim"))
