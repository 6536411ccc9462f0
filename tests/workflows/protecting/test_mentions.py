"""Somebody named in what is kept of others, or in what recipes say: the words for them go, the others' rest stays."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select, update

from mactl.keeping import EVENTS, note_written
from mactl.people.archive import Archive
from mactl.privacy.mentions import Mentions
from mactl.privacy.needles import Needles
from mactl.project import Project
from mactl.store.syncs import Batch, add_batches
from mactl.store.tables import (
    actions,
    enrollments,
    events,
    identity_decisions,
    overrides,
    sends,
    suppressions,
    versions,
)
from mactl.workflows.consenting.entering import Statement, record_consent
from mactl.workflows.importing.events import import_events
from mactl.workflows.opening import open_state
from mactl.workflows.protecting.erasing import IMPORTED, Erasure, Manners, erase_person
from tests.workflows.protecting.world import ANN, OTHER, PHONE, at, rows_of_all, traces

LATER = at("2026-11-24T10:00")
BOB, KEY = "bob@example.com", "C-ANN-0001"
LINK = f"https://shop.test/invite?to={quote(ANN, safe='')}&from=bob"


def erase(project: Project, **how: Any) -> Erasure:
    return erase_person(project, ANN, LATER, Manners(**how))


def name_her(project: Project) -> None:
    """Have Bob's rows, and those of nobody, name Ann in all the words that people write."""
    nested = {"friends": [{"mail": ANN.upper()}, {"mail": "cas@example.com"}], "link": LINK, "n": 3}
    with open_state(project, write=True) as state, state.writing() as connection:
        bob = connection.execute(select(sends.c.contact).where(sends.c.address == BOB)).scalar()
        told = {"contact": bob, "event": "invited", "at": 1, "properties": json.dumps(nested)}
        connection.execute(insert(events).values(**told))
        values = {"body": json.dumps(nested).replace("@", "\\u0040"), "response": f"hi {ANN}"}
        connection.execute(update(actions).where(actions.c.contact == bob).values(**values))
        trigger = json.dumps({"by": base64.b64encode(ANN.encode()).decode()})
        inside = enrollments.c.contact == bob
        connection.execute(update(enrollments).where(inside).values(trigger=trigger))
        reason = {"reason": f"250 ok, copied to {PHONE}", "response": f"<{OTHER}>"}
        connection.execute(update(sends).where(sends.c.contact == bob).values(**reason))
        why = {"recipe": "other", "status": "paused", "at": 1, "reason": f"{ANN} complained"}
        connection.execute(insert(overrides).values(**why))
        gone = {"contact": bob, "other": "nobody", "moved": "[]", "after": 0, "at": 0}
        named = {"named": json.dumps([f"email:{ANN}"]), "why": f"{ANN} says so"}
        connection.execute(insert(identity_decisions).values(kind="split", **gone, **named))
        row = {"contacts": [{"contact": "C-BOB-0002", "friend": ANN}]}
        told = {str(bob): ("C-BOB-0002", 1)}
        add_batches(connection, "crm", [Batch("b1", json.dumps(row), told)])
        entry = {"address_key": BOB, "topic": "", "source": "command", "at": 1}
        connection.execute(insert(suppressions).values(**entry, reason=f"asked by {ANN}"))
    file = project.folder / "invitations.csv"
    file.write_text(f"email,event,at,friend,link\n{BOB},invited,2026-11-02,{ANN},{LINK}\n")
    import_events(project, [file], at("2026-11-23T15:00"))
    file.unlink()
    note = project.folder / f"{KEY}.txt"
    note.write_text(KEY)
    note_written(project.folder, note)


def test_what_others_rows_say_of_her_goes_and_the_rest_of_them_stays(in_file: Project) -> None:
    name_her(in_file)
    before = rows_of_all(in_file)
    assert len(traces(in_file, ANN, OTHER, PHONE, KEY)) > 10

    looked = erase(in_file, dry_run=True).held.mentions
    rows = {"events", "actions", "enrollments", "sends", "overrides", "suppressions"}
    assert rows | {"identity_decisions", "sync_batches"} < {*looked}
    assert looked[IMPORTED] == 1
    assert rows_of_all(in_file) == before

    assert erase(in_file).is_proven
    assert traces(in_file, ANN, OTHER, PHONE, KEY) == []
    after = rows_of_all(in_file)
    [invited] = [row for row in after["events"] if row["event"] == "invited"]
    assert json.loads(invited["properties"]) == {
        "friends": [{"mail": "erased"}, {"mail": "cas@example.com"}],
        "link": "https://shop.test/invite?to=erased&from=bob",
        "n": 3,
    }
    assert json.loads(next(r["trigger"] for r in after["enrollments"] if r["trigger"] != "{}")) == {
        "by": "erased"
    }
    assert {row["why"] for row in after["identity_decisions"]} == {"erased says so"}
    assert after["sync_batches"] == []
    assert {row["reason"] for row in after["overrides"]} == {"erased complained"}
    assert "asked by erased" in {row["reason"] for row in after["suppressions"]}
    kept = Archive(in_file.folder / EVENTS).read().events.to_pylist()
    [told] = [row for row in kept if row["_event"] == "invited"]
    assert (told["friend"], told["link"]) == ("erased", LINK.replace(quote(ANN, safe=""), "erased"))
    assert erase(in_file, dry_run=True).held.mentions == {}


