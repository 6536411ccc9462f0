"""What proves consent, and the other grounds that recipes may claim."""

from pydantic import Field

from mactl.declaring import DurationText, Many, Model


class ConsentColumns(Model):
    """Which columns prove the consent for one topic."""

    state: str = Field(description="The column that says true, yes or 1 where consent was given")
    at: str | None = Field(None, description="The column with the instant it was given")
    source: str | None = Field(None, description="The column that names the form or conversation")
    wording: str | None = Field(None, description="The column with the text they agreed to")
    withdrawn: str | None = Field(
        None, description="The column that says true, yes or 1 where it was withdrawn"
    )
    confirmed: str | None = Field(
        None, description="The column with the instant it was confirmed; empty: not yet"
    )
    words: str | None = Field(
        None, description="The file with the wording in use now, relative to mactl.yaml"
    )
    confirm_within: DurationText | None = Field(
        None, description="How long after they were asked a confirmation counts"
    )
    free: bool = Field(
        False, description="Whether the sources made it no condition for something else"
    )
    unambiguous: bool = Field(False, description="Whether the box was not ticked beforehand")
    channel: Many[str] = Field(("email",), description="The channels it covers")


class Grounds(Model):
    """Grounds that a recipe may claim only where the project says why."""

    contract: str | None = Field(None, description="Why a contract is a ground here")
    legitimate_interest: str | None = Field(
        None, description="Why the interest outweighs the contact's"
    )
