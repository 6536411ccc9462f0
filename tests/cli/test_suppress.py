"""Who must not be written to: at a shell, before and after people are read again."""

import io
import json
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import CONTACTS, HELLO, NOW, Home, Mactl


def planned(mactl: Mactl) -> dict[str, str]:
    """Contact → what a run would do about the first message to them, and why not."""
    plan = mactl("plan", "--now", NOW, "--format", "json").json
    told = {skip["contact"]: f"{skip['gate']}: {skip['reason']}" for skip in plan["skipped"]}
    return {send["contact"]: "goes" for send in plan["sends"]} | told


def listed(mactl: Mactl, *options: str) -> list[str]:
    found = mactl("suppress", "list", *options, "--format", "json").json["suppressions"]
    return [entry["address"] for entry in found]


def test_nothing_covers_them_and_they_are_written_to(home: Home, mactl: Mactl) -> None:
    told = planned(mactl)
    assert (told["C1"], told["C2"]) == ("goes", "goes")


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ("ANN@example.com", "by hand"),
        ("@example.com", "by hand (@example.com)"),
        ("*.com", "by hand (@*.com)"),
        (sha256(b"ann@example.com").hexdigest(), "by hand (by its SHA-256)"),
    ],
)
def test_whatever_covers_an_address_skips_it_in_the_plan(
    home: Home, mactl: Mactl, added: str, reason: str
) -> None:
    assert mactl("suppress", "add", added, "--now", NOW).out == "1 suppressed\n"

    assert planned(mactl)["C1"] == f"suppression: suppressed: {reason}"
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert not any("ann@example.com" in mail.read_text() for mail in home.outbox)


@pytest.mark.parametrize("entry", ["@example.com", "--hashed ann@example.com bob@example.com"])
def test_service_mail_is_not_written_either(home: Home, mactl: Mactl, entry: str) -> None:
    home.write("recipes/hello.yaml", HELLO.replace("first: {", "first: {kind: service, "))
    assert planned(mactl)["C1"] == "goes"

    mactl("suppress", "add", *entry.split(), "--now", NOW)

    assert planned(mactl)["C1"].startswith("suppression: suppressed: by hand")
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert not any("ann@example.com" in mail.read_text() for mail in home.outbox)


@pytest.mark.parametrize("entry", ["ann@example.com", "@example.com", "--hashed ann@example.com"])
def test_an_import_of_contacts_brings_nobody_back(home: Home, mactl: Mactl, entry: str) -> None:
    mactl("suppress", "add", *entry.split(), "--now", NOW)
    home.write("contacts.csv", CONTACTS.splitlines()[0] + "\n")
    assert mactl("send", "--yes", "--now", NOW).status == 0
    fresh = CONTACTS.replace("C1,ann@example.com", "N1,Ann@Example.com")
    home.write("contacts.csv", fresh)

    assert planned(mactl)["N1"].startswith("suppression: suppressed: by hand")
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert not any("ann@example.com" in mail.read_text().lower() for mail in home.outbox)


def test_lifting_an_address_tells_that_its_domain_is_suppressed(home: Home, mactl: Mactl) -> None:
    mactl("suppress", "add", "ann@example.com", "@example.com", "--reason", "rival", "--now", NOW)

    ran = mactl("suppress", "remove", "ann@example.com")
    assert (ran.status, ran.out) == (0, "1 lifted\n")
    assert ran.err == "ann@example.com is still suppressed for all mail: rival (@example.com)\n"

    again = mactl("suppress", "remove", "ann@example.com", "--topic", "offers", "--format", "json")
    assert again.json == {
        "lifted": 0,
        "still_suppressed": [
            {"address": "ann@example.com", "topic": None, "reason": "rival (@example.com)"}
        ],
    }
    assert mactl("suppress", "remove", "@example.com").err == ""
    assert listed(mactl) == []


