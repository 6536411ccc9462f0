"""Commands that only read: check, contacts, segments, scores, explain, on a project and on explicit paths."""

from pathlib import Path

import pytest

from mactl.journey.verdicts import Gate
from tests.cli.conftest import CONTACTS, EVENTS, HELLO, NOW, WHOLE, Home, Mactl

SHARED = """\
recipe: shared
segments:
  dutch: {field: country, eq: NL}
scoring:
  fit: {rules: [{name: from here, when: {segment: dutch}, points: 10}, {name: signed up, event: signed_up, points: 5}]}
stages: {lead: {}, mql: {score: fit, gte: 12}}
labels: {region: {north: {field: country, eq: NL}, south: {field: country, eq: BE}}}
"""


def test_a_sound_project_has_no_findings(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", WHOLE)

    checked = mactl("check", "--format", "json")

    assert checked.status == 0
    assert checked.json == {
        "findings": [],
        "summary": {"recipes": 1, "error": 0, "warning": 0, "note": 0},
    }


def test_a_malformed_recipe_gives_every_finding_with_its_line(home: Home, mactl: Mactl) -> None:
    faulty = HELLO.replace("send: second", "send: secnd").replace(
        "event: signed_up", "evnt: signed_up"
    )
    home.write("recipes/hello.yaml", faulty)
    checked = mactl("check", "--format", "json")

    assert checked.status == 1
    assert [(f["id"], f["path"], f["line"], f["column"]) for f in checked.json["findings"]] == [
        ("bad-value", "recipes/hello.yaml", 5, 10)
    ]
    home.write("recipes/hello.yaml", WHOLE.replace("send: second", "send: secnd"))
    found = mactl("check", "--format", "json").json["findings"]
    assert [(f["id"], f["line"], f["hint"]) for f in found] == [
        ("unknown-template", 12, "did you mean 'second'?"),
        ("unused-template", 15, "send it from a step, or remove it"),
    ]


def test_findings_are_printed_as_path_line_column_id_and_a_hint(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", WHOLE.replace("send: second", "send: secnd"))

    lines = mactl("check").out.splitlines()

    assert (
        lines[0]
        == "recipes/hello.yaml:12:13: unknown-template: there is no template 'secnd' in this recipe"
    )
    assert lines[1] == "  hint: did you mean 'second'?"


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("goal: {event: paid, within: 30 days}\n", "", "missing-goal"),
        ("privacy: {basis: [consent], topic: offers, purpose: Say hello}\n", "", "missing-ground"),
        ("- send: second", "- send: first", "duplicate-step"),
        ("enter: {event: signed_up}", "enter: {segment: nobody}", "unknown-segment"),
        ("{field: country, eq: BE}", "{score: fit, gte: 3}", "unknown-score"),
        ('body: "Welcome."', 'body: "{% if %}"', "template-syntax"),
        ('body: "Welcome."', "body: missing.md", "template-file-missing"),
    ],
)
def test_each_check_finds_what_it_is_for(
    home: Home, mactl: Mactl, old: str, new: str, finding: str
) -> None:
    assert old in HELLO
    home.write("recipes/hello.yaml", HELLO.replace(old, new))

    checked = mactl("check", "--format", "json")

    assert checked.status == 1
    assert finding in {found["id"] for found in checked.json["findings"]}


