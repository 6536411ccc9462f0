"""Whether the proof of each consent would hold, and why not (GDPR Articles 4(11), 7(1) and 7(3))."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
import pyarrow as pa

from mactl.consent.entry import ALL_TOPICS, Said
from mactl.consent.ledger import counting


class Verdict(StrEnum):
    """What comes of looking at all that was entered of one contact and topic."""

    HOLDS = "holds"
    STALE = "stale"
    """It holds for the words of then; the file has others now."""
    LACKING = "lacking"
    """They said yes, and a proof is missing."""
    PENDING = "pending"
    EXPIRED = "expired"
    """They were asked, and did not confirm it in time."""
    WITHDRAWN = "withdrawn"


ASK_AGAIN = (Verdict.LACKING, Verdict.EXPIRED, Verdict.STALE)
"""Whose consent must be asked again, before anything relies on it."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What the consents for one topic are held against; instants and lengths in seconds."""

    confirm_within: int | None = None
    """How long after they were asked a confirmation counts."""
    wording: str | None = None
    """The hash of the words in use now, where mactl.yaml names their file."""


_WHY_NOT = {
    "no_when": "it is not on record when",
    "no_source": "its source is unknown",
    "no_wording": "no wording is on record",
    "not_free": "nothing says that it was free",
    "not_specific": "nothing says that it was for this topic",
    "not_unambiguous": "nothing says that it was an unambiguous act",
}


def judge_consents(
    ledger: pa.Table,
    standards: Mapping[str, Standard],
    files: Mapping[str, str],
    now: int,
) -> pd.DataFrame:
    """A row for each contact and topic of which anything stands in `ledger`: contact, topic, verdict, why ("" where it
    holds), number (of the entry that it rests on), at (Int64).

    `files` has the hash of the words that a file has now, by its name. Words count as stale where the file that has
    them has others now, or mactl.yaml names another file's for the topic. `now` is in epoch seconds.
    """
    entries = counting(ledger).to_pandas(types_mapper=_types)
    topics = sorted({*entries["topic"].dropna(), *standards} - {ALL_TOPICS})
    found = [
        _judge_topic(entries, topic, standards.get(topic, Standard()), files, now)
        for topic in topics
    ]
    if not found:
        return _NOBODY
    return pd.concat(found, ignore_index=True)


_COLUMNS = ["contact", "topic", "verdict", "why", "number", "at"]
_NOBODY = pd.DataFrame({name: pd.Series(dtype="object") for name in _COLUMNS})


def _types(type_: pa.DataType) -> object:
    return pd.Int64Dtype() if pa.types.is_int64(type_) else None


def _judge_topic(
    entries: pd.DataFrame, topic: str, standard: Standard, files: Mapping[str, str], now: int
) -> pd.DataFrame:
    about = entries[entries["topic"].isin([topic, ALL_TOPICS])]
    grants = _best(about[about["state"] == Said.GRANTED])
    asked = _last(about[about["state"] == Said.PENDING])
    ended = _last(about[about["state"] == Said.WITHDRAWN])
    people = grants.index.union(asked.index).union(ended.index, sort=False)
    given, asked, ended = (one.reindex(people) for one in (grants, asked, ended))
    complete = given["complete"].fillna(False).astype(bool)
    is_out = ended["at"].notna() & ~(complete & (given["at"] > ended["at"]).fillna(False))
    has_given = given["number"].notna()
    later = asked["at"].notna() & ~(given["at"] > asked["at"]).fillna(False)
    waits = ~is_out & ~complete & later
    is_late = _true(asked["at"] + (standard.confirm_within or 0) < now) & (
        standard.confirm_within is not None
    )
    stale = complete & ~is_out & _stale(given, standard, files)
    verdict = np.select(
        [is_out, stale, complete, waits & is_late, waits, has_given],
        [Verdict.WITHDRAWN, Verdict.STALE, Verdict.HOLDS, Verdict.EXPIRED, Verdict.PENDING, Verdict.LACKING],
        default="",
    )  # fmt: skip
    told = {
        Verdict.WITHDRAWN: np.where(has_given, "withdrawn later", "withdrawn"),
        Verdict.STALE: "the wording has changed since",
        Verdict.EXPIRED: "asked, and not confirmed in time",
        Verdict.PENDING: "asked, and not confirmed yet",
        Verdict.LACKING: _why_lacking(given),
    }
    chosen = [
        np.broadcast_to(np.asarray(text, dtype=object), len(people)) for text in told.values()
    ]
    why = np.select([verdict == word for word in told], chosen, default="")
    rests_on = ended["number"].where(is_out, asked["number"].where(waits, given["number"]))
    at = ended["at"].where(is_out, asked["at"].where(waits, given["at"]))
    return pd.DataFrame(
        {
            "contact": people,
            "topic": topic,
            "verdict": verdict,
            "why": why,
            "number": rests_on.astype("Int64").array,
            "at": at.astype("Int64").array,
        }
    )


def _true(values: "pd.Series[bool]") -> "pd.Series[bool]":
    return values.fillna(False).astype(bool)


def _best(grants: pd.DataFrame) -> pd.DataFrame:
    """The strongest consent of each contact, by contact: with all proofs before one without, then the newest."""
    order = grants.sort_values(["complete", "at", "number"], na_position="first", kind="stable")
    return order.drop_duplicates("contact", keep="last").set_index("contact")


def _last(entries: pd.DataFrame) -> pd.DataFrame:
    order = entries.sort_values(["at", "number"], na_position="first", kind="stable")
    return order.drop_duplicates("contact", keep="last").set_index("contact")


def _stale(given: pd.DataFrame, standard: Standard, files: Mapping[str, str]) -> "pd.Series[bool]":
    now = given["file"].map(files)
    changed = now.notna() & (now != given["wording"])
    if standard.wording is None:
        return changed
    return given["wording"].notna() & (given["wording"] != standard.wording)


def _why_lacking(given: pd.DataFrame) -> "pd.Series[str]":
    """What is missing, in words."""
    lacks = {
        "no_when": given["at"].isna(),
        "no_source": given["source"].isna(),
        "no_wording": ~_true(given["informed"]),
        "not_free": ~_true(given["free"]),
        "not_specific": ~_true(given["specific"]),
        "not_unambiguous": ~_true(given["unambiguous"]),
    }
    # There are sixty-four ways at most to lack something, so each is worded once.
    bits = pd.Series(0, index=given.index, dtype="int64")
    for n, missing in enumerate(lacks.values()):
        bits |= missing.astype("int64") * (1 << n)
    names = list(lacks)
    words = {
        code: "; ".join(_WHY_NOT[name] for n, name in enumerate(names) if code >> n & 1)
        for code in set(bits)
    }
    return bits.map(words)