def test_a_hashed_address_stands_neither_in_the_list_nor_in_the_state(
    home: Home, mactl: Mactl
) -> None:
    ran = mactl("suppress", "add", "--hashed", "zoe@example.com", "--now", NOW)

    assert ran.out == "1 suppressed\n"
    (entry,) = listed(mactl)
    assert entry.startswith("keyed:")
    assert listed(mactl, "Zoe@Example.com") == [entry]
    assert b"zoe" not in (home.folder / ".mactl" / "state.db").read_bytes()
    assert mactl("suppress", "remove", "zoe@example.com").out == "1 lifted\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "no-address"], "'no-address' can't be suppressed: it is neither an address"),
        (["add", "rival.example"], "a domain is written @rival.example"),
        (["add", "@nonsense"], "'@nonsense' can't be suppressed"),
        (["add", "--hashed", "@rival.example"], "only an address can be hashed"),
        (["remove", "no-address"], "can't be suppressed"),
        (["import", "none.csv"], "none.csv"),
        (["import", "-", "-"], "can be read once"),
        (["import", "recipes"], "recipes"),
        (["import", "list.csv", "--encoding", "klingon"], "there is no encoding 'klingon'"),
        (["export", "no/such/folder.csv"], "no/such/folder.csv"),
        (["export", "--format", "xml"], "xml"),
        (["list", "--limit", "-1"], "--limit"),
    ],
)
def test_what_can_not_start_ends_with_2_and_says_why(
    home: Home, mactl: Mactl, arguments: list[str], words: str
) -> None:
    home.write("list.csv", "ann@example.com\n")
    ran = mactl("suppress", *arguments)

    assert ran.status == 2
    assert words in ran.err
    assert not ran.out


def test_rows_that_are_left_out_end_with_1_and_are_told_with_their_line(
    home: Home, mactl: Mactl
) -> None:
    home.write("old.csv", "email,reason\nann@example.com,left\nnonsense,left\n")

    ran = mactl("suppress", "import", "old.csv", "--now", NOW)

    assert ran.status == 1
    assert ran.out == (
        "2 rows: 1 newly suppressed, 0 suppressed before or named twice, 1 left out\n"
    )
    assert "old.csv:3: suppression-no-entry: 'nonsense'" in ran.err
    quiet = mactl("suppress", "import", "old.csv", "--quiet")
    assert (quiet.status, quiet.out) == (1, "")
    assert "old.csv:3" in quiet.err


def test_a_trial_run_says_what_would_come_of_it_and_changes_nothing(
    home: Home, mactl: Mactl
) -> None:
    home.write("old.csv", "ann@example.com\nbob@example.com\nBob@example.com\n")

    trial = mactl("suppress", "import", "old.csv", "--dry-run", "--now", NOW)

    assert trial.out == (
        "3 rows: 2 would be newly suppressed, 1 suppressed before or named twice\n"
    )
    assert not (home.folder / ".mactl" / "state.db").exists()
    assert mactl("suppress", "import", "old.csv", "--format", "json", "--now", NOW).json == {
        "rows": 3, "suppressed": 2, "known": 1, "faulty": 0, "passed_over": 0,
        "dry_run": False, "findings": [],
    }  # fmt: skip


