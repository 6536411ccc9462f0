"""`mactl consent check`: whether the proof of each consent would hold, and who must be asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from mactl.clock import to_epoch
from mactl.consent.judging import ASK_AGAIN, Verdict, judge_consents
from mactl.errors import UsageError
from mactl.findings import Finding
from mactl.project import Project
from mactl.validation import did_you_mean
from mactl.workflows.consenting.opening import open_record
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import select_recipes
from mactl.workflows.rows import plain_rows

CHECKED = "consent check"


@dataclass(frozen=True)
class Checked:
    """What was found, counts first."""

    counts: Sequence[Mapping[str, Any]]
    """topic, verdict, why, contacts: how many there are of each."""
    again: pd.DataFrame
    """contact (the key), email, topic, verdict, why of who must be asked again before anything relies on it."""
    unrecorded: int
    """Entries that the ledger was not told yet."""
    relied_on: Sequence[str]
    """Topics on which a live recipe writes by consent, of those where a proof would not hold."""
    findings: tuple[Finding, ...]


def check_consents(
    project: Project, topics: Sequence[str], now: datetime, sources: Sources
) -> Checked:
    """Look at the proof of everybody among the contacts, for `topics` or all; UsageError for one of which nothing is
    known.

    Whoever is in no source any more is not looked at: nobody writes to them.
    """
    written = _written_by_consent(project)
    with open_record(project, now, sources, CHECKED) as record:
        judged = judge_consents(record.ledger, record.standards(now), record.files(), to_epoch(now))
        people = record.gathered.contacts[["key", "address"]]
        findings, unrecorded = record.gathered.findings, len(record.unrecorded)
    _refuse_unknown(topics, {*judged["topic"], *project.settings.consent, *written})
    judged = judged[judged["contact"].isin(people.index)]
    if topics:
        judged = judged[judged["topic"].isin(topics)]
    order = {str(verdict): place for place, verdict in enumerate(Verdict)}
    sizes = judged.groupby(["topic", "verdict", "why"], sort=False).size()
    counts = plain_rows(sizes.rename("contacts").reset_index())
    counts.sort(key=lambda row: (row["topic"], order[row["verdict"]], -row["contacts"], row["why"]))
    asked = judged[judged["verdict"].isin([str(verdict) for verdict in ASK_AGAIN])]
    again = asked.join(people, on="contact")
    again = again.assign(contact=again["key"], email=again["address"])
    again = again[["contact", "email", "topic", "verdict", "why"]]
    failing = set(again.loc[again["verdict"] != str(Verdict.STALE), "topic"])
    return Checked(
        counts,
        again.sort_values(["topic", "contact"], kind="stable", ignore_index=True),
        unrecorded,
        sorted(failing & written),
        findings,
    )


def _written_by_consent(project: Project) -> set[str]:
    """The topics that a live recipe writes on with consent among its grounds."""
    recipes = select_recipes(project, ()).cookbook.recipes.values()
    return {
        recipe.file.privacy.topic
        for recipe in recipes
        if recipe.file.status == "live"
        and recipe.file.journey is not None
        and recipe.file.privacy is not None
        and "consent" in recipe.file.privacy.basis
        and recipe.file.privacy.topic
    }


def _refuse_unknown(topics: Sequence[str], known: set[str]) -> None:
    for topic in topics:
        if topic not in known:
            hint = did_you_mean(topic, known) or f"topics are: {', '.join(sorted(known)) or 'none'}"
            raise UsageError(f"there is no consent for {topic!r}", hint)
