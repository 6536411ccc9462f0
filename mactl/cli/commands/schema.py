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
    AUDIT = "audit"


@command(app, "schema", RECIPES)
def schema(
    invocation: Invocation,
    of: Annotated[
        Document,
        typer.Argument(
            metavar="recipe|project|audit",
            help="A recipe, the project's mactl.yaml, or what mactl audit prints as JSON",
        ),
    ] = Document.RECIPE,
) -> None:
    """Print the JSON Schema that gives editors completion and help, and programs what to expect."""
    from mactl.cli.output import print_json

    if of is Document.AUDIT:
        from mactl.audit.schema import audit_schema

        print_json(audit_schema())
        return
    from mactl.recipe.schema import project_schema, recipe_schema

    print_json(recipe_schema() if of is Document.RECIPE else project_schema())