def test_a_list_may_come_in_and_several_files_at_once(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write("one.csv", "ann@example.com\n")
    coming_in = io.TextIOWrapper(io.BytesIO(b"email\nbob@example.com\nnobody\n"))
    monkeypatch.setattr(sys, "stdin", coming_in)

    ran = mactl("suppress", "import", "one.csv", "-", "--topic", "offers", "--now", NOW)

    assert ran.status == 1
    assert "stdin:3: suppression-no-entry" in ran.err
    assert listed(mactl) == ["ann@example.com", "bob@example.com"]
    assert planned(mactl)["C1"] == "suppression: suppressed: imported"


def test_a_file_that_can_not_be_read_keeps_the_others_out_too(home: Home, mactl: Mactl) -> None:
    home.write("one.csv", "ann@example.com\n")
    home.write("two.csv", "name,company\nAnn,Acme\n")

    ran = mactl("suppress", "import", "one.csv", "two.csv", "--now", NOW)

    assert ran.status == 2
    assert "two.csv: no column tells who is meant; its columns: name, company" in ran.err
    assert listed(mactl) == []


def test_the_list_goes_to_a_file_and_comes_back(home: Home, mactl: Mactl) -> None:
    mactl("suppress", "add", "@rival.example", "--reason", "=1+1", "--now", NOW)
    mactl("suppress", "add", "ann@example.com", "--topic", "offers", "--now", NOW)
    before = mactl("suppress", "list", "--format", "json").json

    ran = mactl("suppress", "export", "list.csv")
    assert (ran.status, ran.out, ran.err) == (0, "", "2 written to list.csv\n")
    text = (home.folder / "list.csv").read_bytes()
    assert b"'@rival.example,domain,,'=1+1,command,2026-12-01T08:00:00Z\r\n" in text
    assert mactl("suppress", "export").out.encode() == text
    assert [path.name for path in home.folder.glob("*list.csv*")] == ["list.csv"]

    mactl("suppress", "remove", "@rival.example", "ann@example.com")
    assert mactl("suppress", "import", "list.csv", "--now", NOW).status == 0
    assert mactl("suppress", "list", "--format", "json").json == before


def test_json_has_the_same_entries_in_the_answer_and_in_a_file(home: Home, mactl: Mactl) -> None:
    mactl("suppress", "add", "@rival.example", "--reason", "competitor", "--now", NOW)
    entry = {
        "address": "@rival.example", "kind": "domain", "topic": None, "reason": "competitor",
        "source": "command", "at": "2026-12-01T09:00:00+01:00",
    }  # fmt: skip
    told = {"suppressions": [entry], "count": 1}

    assert mactl("suppress", "list", "--format", "json").json == told
    assert mactl("suppress", "export", "--format", "json").json == told
    assert mactl("suppress", "export", "--format", "json", "list.json", "--quiet").err == ""
    assert json.loads(Path("list.json").read_text(encoding="utf-8")) == told


def test_hashes_go_out_without_what_has_none(home: Home, mactl: Mactl) -> None:
    mactl("suppress", "add", "ann@example.com", "@rival.example", "--now", NOW)
    digest = sha256(b"ann@example.com").hexdigest()

    ran = mactl("suppress", "export", "--hashed")

    assert ran.out.replace("\r\n", "\n") == f"sha256,topic\n{digest},\n"
    assert ran.err.startswith("1 left out: domains")
    assert mactl("suppress", "export", "--hashed", "--format", "json").json == {
        "suppressions": [{"sha256": digest, "topic": None}], "left_out": 1,
    }  # fmt: skip


def test_a_long_list_is_shown_a_page_at_a_time(home: Home, mactl: Mactl) -> None:
    home.write("many.csv", "".join(f"p{number:03}@example.com\n" for number in range(120)))
    mactl("suppress", "import", "many.csv", "--now", NOW)

    first = mactl("suppress", "list")
    assert first.out.count("@example.com") == 100
    assert first.err == "20 more; --limit 0 shows all, --offset 100 the next\n"
    rest = mactl("suppress", "list", "--offset", "100")
    assert (rest.out.count("@example.com"), rest.err) == (20, "")
    assert mactl("suppress", "list", "--limit", "0").out.count("@example.com") == 120
    assert len(listed(mactl)) == 120
    assert listed(mactl, "p01", "--limit", "1", "--offset", "1") == ["p011@example.com"]
    assert mactl("suppress", "list", "zoe").out == "nobody like that is suppressed\n"
    assert mactl("suppress", "list", "--offset", "500").out == "no more entries\n"


def test_a_topic_that_nobody_writes_about_is_told(home: Home, mactl: Mactl) -> None:
    known = mactl("suppress", "add", "ann@example.com", "--topic", "offers", "--now", NOW)
    assert known.err == ""

    ran = mactl("suppress", "add", "ann@example.com", "--topic", "offres", "--now", NOW)
    assert (ran.status, ran.out) == (0, "1 suppressed\n")
    assert "suppression-unknown-topic: nothing is written on 'offres'" in ran.err
    assert "did you mean 'offers'?" in ran.err

    home.write("recipes/news.yaml", HELLO.replace("hello", "news").replace("offers", "tidings"))
    home.write("list.csv", "email,topic\nbob@example.com,tidings\ncas@example.com,weather\n")
    taken = mactl("suppress", "import", "list.csv", "--now", NOW)
    assert taken.status == 0
    assert "'weather'" in taken.err
    assert "'tidings'" not in taken.err
