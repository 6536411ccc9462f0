"""A sync tells what is new: nobody is forgotten, and what may have gone out goes again word for word."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mactl.clock import parse_instant, zone_named
from mactl.errors import ConfigurationError, UsageError
from mactl.project import load_project
from mactl.store.state import State
from mactl.store.syncs import forget_synced, read_synced
from mactl.workflows.handing_out.syncing import Synced, sync
from mactl.workflows.opening import open_state
from tests.delivery.webs import HANG_UP, Reaction, Web, web_server

NOW = "2026-12-01T09:00"
RECIPE = """\
recipe: r
segments: {dutch: {field: country, eq: NL}}
scoring: {fit: {rules: [{name: Dutch, when: {field: country, eq: NL}, points: 20}]}}
stages: {lead: {}, mql: {score: fit, gte: 10}}
"""


class Home:
    """A project whose CRM listens."""

    def __init__(self, web: Web | None, **more: Any) -> None:
        self.rows: dict[str, tuple[str, str]] = {}
        declared = {
            "columns": ["email", "fit", "stage", "segments", "opted_out"],
            "batch": 2,
            **more,
        }
        way = {"to": "crm"} if web else {"file": "exports/crm.csv"}
        settings = {
            "contacts": [{"file": "contacts.csv"}],
            "webhooks": {"crm": {"url": web.url}} if web else {},
            "sync": {"crm": way | declared},
        }
        Path("mactl.yaml").write_text(json.dumps(settings))
        Path("recipes").mkdir(exist_ok=True)
        Path("recipes/r.yaml").write_text(RECIPE)

    def people(self, **rows: str) -> None:
        """Name → country."""
        lines = [f"{name},{name}@example.com,{country}" for name, country in rows.items()]
        Path("contacts.csv").write_text("\n".join(["contact_id,email,country", *lines, ""]))

    def sync(self, dry_run: bool = False) -> Synced:
        project, findings = load_project(Path())
        assert not findings
        self.pauses: list[float] = []
        now = parse_instant(NOW, zone_named("UTC"))
        return sync(project, "crm", now, dry_run=dry_run, pause=self.pauses.append)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(web: Web) -> list[list[str]]:
    """Who each request was about."""
    return [[row["contact"] for row in request.json["contacts"]] for request in web.requests]


def test_everybody_is_told_once_and_then_only_who_changed() -> None:
    with web_server() as web:
        home = Home(web)
        home.people(ann="NL", bob="BE", cas="NL")
        first = home.sync()
        assert (first.new, first.delivered, told(web)) == (3, 2, [["ann", "bob"], ["cas"]])
        assert web.requests[0].json["contacts"][0] == {
            "contact": "ann", "email": "ann@example.com", "fit": 20, "stage": "mql", "segments": ["dutch"],
            "opted_out": False,
        }  # fmt: skip

        web.requests.clear()
        assert (home.sync().unchanged, web.requests) == (3, [])
        home.people(ann="NL", bob="NL", cas="NL", dan="BE")
        second = home.sync()
        assert (second.new, second.changed, told(web)) == (1, 1, [["bob", "dan"]])


def test_the_key_of_a_batch_stands_in_its_head_and_its_body() -> None:
    with web_server() as web:
        home = Home(web)
        home.people(ann="NL", bob="NL", cas="NL")
        home.sync()
    keys = [request.key for request in web.requests]
    assert keys == [request.json["batch"] for request in web.requests]
    assert len(set(keys)) == 2


def test_who_is_gone_or_leaves_the_segment_is_told_by_key() -> None:
    with web_server() as web:
        home = Home(web, segment="dutch")
        home.people(ann="NL", bob="NL", cas="BE")
        assert home.sync().new == 2
        web.requests.clear()
        home.people(bob="BE", cas="BE")
        assert home.sync().gone == 2
        assert sorted(web.requests[0].json["gone"]) == ["ann", "bob"]
        assert home.sync().gone == 0


def test_an_opt_out_is_written_back() -> None:
    with web_server() as web:
        home = Home(web)
        home.people(ann="NL")
        home.sync()
        project, _ = load_project(Path())
        from mactl.workflows.suppressing.changing import suppress

        suppress(
            project, ["ann@example.com"], None, "by hand", parse_instant(NOW, zone_named("UTC"))
        )
        assert home.sync().changed == 1
    assert web.requests[-1].json["contacts"][0]["opted_out"] is True


@pytest.mark.parametrize("reaction", [503, 429, HANG_UP])
def test_what_is_refused_for_now_goes_again_under_the_same_key(reaction: Reaction) -> None:
    with web_server(lambda number: reaction if number == 2 else 200) as web:
        home = Home(web)
        home.people(ann="NL", bob="NL", cas="NL")
        synced = home.sync()
    _, second, third = web.requests
    assert (second.key, second.body) == (third.key, third.body)
    assert (synced.delivered, synced.waiting, home.pauses) == (2, 0, [1.0])


def test_a_sync_that_is_broken_off_goes_on_where_it_was() -> None:
    behave: Callable[[int], Reaction] = lambda number: 200 if number == 1 or number > 5 else 503  # noqa: E731
    with web_server(behave) as web:
        home = Home(web)
        home.people(ann="NL", bob="NL", cas="NL", dan="NL", eve="NL")
        broken = home.sync()
        assert (broken.delivered, broken.waiting) == (1, 2)
        assert broken.why is not None and "503" in broken.why
        failed = web.requests[-1]

        home.people(ann="BE", bob="NL", cas="NL", dan="NL", eve="NL")
        web_after = len(web.requests)
        resumed = home.sync()
    again = web.requests[web_after]
    assert (again.key, again.body) == (failed.key, failed.body)
    assert (resumed.resumed, resumed.changed, resumed.waiting) == (2, 1, 0)
    assert told(web)[-1] == ["ann"]


def test_a_batch_that_is_refused_for_good_is_told_anew_next_time() -> None:
    with web_server(lambda number: 422 if number == 1 else 200) as web:
        home = Home(web)
        home.people(ann="NL", bob="NL", cas="NL")
        synced = home.sync()
        assert (synced.refused, synced.delivered) == (1, 1)
        web.requests.clear()
        assert home.sync().new == 2
        assert told(web) == [["ann", "bob"]]


def test_a_dry_run_tells_nothing_and_keeps_nothing() -> None:
    with web_server() as web:
        home = Home(web)
        home.people(ann="NL")
        assert home.sync(dry_run=True).new == 1
        assert (web.requests, Path(".mactl/state.db").exists()) == ([], False)


def test_a_process_that_dies_tells_everything_in_the_end() -> None:
    class Dies(BaseException):
        pass

    with web_server(lambda number: 503 if number == 2 else 200) as web:
        home = Home(web)
        home.people(ann="NL", bob="NL", cas="NL")
        project, _ = load_project(Path())

        def die(seconds: float) -> None:
            raise Dies

        with pytest.raises(Dies):
            sync(project, "crm", parse_instant(NOW, zone_named("UTC")), pause=die)
        synced = home.sync()
    assert (synced.resumed, synced.new, synced.unchanged) == (1, 0, 3)
    assert web.requests[1].body == web.requests[2].body


def test_a_file_gets_each_row_once() -> None:
    home = Home(None)
    home.people(ann="NL", bob="=cmd")
    home.sync()
    home.people(ann="BE")
    home.sync()

    with Path("exports/crm.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["change"], row["contact"], row["fit"]) for row in rows] == [
        ("set", "ann", "20"),
        ("set", "bob", "0"),
        ("set", "ann", "0"),
        ("gone", "bob", ""),
    ]
    assert len({row["sync_id"] for row in rows}) == 4


def test_nobody_is_told_whom_mactl_yaml_does_not_name() -> None:
    home = Home(None)
    home.people(ann="NL")
    Path("mactl.yaml").write_text(
        Path("mactl.yaml").read_text().replace('"file": "exports/crm.csv"', '"to": "elsewhere"')
    )
    with pytest.raises(ConfigurationError, match="no webhook 'elsewhere'"):
        home.sync()


def test_a_column_that_means_nothing_is_refused_before_anything_is_told() -> None:
    with web_server() as web:
        home = Home(web, columns=["emial"])
        home.people(ann="NL")
        with pytest.raises(UsageError, match="emial") as refused:
            home.sync()
    assert refused.value.hint == "did you mean 'email'?"
    assert web.requests == []


def test_what_was_told_of_somebody_can_be_forgotten() -> None:
    with web_server(lambda number: 200 if number == 1 else 503) as web:
        home = Home(web)
        home.people(ann="NL", bob="NL", cas="NL")
        home.sync()
        project, _ = load_project(Path())
        with open_state(project, write=True) as state:
            ids = _ids(state)
            with state.writing() as connection:
                assert forget_synced(connection, [ids["ann"]], 0) == 1
            assert set(_ids(state)) == {"bob"}


def _ids(state: State) -> dict[str, str]:
    with state.reading() as connection:
        table = read_synced(connection, "crm")
    return dict(
        zip(table.column("key").to_pylist(), table.column("contact").to_pylist(), strict=True)
    )
