"""What `mactl check --fix` mended, on stderr: the answer itself is what is left."""

from mactl.cli.output import printable, stderr
from mactl.workflows.checking.mending import Mended


def show_mended(mended: Mended, *, written: bool) -> None:
    """A line for each thing that was mended; the change of the files where nothing was `written`."""
    from rich.text import Text

    console = stderr()
    if not written:
        for line in mended.diff.splitlines():
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            console.print(Text(printable(line), style=style))
        return
    for edit in mended.edits:
        console.print(Text.assemble(("mended ", "green"), printable(str(edit))))
