"""Whatever is imported in whatever order, who was erased does not come back; nobody else is left out for it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.people.people import People, people_from_rows, read_people
from mactl.project import ContactSource, Project, Settings, load_project
from mactl.store.erasures import add_erasures, read_erasures
from mactl.store.suppressions import Suppression, add_suppressions
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.opening import open_state
from mactl.workflows.protecting.erasing import Manners, erase_person
from tests.conftest import examples
from tests.workflows.protecting.world import at, suppressed

NOW = at("2026-11-24T10:00")
ANN = ("C-ANN-0001", "ann.vries@example.com")
ROWS = [
    ANN, ("", ANN[1]), (ANN[0], ""), (ANN[0], "ann.new@example.org"), ("C-NEW-0009", ANN[1].upper()),
    ("C-NEW-0009", ""),
    ("C-BOB-0002", "bob@example.com"), ("C-BOB-0002", ""), ("", "bob@example.com"), ("C-CAS-0003", "cas@example.com"),
]  # fmt: skip
HERS = {*ANN, "ann.new@example.org", "C-NEW-0009"}


def write(folder: Path, rows: Sequence[tuple[str, str]]) -> None:
    lines = ["contact_id,email,first_name", *(f"{id},{email},X" for id, email in rows)]
    (folder / "c.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


def project_in(folder: Path) -> Project:
    (folder / "mactl.yaml").write_text("contacts: [{file: c.csv}]\nevents: [{file: e.csv}]\n")
    (folder / "recipes").mkdir()
    (folder / "e.csv").write_text(
        f"email,event,at\n{ANN[1]},visit,2026-11-01\nbob@example.com,visit,2026-11-01\n"
    )
    write(folder, [ANN, ROWS[6]])
    project, findings = load_project(folder)
    assert not findings
    return project


def known(project: Project) -> tuple[set[str], int]:
    """The keys of everybody there is, and how many events they did."""
    with open_state(project, write=True) as state:
        gathered = gather(project, Sources(), state, NOW)
    people = gathered.people
    keys = {str(alias).partition(":")[2] for alias in people.aliases.column("alias").to_pylist()}
    told = " ".join(f"{f.message} {f.hint}" for f in gathered.findings).lower()
    assert not any(key.lower() in told for key in ANN)
    return keys, gathered.facts.events.num_rows


@settings(max_examples=examples(40))
@given(st.lists(st.lists(st.sampled_from(ROWS), min_size=1, max_size=6), min_size=1, max_size=3))
def test_no_order_of_imports_brings_her_back(imports: list[list[tuple[str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        project = project_in(Path(name))
        assert known(project)[1] == 2
        assert erase_person(project, ANN[1], NOW, Manners()).is_proven
        for rows in imports:
            write(Path(name), rows)
            keys, happened = known(project)
            assert not keys & set(ANN)
            others = {
                key
                for row in rows
                for key in row
                if key and key.upper() not in map(str.upper, HERS)
            }
            assert keys - HERS == others
            assert happened == ("bob@example.com" in keys)


def erased_of(*aliases: tuple[str, str]) -> object:
    from mactl.store.state import State

    state = State.open("sqlite://", Path(), write=True)
    with state.writing() as connection:
        add_erasures(connection, aliases, 1_795_000_000, "e1")
        return read_erasures(connection)


def read(folder: Path, text: str, *aliases: tuple[str, str]) -> People:
    path = folder / "c.csv"
    path.write_text(text)
    return read_people(Settings(), folder, [ContactSource(file="c.csv")], None, erased_of(*aliases))  # type: ignore[arg-type]


def test_each_row_of_hers_is_a_finding_that_says_nothing_of_her(tmp_path: Path) -> None:
    text = f"email,first_name,phone\n{ANN[1]},Ann,12\nbob@example.com,Bob,\n  {ANN[1].title()} ,x\x07y,\n"
    found = read(tmp_path, text, ("email", ANN[1]))
    assert [(f.id, f.place and f.place.line) for f in found.findings] == [
        ("contact-erased", 2),
        ("contact-erased", 4),
    ]
    assert "was erased on 2026-11-" in found.findings[0].message
    assert found.refused == ()
    assert (found.summary.contacts, found.summary.rejected) == (1, 2)


def test_a_stranger_s_other_rows_go_with_the_one_that_has_her_address(tmp_path: Path) -> None:
    text = f"contact_id,email\nC8,other@example.org\nC8,{ANN[1]}\nC9,bob@example.com\n"
    found = read(tmp_path, text, ("email", ANN[1]))
    assert found.contacts.column("_key").to_pylist() == ["C9"]


def test_who_is_known_otherwise_loses_only_the_row_with_her_address(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"contact_id,email\nC8,other@example.org\nC8,{ANN[1]}\n")
    erased = erased_of(("email", ANN[1]))
    known_before = {"contact_id:C8": "11111111-1111-4111-8111-111111111111"}
    found = read_people(
        Settings(),
        tmp_path,
        [ContactSource(file="c.csv")],
        known_before,
        erased,  # type: ignore[arg-type]
    )
    assert found.contacts.column("email").to_pylist() == ["other@example.org"]
    assert people_from_rows(Settings(), [{"email": ANN[1]}]).contacts.num_rows == 1


def test_a_list_of_opt_outs_that_names_her_is_kept_by_hashes(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    erase_person(project, ANN[1], NOW, Manners())
    entries = [Suppression(ANN[1].upper(), f"told {ANN[1]}", "import", 1, "news")]
    with open_state(project, write=True) as state:
        with state.writing() as connection:
            add_suppressions(
                connection, [*entries, Suppression("bob@example.com", "x", "import", 1)]
            )
        kept = suppressed(state)
    assert min(kept)[0] == "bob@example.com"
    hidden = {(topic, reason) for key, topic, reason in kept if key.startswith("keyed:")}
    assert hidden == {("", "erased"), ("news", "opted out")}
