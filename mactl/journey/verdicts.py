"""What a gate says of an intent to send, and in which words."""

from enum import StrEnum

EXCLUDED = "the recipe's exclude holds for them"
TOO_LATE = "it is more overdue than the recipe's latest allows"
QUIET_THERE = "it is quiet hours where they are"
WINDOW_SHUT = "the recipe's send_window is shut where they are"
SUPPRESSED = "suppressed: "
"""Before the reason of the suppression."""


class Gate(StrEnum):
    """Which rule held or skipped an intent."""

    CONSENT = "consent"
    SUPPRESSION = "suppression"
    EXCLUSION = "exclusion"
    DUPLICATE = "duplicate"
    LATENESS = "lateness"
    CAP = "cap"
    MIN_GAP = "min_gap"
    QUIET_HOURS = "quiet_hours"
    SEND_WINDOW = "send_window"
    BUDGET = "budget"


class Verdict(StrEnum):
    """What becomes of an intent."""

    QUEUE = "queue"
    HOLD = "hold"
    SKIP = "skip"
