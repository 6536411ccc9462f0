"""Tables and codes that templates look things up in."""

from pydantic import Field

from mactl.declaring import Model


class LookupTable(Model):
    """A table that templates look things up in."""

    file: str = Field(description="A CSV file, relative to mactl.yaml")
    key: str = Field(description="The column that rows are found by")


class CodeList(Model):
    """Codes of which each enrollment gets one."""

    file: str = Field(
        description="A CSV or text file with a code on each line, relative to mactl.yaml"
    )
    column: str | None = Field(None, description="The column with the codes; else the first")
