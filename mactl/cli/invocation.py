"""One run of a command: the options that every command takes, and how it ends."""

import functools
import inspect
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mactl.cli.formats import Format, LogFormat
from mactl.cli.log import JsonLog, Level, Log
from mactl.errors import MactlError, TryAgainLater, UsageError

if TYPE_CHECKING:
    from mactl.project import Project


ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project", metavar="DIR", help="The project's folder; else the nearest with a mactl.yaml"
    ),
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", help="text for people, json for programs")
]
NowOption = Annotated[
    str | None,
    typer.Option("--now", metavar="ISO", help="Run as if it were this instant (2026-12-01T09:00)"),
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Say nothing that is not asked for")
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say more on what is done")]
LogFormatOption = Annotated[
    LogFormat | None,
    typer.Option(
        "--log-format",
        help="json: progress, findings and errors as an object on a line of stderr each",
    ),
]

_COMMON: dict[str, tuple[Any, Any]] = {
    "project": (ProjectOption, None),
    "format": (FormatOption, None),
    "now": (NowOption, None),
    "quiet": (QuietOption, False),
    "verbose": (VerboseOption, False),
}


@dataclass(frozen=True)
class Invocation:
    """What every command is told beside its own arguments."""

    project_option: Path | None = None
    format: Format = Format.TEXT
    now_option: str | None = None
    quiet: bool = False
    verbose: bool = False
    log: Log = field(default_factory=Log)

    def with_options(self, **given: Any) -> "Invocation":
        """These options, overridden by those given after the command's name."""
        return replace(
            self,
            project_option=given["project"] or self.project_option,
            format=given["format"] or self.format,
            now_option=given["now"] or self.now_option,
            quiet=given["quiet"] or self.quiet,
            verbose=given["verbose"] or self.verbose,
        )

    def logging(self, command: str) -> "Invocation":
        """This one, with a log of events that has told that `command` begins."""
        least = Level.WARNING if self.quiet else Level.INFO
        log = JsonLog(least=least, shows_addresses=self.verbose)
        log.begin(command)
        return replace(self, log=log)

    def find_project(self, names: Sequence[str] | None = None) -> "Project":
        """The project: `--project`, else the nearest folder with a mactl.yaml at or above the first path among
        `names`, else at or above the working directory.

        Raises FindingsError where its mactl.yaml is faulty.
        """
        from mactl.workflows.opening import first_path, open_project

        return open_project(self.project_option, first_path(names or ()))

    def now(self, project: "Project") -> datetime:
        """The run's one `now`, in UTC and whole minutes: `--now`, else the clock."""
        from mactl.clock import whole_minute

        return self.given_now(project.settings.timezone) or whole_minute(datetime.now(UTC))

    def given_now(self, timezone: str = "UTC") -> datetime | None:
        """`--now`, in UTC and whole minutes; None where it is left out. Without an offset it is of `timezone`."""
        from mactl.clock import parse_instant, whole_minute, zone_named

        if self.now_option is None:
            return None
        try:
            return whole_minute(parse_instant(self.now_option, zone_named(timezone)))
        except ValueError as invalid:
            raise UsageError(f"--now: {invalid}") from None

    @property
    def wants_json(self) -> bool:
        """Whether the answer goes to a program."""
        return self.format is Format.JSON

    @property
    def tells_people(self) -> bool:
        """Whether the answer is for people: what has its log read by a program would stumble over it."""
        return not self.wants_json and not self.log.is_json


def _ending(invocation: Invocation, error: MactlError) -> typer.Exit:
    """The end of a command that can't go on; what is wrong has been told."""
    from mactl.cli.reporting import report_error

    is_overlap = _is_overlap(error)
    level = Level.INFO if is_overlap else Level.ERROR
    if invocation.log.is_json or not (is_overlap and invocation.quiet):
        report_error(invocation, error, level)
    invocation.log.end(error.exit_code, level)
    return typer.Exit(error.exit_code)


_LONG_PLANNING = 3600
"""Seconds after which it is no matter of course any more that another planner is at work."""


def _is_overlap(error: MactlError) -> bool:
    """Whether another planner is at work, and not for long: a matter of course, as the next run makes up for it."""
    if not isinstance(error, TryAgainLater):
        return False
    from mactl.store.planner import AnotherPlans

    if not isinstance(error, AnotherPlans):
        return False
    return error.since is None or time.time() - error.since < _LONG_PLANNING


def _told_as(own: str | None) -> Format | None:
    """A format of a command's own as one of the two that every command has: all but JSON goes out as text."""
    if own is None:
        return None
    return Format.JSON if own == Format.JSON else Format.TEXT


def command(
    app: typer.Typer, name: str, panel: str | None = None, *, has_log: bool = False
) -> Callable[[Any], Any]:
    """Register a command whose first parameter is the `Invocation`; the common options are added to it.

    One that `has_log` can tell what it does as JSON, too.

    A `MactlError` ends the process with its exit status and one line on stderr, as does a file that can't be
    read or written; an answer of type int ends it with that status.
    """
    from mactl.cli.help import Command

    def register(function: Callable[..., int | None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]
        named = {parameter.name for parameter in own}
        common = {key: value for key, value in _COMMON.items() if key not in named}
        if has_log:
            common["log_format"] = (LogFormatOption, None)

        @functools.wraps(function)
        def run(ctx: typer.Context, **arguments: Any) -> None:
            outer = ctx.obj if isinstance(ctx.obj, Invocation) else Invocation()
            given = {key: arguments.pop(key) for key in common}
            given.setdefault("format", _told_as(arguments.get("format")))
            invocation = outer.with_options(**given)
            if given.get("log_format") is LogFormat.JSON:
                invocation = invocation.logging(name)
            try:
                status = function(invocation, **arguments)
            except MactlError as error:
                raise _ending(invocation, error) from None
            except OSError as failed:
                if failed.filename is None:
                    raise  # not about a file that somebody named
                why = f"{failed.filename}: {failed.strerror or failed}"
                raise _ending(invocation, UsageError(why)) from None
            invocation.log.end(status or 0)
            raise typer.Exit(status or 0)

        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            inspect.Parameter("ctx", keyword, annotation=typer.Context),
            *(parameter.replace(kind=keyword) for parameter in own),
            *(
                inspect.Parameter(key, keyword, default=default, annotation=annotation)
                for key, (annotation, default) in common.items()
            ),
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        app.command(name, cls=Command, rich_help_panel=panel)(run)
        return run

    return register
