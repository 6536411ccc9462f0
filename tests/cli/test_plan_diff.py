"""What a change to the cookbook does to people, as a reviewer reads it in a pull request."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mactl.cli.output import redacted
from tests.cli.conftest import CONTACTS, EVENTS, HELLO, NOW, SETTINGS, Home, Mactl

SEGMENTS = "segments: {dutch: {field: country, eq: NL}}\n"


@pytest.fixture
def base(home: Home) -> Home:
    """The project, with its recipes as they were in a project called base."""
    shutil.copytree(home.folder / "recipes", home.folder / "base" / "recipes")
    shutil.copy(home.folder / "mactl.yaml", home.folder / "base")
    return home


def diff(mactl: Mactl, *more: str, now: str = NOW) -> Any:
    ran = mactl("plan", "--diff", "base", "--now", now, "--format", "json", *more)
    assert ran.status == 0, ran.err
    return ran.json


def only(found: Any) -> Any:
    [recipe] = found["recipes"]
    return recipe


def test_no_change_does_nothing(base: Home, mactl: Mactl) -> None:
    found = diff(mactl)

    assert (found["base"], found["head"]) == ("base", "working tree")
    assert found["now"] == "2026-12-01T09:00:00+01:00"
    assert only(found)["change"] == "same"
    assert found["totals"] == {
        "sends": {"base": 2, "head": 2},
        "entering": {"base": 3, "head": 3},
        "leaving": {"base": 0, "head": 0},
        "gains": 0,
        "loses": 0,
    }


def test_a_narrower_entry_takes_people_out_and_names_nobody(base: Home, mactl: Mactl) -> None:
    base.write(
        "recipes/hello.yaml",
        HELLO.replace("{event: signed_up}", "{event: signed_up, if: {field: country, eq: NL}}"),
    )
    found = diff(mactl)
    recipe = only(found)

    assert recipe["change"] == "changed"
    assert recipe["entering"] == {"base": 3, "head": 2}
    assert (recipe["gains"], recipe["loses"]) == ({}, {"first": 1})
    assert {(p["contact"], p["effect"], p["template"]) for p in recipe["people"]} == {
        ("b***@example.com", "no longer gets", "first"),
        ("b***@example.com", "no longer enters", None),
    }
    named = only(diff(mactl, "--show-addresses"))["people"]
    assert {person["contact"] for person in named} == {"bob@example.com"}


def test_a_message_that_a_gate_now_stops_says_by_which(base: Home, mactl: Mactl) -> None:
    base.write("recipes/hello.yaml", HELLO.replace("topic: offers", "topic: other"))
    settings = SETTINGS.replace("  offers:", "  other: {state: no_such}\n  offers:")
    base.write("mactl.yaml", settings)
    people = only(diff(mactl))["people"]

    assert {(p["contact"], p["effect"]) for p in people} == {
        ("a***@example.com", "no longer gets"),
        ("b***@example.com", "no longer gets"),
    }
    assert all(p["why"].startswith("skipped by consent: no consent for other") for p in people)


def test_recipes_come_and_go(base: Home, mactl: Mactl) -> None:
    (base.folder / "recipes" / "hello.yaml").unlink()
    base.write("recipes/other.yaml", HELLO.replace("recipe: hello", "recipe: other"))
    gone, new = diff(mactl)["recipes"]

    assert (gone["recipe"], gone["change"], gone["loses"]) == ("hello", "removed", {"first": 2})
    assert (new["recipe"], new["change"], new["gains"]) == ("other", "added", {"first": 2})
    assert {t["change"] for t in gone["templates"]} == {"removed"}
    assert new["version"] == {"base": None, "head": 1}


def test_a_recipe_that_was_renamed_is_the_same_recipe(base: Home, mactl: Mactl) -> None:
    (base.folder / "recipes" / "hello.yaml").unlink()
    base.write(
        "recipes/greet.yaml",
        HELLO.replace("recipe: hello", "recipe: greet\nmoved: {hello: greet}"),
    )
    recipe = only(diff(mactl))

    assert (recipe["recipe"], recipe["change"]) == ("greet", "changed")
    assert (recipe["gains"], recipe["loses"]) == ({}, {})


def test_a_wait_that_changed_tells_whose_date_shifts(base: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    base.write("recipes/hello.yaml", HELLO.replace("3 days", "5 days"))
    recipe = only(diff(mactl, now="2026-12-02T09:00"))

    assert recipe["waits"] == {"sooner": 0, "later": 3}
    assert recipe["people"][0]["why"] == "2026-12-06 09:00, not 2026-12-04 09:00"


def test_a_shorter_wait_sends_now(base: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    base.write("recipes/hello.yaml", HELLO.replace("3 days", "1 day"))
    recipe = only(diff(mactl, now="2026-12-02T09:00"))

    assert recipe["gains"] == {"second": 1}
    assert recipe["leaving"] == {"base": 0, "head": 2}  # Belgium, and who is skipped


def test_who_joins_and_leaves_a_segment_is_counted(base: Home, mactl: Mactl) -> None:
    base.write("base/recipes/hello.yaml", HELLO + SEGMENTS)
    base.write("recipes/hello.yaml", HELLO + SEGMENTS.replace("eq: NL", "eq: BE"))
    recipe = only(diff(mactl))

    assert recipe["segments"] == {"dutch": {"change": "changed", "joined": 1, "left": 2}}


def test_scores_labels_and_stages_are_compared(base: Home, mactl: Mactl) -> None:
    says = (
        "scoring: {fit: {rules: [{name: dutch, when: {field: country, eq: NL}, points: 5}]}}\n"
        "labels: {size: {big: {field: country, eq: NL}}}\n"
        "stages: {lead: {}, mql: {score: fit, gte: 5}}\n"
    )
    base.write("base/recipes/hello.yaml", HELLO + says)
    edited = says.replace("points: 5", "points: 4").replace(
        "{big: {field: country, eq: NL}}", "{big: {field: country, eq: BE}}"
    )
    base.write("recipes/hello.yaml", HELLO + edited)
    recipe = only(diff(mactl))

    assert recipe["scores"] == {"fit": {"change": "changed", "rose": 0, "fell": 2}}
    assert recipe["labels"] == {
        "size": {"change": "changed", "moves": {"big → none": 2, "none → big": 1}}
    }
    assert recipe["stages"] == {"stage": {"change": "changed", "moves": {"mql → lead": 2}}}


def test_derived_fields_are_compared(base: Home, mactl: Mactl) -> None:
    contacts = (base.folder / "contacts.csv").read_text().splitlines()
    rows = [f"{row},{number}" for number, row in enumerate(contacts[1:])]
    base.write("contacts.csv", "\n".join([f"{contacts[0]},clv", *rows]) + "\n")
    base.write("base/recipes/hello.yaml", HELLO + "fields: {value: clv * 2}\n")
    base.write("recipes/hello.yaml", HELLO + "fields: {value: clv * 3}\n")

    assert only(diff(mactl))["fields"] == {"value": {"change": "changed", "differs": 2}}


def test_words_that_changed_are_shown_line_by_line(base: Home, mactl: Mactl) -> None:
    base.write("recipes/hello.yaml", HELLO.replace("Welcome.", "Welcome to us."))
    [template] = only(diff(mactl))["templates"]

    assert (template["template"], template["change"]) == ("first", "changed")
    assert "-body: Welcome." in template["diff"].splitlines()
    assert "+body: Welcome to us." in template["diff"].splitlines()


def test_words_in_a_file_beside_the_recipe_count_too(base: Home, mactl: Mactl) -> None:
    text = HELLO.replace('body: "Welcome."', "body: hello/first.md")
    for folder in ("base/recipes", "recipes"):
        base.write(f"{folder}/hello.yaml", text)
        base.write(f"{folder}/hello/first.md", "Welcome.\n\nSee you.\n")
    assert only(diff(mactl))["change"] == "same"
    base.write("recipes/hello/first.md", "Welcome!\n\nSee you.\n")
    recipe = only(diff(mactl))

    assert recipe["change"] == "changed"
    assert "+Welcome!" in recipe["templates"][0]["diff"].splitlines()


def test_only_the_recipes_that_were_named_are_compared(base: Home, mactl: Mactl) -> None:
    base.write("recipes/other.yaml", HELLO.replace("recipe: hello", "recipe: other"))

    assert [r["recipe"] for r in diff(mactl, "hello")["recipes"]] == ["hello"]


def test_limits_of_the_base_hold_for_the_base(base: Home, mactl: Mactl) -> None:
    shutil.rmtree(base.folder / "base")
    base.write(
        "base/mactl.yaml", SETTINGS + 'limits: {quiet_hours: {from: "08:00", to: "10:00"}}\n'
    )
    base.write("base/recipes/hello.yaml", HELLO)
    recipe = only(diff(mactl))

    assert (recipe["change"], recipe["gains"]) == ("same", {"first": 2})
    assert recipe["people"][0]["why"].startswith("held by quiet_hours")


def test_it_works_in_ci_without_secrets_or_a_state(
    base: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.write("mactl.yaml", SETTINGS + 'state: "${STATE_URL}"\n')
    monkeypatch.delenv("STATE_URL", raising=False)
    found = diff(mactl, "--contacts", "contacts.csv", "--events", "events.csv")

    assert found["totals"]["sends"] == {"base": 2, "head": 2}
    assert "planned as if there were none" in found["notes"][0]


def test_a_long_list_is_cut_short_unless_everyone_is_asked_for(base: Home, mactl: Mactl) -> None:
    rows = [f"D{n},d{n}@example.com,Dan,NL,yes,2026-01-01,form,Yes" for n in range(15)]
    events = [f"d{n},d{n}@example.com,signed_up,2026-11-30T10:00,," for n in range(15)]
    base.write("contacts.csv", CONTACTS + "\n".join(rows) + "\n")
    base.write("events.csv", EVENTS + "\n".join(events) + "\n")
    base.write("recipes/hello.yaml", HELLO.replace("signed_up", "nothing"))

    recipe = only(diff(mactl))
    assert recipe["loses"] == {"first": 17}
    effects = [person["effect"] for person in recipe["people"]]
    assert (effects.count("no longer gets"), effects.count("no longer enters")) == (10, 10)
    assert len(only(diff(mactl, "--show-addresses"))["people"]) == 17 + 18
    text = mactl("plan", "--diff", "base", "--now", NOW).out
    assert "… and 7 more; --show-addresses names everyone" in text
    assert "… and 8 more; --show-addresses names everyone" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.com", "a***@example.com"),
        ("wrote to <bob.b+x@mail.example.org>, twice", "wrote to <b***@mail.example.org>, twice"),
        ("no address here", "no address here"),
        ("a@b@c.example", "a***@c.example"),
        ("(bob@example.com)", "(b***@example.com)"),
    ],
)
def test_addresses_are_redacted_wherever_they_stand(text: str, expected: str) -> None:
    assert redacted(text) == expected


def test_a_comment_begins_with_the_numbers_and_folds_the_rest(base: Home, mactl: Mactl) -> None:
    base.write(
        "recipes/hello.yaml",
        HELLO.replace("{event: signed_up}", "{event: signed_up, if: {field: country, eq: NL}}")
        .replace("Welcome.", "Welcome ``` <b>@everyone</b>."),
    )  # fmt: skip
    ran = mactl("plan", "--diff", "base", "--now", NOW, "--format", "markdown")

    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[0] == "### mactl: 1 fewer message now, 1 fewer enter"
    assert "| `hello` | changed | 2 → 1 | 3 → 2 | 0 |" in lines
    assert "| `b***@example.com` | no longer gets `first` |  |" in lines
    assert ran.out.count("<details>") == ran.out.count("</details>") == 2
    assert lines.count("````diff") == lines.count("````") == 1
    assert "bob@example.com" not in ran.out
    assert "bob" not in ran.out


def test_text_says_the_same_for_people(base: Home, mactl: Mactl) -> None:
    base.write(
        "recipes/hello.yaml",
        HELLO.replace("Welcome.", "Hi!") + SEGMENTS,
    )
    ran = mactl("plan", "--diff", "base", "--now", NOW)

    assert ran.status == 0
    assert "working tree compared with base, 3 contacts at 2026-12-01 09:00" in ran.out
    assert "hello (changed)" in ran.out
    assert "segment dutch added: 2 join" in ran.out
    assert "+body: Hi!" in ran.out
    assert (
        "Difference: nobody gets anything else by this change now. Nothing was changed." in ran.out
    )


def files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if ".mactl" not in path.parts]


def test_nothing_is_written_but_caches(base: Home, mactl: Mactl) -> None:
    diff(mactl)
    before = files(base.folder)
    diff(mactl)

    assert files(base.folder) == before
    assert not (base.folder / ".mactl" / "state.db").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--diff", "no-such-revision"), "there is no such folder"),
        (("--format", "markdown"), "--format markdown is for plan --diff"),
    ],
)
def test_what_can_not_be_compared_is_said(
    base: Home, mactl: Mactl, arguments: tuple[str, ...], words: str
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=base.folder, check=True)
    refused = mactl("plan", "--now", NOW, *arguments)

    assert refused.status == 2
    assert words in refused.err
