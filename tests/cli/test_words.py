"""What commands say: short, plain, and enough to know what to do next."""

from io import StringIO

import pytest

from tests.cli.conftest import CONTACTS, EVENTS, HELLO, NOW, Home, Mactl

SEGMENTED = """\
recipe: hello
goal: {event: login, within: 30 days}
privacy: {basis: [consent], topic: offers, purpose: Say hello}
segments: {all-of-them: {field: email, empty: false}}
journey:
  enter: {segment: all-of-them}
  PACE
  leave: [goal]
  steps: [{send: hello}]
templates: {hello: {subject: Hello, body: Hello}}
"""


def test_a_plan_says_how_many_of_those_who_enter_get_nothing_to_measure_by(
    home: Home, mactl: Mactl
) -> None:
    rows = "".join(f"H{n},h{n}@example.com,Hal,NL,no,,,\n" for n in range(50))
    home.write("contacts.csv", CONTACTS + rows)
    home.write("recipes/hello.yaml", SEGMENTED.replace("PACE", "holdout: 50%"))

    plan = mactl("plan", "--now", NOW, "--format", "json").json

    held_out = [person["holdout"] for person in plan["entering"]]
    assert len(held_out) == 53
    assert 0 < sum(held_out) < 53
    text = mactl("plan", "--now", NOW).out
    assert f"  + 53 enter, {sum(held_out)} of them in the holdout\n" in text


def test_a_plan_says_who_waits_for_the_pace(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", SEGMENTED.replace("PACE", "pace: {start: 1/day}"))

    text = mactl("plan", "--now", NOW).out

    assert "  + 1 enter\n  … 2 wait to be let in, as `pace` has it\n" in text


def test_a_plan_says_which_code_each_message_would_hand_out(home: Home, mactl: Mactl) -> None:
    settings = (home.folder / "mactl.yaml").read_text()
    home.write("mactl.yaml", settings + "codes: {gift: {file: codes.txt}}\n")
    home.write("codes.txt", "A-1\nB-2\nC-3\nD-4\nE-5\n")
    home.write("recipes/hello.yaml", HELLO.replace('"Welcome."', "\"Take {{ code('gift') }}.\""))

    plan = mactl("plan", "--now", NOW, "--format", "json").json
    planned = {send["to"]: send["codes"]["gift"] for send in plan["sends"]}

    assert sorted(planned.values()) == ["A-1", "B-2"]
    text = mactl("plan", "--now", NOW).out
    for address, code in planned.items():
        assert f"{address}  (consent for offers)  code {code} of gift" in text
    assert mactl("send", "--yes", "--now", NOW).status == 0
    messages = [path.read_text() for path in home.outbox]
    for address, code in planned.items():
        [message] = [text for text in messages if f"To: {address}" in text]
        assert code in message


def test_a_project_s_name_is_shown_as_it_is_written(home: Home, mactl: Mactl) -> None:
    settings = (home.folder / "mactl.yaml").read_text()
    home.write("mactl.yaml", settings.replace("project: test", 'project: "[red]shop[/red]"'))

    assert mactl("plan", "--now", NOW).out.startswith("[red]shop[/red] at 2026-12-01 09:00")


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ((), "Usage: mactl [OPTIONS] COMMAND …"),
        (("plan",), "Usage: mactl plan [OPTIONS] [RECIPE…]"),
        (("explain",), "Usage: mactl explain [OPTIONS] CONTACT"),
        (("suppress", "add"), "Usage: mactl suppress add [OPTIONS] ENTRY…"),
        (("schema",), "Usage: mactl schema [OPTIONS] [recipe|project|audit]"),
    ],
)
def test_usage_names_arguments_as_people_do(
    mactl: Mactl, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], usage: str
) -> None:
    monkeypatch.setattr("sys.argv", ["mactl"])
    asked = mactl(*command, "--help")

    assert asked.out.splitlines()[0] == usage
    assert "<list[str]>" not in asked.out


def test_no_send_that_fits_is_not_no_send_at_all(home: Home, mactl: Mactl) -> None:
    assert "no sends yet" in mactl("sends", "list").out
    mactl("send", "--yes", "--now", NOW)

    assert "ann@example.com" in mactl("sends", "list").out
    assert "no send is like that" in mactl("sends", "list", "--to", "nobody@example.com").out


