"""`mactl schema`"""

from enum import StrEnum
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import RECIPES


class Document(StrEnum):
    """Which file the schema describes."""

    RECIPE = "recipe"
    PROJECT = "project"


@command(app, "schema", RECIPES)
def schema(
    invocation: Invocation,
    of: Annotated[
        Document,
        typer.Argument(metavar="recipe|project", help="A recipe, or the project's mactl.yaml"),
    ] = Document.RECIPE,
) -> None:
    """Print the JSON Schema that gives editors completion and help."""
    from mactl.cli.output import print_json
    from mactl.recipe.schema import project_schema, recipe_schema

    print_json(recipe_schema() if of is Document.RECIPE else project_schema())
