"""Ids that never change: the same intent has the same id on every machine and in every run.

UUIDv5 (RFC 9562 5.5) of the parts that make a thing what it is, joined by a character that no id holds; the last part
may be any text.
"""

import hashlib
import uuid
from collections.abc import Iterable

_ENROLLMENT = uuid.UUID("4e5c1d0a-6f0b-5c2e-9d55-2a7a5d1b9f01")
_SEND = uuid.UUID("b3a0c7f2-18f4-5b7d-8c39-6f0e2f4d7a02")
_SEPARATOR = "\x1f"


def enrollment_id(recipe: str, contact: str, occurrence: str) -> str:
    """The id of one contact's passage through a journey, from the recipe's original id."""
    return _uuid5(_ENROLLMENT, (recipe, contact, occurrence))


def send_id(enrollment: str, step: str) -> str:
    """The id of the one send that a step, by its original id, may make in an enrollment."""
    return _uuid5(_SEND, (enrollment, step))


def enrollment_ids(
    recipes: Iterable[str], contacts: Iterable[str], occurrences: Iterable[str]
) -> list[str]:
    """`enrollment_id` of whole columns, in their order."""
    return [
        _uuid5(_ENROLLMENT, parts) for parts in zip(recipes, contacts, occurrences, strict=True)
    ]


def send_ids(enrollments: Iterable[str], steps: Iterable[str]) -> list[str]:
    """`send_id` of whole columns, in their order."""
    return [_uuid5(_SEND, parts) for parts in zip(enrollments, steps, strict=True)]


def _uuid5(namespace: uuid.UUID, parts: tuple[str, ...]) -> str:
    # As uuid.uuid5, without the object around it: columns are long.
    name = _SEPARATOR.join(parts).encode()
    digest = bytearray(hashlib.sha1(namespace.bytes + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
