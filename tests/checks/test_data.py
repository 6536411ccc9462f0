"""Recipes beside contacts and events: what is not there, and definitions that tell nobody apart."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Home, Mactl

CONTACTS = "contact_id,email,first_name,country,interests,nps\n" + "".join(
    f"C{n},p{n}@example.com,{name},{country},{'a;b' if n % 2 else 'b'},{n}\n"
    for n, (name, country) in enumerate(
        [("Ann", "NL"), ("Bob", "BE"), ("Cas", "NL"), ("", "DE"), ("Eva", "NL"), ("Flo", "BE")]
    )
)
EVENTS = (
    "id,email,event,at,amount,plan\n"
    + "".join(
        f"{n},p{n}@example.com,signed_up,2026-11-0{n + 1},,{'pro' if n else ''}\n" for n in range(3)
    )
    + "9,p1@example.com,purchase,2026-11-09,50,\n"
)
SETTINGS = """\
project: test
contacts: [{file: contacts.csv}]
events: [{file: events.csv}]
columns: {interests: list}
"""
JOURNEY = """\
goal: {event: purchase}
journey:
  enter: {event: signed_up}
  leave: [goal]
  steps: [{send: a}]
"""

Found = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mactl: Mactl) -> Found:
    """The findings (id, message) of a recipe beside the data above."""
    home = Home(tmp_path)
    home.write("mactl.yaml", SETTINGS)
    home.write("contacts.csv", CONTACTS)
    home.write("events.csv", EVENTS)
    monkeypatch.chdir(tmp_path)

    def run(text: str, *options: str, id: str | None = None) -> list[tuple[str, str]]:
        home.write("recipes/a.yaml", f"recipe: a\ntitle: t\n{text}")
        ran = mactl("check", "--data", "--format", "json", "--now", "2026-12-01T09:00", *options)
        every = [(f["id"], f"{f['message']} / {f['hint']}") for f in ran.json["findings"]]
        quiet = ("missing-tests", "missing-ground")
        return [each for each in every if (each[0] == id if id else each[0] not in quiet)]

    return run


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("segments: {x: {field: contry, eq: NL}}", "'contry' / did you mean 'country'?"),
        ("segments: {x: {field: nps, gt: {field: npz}}}", "'npz'"),
        ("segments: {x: {anyone: companyid, has: {field: nps, eq: 1}}}", "'companyid'"),
        ("journey: {enter: {date: birthdy}, leave: [], steps: [{tag: x}]}", "'birthdy'"),
        ("journey: {enter: {event: signed_up}, leave: [], steps: [{export: {to: exports/a.csv, columns: [emale]}}]}",
         "'emale' / did you mean 'email'?"),
    ],
)  # fmt: skip
def test_a_field_that_no_contact_has_is_an_error_with_a_suggestion(
    found: Found, text: str, says: str
) -> None:
    [(_, message)] = found(text, id="unknown-field")

    assert says in message


@pytest.mark.parametrize(
    "text",
    [
        "segments: {x: {field: country, eq: NL}}",
        "fields: {double: nps + nps}\nsegments: {x: {field: double, gt: 1}}",
        "segments: {x: {field: mood, eq: good}}\n"
        "journey: {enter: {event: signed_up}, leave: [], steps: [{set: {mood: good}}]}",
        "journey: {enter: {event: signed_up}, leave: [], steps: [{wait_until: {date: 2026-12-24}}]}",
    ],
)
def test_columns_derived_fields_what_recipes_set_and_dates_are_known(
    found: Found, text: str
) -> None:
    assert found(text, id="unknown-field") == []


def test_events_and_properties_that_were_never_seen_are_told(found: Found) -> None:
    text = """\
segments:
  x: {event: purchas}
  y: {event: purchase, where: {amuont: 5}}
  z: {event: purchase, sum: {of: plan, gt: 1}}
"""

    assert found(text, id="unseen-event") == [
        ("unseen-event", "the data have no event 'purchas' / did you mean 'purchase'?")
    ]
    properties = found(text, id="unseen-property")
    assert [message.partition(" / ")[0] for _, message in properties] == [
        "no 'purchase' in the data has the property 'amuont'",
        "no 'purchase' in the data has the property 'plan'",
    ]


def test_what_mactl_tells_itself_need_not_be_in_the_data(found: Found) -> None:
    text = "segments: {x: {event: email_clicked, where: {url: {contains: x}}}, y: {event: stage_changed}}"

    assert found(text, id="unseen-event") == []


def test_values_that_a_column_never_has_are_told_with_those_that_it_has(found: Found) -> None:
    text = """\
segments:
  x: {field: country, in: [nl, BEL]}
  y: {field: interests, has: c}
  z: {event: signed_up, where: {plan: prro}}
