"""A newsletter for made-up people: as a project with everything queued, and for mailmerge."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from relays import free_port

NOW = "2026-12-01T09:00"
_PARAGRAPHS = (
    "This month {first_name} and everyone else at {company} can plan a whole quarter on one page, and see on the "
    "same page what last quarter's plan came to. We moved the calendar to the left, where most of you told us you "
    "look first, and the export to the right, where it is out of the way.",
    "Your plan is {plan} and renews on {renews_on}. Until then nothing changes: what you pay stays what it is, and "
    "so does what you get for it. If {city} is where you are, come and see us at the open day; there is coffee, and "
    "the people who write the code are there to be asked.",
    "Three things that others found useful: keep a folder for each customer, name files by their date, and let the "
    "reminder come on the day before. None of them needs anything but what you have. Write back if one of them "
    "doesn't work for you, and we will look at it together.",
)
_STYLES = {
    "body": "margin:0;padding:24px;background-color:#f4f4f1;font-family:Georgia,serif;color:#222222;",
    "h1": "font-size:26px;line-height:32px;margin:0 0 16px 0;color:#113355;font-weight:normal;",
    "h2": "font-size:19px;line-height:25px;margin:24px 0 8px 0;color:#113355;font-weight:normal;",
    "p": "font-size:16px;line-height:24px;margin:0 0 16px 0;color:#333333;",
    "td": "padding:24px;background-color:#ffffff;border:1px solid #dddddd;vertical-align:top;",
    "a": "color:#0a5a8a;text-decoration:underline;font-weight:bold;",
}


def write_people(path: Path, count: int) -> None:
    """So many contacts, as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["contact_id", "email", "first_name", "company", "city", "plan", "renews_on"])
        rows.writerows(
            (
                n, f"person{n}@domain{n % 50}.test", ("Anna", "Bram", "Chloë", "Daan")[n % 4],
                f"Firm {n} B.V.", ("Utrecht", "Köln", "Gent")[n % 3], ("basic", "team")[n % 2],
                f"2027-{n % 12 + 1:02}-01",
            )
            for n in range(count)
        )  # fmt: skip


def write_project(
    folder: Path, count: int, *, signed: bool = False, connections: int = 8, state: str = ""
) -> Path:
    """A project whose one recipe writes to `count` people once; its relay is $SMTP_URL."""
    (folder / "recipes" / "news").mkdir(parents=True)
    write_people(folder / "contacts.csv", count)
    dkim = ""
    if signed:
        subprocess.run(
            ["openssl", "genrsa", "-out", folder / "key.pem", "2048"],
            check=True,
            capture_output=True,
        )
        dkim = "  dkim: {domain: example.com, selector: s1, key: key.pem}\n"
    (folder / "mactl.yaml").write_text(
        "project: benchmark\ntimezone: Europe/Amsterdam\ncontacts: [{file: contacts.csv}]\n"
        f'smtp: {{url: "${{SMTP_URL}}", connections: {connections}}}\n'
        + (f"state: {state}\n" if state else "")
        + 'sender:\n  from: "News <news@example.com>"\n  address: "Street 1, 1234 AB Utrecht"\n'
        f'  unsubscribe: "https://example.com/unsubscribe?t={{token}}"\n{dkim}',
        encoding="utf-8",
    )
    (folder / "recipes" / "news.yaml").write_text(
        "recipe: news\n"
        "privacy: {basis: [contract], purpose: news, data: [first_name], subjects: customers, retention: 1 year}\n"
        "segments:\n  all: {field: email, empty: false}\n"
        "goal: {event: visit, within: 30 days}\n"
        "journey:\n  enter: {segment: all}\n  again: never\n  leave: []\n  steps:\n    - send: news\n"
        "templates:\n  news:\n    kind: service\n"
        '    subject: "News for {{ contact.first_name }} of {{ contact.company }}"\n'
        "    body: news/news.html\n    text: news/news.txt\n",
        encoding="utf-8",
    )
    (folder / "recipes" / "news" / "news.html").write_text(_html("contact.", ""), encoding="utf-8")
    (folder / "recipes" / "news" / "news.txt").write_text(_text("contact."), encoding="utf-8")
    return folder


def queue_everything(folder: Path) -> None:
    """Plans and queues; nothing goes out, for the relay is not there yet."""
    ran = mactl(folder, ["send", "--yes", "--quiet"], f"smtp://127.0.0.1:{free_port()}")
    if ran.returncode != 75:
        sys.exit(f"queueing ended with {ran.returncode}: {ran.stdout}{ran.stderr}")


