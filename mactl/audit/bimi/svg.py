"""SVG as anybody may send it: text to elements with their lines, nothing expanded, nothing loaded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
_PREFIXES = {XML: "xml:", XLINK: "xlink:"}
_DEEPEST = 100
_MOST_ELEMENTS = 20_000


class NotXml(Exception):
    """The text is no XML that may be read; the message says where and why."""


@dataclass(slots=True)
class Element:
    """An element; the names of attributes have the prefix `xml:`, `xlink:`, none, or `{namespace}`."""

    namespace: str
    name: str
    line: int
    attributes: dict[str, str]
    children: "list[Element]" = field(default_factory=list)
    text: str = ""

    def everything(self) -> "Iterator[Element]":
        """The element and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)


@dataclass(slots=True)
class Document:
    """What an XML text holds beside its root: a document type, processing instructions.

    `root` is None where the text declares entities: it was not read any further.
    """

    root: Element | None = None
    doctype: int = 0  # the line, 0 where there is none
    declares_entities: bool = False
    instructions: list[tuple[str, int]] = field(default_factory=list)


class _Entities(Exception):
    """The document type has a part of its own; nothing good comes of reading on."""


def read_svg(data: bytes) -> Document:
    """The elements of an XML text; raises NotXml for any text that is none, and for bombs."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except _Entities:
        reader.document.root = None
    except expat.ExpatError as problem:
        why = expat.ErrorString(problem.code) or "no XML"
        raise NotXml(f"line {problem.lineno}: {why}") from None
    except (LookupError, ValueError) as problem:  # an encoding that nobody knows
        raise NotXml(f"line 1: {problem}") from None
    return reader.document


class _Reader:
    """Builds the document while expat reads, which loads nothing by itself."""

    def __init__(self) -> None:
        self.document = Document()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        handlers: dict[str, Callable[..., object]] = {
            "StartDoctypeDeclHandler": self._doctype,
            "EntityDeclHandler": self._entity,
            "ProcessingInstructionHandler": self._instruction,
            "StartElementHandler": self._start,
            "EndElementHandler": self._end,
            "CharacterDataHandler": self._characters,
        }
        for name, handler in handlers.items():
            setattr(self.parser, name, handler)
        self._open: list[Element] = []
        self._count = 0

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        self.document.doctype = self.parser.CurrentLineNumber
        if internal:
            self._entity()

    def _entity(self, *_: object) -> None:
        # Also without this the elements could not be trusted: entities stand for more of them.
        self.document.declares_entities = True
        raise _Entities

    def _instruction(self, target: str, data: str) -> None:
        self.document.instructions.append((target, self.parser.CurrentLineNumber))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        self._count += 1
        if len(self._open) >= _DEEPEST:
            raise NotXml(f"line {line}: elements are nested more than {_DEEPEST} deep")
        if self._count > _MOST_ELEMENTS:
            raise NotXml(f"line {line}: there are more than {_MOST_ELEMENTS} elements")
        namespace, _, local = name.rpartition(" ")
        named = {_attribute_name(key): value for key, value in attributes.items()}
        element = Element(namespace, local, line, named)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.document.root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text


def _attribute_name(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{_PREFIXES.get(namespace, f'{{{namespace}}}')}{local}" if namespace else local
