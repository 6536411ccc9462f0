"""What a picture says: every kind of step in words, and where each leads."""

import pytest

from mactl.journey.words import plain
from mactl.picture.complexity import Complexity, complexity
from mactl.picture.flow import Flow, Kind
from mactl.picture.tracing import trace_flow
from mactl.recipe.steps import STEP_KINDS
from tests.picture.making import flow_of, recipe_of

STEPS = [
    ("send: offer", "send offer", []),
    ("send: {template: offer, channel: [preferred, sms], max_cost: 0.15, latest: 1 day, subject: Hi}",
     "send offer", ["by preferred, else sms", "subject “Hi”", "at most 0.15 each", "at most 1 day late"]),
    ("wait: 3 days", "wait 3 days", []),
    ("wait: {days: [tue, thu], at: '09:00'}", "wait until tue or thu, 09:00", []),
    ("wait: {for: 3 days, at: '09:00'}", "wait 3 days, then until 09:00", []),
    ("wait: {for: {by: {trigger: category}, coffee: 21 days, '*': 60 days}}",
     "wait by category", ["coffee: 21 days, others: 60 days"]),
    ("wait_for: {event: purchase}\n  up_to: 4 days", "wait for purchase", ["up to 4 days"]),
    ("wait_until: {date: event_date, offset: -1 days, at: '08:00'}",
     "wait until 1 day before event_date, 08:00", []),
    ("wait_until: {date: {trigger: starts_at}}", "wait until starts_at", []),
    ("choose: [{when: {field: country, eq: DE}, then: []}]", "choose", []),
    ("split: subject\n  per: enrollment\n  arms: {a: {share: 100%, steps: []}}",
     "split subject", ["drawn anew each time they enter"]),
    ("milestone: booked\n  when: {event: demo}\n  up_to: 10 days",
     "milestone booked", ["demo", "up to 10 days", "who meets it further up jumps here"]),
    ("go_to: there", "go to there", []),
    ("ask_consent: {topic: news, template: ask, wording: w.md, double: false}\n  up_to: 14 days",
     "ask consent for news", ["with ask, without a second message", "up to 14 days"]),
    ("set: {lifecycle: nurtured, hot: true, old: null}",
     "set lifecycle = nurtured", ["hot = true", "old empty"]),
    ("tag: [vip, hot]", "tag vip, hot", []),
    ("untag: vip", "untag vip", []),
    ("suppress: silent", "suppress all mail", ["silent"]),
    ("suppress: {topic: news, reason: no proof}", "suppress mail on news", ["no proof"]),
    ("notify: {to: sales, message: '{{ contact.email }} is hot'}",
     "notify sales", ["“{{ contact.email }} is hot”"]),
    ("task: {to: sales, title: Call, due: 2 business days}",
     "task Call", ["for sales, due within 2 business days"]),
    ("export: {to: exports/hot.csv, columns: [email, first_name]}",
     "export to exports/hot.csv", ["with email, first_name"]),
    ("webhook: {to: crm, body: {email: x}}", "call crm", ["with email"]),
    ("enroll: consideration", "hand over to consideration", []),
    ("exit: done", "exit done", []),
]  # fmt: skip


@pytest.mark.parametrize(("step", "line", "details"), STEPS)
def test_each_step_is_told_in_words(step: str, line: str, details: list[str]) -> None:
    flow = flow_of(f"- {step}\n")

    node = flow.trunk[1]
    assert node.words.line == line
    assert list(node.words.details) == details
    assert node.kind.value == step.partition(":")[0]


def test_every_kind_of_step_is_among_them() -> None:
    assert {step.partition(":")[0] for step, _, _ in STEPS} == {k.keyword for k in STEP_KINDS}


@pytest.mark.parametrize(
    ("enter", "what", "details"),
    [
        ("{segment: churn-prone}", "segment churn-prone", []),
        ("{segment: vip, existing: false}", "segment vip", ["only who joins from now on"]),
        (
            "{event: cart, where: {value: {gte: 50}}, key: cart_id, if: {field: country, eq: NL}}",
            "cart where value is at least 50",
            ["once per cart_id", "if country is NL"],
        ),
        (
            "{date: contract_end, offset: -90 days, at: '09:00'}",
            "90 days before contract_end, 09:00",
            [],
        ),
        ("{date: birthday, yearly: true}", "on birthday", ["every year"]),
        ("{every: tue, at: '09:00', segment: all}", "every tue, 09:00", ["segment all"]),
        ("{every: day, at: '09:00', segment: all}", "every day, 09:00", ["segment all"]),
        ("{cron: 0 9 * * tue, segment: all}", "at 0 9 * * tue", ["segment all"]),
        ("{once: 2026-12-01T09:00, segment: all}", "on 2026-12-01T09:00", ["segment all"]),
        ("{handover: true}", "handed over by another recipe", []),
    ],
)
def test_each_trigger_is_told_in_words(enter: str, what: str, details: list[str]) -> None:
    flow = trace_flow(recipe_of(f"enter: {enter}\nleave: []\nsteps: [{{send: a}}]"))

    assert flow.trunk[0].words.what == what
    assert list(flow.trunk[0].words.details) == details


