"""By which channel a message reaches each contact."""

import pandas as pd

from mactl.journey.gates import suppression_reasons
from mactl.journey.situation import Column, Frame, Situation
from mactl.recipe.steps import SendTarget
from mactl.recipe.template import Template, Texts
from mactl.store.tables import EMAIL

PREFERRED = "preferred"
_TEXTLESS = ("ads",)
"""Channels that carry no words: an audience of an advertising platform."""


def reach(
    contacts: "Column[str]", target: SendTarget, template: Template, situation: Situation
) -> Frame:
    """The first of the step's channels that reaches each contact, aligned with `contacts`.

    channel, address, address_key, ground, no_ground, and too_dear: why the cost rules it out, or null. A channel
    reaches those who have an address on it that is not suppressed, whom the recipe has a ground to write to on it,
    for whom the template has a text, and where it costs no more than `max_cost`. Where none does it is the first
    that the template speaks, so that the gates tell what is wrong with it.
    """
    spoken: list[str] = [
        name for name in target.channel if name == PREFERRED or speaks(template, name)
    ]
    options = spoken or [EMAIL]
    found = _on(_first(options), contacts, template, situation, target)
    open_ = pd.Series(True, index=contacts.index)
    for option in options:
        if not open_.any():
            break
        for name, rows in _preferring(option, contacts[open_], template, situation):
            other = _on(name, rows, template, situation, target)
            works = other.index[_reached(other, template, situation)]
            found.loc[works] = other.loc[works]
            open_[works] = False
    return found


def _first(options: list[str]) -> str:
    return next((name for name in options if name != PREFERRED), EMAIL)


def _preferring(
    option: str, contacts: "Column[str]", template: Template, situation: Situation
) -> list[tuple[str, "Column[str]"]]:
    """The channels that `option` means, each with the contacts for whom it does."""
    if option != PREFERRED:
        return [(option, contacts)]
    own = contacts.map(situation.contacts["preferred"]).astype("object")
    own = own.map(lambda name: str(name).strip().lower(), na_action="ignore")
    return [
        (str(name), contacts[own == name])
        for name in own.dropna().unique()
        if f"address {name}" in situation.contacts and speaks(template, str(name))
    ]


def speaks(template: Template, channel: str) -> bool:
    """Whether `template` has a text for `channel`."""
    if channel in _TEXTLESS:
        return True
    key = "body" if channel == EMAIL else channel
    texts: list[Texts] = [template, *template.cells.values()]
    return any(getattr(text, key) is not None for text in texts)


def _on(
    channel: str,
    contacts: "Column[str]",
    template: Template,
    situation: Situation,
    target: SendTarget,
) -> Frame:
    people = situation.contacts.reindex(contacts)
    answers = situation.answers.reindex(contacts)
    nothing = pd.Series(pd.NA, index=people.index, dtype="object")
    is_marketing = template.kind == "marketing"
    ground = answers.get(f"ground {channel}", nothing) if is_marketing else "service"
    no_ground = answers.get(f"no_ground {channel}", nothing)
    table = pd.DataFrame(
        {
            "channel": channel,
            "address": people.get(f"address {channel}", nothing),
            "address_key": people.get(f"address_key {channel}", nothing),
            "ground": ground,
            "no_ground": no_ground.fillna(situation.no_ground),
            "too_dear": _too_dear(channel, target, situation),
        }
    )
    return table.astype("object").set_axis(contacts.index)


def _too_dear(channel: str, target: SendTarget, situation: Situation) -> str | None:
    cost = situation.recipe.file.cost
    price = cost.per_send.get(channel) if cost else None  # type: ignore[call-overload]
    if target.max_cost is None or price is None or price <= target.max_cost:
        return None
    return f"{channel} costs {price:g}, more than max_cost {target.max_cost:g}"


def _reached(found: Frame, template: Template, situation: Situation) -> "Column[bool]":
    is_marketing = template.kind == "marketing"
    privacy = situation.recipe.file.privacy
    topic = privacy.topic if privacy else None
    judged = found.assign(marketing=is_marketing, topic=topic)
    reaches = found["address"].notna() & found["too_dear"].isna()
    if is_marketing:
        reaches &= found["ground"].notna()
    return reaches & suppression_reasons(judged, situation.suppressions).isna()
