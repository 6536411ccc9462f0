"""One run of a command: the options that every command takes, and how it ends."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mactl.cli.formats import Format
from mactl.errors import MactlError, UsageError

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

    def find_project(self, names: Sequence[str] | None = None) -> "Project":
        """The project: `--project`, else the nearest folder with a mactl.yaml at or above the first path among
        `names`, else at or above the working directory.

        Raises FindingsError where its mactl.yaml is faulty.
        """
        from mactl.workflows.opening import first_path, open_project

        return open_project(self.project_option, first_path(names or ()))

    def now(self, project: "Project") -> datetime:
        """The run's one `now`, in UTC and whole minutes: `--now`, else the clock."""
        from mactl.clock import parse_instant, whole_minute, zone_named

        if self.now_option is None:
            return whole_minute(datetime.now(UTC))
        try:
            return whole_minute(
                parse_instant(self.now_option, zone_named(project.settings.timezone))
            )
        except ValueError as invalid:
            raise UsageError(f"--now: {invalid}") from None

    @property
    def wants_json(self) -> bool:
        """Whether the answer goes to a program."""
        return self.format is Format.JSON


def _ending(error: MactlError) -> typer.Exit:
    """The end of a command that can't go on; what is wrong has been told."""
    from mactl.cli.output import print_error

    print_error(error)
    return typer.Exit(error.exit_code)


def command(app: typer.Typer, name: str, panel: str | None = None) -> Callable[[Any], Any]:
    """Register a command whose first parameter is the `Invocation`; the common options are added to it.

    A `MactlError` ends the process with its exit status and one line on stderr, as does a file that can't be
    read or written; an answer of type int ends it with that status.
    """
    from mactl.cli.help import Command

    def register(function: Callable[..., int | None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]
        named = {parameter.name for parameter in own}
        common = {key: value for key, value in _COMMON.items() if key not in named}

        @functools.wraps(function)
        def run(ctx: typer.Context, **arguments: Any) -> None:
            outer = ctx.obj if isinstance(ctx.obj, Invocation) else Invocation()
            given = {key: arguments.pop(key) for key in common}
            # A command with formats of its own has these two among them.
            own_format = arguments.get("format")
            given.setdefault("format", Format(own_format) if own_format in list(Format) else None)
            try:
                status = function(outer.with_options(**given), **arguments)
            except MactlError as error:
                raise _ending(error) from None
            except OSError as failed:
                if failed.filename is None:
                    raise  # not about a file that somebody named
                why = f"{failed.filename}: {failed.strerror or failed}"
                raise _ending(UsageError(why)) from None
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
