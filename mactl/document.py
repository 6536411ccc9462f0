"""YAML text as plain values that remember their place in the file.

YAML 1.2 core rules, not 1.1: `no`, `on` and `01234` are text, `10:30` is not 630. What a recipe from a
stranger may try (alias bombs, deep nesting, duplicate keys, huge files) becomes a finding.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

import yaml

from mactl.findings import Finding, Place, Severity

_open_parser: Any
try:
    from yaml import cyaml

    _open_parser = cyaml.CParser  # type: ignore[attr-defined]  # the stubs leave it out
except (
    ImportError
):  # PyYAML was built without libyaml: the same events, at a twentieth of the speed
    _open_parser = yaml.SafeLoader

Route = tuple[str | int, ...]
"""The keys and indexes that lead from the top of a document to a value in it."""

_LARGEST_TEXT = 1024 * 1024  # bytes
_DEEPEST = 100
_MOST_VALUES = 100_000  # with every alias written out

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# The core schema reads 01234 as a number; postcodes and phone numbers would lose their zero.
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)?\.[0-9]+|(?:0|[1-9][0-9]*)\.?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_QUOTE = "put text that holds ? : , { } [ or ] between quotes"
_INDENT = "indent with spaces, not tabs; quote text that starts with @, ` or %"
# In libyaml's words and in those of PyYAML's own parser.
_TRAPS = {
    "mapping values are not allowed": "put text that holds a colon between quotes",
    "expected ',' or": _QUOTE,
    "cannot start any token": _INDENT,
    "found a tab character": _INDENT,
    "while scanning a simple key": "put text that spans lines or holds a colon between quotes",
}

Mark = tuple[int, int, Any]
"""Where a value stands (line and column from 1), and where what it holds does: key → its line, its column and the
mark of its value; a list of marks; or None."""
_NOWHERE: Mark = (1, 1, None)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's `value` (mappings, lists, text, numbers, booleans, None) and where each part stands."""

    path: str
    text: str
    value: Any
    marks: Mark = field(default=_NOWHERE, repr=False)
    has_nulls: bool = False
    """Whether anything in it is null, written out or left empty."""

    def place(self, route: Sequence[str | int] = (), *, key: bool = False) -> Place:
        """Where the value (or its `key`) at `route` stands.

        Parts of the route that the document does not have are passed over, so a route through a
        validated model leads to the nearest place that was written.
        """
        mark, of_key = self.marks, None
        for step in route:
            inside = mark[2]
            if isinstance(inside, dict) and step in inside:
                line, column, mark = inside[step]
                of_key = (line, column)
            elif isinstance(inside, list) and isinstance(step, int) and step < len(inside):
                mark, of_key = inside[step], None
        line, column = of_key if key and of_key else mark[:2]
        return Place(self.path, line, column)

    def nearest(self, route: Sequence[str | int]) -> Route:
        """The longest walk along `route` that the document really has."""
        value, walked = self.value, []
        for step in route:
            inside_mapping = isinstance(value, dict) and step in value
            inside_list = isinstance(value, list) and isinstance(step, int) and step < len(value)
            if inside_mapping or inside_list:
                value = value[step]
                walked.append(step)
        return tuple(walked)

    def at(self, route: Sequence[str | int]) -> Any:
        """The plain value at `route`, or at the nearest place that was written."""
        value = self.value
        for step in self.nearest(route):
            value = value[step]
        return value

    def line(self, number: int) -> str:
        """The text of line `number`, which counts from 1; empty past the end."""
        lines = _lines_of(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""


@lru_cache(maxsize=4)
def _lines_of(text: str) -> list[str]:
    return text.splitlines()


def read_document(text: str, path: str) -> tuple[Document, list[Finding]]:
    """`text` as a `Document` and what is wrong with it as YAML; the value is None after a syntax error."""
    reader = _Reader(path)
    value: Any = None
    mark = _NOWHERE
    if len(text.encode("utf-8", "surrogatepass")) > _LARGEST_TEXT:
        reader.report(
            "yaml-too-large", "the file is larger than 1 MiB", 1, 1, "split it into several recipes"
        )
    else:
        try:
            value, mark = reader.read(text)
        except _Refused:
            pass
        except yaml.MarkedYAMLError as broken:
            reader.report_syntax(broken)
        except (yaml.YAMLError, UnicodeError) as broken:
            reader.report("yaml-syntax", " ".join(str(broken).split()), 1, 1, None)
    return Document(path, text, value, mark, reader.has_nulls), reader.findings


class _Refused(Exception):
    """Reading on would be unsafe."""


class _Reader:
    """One pass over the parser's events: no node tree, limits as it goes."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Finding] = []
        self._anchors: dict[str, tuple[Any, Any, int]] = {}
        self._open_anchors: list[str] = []
        self._count = 0
        self.has_nulls = False

    def report(self, id: str, message: str, line: int, column: int, hint: str | None) -> None:
        self.findings.append(
            Finding(id, Severity.ERROR, message, Place(self.path, line, column), hint)
        )

    def report_syntax(self, broken: yaml.MarkedYAMLError) -> None:
        mark = broken.problem_mark or broken.context_mark
        problem = broken.problem or "this is not YAML"
        context = broken.context or ""
        hint = next((_TRAPS[trap] for trap in _TRAPS if trap in problem or trap in context), None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.report(
            "yaml-syntax", f"{context}: {problem}" if context else problem, line, column, hint
        )

    def read(self, text: str) -> tuple[Any, Mark]:
        parser = _open_parser(text)
        try:
            return self._read_stream(parser)
        finally:
            parser.dispose()

    def _read_stream(self, parser: Any) -> tuple[Any, Mark]:
        result: tuple[Any, Mark] = (None, _NOWHERE)
        documents = 0
        while parser.check_event():
            event = parser.get_event()
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    hint = "keep one document a file"
                    message = "a second document starts here"
                    self._refuse(event, "yaml-many-documents", message, hint)
                if event.version and event.version[0] != 1:
                    self._refuse(event, "yaml-syntax", "only YAML 1 is read", None)
            elif not isinstance(
                event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)
            ):
                result = self._read_value(parser, event, 0)
        return result

    def _refuse(self, event: Any, id: str, message: str, hint: str | None) -> NoReturn:
        mark = event.start_mark
        self.report(id, message, mark.line + 1, mark.column + 1, hint)
        raise _Refused

    def _read_value(self, parser: Any, event: Any, depth: int) -> tuple[Any, Mark]:
        """The value that starts with `event`, and its mark."""
        self._count += 1
        mark = event.start_mark
        if type(event) is yaml.ScalarEvent and event.anchor is None:
            text = event.value
            if event.tag is not None or (event.implicit[0] and text[:1] in _MAYBE_NO_TEXT):
                text = self._scalar(event)
            return text, (mark.line + 1, mark.column + 1, None)
        if depth > _DEEPEST:
            self._refuse(
                event, "yaml-too-deep", f"more than {_DEEPEST} levels are nested here", "flatten it"
            )
        if isinstance(event, yaml.AliasEvent):
            value, inside = self._read_alias(event)
            return value, (mark.line + 1, mark.column + 1, inside)
        anchor = event.anchor
        if anchor:
            self._anchors.pop(anchor, None)
            self._open_anchors.append(anchor)
        before = self._count
        inside = None
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value, inside = self._read_list(parser, event, depth)
        else:
            value, inside = self._read_mapping(parser, event, depth)
        if anchor:
            self._open_anchors.remove(anchor)
            self._anchors[anchor] = (value, inside, self._count - before + 1)
        return value, (mark.line + 1, mark.column + 1, inside)

    def _read_alias(self, event: Any) -> tuple[Any, Any]:
        if event.anchor in self._open_anchors:
            self._refuse(
                event,
                "yaml-recursion",
                f"*{event.anchor} stands inside what it names",
                "write it out",
            )
        if event.anchor not in self._anchors:
            self._refuse(
                event,
                "yaml-unknown-alias",
                f"no &{event.anchor} comes before *{event.anchor}",
                None,
            )
        value, inside, size = self._anchors[event.anchor]
        self._count += size
        if self._count > _MOST_VALUES:
            self._refuse(
                event,
                "yaml-alias-bomb",
                f"with its aliases written out the file holds over {_MOST_VALUES:,} values",
                None,
            )
        return value, inside

    def _read_list(self, parser: Any, event: Any, depth: int) -> tuple[list[Any], list[Mark]]:
        self._check_tag(event, "tag:yaml.org,2002:seq")
        items: list[Any] = []
        marks: list[Mark] = []
        event = parser.get_event()
        while type(event) is not yaml.SequenceEndEvent:
            item, mark = self._read_value(parser, event, depth + 1)
            items.append(item)
            marks.append(mark)
            event = parser.get_event()
        return items, marks

    def _read_mapping(
        self, parser: Any, event: Any, depth: int
    ) -> tuple[dict[str, Any], dict[str, tuple[int, int, Mark]]]:
        self._check_tag(event, "tag:yaml.org,2002:map")
        mapping: dict[str, Any] = {}
        marks: dict[str, tuple[int, int, Mark]] = {}
        event = parser.get_event()
        while type(event) is not yaml.MappingEndEvent:
            start = event.start_mark
            line, column = start.line + 1, start.column + 1
            key = self._key(parser, event, depth, line, column)
            value, mark = self._read_value(parser, parser.get_event(), depth + 1)
            if key in mapping:
                self.report(
                    "yaml-duplicate-key",
                    f"{key!r} stands here twice; first in line {marks[key][0]}",
                    line,
                    column,
                    "keep one of the two",
                )
            else:
                mapping[key] = value
                marks[key] = (line, column, mark)
            event = parser.get_event()
        return mapping, marks

    def _key(self, parser: Any, event: Any, depth: int, line: int, column: int) -> str:
        """The key that starts with `event`: text, whatever else it could be read as."""
        if type(event) is yaml.ScalarEvent and event.anchor is None and event.tag is None:
            text: str = event.value
            if text and text[0] not in _MAYBE_NO_TEXT:
                self._count += 1
                return text
        key, _ = self._read_value(parser, event, depth + 1)
        if isinstance(key, str):
            return key
        if isinstance(key, (list, dict)):
            self.report(
                "yaml-key",
                "a key must be plain text",
                line,
                column,
                "quote what begins with { or [",
            )
            return f"?{line}:{column}"
        # The language has text keys only; `null:` or `1.5:` mean their spelling.
        spelled = isinstance(event, yaml.ScalarEvent) and (
            isinstance(key, (bool, float)) or key is None
        )
        return event.value if spelled else str(key)

    def _check_tag(self, event: Any, usual: str) -> None:
        if event.tag and event.tag not in ("!", usual):
            self._refuse(event, "yaml-tag", f"the tag {event.tag!r} is not allowed", "leave it out")

    def _scalar(self, event: Any) -> Any:
        value: Any = event.value
        if event.tag and event.tag != "!":
            value = self._tagged(event, value)
        elif event.implicit[0]:
            value = resolve_plain(value)
        self.has_nulls = self.has_nulls or value is None
        return value

    def _tagged(self, event: Any, text: str) -> Any:
        kind = event.tag.removeprefix("tag:yaml.org,2002:")
        value = text if kind == "str" else resolve_plain(text)
        fitting: dict[str, Any] = {
            "str": str,
            "int": int,
            "float": (int, float),
            "bool": bool,
            "null": type(None),
        }
        if kind not in fitting or not isinstance(value, fitting[kind]):
            self._refuse(
                event, "yaml-tag", f"the tag {event.tag!r} is not allowed here", "leave it out"
            )
        return float(value) if kind == "float" else value


_MAYBE_NUMBER = frozenset("0123456789+-.")
_MAYBE_NO_TEXT = frozenset((*_MAYBE_NUMBER, *(word[:1] for word in _WORDS)))
"""What a number, true, false or null begins with; anything else is text at a glance."""


def resolve_plain(text: str) -> Any:
    """A plain scalar by the YAML 1.2 core schema (10.3.2), but leading zeros make text."""
    if text[:1] not in _MAYBE_NUMBER:
        return _WORDS.get(text, text)
    if _INT.fullmatch(text) and len(text) < 400:
        return int(text)
    if _OCTAL.fullmatch(text) and len(text) < 400:
        return int(text, base=0)
    if _HEX.fullmatch(text) and len(text) < 400:
        return int(text, base=0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def routes(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """Every part of a plain value with the route to it, outermost first."""
    yield route, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from routes(inner, (*route, key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from routes(inner, (*route, index))
