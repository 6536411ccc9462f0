"""`mactl discover` on a project of its own."""

from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Mactl

FOUND = ("rfm", "clusters", "stages")


@pytest.fixture
def project(mactl: Mactl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert mactl("init", "shop").status == 0
    monkeypatch.chdir(tmp_path / "shop")
    _plant_two_kinds(tmp_path / "shop" / "contacts.csv")
    return tmp_path / "shop"


def _plant_two_kinds(path: Path) -> None:
    """Large and small customers, where the people that are shipped hardly fall into groups."""
    header, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    planted = [
        f"{row},{(n % 2) * 90 + n % 7},{'ab'[n % 2]},{(n % 2) * 40 + n % 5}"
        for n, row in enumerate(rows)
    ]
    path.write_text("\n".join([f"{header},seats,tier,calls", *planted]) + "\n", encoding="utf-8")


@pytest.mark.parametrize("kind", FOUND)
def test_what_is_saved_passes_the_checks_and_its_own_test_and_has_the_people_that_were_said(
    mactl: Mactl, project: Path, kind: str
) -> None:
    path = f"recipes/found-{kind}.yaml"

    said = mactl("discover", kind, "--now", NOW, "--save", path, "--format", "json").json

    assert said["found"]
    assert said["saved"] == path
    assert (project / path).read_text(encoding="utf-8") == said["text"]
    assert mactl("check", path, "--data", "--now", NOW, "--format", "json").json["findings"] == []
    assert mactl("test", path).status == 0
    segments = mactl("segments", "--now", NOW, "--format", "json").json["segments"]
    counted = {
        each["name"]: each["count"] for each in segments if each["recipe"] == f"found-{kind}"
    }
    assert counted == {group["name"]: group["people"] for group in said["groups"]}


def test_run_again_it_changes_nothing_and_later_it_shows_what_did(
    mactl: Mactl, project: Path
) -> None:
    save = ("--save", "recipes/found-rfm.yaml", "--yes")
    mactl("discover", "rfm", "--now", NOW, *save)
    first = (project / save[1]).read_text(encoding="utf-8")

    again = mactl("discover", "rfm", "--now", NOW, *save)

    assert "unchanged: recipes/found-rfm.yaml" in again.err
    assert (project / save[1]).read_text(encoding="utf-8") == first

    later = mactl("discover", "rfm", "--now", "2027-02-01T09:00", *save, "--format", "json").json

    moved = {each["segment"]: each for each in later["moved"]}
    assert all(
        each["before"] + each["came"] - each["went"] == each["now"] for each in moved.values()
    )
    assert any(each["came"] or each["went"] for each in moved.values())
    assert (project / save[1]).read_text(encoding="utf-8") != first


def test_a_recipe_is_not_written_over_where_nobody_can_be_asked(
    mactl: Mactl, project: Path
) -> None:
    save = ("--save", "recipes/found-rfm.yaml")
    mactl("discover", "rfm", "--now", NOW, *save)
    first = (project / save[1]).read_text(encoding="utf-8")

    ran = mactl("discover", "rfm", "--now", "2027-02-01T09:00", *save)

    assert ran.status == 2
    assert "--yes" in ran.err
    assert (project / save[1]).read_text(encoding="utf-8") == first


def test_a_recipe_that_somebody_wrote_is_never_written_over(mactl: Mactl, project: Path) -> None:
    before = (project / "recipes/shared.yaml").read_text(encoding="utf-8")

    ran = mactl("discover", "rfm", "--now", NOW, "--save", "recipes/shared.yaml", "--yes")

    assert ran.status == 2
    assert "was not found by mactl discover" in ran.err
    assert (project / "recipes/shared.yaml").read_text(encoding="utf-8") == before


def test_where_nothing_is_found_nothing_is_written(mactl: Mactl, project: Path) -> None:
    path = "recipes/found-lookalikes.yaml"

    ran = mactl("discover", "lookalikes", "in-sales-talks", "--now", NOW, "--save", path)

    assert ran.status == 1
    assert "at least 20 are needed" in ran.out
    assert not (project / path).exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("rfm", "--event", "order"), "nobody has an event 'order'"),
        (("rfm", "--amount", "weight"), "no property 'weight'"),
        (("rfm", "--save", "recipes/Found_x.yaml"), "kebab-case"),
        (("rfm", "--save", "found.txt"), "ends in .yaml"),
        (("lookalikes", "custommers"), "there is no segment 'custommers'"),
    ],
)
def test_what_does_not_exist_is_refused_with_a_hint(
    mactl: Mactl, project: Path, arguments: tuple[str, ...], why: str
) -> None:
    ran = mactl("discover", *arguments, "--now", NOW)

    assert ran.status == 2
    assert why in ran.err


@pytest.mark.parametrize("word", ["no", "01", 'a: "b" # {c}', "- *x", "null", "Ærø; 'quoted'"])
def test_whatever_words_the_data_have_the_recipe_says_them(
    mactl: Mactl, tmp_path: Path, word: str
) -> None:
    quoted = word.replace('"', '""')
    kinds = [(f'"{quoted}"', 0), ("plain", 50)]
    rows = [f"a{n}@example.com,{kinds[n % 2][0]},{kinds[n % 2][1] + n % 7}" for n in range(120)]
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("email,plan,size\n" + "\n".join(rows) + "\n", encoding="utf-8")
    where = ("--contacts", str(contacts), "--project", str(tmp_path), "--now", NOW)

    said = mactl("discover", "clusters", *where, "--format", "json").json

    assert [group["people"] for group in said["groups"]] == [60, 60]
