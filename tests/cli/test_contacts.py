"""`mactl contacts`: one person, told in words and in JSON."""

from pathlib import Path

import pytest

from tests.cli.conftest import Mactl

CRM = """\
contact_id,email,first_name,last_name,phone,postcode,changed
C1,ann@example.com,Ann,Smit,0611111111,1234AB,2026-01-01
C2,ann@example.com,Bob,Smit,0622222222,1234AB,2026-03-01
C3,bo@example.com,Bo,Jansen,,2222BB,2026-01-05
"""
SHOP = """\
email,first_name,last_name,phone,postcode,changed
ann@example.com,Anna,Smit,0633333333,1234AB,2026-05-01
b.o@example.com,Bo,Jansen,0644444444,2222 BB,2026-05-01
"""
SETTINGS = """\
country: NL
timezone: Europe/Amsterdam
contacts: [{file: crm.csv}, {file: shop.csv}]
columns: {phone: text}
survivorship: {at: changed, fields: {phone: newest}}
"""


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("mactl.yaml", SETTINGS), ("crm.csv", CRM), ("shop.csv", SHOP)):
        (tmp_path / name).write_text(text)


def test_the_list_has_every_contact_with_fields_and_sources(mactl: Mactl) -> None:
    found = mactl("contacts", "list", "--format", "json").json["contacts"]

    assert [row["contact"] for row in found] == ["C1", "C2", "C3", "b.o@example.com"]
    assert found[0]["email"] == "ann@example.com"
    assert found[0]["fields"]["phone"] == "0633333333"
    assert found[0]["sources"] == [
        {"path": "crm.csv", "line": 2},
        {"path": "shop.csv", "line": 2},
    ]
    assert set(found[0]) == {"contact", "email", "fields", "sources"}


def test_show_tells_where_each_value_is_from_and_why(mactl: Mactl) -> None:
    found = mactl("contacts", "show", "C1", "--format", "json").json

    assert found["fields"]["phone"] == {
        "value": "0633333333",
        "path": "shop.csv",
        "line": 2,
        "why": "the newest",
        "others": [{"value": "0611111111", "path": "crm.csv", "line": 2}],
    }
    assert found["rows"][1]["joined_by"] == {
        "key": "email",
        "value": "ann@example.com",
        "path": "crm.csv",
        "line": 2,
    }
    assert found["apart"] == [{"key": "email", "value": "ann@example.com", "contacts": ["C2"]}]
    words = mactl("contacts", "show", "C1").out
    assert "email ann@example.com, as in crm.csv:2" in words
    assert "email ann@example.com is also that of C2, who are kept apart" in words


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("ann@example.com", "several contacts are known by 'ann@example.com': 'C1', 'C2'"),
        ("bo@exmaple.com", "did you mean 'bo@example.com'?"),
    ],
)
def test_who_is_not_one_contact_is_refused(mactl: Mactl, who: str, message: str) -> None:
    ran = mactl("contacts", "show", who)

    assert ran.status == 2
    assert message in ran.err


def test_conflicts_are_counted_field_by_field(mactl: Mactl) -> None:
    found = mactl("contacts", "conflicts", "--format", "json").json["conflicts"]

    assert [(one["field"], one["contacts"]) for one in found] == [
        ("first_name", 1),
        ("phone", 1),
        ("changed", 1),
    ]
    assert "0611111111 (crm.csv:2)" in mactl("contacts", "conflicts", "phone").out
    assert "did you mean 'phone'?" in mactl("contacts", "conflicts", "phon").err


def test_a_double_is_proposed_merged_and_proposed_no_more(mactl: Mactl) -> None:
    found = mactl("contacts", "doubles", "--format", "json").json
    (double,) = found["doubles"]
    names = [each["contact"] for each in double["contacts"]]
    assert (found["count"], names) == (1, ["C3", "b.o@example.com"])

    merged = mactl("contacts", "merge", *names, "--why", "he said so")
    assert "b.o@example.com is C3 from now on (decision 1)" in merged.out
    assert "nobody seems to be there twice" in mactl("contacts", "doubles").out
    assert "he said so" in mactl("contacts", "decisions").out
    assert "he said so" in mactl("contacts", "show", "C3").out

    undone = mactl("contacts", "merge", "--undo", "1", "--format", "json").json
    assert (undone["undone"], undone["joined_by"]) == (True, None)
    assert "nobody seems to be there twice" in mactl("contacts", "doubles").out


def test_a_split_tells_what_leaves_and_how_to_take_it_back(mactl: Mactl) -> None:
    mactl("contacts", "merge", "C1", "C2")
    ran = mactl("contacts", "split", "C1", "C2")

    assert "C2 is no longer C1 (decision 2)" in ran.out
    assert "with them go contact_id:C2" in ran.out
    assert "mactl contacts split --undo 2" in ran.out
    listed = mactl("contacts", "list", "--format", "json").json["contacts"]
    assert [row["contact"] for row in listed] == ["C1", "C2", "C3", "b.o@example.com"]
    decisions = mactl("contacts", "decisions", "C1", "--format", "json").json["decisions"]
    assert [one["kind"] for one in decisions] == ["merge", "split"]


@pytest.mark.parametrize("arguments", [["merge", "C1"], ["merge"], ["split", "C1"]])
def test_what_is_left_out_is_asked_for(mactl: Mactl, arguments: list[str]) -> None:
    ran = mactl("contacts", *arguments)

    assert (ran.status, ran.out) == (2, "")
    assert "write mactl contacts" in ran.err
