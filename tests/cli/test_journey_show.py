"""`mactl journey show`: the flow of a recipe, with how many people stand where."""

from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from sqlalchemy import insert

from mactl.store.state import State
from mactl.store.tables import Standing, enrollments
from tests.cli.conftest import Home, Mactl
from tests.store.making import enrollment

RECIPE = """\
recipe: hello
title: Say hello to who signs up
goal: {event: paid, within: 30 days}
journey:
  enter: {event: signed_up}
  leave: [goal, {field: country, eq: FR}]
  steps:
    - send: first
    - wait: 3 days
    - wait_for: {event: demo}
      up_to: 4 days
      then: [{task: {id: call, to: sales, title: Call them}}]
      else:
        - choose:
            - {when: {field: country, eq: BE}, then: [{exit: Belgium has its own}]}
        - send: second
    - ask_consent: {topic: news, template: ask, wording: words.md}
      up_to: 7 days
moved: {old-first: first}
retired: {gone: second}
templates:
  first: {subject: Hello, body: Welcome.}
  second: {subject: Well, body: Tell us.}
  ask: {subject: May we, body: Please.}
"""

OUTLINE = """\
hello  Say hello to who signs up
  goal   paid within 30 days
  leave  goal or country is FR

▶ Enter signed_up
● Send first
● Wait 3 days
◆ Wait for demo
│   up to 4 days
├─╮ in time
│ ● Task Call them (call)
│ │   for sales
├─╮ not within 4 days
│ ◆ Choose
│ ├─╮ country is BE
│ │ ■ Exit Belgium has its own
│ ├── otherwise
│ ● Send second
├─╯
◆ Ask consent for news
│   with ask, confirmed by a second message
│   up to 7 days
■ End
"""


def enroll(home: Home, *people: tuple[Standing, str, str | None, int]) -> None:
    """A state in which so many people have this status on this step, for this reason."""
    state = State.open("sqlite:///.mactl/state.db", home.folder, write=True)
    rows = [
        enrollment(id=f"{number}-{index}", recipe="hello", status=status, step=step, why=why)
        for number, (status, step, why, count) in enumerate(people)
        for index in range(count)
    ]
    with state, state.writing() as connection:
        connection.execute(insert(enrollments), rows)


@pytest.fixture
def drawn(home: Home) -> Home:
    """A project whose recipe has every turn that matters here."""
    home.write("recipes/hello.yaml", RECIPE)
    return home


def test_without_a_state_it_is_an_outline_of_the_steps(drawn: Home, mactl: Mactl) -> None:
    shown = mactl("journey", "show", "hello")

    assert shown.status == 0
    assert shown.out == OUTLINE
    assert not (drawn.folder / ".mactl").exists()


def test_a_path_outside_of_any_project_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mactl: Mactl
) -> None:
    (tmp_path / "hello.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)

    assert mactl("journey", "show", "hello.yaml").out == OUTLINE


def people_of(shown: dict[str, object]) -> dict[str, int]:
    nodes = shown["nodes"]
    assert isinstance(nodes, list)
    return {node["id"]: node["people"] for node in nodes if node["people"]}


def test_people_are_counted_where_they_stand_by_the_names_of_today(
    drawn: Home, mactl: Mactl
) -> None:
    enroll(
        drawn,
        (Standing.WAITING, "", None, 4),
        (Standing.ACTIVE, "old-first", None, 3),
        (Standing.ACTIVE, "wait-1", None, 2),
        (Standing.ACTIVE, "gone", None, 1),
        (Standing.ACTIVE, "ask_consent-1", None, 1),
        (Standing.ACTIVE, "ask_consent-1-answer", None, 2),
        (Standing.ACTIVE, "nowhere", None, 1),
        (Standing.COMPLETED, "", "end", 5),
        (Standing.COMPLETED, "", "Belgium has its own", 6),
        (Standing.LEFT, "wait-1", "goal", 2),
        (Standing.LEFT, "wait-1", "unmatched", 1),
        (Standing.MERGED, "wait-1", "merged", 1),
    )

    shown = mactl("journey", "show", "hello", "--format", "json").json

    assert shown["people"] == {
        "active": 10,
        "elsewhere": 1,
        "waiting": 4,
        "completed": 11,
        "left": {"goal": 2, "unmatched": 1, "merged": 1},
    }
    assert people_of(shown) == {
        "<enter>": 4, "first": 3, "wait-1": 2, "second": 1, "ask_consent-1": 3, "exit-1": 6, "<end>": 5,
    }  # fmt: skip
    assert (
        mactl("journey", "show", "hello", "--format", "json", "--no-counts").json["people"] is None
    )


def test_the_outline_has_the_counts_at_the_right(drawn: Home, mactl: Mactl) -> None:
    enroll(drawn, (Standing.ACTIVE, "wait-1", None, 2), (Standing.WAITING, "", None, 1))

    lines = mactl("journey", "show", "hello").out.splitlines()

    assert "  people  2 on their way, 1 waiting to enter, 0 completed, 0 left" in lines
    assert f"● Wait 3 days{'2':>87}" in lines
    assert f"▶ Enter signed_up{'1 waiting':>83}" in lines


def test_json_has_nodes_and_edges_in_the_order_they_are_written(drawn: Home, mactl: Mactl) -> None:
    shown = mactl("--format", "json", "journey", "show", "hello").json

    assert (shown["recipe"], shown["title"]) == ("hello", "Say hello to who signs up")
    assert shown["nodes"][3] == {
        "id": "wait_for-1",
        "kind": "wait_for",
        "title": "wait for demo",
        "details": ["up to 4 days"],
        "people": None,
    }
    assert shown["edges"][:4] == [
        {"from": "<enter>", "to": "first", "label": None},
        {"from": "first", "to": "wait-1", "label": None},
        {"from": "wait-1", "to": "wait_for-1", "label": None},
        {"from": "wait_for-1", "to": "call", "label": "in time"},
    ]


def test_mermaid_and_svg_go_to_stdout(drawn: Home, mactl: Mactl) -> None:
    assert mactl("journey", "show", "hello", "--format", "mermaid").out.startswith("flowchart TD\n")
    assert mactl("journey", "show", "hello", "--format", "svg").out.startswith("<svg ")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("flow.svg", b"<svg "),
        ("flow.png", b"\x89PNG"),
        ("flow.mmd", b"flowchart TD"),
        ("flow.json", b"{"),
    ],
)
def test_a_file_is_written_as_its_name_ends(
    drawn: Home, mactl: Mactl, name: str, start: bytes
) -> None:
    shown = mactl("journey", "show", "hello", "--output", name)

    assert (shown.status, shown.out) == (0, "")
    assert (drawn.folder / name).read_bytes().startswith(start)


