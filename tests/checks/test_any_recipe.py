"""Whatever stands in a recipe: findings come of it, never a traceback, and none takes long."""

import json
import random
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.checks import check_recipes
from mactl.checks.fixes import apply_edits, find_edits
from mactl.checks.scope import Scope
from mactl.document import read_document, routes
from mactl.findings import Finding
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook, load_recipe, parse_recipe
from tests.checks.test_cases import FOLDER, NAMES, cases_of
from tests.conftest import ROOT, examples, suites

SETTINGS = Settings()
CUTTINGS = [*"\n \t:-{}[]'#*&!%0é\x00", '"', "", "-1", "9" * 12, "x" * 50, "{{"]
MOST_SECONDS = 2.0


def everything_found(text: str, folder: Path = FOLDER) -> list[Finding]:
    """What reading and checking `text` finds, and that mending it does no harm."""
    recipe, findings = parse_recipe(text, folder / "a.yaml")
    cookbook = Cookbook({recipe.id: recipe} if recipe else {})
    found = [*findings, *check_recipes(cookbook, list(cookbook.recipes), SETTINGS)]
    edits = find_edits(
        found, {str(folder / "a.yaml"): text}, Scope(cookbook, list(cookbook.recipes), SETTINGS)
    )
    parse_recipe(apply_edits(text, edits), folder / "a.yaml")
    return found


@cache
def recipes() -> list[str]:
    """Every recipe that we have: those we ship, and the cases, good and bad."""
    shipped = [
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "recipes").glob("*.yaml"))
    ]
    cases = [text for name in NAMES for kind in ("bad", "good") for text in cases_of(name)[kind]]
    return [*shipped, *(f"recipe: a\n{text}" for text in cases)]


@cache
def trees() -> list[Any]:
    """Every part of every recipe, as plain values."""
    values = (read_document(text, "a.yaml")[0].value for text in recipes())
    return [part for value in values if value is not None for _, part in routes(value)]


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_are_findings(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)

    recipe, findings = load_recipe(path)

    assert recipe is not None or findings


@given(st.text(max_size=300))
def test_random_text_is_findings(text: str) -> None:
    assert everything_found(text)


@given(st.data())
def test_a_recipe_with_letters_changed_is_findings_or_fine(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(recipes()))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 0, 1, 2, 20]))
        new = data.draw(st.sampled_from(CUTTINGS))
        text = text[:at] + new + text[at + length :]

    everything_found(text)


def grafted(tree: Any, draw: random.Random) -> Any:
    """`tree` with some part replaced by one from elsewhere."""
    if draw.random() < 0.08:
        return draw.choice(trees())
    if isinstance(tree, dict):
        keys = list(tree)
        if keys and draw.random() < 0.05:
            keys.remove(draw.choice(keys))
        return {key: grafted(tree[key], draw) for key in keys}
    if isinstance(tree, list):
        return [grafted(item, draw) for item in tree]
    if draw.random() < 0.05:
        return draw.choice(
            [
                None,
                True,
                -1,
                1e308,
                float("nan"),
                10**40,
                "",
                "0",
                "a" * 200,
                [],
                {},
                "3 days",
                "é\u2028",
            ]
        )
    return tree


@given(st.sampled_from(range(10**6)))
@settings(max_examples=examples(300))
def test_a_recipe_with_parts_of_others_is_findings_or_fine(seed: int) -> None:
    draw = random.Random(seed)
    tree = grafted(read_document(draw.choice(recipes()), "a.yaml")[0].value, draw)

    everything_found(json.dumps(tree))


