"""The scorecard: which requirements each mailbox provider has, and what each comes to.

From Google's email sender guidelines, Yahoo's sender best practices and Microsoft's requirements
for high-volume senders, for domains that send 5,000 messages a day or more.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mactl.audit.names import printable
from mactl.audit.scorecard import requirements
from mactl.audit.scorecard.requirements import Judged, Known, Result

BULK = 5000  # messages a day to one provider's mailboxes

_Requirement = tuple[str, Callable[[Known], Judged]]

_GMAIL: tuple[_Requirement, ...] = (
    ("spf-or-dkim", requirements.spf_or_dkim),
    ("spf", requirements.spf),
    ("dkim", requirements.dkim),
    ("dkim-1024-bits", requirements.dkim_bits),
    ("dmarc", requirements.dmarc),
    ("alignment", requirements.alignment),
    ("forward-and-reverse-dns", requirements.reverse),
    ("tls", requirements.tls),
    ("spam-rate", requirements.spam_rate),
    ("one-click-unsubscribe", requirements.one_click),
    ("unsubscribe-within-2-days", requirements.unsubscribed_in_time),
)
PROVIDERS: dict[str, tuple[_Requirement, ...]] = {
    "gmail": _GMAIL,
    "yahoo": _GMAIL,
    "microsoft": (
        ("spf", requirements.spf),
        ("dkim", requirements.dkim),
        ("dmarc", requirements.dmarc),
        ("alignment", requirements.alignment),
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement of one provider, judged."""

    requirement: str
    judged: Judged

    def as_json(self) -> dict[str, object]:
        """The line as plain values; `findings` are ids of findings in the same report."""
        return {
            "requirement": self.requirement,
            "result": self.judged.result.value,
            "why": self.judged.why,
            "source": printable(self.judged.source),
            "findings": list(self.judged.findings),
        }


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The requirements of each provider, by its name."""

    providers: dict[str, tuple[Line, ...]]

    def fails(self, provider: str) -> tuple[Line, ...]:
        """The requirements of `provider` that are surely not met."""
        return tuple(line for line in self.providers[provider] if line.judged.result is Result.FAIL)

    def as_json(self) -> dict[str, object]:
        """The scorecard as plain values."""
        return {
            provider: [line.as_json() for line in lines]
            for provider, lines in self.providers.items()
        }


def score(known: Known) -> Scorecard:
    """The scorecard for what is `known`; each requirement is judged once."""
    judged = {id: judge(known) for lines in PROVIDERS.values() for id, judge in lines}
    return Scorecard(
        {
            provider: tuple(Line(id, judged[id]) for id, _ in lines)
            for provider, lines in PROVIDERS.items()
        }
    )
