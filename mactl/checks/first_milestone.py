"""A milestone stands where nobody is upstream of it.

Whoever meets a milestone further up jumps to it. As the first step there is nobody further up: it is a `wait_for`
with another name. Put it after the steps that it should cut short.

    - send: invitation
    - wait: 7 days
    - milestone: demo-booked                       # who books meanwhile waits no longer
      when: {event: demo_booked}
      up_to: 10 days
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding, Severity
from mactl.recipe.steps import MilestoneStep

IDS = ("first-milestone",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for a journey that begins with a milestone."""
    for look in scope:
        if look.flow is None:
            continue
        step = look.flow.steps[look.flow.first]
        if isinstance(step, MilestoneStep):
            yield Finding(
                "first-milestone",
                Severity.WARNING,
                f"nobody is upstream of {step.milestone!r}, so nobody can jump to it",
                look.place(look.flow.first),
                "write `wait_for`, or put it after the steps that it should cut short",
            )
