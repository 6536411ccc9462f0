"""The YAML blocks of the pages, each completed to the whole that its note says it is a part of.

| note | the block is |
|---|---|
| `recipe` | a whole recipe |
| `recipe: keys` | keys at the top of a recipe; with `, ladder` the cookbook has no other `stages` |
| `recipe: conditions` | a list of conditions |
| `recipe: journey` | the keys of a journey |
| `recipe: steps` | the steps of a journey |
| `mactl.yaml` | a whole mactl.yaml, or some of its keys |
| `file: PATH`, `more of: PATH` | a file, or the end of one, of a page that is played |

What a recipe lacks stands in world/frame.yaml; the cookbook and the mactl.yaml around it are in world/.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mactl.document import Document, read_document
from mactl.project import Project, load_project
from mactl.recipe.cookbook import Cookbook, find_recipe_files, load_cookbook, parse_recipe
from mactl.recipe.recipe import Recipe
from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "docs"))

from pages import Block, blocks_of, every_page  # type: ignore[import-not-found]

WORLD = Path(__file__).parent / "world"
PLAYED = ("file", "more of", "change")


@dataclass(frozen=True)
class Snippet:
    """A YAML block of a page."""

    page: Path
    block: "Block"

    @property
    def kind(self) -> str:
        """What it is a part of."""
        return str(self.block.note).partition(",")[0]

    @property
    def place(self) -> str:
        """Page and line, for people."""
        return f"{self.page.relative_to(ROOT)}:{self.block.line}"

    @property
    def document(self) -> Document:
        """The block as it is read; it has no findings."""
        document, findings = read_document(self.block.text, self.place)
        assert not findings, [str(finding) for finding in findings]
        return document


def snippets() -> Iterator[Snippet]:
    """Every YAML block of every page that is not part of a page's play."""
    for page in every_page():
        for block in blocks_of(page.read_text(encoding="utf-8")):
            if block.language == "yaml" and block.note.partition(":")[0] not in PLAYED:
                yield Snippet(page, block)


@cache
def world() -> tuple[Project, Cookbook]:
    """The project and the cookbook that snippets are part of."""
    project, findings = load_project(WORLD)
    cookbook, problems = load_cookbook(find_recipe_files([project.cookbook]))
    assert not [*findings, *problems]
    return project, cookbook


def framed(snippet: Snippet, id: str) -> Recipe:
    """The recipe that a snippet is a part of, under the name `id`."""
    value, whole = snippet.document.value, _frame()
    if snippet.kind == "recipe":
        id, whole = value["recipe"], value
    elif snippet.kind == "recipe: keys":
        whole = _merged(whole, value)
    elif snippet.kind == "recipe: conditions":
        whole["segments"] |= {f"number-{n}": what for n, what in enumerate(value, start=1)}
    else:
        journey = value if snippet.kind == "recipe: journey" else _journey(value)
        whole["journey"] = journey
    if whole.get("journey"):
        whole["templates"] = {**_made_up(whole["journey"]), **whole.get("templates", {})}
    elif "templates" in whole:
        whole["journey"] = _journey([{"send": name} for name in whole["templates"]])
    recipe, findings = parse_recipe(
        json.dumps({**whole, "recipe": id}), WORLD / "recipes" / f"{id}.yaml"
    )
    assert recipe is not None and not findings, [str(finding) for finding in findings]
    return recipe


def _frame() -> dict[str, Any]:
    document, findings = read_document((WORLD / "frame.yaml").read_text(encoding="utf-8"), "frame")
    assert not findings
    return dict(document.value)


def _merged(frame: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    both = {**frame, **part}
    return {**both, "segments": {**frame["segments"], **part.get("segments", {})}}


def _journey(steps: Any) -> dict[str, Any]:
    return {"enter": {"segment": "customers"}, "leave": ["goal"], "steps": steps}


def _made_up(part: Any) -> dict[str, Any]:
    """A template for each that is sent somewhere in `part`."""
    found: dict[str, Any] = {}
    if isinstance(part, dict):
        for key in ("send", "template"):
            if isinstance(part.get(key), str):
                found[part[key]] = _TEMPLATE
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        found |= _made_up(inner)
    return found


_TEMPLATE = {
    "subject": "About your contract",
    "body": "[Read](https://acme.example/read)",
    "sms": "Read https://acme.example/read, or answer STOP",
}
