"""What the pages of this folder and the README are made with: `make docs` writes them, tests check them."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import typer
from reference import Reference
from typer.testing import CliRunner
from zone import record

from mactl.audit.manual import CHAPTERS
from mactl.audit.schema import audit_schema
from mactl.checks import CHECKS
from mactl.checks.beside import DATA_CHECKS, STATE_CHECKS
from mactl.checks.manual import READING
from mactl.content.lint import LINTS
from mactl.content.templates import FINDINGS
from mactl.people.hygiene.flags import MEANINGS
from mactl.people.manual import DATA
from mactl.privacy.checks import MANUALS
from mactl.recipe.schema import project_schema, recipe_schema, schema_text

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
RECORDED = "acme.jsonl"
"""What the DNS says of the domain that a page audits."""
PICTURED = "renewal-offer"
"""The recipe whose flow the README shows."""

LINKS = {
    # Words for values
    "Duration": ("duration", "README.md#durations-and-times"),
    "TimeOfDay": ("time of day", "README.md#durations-and-times"),
    "Instant": ("date or instant", "README.md#durations-and-times"),
    "Share": ("share", "README.md#shares-and-rates"),
    "Rate": ("rate", "README.md#shares-and-rates"),
    "ZoneName": ("time zone", ""),
    "Formula": ("formula", "definitions.md#derived-fields"),
    # Choices
    "Again": ("again", "#again"),
    "Condition": ("condition", "conditions.md"),
    "Step": ("step", "steps.md"),
    "ActingStep": ("acting step", "steps.md#acting"),
    "Enter": ("trigger", "journeys.md#what-lets-people-in"),
    "Rule": ("rule", "definitions.md#scoring"),
    "AnyArm": ("arm", "#split"),
    # Definitions of a recipe
    "FieldValue": ("another field", "conditions.md#another-field"),
    "ValueTest": ("test", "conditions.md#operators"),
    "PropertyValueTest": ("test", "conditions.md#operators"),
    "PropertyNumberTest": ("test of a number", "conditions.md#how-often-and-how-much"),
    "CountTest": ("test of a number", "conditions.md#how-often-and-how-much"),
    "TimeTest": ("window", "conditions.md#windows"),
    "Sequel": ("sequel", "conditions.md#sequences"),
    "Score": ("score", "definitions.md#scoring"),
    "Journey": ("journey", "journeys.md"),
    "Goal": ("goal", "privacy.md#goal"),
    "Cost": ("cost", "privacy.md#cost-and-use-case"),
    "UseCase": ("use case", "privacy.md#cost-and-use-case"),
    "Privacy": ("privacy", "privacy.md#privacy"),
    "Pace": ("pace", "journeys.md#pace"),
    "SendWindow": ("send window", "journeys.md#send-window"),
    "OnePer": ("one per", "journeys.md#one-per"),
    "SendTarget": ("more on a send", "#send"),
    "WaitTarget": ("more on a wait", "#wait"),
    "LengthBy": ("length by data", "#wait"),
    "UntilDate": ("date", "#wait-until"),
    "ConsentRequest": ("request", "#ask-consent"),
    "Case": ("case", "#choose"),
    "Otherwise": ("`else`", "#choose"),
    "Suppression": ("suppression", "#suppress"),
    "Assignment": ("task", "#notify-and-task"),
    "Notification": ("notice", "#notify-and-task"),
    "Export": ("export", "#export-and-webhook"),
    "WebhookCall": ("call", "#export-and-webhook"),
    "Template": ("template", "templates.md"),
    "Texts": ("texts", "templates.md#cells"),
    "Block": ("content", "templates.md#blocks"),
    "RecipeTest": ("test", "tests.md"),
    "ConsentGiven": ("consent", "#who-there-is"),
    "React": ("reaction", "#react"),
    "Expectations": ("expectations", "#expect"),
    # Definitions of mactl.yaml
    "ContactSource": ("file", "project.md#contacts-and-events"),
    "EventSource": ("file", "project.md#contacts-and-events"),
    "DateColumn": ("`{date: FORMAT}`", "project.md#columns"),
    "ConsentColumns": ("columns", "project.md#consent-and-grounds"),
    "Grounds": ("grounds", "project.md#consent-and-grounds"),
    "Sender": ("sender", "project.md#sender-and-smtp"),
    "DkimKey": ("key", "project.md#sender-and-smtp"),
    "Smtp": ("relay", "project.md#sender-and-smtp"),
    "LookupTable": ("table", "project.md#data-and-codes"),
    "CodeList": ("list", "project.md#data-and-codes"),
    "Channel": ("channel", "project.md#channels"),
    "Team": ("team", "project.md#teams-and-webhooks"),
    "Webhook": ("webhook", "project.md#teams-and-webhooks"),
    "Objective": ("objective", "project.md#objectives"),
    "Limits": ("limits", "project.md#limits"),
    "Heartbeat": ("heartbeat", "project.md#heartbeat"),
    "WorkerHeartbeat": ("worker", "project.md#heartbeat"),
}
"""Definition → what it is called, and the heading that tells of it."""


_ANCHORS = {
    "all-any-none": "all any none",
    "fields": "field",
    "events": "event",
    "messages": "sent opened clicked replied bounced",
    "segments-scores-stages-labels": "segment score stage label",
    "tags": "tag",
    "consent": "consent",
    "journeys": "enrolled completed",
    "tasks": "task",
    "trigger": "trigger",
    "samples": "sample",
    "anyone": "anyone",
}
"""Heading of docs/recipes/conditions.md → the conditions that it tells of."""


def anchor_of_condition(keyword: str) -> str:
    """The heading that tells of the condition with this keyword; KeyError where none does."""
    return {word: anchor for anchor, words in _ANCHORS.items() for word in words.split()}[keyword]


def recipe_reference(page: str) -> Reference:
    """The tables of the recipe language, for a page in docs/recipes."""
    return Reference(recipe_schema(), LINKS, page)


def project_reference() -> Reference:
    """The tables of mactl.yaml, for docs/project.md."""
    above = {
        name: (word, f"recipes/{target}" if target and not target.startswith("project") else target)
        for name, (word, target) in LINKS.items()
    }
    return Reference(project_schema(), above, "project.md")


def help_of(*path: str) -> str:
    """What `mactl PATH --help` prints, as a block of a page; the process that asks is as good as a hundred others."""
    import mactl.cli.commands  # noqa: F401  importing registers them
    from mactl.cli.app import app

    ran = CliRunner().invoke(
        app, [*path, "--help"], env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"},
        prog_name="mactl", catch_exceptions=False,
    )  # fmt: skip
    assert ran.exit_code == 0, path
    shown = "\n".join(line.rstrip() for line in ran.output.strip("\n").splitlines())
    return f"\n```console\n$ {' '.join(('mactl', *path, '--help'))}\n{shown}\n```\n"


def commands() -> list[tuple[str, ...]]:
    """Every command and subcommand, in the order of the help screen."""
    import mactl.cli.commands  # noqa: F401
    from mactl.cli.app import app

    found: list[tuple[str, ...]] = []

    def add(group: typer.core.TyperGroup, path: tuple[str, ...]) -> None:
        for name, command in group.commands.items():
            if isinstance(command, typer.core.TyperGroup):
                add(command, (*path, name))
            else:
                found.append((*path, name))

    top = typer.main.get_command(app)
    assert isinstance(top, typer.core.TyperGroup)
    add(top, ())
    return found


def manuals() -> Iterator[str]:
    """What `mactl check` finds, in Markdown: a heading for each check, a table for what a line explains."""
    for title, checks in (
        ("Of the recipes alone", CHECKS),
        ("Beside the data", DATA_CHECKS),
        ("Beside the state", STATE_CHECKS),
    ):
        yield f"\n## {title}\n"
        yield from (_manual(check) for check in checks if set(check.IDS) - {*_SHORT})
    of_data = {id: text for id, (_, text) in DATA.items()}
    tables = (
        ("Of templates", {**FINDINGS, **_LINTED}),
        ("Of files", READING),
        ("Of data", of_data),
        ("Of the handling of data", MANUALS),
    )
    for title, lines in tables:
        yield f"\n## {title}\n\n| finding | | |\n|---|---|---|"
        for id, text in lines.items():
            meaning = f"{text[0].upper()}{text[1:].rstrip('.')}".replace("|", "\\|")
            yield f"| `{id}` | {severity_of(id)} | {meaning} |"


_LINTED = {lint.id: lint.why for lint in LINTS}
_SHORT = {**FINDINGS, **_LINTED, **READING}


def _manual(check: ModuleType) -> str:
    first, _, rest = inspect.cleandoc(check.__doc__ or "").partition("\n")
    # What stands indented in a docstring is YAML.
    text = re.sub(
        r"(?m)(?:^    .*\n?|^\n(?=    ))+",
        lambda code: f"\n```text\n{dedent(code[0]).strip()}\n```\n",
        rest,
    )
    ids = list(dict.fromkeys(check.IDS))
    told = " · ".join(f"`{id}` {severity_of(id)}" for id in ids)
    return f"### {', '.join(ids)}\n\n{first.partition('  (')[0]}\n{text.rstrip()}\n\n{told}\n"


@cache
def _sources() -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8")
        for folder in ("checks", "rules", "content", "recipe", "privacy")
        for path in (ROOT / "mactl" / folder).glob("*.py")
    }


@cache
def severity_of(id: str) -> str:
    """How grave a finding is: as it stands beside its id, else all that its check tells, else an error."""
    if id in DATA:
        return DATA[id][0].value
    by_lint = [str(lint.severity) for lint in LINTS if lint.id == id]
    beside = rf'"{id}",\s*(?:Severity\.|_)(ERROR|WARNING|NOTE)\b'
    found = by_lint or [w for text in _sources().values() for w in re.findall(beside, text)]
    if not found:
        homes = [
            c for c in (*CHECKS, *DATA_CHECKS, *STATE_CHECKS) if id in c.IDS and id not in _SHORT
        ]
        texts = [inspect.getsource(home) for home in homes]
        found = [w for text in texts for w in re.findall(r"Severity\.(ERROR|WARNING|NOTE)", text)]
    words = dict.fromkeys(word.lower() for word in found)
    return " or ".join(sorted(words)) or "error"


def audit_findings() -> Iterator[str]:
    """What an audit can find, by what it is about: a table each."""
    for standard, kinds in CHAPTERS.items():
        yield f"### {_STANDARDS[standard]}\n"
        yield "| finding | | what is wrong | what receivers do | source |"
        yield "|---|---|---|---|---|"
        for kind in sorted(kinds.values(), key=lambda kind: -kind.severity.rank):
            cells = (f"`{kind.id}`", kind.severity, kind.title, kind.effect, kind.reference)
            yield f"| {' | '.join(cells)} |"
        yield ""


_STANDARDS = {
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "bimi": "BIMI",
    "mx": "MX",
    "reverse": "The address that sends",
    "mta_sts": "MTA-STS",
    "tls_rpt": "TLS-RPT",
    "dnssec": "DNSSEC",
    "servers": "Every server",
    "domain": "The domain as a whole",
    "message": "A received message",
    "reports": "Aggregate reports",
    "sender": "The sender of a project",
}


def flags() -> str:
    """What may be odd about a contact's data, as a table."""
    rows = (f"| `{flag}` | {meaning} |" for flag, meaning in MEANINGS.items())
    return "\n".join(["| flag | meaning |", "|---|---|", *rows])


def schemas() -> Iterator[tuple[Path, str]]:
    """The published JSON Schemas: the file of each, and its text."""
    made = {"recipe": recipe_schema(), "project": project_schema(), "audit": audit_schema()}
    for name, schema in made.items():
        yield DOCS / f"{name}.schema.json", schema_text(schema)


def draw(file: Path) -> None:
    """Write the picture of a journey that the README shows."""
    command = ["journey", "show", PICTURED, "--no-counts", "-o", str(file)]
    subprocess.run(
        [sys.executable, "-m", "mactl", *command], cwd=ROOT, check=True, capture_output=True
    )


if __name__ == "__main__":
    for path, text in schemas():
        path.write_text(text, encoding="utf-8")
    record(DOCS / RECORDED)
    draw(DOCS / f"{PICTURED}.svg")
