"""The names that a template sees when it is rendered: from its constants and one contact's merge values."""

from collections.abc import Callable, Mapping
from typing import Any

from mactl.content.blocks import BLOCKS
from mactl.content.fields import Unknown, as_fields
from mactl.content.lookups import lookup_in
from mactl.content.names import SPECIAL_NAMES
from mactl.content.sandbox import bounded_range

_NOTHING = {name: as_fields(None, name) for name in SPECIAL_NAMES}
_HIDDEN = frozenset(("blocks", "lookups", "codes", "cell"))


def names_of(constants: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Every name of a rendering. `values` may hold, beside the names that templates know:

    - `blocks`: block → the number of the content that fits, null where none does
    - `lookups`: table → key → the row, null where there is none
    - `codes`: list → the code of this enrollment
    - `cell`: which cell was chosen, for whoever counts
    """
    names: dict[str, Any] = {"range": bounded_range, **_NOTHING, **constants}
    for name, value in values.items():
        if name not in _HIDDEN:
            names[name] = as_fields(value, name)
    names[BLOCKS] = as_fields(dict(values.get("blocks") or {}), "blocks")
    names["lookup"] = lookup_in(values.get("lookups") or {})
    names["code"] = _code_in(values.get("codes") or {})
    return names


def _code_in(codes: Mapping[str, str]) -> Callable[[str], Any]:
    def code(name: str) -> Any:
        return codes.get(name) or Unknown(hint=f"no code of {name} is left")

    return code
