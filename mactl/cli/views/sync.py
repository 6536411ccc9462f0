"""What another system was told."""

import json

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, printable, stderr, stdout
from mactl.errors import TryAgainLater
from mactl.workflows.handing_out.syncing import Synced


def show_synced(invocation: Invocation, synced: Synced, *, dry_run: bool) -> int:
    """`{"sync", "new", "changed", "gone", "unchanged", "resumed", "delivered", "refused", "waiting", "why",
    "dry_run"}`, or a line; the exit status: 1 where a batch was refused, 75 where some wait for a better time."""
    status = TryAgainLater.exit_code if synced.waiting else int(bool(synced.refused))
    if invocation.wants_json:
        names = (
            "new",
            "changed",
            "gone",
            "unchanged",
            "resumed",
            "delivered",
            "refused",
            "waiting",
            "why",
        )
        told = {name: getattr(synced, name) for name in names}
        print_json({"sync": synced.name, **told, "dry_run": dry_run})
        return status
    if not invocation.quiet:
        _show_counts(synced, dry_run=dry_run)
    if synced.refused:
        why = f"{_batches(synced.refused)} refused; who is in them is told anew next time"
        stderr().print(printable(f"{why}: {synced.why}"), style="red", markup=False)
    if synced.waiting:
        why = f"{_batches(synced.waiting)} waiting for the next sync, which begins with them"
        stderr().print(printable(f"{why}: {synced.why}"), style="yellow", markup=False)
    return status


def _show_counts(synced: Synced, *, dry_run: bool) -> None:
    is_told = not (synced.refused or synced.waiting)
    would = "would be told" if dry_run else "told" if is_told else "to tell"
    counts = f"{synced.new:,} new, {synced.changed:,} changed, {synced.gone:,} gone"
    line = f"{synced.name}: {counts} {would}; {synced.unchanged:,} unchanged"
    if synced.gathered is None:
        line = f"{synced.name}: an earlier sync is not through yet, and goes first"
    stdout().print(printable(line), markup=False)
    for example in synced.examples if dry_run else ():
        text = json.dumps(example, ensure_ascii=False)
        stdout().print(f"  {printable(text)}", markup=False)
    if synced.resumed:
        stdout().print(f"  {_batches(synced.resumed)} of an earlier sync went first")
    if not is_told and synced.delivered:
        stdout().print(f"  {_batches(synced.delivered)} told")


def _batches(count: int) -> str:
    return f"{count:,} batch{'' if count == 1 else 'es'}"
