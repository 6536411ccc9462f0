"""Merges and splits that somebody decided: kept, undone, and nobody's opt-out is lost by one."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from mactl.consent.entry import Said
from mactl.errors import TryAgainLater, UsageError
from mactl.store.decisions import DecisionKind
from mactl.store.frames import read_frame
from mactl.store.lock import planner_lock
from mactl.store.tables import enrollments, events
from mactl.workflows.opening import open_state
from mactl.workflows.persons.deciding import list_decisions, merge, split, undo_decision
from mactl.workflows.persons.doubling import propose_doubles
from tests.workflows.persons.conftest import NOW, YES, Company

ANN = f"C1,ann@example.com,Ann,{YES},"
BOB = f"C2,bob@example.com,Bob,{YES},"


def two(company: Company) -> None:
    company.crm(ANN, BOB)


def test_a_merge_holds_for_every_later_import(company: Company) -> None:
    two(company)
    merge(company.project, "C2", "C1", "the same person", NOW)
    everything = [
        "contact_id:C1",
        "contact_id:C2",
        "email:ann@example.com",
        "email:bob@example.com",
    ]

    assert company.people() == {"C1": everything}
    company.crm(BOB, ANN)
    assert list(company.people().values()) == [everything]
    company.crm(BOB)
    company.shop(",ann@example.com,Ann,,,,,")
    assert list(company.people().values()) == [everything]


@pytest.mark.parametrize("order", [((1, 2), (2, 3)), ((3, 2), (1, 2)), ((3, 1), (2, 3))])
def test_merges_in_any_order_make_one_person(
    company: Company, order: tuple[tuple[int, int], ...]
) -> None:
    company.crm(ANN, BOB, "C3,cy@example.com,Cy,,,,,yes")
    company.visits("C1", "C2")
    company.run()  # the state knows them, in this order
    ids = company.ids()
    for one, other in order:
        merge(company.project, f"C{one}", f"C{other}", None, NOW)

    assert company.ids() == {"C1": ids["C1"]}
    assert company.withdrawn() == {"C1"}


def test_the_older_contact_stays(company: Company) -> None:
    company.crm(BOB)
    company.visits("C2")
    company.run()
    bob = company.ids()["C2"]
    two(company)
    decided = merge(company.project, "C1", "bob@example.com", None, NOW)

    assert (decided.contact, decided.other) == ("C2", "C1")
    assert list(company.ids().values()) == [bob]


def renumbered(company: Company, stop: str = "") -> None:
    """Ann was C1, was C1 and C9 for a while, and is C9 alone."""
    company.crm(f"{ANN}{stop}")
    company.run()
    new = ANN.replace("C1", "C9")
    company.crm(ANN, new)
    company.run()
    company.crm(new)


def test_who_got_another_number_is_proposed_and_merged(company: Company) -> None:
    renumbered(company)
    ids = company.ids()
    (proposed,), count = propose_doubles(company.project, (), 0.8, None)
    names = [each["contact"] for each in proposed.contacts]
    assert (names, count) == (["C9", "C1"], 1)
    assert proposed.reasons[0] == "had email ann@example.com"

    decided = merge(company.project, *names, "renumbered", NOW)
    assert (decided.contact, decided.other) == ("C1", "C9")
    assert company.people() == {"C9": ["contact_id:C1", "contact_id:C9", "email:ann@example.com"]}
    assert company.ids()["C9"] != ids["C9"]
    assert propose_doubles(company.project, (), 0.8, None) == ([], 0)

    undo_decision(company.project, DecisionKind.MERGE, decided.number, None, NOW)
    assert company.ids() == ids


def test_merging_who_is_gone_keeps_what_they_withdrew(company: Company) -> None:
    company.crm(f"{ANN}yes")
    company.run()
    company.crm("C9,ann.bos@example.com,Ann,yes,2027-01-01T10:00,form,Yes,")
    company.visits("C9")
    merge(company.project, "C9", "C1", None, NOW)

    assert company.withdrawn() == {"C9"}
    assert company.run() == []


def test_a_merge_that_is_undone_leaves_both_as_they_were(company: Company) -> None:
    two(company)
    before = company.ids()
    decided = merge(company.project, "C1", "C2", "a guess", NOW)
    undone = undo_decision(company.project, DecisionKind.MERGE, decided.number, "wrong", NOW)

    assert (company.ids(), undone.joined_by) == (before, None)
    ((kept, one, other),) = list_decisions(company.project)
    assert (one, other, kept.why, kept.undone_why) == ("C1", "C2", "a guess", "wrong")


def test_an_undone_merge_says_what_joins_them_all_the_same(company: Company) -> None:
    company.shop(",ann@example.com,,,,,,", ",bob@example.com,,,,,,")
    decided = merge(company.project, "ann@example.com", "bob@example.com", None, NOW)
    company.crm("C9,ann@example.com,Ann,,,,,", "C9,bob@example.com,Bob,,,,,")
    undone = undo_decision(company.project, DecisionKind.MERGE, decided.number, None, NOW)

    assert undone.joined_by == "contact_id 'C9'"


@pytest.mark.parametrize("first", ["ann@example.com", "bob@example.com"])
def test_a_merge_keeps_the_opt_out_of_either(company: Company, first: str) -> None:
    two(company)
    company.suppress(first, topic="offers")
    decided = merge(company.project, "C1", "C2", None, NOW)

    assert decided.opt_outs == 1
    assert company.opted_out() == {("C1", "offers")}
    company.visits("C1", "C2")
    assert company.run() == []
    undo_decision(company.project, DecisionKind.MERGE, decided.number, None, NOW)
    assert company.opted_out() == {("C1", "offers"), ("C2", "offers")}


@pytest.mark.parametrize("first", ["C1", "C2"])
def test_a_merge_keeps_what_either_withdrew_though_the_other_consented_later(
    company: Company, first: str
) -> None:
    bare = [f"C{n},{who}@example.com,{who},,,,," for n, who in ((1, "ann"), (2, "bob"))]
    company.crm(*bare)
    company.record(first, Said.WITHDRAWN)
    company.record("C2" if first == "C1" else "C1", Said.GRANTED, days=1)
    assert company.withdrawn() == {first}
    merge(company.project, "C1", "C2", None, NOW + timedelta(days=2))

    assert company.withdrawn() == {"C1"}
    assert company.suppressed() == {("ann@example.com", "offers"), ("bob@example.com", "offers")}


def test_who_consents_anew_after_a_merge_is_written_to_again(company: Company) -> None:
    two(company)
    company.record("C2", Said.WITHDRAWN)
    merge(company.project, "C1", "C2", None, NOW + timedelta(days=1))
    company.record("C1", Said.GRANTED, days=2)

    assert company.withdrawn() == set()
    assert company.suppressed() == set()


def test_a_split_leaves_what_the_ledger_says_on_both(company: Company) -> None:
    one_of_two(company)
    company.record("C1", Said.WITHDRAWN)
    split(company.project, "C1", ["fam@example.com"], None, NOW + timedelta(days=1))

    assert company.withdrawn() == set(company.ids())
    assert len(company.ids()) == 2


def test_a_split_that_is_undone_keeps_what_either_withdrew_meanwhile(company: Company) -> None:
    one_of_two(company)
    decided = split(company.project, "C1", ["fam@example.com"], None, NOW)
    company.record("C1", Said.WITHDRAWN, days=1)
    company.record("fam@example.com", Said.GRANTED, days=2)
    later = NOW + timedelta(days=3)
    undo_decision(company.project, DecisionKind.SPLIT, decided.number, None, later)

    assert company.withdrawn() == {"C1"}


def test_a_merge_waits_for_no_planner(company: Company) -> None:
    two(company)
    with (
        open_state(company.project, write=True) as state,
        planner_lock(state, "mactl send", 0),
        pytest.raises(TryAgainLater),
    ):
        merge(company.project, "C1", "C2", None, NOW)
    assert list_decisions(company.project) == []


def test_a_bounce_is_the_mailboxs_own(company: Company) -> None:
    two(company)
    company.suppress("bob@example.com", source="bounce")
    merge(company.project, "C1", "C2", None, NOW)

    assert company.suppressed() == {("bob@example.com", "")}
    assert company.opted_out() == set()


def test_a_merged_person_is_written_to_once(company: Company) -> None:
    two(company)
    company.visits("C1", "C2")
    assert company.run() == ["Hello ann@example.com", "Hello bob@example.com"]
    merge(company.project, "C1", "C2", None, NOW)

    assert company.run(days=2) == ["More ann@example.com"]


SHARED = f"C1,fam@example.com,Bob,{YES},"


def one_of_two(company: Company) -> None:
    """Ann and Bob have one number in the CRM."""
    company.crm(ANN, SHARED)


def test_who_is_split_has_an_id_of_their_own_and_keeps_it(company: Company) -> None:
    one_of_two(company)
    before = company.ids()["C1"]
    decided = split(company.project, "C1", ["fam@example.com"], "two people", NOW)
    after = company.people()

    assert (decided.rows, decided.moved) == (("crm.csv:3",), ("email:fam@example.com",))
    assert sorted(after.values()) == [
        ["contact_id:C1", "email:ann@example.com"],
        ["email:fam@example.com"],
    ]
    ids = set(company.gather().people.contacts.column("_contact").to_pylist())
    assert before in ids
    company.crm(SHARED, ANN)
    assert set(company.gather().people.contacts.column("_contact").to_pylist()) == ids


def test_a_row_may_be_named_by_its_line(company: Company) -> None:
    one_of_two(company)
    decided = split(company.project, "C1", ["crm.csv:2"], None, NOW)

    assert decided.moved == ("email:ann@example.com",)


def test_a_split_sends_and_begins_nothing_twice(company: Company) -> None:
    one_of_two(company)
    company.visits("C1", "fam@example.com")
    assert company.run() == ["Hello ann@example.com"]
    decided = split(company.project, "C1", ["fam@example.com"], None, NOW)

    assert decided.begun == 1
    assert company.run(days=2) == ["More ann@example.com"]
    assert company.run(days=9) == []
    with open_state(company.project) as state, state.reading() as connection:
        frame = read_frame(connection, select(enrollments))
    assert sorted(frame["status"]) == ["completed", "merged"]
    assert frame["id"].is_unique


def test_what_waits_for_an_address_that_leaves_is_taken_back(company: Company) -> None:
    company.crm(SHARED, ANN)
    company.visits("C1")
    # A run that plans, and a machine that never sends: the message waits in the queue.
    assert company.run() == ["Hello fam@example.com"]
    with open_state(company.project, write=True) as state, state.writing() as connection:
        from mactl.store.tables import sends

        connection.execute(sends.update().values(status="queued", settled_at=None))
    decided = split(company.project, "C1", ["fam@example.com"], None, NOW)

    assert decided.cancelled == 1


def test_a_split_leaves_the_opt_out_on_both(company: Company) -> None:
    one_of_two(company)
    company.suppress("ann@example.com")
    split(company.project, "C1", ["fam@example.com"], None, NOW)

    assert company.suppressed() == {("ann@example.com", ""), ("fam@example.com", "")}
    company.visits("C1", "fam@example.com")
    assert company.run() == []


@pytest.mark.parametrize("row", [0, 1])
def test_a_split_leaves_a_withdrawal_of_either_row_on_both(company: Company, row: int) -> None:
    rows = [ANN, SHARED]
    rows[row] += "yes"
    company.crm(*rows)
    split(company.project, "C1", ["fam@example.com"], None, NOW)
    topics = {topic for _, topic in company.opted_out()}

    assert (len(company.opted_out()), topics) == (2, {"offers"})
    company.visits("C1", "fam@example.com")
    assert company.run() == []


def test_a_split_copies_the_events_that_tell_of_an_opt_out(company: Company) -> None:
    one_of_two(company)
    at = (NOW - timedelta(days=1)).isoformat()
    (company.project.folder / "events.csv").write_text(
        f"contact,event,at,topic\nC1,unsubscribed,{at},offers\nC1,visit,{at},\n"
    )
    split(company.project, "C1", ["fam@example.com"], None, NOW)

    with open_state(company.project) as state, state.reading() as connection:
        told = read_frame(connection, select(events.c.event, events.c.properties))
    assert told.to_numpy().tolist() == [["unsubscribed", '{"topic": "offers"}']]


def test_a_split_that_is_undone_makes_them_one_again(company: Company) -> None:
    one_of_two(company)
    before = company.people()
    decided = split(company.project, "C1", ["fam@example.com"], None, NOW)
    undo_decision(company.project, DecisionKind.SPLIT, decided.number, None, NOW)

    assert company.people() == before


def test_who_was_split_may_be_merged_again(company: Company) -> None:
    one_of_two(company)
    before = company.people()
    split(company.project, "C1", ["fam@example.com"], None, NOW)
    merge(company.project, "ann@example.com", "fam@example.com", None, NOW)

    assert company.people() == before


@pytest.mark.parametrize(
    ("one", "other", "message", "hint"),
    [
        ("C1", "ann@example.com", "one contact already", "mactl contacts show"),
        ("C1", "bob@exmaple.com", "there is no contact 'bob@exmaple.com'", "bob@example.com"),
    ],
)
def test_nonsense_is_refused(
    company: Company, one: str, other: str, message: str, hint: str
) -> None:
    two(company)
    with pytest.raises(UsageError) as refused:
        merge(company.project, one, other, None, NOW)

    assert message in refused.value.message
    assert hint in str(refused.value.hint)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (["C1"], "nobody would be left"),
        (["zoe@example.com"], "no key or row of 'C1'"),
        (["crm.csv:3", "crm.csv:2"], "nobody would be left"),
    ],
)
def test_a_split_that_parts_nobody_is_refused(
    company: Company, what: list[str], message: str
) -> None:
    one_of_two(company)
    with pytest.raises(UsageError, match=message):
        split(company.project, "C1", what, None, NOW)


@pytest.mark.parametrize("number", [1, 7])
def test_only_what_stands_can_be_undone(company: Company, number: int) -> None:
    two(company)
    merge(company.project, "C1", "C2", None, NOW)
    undo_decision(company.project, DecisionKind.MERGE, 1, None, NOW)
    with pytest.raises(UsageError):
        undo_decision(company.project, DecisionKind.MERGE, number, None, NOW)


@pytest.mark.parametrize("seed", range(6))
def test_no_order_of_imports_merges_and_splits_brings_back_who_opted_out(
    company: Company, seed: int
) -> None:
    chance = random.Random(seed)
    rows = [
        f"C1,ann@example.com,Ann,{YES},",
        f"C2,ann@example.com,Bob,{YES},yes",
        f"C3,cy@example.com,Cy,{YES},",
        f"C3,dan@example.com,Dan,{YES},",
    ]
    company.suppress("cy@example.com", topic="offers")
    everyone = ["ann@example.com", "cy@example.com", "dan@example.com"]
    for day in range(4):
        chance.shuffle(rows)
        half = chance.randrange(len(rows))
        company.crm(*rows[:half])
        company.shop(*rows[half:])
        company.visits(*everyone)
        act = chance.choice(["merge", "split", "undo"])
        try:
            if act == "merge":
                merge(company.project, *chance.sample(["C1", "C2", "C3"], 2), None, NOW)
            elif act == "split":
                split(company.project, "C3", ["dan@example.com"], None, NOW)
            else:
                last = list_decisions(company.project)[-1][0]
                undo_decision(company.project, last.kind, last.number, None, NOW)
        except (UsageError, IndexError):
            pass  # there is nothing to undo, or they are one already
        assert company.run(days=day) == []