def test_a_faulty_recipe_stops_a_plan_with_its_findings(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", HELLO.replace("wait: 3 days", "wait: 3 dys"))

    ran = mactl("plan", "--now", NOW)

    assert ran.status == 2
    assert "recipes/hello.yaml:9:13: bad-value" in ran.err


def test_faulty_settings_are_findings_too(home: Home, mactl: Mactl) -> None:
    home.write("mactl.yaml", "timezone: Europe/Amsterdan\ncontact: []\n")
    home.write("recipes/hello.yaml", WHOLE)

    checked = mactl("check", "--format", "json")

    assert checked.status == 1
    assert {(f["id"], f["line"]) for f in checked.json["findings"]} == {
        ("bad-value", 1),
        ("unknown-key", 2),
    }
    assert mactl("plan").status == 2


def test_a_malformed_row_is_named_and_the_others_go_on(home: Home, mactl: Mactl) -> None:
    home.write(
        "contacts.csv", CONTACTS + "C4,nonsense,Eve,NL,yes,2026-01-01T10:00,form,Yes\nC5,too,few\n"
    )

    checked = mactl("contacts", "check", "--format", "json")

    assert checked.status == 1
    assert [(f["line"], f["path"]) for f in checked.json["findings"]] == [
        (5, "contacts.csv"),
        (6, "contacts.csv"),
    ]
    assert (
        checked.json["summary"] | {"rows": 5, "contacts": 3, "rejected": 2, "merged": 0}
        == checked.json["summary"]
    )
    assert len(mactl("contacts", "list", "--format", "json").json["contacts"]) == 3


def test_contacts_are_listed_with_fields_and_sources(home: Home, mactl: Mactl) -> None:
    [ann, *_] = mactl("contacts", "list", "--format", "json").json["contacts"]

    assert ann["contact"] == "C1"
    assert ann["email"] == "ann@example.com"
    assert ann["fields"]["first_name"] == "Ann"
    assert ann["fields"]["opt_in_at"] == "2026-01-01T10:00:00+01:00"
    assert ann["sources"] == [{"path": "contacts.csv", "line": 2}]


def test_segments_scores_stages_and_labels_are_worked_out_and_listed(
    home: Home, mactl: Mactl
) -> None:
    home.write("recipes/shared.yaml", SHARED)

    segments = mactl("segments", "--now", NOW, "--format", "json").json
    assert segments == {"segments": [{"name": "dutch", "recipe": "shared", "count": 2}]}
    named = mactl("segments", "dutch", "--now", NOW, "--format", "json").json
    assert [c["contact"] for c in named["contacts"]] == ["C1", "C3"]
    scores = mactl("scores", "--now", NOW, "--format", "json").json["contacts"]
    assert scores[:2] == [
        {
            "contact": "C1",
            "email": "ann@example.com",
            "scores": {"fit": 15.0},
            "stage": "mql",
            "labels": {"region": "north"},
        },
        {
            "contact": "C2",
            "email": "bob@example.com",
            "scores": {"fit": 5.0},
            "stage": "lead",
            "labels": {"region": "south"},
        },
    ]


def test_an_explanation_names_the_event_and_the_rule_that_gave_each_point(
    home: Home, mactl: Mactl
) -> None:
    home.write("recipes/shared.yaml", SHARED)

    told = mactl("explain", "ann@example.com", "--now", NOW, "--format", "json").json

    assert told["stage"] == "mql"
    rules = told["scores"]["shared.fit"]["rules"]
    assert [(rule["name"], rule["points"]) for rule in rules] == [
        ("from here", 10.0),
        ("signed up", 5.0),
    ]
    assert rules[1]["events"] == [
        {"event": "signed_up", "at": "2026-11-30T09:00:00+00:00", "points": 5.0}
    ]
    assert told["segments"]["shared.dutch"] == {
        "holds": True,
        "condition": "country is NL",
        "seen": "NL",
        "parts": [],
    }
    assert told["next"][0] == {"recipe": "hello", "what": "enters (1)", "why": None, "gates": {}}
    text = mactl("explain", "C1", "--now", NOW).out
    assert "from here: in segment dutch" in text


def test_commands_that_only_read_work_on_explicit_paths_without_a_project(
    tmp_path: Path, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = Home(tmp_path)
    made.write("elsewhere/hello.yaml", HELLO)
    made.write("elsewhere/shared.yaml", SHARED)
    made.write("people.csv", CONTACTS)
    made.write("deeds.csv", EVENTS)
    data = ["--contacts", "people.csv", "--events", "deeds.csv", "--now", NOW, "--format", "json"]

    assert mactl("check", "elsewhere").status == 0
    assert mactl("contacts", "check", "people.csv").status == 0
    plan = mactl("plan", "elsewhere/hello.yaml", *data).json
    assert plan["totals"]["entering"] == 3
    assert {skipped["gate"] for skipped in plan["skipped"]} == {
        "consent"
    }  # nothing declares how it is proven
    assert mactl("segments", "--recipes", "elsewhere", *data).json["segments"][0]["count"] == 2
    assert mactl("scores", "--recipes", "elsewhere", *data).json["contacts"][0]["scores"] == {
        "fit": 15.0
    }
    assert mactl("explain", "C2", "--recipes", "elsewhere", *data).json["stage"] == "lead"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "deeds.csv",
        "elsewhere",
        "people.csv",
    ]


def test_init_makes_a_project_that_checks_and_plans_and_is_never_overwritten(
    tmp_path: Path, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert mactl("init", "shop").status == 0
    assert mactl("--project", "shop", "check").status == 0
    assert (
        mactl("--project", "shop", "plan", "--now", NOW, "--format", "json").json["totals"]["sends"]
        > 5
    )
    refused = mactl("init", "shop")
    assert refused.status == 2
    assert "exists already" in refused.err


def test_a_fault_in_a_template_s_file_is_found_when_its_recipe_alone_is_checked(
    home: Home, mactl: Mactl
) -> None:
    home.write("recipes/hello.yaml", WHOLE.replace('body: "Welcome."', "body: hello/first.md"))
    home.write("recipes/hello/first.md", "Welcome {% if %}.")
    home.write("recipes/other.yaml", "recipe: other\ntitle: t\nsegments: {a: {segment: nobody}}\n")

    alone = mactl("check", "recipes/hello.yaml", "--format", "json")
    assert alone.status == 1
    assert {(f["id"], f["path"]) for f in alone.json["findings"]} == {
        ("template-syntax", "recipes/hello/first.md")
    }
    assert mactl("plan", "recipes/hello.yaml", "--now", NOW).status == 2
    everything = mactl("check", "--format", "json").json["findings"]
    assert {f["id"] for f in everything} == {"template-syntax", "unknown-segment"}


def test_explain_tells_every_gate_what_comes_later_and_why_somebody_is_not_in_a_journey(
    home: Home, mactl: Mactl
) -> None:
    home.write(
        "recipes/later.yaml",
        HELLO.replace("recipe: hello", "recipe: later").replace(
            "- send: first", "- wait: 2 days\n    - send: first"
        ),
    )
    home.write(
        "recipes/never.yaml",
        HELLO.replace("recipe: hello", "recipe: never").replace(
            "enter: {", "exclude: {field: email, empty: false}\n  enter: {"
        ),
    )

    told = mactl("explain", "ann@example.com", "--now", NOW, "--format", "json").json

    gates = next(step["gates"] for step in told["next"] if step["gates"])
    assert set(gates) == {str(gate) for gate in Gate}
    assert set(gates.values()) == {None}
    coming = [(step["recipe"], step["what"], step["at"][:10]) for step in told["coming"]]
    assert ("later", "first is sent", "2026-12-02") in coming
    assert told["outside"]["never"][0].startswith("exclude holds: email is filled")
    text = mactl("explain", "ann@example.com", "--now", NOW).out
    assert "Later, if nothing else happens" in text
    assert "never: exclude holds" in text
