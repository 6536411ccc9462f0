"""Steps lead back to themselves in a way that can't work.

A `go_to` that leads back needs a wait in between, on every way round: without one, whoever came there would go round
for ever in the same instant (`endless-loop`). A time of day alone is no wait, since it may be now; `wait_for` is one
only on its `else`. From a loop there must be a way on, or people stay in it until something in `leave` holds
(`no-way-on`). And one enrollment gets one step's message once: in the second round the `send` is passed in silence
(`send-in-loop`).

    - wait_for: {event: profile_completed}
      up_to: 7 days
      else: [{notify: {to: sales, message: still not}}, {go_to: wait_for-1}]
"""

from collections.abc import Iterator

from mactl.checks.flow import Flow
from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.steps import GoToStep, SendStep

IDS = ("endless-loop", "no-way-on", "send-in-loop")


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each loop without a wait or a way on, and for each message in a loop."""
    for look in scope:
        flow = look.flow
        if flow is None or not any(isinstance(step, GoToStep) for _, step in flow):
            continue
        at_once = flow.loops(at_once=True)
        for loop in at_once:
            yield Finding(
                "endless-loop",
                Severity.ERROR,
                f"{_in_words(flow, loop)} lead to each other without a wait"
                if len(loop) > 1
                else f"{flow.names[loop[0]]!r} leads to itself",
                look.place(_jump(flow, loop)),
                "add a wait on the way back",
            )
        for loop in flow.loops(at_once=False):
            if not any(set(loop) & set(other) for other in at_once):
                yield from _slowly(look, flow, loop)


def _slowly(look: Look, flow: Flow, loop: tuple[Route, ...]) -> Iterator[Finding]:
    inside = set(loop)
    if all(way.to in inside for route in loop for way in flow.onward[route]):
        yield Finding(
            "no-way-on",
            Severity.WARNING,
            f"nothing leads out of {_in_words(flow, loop)}",
            look.place(_jump(flow, loop)),
            "lead people on after some rounds, or make sure that `leave` ends it",
        )
    for route in loop:
        if isinstance(flow.steps[route], SendStep):
            yield Finding(
                "send-in-loop",
                Severity.WARNING,
                f"{flow.names[route]!r} is sent in the first round only: nobody gets a message twice",
                look.place(route),
                "write each message as a step of its own",
            )


def _jump(flow: Flow, loop: tuple[Route, ...]) -> Route:
    """Where the loop is to be mended: at its `go_to`."""
    return next((route for route in loop if isinstance(flow.steps[route], GoToStep)), loop[0])


_MOST_NAMED = 5


def _in_words(flow: Flow, loop: tuple[Route, ...]) -> str:
    names = [flow.names[route] for route in loop if not isinstance(flow.steps[route], GoToStep)]
    names = names or [flow.names[route] for route in loop]
    more = ["…"] if len(names) > _MOST_NAMED else []
    return ", ".join([*names[:_MOST_NAMED], *more])
