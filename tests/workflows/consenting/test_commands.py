"""One word of one person, what it does to the suppression list and to what is queued, and what is said of it."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from mactl.consent.entry import Said
from mactl.errors import UnreadableInput, UsageError
from mactl.project import Project
from mactl.store.suppressions import read_suppressions
from mactl.store.tables import events
from mactl.store.tokens import Tokens
from mactl.workflows.consenting.checking import check_consents
from mactl.workflows.consenting.confirming import Confirmed, confirm_consents
from mactl.workflows.consenting.entering import (
    Entered,
    Statement,
    correct_consent,
    record_consent,
)
from mactl.workflows.consenting.showing import show_consent
from mactl.workflows.consenting.verifying import verify_ledger
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state
from mactl.workflows.suppressing.changing import suppress
from mactl.workflows.suppressing.rows import Given
from tests.workflows.consenting.making import (
    NOW,
    PROVEN,
    ann,
    at,
    entries,
    people,
    project_in,
    record,
)

SEND = "6f36a8b8-898c-5dfd-ab9d-7280452c5c19"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = project_in(tmp_path)
    people(project, [ann(**PROVEN)])
    return project


def grant(project: Project, when: str | None, **said: str | None) -> Entered:
    proofs = {
        "free": "a call",
        "unambiguous": "said yes",
        "wording": "words/v1.md",
        "source": "phone",
    }
    statement = Statement(at=when, **{**proofs, **said})  # type: ignore[arg-type]
    return record_consent(project, "ann@example.com", "offers", statement, NOW)


def withdraw(project: Project, topic: str | None = "offers", when: str | None = None) -> Entered:
    said = Statement(state=Said.WITHDRAWN, at=when, source="mail")
    return record_consent(project, "ann@example.com", topic, said, NOW)


def state_of(project: Project) -> str:
    return show_consent(project, "ann@example.com", NOW, Sources()).topics["offers"].state


def listed(project: Project) -> list[str]:
    with open_state(project) as state, state.reading() as connection:
        return read_suppressions(connection)["topic"].tolist()


def test_who_withdraws_is_on_the_suppression_list_until_a_later_consent_with_four_proofs(
    project: Project,
) -> None:
    assert withdraw(project, when="2026-11-20").suppressed == 1
    assert (state_of(project), listed(project)) == ("withdrawn", ["offers"])

    assert grant(project, "2026-11-19").lifted == 0
    assert grant(project, "2026-12-01T09:00", free=None).lifted == 0
    assert (state_of(project), listed(project)) == ("withdrawn", ["offers"])


def test_a_later_consent_lifts_what_older_opt_outs_of_the_topic_there_are(project: Project) -> None:
    suppress(project, ["ann@example.com"], "offers", "by phone", at("2026-11-20"))
    suppress(project, ["ann@example.com"], "news", "by phone", at("2026-11-20"))
    record(project)

    entered = grant(project, "2026-11-21")

    assert (entered.lifted, entered.beaten_at, entered.lacking) == (1, None, [])
    assert (state_of(project), listed(project)) == ("granted", ["news"])


def test_what_still_stands_against_a_consent_is_told(project: Project) -> None:
    suppress(project, ["ann@example.com"], None, "by hand", NOW)
    withdraw(project)
    people(project, [ann(**PROVEN, stopped="yes")])

    entered = grant(project, "2026-11-21")

    assert entered.beaten_at is not None
    assert entered.told_otherwise == "stopped"
    assert ("", "by hand") in entered.standing


def test_withdrawing_all_marketing_leaves_service_mail(project: Project) -> None:
    withdraw(project, None)
    assert sorted(listed(project)) == ["news", "offers"]
    assert state_of(project) == "withdrawn"


def test_what_a_consent_lacks_is_told_and_kept(project: Project) -> None:
    entered = grant(project, None, free=None, wording=None)
    assert list(entered.lacking) == ["at", "free", "informed"]
    assert entries(project)[-1]["state"] == "granted"


@pytest.mark.parametrize(
    ("who", "topic", "said", "error"),
    [
        ("eve@example.com", "offers", {}, UsageError),
        ("ann@example.com", None, {}, UsageError),
        ("ann@example.com", "offers", {"at": "2027-01-01"}, UsageError),
        ("ann@example.com", "offers", {"at": "once"}, UsageError),
        ("ann@example.com", "offers", {"wording": "../outside.md"}, UnreadableInput),
        ("ann@example.com", "offers", {"wording": "words/none.md"}, UnreadableInput),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_entered(
    project: Project, who: str, topic: str | None, said: dict[str, str], error: type[Exception]
) -> None:
    (project.folder.parent / "outside.md").write_text("secret", encoding="utf-8")
    with pytest.raises(error):
        record_consent(project, who, topic, Statement(**said), NOW)  # type: ignore[arg-type]
    assert entries(project) == []


def test_a_mistake_is_corrected_and_stays_in_the_ledger(project: Project) -> None:
    record(project)
    withdraw(project)
    assert state_of(project) == "withdrawn"

    correct_consent(project, 2, "it was another Ann", NOW)

    assert state_of(project) == "granted"
    assert [entry["state"] for entry in entries(project)] == ["granted", "withdrawn", "corrected"]
    for number in (2, 3, 9):
        with pytest.raises(UsageError):
            correct_consent(project, number, "again", NOW)


def test_check_lists_who_must_be_asked_again_and_what_relies_on_it(project: Project) -> None:
    (project.folder / "recipes" / "offer.yaml").write_text(
        "recipe: offer\nprivacy: {basis: [consent], topic: offers, purpose: x}\n"
        "segments: {all: {field: email, empty: false}}\ntemplates: {o: {subject: a, body: b}}\n"
        "journey: {enter: {segment: all}, leave: [], steps: [{send: o}]}\n",
        encoding="utf-8",
    )
    people(project, [ann(**PROVEN), {"email": "bob@example.com", **PROVEN, "src": ""}])

    checked = check_consents(project, (), NOW, Sources())

    assert checked.again.to_dict("records") == [
        {"contact": "bob@example.com", "email": "bob@example.com", "topic": "offers",
         "verdict": "lacking", "why": "its source is unknown"},
    ]  # fmt: skip
    assert (checked.relied_on, checked.unrecorded) == (["offers"], 2)
    assert [(row["verdict"], row["contacts"]) for row in checked.counts] == [
        ("holds", 1),
        ("lacking", 1),
    ]
    with pytest.raises(UsageError):
        check_consents(project, ["offer"], NOW, Sources())


def test_check_says_that_a_file_of_words_has_changed(project: Project) -> None:
    people(project, [ann(**PROVEN | {"txt": "words/v1.md"})])
    record(project)
    (project.folder / "words" / "v1.md").write_text("Something else", encoding="utf-8")

    checked = check_consents(project, ["offers"], NOW, Sources())

    assert [row["why"] for row in checked.counts] == ["the wording has changed since"]
    shown = show_consent(project, "ann@example.com", NOW, Sources())
    assert shown.topics["offers"].wording == "Send me the offers\n"


def asked(project: Project, when: str = "2026-11-28T09:00") -> str:
    """The token of a message that asked Ann for news."""
    record(project)
    told = (
        '{"topic": "news", "wording": "../words/v1.md", "recipe": "ask", "step": "ask_consent-1"}'
    )
    with open_state(project, write=True) as state, state.writing() as connection:
        contact = entries(project)[0]["contact"]
        row = {"contact": contact, "event": "consent_asked", "at": int(at(when).timestamp())}
        source = {"source_id": f"consent:{SEND}", "properties": told}
        connection.execute(insert(events).values(**row, **source))
        return Tokens(state.secret).confirm(SEND)


def confirm(project: Project, *lines: str) -> Confirmed:
    text = "\n".join(("token,at", *lines)) + "\n"
    return confirm_consents(project, [Given("tokens.csv", text.encode())], NOW)


def test_a_token_confirms_a_consent_once_with_the_words_that_were_asked(project: Project) -> None:
    token = asked(project)

    confirmed = confirm(project, f"{token},2026-11-30T10:00", f"{token},", "nonsense,")

    assert (confirmed.confirmed, confirmed.known) == (1, 1)
    assert [(f.id, f.place.line) for f in confirmed.findings if f.place] == [
        ("consent-forged-token", 4)
    ]
    assert confirm(project, token + ",").confirmed == 0
    news = show_consent(project, "ann@example.com", NOW, Sources()).topics["news"]
    assert (news.state, news.holds, news.file) == ("granted", True, "words/v1.md")
    assert news.wording == "Send me the offers\n"


def test_a_confirmation_that_comes_too_late_is_none(project: Project) -> None:
    token = asked(project, "2026-11-20T09:00")
    confirmed = confirm(project, f"{token},2026-11-30T10:00", f"{token},2027-01-01T10:00")
    assert confirmed.confirmed == 0
    assert sorted(finding.id for finding in confirmed.findings) == [
        "consent-bad-date",
        "consent-confirmed-late",
    ]
    assert (
        show_consent(project, "ann@example.com", NOW, Sources()).topics["news"].state == "expired"
    )


def test_a_token_for_unsubscribing_confirms_nothing(project: Project) -> None:
    asked(project)
    with open_state(project) as state:
        other = Tokens(state.secret).unsubscribe(SEND)
    assert [f.id for f in confirm(project, other + ",").findings] == ["consent-forged-token"]


def test_the_ledger_of_a_project_is_whole_and_its_head_is_known_again(project: Project) -> None:
    record(project)
    head = str(verify_ledger(project, (), 20).head)
    withdraw(project)
    verified = verify_ledger(project, [head], 20)
    assert (verified.entries, verified.faults) == (2, [])
    assert len(verify_ledger(project, [f"2:{'0' * 64}"], 20).faults) == 1
    with pytest.raises(UsageError):
        verify_ledger(project, ["2"], 20)
