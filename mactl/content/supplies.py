"""What a project supplies to every template: how values are written, and what it declares for templates to use."""

from dataclasses import asdict, dataclass
from typing import Any

from mactl.project import Settings

Declared = frozenset[str] | None
"""Names that mactl.yaml declares; None where that is not known, and any name will do."""

ADDRESSES = {
    "unsubscribe_url": "unsubscribe",
    "preferences_url": "preferences",
    "view_url": "view",
    "confirm_url": "confirm",
}
"""Names of addresses in templates → the key of `sender` in mactl.yaml that declares each."""


@dataclass(frozen=True, slots=True)
class Supplies:
    """`locale` and `currency` of the project, and the names of what templates may use of it."""

    locale: str = "en"
    currency: str = "EUR"
    tables: Declared = None
    """For `lookup`: the tables under `data`."""
    codes: Declared = None
    """For `code`: the lists under `codes`."""
    addresses: Declared = None
    """Which of `ADDRESSES` there are."""

    @classmethod
    def of(cls, settings: Settings) -> "Supplies":
        """What a project with these settings supplies; without a sender its addresses are not known."""
        sender = settings.sender
        addresses = sender and frozenset(
            name for name, key in ADDRESSES.items() if getattr(sender, key) is not None
        )
        return cls(
            settings.locale,
            settings.currency,
            frozenset(settings.data),
            frozenset(settings.codes),
            addresses or None,
        )

    def to_plain(self) -> dict[str, Any]:
        """The whole as JSON has it."""
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Supplies":
        """What `to_plain` wrote."""
        declared: dict[str, Any] = {
            name: frozenset(value) if isinstance(value, list) else value
            for name, value in plain.items()
        }
        return cls(**declared)


UNKNOWN = Supplies()
"""Nothing is known of the project: whatever a template uses of it will do."""
