"""Templates as recipes declare them, and the legal ground that they go out on."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mactl.declaring import Many, Meanings, Model
from mactl.recipe.conditions import Condition

Basis = Annotated[
    Literal["consent", "existing_customer", "contract", "legitimate_interest"],
    Meanings(
        consent="they agreed to the topic, with all four proofs on record",
        existing_customer="they bought something like it, and could refuse this mail when they did",
        contract="a contract calls for it; only where mactl.yaml allows it, with the reason",
        legitimate_interest="our interest outweighs theirs; only where mactl.yaml allows it, with the reason",
    ),
]


class Block(Model):
    """One of the contents that a block may have."""

    when: Condition | None = Field(None, description="Who sees it; everyone where left out")
    body: str = Field(
        description="A .md, .html or .mjml file beside the recipe, or inline text (Jinja, Markdown)"
    )


class Texts(Model):
    """What a message says, on each channel."""

    subject: str | None = Field(None, description="The subject line (Jinja)")
    preheader: str | None = Field(None, description="What an inbox shows after the subject (Jinja)")
    body: str | None = Field(
        None,
        description="A .md, .html or .mjml file beside the recipe, or inline text (Jinja, Markdown)",
    )
    text: str | None = Field(
        None, description="The plain-text part, a .txt file or inline; else made from the HTML"
    )
    sms: str | None = Field(
        None, description="What a text message says, inline or a .txt file (Jinja)"
    )
    push: str | None = Field(
        None, description="What a push message says, inline or a .txt file (Jinja)"
    )
    whatsapp: str | None = Field(
        None, description="What a WhatsApp message says, inline or a .txt file (Jinja)"
    )
    post: str | None = Field(None, description="What is printed, inline or a .txt file (Jinja)")

    @property
    def written(self) -> dict[str, str]:
        """The texts that are there, by their key."""
        found = ((name, getattr(self, name)) for name in Texts.model_fields)
        return {name: text for name, text in found if text is not None}


class Template(Texts):
    """What is written to people."""

    kind: Annotated[
        Literal["marketing", "service"],
        Meanings(
            marketing="goes out only on a ground of `privacy`, within caps and quiet hours, with a way out",
            service="an order's confirmation, the paper they asked for: past consent, caps and quiet hours",
        ),
    ] = Field("marketing", description="service: an order's confirmation, the paper they asked for")
    from_: str | None = Field(
        None, alias="from", description="Another From address than the project's"
    )
    reply_to: str | None = Field(None, description="Where replies go")
    blocks: dict[str, Many[Block]] = Field(
        {}, description="Name → contents, the first that fits: {{ block('hero') }}"
    )
    by: Many[str] = Field(
        (), description="What cells are chosen by: persona, stage, a field or label"
    )
    cells: dict[str, Texts] = Field(
        {}, description="VALUE/VALUE → texts, the most specific that fits; * for any"
    )

    @model_validator(mode="after")
    def _is_reached(self) -> "Template":
        for name, contents in self.blocks.items():
            if not contents:
                raise ValueError(f"blocks: {name!r} has no content; add {{body: …}}")
            if any(content.when is None for content in contents[:-1]):
                raise ValueError(
                    f"blocks: what follows a content of {name!r} without `when` is never shown; put that last"
                )
        folded = [key.casefold().replace("_", "-") for key in self.cells]
        for number, key in enumerate(self.cells):
            if folded[number] in folded[:number]:
                raise ValueError(f"cells: {key!r} stands there twice; take one of them out")
        return self

    @model_validator(mode="after")
    def _says_something(self) -> "Template":
        if bool(self.by) != bool(self.cells):
            raise ValueError("by and cells go together; add the other one")
        for key in self.cells:
            parts = key.split("/")
            if key != "*" and len(parts) != len(self.by):
                raise ValueError(
                    f"cells: {key!r} has {len(parts)} values, `by` names {len(self.by)}; write one for each"
                )
        if self.cells:
            return self
        if self.body is None and not (self.sms or self.push or self.whatsapp or self.post):
            raise ValueError("the template says nothing; add a subject and a body")
        if (self.body is None) != (self.subject is None):
            lacking = "body" if self.body is None else "subject"
            raise ValueError(f"the {lacking} is missing; a mail has a subject and a body")
        return self


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
