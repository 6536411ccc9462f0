"""One finding for people: how grave it is, what and where, what receivers do, and what to do next."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mactl.cli.output import SEVERITY_STYLES
from mactl.findings import Severity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# A record as it is published: tags or terms after a version, or a line of a zone file.
_RECORD = re.compile(r"'(?:v=[A-Za-z]+\d[^']*|[^'\s]+\. (?:MX|TXT|A|AAAA|NS|PTR|CNAME) [^']*)'")
_LEAST = 40  # columns that are written into, however narrow the terminal


def fix_parts(fix: str) -> Iterator[tuple[str, bool]]:
    """A fix in parts, each with whether it is a record to copy; its quotes are not part of that."""
    end = 0
    for found in _RECORD.finditer(fix):
        if before := fix[end : found.start()]:
            yield before, False
        yield found[0][1:-1], True
        end = found.end()
    if rest := fix[end:]:
        yield rest, False


def print_finding(
    console: "Console", finding: Mapping[str, Any], *, sign: str = "", effect: bool = True
) -> None:
    """The finding, a report's, with `sign` before it; what receivers do only with `effect`."""
    from rich.text import Text

    style = SEVERITY_STYLES[Severity(finding["severity"])]
    reference = f"  ({finding['reference']})" if finding["reference"] else ""
    # The words, as a file has no colours: error, warning and note are what --fail-on takes.
    name = (f"{finding['severity']} {finding['id']}", style)
    print_within(
        console, 2, Text.assemble(sign, name, f": {finding['message']}", (reference, "dim"))
    )
    if effect and finding.get("effect"):
        print_within(console, 4, Text(finding["effect"], style="dim"))
    if finding["fix"]:
        _print_fix(console, finding["fix"])


def _print_fix(console: "Console", fix: str) -> None:
    """The fix; on a terminal no record is broken, so that it can be copied as it stands."""
    from rich.text import Text

    room = _room(console, 4)
    if not console.is_terminal or len(fix) + len("fix: ") <= room:
        console.print(Text.assemble("    ", ("fix: ", "bold"), fix))
        return
    line = Text.assemble(("fix: ", "bold"))
    for text, is_record in fix_parts(fix):
        if not is_record:
            line.append(text)
        elif line.cell_len + len(text) + 3 <= room:  # its quotes, and a comma
            line.append(f"'{text}'")
        else:
            print_within(console, 4, line)
            console.print(Text(f"      '{text}'"))
            line = Text()
    print_within(console, 4, line)


def print_within(console: "Console", indent: int, text: "Text") -> None:
    """`text` with all of its lines set in, where a terminal would break it."""
    from rich.text import Text

    lines = [text]
    if console.is_terminal:
        lines = list(text.wrap(console, _room(console, indent)))
    for line in lines:
        line.rstrip()
        # What stood behind a record that has a line of its own goes on without what parted them.
        shown = line[len(line.plain) - len(line.plain.lstrip(" ,;:")) :]
        if shown.plain:
            console.print(Text.assemble(" " * indent, shown))


def _room(console: "Console", indent: int) -> int:
    return max(_LEAST, console.width - indent)
