"""Aggregate reports for people: who sends as a domain, how much of it passes, and what to publish next."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from mactl.audit.aggregate.audit import DomainReports, ReportsAudit
from mactl.audit.aggregate.senders import Sender
from mactl.audit.names import printable
from mactl.cli.output import print_table

if TYPE_CHECKING:
    from rich.console import Console

_FEW, _MOST = 12, 200  # senders that are told; all that verbose may tell
_STANDINGS = {
    "aligned": "passes",
    "misconfigured": "fails in part",
    "service": "service, fails",
    "forwarder": "forwarded",
    "unknown": "unknown, fails",
}
_DONE = ("quarantined", "refused")


def show_reports(console: "Console", audit: ReportsAudit, *, verbose: bool = False) -> None:
    """A table for each domain, with the sum above it and the next step below; those who send most, unless `verbose`."""
    for number, domain in enumerate(audit.domains):
        if number:
            console.print()
        _show(console, domain, _MOST if verbose else _FEW)


def _show(console: "Console", domain: DomainReports, most: int) -> None:
    from rich.text import Text

    told: Any = domain.as_json()
    span = f", {told['from']} to {told['to']}" if told["from"] and told["to"] else ""
    receivers = len(told["receivers"])
    console.print(
        Text.assemble(
            (told["domain"], "bold"),
            f"  {_many(told['messages'], 'message')} in {_many(told['reports'], 'report')}"
            f" of {_many(receivers, 'receiver')}{span}",
        )
    )
    senders = told["senders"]
    # One sender too many is no longer than the line that would stand for it.
    shown = senders if len(senders) <= most + 1 else senders[:most]
    pairs = zip(shown, domain.senders, strict=False)
    rows = [_row(one, _addresses(sender, domain)) for one, sender in pairs]
    columns = ["sender", "messages", "DMARC", "DKIM", "SPF", "quarantined", "refused", "standing"]
    # What no receiver did needs no column.
    columns = [c for c in columns if c not in _DONE or any(row[c] for row in rows)]
    print_table(columns, rows, "no message")
    if more := senders[len(shown) :]:
        messages = sum(sender["messages"] for sender in more)
        standings = Counter(_STANDINGS[sender["standing"]] for sender in more)
        kinds = "; ".join(f"{n:,} {standing}" for standing, n in standings.most_common())
        line = f"and {_many(len(more), 'more sender')} with {_many(messages, 'message')} ({kinds})"
        where = "--verbose" if most == _FEW else "--format json"
        console.print(Text(f"{line}; {where} lists them", style="dim"))
    if told["reasons"]:
        reasons = ", ".join(f"{name} {count:,}" for name, count in told["reasons"].items())
        console.print(Text(f"not as the policy says: {reasons}", style="dim"))
    step = told["policy_next"]
    if step["record"] is None:
        console.print(Text.assemble(("Next: ", "bold"), f"leave the policy; {step['why']}"))
    else:
        at = f"_dmarc.{told['domain']}"
        line = f"publish '{step['record']}' at {at}; {step['why']}"
        console.print(Text.assemble(("Next: ", "bold green"), line))


def _row(sender: dict[str, Any], addresses: str) -> dict[str, Any]:
    return {
        "sender": f"{sender['name']} ({addresses})" if addresses else sender["name"],
        "messages": sender["messages"],
        **{
            key.upper(): _share(sender[key], sender["messages"]) for key in ("dmarc", "dkim", "spf")
        },
        "quarantined": sender["dispositions"]["quarantine"] or None,
        "refused": sender["dispositions"]["reject"] or None,
        "standing": _STANDINGS[sender["standing"]],
    }


def _addresses(sender: Sender, domain: DomainReports) -> str:
    """How many there are; of one itself, or the name that it gives itself, where it has one."""
    if len(sender.sources) > 1:
        return f"{len(sender.sources)} addresses"
    ip = sender.sources[0].ip
    if ip != sender.name:
        return ip
    whose = domain.whose.get(ip)
    return printable(whose.name, 80) if whose is not None and whose.name else ""


def _share(part: int, whole: int) -> str:
    """`96.4 %`; 0 and 100 only where it is that."""
    if part in (0, whole):
        return "100 %" if part and whole else "0 %"
    return f"{min(99.9, max(0.1, 100 * part / whole)):.1f} %"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
