"""Where the rows are that were left out."""

from pathlib import Path

from mactl.cli.invocation import Invocation
from mactl.cli.output import printable, stderr
from mactl.workflows.rejecting import Written


def show_rejects(
    invocation: Invocation, rejected: int, path: Path | None, written: Written | None
) -> None:
    """What became of the rows that were left out, or how to get them; on stderr."""
    if invocation.quiet or (written is None and not rejected):
        return
    name = printable(str(path))
    if written is None:
        told = "the rows that are left out: --rejects rejects.csv writes them to a file to mend them in"
    elif not written.rows:
        told = f"no row is left out, so nothing is written to {name}"
    else:
        is_one = written.rows == 1
        what = (
            "the row that is left out is"
            if is_one
            else f"the {written.rows:,} rows that are left out are"
        )
        told = f"{what} in {name}{' (the one of before is replaced)' if written.replaced else ''}"
        told += f": mend {'it' if is_one else 'them'} there, and name the file as a source"
    stderr().print(told, style="dim", markup=False, highlight=False)
