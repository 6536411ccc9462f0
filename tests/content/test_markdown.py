"""Markdown with tags in it → HTML with the tags where they belong: cases/markdown.yaml."""

import re
from pathlib import Path

import pytest
import yaml

from mactl.content.markdown import markdown_to_html, put_away_markdown
from mactl.content.tags import PutAway

from .making import rendered, try_compile

CASES = yaml.safe_load(
    (Path(__file__).parent / "cases" / "markdown.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_markdown(case: dict[str, str]) -> None:
    away = PutAway(case["markdown"])
    put, problems = put_away_markdown(case["markdown"], away)

    html, _ = away.back_to_html(markdown_to_html(put, away))

    assert not problems
    # The line ends that tell tags of one line apart are no part of the case.
    shown = re.sub(r"(\{[{%])\n", r"\1", html)
    assert shown.strip() == case["html"].strip()


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("x\n\n[a]: <{% if stage %}https://x.example{% endif %}>\n", 3),
        ("x\n\n[never used]: {{ vars.link }}\n", 3),
    ],
)
def test_a_tag_that_markdown_drops_is_found_at_its_line(
    tmp_path: Path, body: str, line: int
) -> None:
    (tmp_path / "offer.md").write_text(body)

    source, findings = try_compile(tmp_path, body="offer.md")

    assert source is None
    assert [(f.id, f.place and f.place.line) for f in findings] == [("misplaced-tag", line)]


def test_a_link_defined_once_can_be_used_twice(tmp_path: Path) -> None:
    message = rendered(tmp_path, body="[a][x] and [b][x]\n\n[x]: {{ vars.link }}\n")

    assert message.html.count('href="https://acme.example/renew?a=1&amp;b=2"') == 2
