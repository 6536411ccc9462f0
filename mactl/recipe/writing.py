"""Plain values as YAML that people read and edit, and that reads as the very same."""

import json
import re
from typing import Any

from mactl.document import read_document

_PLAIN = re.compile(r"(?:[A-Za-z_]|\d+ [a-z])[\w.@+/-]*( [\w.@+/-]+)*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def flow(value: Any) -> str:
    """A value on one line of YAML, which reads as the very same."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and read_document(value, "")[0].value == value
        return (
            value
            if is_plain or _INSTANT.fullmatch(value)
            else json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)
