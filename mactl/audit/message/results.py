"""What receivers wrote of a message when it came: Authentication-Results (RFC 8601) and Received-SPF (RFC 7208 9.1)."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from mactl.audit.message.words import Word, words_of

_MOST_METHODS = 50
_VALUE = re.compile(r"([A-Za-z][\w-]*)\s*(?:/\s*\d+\s*)?=\s*([\w-]+)")
_PROPERTY = re.compile(r"(?<!\w)([A-Za-z]\w*\.[\w-]+)\s*=\s*([^\s;]+)")
_PAIR = re.compile(r"(?<![\w-])([A-Za-z][\w-]*)\s*=\s*([^\s;]+)")


class MethodResult(NamedTuple):
    """One result, such as `dkim=pass`; `properties` by `ptype.property`, `comment` what was in parentheses."""

    method: str
    result: str
    properties: dict[str, str]
    comment: str


@dataclass(frozen=True, slots=True)
class ReceiverResults:
    """One Authentication-Results field: who wrote it, and what it says."""

    by: str
    results: tuple[MethodResult, ...]

    def of(self, method: str) -> list[MethodResult]:
        """What it says of one method."""
        return [result for result in self.results if result.method == method]

    def property(self, method: str, *names: str) -> str | None:
        """The first of these properties that it tells of `method`; None where it tells none."""
        for result in self.of(method):
            for name in names:
                if name in result.properties:
                    return result.properties[name]
        return None


def parse_results(value: str) -> ReceiverResults:
    """The results in the value of an Authentication-Results field; never raises."""
    first, *rest = _divided(value)
    results = []
    for text, comment in rest[:_MOST_METHODS]:
        if found := _VALUE.match(text.strip()):
            properties = {name.lower(): value for name, value in _PROPERTY.findall(text)}
            results.append(MethodResult(found[1].lower(), found[2].lower(), properties, comment))
    return ReceiverResults(next(iter(first[0].split()), ""), tuple(results))


def parse_received_spf(value: str) -> dict[str, str]:
    """The pairs of a Received-SPF field by lower-case name, `result` its first word; never raises."""
    text = " ".join(text for text, _ in _divided(value))
    pairs = {name.lower(): value.strip("<>") for name, value in _PAIR.findall(text)}
    return {"result": next(iter(text.split()), "").lower()} | pairs


def _divided(value: str) -> list[tuple[str, str]]:
    """The parts of a field between its semicolons, each with the comments in it."""
    parts: list[tuple[list[str], list[str]]] = [([], [])]
    for kind, piece in words_of(value):
        match kind:
            case Word.COMMENT:
                parts[-1][1].append(piece)
            case Word.QUOTED:
                parts[-1][0].append(re.sub(r"[;\s]", "_", piece))
            case _:
                first, *rest = piece.split(";")
                parts[-1][0].append(first)
                parts += [([text], []) for text in rest]
    return [("".join(texts), " ".join(comments)) for texts, comments in parts]
