"""How many people stand where."""

from mactl.picture.people import People, badges, count_by_node, totals_line
from tests.picture.making import flow_of

STEPS = """\
- send: offer
- split: subject
  arms:
    plain: {share: 10%, steps: [{send: issue}]}
    winner: {share: 90%, after: 4 hours, measure: clicked, fallback: plain}
- choose:
    - {when: {field: a, eq: b}, then: [{exit: done}]}
    - {when: {field: a, eq: c}, then: [{exit: over}]}
    - {when: {field: a, eq: d}, then: [{exit: over}]}
"""


def test_people_stand_on_their_step_and_those_who_wait_for_the_best_arm_at_that_arm() -> None:
    flow = flow_of(STEPS)
    people = People(
        at={"offer": 1204, "subject": 5}, waiting=7, completed={"end": 3, "done": 2, "over": 9}
    )

    counts = count_by_node(flow, people)

    assert {flow.nodes[number].id: n for number, n in counts.items() if n} == {
        "<enter>": 7, "offer": 1204, "subject.winner": 5, "exit-1": 2, "<end>": 3,
    }  # fmt: skip
    assert badges(flow, people)[1] == "1,204"
    assert badges(flow, people)[0] == "7 waiting"


def test_on_a_split_without_a_winner_people_stand_where_they_stand() -> None:
    flow = flow_of("- split: s\n  arms: {a: {share: 100%, steps: [{send: x}]}}\n")

    assert count_by_node(flow, People(at={"s": 4}))[1] == 4


def test_the_totals_are_one_line() -> None:
    people = People({"offer": 1200}, 4, 3, {"end": 80, "done": 7}, {"unmatched": 10, "goal": 30})

    assert totals_line(people) == (
        "1,204 on their way (4 in another version), 3 waiting to enter, 87 completed, "
        "40 left (30 goal, 10 unmatched)"
    )
    assert totals_line(People()) == "0 on their way, 0 completed, 0 left"