def mactl(folder: Path, command: list[str], url: str) -> "subprocess.CompletedProcess[str]":
    """A command of mactl in the project, with the relay at `url`."""
    return subprocess.run(
        [sys.executable, "-m", "mactl", *command],
        cwd=folder, env=environment_of(folder, url), capture_output=True, text=True, check=False,
    )  # fmt: skip


def environment_of(folder: Path, url: str) -> dict[str, str]:
    """What mactl finds around it in the project: the relay at `url`, its own notes, and its modules compiled, as they
    are once it is installed."""
    about = {"SMTP_URL": url, "XDG_STATE_HOME": str(folder / "notes")}
    return {
        name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    } | about


def drain(folder: Path, url: str, count: int) -> None:
    """Sends all that is queued, and sees that all of it went out."""
    ran = mactl(folder, ["send", "--resume", "--format", "json"], url)
    told = json.loads(ran.stdout) if ran.returncode == 0 else {}
    if told.get("sent") != count:
        sys.exit(f"{count:,} should have gone out: exit {ran.returncode}: {ran.stdout}{ran.stderr}")


def queued_again(kept: Path, folder: Path) -> None:
    """Puts the state back to where everything was queued."""
    shutil.rmtree(folder / ".mactl", ignore_errors=True)
    shutil.rmtree(folder / "notes", ignore_errors=True)  # in which it is an older copy by now
    shutil.copytree(kept, folder / ".mactl")


def write_mailmerge(folder: Path, count: int, port: int) -> Path:
    """The same letter to `count` people for mailmerge."""
    folder.mkdir(parents=True)
    write_people(folder / "people.csv", count)
    (folder / "server.conf").write_text(
        f"[smtp_server]\nhost = 127.0.0.1\nport = {port}\n", encoding="utf-8"
    )
    (folder / "letter.txt").write_text(
        "TO: {{email}}\nSUBJECT: News for {{first_name}} of {{company}}\nFROM: News <news@example.com>\n"
        'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="part"\n\n'
        f"--part\nContent-Type: text/plain; charset=utf-8\n\n{_text('')}\n"
        f"--part\nContent-Type: text/html; charset=utf-8\n\n{_html('', 'inlined')}\n--part--\n",
        encoding="utf-8",
    )
    return folder


def _filled(text: str, prefix: str) -> str:
    for name in ("first_name", "company", "city", "plan", "renews_on"):
        text = text.replace(f"{{{name}}}", f"{{{{ {prefix}{name} }}}}")
    return text


def _text(prefix: str) -> str:
    lines = [f"Dear {{first_name}},\n\n{_PARAGRAPHS[0]}"]
    lines += [f"{title}\n\n{text}" for title, text in _parts()]
    return _filled("\n\n".join(lines), prefix) + "\n\nhttps://example.com/news\n"


def _parts() -> list[tuple[str, str]]:
    return [("What it costs", _PARAGRAPHS[1]), ("What others do", _PARAGRAPHS[2])]


def _html(prefix: str, way: str) -> str:
    """With its styles in a sheet, or on each element where `way` says inlined."""

    def tag(name: str) -> str:
        return f'<{name} style="{_STYLES[name]}"' if way == "inlined" else f"<{name}"

    sheet = "" if way == "inlined" else (
        "<style>" + "".join(f"{name}{{{rules}}}\n" for name, rules in _STYLES.items()) + "</style>"
    )  # fmt: skip
    rows = "".join(
        f"<tr>\n{tag('td')}>\n{tag('h2')}>{title}</h2>\n{tag('p')}>{text}</p>\n"
        f'{tag("p")}>{tag("a")} href="https://example.com/{number}">Read on</a> about it, or '
        f'{tag("a")} href="https://example.com/{number}/ask">ask us</a>.</p>\n</td>\n</tr>\n'
        for number, (title, text) in enumerate(3 * _parts())
    )
    return _filled(
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>News</title>\n{sheet}</head>\n'
        f"{tag('body')}>\n{tag('h1')}>Dear {{first_name}}</h1>\n{tag('p')}>{_PARAGRAPHS[0]}</p>\n"
        f'<table role="presentation" width="100%">\n{rows}</table>\n</body>\n</html>\n',
        prefix,
    )