def test_what_holds_for_the_whole_journey_is_noted() -> None:
    flow = flow_of("- send: a", "goal: {event: paid, within: 30 days, target: 15%}")
    assert [(note.name, note.text) for note in flow.notes] == [
        ("goal", "paid within 30 days, target 15%"),
        ("leave", "goal"),
    ]
    journey = """\
        enter: {segment: all}
        pace: {start: 500/day, grow: 20%, max: 5000/day}
        leave: [goal, unmatched, {field: nps, lte: 4}]
        on_goal: [{enroll: decision}]
        exclude: {segment: shared.talks}
        again: after 90 days
        holdout: 10%
        send_window: {days: [mon, tue], from: "08:00", to: "20:00", holidays: skip}
        one_per: {field: company_id}
        steps: [{send: a}]
    """
    flow = trace_flow(recipe_of(journey, "status: draft"))
    assert {note.name: note.text for note in flow.notes} == {
        "on goal": "hand over to decision",
        "leave": "goal, unmatched or nps is at most 4",
        "exclude": "in segment shared.talks",
        "again": "after 90 days",
        "holdout": "10%",
        "send window": "mon, tue 08:00–20:00, not on holidays",
        "one per": "company_id",
        "status": "draft",
    }
    assert flow.trunk[0].words.details == ("500/day, growing 20% each day, at most 5000/day",)


def edges(flow: Flow) -> list[str]:
    return [
        f"{edge.source.id} -> {edge.target.id}" + (f" ({edge.label})" if edge.label else "")
        for edge in flow.edges
    ]


def test_branches_part_with_their_condition_and_rejoin_at_the_next_step() -> None:
    flow = flow_of("""\
        - choose:
            - {when: {field: country, eq: DE}, then: [{send: german}, {exit: done}]}
            - {when: {field: country, eq: BE}, then: [{send: belgian}]}
        - wait_for: {event: paid}
          up_to: 4 days
          else: [{send: reminder}]
        - wait_for: {event: paid}
          up_to: 1 day
    """)

    assert edges(flow) == [
        "<enter> -> choose-1",
        "choose-1 -> german (country is DE)",
        "german -> exit-1",
        "choose-1 -> belgian (country is BE)",
        "belgian -> wait_for-1",
        "choose-1 -> wait_for-1 (otherwise)",
        "wait_for-1 -> wait_for-2 (in time)",
        "wait_for-1 -> reminder (not within 4 days)",
        "reminder -> wait_for-2",
        "wait_for-2 -> <end>",
    ]


def test_the_arms_of_a_split_have_their_shares_and_the_winner_waits() -> None:
    flow = flow_of("""\
        - split: subject
          arms:
            plain: {share: 7%, steps: [{send: issue}]}
            short: {share: 13%, steps: [{send: {template: issue, id: issue-short}}]}
            winner: {share: 80%, after: 4 hours, measure: clicked, at_least: 500, fallback: plain}
    """)

    assert edges(flow)[1:] == [
        "subject -> issue (plain 7%)",
        "issue -> <end>",
        "subject -> issue-short (short 13%)",
        "issue-short -> <end>",
        "subject -> subject.winner (winner 80%)",
        "subject.winner -> <end>",
    ]
    winner = next(node for node in flow.nodes if node.kind is Kind.WINNER)
    assert winner.words.what == "by clicked: plain or short"
    assert winner.words.details == ("after 4 hours", "each needs 500 sends, else plain")


def test_a_go_to_leads_where_it_says_and_an_end_that_nobody_reaches_is_left_out() -> None:
    flow = flow_of("- {send: a, id: start}\n- wait: 1 day\n- go_to: start\n")
    assert edges(flow) == [
        "<enter> -> start", "start -> wait-1", "wait-1 -> go_to-1", "go_to-1 -> start",
    ]  # fmt: skip

    flow = flow_of("- go_to: nowhere\n")
    assert edges(flow) == ["<enter> -> go_to-1"]


def test_complexity_counts_steps_branches_depth_and_the_ways_back() -> None:
    assert complexity(flow_of("- send: a\n- wait: 1 day\n")) == Complexity(2, 0, 0, 0)
    flow = flow_of("""\
        - send: a
        - wait: 1 day
        - choose:
            - when: {field: x, eq: 1}
              then: [{choose: [{when: {field: y, eq: 1}, then: [{go_to: a}]}]}]
    """)
    assert complexity(flow) == Complexity(steps=5, branches=4, depth=2, back_edges=1)


def test_what_cannot_be_seen_is_shown_as_such() -> None:
    assert plain("a\u202eb\x00c") == "a\ufffdb\ufffdc"
    assert plain(" one\n two\u2028three\t") == "one two three"
    assert plain("👩\u200d💻") == "👩\u200d💻"
