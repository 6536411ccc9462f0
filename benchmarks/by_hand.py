"""What SQL that is written by hand says of events and of scores, in the programs that mactl is held against."""

EPOCH = 1_796_112_000
"""2026-12-01 at 8:00 UTC, in seconds since 1970: when the answers are asked for."""
DAY = 86_400


def decayed(test: str, at: str, points: float, half_life: int) -> str:
    """What events that pass `test` are worth now; `at` is the column with their instants, `half_life` is in days."""
    age = f"({EPOCH} - {at}) / {DAY}.0"
    return f"sum(CASE WHEN {test} THEN {points} * pow(0.5, {age} / {half_life}) ELSE 0 END)"


def to_six(value: str) -> str:
    """`value` rounded as mactl rounds scores and sums: to six decimals, a half up."""
    return f"floor(({value}) * 1e6 + 0.5001) / 1e6"
