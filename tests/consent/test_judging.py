"""Whether a proof would hold, and why not."""

from typing import Any

import pytest

from mactl.consent.entry import ALL_TOPICS, Entry
from mactl.consent.judging import Standard, judge_consents
from tests.consent.making import DAY, NOW, as_table, granted, pending, withdrawn

WORDS = "ab" * 32
CASES: dict[str, tuple[list[Entry], str]] = {
    "all four, with when and where": ([granted()], "holds"),
    "no when": ([granted(at=None)], "lacking: it is not on record when"),
    "source unknown": ([granted(source=None)], "lacking: its source is unknown"),
    "no wording": ([granted(informed=None, wording=None)], "lacking: no wording is on record"),
    "not free": ([granted(free=None)], "lacking: nothing says that it was free"),
    "not specific": ([granted(specific=None)], "lacking: nothing says that it was for this topic"),
    "not unambiguous": (
        [granted(unambiguous=None)],
        "lacking: nothing says that it was an unambiguous act",
    ),
    "two are missing": (
        [granted(at=None, free=None)],
        "lacking: it is not on record when; nothing says that it was free",
    ),
    "withdrawn later": ([granted(), withdrawn(at=NOW)], "withdrawn: withdrawn later"),
    "withdrawn at that very instant": (
        [granted(at=NOW), withdrawn(at=NOW)],
        "withdrawn: withdrawn later",
    ),
    "withdrawn, never given": ([withdrawn()], "withdrawn: withdrawn"),
    "all marketing withdrawn": (
        [granted(), withdrawn(at=NOW, topic=ALL_TOPICS)],
        "withdrawn: withdrawn later",
    ),
    "given anew": ([withdrawn(at=NOW - DAY), granted(at=NOW)], "holds"),
    "given anew, entered before": ([granted(at=NOW), withdrawn(at=NOW - DAY)], "holds"),
    "given anew without a proof": (
        [withdrawn(at=NOW - DAY), granted(at=NOW, free=None)],
        "withdrawn: withdrawn later",
    ),
    "a weaker one after it": ([granted(), granted(at=NOW, free=None)], "holds"),
    "asked": ([pending()], "pending: asked, and not confirmed yet"),
    "asked long ago": (
        [pending(at=NOW - 8 * DAY)],
        "expired: asked, and not confirmed in time",
    ),
    "asked, as a proof was missing": (
        [granted(at=NOW - 3 * DAY, free=None), pending()],
        "pending: asked, and not confirmed yet",
    ),
    "asked and confirmed": ([pending(), granted(at=NOW)], "holds"),
    "a mistake": (
        [granted(), withdrawn(at=NOW), withdrawn(state="corrected", corrects=2)],
        "holds",
    ),
    "words in a file that changed": (
        [granted(file="old.md")],
        "stale: the wording has changed since",
    ),
    "words in a file that is gone": ([granted(file="gone.md")], "holds"),
    "words in a file as they were": ([granted(file="same.md")], "holds"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_says_whether_it_would_hold_and_why_not(name: str) -> None:
    entries, wanted = CASES[name]
    assert judged(entries) == [wanted]


def test_words_that_mactl_yaml_no_longer_has_in_use_are_stale() -> None:
    standard = Standard(wording="cd" * 32)
    assert judged([granted()], standard) == ["stale: the wording has changed since"]
    assert judged([granted()], Standard(wording=WORDS)) == ["holds"]


def test_everybody_is_judged_for_each_topic_apart() -> None:
    entries = [granted(), granted("bob", topic="news"), withdrawn("bob", topic=ALL_TOPICS)]
    found = judge_consents(as_table(*entries), {}, {}, NOW)

    told = {(row.contact, row.topic): row.verdict for row in found.itertuples()}
    assert told == {
        ("ann", "offers"): "holds",
        ("bob", "offers"): "withdrawn",
        ("bob", "news"): "withdrawn",
    }


def test_nothing_on_record_is_nobody() -> None:
    assert judged([]) == []


def judged(entries: list[Entry], standard: Standard | None = None) -> list[Any]:
    standards = {"offers": standard or Standard(confirm_within=7 * DAY)}
    files = {"old.md": "cd" * 32, "same.md": WORDS}
    found = judge_consents(as_table(*entries), standards, files, NOW)
    return [f"{row.verdict}: {row.why}".removesuffix(": ") for row in found.itertuples()]
