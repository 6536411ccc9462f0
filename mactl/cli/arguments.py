"""Arguments that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

ContactsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--contacts",
        metavar="FILE",
        help="Contacts to use instead of the project's; may be repeated",
    ),
]
EventsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--events", metavar="FILE", help="Events to use instead of the project's; may be repeated"
    ),
]
RecipesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[RECIPE…]", help="Recipes by name or path; all where left out"),
]
FromOption = Annotated[
    list[str] | None,
    typer.Option(
        "--recipes", metavar="PATH", help="Recipes to use instead of the project's; may be repeated"
    ),
]
FailOnOption = Annotated[
    str,
    typer.Option("--fail-on", metavar="error|warning|note", help="What makes the exit status 1"),
]
RejectsOption = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        help="Write the rows that are left out to FILE, such as rejects.csv, with why: to be mended there, and"
        " named as a source",
    ),
]
