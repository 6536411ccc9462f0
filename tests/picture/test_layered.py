"""The map of a cookbook: nothing on top of anything else, whoever hands over to whom."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.journey.words import Words
from mactl.picture.flow import Edge, Kind, Node
from mactl.picture.handovers import Map, trace_map
from mactl.picture.layered import lay_out_map
from mactl.picture.layout import Layout
from mactl.picture.shapes import Box
from mactl.recipe.recipe import RecipeFile
from tests.conftest import examples
from tests.picture.making import recipe_of

ANY = settings(max_examples=examples(80))


def map_of(count: int, pairs: list[tuple[int, int]]) -> Map:
    nodes = tuple(Node(n, f"r{n}", Kind.RECIPE, Words("Recipe", f"r{n}")) for n in range(count))
    edges = tuple(Edge(nodes[a % count], nodes[b % count]) for a, b in pairs)
    return Map(nodes, tuple({(e.source.number, e.target.number): e for e in edges}.values()))


MAPS = st.builds(
    map_of,
    st.integers(1, 14),
    st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=24),
)


def boxes(layout: Layout) -> dict[int, Box]:
    return {card.node.number: box for card, box in layout.cards}


@given(MAPS)
@ANY
def test_no_two_recipes_overlap_and_all_are_there(map: Map) -> None:
    layout = lay_out_map(map)
    placed = boxes(layout)

    assert sorted(placed) == [node.number for node in map.nodes]
    assert not [pair for pair in combinations(placed.values(), 2) if pair[0].overlaps(pair[1])]
    for box in placed.values():
        assert box.left >= -0.01 and box.right <= layout.width + 0.01
        assert box.bottom <= layout.height + 0.01


@given(MAPS)
@ANY
def test_every_handover_runs_from_its_source_to_its_target_past_all_others(map: Map) -> None:
    layout = lay_out_map(map)
    placed = boxes(layout)

    assert len(layout.paths) == sum(edge.source != edge.target for edge in map.edges)
    for path in layout.paths:
        source, target = placed[path.edge.source.number], placed[path.edge.target.number]
        (start, *_), (*_, end) = path.points, path.points
        leaves, arrives = (
            (source.top, target.bottom) if path.is_back else (source.bottom, target.top)
        )
        assert (start[1], end[1]) == pytest.approx((leaves, arrives))
        assert source.left < start[0] < source.right and target.left < end[0] < target.right
        for a, b in pairwise(path.points):
            assert a[0] == b[0] or a[1] == b[1]
            run = Box(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1]))
            assert not any(run.overlaps(box) for box in placed.values())


@given(MAPS)
@ANY
def test_a_handover_leads_down_unless_it_closes_a_circle(map: Map) -> None:
    layout = lay_out_map(map)
    placed = boxes(layout)

    for path in layout.paths:
        falls = placed[path.edge.source.number].bottom < placed[path.edge.target.number].top
        assert falls is not path.is_back
    if all(edge.source.number < edge.target.number for edge in map.edges):
        assert not any(path.is_back for path in layout.paths)


def renamed(file: RecipeFile, name: str) -> RecipeFile:
    return file.model_copy(update={"recipe": name})


def test_recipes_hand_over_by_steps_anywhere_and_on_goal() -> None:
    first = recipe_of("""\
        enter: {segment: all}
        leave: [goal]
        on_goal: [{enroll: second}, {tag: won}]
        steps:
          - choose: [{when: {field: a, eq: b}, then: [{enroll: second, id: over}, {enroll: third}]}]
    """)
    shared = RecipeFile.model_validate({"recipe": "shared"})

    map = trace_map([renamed(first, "first"), shared])

    assert [node.id for node in map.nodes] == ["first", "second", "third"]
    assert [(e.source.id, e.target.id, e.label) for e in map.edges] == [
        ("first", "second", "over, on goal"),
        ("first", "third", "enroll-1"),
    ]
