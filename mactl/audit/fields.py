"""Field lists, `v=STSv1; id=a; …`: the strict syntax that MTA-STS and TLS-RPT share.

A version, then fields, each after a semicolon (RFC 8461 3.1, RFC 8460 3). A field is a tag whose name and value
are bound more narrowly.
"""

import re
from collections.abc import Iterable

from mactl.audit.tags import Tag, TagFault

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}\Z")
_VALUE = re.compile(r"[\x21-\x3a\x3c\x3e-\x7e]+\Z")  # no equals sign, no semicolon, no space
_SPACE = " \t"


def has_version(text: str, version: str) -> bool:
    """Whether a text begins as a field list of `version` does, `v=STSv1`, to the letter."""
    # RFC 8461 3.1, RFC 8460 3: a semicolon ends it; the grammars allow white space before that.
    return text.startswith(version) and text[len(version) :].lstrip(_SPACE).startswith(";")


def parse_fields(
    text: str, version: str, special: Iterable[str] = ()
) -> tuple[tuple[Tag, ...], tuple[TagFault, ...]]:
    """The fields after `version`, and the faults; never raises.

    The values of `special` fields are left to the caller: they have a grammar of their own.
    """
    head, *pieces = text.split(";")
    fields: list[Tag] = []
    faults: list[TagFault] = []
    if head.rstrip(_SPACE) != version:
        faults.append(TagFault(1, head, f"it begins with exactly '{version}'"))
    column = len(head) + 2
    for index, piece in enumerate(pieces):
        shown = piece.strip(_SPACE)
        start = column + len(piece) - len(piece.lstrip(_SPACE))
        column += len(piece) + 1
        if not shown:
            if index < len(pieces) - 1:
                faults.append(TagFault(start, ";", "nothing between two semicolons"))
            continue
        found = Tag(*_halves(shown), start)
        why = _fault(found, shown, frozenset(special))
        if why:
            faults.append(TagFault(start, shown, why))
        else:
            fields.append(found)
    return tuple(fields), tuple(faults)


def _halves(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return name, value


def _fault(found: Tag, shown: str, special: frozenset[str]) -> str:
    if "=" not in shown:
        return "a field without '='"
    if not _NAME.match(found.name):
        return f"'{found.name}' can't be the name of a field"
    if not found.value:
        return f"{found.name}= is empty"
    if found.name not in special and not _VALUE.match(found.value):
        return "a value has no spaces, no '=' and only ASCII"
    return ""


def written(version: str, fields: Iterable[Tag]) -> str:
    """The record with these fields, in the usual spelling."""
    return "; ".join((version, *map(str, fields)))