GA4 = {
    "event_timestamp": "1795000000000000",
    "event_name": "page_view",
    "user_id": "C-BOB-0002",
    "event_params": [
        {"key": "page_location", "value": {"string_value": f"https://shop.test/to/{quote(ANN)}"}},
        {"key": "page_title", "value": {"string_value": f"A letter to {ANN}"}},
        {"key": "friend", "value": {"string_value": quote(quote(ANN, safe=""), safe="")}},
    ],
}
VISIT = (
    f'203.0.113.9 - - [20/Nov/2026:11:00:00 +0100] "GET /to/{quote(ANN, safe="")}?contact_id=C-BOB-0002&to={ANN}'
    f' HTTP/1.1" 200 5 "https://mail.test/?q={ANN}" "Mozilla/5.0 Firefox/140.0"\n'
)


def test_visits_of_others_and_words_that_she_agreed_to_name_her_no_more(in_file: Project) -> None:
    visits = {"ga4.json": json.dumps(GA4), "access.log": VISIT}
    for name, text in visits.items():
        (in_file.folder / name).write_text(text)
        [arrived] = import_events(in_file, [in_file.folder / name], at("2026-11-23T15:00"))
        assert arrived.new == 1
        (in_file.folder / name).unlink()
    words = in_file.folder / "words.txt"
    words.write_text(f"I, {ANN}, want to hear of offers.")
    said = Statement(source="phone", wording="words.txt", free="yes", unambiguous="yes")
    record_consent(in_file, ANN, "offers", said, at("2026-11-23T15:00"))
    words.unlink()
    assert any(ANN in row["text"] for row in rows_of_all(in_file)["wordings"])

    assert erase(in_file).is_proven
    assert traces(in_file, ANN, OTHER, PHONE, KEY) == []
    paths = Archive(in_file.folder / EVENTS).read().events.column("path").to_pylist()
    assert paths.count("/to/{email}") == 2


def test_what_was_imported_before_is_known_again_without_her_name(in_file: Project) -> None:
    name_her(in_file)
    erase(in_file)
    file = in_file.folder / "invitations.csv"
    file.write_text(f"email,event,at,friend,link\n{BOB},invited,2026-11-02,{ANN},{LINK}\n")
    [arrived] = import_events(in_file, [file], LATER)
    assert arrived.new == 0


def test_a_recipe_that_names_her_is_told_and_once_it_does_not_its_copies_go(
    in_file: Project,
) -> None:
    recipe = in_file.cookbook / "hello.yaml"
    text = recipe.read_text()
    recipe.write_text(f"# ask {ANN}\n{text}")
    with open_state(in_file, write=True) as state, state.writing() as connection:
        connection.execute(update(versions).values(text=recipe.read_text()))
    erased = erase(in_file)
    assert [str(place) for place in erased.held.recipes] == ["recipes/hello.yaml:1"]
    assert erased.proof is not None and not erased.is_proven
    assert any("table versions" in place for place in erased.proof.found)

    recipe.write_text(text)
    again = erase(in_file)
    assert again.is_proven and again.held.mentions == {"versions": 1}
    assert rows_of_all(in_file)["versions"][0]["text"] == f"# ask erased\n{text}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"from {ANN}", "from erased"),
        (f"jo{ANN} and {ANN.title()}", f"jo{ANN} and erased"),
        (f"<a href='mailto:{quote(ANN)}'>", "<a href='mailto:erased'>"),
        (f'{{"{ANN}": ["é {ANN}", 1, null]}}', '{"erased": ["é erased", 1, null]}'),
        (f"{{{{ {ANN} }}}}", "{{ erased }}"),
        (base64.b64encode(f"to {ANN}".encode()).decode(), "erased"),
        (f"{KEY}, not {KEY}9 or {PHONE}7", f"erased, not {KEY}9 or {PHONE}7"),
        ("customer 100200300", "customer erased"),
    ],
)
def test_words_for_her_are_taken_out_of_text(before: str, after: str) -> None:
    mentions = Mentions(Needles([ANN, PHONE, "100200300", KEY], lookalikes=[f"jo{ANN}"]))
    # What can't be told from a number, or is spelt within a longer text, is left to whoever reads the proof.
    left = [f"jo{ANN}", "order 11002003004", '{"n": 100200300}', f"a\n{ANN.encode().hex()}\nb"]
    assert mentions.among(["nothing", *left, before]) == {before: after}


def test_nobody_is_taken_out_of_nothing() -> None:
    assert Mentions(Needles([])).among([ANN, ""]) == {}
