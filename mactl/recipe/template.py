"""Templates as recipes declare them, and the legal ground that they go out on."""

from typing import Literal

from pydantic import Field, model_validator

from mactl.declaring import Many, Model

Basis = Literal["consent", "existing_customer", "contract", "legitimate_interest"]


class Template(Model):
    """What is written to people."""

    kind: Literal["marketing", "service"] = Field(
        "marketing", description="service: an order's confirmation, the paper they asked for"
    )
    subject: str = Field(description="The subject line (Jinja)")
    preheader: str | None = Field(None, description="What an inbox shows after the subject (Jinja)")
    body: str = Field(
        description="A .md, .html file beside the recipe, or inline text (Jinja, Markdown)"
    )
    text: str | None = Field(
        None, description="The plain-text part, a .txt file or inline; else made from the HTML"
    )
    from_: str | None = Field(
        None, alias="from", description="Another From address than the project's"
    )
    reply_to: str | None = Field(None, description="Where replies go")


class Privacy(Model):
    """On what ground the recipe writes to people, and what it uses of them (GDPR Article 6, 30)."""

    basis: Many[Basis] = Field(min_length=1, description="The grounds, the first that holds")
    topic: str | None = Field(None, description="What the consent must cover")
    similar: str = Field(
        "category", description="existing_customer: this property of their purchase …"
    )
    similar_to: str | None = Field(None, description="… must equal this")
    purpose: str = Field(description="What the data is used for, in words a contact understands")
    data: Many[str] = Field((), description="Which data it uses")
    subjects: str | None = Field(None, description="Whose data it is")
    retention: str | None = Field(None, description="How long it is kept")
    safeguards: Many[str] = Field((), description="How it is protected")

    @model_validator(mode="after")
    def _complete(self) -> "Privacy":
        if "consent" in self.basis and self.topic is None:
            raise ValueError("basis consent needs a topic; say what the consent must cover")
        if "existing_customer" in self.basis and self.similar_to is None:
            raise ValueError(
                "basis existing_customer needs similar_to; say what they bought that this resembles"
            )
        return self
