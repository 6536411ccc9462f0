"""What is said of a step and of its branches: in lists, in `explain`, in pictures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from mactl.durations import Duration
from mactl.journey.graph import Node
from mactl.recipe.steps import (
    AnyStepKind,
    AskConsentStep,
    Case,
    ChooseStep,
    LengthBy,
    MilestoneStep,
    SendStep,
    SetStep,
    SplitStep,
    SuppressStep,
    TaskStep,
    TriggerValue,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
    WebhookStep,
    WinnerArm,
)
from mactl.rules.text import describe


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a node: `Wait for`, `clicked offer`, (`up to 4 days`,)."""

    verb: str
    what: str = ""
    details: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """Verb and object on one line: `wait for clicked offer`."""
        return f"{self.verb[:1].lower()}{self.verb[1:]} {self.what}".rstrip()


def node_line(node: Node) -> str:
    """The node on one line, for lists: `send offer`, `wait for clicked offer, up to 4 days`."""
    if node.is_answer and isinstance(node.step, AskConsentStep):
        line = plain(f"await consent for {node.step.ask_consent.topic}")
    else:
        line = step_words(node.step).line
    up_to = getattr(node.step, "up_to", None)
    asks = isinstance(node.step, AskConsentStep) and not node.is_answer
    return line if up_to is None or asks else f"{line}, up to {up_to}"


def step_words(step: AnyStepKind) -> Words:
    """What a step does: a verb, what it is about, and what else is worth knowing."""
    words = _TELLERS[step.keyword](step)
    return Words(
        words.verb, plain(words.what), tuple(text for text in map(plain, words.details) if text)
    )


def way_label(step: AnyStepKind, way: str) -> str:
    """Who takes a branch; `way` is its name as the graph has it."""
    if isinstance(step, ChooseStep):
        if way == "else":
            return "otherwise"
        case = step.choose[int(way)]
        return plain(describe(case.when)) if isinstance(case, Case) else "otherwise"
    if isinstance(step, SplitStep):
        return plain(f"{way} {share(step.arms[way].share)}")
    if isinstance(step, (WaitForStep, MilestoneStep, AskConsentStep)):
        in_time = "proven" if isinstance(step, AskConsentStep) else "in time"
        return in_time if way == "then" else f"not within {step.up_to}"
    return ""


def winner_words(step: SplitStep, arm: WinnerArm) -> Words:
    """What the people of the arm do that waits to see which of the others did best."""
    least = f"each needs {arm.at_least} sends, else {plain(arm.fallback)}"
    details = (f"after {arm.after}", *((least,) if arm.at_least > 1 else ()))
    return Words("Best arm", f"by {arm.measure}: {plain(' or '.join(step.variants))}", details)


_JOINER = "\u200d"  # holds emoji together


def plain(text: str) -> str:
    """`text` on one line, without what can't be seen: recipes may come from anyone."""
    shown = (
        " " if c.isspace()
        else c if c.isprintable() or c == _JOINER else "\ufffd"
        for c in text
    )  # fmt: skip
    return " ".join("".join(shown).split())


def share(part: float) -> str:
    """0.1 as `10%`."""
    return f"{part * 100:g}%"


def around(offset: Duration, what: str) -> str:
    """`90 days before contract_end`, `on contract_end`."""
    if not offset.mean_days:
        return f"on {what}"
    if offset.mean_days < 0:
        return f"{-offset} before {what}"
    return f"{offset} after {what}"


def at_time(at: time | None) -> str:
    """`, 09:00`, to be put after a day; empty where none is given."""
    return "" if at is None else f", {at:%H:%M}"


def listed(items: Iterable[object], word: str = "and") -> str:
    """`a, b and c`."""
    *first, last = map(str, items)
    return f"{', '.join(first)} {word} {last}" if first else last


