"""Names that changed: `moved: {old: new}` of a recipe, for its steps, its templates and itself.

Ids in the state and in events are made from the oldest name, the original; a rename keeps it.
"""

from collections.abc import Mapping


def original(name: str, moved: Mapping[str, str]) -> str:
    """The oldest name of the step, template or recipe that is called `name` now."""
    return original_names(moved).get(name, name)


def current(name: str, moved: Mapping[str, str]) -> str:
    """What the step, template or recipe that was called `name` once is called now: where the chain from it ends.

    Two names that were swapped lead to each other.
    """
    seen = {name}
    while (following := moved.get(name, name)) not in seen:
        seen.add(following)
        name = following
    return name


def original_names(moved: Mapping[str, str]) -> dict[str, str]:
    """Each new name in `moved` (old → new) → the oldest name of the same thing."""
    olds: dict[str, str] = {}
    for old, new in moved.items():
        olds.setdefault(new, old)
    return {new: current(new, olds) for new in olds}


def original_chain(name: str, moved: Mapping[str, str]) -> tuple[str, ...]:
    """Every name that what is called `name` now had before, the newest first."""
    olds = {new: old for old, new in moved.items()}
    chain: list[str] = []
    while (before := olds.get(name)) is not None and before not in chain:
        chain.append(before)
        name = before
    return tuple(chain)
