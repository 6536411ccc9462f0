"""The manual of one finding of the audit, or the list of all."""

from mactl.audit import FindingKind
from mactl.audit.manual import CHAPTER_OF, EXPLAINED
from mactl.cli.invocation import Invocation
from mactl.cli.output import SEVERITY_STYLES, print_json, stdout
from mactl.errors import UsageError
from mactl.validation import did_you_mean


def show_manual(invocation: Invocation, id: str) -> None:
    """What is known of the finding `id` wherever it is found; for `?` a line each of all.

    Raises UsageError where no finding is called `id`.
    """
    from rich.text import Text

    console = stdout()
    if id == "?":
        if invocation.wants_json:
            print_json({"findings": [_told(kind) for kind in EXPLAINED.values()]})
            return
        width = max(map(len, EXPLAINED))
        for one in EXPLAINED.values():
            name = (f"{one.id:{width}}  ", SEVERITY_STYLES[one.severity])
            console.print(Text.assemble(name, one.title))
        return
    kind = EXPLAINED.get(id)
    if kind is None:
        raise UsageError(
            f"the audit has no finding {id!r}",
            did_you_mean(id, EXPLAINED) or "mactl audit --explain ? lists them",
        )
    if invocation.wants_json:
        print_json(_told(kind))
        return
    console.print(
        Text.assemble((kind.id, "bold"), "  ", (kind.severity, SEVERITY_STYLES[kind.severity]))
    )
    console.print(f"\n{kind.title}.\n\n{kind.effect}\n\nSource: {kind.reference}", markup=False)


def _told(kind: FindingKind) -> dict[str, str]:
    return {
        "id": kind.id,
        "standard": CHAPTER_OF[kind.id],
        "severity": kind.severity.value,
        "title": kind.title,
        "effect": kind.effect,
        "reference": kind.reference,
        "status": kind.status.value,
    }