def test_people_stand_in_the_picture_too(drawn: Home, mactl: Mactl) -> None:
    enroll(drawn, (Standing.ACTIVE, "wait-1", None, 7))
    mactl("journey", "show", "hello", "-o", "flow.svg")

    texts = [element.text for element in parse(drawn.folder / "flow.svg").iter()]
    assert "7" in texts
    assert "7 on their way, 0 completed, 0 left" in texts


def test_a_dark_png_is_another_picture(drawn: Home, mactl: Mactl) -> None:
    mactl("journey", "show", "hello", "-o", "day.png")
    mactl("journey", "show", "hello", "-o", "night.png", "--dark")

    day, night = ((drawn.folder / f"{name}.png").read_bytes() for name in ("day", "night"))
    assert day != night


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "there is no recipe 'nobody'"),
        (["shared"], "shared has no journey"),
        (["recipes"], "recipes is not one recipe"),
        (["hello", "--output", "flow.txt"], "flow.txt does not say what it is to be"),
        (["hello", "--output", "no/such/flow.svg"], "--output no/such/flow.svg"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(
    drawn: Home, mactl: Mactl, arguments: list[str], message: str
) -> None:
    drawn.write("recipes/shared.yaml", "recipe: shared\nsegments: {a: {field: b, eq: c}}\n")

    shown = mactl("journey", "show", *arguments)

    assert shown.status == 2
    assert message in shown.err
    assert shown.out == ""


def test_a_faulty_recipe_is_refused_with_its_findings(drawn: Home, mactl: Mactl) -> None:
    drawn.write("recipes/hello.yaml", RECIPE.replace("wait: 3 days", "wait: 3 dayz"))

    shown = mactl("journey", "show", "hello")

    assert shown.status == 2
    assert "recipes/hello.yaml:9" in shown.err


SECOND = """\
recipe: second
title: After hello
journey:
  enter: {handover: true}
  leave: []
  steps: [{send: a}, {enroll: hello}, {enroll: elsewhere}]
templates: {a: {subject: a, body: b}}
"""

MAP = """\
hello
  Say hello to who signs up
  enter: signed_up
  ⇢ second  (on goal)
second
  After hello
  enter: handed over by another recipe
  ⇢ hello  (enroll-1)
  ⇢ elsewhere  (enroll-2)
elsewhere
  not in this cookbook
"""


@pytest.fixture
def mapped(drawn: Home) -> Home:
    """A project whose recipes hand people over to each other."""
    drawn.write(
        "recipes/hello.yaml", RECIPE.replace("  steps:", "  on_goal: [{enroll: second}]\n  steps:")
    )
    drawn.write("recipes/second.yaml", SECOND)
    return drawn


def test_the_map_says_which_recipe_hands_people_over_to_which(mapped: Home, mactl: Mactl) -> None:
    assert mactl("journey", "show", "--all").out == MAP
    enroll(mapped, (Standing.ACTIVE, "wait-1", None, 7), (Standing.LEFT, "wait-1", "goal", 2))

    assert mactl("journey", "show", "--all", "--format", "json").json == {
        "recipes": [
            {"recipe": "hello", "details": ["Say hello to who signs up", "enter: signed_up"], "people": 7},
            {"recipe": "second", "details": ["After hello", "enter: handed over by another recipe"], "people": 0},
            {"recipe": "elsewhere", "details": ["not in this cookbook"], "people": 0},
        ],
        "handovers": [
            {"from": "hello", "to": "second", "by": "on goal"},
            {"from": "second", "to": "hello", "by": "enroll-1"},
            {"from": "second", "to": "elsewhere", "by": "enroll-2"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["map.svg", "map.png", "map.mmd"])
def test_the_map_is_a_picture_too(mapped: Home, mactl: Mactl, name: str) -> None:
    assert mactl("journey", "show", "--all", "-o", name).status == 0
    assert (mapped.folder / name).stat().st_size > 200


def test_what_a_recipe_says_cannot_command_the_terminal(home: Home, mactl: Mactl) -> None:
    evil = r'"\e[31m\u202e"'
    home.write(
        "recipes/hello.yaml", RECIPE.replace("wait: 3 days", f"{{wait: 3 days, id: {evil}}}")
    )

    assert "(\ufffd[31m\ufffd)" in mactl("journey", "show", "hello").out


def test_without_a_recipe_or_all_nothing_is_shown(drawn: Home, mactl: Mactl) -> None:
    shown = mactl("journey", "show")

    assert shown.status == 2
    assert "--all" in shown.err
