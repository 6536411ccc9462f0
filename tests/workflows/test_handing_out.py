"""Exported people: in the columns that were asked for, as platforms want them, and nobody who must be left alone."""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import load_workbook

from mactl.clock import parse_instant, zone_named
from mactl.errors import UsageError
from mactl.project import load_project
from mactl.workflows.gathering import Sources
from mactl.workflows.handing_out.exporting import Exported, Order, export_contacts
from mactl.workflows.handing_out.files import csv_lines, json_lines, workbook
from mactl.workflows.handing_out.platforms import (
    PLATFORMS,
    bare,
    gmail,
    phone,
    phone_digits,
    sha256,
    squeezed,
)
from mactl.workflows.suppressing.changing import suppress

NOW = parse_instant("2026-12-01T09:00", zone_named("UTC"))
SETTINGS: dict[str, Any] = {
    "timezone": "Europe/Amsterdam",
    "contacts": [{"file": "contacts.csv"}],
    "columns": {"interests": "list"},
    "consent": {
        topic: {
            "state": topic, "at": "at", "source": "source", "wording": "wording", "withdrawn": f"no_{topic}",
            "free": True, "unambiguous": True, "channel": ["email", *([topic] if topic == "ads" else [])],
        }
        for topic in ("news", "ads")
    },
}  # fmt: skip
CONTACTS = """\
contact_id,email,first_name,phone,country,birthday,interests,score,news,no_news,ads,no_ads,at,source,wording
C1,Ann.Lee@gmail.com,Zoë-Ann,+31 6 1234 5678,nl,1990-12-23,a;b,1.5,yes,no,yes,no,2026-01-01,form,Yes
C2,bob@example.com,=cmd|x,0612345678,BE,,,-2,yes,no,no,no,2026-01-01,form,Yes
C3,cas@example.com,Cas,0031612345679,,,,,yes,yes,yes,no,2026-01-01,form,Yes
C4,dan@example.com,Dan,,,,"a
b",,no,yes,no,yes,,,
C5,,Eve,,,,,,yes,no,yes,no,2026-01-01,form,Yes
"""
RECIPE = """\
recipe: r
segments: {dutch: {field: country, eq: nl}}
scoring: {fit: {rules: [{name: any, when: {field: country, eq: NL}, points: 20}]}}
stages: {lead: {}, mql: {score: fit, gte: 10}}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("mactl.yaml").write_text(json.dumps(SETTINGS))
    Path("contacts.csv").write_text(CONTACTS)
    Path("recipes").mkdir()
    Path("recipes/r.yaml").write_text(RECIPE)
    return tmp_path


def export(**order: Any) -> Exported:
    project, findings = load_project(Path())
    assert not findings
    return export_contacts(project, [], Sources(), NOW, Order(**order))


def rows(exported: Exported) -> list[dict[str, str]]:
    text = b"".join(csv_lines(exported)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def names(exported: Exported) -> list[str]:
    return [row["contact"] for row in rows(exported)]


def test_everybody_but_those_who_want_nothing_at_all() -> None:
    exported = export()
    assert (names(exported), exported.left_alone) == (["C1", "C2", "C3", "C5"], 1)
    assert names(export(include_suppressed=True)) == ["C1", "C2", "C3", "C4", "C5"]


def test_who_is_suppressed_is_not_among_them() -> None:
    project, _ = load_project(Path())
    suppress(project, ["bob@example.com"], None, "asked", NOW)
    assert names(export()) == ["C1", "C3", "C5"]


def test_a_column_of_another_tool_s_opt_outs_counts() -> None:
    Path("contacts.csv").write_text(
        "contact_id,email,email_opt_out\nC1,ann@example.com,true\nC2,bob@example.com,false\n"
    )
    assert names(export()) == ["C2"]


def test_for_a_topic_only_whose_consent_is_proven() -> None:
    exported = export(topic="news", columns=["contact"])
    assert names(exported) == ["C1", "C2", "C5"]
    assert (exported.left_alone, exported.no_consent) == (2, 0)
    assert export(topic="ads", columns=["contact"]).no_consent == 1


def test_a_segment_alone_with_what_recipes_know() -> None:
    columns = ["contact", "fit", "stage", "segments", "dutch", "opted_out", "opted_out_of"]
    told = [json.loads(line) for line in json_lines(export(segment="dutch", columns=columns))]
    assert told == [
        {
            "contact": "C1", "fit": 20, "stage": "mql", "segments": ["dutch"], "dutch": True, "opted_out": False,
        }
    ]  # fmt: skip
    [dan] = [
        row
        for row in rows(export(columns=columns, include_suppressed=True))
        if row["contact"] == "C4"
    ]
    assert dan["opted_out_of"] == "news;ads"


def test_nothing_in_a_csv_is_a_formula_and_newlines_stay_in_their_cell() -> None:
    found = {row["contact"]: row for row in rows(export(include_suppressed=True))}
    assert found["C2"]["first_name"] == "'=cmd|x"
    assert found["C4"]["interests"] == "a\nb"
    assert (found["C2"]["score"], found["C1"]["birthday"]) == ("-2", "1990-12-23")


def test_a_workbook_has_text_as_text_and_numbers_as_numbers() -> None:
    book = workbook(export(columns=["contact", "first_name", "score", "news", "birthday"]))
    table = load_workbook(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert table[:3] == [
        ["contact", "first_name", "score", "news", "birthday"],
        ["C1", "Zoë-Ann", 1.5, True, "1990-12-23"],
        ["C2", "=cmd|x", -2.0, True, ""],
    ]


def test_an_advertiser_gets_hashes_of_who_agreed_to_that() -> None:
    exported = export(platform="google-ads", topic="ads")
    assert rows(exported) == [
        {
            "Email": hashlib.sha256(b"annlee@gmail.com").hexdigest(),
            "Phone": hashlib.sha256(b"+31612345678").hexdigest(),
            "First Name": hashlib.sha256("zoë-ann".encode()).hexdigest(),
            "Last Name": "", "Country": "NL", "Zip": "",
        },
        {
            "Email": hashlib.sha256(b"cas@example.com").hexdigest(),
            "Phone": hashlib.sha256(b"+31612345679").hexdigest(),
            "First Name": hashlib.sha256(b"cas").hexdigest(),
            "Last Name": "", "Country": "", "Zip": "",
        },
    ]  # fmt: skip
    assert (exported.left_alone, exported.no_consent, exported.nameless) == (1, 1, 1)
    assert exported.missing == ("Last Name", "Zip")


def test_an_advertiser_gets_nobody_without_a_topic_that_covers_advertising() -> None:
    with pytest.raises(UsageError, match="must have agreed"):
        export(platform="meta")
    assert export(platform="meta", topic="news").count == 0


def test_a_mail_platform_gets_its_own_headers_in_the_clear() -> None:
    first = rows(export(platform="mailchimp"))[0]
    assert first == {
        "Email Address": "Ann.Lee@gmail.com", "First Name": "Zoë-Ann", "Last Name": "",
        "Phone Number": "+31 6 1234 5678",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("order", "hint"),
    [
        ({"segment": "dutsch"}, "did you mean 'dutch'?"),
        ({"columns": ["emial"]}, "did you mean 'email'?"),
        ({"platform": "google"}, "did you mean 'google-ads'?"),
        ({"topic": "new"}, "did you mean 'news'?"),
        ({"platform": "hubspot", "columns": ["email"]}, "hubspot has columns of its own"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_is_like_it(order: Any, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        export(**order)
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("write", "given_text", "expected"),
    [
        (gmail, " Jane.Doe@GMAIL.com ", "janedoe@gmail.com"),
        (gmail, "jane.doe@googlemail.com", "janedoe@googlemail.com"),
        (gmail, "jane.doe@example.com", "jane.doe@example.com"),
        (gmail, "jane.doe+x@gmail.com", "janedoe+x@gmail.com"),
        (phone, "+31 (6) 12-34.56/78", "+31612345678"),
        (phone, "0031612345678", "+31612345678"),
        (phone, "0612345678", ""),
        (phone, "none", ""),
        (phone_digits, "+1 650 555 1212", "16505551212"),
        (phone_digits, "0612345678", ""),
        (bare, " Mary-Ann O'Neil ", "maryann oneil"),
        (bare, "Valéry", "valéry"),
        (bare, "정", "정"),
        (squeezed, "'s-Gravenhage 2", "sgravenhage2"),
    ],
)
def test_values_are_written_as_platforms_compare_them(
    write: Any, given_text: str, expected: str
) -> None:
    assert write(given_text) == expected


@pytest.mark.parametrize(
    ("text", "digest"),
    [  # as https://developers.facebook.com/docs/marketing-api/conversions-api/parameters has them
        ("mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
        ("valéry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
        ("정", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
        ("16505551212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
        ("", ""),
    ],
)
def test_hashes_are_those_that_the_platforms_publish(text: str, digest: str) -> None:
    assert sha256(text) == digest


@given(st.text(max_size=40), st.sampled_from(sorted(PLATFORMS)))
def test_no_advertiser_gets_an_address_or_a_phone_number_in_the_clear(text: str, name: str) -> None:
    platform = PLATFORMS[name]
    for column in platform.columns:
        if platform.advertises and ("email" in column.fields or "phone" in column.fields):
            cell = column.cell(text)
            assert cell == "" or (len(cell) == 64 and set(cell) <= set("0123456789abcdef"))