def test_instants_in_tables_are_those_of_a_wall_clock(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    mactl("suppress", "add", "ann@example.com", "--now", NOW)

    [head, *rows] = mactl("sends", "list").out.splitlines()
    assert head.split() == ["send", "status", "due", "to", "recipe", "step", "reason"]
    assert "2026-11-30 10:00  ann@example.com" in rows[0]
    assert "2026-12-01 09:00" in mactl("suppress", "list").out


def test_many_findings_are_counted_by_what_they_are(home: Home, mactl: Mactl) -> None:
    few = "".join(f"E{n},nonsense{n},Eve,NL,no,,,\n" for n in range(3))
    home.write("contacts.csv", CONTACTS + few)
    assert "errors " not in mactl("contacts", "check").out

    home.write("contacts.csv", CONTACTS + few * 4 + "C9,too,few\n")
    lines = mactl("contacts", "check").out.splitlines()
    assert lines[-3].split() == ["errors", "12", "contact-bad-email"]
    assert lines[-2].split() == ["1", "source-cell-count"]
    assert lines[-1].endswith(": 13 errors")


def test_an_explanation_says_when_each_message_went_and_in_which_passage(
    home: Home, mactl: Mactl
) -> None:
    home.write(
        "recipes/hello.yaml",
        HELLO.replace("enter: {event: signed_up}", "enter: {event: signed_up, key: cart_id}")
        .replace("leave: [goal]", "leave: [goal]\n  again: per key")
        .replace("  first: {", "  first: {kind: service, "),
    )
    events = EVENTS.replace("10:00,,", "10:00,K1,") + (
        "4,ann@example.com,signed_up,2026-11-30T11:00,K2,\n"
    )
    home.write("events.csv", events)
    mactl("send", "--yes", "--now", NOW)

    text = mactl("explain", "ann@example.com", "--now", NOW).out

    assert "  hello (K1): active, on " in text
    assert "  hello (K2): active, on " in text
    assert "    2026-12-01 09:00  hello.first: sent  (service)" in text


def test_who_went_through_a_journey_that_is_entered_once_is_told_no_other_reason(
    home: Home, mactl: Mactl
) -> None:
    home.write("events.csv", EVENTS + "4,ann@example.com,paid,2026-12-01T12:00,,\n")
    mactl("send", "--yes", "--now", NOW)
    mactl("send", "--yes", "--now", "2026-12-02T09:00")

    told = mactl("explain", "C1", "--now", "2026-12-02T09:00", "--format", "json").json

    assert told["outside"] == {"hello": ["they went through it before, and again is never"]}


def test_a_change_that_touches_nobody_says_so(home: Home, mactl: Mactl) -> None:
    home.write("base/recipes/hello.yaml", HELLO)
    home.write("base/mactl.yaml", (home.folder / "mactl.yaml").read_text())
    home.write("recipes/hello.yaml", HELLO.replace("leave: [goal]", "leave: [goal]\n  priority: 3"))

    text = mactl("plan", "--diff", "base", "--now", NOW).out

    assert "hello (changed)\n  nobody is affected by it now\n" in text


def test_the_people_of_a_difference_stand_below_what_happens_to_them_by_address(
    home: Home, mactl: Mactl
) -> None:
    home.write("base/mactl.yaml", (home.folder / "mactl.yaml").read_text())
    home.write("base/recipes/hello.yaml", HELLO.replace("signed_up", "nothing"))
    contacts = CONTACTS.splitlines(keepends=True)
    home.write("contacts.csv", "".join([contacts[0], *reversed(contacts[1:])]))

    text = mactl("plan", "--diff", "base", "--now", NOW, "--show-addresses").out

    assert (
        "  2 get first\n      ann@example.com\n      bob@example.com\n"
        "  3 enter\n      ann@example.com\n      bob@example.com\n      cas@example.com\n"
    ) in text


def test_a_faulty_recipe_is_counted_beside_the_tests_that_played(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", HELLO.replace("send: second", "send: secnd"))

    tested = mactl("test")

    assert tested.status == 1
    assert tested.out.endswith("nothing to play; 1 recipe not played, being faulty\n")


def test_the_question_before_a_run_says_how_it_is_answered(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = StringIO("n\n")
    monkeypatch.setattr(asked, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", asked)

    refused = mactl("send", "--now", NOW)

    assert refused.status == 1
    assert "2 messages go out, 3 people enter, 0 leave" in refused.err
    assert "Send them? [y/N] " in refused.out + refused.err
    assert home.outbox == []
