"""`TemplateSource`: a compiled template, all that a queue stores and a worker needs to write a message."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from mactl.content.calls import names_called
from mactl.content.names import find_uses
from mactl.content.parts import TEXT_CHANNELS, Kind, TextChannel
from mactl.content.sandbox import HTML, TEXT, Sandbox
from mactl.content.tags import Lines
from mactl.content.values import values_from_json, values_to_json
from mactl.findings import Place

PartName = Literal["subject", "preheader", "html", "text"] | TextChannel

_FORMAT = 2  # of the JSON and of what is hashed


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the lines of a compiled part come from: its own line, the author's, and which of `paths`, in order."""

    paths: tuple[str, ...]
    lines: Lines

    def place(self, line: int) -> Place:
        """Where line `line` of the compiled part was written; the whole file where that can't be told."""
        before = (entry for entry in self.lines if entry[0] <= line)
        own, authors, part = max(before, default=(0, 0, 0))
        return Place(self.paths[part], authors + line - own if authors else 0)


@dataclass(frozen=True, slots=True)
class NameUse:
    """A name that a template uses: where first, and whether it can be written without a value.

    `has_default` is true where each use has one: `default`, an `or`, an `if` around it, a loop over it.
    """

    place: Place
    has_default: bool

    @property
    def line(self) -> int:
        """The line of the author's file; 0 where mactl's own layout uses the name."""
        return self.place.line


@dataclass(frozen=True)
class TemplateSource:
    """A template of `recipe`, compiled: Jinja with HTML laid out and inlined, and plain text.

    A template without a mail has None for its parts; `texts` are those of the other channels. `constants` are the
    values that are the same for everyone: `vars` and `recipe`. `from_` and `reply_to` are None where the project's
    hold. `origins` say where each part was written, and take no part in the hash.
    """

    recipe: str
    name: str
    kind: Kind
    locale: str
    currency: str
    subject: str | None
    preheader: str | None
    html: str | None
    text: str | None
    from_: str | None
    reply_to: str | None
    constants: Mapping[str, Any]
    origins: Mapping[PartName, Origin]
    texts: Mapping[TextChannel, str] = field(default_factory=dict)

    @cached_property
    def hash(self) -> str:
        """The SHA-256 (hex) of all that decides what its messages say."""
        content = self._plain()
        del content["origins"]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def parts(self) -> list[tuple[PartName, str, Sandbox]]:
        """Each part with its text and its language, those that the template lacks left out."""
        parts: list[tuple[PartName, str | None, Sandbox]] = [
            ("subject", self.subject, TEXT),
            ("preheader", self.preheader, TEXT),
            ("html", self.html, HTML),
            ("text", self.text, TEXT),
            *((channel, self.texts.get(channel), TEXT) for channel in TEXT_CHANNELS),
        ]
        return [(name, text, language) for name, text, language in parts if text is not None]

    def to_json(self) -> str:
        """The whole as JSON text; `from_json` gives an equal source."""
        return json.dumps(self._plain(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "TemplateSource":
        """The source that `to_json` wrote; ValueError where a newer mactl wrote it."""
        plain = json.loads(text)
        if plain.pop("format", None) != _FORMAT:
            raise ValueError("this template was compiled by another version of mactl")
        constants = values_from_json(plain.pop("constants"))
        origins = {
            part: Origin(tuple(paths), tuple((own, authors, file) for own, authors, file in lines))
            for part, (paths, lines) in plain.pop("origins").items()
        }
        return cls(**plain, constants=constants, origins=origins)

    def _plain(self) -> dict[str, Any]:
        return {
            **{name: value for name, value in vars(self).items() if name in _FIELDS},
            "format": _FORMAT,
            "constants": values_to_json(self.constants),
            "origins": {
                part: [list(o.paths), [list(p) for p in o.lines]]
                for part, o in self.origins.items()
            },
        }


_FIELDS = frozenset(TemplateSource.__dataclass_fields__)


def names_used(source: TemplateSource) -> dict[str, NameUse]:
    """Each dotted name that `source` needs from a contact's values: `contact.first_name`, `vars.link`, `stage`.

    A mapping used as a whole (`contact[column]`) is a name of its own: `contact`.
    """
    used: dict[str, NameUse] = {}
    for part, text, environment in source.parts:
        origin = source.origins[part]
        for use in find_uses(environment.parse(text)):
            if use.path.startswith("_"):
                continue  # the layout's own
            place = origin.place(use.line)
            known = used.get(use.path)
            if known is None:
                used[use.path] = NameUse(place, use.may_be_empty)
            else:
                first = known.place if known.place.line or not place.line else place
                used[use.path] = NameUse(first, known.has_default and use.may_be_empty)
    return used


def called_in(source: TemplateSource, function: str) -> frozenset[str]:
    """What `function` is called with anywhere in `source`: the lists of `code`, the tables of `lookup`."""
    trees = (environment.parse(text) for _, text, environment in source.parts)
    return frozenset(name for tree in trees for name in names_called(tree, function))
