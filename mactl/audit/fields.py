"""Field lists, `v=STSv1; id=a; …`: the strict syntax that MTA-STS and TLS-RPT share.

A version, then fields, each after a semicolon (RFC 8461 3.1, RFC 8460 3).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}\Z")
_VALUE = re.compile(r"[\x21-\x3a\x3c\x3e-\x7e]+\Z")  # no equals sign, no semicolon, no space
_SPACE = " \t"


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `column` counts from 1."""

    name: str
    value: str
    column: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


@dataclass(frozen=True, slots=True)
class FieldFault:
    """A piece between two semicolons that is no field, and why."""

    column: int
    text: str
    message: str


def parse_fields(
    text: str, version: str, special: Iterable[str] = ()
) -> tuple[tuple[Field, ...], tuple[FieldFault, ...]]:
    """The fields after `version`, and the faults; never raises.

    The values of `special` fields are left to the caller: they have a grammar of their own.
    """
    head, *pieces = text.split(";")
    fields: list[Field] = []
    faults: list[FieldFault] = []
    if head.rstrip(_SPACE) != version:
        faults.append(FieldFault(1, head, f"it begins with exactly '{version}'"))
    column = len(head) + 2
    for index, piece in enumerate(pieces):
        shown = piece.strip(_SPACE)
        start = column + len(piece) - len(piece.lstrip(_SPACE))
        column += len(piece) + 1
        if not shown:
            if index < len(pieces) - 1:
                faults.append(FieldFault(start, ";", "nothing between two semicolons"))
            continue
        found = Field(*_halves(shown), start)
        why = _fault(found, shown, frozenset(special))
        if why:
            faults.append(FieldFault(start, shown, why))
        else:
            fields.append(found)
    return tuple(fields), tuple(faults)


def _halves(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return name, value


def _fault(found: Field, shown: str, special: frozenset[str]) -> str:
    if "=" not in shown:
        return "a field without '='"
    if not _NAME.match(found.name):
        return f"'{found.name}' can't be the name of a field"
    if not found.value:
        return f"{found.name}= is empty"
    if found.name not in special and not _VALUE.match(found.value):
        return "a value has no spaces, no '=' and only ASCII"
    return ""


def written(version: str, fields: Iterable[Field]) -> str:
    """The record with these fields, in the usual spelling."""
    return "; ".join((version, *map(str, fields)))
