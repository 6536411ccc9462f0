"""`mactl privacy register`: the record of processing activities."""

from mactl.privacy.register import Register, register_of
from mactl.project import Project
from mactl.workflows.opening import refuse_errors, select_recipes


def make_register(project: Project) -> Register:
    """The record, from mactl.yaml and the whole cookbook.

    Raises FindingsError where a recipe can't be read: the record would lack it.
    """
    selection = select_recipes(project, ())
    refuse_errors(
        selection.findings,
        "the record would not be whole",
        "mend them; mactl check tells when they are",
    )
    return register_of(project, selection.cookbook)
