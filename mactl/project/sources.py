"""Where contacts and events come from, and what types their columns have."""

from typing import Annotated, Literal

from pydantic import Field

from mactl.declaring import Meanings, Model


class ContactSource(Model):
    """A file, or a pattern of files, of contacts."""

    file: str = Field(
        description="A CSV, XLSX or JSON file, or a pattern such as crm/*.csv, relative to mactl.yaml"
    )
    columns: dict[str, str] = Field({}, description="Header in the file → field in mactl")
    encoding: str | None = Field(
        None, description="Its encoding; found by itself where it has a BOM or is UTF-8"
    )
    decimal: Literal[".", ","] | None = Field(
        None,
        description="The decimal mark of its numbers; found by itself where its cells leave no doubt",
    )
    delimiter: str | None = Field(
        None, description="What stands between two cells; found by itself"
    )
    sheet: str | None = Field(
        None, description="The sheet of a workbook; else the first that holds a table"
    )
    layout: str | None = Field(
        None,
        description="The program whose export it is, such as mailchimp; none: headers as they stand",
    )


class EventSource(ContactSource):
    """A file, or a pattern of files, of events."""

    names: dict[str, str] = Field({}, description="Event name in the file → name in mactl")


class DateColumn(Model):
    """A column of dates in a format of its own."""

    date: str = Field(description="The format in strptime's letters, such as %d-%m-%Y")


ColumnType = (
    Annotated[
        Literal["text", "number", "boolean", "date", "instant", "list"],
        Meanings(
            text="as it stands, leading zeros too",
            number="whole or decimal",
            boolean="true or false, yes or no, 1 or 0",
            date="a day, as ISO 8601 writes it",
            instant="a day and a time, as ISO 8601 writes them",
            list="several values: a;b;c",
        ),
    ]
    | DateColumn
)
