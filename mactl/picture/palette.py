"""The colours of pictures, by day and by night."""

from dataclasses import dataclass
from typing import Literal

from mactl.picture.flow import Kind

Theme = Literal["light", "dark", "auto"]
"""auto: as the reader's system has it."""


@dataclass(frozen=True, slots=True)
class Palette:
    """What is drawn in which colour."""

    page: str
    card: str
    border: str
    text: str
    muted: str
    line: str
    tones: dict[str, str]


LIGHT = Palette(
    page="#ffffff", card="#ffffff", border="#d1d9e0", text="#1f2328", muted="#59636e", line="#818b98",
    tones={
        "blue": "#0969da", "teal": "#1b7c83", "amber": "#9a6700", "violet": "#8250df", "green": "#1a7f37",
        "grey": "#59636e", "orange": "#bc4c00", "red": "#d1242f", "pink": "#bf3989",
    },
)  # fmt: skip
DARK = Palette(
    page="#0d1117", card="#161b22", border="#3d444d", text="#f0f6fc", muted="#9198a1", line="#7d8590",
    tones={
        "blue": "#4493f8", "teal": "#39c5cf", "amber": "#d29922", "violet": "#ab7df8", "green": "#3fb950",
        "grey": "#9198a1", "orange": "#f0883e", "red": "#f85149", "pink": "#db61a2",
    },
)  # fmt: skip

TONES: dict[Kind, str] = {
    Kind.ENTER: "green", Kind.SEND: "blue", Kind.ASK_CONSENT: "teal", Kind.WAIT: "amber", Kind.WAIT_FOR: "amber",
    Kind.WAIT_UNTIL: "amber", Kind.CHOOSE: "violet", Kind.SPLIT: "violet", Kind.WINNER: "violet",
    Kind.GO_TO: "violet", Kind.MILESTONE: "green", Kind.SET: "grey", Kind.TAG: "grey", Kind.UNTAG: "grey",
    Kind.SUPPRESS: "red", Kind.NOTIFY: "orange", Kind.TASK: "orange", Kind.EXPORT: "orange",
    Kind.WEBHOOK: "orange", Kind.ENROLL: "pink", Kind.EXIT: "grey", Kind.END: "grey",
    Kind.RECIPE: "pink",
}  # fmt: skip
"""What kind of node has which tone: messages blue, time amber, forks violet, colleagues and other systems orange."""
