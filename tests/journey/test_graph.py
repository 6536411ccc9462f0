"""Steps as nodes."""

from pathlib import Path
from textwrap import dedent, indent

from mactl.journey.graph import END, Graph, build_graph, duplicate_ids
from mactl.recipe.cookbook import parse_recipe
from mactl.recipe.journey import Journey


def journey_of(steps: str) -> Journey:
    text = "recipe: offer\njourney:\n  enter: {event: x}\n  leave: []\n  steps:\n" + indent(
        dedent(steps), "    "
    )
    recipe, findings = parse_recipe(text, Path("offer.yaml"))
    assert recipe is not None, findings
    assert recipe.file.journey is not None
    return recipe.file.journey


def ways(graph: Graph) -> dict[str, tuple[str, ...]]:
    return {node.id: node.onward for node in graph}


def test_cases_rejoin_at_the_next_step() -> None:
    graph = build_graph(
        journey_of("""\
            - send: first
            - wait: 3 days
            - choose:
                - {when: {field: a, eq: 1}, then: [{send: second}, {wait: 1 day}]}
                - {when: {field: a, eq: 2}, then: [{exit: enough}]}
                - {else: []}
            - send: {template: first, id: last}
            """)
    )

    assert graph.start == "first"
    assert ways(graph) == {
        "first": ("wait-1",),
        "wait-1": ("choose-1",),
        "choose-1": ("second", "exit-1", "last"),
        "second": ("wait-2",),
        "wait-2": ("last",),
        "exit-1": (END,),
        "last": (END,),
    }


def test_every_node_comes_before_those_it_leads_to() -> None:
    graph = build_graph(
        journey_of("""\
            - choose:
                - {when: {field: a, eq: 1}, then: [{choose: [{when: {field: b, eq: 1}, then: [{send: deep}]}]}]}
                - {else: [{wait: 1 day}]}
            - send: last
            """)
    )
    order = list(graph.nodes)

    for node in graph:
        assert all(not to or order.index(to) > order.index(node.id) for to in node.onward)


def test_a_repeated_id_is_named_with_the_step_that_repeats_it() -> None:
    journey = journey_of("- send: a\n- wait: 1 day\n- send: a\n- {wait: 1 day, id: wait-1}\n")

    assert list(duplicate_ids(journey)) == [
        ("a", ("journey", "steps", 2)),
        ("wait-1", ("journey", "steps", 3)),
    ]