"""

    values = found(text, id="unseen-value")

    assert [message for _, message in values] == [
        "country is never 'BEL' in the data: it has BE, DE, NL / did you mean 'be'?",
        "interests is never 'c' in the data: it has a, b / None",
        "plan is never 'prro' in the data: it has pro / did you mean 'pro'?",
    ]


def test_a_flag_that_nobody_has_today_is_known_and_a_misspelt_one_is_told(found: Found) -> None:
    text = "segments: {x: {field: data_flags, has_any: [phone_invented, phone_invneted]}}"

    [(_, message)] = found(text, id="unseen-value")

    assert message.startswith("data_flags is never 'phone_invneted' in the data")
    assert message.endswith("did you mean 'phone_invented'?")


def test_types_that_never_compare_are_told(found: Found) -> None:
    [(_, message)] = found("segments: {x: {field: country, gt: 5}}", id="type-mismatch")

    assert "country holds text" in message


def test_definitions_that_tell_nobody_apart_are_told(found: Found) -> None:
    text = """\
segments: {nobody: {field: nps, gt: 100}, all: {field: nps, lt: 100}, some: {field: nps, gt: 3}}
scoring:
  fit:
    rules:
      - {name: never, when: {field: nps, gt: 100}, points: 5}
      - {name: once, event: purchase, points: 1}
stages: {lead: {}, buyer: {event: purchase}, hero: {field: nps, gt: 100}}
labels: {mood: {good: {field: nps, gt: 3}, best: {field: nps, gt: 100}}}
"""
    ids = ("empty-segment", "whole-segment", "idle-rule", "empty-bucket", "empty-stage")

    told = [(id, message.partition(" / ")[0]) for id, message in found(text) if id in ids]

    assert told == [
        ("empty-segment", "none of 6 contacts is in 'nobody'"),
        ("whole-segment", "all of 6 contacts are in 'all'"),
        ("idle-rule", "'never' gives nobody a point"),
        ("empty-stage", "nobody is in the stage 'hero'"),
        ("empty-bucket", "nobody is in the bucket 'best' of 'mood'"),
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("Hello {{ contact.first_nme }}", ("unknown-merge-field", "'first_nme' / did you mean 'first_name'?")),
        ("Hello {{ contact.country }}", None),
        ("Hello {{ contact.first_name | default('you') }}", None),
        ("{{ event.paln }}", ("unknown-merge-field", "'paln' / did you mean 'plan'?")),
        ("{{ event.plan }}", ("blank-merge-field", "event.plan is blank for 33%")),
        ("{{ event.plan | default('free') }}", None),
    ],
)  # fmt: skip
def test_merge_fields_that_lack_or_are_blank_are_told(
    found: Found, body: str, told: tuple[str, str] | None
) -> None:
    text = f'{JOURNEY}templates: {{a: {{subject: s, body: "{body}"}}}}'

    every = [each for each in found(text) if each[0].endswith("merge-field")]

    assert bool(every) == (told is not None)
    if told:
        assert every[0][0] == told[0]
        assert told[1] in every[0][1]


def test_a_blank_for_more_than_a_twentieth_of_the_entrants_is_told_and_not_of_all(
    found: Found,
) -> None:
    named = f'{JOURNEY}templates: {{a: {{subject: s, body: "Hi {{{{ contact.first_name }}}}"}}}}'
    by_segment = named.replace("{event: signed_up}", "{segment: germans}")

    assert found(named, id="blank-merge-field") == []  # the three who signed up have a name
    [(_, message)] = found(
        f"segments: {{germans: {{field: country, eq: DE}}}}\n{by_segment}", id="blank-merge-field"
    )
    assert "contact.first_name is blank for 100% of those who enter" in message


def test_journeys_of_overlapping_segments_are_told_with_how_many_they_share(
    found: Found, tmp_path: Path
) -> None:
    steps = """steps: [{send: a}]}
privacy: {basis: [consent], topic: t, purpose: p}
templates: {a: {subject: s, body: b}}
"""
    other = "recipe: 0-first\nsegments: {x: {field: nps, gt: 2}}\n"
    other += f"journey: {{enter: {{segment: x}}, leave: [], {steps}"
    (tmp_path / "recipes").mkdir(exist_ok=True)
    (tmp_path / "recipes" / "0-first.yaml").write_text(other)

    mine = (
        "segments: {y: {field: country, eq: NL}}\njourney: {enter: {segment: y}, leave: [], "
        + steps
    )
    [(_, message)] = found(mine, id="shared-people")

    assert message.startswith("1 people are in this segment and in that of '0-first'")
    excluding = mine.replace("leave: []", "exclude: {enrolled: 0-first}, leave: []")
    assert found(excluding, id="shared-people") == []


def test_an_arm_that_too_few_take_for_its_winner_is_told(found: Found) -> None:
    split = """\
segments: {y: {field: nps, gte: 0}}
journey:
  enter: {segment: y}
  leave: []
  steps:
    - split: s
      arms:
        a: {share: 50%, steps: [{send: a}]}
        w: {share: 50%, after: 1 day, measure: clicked, at_least: 50, fallback: a}
templates: {a: {kind: service, subject: s, body: b}}
"""

    [(_, message)] = found(split, id="few-people")

    assert message.startswith("of 6 people about 3 take 'a'; the winner wants 50 sends")


def test_a_faulty_recipe_is_told_and_what_can_be_said_of_the_rest_as_well(found: Found) -> None:
    told = {id for id, _ in found("segments: {x: {segment: nobody}, y: {field: contry, eq: NL}}")}

    assert told == {"unknown-segment", "unknown-field"}
