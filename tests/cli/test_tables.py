"""What strangers write, as it is shown: whole on a narrow terminal, and not read as markup."""

import io

import pytest
from rich.console import Console

from mactl.cli import output
from mactl.cli.views.audit.markdown import plain


def test_a_value_that_is_too_long_for_its_column_is_folded_not_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"
    console = Console(file=io.StringIO(), width=40, highlight=False)
    monkeypatch.setattr(output, "stdout", lambda: console)

    output.print_table(
        ["sender", "standing"], [{"sender": address, "standing": "unknown, fails"}], "none"
    )

    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()[1:]
    assert "".join(line.split()[0] for line in lines if line.strip()) == address


def test_markdown_shows_an_ampersand_and_does_not_read_it() -> None:
    assert plain("&lt;script&gt;") == r"\&lt;script\&gt;"
