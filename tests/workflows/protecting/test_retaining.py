"""What is older than it may be goes: nobody gets twice what they got, and no opt-out or consent is lost."""

from datetime import datetime
from pathlib import Path

import pytest
import yaml

from mactl.errors import NotConfirmed
from mactl.project import Project, load_project
from mactl.store.consents import erase_consents
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state
from mactl.workflows.protecting.retaining import Overdue, retain_project
from mactl.workflows.sending.send import Manners, send_now
from tests.workflows.protecting.world import ANN, at, rows_of_all, write_people

YEARS_ON = at("2029-01-10T10:00")


@pytest.fixture
def over(in_file: Project) -> Project:
    """The world when all journeys are over."""
    return _over()


def _over() -> Project:
    for day in (26, 27):
        send_now(declared(), [], Sources(), at(f"2026-11-{day}T11:00"), Manners())
    return declared(retention="24 months")


def declared(**more: object) -> Project:
    told = yaml.safe_load(Path("mactl.yaml").read_text()) | more
    Path("mactl.yaml").write_text(yaml.safe_dump(told))
    project, findings = load_project(Path())
    assert not findings
    return project


def retain(
    project: Project, now: datetime = YEARS_ON, *, dry_run: bool = False, says: bool = True
) -> Overdue:
    return retain_project(project, now, confirm=lambda found: says, dry_run=dry_run)


def test_what_is_too_old_loses_what_it_holds(project: Project) -> None:
    project = _over()
    before = rows_of_all(project)
    found = retain(project, dry_run=True)
    assert rows_of_all(project) == before
    assert (found.rows.sends, found.rows.events > 0, found.rows.history, found.archived) == (
        6,
        True,
        1,
        2,
    )
    with pytest.raises(NotConfirmed):
        retain(project, says=False)

    retain(project)
    after = rows_of_all(project)
    assert {(row["address"], row["merge"], row["response"]) for row in after["sends"]} == {
        (None, None, None)
    }
    assert len(after["sends"]) == len(before["sends"])
    for kept in ("consents", "suppressions", "consent_keys", "wordings", "aliases"):
        assert after[kept] == before[kept]
    assert not [
        row
        for row in after["events"]
        if row["event"] in ("field_changed", "task_created", "notified")
    ]
    assert [row["event"] for row in after["events"]].count("tagged") == 3  # how they stand now
    assert not retain(project, dry_run=True)


def test_nobody_gets_again_what_they_got_and_who_is_gone_is_nobodys(over: Project) -> None:
    write_people(Path(), "ann", "bob")
    retain(over)
    after = rows_of_all(over)
    ids = {row["id"] for row in after["contacts"]}
    assert sum(row["contact"] not in ids for row in after["enrollments"]) == 0  # Cas had consented
    declared(consent={})
    with open_state(over, write=True) as state, state.writing() as connection:
        erase_consents(
            connection, next(r["id"] for r in after["contacts"] if "CAS" in r["key"]), 1, "x"
        )
    retain(over)
    after = rows_of_all(over)
    ids = {row["id"] for row in after["contacts"]}
    assert (len(ids), sum(row["contact"] not in ids for row in after["enrollments"])) == (2, 1)
    assert "cas@example.com" not in str(after["aliases"])
    before = len(list(Path("outbox/new").iterdir()))
    send_now(over, [], Sources(), YEARS_ON, Manners())
    assert len(list(Path("outbox/new").iterdir())) == before


def test_a_recipe_keeps_to_its_own_term_where_that_is_shorter(over: Project) -> None:
    soon = at("2027-12-15T10:00")  # 12 months of the recipe's, not 24 of the project's
    assert retain(over, soon, dry_run=True).rows.sends == 6
    recipe = Path("recipes/hello.yaml")
    recipe.write_text(recipe.read_text().replace("retention: 12 months", "retention: 60 months"))
    assert retain(over, soon, dry_run=True).rows.sends == 0
    assert retain(over, YEARS_ON, dry_run=True).rows.sends == 6


def test_without_a_term_nothing_is_too_old(over: Project) -> None:
    forever = declared(retention={})
    recipe = Path("recipes/hello.yaml")
    recipe.write_text(recipe.read_text().replace(", retention: 12 months", ""))
    assert not retain(forever, at("2099-01-01T10:00"))
    assert ANN in Path("crm.csv").read_text()
