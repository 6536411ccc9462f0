"""What queued sends say: each contact's own wording and values, and nothing that a worker would have to look for."""

import email
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mactl.cli.views.plan import plan_json
from mactl.content.values import values_from_json
from mactl.project import Project, load_project
from mactl.store.codes import count_left
from mactl.store.tables import SendStatus, codes, sends
from mactl.store.tokens import Tokens
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state
from mactl.workflows.planning.running import plan_now
from mactl.workflows.sending.outcome import Sent
from mactl.workflows.sending.send import Manners, send_now
from mactl.workflows.writing.letters import foresee

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
CONTACTS = """\
email,first_name,language,job,clv,cost,sku
ann@example.com,Ann,nl-NL,CTO,1500,500,A-1
bob@example.com,Bob,,buyer,100,500,X-9
cas@example.com,Cas,de,,,,B-2
"""
SETTINGS = """\
engine: pandas
locale: en_GB
contacts: [{file: contacts.csv}]
events: [{file: events.csv}]
columns: {clv: number, cost: number}
data: {products: {file: products.csv, key: sku}}
codes: {birthday: {file: codes.txt}, welcome: {file: welcome.csv, column: code}}
sender:
  from: a@acme.example
  address: Acme
  unsubscribe: "https://acme.example/u/{token}"
  preferences: "https://acme.example/p/{token}"
  view: "https://acme.example/v/{token}"
  confirm: "https://acme.example/c/{token}"
smtp: {url: "maildir:outbox"}
"""
RECIPE = """\
recipe: hello
segments: {everyone: {field: email, empty: false}}
fields: {margin: "clv - cost"}
labels:
  persona: {cto: {field: job, eq: CTO}, buyer: {field: job, eq: buyer}}
stages: {lead: {}, customer: {event: purchase}}
goal: {event: paid}
journey:
  enter: %(enter)s
  again: %(again)s
  leave: [goal]
  steps:
    - send: %(send)s
templates:
  hi: %(template)s
"""


class Play:
    """A project in a folder, and its runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "recipes" / "issues").mkdir(parents=True)
        self.write("mactl.yaml", SETTINGS)
        self.write("contacts.csv", CONTACTS)
        self.write("events.csv", "id,email,event,at,sku\n")
        self.write("products.csv", "sku,Product name,price\nA-1,Coffee,3.5\nB-2,Tea,2\n")
        self.write("codes.txt", "ONE\nTWO\n\nTHREE\n")
        self.write("welcome.csv", "id,code\n1,W1\n2,W2\n3,W3\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def recipe(self, template: str, **other: str) -> None:
        declared = {"enter": "{segment: everyone}", "again": "never", "send": "hi", **other}
        self.write("recipes/hello.yaml", RECIPE % {**declared, "template": template})

    @property
    def project(self) -> Project:
        project, findings = load_project(self.folder)
        assert not findings, findings
        return project

    def send(self, after: timedelta = timedelta()) -> Sent:
        return send_now(self.project, [], Sources(), NOW + after, Manners())

    def rows(self) -> dict[str, Any]:
        """The sends in the state, by the contact's name."""
        with open_state(self.project) as state, state.reading() as connection:
            return {row.address.split("@")[0]: row for row in connection.execute(select(sends))}

    def values(self) -> dict[str, dict[str, Any]]:
        return {who: values_from_json(row.merge) for who, row in self.rows().items() if row.merge}

    def messages(self) -> dict[str, EmailMessage]:
        """The last that went out, by the contact's name."""
        paths = (self.folder / "outbox" / "new").glob("*")
        every = [email.message_from_bytes(p.read_bytes(), policy=policy.default) for p in paths]
        every.sort(key=lambda message: message["Date"].datetime)
        return {message["To"].split("@")[0]: message for message in every}

    def texts(self) -> dict[str, str]:
        """The first line of each message that went out."""
        bodies = {who: m.get_body(("plain",)) for who, m in self.messages().items()}
        return {who: body.get_content().splitlines()[0] for who, body in bodies.items() if body}


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path)


def test_each_contact_gets_the_cell_that_fits(play: Play) -> None:
    play.recipe(
        '{kind: service, subject: Hi, by: [persona, stage], cells: {cto/*: {body: "For CTOs"}, '
        '"*/customer": {body: "For customers"}, "buyer/lead": {body: "For {{ labels.persona }}s"}}}'
    )
    play.write("events.csv", "id,email,event,at,sku\n1,ann@example.com,purchase,2026-01-01,A-1\n")

    sent = play.send()

    assert play.texts() == {"ann": "For CTOs", "bob": "For buyers"}
    assert {who: values.get("cell") for who, values in play.values().items()} == {
        "ann": "cto/*", "bob": "buyer/lead",
    }  # fmt: skip
    cas = play.rows()["cas"]
    assert (cas.status, cas.reason) == ("held", "no cell is for persona empty, stage lead")
    assert cas.gate == "template" and cas.content is None and cas.released_at is None
    assert (sent.counts["sent"], sent.counts["held"]) == (2, 1)


