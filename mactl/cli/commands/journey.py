"""`mactl journey`"""

from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.formats import PictureFormat
from mactl.cli.help import Group
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import RECIPES

journey = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(
    journey,
    name="journey",
    rich_help_panel=RECIPES,
    help="The flow of a recipe, with how many people stand where.",
)


@command(journey, "show")
def show(
    invocation: Invocation,
    recipe: Annotated[
        str | None, typer.Argument(metavar="[RECIPE]", help="A recipe by name or path")
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="The map of all recipes: which hands people over to which"),
    ] = False,
    format: Annotated[
        PictureFormat | None,
        typer.Option(
            "--format", help="text for people, json for programs, or a picture; else as FILE ends"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to this file")
    ] = None,
    counts: Annotated[
        bool | None,
        typer.Option(
            "--counts/--no-counts",
            help="How many people stand where; left out: where there is a state",
        ),
    ] = None,
    dark: Annotated[
        bool,
        typer.Option("--dark", help="A PNG for dark pages; an SVG adapts to its reader by itself"),
    ] = False,
) -> None:
    """Draw the flow of a recipe, or the map of them all: an outline, Mermaid, SVG or PNG."""
    from mactl.cli.views.journey import show_journey, show_map
    from mactl.errors import UsageError
    from mactl.workflows.picturing import picture_cookbook, picture_journey

    names = [recipe] if recipe is not None else []
    project = invocation.find_project(names)
    if every:
        show_map(
            invocation, picture_cookbook(project, names, counts=counts), format, output, dark=dark
        )
    elif recipe is not None:
        show_journey(
            invocation, picture_journey(project, recipe, counts=counts), format, output, dark=dark
        )
    else:
        raise UsageError("no recipe is named", "name one, or draw the map of them all with --all")
