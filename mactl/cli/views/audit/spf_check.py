"""What SPF says of one client, and how a receiver comes to it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from mactl.audit.names import printable
from mactl.audit.spf.check import ClientCheck
from mactl.audit.spf.evaluate import Result
from mactl.audit.spf.trace import Step

if TYPE_CHECKING:
    from rich.console import Console

MAX_LINES = 60
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
    lines = list(_lines(spf.trace))
    shown = lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 5], "…", *lines[-5:]]
    for told in shown:
        console.print(Text(f"    {told}", style="dim"), soft_wrap=True)


def _lines(steps: Sequence[Step]) -> Iterator[str]:
    """A line for each step, and one for networks beside each other that don't match."""

    def key(step: Step) -> tuple[str, int, str, bool]:
        return step.domain, step.depth, step.outcome, _is_network(step)

    for (domain, depth, outcome, networks), group in groupby(steps, key):
        terms = [printable(step.term, _WIDTH) for step in group]
        if networks and len(terms) > 2:
            terms = [f"{len(terms)} networks, {terms[0]} to {terms[-1]}"]
        for term in terms:
            where = printable(domain, _WIDTH)
            yield f"{outcome:11} {'  ' * min(depth, 12)}{term}  ({where})"


def _is_network(step: Step) -> bool:
    """Whether the term of a step is an address or a range of them."""
    return step.term.lower().lstrip("+-~?").startswith(("ip4:", "ip6:"))