def test_who_was_held_gets_it_when_a_cell_is_there(play: Play) -> None:
    cells = '{cto: {body: "A"}%s}'
    template = "{kind: service, subject: Hi, by: [persona], cells: %s}"
    play.recipe(template % (cells % ""))
    play.send()
    play.recipe(template % (cells % ', "*": {body: "B"}'))

    play.send(timedelta(hours=1))

    assert play.texts() == {"ann": "A", "bob": "B", "cas": "B"}


def test_a_cell_for_a_language_speaks_it(play: Play) -> None:
    play.recipe(
        "{kind: service, subject: Hi, body: \"{{ '2026-12-01' | date('d MMMM') }}\", by: [language], "
        'cells: {nl-nl: {}, de: {}, "*": {}}}'
    )
    play.send()

    assert play.texts() == {"ann": "1 december", "bob": "1 December", "cas": "1 Dezember"}


def test_blocks_are_chosen_by_rule_and_travel_as_numbers(play: Play) -> None:
    play.recipe(
        "{kind: service, subject: Hi, body: \"{{ block('hero') }}\", blocks: {hero: ["
        '{when: {label: persona, eq: cto}, body: "Call {{ contact.first_name }}"}, '
        '{when: {field: clv, lt: 1000}, body: "Cheap"}], other: [{body: x}]}}'
    )
    play.send()

    assert play.texts()["ann"] == "Call Ann" and play.texts()["bob"] == "Cheap"
    assert {who: v["blocks"] for who, v in play.values().items()} == {
        "ann": {"hero": 0, "other": 0},
        "bob": {"hero": 1, "other": 0},
        "cas": {"hero": None, "other": 0},
    }


def test_a_blocks_condition_sees_the_trigger_and_counts_from_it(play: Play) -> None:
    play.recipe(
        "{kind: service, subject: Hi, body: \"{{ block('hero') }}\", blocks: {hero: ["
        '{when: {event: visit}, body: "Back again"}, '
        '{when: {trigger: sku, eq: A-1}, body: "Coffee"}, {body: "Else"}]}}',
        enter="{event: cart}",
    )
    rows = (
        "1,ann@example.com,visit,2026-11-30T10:00,\n2,ann@example.com,cart,2026-12-01T08:00,A-1\n"
        "3,bob@example.com,cart,2026-12-01T08:00,B-2\n4,cas@example.com,cart,2026-12-01T08:00,A-1\n"
        "5,cas@example.com,visit,2026-12-01T08:30,\n"
    )
    play.write("events.csv", "id,email,event,at,sku\n" + rows)
    play.send()

    assert play.texts() == {"ann": "Coffee", "bob": "Else", "cas": "Back again"}


def test_rows_of_tables_travel_with_the_message(play: Play) -> None:
    play.recipe(
        "{kind: service, subject: Hi, body: \"{{ lookup('products', contact.sku).product_name }} "
        "{{ lookup('products', contact.sku).price | money }}\"}"
    )
    play.send()

    assert play.texts() == {"ann": "Coffee €3.50", "cas": "Tea €2.00"}
    bob = play.rows()["bob"]
    assert bob.status == "held" and bob.gate == "template"
    assert "products has no row X-9" in bob.reason
    rows = {who: values["lookups"] for who, values in play.values().items()}
    assert rows["ann"] == {
        "products": {"A-1": {"sku": "A-1", "product_name": "Coffee", "price": 3.5}}
    }
    assert rows["bob"] == {"products": {"X-9": None}}


def test_every_enrollment_gets_a_code_of_its_own_and_keeps_it(play: Play) -> None:
    play.recipe(
        "{kind: service, subject: \"{{ code('birthday') }}\", body: \"{{ code('welcome') }}\"}"
    )
    first = play.send()

    subjects = {who: str(message["Subject"]) for who, message in play.messages().items()}
    assert sorted(subjects.values()) == ["ONE", "THREE", "TWO"]
    assert sorted(play.texts().values()) == ["W1", "W2", "W3"]
    with open_state(play.project) as state, state.reading() as connection:
        assert len(connection.execute(select(codes)).all()) == 6
    assert first.counts["sent"] == 3
    assert play.send(timedelta(hours=1)).counts["sent"] == 0