def hostile() -> Iterator[tuple[str, str]]:
    """Recipes that are made to take long."""
    steps = "journey:\n  enter: {event: e}\n  leave: []\n  steps:\n"
    nested = "{field: a, eq: 1}"
    for _ in range(45):
        nested = f"{{all: [{nested}]}}"
    deep = "{tag: x}"
    for _ in range(30):
        deep = f"{{choose: [{{when: {{field: a, eq: 1}}, then: [{deep}]}}]}}"
    service = "templates: {a: {kind: service, subject: s, body: '…'}}"
    anchors = "".join(f"  a{n}: &a{n} x\n" for n in range(1000))

    def lines(line: str, count: int, start: str = "") -> str:
        """`count` lines with their number at each `#`."""
        return start + "".join(f"{line.replace('#', str(n))}\n" for n in range(count))

    every = [
        ("brackets", "a: " + "[" * 50_000),
        ("braces", "a: " + "{a: " * 50_000),
        ("dashes", "- " * 50_000),
        ("indents", "".join(" " * n + f"a{n}:\n" for n in range(1000))),
        ("conditions in conditions", f"segments: {{x: {nested}}}"),
        ("steps in steps", f"{steps}    - {deep}"),
        ("a long list of conditions", lines("    - {field: f, ne: #}", 4000, "segments:\n  x:\n")),
        ("a long any", lines("      - none: [{field: f, eq: #}]", 4000, "segments:\n  x:\n    any:\n")),
        ("many segments", "segments:\n" + "".join(f"  s{n}: {{segment: s{n + 1}}}\n" for n in range(4000))),
        ("many steps", steps + "    - tag: x\n" * 8000),
        ("many jumps", lines("    - {tag: x, id: s#}\n    - go_to: s1#", 1500, steps)),
        ("many milestones", lines("    - {milestone: m#, when: {event: e}, up_to: 1 day}", 4000, steps)),
        ("many cases", lines("        - {when: {field: a, gte: #}, then: []}", 4000, f"{steps}    - choose:\n")),
        ("many names that are wrong", lines("    - send: template-#", 4000, f"templates: {{}}\n{steps}")),
        ("many values", "segments: {x: {field: a, in: [" + ", ".join(map(str, range(50_000))) + "]}}"),
        ("aliases", f"vars:\n{anchors}  b: [" + ", ".join(f"*a{n}" for n in range(1000)) + "]"),
        ("a long regular expression", 'segments: {x: {field: a, matches: "' + "(a*)*" * 20_000 + '"}}'),
        ("a repetition", 'segments: {x: {field: a, matches: "' + "(" * 1000 + "a" + "){1000}" * 1000 + '"}}'),
        ("a long number", "version: " + "9" * 100_000),
        ("a long key", "x" * 500_000 + ": 1"),
        ("a long text", "title: " + "x " * 250_000),
        ("a body of stars", "templates: {a: {subject: s, body: '" + "*a " * 20_000 + "'}}"),
        ("a body of brackets", "templates: {a: {subject: s, body: '" + "[" * 20_000 + "'}}"),
        ("a service mail of words", service.replace("…", "save up t " * 20_000)),
        ("many addresses", "vars:\n" + "".join(f"  v{n}: a@b.example{'.c' * 20}\n" for n in range(5000))),
        ("almost an address", "title: " + "a." * 100_000 + "@"),
        ("almost a password", "title: " + "https://a:" * 30_000),
        ("many tests", "tests:\n" + "".join(f"  - {{name: n{n % 50}, now: 2026-12-01}}\n" for n in range(6000))),
        ("renames in a chain", "moved:\n" + "".join(f"  m{n}: m{n + 1}\n" for n in range(4000))),
        ("a long formula", 'fields: {x: "' + "(" * 400 + "a" + ")" * 400 + '"}'),
        ("a wide formula", 'fields: {x: "' + "a + " * 200 + 'a"}'),
        ("durations", f"segments: {{x: {{event: e, within_last: {'9' * 5000} days}}}}"),
        ("ignores", "".join(f"x{n}: 1 # mactl: ignore[unknown-key]\n" for n in range(3000))),
    ]  # fmt: skip
    yield from (
        (name, text if name.startswith("dash") else f"recipe: a\n{text}") for name, text in every
    )


@pytest.mark.parametrize(
    ("name", "text"), [pytest.param(*each, id=each[0].replace(" ", "-")) for each in hostile()]
)
def test_what_is_made_to_take_long_does_not(name: str, text: str) -> None:
    started = time.process_time()

    everything_found(text)

    assert time.process_time() - started < MOST_SECONDS, name


def test_the_cases_of_the_yaml_test_suite_are_findings_never_an_exception() -> None:
    path = suites() / "yaml-test-suite" / "cases.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    cases = json.loads(path.read_text(encoding="utf-8"))

    for case in cases:
        assert everything_found(case["yaml"])
        everything_found(f"recipe: a\nvars:\n  x: 1\n{case['yaml']}")

    assert len(cases) == 402
