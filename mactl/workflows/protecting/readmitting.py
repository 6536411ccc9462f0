"""`mactl privacy readmit`: who was erased and comes back by themselves may be known again."""

from mactl.errors import UsageError
from mactl.privacy.erasing import lift_hashes
from mactl.project import Project
from mactl.store.erasures import EMAIL, find_erased, lift_erasures
from mactl.store.suppressions import address_key
from mactl.workflows.opening import need_file, open_state


def readmit_person(project: Project, who: str) -> int:
    """Take `who`, an address or a key, for a stranger from now on; how many keys are forgotten.

    Nothing of before comes back. An opt-out that they gave before they were erased holds on. Raises UsageError where
    nobody was erased who was known by it.
    """
    need_file(project, "who was erased is known to a project")
    wanted = address_key(who) if "@" in who else who
    kinds = dict.fromkeys((*project.settings.identity_fields, EMAIL))
    aliases = [(field, wanted if field == EMAIL else who) for field in kinds]
    with open_state(project, write=True) as state, state.writing() as connection:
        if find_erased(connection, aliases) is None:
            raise UsageError(
                f"nobody was erased who was known by {who!r}",
                "name the very address or id; what others they had is not known any more",
            )
        count, erasures = lift_erasures(connection, aliases)
        lift_hashes(connection, erasures)
        return count
