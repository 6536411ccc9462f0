"""Tag lists, `v=DKIM1; k=rsa; p=…`: the syntax that DKIM, DMARC and BIMI share (RFC 6376 3.2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mactl.audit.names import excerpt

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag with its value, white space around both left out; `column` counts from 1."""

    name: str
    value: str
    column: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


@dataclass(frozen=True, slots=True)
class TagFault:
    """A piece between two semicolons that is no tag, or a tag that can't be; and why.

    `name` is that of a tag whose value can't be understood, '' for what is no tag.
    """

    column: int = field(compare=False)
    text: str
    message: str
    name: str = ""

    def __str__(self) -> str:
        """What is wrong and where, for a message: `'p=rejct' at character 12: …`."""
        text, why = excerpt(self.text), excerpt(self.message)
        return f"'{text}' at character {self.column}: {why}"


@dataclass(frozen=True, slots=True)
class TagList:
    """The tags of a text in order, and the pieces that are none."""

    tags: tuple[Tag, ...]
    faults: tuple[TagFault, ...] = ()

    def __str__(self) -> str:
        return "; ".join(map(str, self.tags))

    def __iter__(self) -> Iterator[Tag]:
        return iter(self.tags)

    def get(self, name: str) -> str | None:
        """The value of the first tag of this name."""
        return next((tag.value for tag in self.tags if tag.name == name), None)


def parse_tags(text: str, *, fold_case: bool = False) -> TagList:
    """The tags of `text`; never raises. A tag that comes again is a fault, its first value counts.

    Names are told apart by case (RFC 6376 3.2) unless `fold_case` makes them lower case.
    """
    tags: list[Tag] = []
    faults: list[TagFault] = []
    seen: set[str] = set()
    column = 1
    pieces = text.split(";")
    for index, piece in enumerate(pieces):
        start = column + len(piece) - len(piece.lstrip(_SPACE))
        column += len(piece) + 1
        name, equals, value = (part.strip(_SPACE) for part in piece.partition("="))
        shown = piece.strip(_SPACE)
        name = name.lower() if fold_case else name
        if not shown:
            if 0 < index < len(pieces) - 1:
                faults.append(TagFault(start, ";", "nothing between two semicolons"))
        elif not equals:
            faults.append(TagFault(start, shown, "a tag without '='"))
        elif not _NAME.match(name):
            faults.append(TagFault(start, shown, f"'{name}' can't be the name of a tag"))
        elif name in seen:
            faults.append(TagFault(start, shown, f"a second '{name}='"))
        else:
            seen.add(name)
            tags.append(Tag(name, value, start))
    return TagList(tuple(tags), tuple(faults))