def test_when_codes_run_out_the_rest_waits_for_more(play: Play) -> None:
    play.write("codes.txt", "ONE\n")
    play.recipe("{kind: service, subject: Hi, body: \"{{ code('birthday') }}\"}")

    sent = play.send()

    assert (sent.counts["sent"], sent.counts["held"]) == (1, 2)
    held = [row for row in play.rows().values() if row.status == SendStatus.HELD]
    assert {"no code of birthday is left" in row.reason for row in held} == {True}
    assert {row.gate for row in held} == {"template"}
    assert [(f.id, f.message) for f in sent.findings] == [
        ("few-codes", "0 of the 1 codes of birthday are left")
    ]
    play.write("codes.txt", "NEW\nONE\nTWO\n")
    play.send(timedelta(hours=1))
    assert sorted(play.texts().values()) == ["NEW", "ONE", "TWO"]
    with open_state(play.project) as state, state.reading() as connection:
        assert count_left(connection, "birthday", ["NEW", "ONE", "TWO"]) == 0


def test_a_plan_holds_what_has_no_wording_and_tells_of_tables_and_codes_as_the_send_does(
    play: Play,
) -> None:
    play.write("codes.txt", "ONE\nTWO\n")
    play.write("products.csv", "sku,name\nA-1,Coffee\nA-1,Tea\nB-2,Tea\n")
    words = "{{ lookup('products', contact.sku).name }} {{ code('birthday') }}"
    play.recipe(
        "{kind: service, subject: Hi, by: [persona], "
        f'cells: {{cto: {{body: "{words}"}}, buyer: {{body: "{words} {{{{ contact.clv }}}}"}}}}}}'
    )

    with plan_now(play.project, [], Sources(), NOW) as (planned, state):
        plan = foresee(play.project, planned, state)
    told = plan_json(plan)
    sent = play.send()

    (held,) = told["held"]
    assert held["gate"] == "template" and held["until"] is None
    assert held["reason"] == play.rows()["cas"].reason == "no cell is for persona empty"
    # What a contact's values lack shows when the message is written.
    assert (told["totals"]["sends"], sent.counts["sent"]) == (2, 1)
    assert sorted(f.id for f in plan.findings) == ["data-duplicate-key", "few-codes"]
    assert plan.findings == sent.findings


def test_a_plan_needs_no_sender_to_know_what_has_no_wording(play: Play) -> None:
    play.recipe("{kind: service, subject: Hi, by: [persona], cells: {cto: {body: A}}}")
    settings = SETTINGS[: SETTINGS.index("sender:")]
    play.write("mactl.yaml", settings)

    with plan_now(play.project, [], Sources(), NOW) as (planned, state):
        plan = foresee(play.project, planned, state)

    assert (len(plan.intents("queue")), len(plan.intents("hold"))) == (1, 2)


def test_addresses_of_a_message_are_its_own(play: Play) -> None:
    play.recipe(
        "{kind: service, subject: Hi, body: '{{ confirm_url }} {{ view_url }} {{ preferences_url }}'}"
    )
    play.send()

    rows, values = play.rows(), play.values()
    with open_state(play.project) as state:
        tokens = Tokens(state.secret)
        for who, row in rows.items():
            confirm = values[who]["confirm_url"].removeprefix("https://acme.example/c/")
            view = values[who]["view_url"].removeprefix("https://acme.example/v/")
            assert tokens.read_confirm(confirm) == tokens.read_view(view) == row.id
            assert tokens.read_view(confirm) is None and tokens.read_unsubscribe(view) is None
            assert len(confirm) == len(view) == 38


def test_derived_fields_are_fields_of_the_contact(play: Play) -> None:
    play.recipe("{kind: service, subject: Hi, body: \"{{ contact.margin | default('nothing') }}\"}")
    play.send()

    assert play.texts() == {"ann": "1000", "bob": "-400", "cas": "nothing"}


def test_a_file_for_each_occurrence_is_compiled_when_it_comes_up(play: Play) -> None:
    play.recipe(
        "{kind: service, subject: Issue, body: 'issues/{occurrence}.md'}",
        enter='{every: day, at: "08:00", segment: everyone}',
        again="always",
    )
    play.write("recipes/issues/2026-12-01.md", "First, {{ contact.first_name }}\n")
    play.write("recipes/issues/2026-12-02.md", "Second\n")

    play.send()
    assert play.texts()["ann"] == "First, Ann"
    play.send(timedelta(minutes=5))  # their journey ends
    play.send(timedelta(days=1))
    assert play.texts()["ann"] == "Second"


def test_values_hold_no_more_than_a_template_asks_for(play: Play) -> None:
    play.recipe("{kind: service, subject: Hi, body: '{{ contact.first_name }} {{ stage }}'}")
    play.send()

    assert set(play.values()["ann"]) == {"contact", "stage", "sender", "unsubscribe_url"}
    assert play.values()["ann"]["contact"] == {"first_name": "Ann"}
