"""What an author wrote for a template: its parts as text, with where each stands."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from mactl.content.files import Format
from mactl.content.values import values_from_json, values_to_json
from mactl.findings import Place

Kind = Literal["marketing", "service"]
TextChannel = Literal["sms", "push", "whatsapp", "post"]
TEXT_CHANNELS: tuple[TextChannel, ...] = ("sms", "push", "whatsapp", "post")
"""The channels whose messages are one plain text."""


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a template, which starts in line `first_line` of the file at `path`."""

    text: str
    path: str
    first_line: int
    format: Format = "text"

    def place(self, line: int) -> Place:
        """Where line `line` of the text stands; it counts from 1."""
        return Place(self.path, self.first_line + line - 1)


@dataclass(frozen=True, slots=True)
class Written:
    """A template as its author wrote it: what it is, and each part with its place. Plain values only.

    `constants` are the values that are the same for everyone who gets it: `vars` and `recipe`. A mail has a
    `subject` and a `body`; a template without them is for the other channels, whose `texts` stand by channel.
    Of each of `blocks` these are the contents in order. `locale` is None where the project's holds.
    """

    recipe: str
    name: str
    kind: Kind
    from_: str | None
    reply_to: str | None
    constants: Mapping[str, Any]
    subject: Part | None
    preheader: Part | None
    body: Part | None
    text: Part | None
    texts: Mapping[TextChannel, Part] = field(default_factory=dict)
    blocks: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    locale: str | None = None

    @property
    def parts(self) -> Iterator[Part]:
        """Every part that the author wrote, the contents of blocks included."""
        for part in (self.subject, self.preheader, self.body, self.text, *self.texts.values()):
            if part is not None:
                yield part
        for contents in self.blocks.values():
            yield from contents

    @property
    def first(self) -> Part:
        """The part that stands for the whole where a finding is about all of it."""
        return self.body or next(self.parts)

    def to_json(self) -> str:
        """The whole as JSON text; `from_json` gives an equal one."""
        plain = {**asdict(self), "constants": values_to_json(self.constants)}
        return json.dumps(plain, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Written":
        """What `to_json` wrote."""
        plain = json.loads(text)
        for name in ("subject", "preheader", "body", "text"):
            plain[name] = Part(**plain[name]) if plain[name] is not None else None
        texts = {channel: Part(**part) for channel, part in plain["texts"].items()}
        blocks = {
            name: tuple(Part(**part) for part in parts) for name, parts in plain["blocks"].items()
        }
        constants = values_from_json(plain["constants"])
        return cls(**{**plain, "constants": constants, "texts": texts, "blocks": blocks})
