"""Where things stand: nothing on top of anything else, whatever the journey."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings

from mactl.picture.cards import Card
from mactl.picture.flow import Flow
from mactl.picture.layout import Layout, lay_out
from mactl.picture.ranks import rank_nodes
from mactl.picture.shapes import Box, Point
from tests.conftest import examples
from tests.picture.making import Steps, flow_from, flow_of, journeys

ANY = settings(max_examples=examples(80))


def boxes(layout: Layout) -> dict[int, Box]:
    return {card.node.number: box for card, box in layout.cards}


def segment(a: Point, b: Point) -> Box:
    """The straight part of a path between two points, a little thinner than a hair."""
    left, top = min(a[0], b[0]) - 0.01, min(a[1], b[1]) - 0.01
    return Box(left, top, abs(a[0] - b[0]) + 0.02, abs(a[1] - b[1]) + 0.02)


def shrunk(box: Box) -> Box:
    """A box without its border."""
    return Box(box.left + 0.1, box.top + 0.1, box.width - 0.2, box.height - 0.2)


@given(journeys())
@ANY
def test_no_two_cards_overlap_and_all_lie_in_the_picture(steps: Steps) -> None:
    layout = lay_out(flow_from(steps))

    placed = boxes(layout).values()
    assert not [pair for pair in combinations(placed, 2) if pair[0].overlaps(pair[1])]
    assert all(box.left >= 0 and box.top >= 0 for box in placed)
    assert all(box.right <= layout.width + 0.01 and box.bottom <= layout.height for box in placed)


@given(journeys())
@ANY
def test_every_edge_runs_from_the_foot_of_its_source_to_the_head_of_its_target(
    steps: Steps,
) -> None:
    flow = flow_from(steps)
    layout = lay_out(flow)
    placed = boxes(layout)

    assert len(layout.paths) == len(flow.edges)
    for path in layout.paths:
        source, target = placed[path.edge.source.number], placed[path.edge.target.number]
        (start, *_), (*_, end) = path.points, path.points
        assert start == pytest.approx((source.middle, source.bottom))
        assert end[1] == pytest.approx(target.top)
        assert target.left <= end[0] <= target.right
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(path.points))
        assert path.points[-2][1] < end[1]  # it comes from above, as its arrow says


@given(journeys())
@ANY
def test_no_edge_runs_through_a_card_or_anothers_label(steps: Steps) -> None:
    layout = lay_out(flow_from(steps))

    obstacles = [(None, shrunk(box)) for _, box in layout.cards]
    obstacles += [(label.edge, shrunk(label.box)) for label in layout.labels]
    for path in layout.paths:
        for a, b in pairwise(path.points):
            for owner, box in obstacles:
                assert owner == path.edge or not segment(a, b).overlaps(box)


@given(journeys())
@ANY
def test_labels_overlap_neither_cards_nor_each_other(steps: Steps) -> None:
    layout = lay_out(flow_from(steps))

    labels = [label.box for label in layout.labels]
    assert not [pair for pair in combinations(labels, 2) if pair[0].overlaps(pair[1])]
    assert not [1 for label in labels for _, box in layout.cards if label.overlaps(box)]


@given(journeys())
@ANY
def test_the_main_line_is_straight(steps: Steps) -> None:
    flow = flow_from(steps)
    placed = boxes(lay_out(flow))

    lines = [placed[node.number].middle for node in flow.trunk]
    assert lines == pytest.approx([lines[0]] * len(lines))


@given(journeys())
@ANY
def test_only_a_go_to_leads_up(steps: Steps) -> None:
    flow = flow_from(steps)
    ranks = rank_nodes(flow)

    up = [e for e in flow.edges if ranks[e.target.number] <= ranks[e.source.number]]
    assert all(edge.is_jump for edge in up)
    assert sorted(set(ranks.values())) == list(range(max(ranks.values()) + 1))


def card(flow: Flow, id: str) -> tuple[Card, Box]:
    return next((card, box) for card, box in lay_out(flow).cards if card.node.id == id)


def test_an_exit_stands_beside_the_step_that_the_others_go_on_with() -> None:
    flow = flow_of("""\
        - milestone: booked
          when: {event: booked}
          up_to: 10 days
          else: [{exit: no demo}]
        - send: thanks
    """)

    (_, way_out), (_, thanks) = card(flow, "exit-1"), card(flow, "thanks")
    assert way_out.top == thanks.top
    assert way_out.left > thanks.right


def test_a_go_to_back_runs_at_the_side_of_everything() -> None:
    layout = lay_out(
        flow_of("""\
        - send: offer
        - wait: 3 days
        - choose:
            - {when: {field: country, eq: DE}, then: [{send: german}, {wait: 1 day}, {go_to: offer}]}
        - send: last
    """)
    )

    (back,) = [path for path in layout.paths if path.is_back]
    outside = {x for x, _ in back.points}
    assert min(outside) < min(box.left for _, box in layout.cards) or max(outside) > max(
        box.right for _, box in layout.cards
    )


def test_what_a_card_cannot_hold_ends_in_an_ellipsis() -> None:
    flow = flow_of(f"- send: {'very-' * 60}long")

    found, box = card(flow, f"{'very-' * 60}long")
    shown = [line for line in found.lines if line.role == "what"]
    assert len(shown) == 3
    assert shown[-1].text.endswith("…")
    assert all(line.x + line.type.width(line.text) <= box.width for line in found.lines)
