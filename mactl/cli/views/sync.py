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
        would = "would be told" if dry_run else "told"
        counts = f"{synced.new:,} new, {synced.changed:,} changed, {synced.gone:,} gone"
        line = f"{synced.name}: {counts} {would}; {synced.unchanged:,} unchanged"
        stdout().print(printable(line), markup=False)
        for example in synced.examples if dry_run else ():
            text = json.dumps(example, ensure_ascii=False)
            stdout().print(f"  {printable(text)}", markup=False)
        if synced.resumed:
            stdout().print(f"  {synced.resumed:,} batches of an earlier sync went first")
    if synced.refused:
        why = f"{synced.refused:,} batches were refused, and are told anew next time: {synced.why}"
        stderr().print(printable(why), style="red", markup=False)
    if synced.waiting:
        why = f"{synced.waiting:,} batches wait for the next sync: {synced.why}"
        stderr().print(printable(why), style="yellow", markup=False)
    return status
