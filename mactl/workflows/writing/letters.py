"""The letters of a plan: what its sends say, which goes into the state with them."""

from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.workflows.planning.plan import Plan
from mactl.workflows.writing.changes import Letters
from mactl.workflows.writing.merging import merge_values
from mactl.workflows.writing.templates import Templates, need_sender


def letters_of(plan: Plan, templates: Templates, state: State) -> Letters:
    """The Message-ID of every intent, and the merge values of those that go to the queue.

    Raises ConfigurationError where mactl.yaml does not say who the mail comes from.
    """
    sender, tokens = need_sender(plan.settings), Tokens(state.secret)
    intents, queued = plan.table("intents"), plan.intents("queue")
    ids = list(intents["id"]) if len(intents) else []
    templates = templates.with_old(
        [(old.recipe, old.version, old.sources) for old in plan.old.recipes], plan.settings
    )
    merged = merge_values(queued, plan.gathered, plan.cookbook, plan.settings, templates, state)
    return Letters(
        {id: tokens.message_id(id, sender.domain) for id in ids},
        merged.values,
        merged.contents,
        merged.sources,
        merged.held,
        merged.codes,
    )
