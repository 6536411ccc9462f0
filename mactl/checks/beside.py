"""The checks that look at recipes beside data or state: apart, since what reads data takes long to import."""

from types import ModuleType

from mactl.checks import (
    crowded,
    idle_definition,
    merge_field,
    stranded,
    type_mismatch,
    unknown_field,
    unseen_event,
    unseen_value,
)

DATA_CHECKS: tuple[ModuleType, ...] = (
    crowded,
    idle_definition,
    merge_field,
    type_mismatch,
    unknown_field,
    unseen_event,
    unseen_value,
)
"""Every check of recipes beside the data, by name: `check(data)`."""
STATE_CHECKS: tuple[ModuleType, ...] = (stranded,)
"""Every check of recipes beside the state: `check(scope, in_flight)`."""
