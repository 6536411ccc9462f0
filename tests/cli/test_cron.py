"""`mactl cron`: lines for a crontab that work in cron's bare environment, and units that systemd takes."""

import configparser
import os
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import CONTACTS, HELLO, NOW, SETTINGS, Home, Mactl

STRANGE = '50% off\'s $HOME `x` "q"'
DAILY = HELLO.replace("event: signed_up", "segment: everyone").replace(
    "goal:", "segments: {everyone: {field: email, empty: false}}\ngoal:"
)
WINTER, SUMMER = "2026-12-01T09:00", "2026-07-01T09:00"


@pytest.fixture(autouse=True)
def clock_of_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is UTC, as servers' are."""
    with monkeypatch.context() as context:
        context.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def strange(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The project, in a folder whose name means something to sh, cron and systemd."""
    folder = home.folder / STRANGE
    folder.mkdir()
    for name in ("mactl.yaml", "contacts.csv", "events.csv", "recipes"):
        (home.folder / name).rename(folder / name)
    monkeypatch.chdir(folder)
    return Home(folder)


def sign_up(home: Home) -> None:
    """Two people who may be written to sign up by the machine's own clock, which cron goes by."""
    at = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    rows = [f"{name}@example.com,signed_up,{at}" for name in ("ann", "bob")]
    home.write("events.csv", "\n".join(("email,event,at", *rows, "")))


def lines(crontab: str) -> list[str]:
    return [line for line in crontab.splitlines() if not line.startswith("#")]


def as_cron_runs_it(line: str) -> subprocess.CompletedProcess[str]:
    """What cron does with a line: five fields, then the command up to the first % that is not escaped."""
    command = re.sub(r"\\%", "\0", line.split(maxsplit=5)[5])
    assert "%" not in command
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("\0", "%")],
        env={"HOME": os.environ["XDG_STATE_HOME"], "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}, cwd="/",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def unit(text: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    parsed.optionxform = str  # type: ignore[assignment]
    parsed.read_string(text)
    return parsed


def test_the_line_sends_in_crons_bare_environment_whatever_the_folder_is_called(
    strange: Home, mactl: Mactl
) -> None:
    sign_up(strange)
    (line,) = lines(mactl("cron").out)
    assert line.startswith("*/15 * * * * ")

    first, second = as_cron_runs_it(line), as_cron_runs_it(line)

    for ran in (first, second):
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert len(strange.outbox) == 2
    assert mactl("send", "--yes", "--format", "json").json["run"] == 3


def test_secrets_come_from_a_file_that_the_comment_names(strange: Home, mactl: Mactl) -> None:
    strange.write("mactl.yaml", SETTINGS.replace("${SMTP_URL:-maildir:outbox}", "${RELAY}"))
    told = mactl("cron").out
    (line,) = lines(told)
    file = strange.folder / ".mactl" / "cron.env"
    assert f"# {file} must set RELAY, each as NAME='VALUE'" in told

    without = as_cron_runs_it(line)
    sign_up(strange)
    file.parent.mkdir(exist_ok=True)
    file.write_text("RELAY='maildir:a $HOME `box`'\n")
    ran = as_cron_runs_it(line)

    assert without.returncode != 0 and "cron.env" in without.stderr
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (strange.folder / "a $HOME `box`").is_dir()


def test_a_name_with_a_default_may_be_set_and_its_file_may_be_missing(
    home: Home, mactl: Mactl
) -> None:
    told = mactl("cron", "--env-file", "secrets.env").out
    (line,) = lines(told)
    assert f"# {home.folder}/secrets.env may set SMTP_URL" in told
    assert as_cron_runs_it(line).returncode == 0
    home.write("secrets.env", "SMTP_URL='maildir:other'\n")
    sign_up(home)
    assert as_cron_runs_it(line).returncode == 0
    assert len(list((home.folder / "other" / "new").iterdir())) == 2


@pytest.mark.parametrize(
    ("url", "mailbox"),
    [
        ("${RELAY}", "imaps://${RELAY:-mail.example}/INBOX"),
        ("${RELAY:-maildir:outbox}", "imaps://${RELAY}/INBOX"),
        ("${RELAY:-maildir:outbox}", "imaps://${RELAY}/${RELAY:-INBOX}"),
        ("smtp://${RELAY}/${RELAY:-x}", "imaps://mail.example/INBOX"),
    ],
)
def test_who_asks_for_a_name_once_without_a_default_needs_it(
    home: Home, mactl: Mactl, url: str, mailbox: str
) -> None:
    home.write("mactl.yaml", SETTINGS.replace("${SMTP_URL:-maildir:outbox}", url))

    told = mactl("cron", "--bounces", mailbox, "--format", "json").json

    assert told["environment"]["required"] == ["RELAY"]
    assert told["environment"]["optional"] == []
    assert ". " in told["jobs"][0]["command"] and "[ ! -f" not in told["jobs"][0]["command"]


def test_what_is_wrong_reaches_the_mail(home: Home, mactl: Mactl) -> None:
    (line,) = lines(mactl("cron").out)
    home.write("recipes/hello.yaml", HELLO.replace("send: second", "send: third"))
    ran = as_cron_runs_it(line)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "unknown-template" in ran.stderr


def test_a_daily_project_runs_when_its_day_begins_and_retries_until_evening(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write("recipes/hello.yaml", DAILY)
    home.write("mactl.yaml", SETTINGS + 'limits: {quiet_hours: {from: "21:00", to: "08:00"}}\n')

    told = mactl("cron", "--format", "json").json

    send, retries = told["jobs"]
    assert send["cron"] == ["0 6,7 * * *"]  # of UTC, for 08:00 in Amsterdam in summer and winter
    assert send["on_calendar"] == ["*-*-* 08:00:00 Europe/Amsterdam"]
    assert retries["name"] == "retries" and " send --resume " in retries["command"]
    assert retries["on_calendar"] == [
        "*-*-* 08,09,10,11,12,13,14,15,16,17,18,19,20,21:0,20,40:00 Europe/Amsterdam"
    ]
    assert "days begin at 08:00" in told["why"]
    assert "summer time" in mactl("cron").out
    assert all(as_cron_runs_it(line).returncode == 0 for line in lines(mactl("cron").out))


def test_people_in_other_zones_want_a_run_each_hour(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", DAILY)
    head, *rows = CONTACTS.splitlines()
    people = [f"{head},timezone", f"{rows[0]},America/New_York", f"{rows[1]},", f"{rows[2]},"]
    home.write("contacts.csv", "\n".join(people) + "\n")
    told = mactl("cron", "--format", "json").json
    assert told["jobs"][0]["cron"] == ["0 * * * *"]
    assert "people have their own zones" in told["why"]


def test_contacts_that_are_elsewhere_don_t_keep_the_schedule_from_being_made(
    home: Home, mactl: Mactl
) -> None:
    (home.folder / "contacts.csv").unlink()
    assert lines(mactl("cron").out)[0].startswith("*/15 * * * * ")


@pytest.mark.parametrize(
    ("every", "cron"),
    [("5m", "*/5 * * * *"), ("2h", "0 */2 * * *"), ("30 minutes", "*/30 * * * *"), ("1d", "0 5,6 * * *")],
)  # fmt: skip
def test_how_often_may_be_said(home: Home, mactl: Mactl, every: str, cron: str) -> None:
    job = mactl("cron", "--every", every, "--format", "json").json["jobs"][0]
    assert job["cron"] == [cron]
    assert "because you said so" in mactl("cron", "--every", every).out


@pytest.mark.parametrize(
    "every", ["7m", "90 minutes", "soon", "0m", "-5m", "1 month", "30 seconds"]
)
def test_a_step_that_cron_cannot_count_is_refused(home: Home, mactl: Mactl, every: str) -> None:
    ran = mactl("cron", "--every", every)
    assert ran.status == 2
    assert "--every" in ran.err and "write 15m, 2h or 1d" in ran.err


@pytest.mark.parametrize(
    "sender",
    ["  bounces: bounces@acme.example\n", "  unsubscribe: mailto:out@acme.example\n"],
)
def test_bounces_are_read_before_each_run_where_some_come_back(
    home: Home, mactl: Mactl, sender: str
) -> None:
    settings = SETTINGS.replace('  unsubscribe: "https://acme.example/u/{token}"\n', "")
    usual = "" if "unsubscribe" in sender else "  unsubscribe: https://acme.example/u/{token}\n"
    home.write("mactl.yaml", settings.replace("smtp:", f"{sender}{usual}smtp:"))
    told = mactl("cron", "--format", "json").json

    bounces, _ = told["jobs"]
    assert bounces["cron"] == ["10,25,40,55 * * * *"]
    assert told["environment"]["required"] == ["BOUNCES_MAILBOX"]
    home.write("in box/1", "From: x@example.org\nSubject: hello\n\nIs anybody there?\n")
    home.write(".mactl/cron.env", f"BOUNCES_MAILBOX='{home.folder}/in box'\n")
    ran = as_cron_runs_it(lines(mactl("cron").out)[0])
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_mailbox_that_is_named_keeps_its_password_in_the_environment(
    home: Home, mactl: Mactl
) -> None:
    url = "imaps://bounces:${IMAP_PASSWORD}@mail.example/INBOX"
    told = mactl("cron", "--bounces", url, "--format", "json").json
    assert told["environment"]["required"] == ["IMAP_PASSWORD"]
    assert f"bounces '{url}'" in told["jobs"][0]["command"]
    services = mactl("cron", "--bounces", url, "--systemd", "--format", "json").json["files"]
    assert f'"{url.replace("$", "$$")}"' in services["mactl-test-bounces.service"]


@pytest.mark.debian("systemd")
def test_systemd_takes_the_units_of_the_strangest_project(
    strange: Home, mactl: Mactl, tmp_path: Path
) -> None:
    strange.write("mactl.yaml", SETTINGS.replace("project: test", "project: Zoë's 5% & co"))
    strange.write("recipes/hello.yaml", DAILY)
    units = tmp_path / "units"

    written = mactl("cron", "--systemd", "--worker", "--bounces", "/var/mail/b", "--write", units)

    assert written.status == 0 and "systemctl enable --now" in written.out
    found = sorted(path.name for path in units.iterdir())
    assert found == [
        f"mactl-Zo-s-5-co-{name}"
        for name in (
            "bounces.service", "bounces.timer", "send.service", "send.timer", "worker.service",
        )
    ]  # fmt: skip
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, units.iterdir())],
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("scheme", ["maildir:", "maildir://", "Maildir:"])
def test_a_service_writes_where_mactl_does_and_nowhere_else(
    home: Home, mactl: Mactl, scheme: str
) -> None:
    (home.folder / ".mactl").mkdir()
    home.write("mactl.yaml", SETTINGS.replace("maildir:outbox", f"{scheme}spool/out"))
    (home.folder / "spool" / "out").mkdir(parents=True)
    told = mactl("cron", "--systemd", "--format", "json").json
    inside = [path for path in told["writable"] if path.startswith(str(home.folder))]
    assert inside == [f"{home.folder}/.mactl", f"{home.folder}/spool/out"]

    home.write("mactl.yaml", SETTINGS + "channels: {post: {file: exports/post.csv}}\n")
    told = mactl("cron", "--systemd", "--format", "json").json
    assert str(home.folder) in told["writable"], "exports/ is yet to be made"
    service = unit(told["files"]["mactl-test-send.service"])["Service"]
    assert str(home.folder) in service["ReadWritePaths"]
    assert service["Type"] == "oneshot"
    assert service["SuccessExitStatus"] == "75"
    assert "PrivateTmp" not in service, "the project is below /tmp, which it must see"
    assert "--log-format json" in service["ExecStart"]
    timer = unit(told["files"]["mactl-test-send.timer"])["Timer"]
    assert (timer["OnCalendar"], timer["Persistent"]) == ("*-*-* *:0,15,30,45:00", "true")


def test_files_are_written_and_not_over_somebody_elses(home: Home, mactl: Mactl) -> None:
    for _ in range(2):
        assert mactl("cron", "--write", "etc").status == 0
    (file,) = (home.folder / "etc").iterdir()
    assert file.read_text() == mactl("cron").out
    file.write_text("# mine\n")
    refused = mactl("cron", "--write", "etc")
    assert refused.status == 2 and "says something else" in refused.err
    assert file.read_text() == "# mine\n"


def test_a_schedule_needs_a_project(
    mactl: Mactl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = mactl("cron")
    assert ran.status == 2 and "no mactl.yaml" in ran.err


def test_cron_starts_no_worker(home: Home, mactl: Mactl) -> None:
    ran = mactl("cron", "--worker")
    assert ran.status == 2 and "--systemd" in ran.err


def test_a_folder_that_no_line_can_name_is_refused(home: Home, mactl: Mactl) -> None:
    folder = home.folder / "two\nlines"
    folder.mkdir()
    (home.folder / "mactl.yaml").rename(folder / "mactl.yaml")
    ran = mactl("cron", "--project", folder)
    assert ran.status == 2 and "can't stand in a line" in ran.err


def test_the_line_is_the_same_at_all_times_of_the_year(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", DAILY)
    told = {mactl("cron", "--now", now).out for now in (WINTER, SUMMER, NOW)}
    assert len(told) == 1
