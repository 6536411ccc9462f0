"""`mactl send --plan FILE`: what was looked at is what goes out, or nothing does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from mactl.findings import Finding, Severity
from mactl.project import Project
from mactl.recipe.cookbook import content_hash
from mactl.store.logbook import last_number
from mactl.store.state import State
from mactl.workflows.opening import FindingsError
from mactl.workflows.planning.plan import Plan
from mactl.workflows.reviewing.keeping import (
    KeptPlan,
    KeptSend,
    compiled,
    fingerprint,
    kept_acts,
    kept_sends,
    table_rows,
    todays,
)
from mactl.workflows.writing.templates import Templates

_FEW = 10  # names told before the rest is counted


class PlanNoLongerHolds(FindingsError):
    """What would go out now is not what the kept plan says."""

    exit_code = 1


def approval(kept: KeptPlan, path: Path) -> Callable[[Plan, Templates, State], None]:
    """What a run asks before it writes anything: raises PlanNoLongerHolds where its plan is not `kept`.

    Send ids, recipients and the templates' hashes must be the same, and what colleagues and other systems are told;
    whatever else has changed, nobody gets anything else by it.
    """

    def approve(plan: Plan, templates: Templates, state: State) -> None:
        differences = list(_differences(kept, plan, templates, state))
        if differences:
            raise PlanNoLongerHolds(
                f"the plan in {path} no longer holds; nothing was sent, and nothing was changed",
                [*differences, *_causes(kept, plan, state)],
                f"look at it again: mactl plan --out {path}",
            )

    return approve


def approve_again(project: Project, kept: KeptPlan, plan: Plan, state: State, path: Path) -> None:
    """The same for a plan that nothing is done with: `mactl send --plan FILE --dry-run`."""
    approval(kept, path)(plan, compiled(project, plan), state)


def _differences(
    kept: KeptPlan, plan: Plan, templates: Templates, state: State
) -> Iterator[Finding]:
    if kept.state.id is not None and kept.state.id != state.id:
        yield _finding("plan-state", "it was made upon another state than this one")
    every = {send.send_id: send for send in kept_sends(plan, templates, state)}
    now = {id: send for id, send in every.items() if send.verdict == "queue"}
    then = {send.send_id: send for send in kept.sends if send.verdict == "queue"}
    more = [send for id, send in now.items() if id not in then]
    if more:
        people = _listed([f"{send.to} ({send.name})" for send in more])
        yield _finding("plan-more", f"{len(more)} more would be written to: {people}")
    yield from _fewer([send for id, send in then.items() if id not in now], every, plan)
    both = [(send, now[id]) for id, send in then.items() if id in now]
    moved = [(a, b) for a, b in both if (a.to, a.channel) != (b.to, b.channel)]
    if moved:
        told = _listed([f"{a.to} has become {b.to} ({b.name})" for a, b in moved])
        yield _finding("plan-recipient", told)
    yield from _rewritten([b for a, b in both if a.content != b.content])
    yield from _other_acts(kept, plan)


def _fewer(
    gone: Sequence[KeptSend], every: Mapping[str, KeptSend], plan: Plan
) -> Iterator[Finding]:
    """Who would not be written to any more, by the reason why."""
    if not gone:
        return
    ended = {row["id"]: row["why"] for row in table_rows(plan, "ended")}
    status = dict(zip(plan.history.templates["id"], plan.history.templates["status"], strict=True))
    known = set(plan.gathered.contacts["key"])

    def why(send: KeptSend) -> str:
        stopped = every.get(send.send_id)
        if send.send_id in status:
            return f"it is {status[send.send_id]} already"
        if stopped is not None:
            word = "held" if stopped.verdict == "hold" else "skipped"
            return f"it is {word} by {stopped.gate}: {stopped.reason}"
        if send.enrollment in ended:
            return f"they have left: {ended[send.enrollment]}"
        return "it is not due" if send.contact in known else "they are not among the contacts"

    reasons: dict[str, list[str]] = {}
    for send in gone:
        reasons.setdefault(why(send), []).append(f"{send.to} ({send.name})")
    for reason, people in reasons.items():
        message = f"{len(people)} would no longer be written to ({reason}): {_listed(people)}"
        yield _finding("plan-fewer", message)


def _rewritten(sends: Sequence[KeptSend]) -> Iterator[Finding]:
    for name in sorted({send.name for send in sends}):
        count = sum(send.name == name for send in sends)
        message = f"the template {name} has changed: {count} would get another message"
        yield _finding("plan-content", message)


def _other_acts(kept: KeptPlan, plan: Plan) -> Iterator[Finding]:
    now, then = {act.id: act for act in kept_acts(plan)}, {act.id: act for act in kept.acts}
    for words, acts in (
        ("would be done that it does not have", [a for id, a in now.items() if id not in then]),
        ("would not be done any more", [a for id, a in then.items() if id not in now]),
    ):
        if acts:
            told = _listed([f"{act.recipe}.{act.step} for {act.contact}" for act in acts])
            yield _finding("plan-acts", f"{len(acts)} {words}: {told}")


def _causes(kept: KeptPlan, plan: Plan, state: State) -> Iterator[Finding]:
    """What has changed since, which may be why."""
    was = {recipe.recipe: recipe.hash for recipe in kept.recipes}
    for recipe in todays(plan):
        if was.get(recipe.id) != content_hash(recipe):
            yield _note(f"the recipe {recipe.id} has changed since it was kept")
    with state.reading() as connection:
        runs = last_number(connection) - kept.state.run
    if runs > 0:
        yield _note(f"there {'was a run' if runs == 1 else f'were {runs} runs'} since it was kept")
    if fingerprint(plan.gathered.facts) != kept.data:
        yield _note("contacts or events have changed since it was kept")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {more} more" if more > 0 else "")


def _finding(id: str, message: str) -> Finding:
    return Finding(id, Severity.ERROR, message)


def _note(message: str) -> Finding:
    return Finding("plan-cause", Severity.NOTE, message)
