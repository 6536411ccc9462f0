"""Which names a template needs: cases/names.yaml."""

from pathlib import Path

import pytest
import yaml

from mactl.content.names import find_uses
from mactl.content.sandbox import HTML
from mactl.content.source import names_used

from .making import compiled

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "names.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_names(case: dict[str, str]) -> None:
    safe: dict[str, bool] = {}
    for use in find_uses(HTML.parse(case["template"])):
        safe[use.path] = safe.get(use.path, True) and use.may_be_empty

    assert " ".join(f"{path}?" if empty else path for path, empty in safe.items()) == case["names"]


def test_names_of_a_source_have_the_line_of_the_authors_file(tmp_path: Path) -> None:
    (tmp_path / "offer.md").write_text(
        "# Hi {{ contact.first_name }}\n\nYou are {{ stage | default('new') }},\n"
        "**[see]({{ vars.link }})**\nfor {{ scores.fit }} points.\n"
    )
    source = compiled(tmp_path, body="offer.md", subject="{{ contact.last_name }}")

    used = names_used(source)

    lines = {
        name: (Path(use.place.path).name, use.line, use.has_default) for name, use in used.items()
    }
    assert lines == {
        "contact.last_name": ("renewal.yaml", 8, False),
        "contact.first_name": ("offer.md", 1, False),
        "stage": ("offer.md", 3, True),
        "vars.link": ("offer.md", 4, False),
        "scores.fit": ("offer.md", 5, False),
        "sender.address": ("offer.md", 0, False),
        "unsubscribe_url": ("offer.md", 0, False),
        "preferences_url": ("offer.md", 0, True),
    }
