"""A company whose customers are told apart by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mactl.columns import KEY
from mactl.consent.entry import Said
from mactl.project import Project, load_project
from mactl.recipe.cookbook import Cookbook
from mactl.rules.consent import consent_is
from mactl.rules.evaluate import evaluate
from mactl.rules.questions import Question
from mactl.store.suppressions import Suppression, add_suppressions, read_suppressions
from mactl.workflows.consenting.entering import Statement, record_consent
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.opening import open_state
from mactl.workflows.sending.send import Manners, send_now

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SETTINGS = """\
engine: pandas
contacts: [{file: crm.csv}, {file: shop.csv}]
events: [{file: events.csv}]
consent:
  offers: {state: ok, at: at, source: src, wording: txt, withdrawn: stop, free: true, unambiguous: true}
sender: {from: a@acme.example, address: Acme, unsubscribe: "https://acme.example/u/{token}"}
smtp: {url: "maildir:outbox"}
"""
RECIPE = """\
recipe: welcome
privacy: {basis: [consent], topic: offers, purpose: x}
goal: {event: paid}
journey:
  enter: {event: visit}
  again: never
  leave: [goal]
  steps:
    - send: hello
    - wait: 2 days
    - send: more
templates:
  hello: {subject: Hello, body: x}
  more: {subject: More, body: x}
"""
HEADER = "contact_id,email,name,ok,at,src,txt,stop"
YES = "yes,2026-01-01T10:00,form,Yes"


@dataclass(frozen=True)
class Company:
    """A project in a folder."""

    project: Project

    def crm(self, *rows: str, header: str = HEADER) -> None:
        """What the CRM exports."""
        self._write("crm.csv", header, rows)

    def shop(self, *rows: str) -> None:
        """What the shop exports."""
        self._write("shop.csv", HEADER, rows)

    def visits(self, *who: str) -> None:
        """These visited just before the first run."""
        at = (NOW - timedelta(minutes=5)).isoformat()
        self._write("events.csv", "contact,event,at", [f"{one},visit,{at}" for one in who])

    def tells(self, column: str, *rows: str) -> None:
        """What an events file tells, whose first column is called so: WHO,EVENT,AT."""
        self._write("events.csv", f"{column},event,at", rows)

    def _write(self, name: str, header: str, rows: Sequence[str]) -> None:
        (self.project.folder / name).write_text("\n".join([header, *rows, ""]))

    def run(self, days: int = 0) -> list[str]:
        """The subjects and addresses of what a run so many days later sends, sorted."""
        outbox = self.project.folder / "outbox"
        before = set(outbox.glob("new/*"))
        send_now(self.project, [], Sources(), NOW + timedelta(days=days), Manners())
        lines = [file.read_text().splitlines() for file in set(outbox.glob("new/*")) - before]
        return sorted(
            " ".join(
                next(line for line in some if line.startswith(f"{name}: ")).partition(": ")[2]
                for name in ("Subject", "To")
            )
            for some in lines
        )

    def gather(self) -> Gathered:
        """The facts as they stand."""
        with open_state(self.project) as state:
            return gather(self.project, Sources(), state, NOW + timedelta(days=30))

    def people(self) -> dict[str, list[str]]:
        """Key → the addresses and other keys that they are known by."""
        people = self.gather().people
        keys = dict(zip(self.ids().values(), self.ids(), strict=True))
        found: dict[str, list[str]] = {key: [] for key in self.ids()}
        for row in people.aliases.to_pylist():
            found[keys[row["_contact"]]].append(row["alias"])
        return {key: sorted(aliases) for key, aliases in found.items()}

    def ids(self) -> dict[str, str]:
        """Key → internal id."""
        table = self.gather().people.contacts
        return dict(
            zip(table.column(KEY).to_pylist(), table.column("_contact").to_pylist(), strict=True)
        )

    def opted_out(self) -> set[tuple[str, str]]:
        """Key and topic of those who must not be written to."""
        keys = {id: key for key, id in self.ids().items()}
        rows = self.gather().facts.opted_out.to_pylist()
        return {(keys[row["contact"]], row["topic"]) for row in rows}

    def record(self, who: str, state: Said, days: int = 0) -> None:
        """Enter what somebody said on offers, with all proofs of a consent."""
        words = self.project.folder / "words.txt"
        words.write_text("Yes, write me.")
        said = Statement(
            state=state, source="form", wording="words.txt", free="no gift", unambiguous="a box"
        )
        when = NOW + timedelta(days=days)
        at = when.isoformat() if state is Said.GRANTED else None
        record_consent(self.project, who, "offers", replace(said, at=at), when)

    def withdrawn(self) -> set[str]:
        """The keys of those who withdrew from offers, whatever says so."""
        gathered = self.gather()
        keys = {id: key for key, id in self.ids().items()}
        question = {"it": Question(consent_is("withdrawn", "offers"), "")}
        found = evaluate(gathered.facts, Cookbook(), question, engine="pandas")["it"]
        return {keys[id] for id in found.index[found]}

    def suppress(self, address: str, source: str = "command", topic: str = "") -> None:
        """Suppress an address."""
        entry = Suppression(address, "asked to stop", source, 0, topic)
        with open_state(self.project, write=True) as state, state.writing() as connection:
            add_suppressions(connection, [entry])

    def suppressed(self) -> set[tuple[str, str]]:
        """Address and topic of all suppressions."""
        with open_state(self.project) as state, state.reading() as connection:
            frame = read_suppressions(connection)
        return set(zip(frame["address_key"], frame["topic"], strict=True))


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    """A company without customers yet."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").mkdir()
    (tmp_path / "mactl.yaml").write_text(SETTINGS)
    (tmp_path / "recipes" / "welcome.yaml").write_text(RECIPE)
    project, findings = load_project(Path())
    assert not findings
    made = Company(project)
    made.crm()
    made.shop()
    made.visits()
    return made
