"""A list that was written to a file is the same list once it is read back."""

import csv
import io
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.clock import to_epoch
from mactl.project import Project
from mactl.store.suppressions import Suppression, add_suppressions, suppress_hash
from mactl.workflows.suppressing.exporting import export_csv, export_hashes
from mactl.workflows.suppressing.listing import Wanted, hash_suppressions, list_suppressions
from mactl.workflows.suppressing.rows import escaped, unescaped
from tests.workflows.suppressing.making import NOW, entries_of, project_in, state_of, take

_TOPICS = st.sampled_from(["", "offers", "=offers", "'@news"])
_WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["=1+1", "'=1", "''@x", "+31612345678", "-", '"', "a,b;c", "n/a", "'", "＝1", "\ta"]),
)  # fmt: skip
_LOCALS = st.from_regex(r"[a-z0-9]{1,8}([.+_-][a-z0-9]{1,4})?", fullmatch=True)
_DOMAINS = st.sampled_from(["example.com", "a.example.org", "bücher.example", "straße.example"])
_KEYS = st.one_of(
    st.builds("{}@{}".format, _LOCALS, _DOMAINS),
    st.builds("@{}".format, _DOMAINS),
    st.builds("@*.{}".format, _DOMAINS),
    st.binary(max_size=4).map(lambda data: f"sha256:{sha256(data).hexdigest()}"),
    st.from_regex(r"md5:[0-9a-f]{32}", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{8,14}", fullmatch=True),
    st.sampled_from(["=cmd|' /C calc'!A0", "-2+3", "'=x", "Main Street 1, 1000 AB", "token:x'y\"z"]),
)  # fmt: skip
_LIST = st.lists(
    st.builds(
        Suppression, _KEYS, _WORDS, _WORDS, st.integers(0, to_epoch(NOW)), _TOPICS
    ),
    max_size=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project_in(tmp_path_factory.mktemp("lists"))


def put(here: Project, entries: list[Suppression], hidden: str | None = None) -> None:
    """Makes these the whole list."""
    with state_of(here) as state, state.writing(durable=False) as connection:
        connection.exec_driver_sql("DELETE FROM suppressions")
        add_suppressions(connection, entries)
        if hidden is not None:
            suppress_hash(connection, Suppression(hidden, "erased", "command", 1))


def written(here: Project) -> bytes:
    """The list as CSV."""
    return b"".join(export_csv(list_suppressions(here, Wanted()).entries))


@given(_LIST, st.booleans())
def test_what_was_written_is_read_back_to_the_same_list(
    here: Project, entries: list[Suppression], hides: bool
) -> None:
    put(here, entries, "ann@example.com" if hides else None)
    before, text = entries_of(here), written(here)
    put(here, [])

    imported = take(here, text)

    assert imported.faulty == 0
    assert entries_of(here) == before


@given(_LIST)
def test_no_cell_is_one_that_a_spreadsheet_would_work_out(
    here: Project, entries: list[Suppression]
) -> None:
    put(here, entries)
    for row in csv.reader(io.StringIO(written(here).decode(), newline="")):
        for cell in row:
            assert cell[:1] not in set("=-@\t\r\n＝＋－＠")
            assert not cell.startswith("+") or cell.removeprefix("+").replace(" ", "").isdigit()


@given(st.text())
def test_an_apostrophe_of_ours_is_told_from_one_that_was_there(text: str) -> None:
    guarded = escaped(text)
    cell = f"'{guarded}" if guarded and guarded[0] in "=+-@＝＋－＠" else guarded
    assert unescaped(cell) == text


def test_hashes_are_what_ad_platforms_make_of_the_addresses(tmp_path: Path) -> None:
    here = project_in(tmp_path)
    hash_of_bob = sha256(b"bob@example.com").hexdigest()
    take(
        here,
        f"email,topic\nAnn@Example.com,\nann@example.com,offers\n{hash_of_bob},\n@rival.example,\n",
    )

    hashed = hash_suppressions(here, Wanted())

    assert b"".join(export_hashes(hashed.entries)).decode().split("\r\n") == [
        "sha256,topic",
        f"{sha256(b'ann@example.com').hexdigest()},",
        f"{sha256(b'ann@example.com').hexdigest()},offers",
        f"{hash_of_bob},",
        "",
    ]
    assert hashed.left_out == 1


def test_hashes_that_were_handed_out_cover_whom_the_list_covers(
    tmp_path: Path,
) -> None:
    here, there = project_in(tmp_path / "here"), project_in(tmp_path / "there")
    take(here, "ann@bücher.example\nbob@example.com\n")

    take(there, b"".join(export_hashes(hash_suppressions(here, Wanted()).entries)))

    for address in ("ann@xn--bcher-kva.example", "BOB@example.com"):
        assert len(entries_of(there, Wanted(about=address))) == 1


@pytest.fixture
def some(tmp_path: Path) -> Project:
    here = project_in(tmp_path)
    take(
        here,
        "address,topic,reason,source\nann@rival.example,offers,Too much,command\n"
        "bob@example.com,,hard bounce,bounce\n@rival.example,,competitor,command\n"
        "cas@example.com,news,asked,recipe hello\n+31 6 1234 5678,,asked,command\n",
    )
    return here


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["ann@rival.example", "bob@example.com", "@rival.example", "cas@example.com", "+31612345678"]),
        (Wanted(about="RIVAL.ex"), ["ann@rival.example", "@rival.example"]),
        (Wanted(about="ann@"), ["ann@rival.example"]),
        (Wanted(about="zoe@rival.example"), ["@rival.example"]),
        (Wanted(about="@example.com"), ["bob@example.com", "cas@example.com"]),
        (Wanted(about="+31 6 12"), ["+31612345678"]),
        (Wanted(about="100%"), []),
        (Wanted(topic="offers"), ["ann@rival.example", "bob@example.com", "@rival.example", "+31612345678"]),
        (Wanted(reason="BOUNCE"), ["bob@example.com"]),
        (Wanted(source="recipe"), ["cas@example.com"]),
        (Wanted(about="rival", source="command", topic="news"), ["@rival.example"]),
    ],
)  # fmt: skip
def test_the_list_is_looked_through(some: Project, wanted: Wanted, found: list[str]) -> None:
    assert [entry[0] for entry in entries_of(some, wanted)] == found


def test_a_page_of_the_list_tells_how_many_there_are(some: Project) -> None:
    page = list_suppressions(some, Wanted(), limit=2, offset=1)

    assert page.entries["address_key"].tolist() == ["bob@example.com", "@rival.example"]
    assert page.count == 5
