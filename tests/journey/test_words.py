"""Steps as people read them in lists."""

from pathlib import Path

import pytest

from mactl.journey.graph import build_graph
from mactl.journey.words import node_line
from mactl.recipe.cookbook import parse_recipe


@pytest.mark.parametrize(("steps", "lines"), [
    ("[{send: offer}]", ["send offer"]),
    ("[{wait: 3 days}]", ["wait 3 days"]),
    ('[{wait: {for: 1 week, days: [tue], at: "09:00"}}]', ["wait 1 week, then until tue, 09:00"]),
    ("[{wait_until: {date: contract_end, offset: -1 days}}]", ["wait until 1 day before contract_end"]),
    ("[{wait_for: {event: paid}, up_to: 4 days}]", ["wait for paid, up to 4 days"]),
    ("[{milestone: booked, when: {event: booked}, up_to: 1 week}]", ["milestone booked, up to 1 week"]),
    (
        "[{ask_consent: {topic: news, template: ask, wording: w.md}, up_to: 14 days}]",
        ["ask consent for news", "await consent for news, up to 14 days"],
    ),
    ("[{split: s, arms: {a: {share: 100%, steps: []}}}]", ["split s"]),
    ("[{choose: [{when: {tag: vip}, then: []}]}]", ["choose"]),
    ("[{exit: not sold there}]", ["exit not sold there"]),
    ("[{set: {stage: won}}]", ["set stage = won"]),
])  # fmt: skip
def test_a_step_is_told_on_one_line(steps: str, lines: list[str]) -> None:
    text = f"recipe: a\njourney: {{enter: {{segment: x}}, leave: [], steps: {steps}}}"
    recipe, findings = parse_recipe(text, Path("a.yaml"))

    assert recipe is not None, findings
    assert [node_line(node) for node in build_graph(recipe.journey)] == lines
