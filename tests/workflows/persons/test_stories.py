"""Years of a customer who opted out, told at random: whatever the exports do, nothing more is sent to them."""

import random
from datetime import timedelta

import pytest

from mactl.consent.entry import Said
from mactl.errors import UsageError
from mactl.workflows.persons.deciding import list_decisions, merge, split, undo_decision
from tests.workflows.persons.conftest import NOW, YES, Company

DAYS = 6


class Story:
    """One customer, whose number and address change one at a time, and others who may share them."""

    def __init__(self, company: Company, seed: int) -> None:
        self.company, self.chance = company, random.Random(seed)
        self.number, self.address, self.changes = "C1", "a1@example.com", 1
        self.numbers, self.addresses = ["C1"], {"a1@example.com"}
        self.events: list[str] = []
        self.stop = ""
        self.rows: list[str] = []

    def row(self, number: str, address: str) -> str:
        return f"{number},{address},Ann,{YES},{self.stop}"

    def change(self) -> None:
        """Another number or another address, or neither."""
        what = self.chance.choice(["number", "address", "nothing"])
        self.changes += 1
        if what == "number":
            self.number = f"C{self.changes}"
            self.numbers.append(self.number)
        elif what == "address":
            self.address = f"a{self.changes}@example.com"
            self.addresses.add(self.address)

    def export(self) -> None:
        """What the sources have of them today; what they had yesterday stays for a while, or comes back."""
        before = self.rows
        self.rows = [self.row(self.number, self.address)]
        rows = [*self.rows, *(before if self.chance.random() < 0.4 else [])]
        rows.append(f"F{self.chance.randrange(2)},fam@example.com,Fay,{YES},")
        rows += [self.row("S1", self.address)] if self.chance.random() < 0.3 else []
        self.chance.shuffle(rows)
        half = self.chance.randrange(len(rows) + 1)
        self.company.crm(*rows[:half])
        self.company.shop(*rows[half:])

    def opt_out(self, day: int) -> None:
        """By a column, an event under one of their numbers or addresses, a command, or the suppression list."""
        how = self.chance.choice(["column", "event", "command", "list"])
        if how == "column":
            self.stop = "yes"
            self.export()
            self.stop = ""  # in this export alone
        elif how == "event":
            who = self.chance.choice(self.known())
            at = (NOW + timedelta(days=day, minutes=-9)).isoformat()
            self.events.append(f"{who},unsubscribed,{at}")
        elif how == "command":
            self.company.record(self.number, Said.WITHDRAWN, day)
        else:
            self.company.suppress(self.chance.choice(sorted(self.addresses)))

    def known(self) -> list[str]:
        """All by which mactl can know them today: their keys, and those of who is gone and had one of these."""
        people = self.company.gather().people
        aliases = [*people.aliases.to_pylist(), *people.heirs.to_pylist()]
        whose = {one["alias"]: one["_contact"] for one in aliases}
        id = whose[f"contact_id:{self.number}"]
        theirs = {one["alias"] for one in aliases if one["_contact"] == id}
        return sorted(alias.partition(":")[2] for alias in theirs)

    def decide(self, day: int) -> None:
        """Merge, split or take back something, where that can be done."""
        project, now = self.company.project, NOW + timedelta(days=day)
        try:
            act = self.chance.randrange(4)
            if act == 0:
                merge(project, *self.chance.sample([*self.numbers, "S1"], 2), None, now)
            elif act == 1:
                named = self.chance.choice([*self.numbers, *sorted(self.addresses)])
                split(project, self.number, [named], None, now)
            elif act == 2:
                last = list_decisions(project)[-1][0]
                undo_decision(project, last.kind, last.number, None, now)
        except (UsageError, IndexError, ValueError):
            pass  # it cannot be done today

    def run(self, day: int) -> list[str]:
        """Everybody visits, under all names they ever had; whom a run writes to of these."""
        at = (NOW + timedelta(days=day, minutes=-5)).isoformat()
        everyone = [*self.numbers, *sorted(self.addresses), "S1", "F0", "F1"]
        self.company.tells("contact", *self.events, *(f"{who},visit,{at}" for who in everyone))
        sent = self.company.run(days=day)
        return [one for one in sent if one.split()[-1] in self.addresses]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_sent_any_more_to_who_opted_out(company: Company, seed: int) -> None:
    story = Story(company, seed)
    story.export()
    assert story.run(0)
    opted_out = story.chance.randrange(1, DAYS - 1)
    for day in range(1, DAYS + 1):
        story.change()
        story.export()
        story.decide(day)
        if day == opted_out:
            story.opt_out(day)
        sent = story.run(day)
        assert day < opted_out or sent == []
