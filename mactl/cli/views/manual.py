"""The manual of one finding, or the list of all."""

from mactl.checks.manual import manuals
from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, stdout
from mactl.errors import UsageError
from mactl.validation import did_you_mean


def show_manual(invocation: Invocation, id: str) -> None:
    """`{"id", "manual"}`, or the text; `{"findings": {ID: MANUAL}}` or a line each for `?`.

    Raises UsageError where no finding is called `id`.
    """
    known = manuals()
    console = stdout()
    if id == "?":
        if invocation.wants_json:
            print_json({"findings": dict(known)})
            return
        width = max(map(len, known))
        for name, text in known.items():
            console.print(f"{name:{width}}  {text.splitlines()[0]}", markup=False)
        return
    if id not in known:
        raise UsageError(
            f"there is no finding {id!r}",
            did_you_mean(id, known) or "mactl check --explain ? lists them",
        )
    if invocation.wants_json:
        print_json({"id": id, "manual": known[id]})
    else:
        console.print(id, style="bold")
        console.print(f"\n{known[id]}", markup=False)
