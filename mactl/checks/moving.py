"""`moved` or `retired` say something that can't be.

`moved: {old: new}` says that a step, a template or the recipe is called otherwise now, and `retired: {old: next}`
that a step is gone and where its people go on. The new name must be there, the old one must not be, and renames must
not lead in a circle; otherwise people in flight would stand nowhere, or get a message again.

    moved: {reminder: second-reminder}
    retired: {survey: thanks}
"""

from collections.abc import Iterator, Mapping

from mactl.checks.scope import Look, Scope
from mactl.findings import Finding, Severity
from mactl.validation import did_you_mean

IDS = ("moved-nowhere", "moved-in-circle", "old-name-in-use")


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each entry that leads nowhere, in a circle, or from what is still there."""
    for look in scope:
        moved = look.recipe.file.moved
        known = _names(look)
        circles = _circles(moved)
        for old, new in moved.items():
            place = look.place(("moved", old))
            if old in circles:
                message = f"{old!r} and {new!r} were renamed to each other"
                yield Finding(
                    "moved-in-circle", Severity.ERROR, message, place, "keep the newest name"
                )
            elif new not in known and new not in moved:
                hint = did_you_mean(new, known) or "name what there is now"
                message = f"there is no step, template or recipe {new!r}"
                yield Finding("moved-nowhere", Severity.ERROR, message, place, hint)
        yield from _still_there(look, known)


def _names(look: Look) -> dict[str, None]:
    """What a name can be moved to: the recipe, its templates and its steps."""
    steps = look.flow.routes if look.flow else {}
    return dict.fromkeys([*steps, *look.recipe.file.templates, look.recipe.id])


def _circles(moved: Mapping[str, str]) -> set[str]:
    """The names that renames lead back to."""
    found: set[str] = set()
    done: set[str] = set()
    for start in moved:
        path: dict[str, None] = {}
        name = start
        while name in moved and name not in path and name not in done:
            path[name] = None
            name = moved[name]
        if name in path:
            names = list(path)
            found.update(names[names.index(name) :])
        done.update(path)
    return found


def _still_there(look: Look, known: Mapping[str, None]) -> Iterator[Finding]:
    file = look.recipe.file
    steps = look.flow.routes if look.flow else {}
    for section, names in (("moved", known), ("retired", steps)):
        for old in getattr(file, section):
            if old in names:
                yield Finding(
                    "old-name-in-use",
                    Severity.ERROR,
                    f"{old!r} is {section}, but something is still called so",
                    look.place((section, old), key=True),
                    "give what is called so now another name, or take this entry out",
                )
