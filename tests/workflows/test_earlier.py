"""An earlier version of a cookbook is read as it was committed, and nothing of it runs."""

import os
import subprocess
from pathlib import Path

import pytest

from mactl.errors import UsageError
from mactl.project import Project, Settings, load_project
from mactl.workflows.reviewing.earlier import earlier_version

RECIPE = """\
recipe: hello
segments: {all-of-them: {field: email, empty: false}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a project in a folder of its own, and one commit."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@example.com")
    git(tmp_path, "init", "-q", "-b", "main")
    write(
        tmp_path / "shop" / "mactl.yaml", "limits: {per_contact: [{messages: 1, within: 1 day}]}\n"
    )
    write(tmp_path / "shop" / "recipes" / "hello.yaml", RECIPE)
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")


def project_in(repository: Path) -> Project:
    project, findings = load_project(repository / "shop")
    assert not findings
    return project


def test_a_revision_is_read_without_touching_the_working_tree(repository: Path) -> None:
    write(repository / "shop" / "recipes" / "hello.yaml", "recipe: hello\n")
    write(repository / "shop" / "mactl.yaml", "limits: {min_gap: 2 days}\n")
    before = git(repository, "status", "--porcelain")

    with earlier_version(project_in(repository), "HEAD") as earlier:
        assert list(earlier.cookbook.segments) == ["hello.all-of-them"]
        assert earlier.settings.limits.min_gap is None
        assert [cap.messages for cap in earlier.settings.limits.per_contact] == [1]
        assert earlier.label.startswith("HEAD (")
        assert not earlier.notes
    assert git(repository, "status", "--porcelain") == before
    assert git(repository, "worktree", "list").count("\n") == 1


def test_where_the_data_is_today_s_project_says(repository: Path) -> None:
    write(
        repository / "shop" / "mactl.yaml", "contacts: [{file: new.csv}]\ntimezone: Europe/Paris\n"
    )

    with earlier_version(project_in(repository), "main") as earlier:
        assert [source.file for source in earlier.settings.contacts] == ["new.csv"]
        assert earlier.settings.timezone == "Europe/Paris"


def test_templates_beside_a_recipe_come_along_byte_by_byte(repository: Path) -> None:
    write(repository / ".gitattributes", "*.md filter=shout text eol=crlf export-subst\n")
    write(repository / "shop" / "recipes" / "hello" / "a.md", "Hello $Format:%H$\nthere\n")
    git(repository, "config", "filter.shout.smudge", "sh -c 'touch RAN; tr a-z A-Z'")
    commit(repository)

    with earlier_version(project_in(repository), "main") as earlier:
        folder = earlier.cookbook.recipes["hello"].folder
        assert (folder / "hello" / "a.md").read_bytes() == b"Hello $Format:%H$\nthere\n"
    assert not list(repository.rglob("RAN"))


def test_links_lead_nowhere(repository: Path) -> None:
    write(repository / "secret.md", "secret")
    (repository / "shop" / "recipes" / "leak.md").symlink_to(repository / "secret.md")
    commit(repository)

    with earlier_version(project_in(repository), "main") as earlier:
        assert not (earlier.cookbook.recipes["hello"].folder / "leak.md").exists()


def test_names_that_are_not_plain_are_read_too(repository: Path) -> None:
    write(repository / "shop" / "recipes" / "nieuwe map é" / "bye.yaml", "recipe: bye\n")
    commit(repository)

    with earlier_version(project_in(repository), "main") as earlier:
        assert sorted(earlier.cookbook.recipes) == ["bye", "hello"]


def test_the_cookbook_may_have_moved(repository: Path) -> None:
    (repository / "shop" / "recipes").rename(repository / "shop" / "cookbook")
    write(repository / "shop" / "mactl.yaml", "recipes: cookbook\n")

    with earlier_version(project_in(repository), "main") as earlier:
        assert list(earlier.cookbook.recipes) == ["hello"]


def test_a_faulty_recipe_is_left_out_and_told(repository: Path) -> None:
    write(repository / "shop" / "recipes" / "bad.yaml", "recipe: bad\nno-such-key: 1\n")
    write(
        repository / "shop" / "recipes" / "needs.yaml",
        "recipe: needs\nsegments: {x: {segment: bad.y}}\n",
    )
    commit(repository)

    with earlier_version(project_in(repository), "main") as earlier:
        assert list(earlier.cookbook.recipes) == ["hello"]
        assert [note.split(" of ")[0] for note in earlier.notes] == [
            "the recipe bad",
            "the recipe needs",
        ]


def test_a_folder_is_that_of_a_project(repository: Path) -> None:
    project = project_in(repository)
    write(repository / "shop" / "elsewhere" / "other.yaml", "recipe: other\n")
    with earlier_version(project, str(repository / "shop")) as earlier:
        assert list(earlier.cookbook.recipes) == ["hello"]


def test_a_folder_that_is_no_project_is_refused_before_anything_in_it_is_read(
    repository: Path,
) -> None:
    where = str(repository / "shop" / "recipes")

    with (
        pytest.raises(UsageError, match=r"no mactl\.yaml in this folder") as refused,
        earlier_version(project_in(repository), where),
    ):
        pass
    assert refused.value.hint == "name the folder of a project, or a git revision"


@pytest.mark.parametrize("where", ["nowhere", "--output=x", "main:shop", "HEAD~99"])
def test_what_is_neither_a_folder_nor_a_revision_is_refused(repository: Path, where: str) -> None:
    with (
        pytest.raises(UsageError, match="no such folder"),
        earlier_version(project_in(repository), where),
    ):
        pass
    assert not (repository / "shop" / "x").exists()


def test_a_project_outside_git_can_be_compared_with_a_folder_only(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError) as refused,
        earlier_version(Project(tmp_path, Settings()), "main"),
    ):
        pass
    assert refused.value.hint == "compare with a folder"
