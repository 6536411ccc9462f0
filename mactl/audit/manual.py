"""Every kind of finding that is explained: what an audit knows, and what is said of a project's sender."""

from mactl.audit.catalogue import KINDS_BY_STANDARD
from mactl.audit.kinds import FindingKind
from mactl.audit.sender import kinds as sender

CHAPTERS: dict[str, dict[str, FindingKind]] = {**KINDS_BY_STANDARD, "sender": sender.KINDS}
"""The kinds by what they are about, each by its id."""

EXPLAINED: dict[str, FindingKind] = {
    id: kind for kinds in CHAPTERS.values() for id, kind in kinds.items()
}
CHAPTER_OF: dict[str, str] = {id: chapter for chapter, kinds in CHAPTERS.items() for id in kinds}