def _send(step: SendStep) -> Words:
    send = step.send
    channels = ("by " + ", else ".join(send.channel),) if send.channel != ("email",) else ()
    cost = (f"at most {send.max_cost:g} each",) if send.max_cost is not None else ()
    subject = (f"subject “{send.subject}”",) if send.subject else ()
    latest = (f"at most {send.latest} late",) if send.latest else ()
    return Words("Send", send.template, (*channels, *subject, *cost, *latest))


def _ask_consent(step: AskConsentStep) -> Words:
    asked = step.ask_consent
    confirmed = "confirmed by a second message" if asked.double else "without a second message"
    return Words(
        "Ask consent",
        f"for {asked.topic}",
        (f"with {asked.template}, {confirmed}", f"up to {step.up_to}"),
    )


def _wait(step: WaitStep) -> Words:
    wait = step.wait
    until = f"{listed(wait.days, 'or') if wait.days else ''}{at_time(wait.at)}".removeprefix(", ")
    if isinstance(wait.for_, LengthBy):
        by = wait.for_.by
        lengths = [f"{'others' if k == '*' else k}: {v}" for k, v in wait.for_.lengths.items()]
        chosen = by.trigger or by.field or f"label {by.label}"
        return Words(
            "Wait",
            f"by {chosen}" + (f", then until {until}" if until else ""),
            (", ".join(lengths),),
        )
    if not until:
        return Words("Wait", str(wait.for_))
    if wait.for_ == Duration():
        return Words("Wait", f"until {until}")
    return Words("Wait", f"{wait.for_}, then until {until}")


def _wait_until(step: WaitUntilStep) -> Words:
    until = step.wait_until
    date = until.date.trigger if isinstance(until.date, TriggerValue) else until.date
    return Words(
        "Wait until", f"{around(until.offset, date).removeprefix('on ')}{at_time(until.at)}"
    )


def _milestone(step: MilestoneStep) -> Words:
    return Words(
        "Milestone",
        step.milestone,
        (describe(step.when), f"up to {step.up_to}", "who meets it further up jumps here"),
    )


def _split(step: SplitStep) -> Words:
    anew = ("drawn anew each time they enter",) if step.per == "enrollment" else ()
    return Words("Split", step.split, anew)


def _set(step: SetStep) -> Words:
    first, *others = (
        f"{field} empty" if value is None else f"{field} = {_value(value)}"
        for field, value in step.set.items()
    )
    return Words("Set", first, tuple(others))


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _suppress(step: SuppressStep) -> Words:
    topic = step.suppress.topic
    return Words("Suppress", f"mail on {topic}" if topic else "all mail", (step.suppress.reason,))


def _task(step: TaskStep) -> Words:
    due = f", due within {step.task.due}" if step.task.due else ""
    return Words("Task", step.task.title, (f"for {step.task.to}{due}",))


def _webhook(step: WebhookStep) -> Words:
    return Words("Call", step.webhook.to, _few(step.webhook.body))


def _few(names: Iterable[str]) -> tuple[str, ...]:
    told = ", ".join(names)
    return (f"with {told}",) if told else ()


_TELLERS: dict[str, Callable[[Any], Words]] = {
    "send": _send,
    "wait": _wait,
    "wait_for": lambda step: Words("Wait for", describe(step.wait_for), (f"up to {step.up_to}",)),
    "wait_until": _wait_until,
    "choose": lambda step: Words("Choose"),
    "split": _split,
    "milestone": _milestone,
    "ask_consent": _ask_consent,
    "set": _set,
    "tag": lambda step: Words("Tag", ", ".join(step.tag)),
    "untag": lambda step: Words("Untag", ", ".join(step.untag)),
    "suppress": _suppress,
    "notify": lambda step: Words("Notify", step.notify.to, (f"“{step.notify.message}”",)),
    "task": _task,
    "export": lambda step: Words("Export", f"to {step.export.to}", _few(step.export.columns)),
    "webhook": _webhook,
    "enroll": lambda step: Words("Hand over", f"to {step.enroll}"),
    "go_to": lambda step: Words("Go to", step.go_to),
    "exit": lambda step: Words("Exit", step.exit),
}  # fmt: skip
