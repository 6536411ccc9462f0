"""What makes rows one person, and which of several values that person keeps."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mactl.declaring import Many, Meanings, Model


class IdentityKey(Model):
    """What makes two rows one person: a field in which they agree, or several fields in all of which they do."""

    field: str | None = Field(None, description="The field")
    all: Many[str] = Field((), description="Fields of which each is filled, and the same")
    compare: (
        Annotated[
            Literal["exact", "text", "phone"],
            Meanings(
                exact="letter by letter",
                text="regardless of case, accents and blanks",
                phone="by its digits, those of the project's country with and without its prefix",
            ),
        ]
        | None
    ) = Field(
        None,
        description="How values are compared: email regardless of case; phone as phone; `all` as text; else exact",
    )
    unless_differ: Many[str] | None = Field(
        None,
        description="Keys that keep two rows apart where both have one and they differ, though this is the same; "
        "the fields of ids that stand before this where left out",
    )
    limit: int = Field(
        10, ge=1, description="One that goes with more different stronger keys tells nobody apart"
    )

    @property
    def name(self) -> str:
        """What it is called: `email`, `last_name+postcode`."""
        return self.field or "+".join(self.all)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it is made of."""
        return (self.field,) if self.field is not None else self.all

    @model_validator(mode="after")
    def _is_one_kind(self) -> "IdentityKey":
        if (self.field is None) == (not self.all):
            raise ValueError("a key is one field or several; write field: … or all: […]")
        if self.all and len(set(self.all)) < 2:
            raise ValueError("`all` takes several fields; write field: … for one")
        return self


class SourceFirst(Model):
    """A source whose values count before those of the others."""

    source: str = Field(description="Its file, or a pattern of files, as `contacts` names it")


SurvivorRule = (
    Annotated[
        Literal["first", "newest", "oldest", "longest", "most_common"],
        Meanings(
            first="of the first row that has one, in the order of the sources",
            newest="of the row that changed last",
            oldest="of the row that changed first",
            longest="the one with most letters",
            most_common="the one that most rows have",
        ),
    ]
    | SourceFirst
)


class Survivorship(Model):
    """Which of several values of a field a contact keeps; of equals the first one. Consent follows rules of its own."""

    by: SurvivorRule = Field("first", description="For every field that `fields` leaves out")
    at: str | None = Field(
        None, description="The column with the instant that a row changed at; else its file's time"
    )
    fields: dict[str, SurvivorRule] = Field({}, description="Field → its own rule")
