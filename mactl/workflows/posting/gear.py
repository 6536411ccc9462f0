"""What sending needs beside the queue: the way out, the key that signs, and how fast it may go."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mactl.clock import from_epoch, to_day, zone_named
from mactl.delivery.opening import open_transport
from mactl.delivery.throttle import Pace, Throttle
from mactl.delivery.transport import Transport
from mactl.errors import ConfigurationError
from mactl.project import Project, Sender, Settings, need_sender
from mactl.project.smtp import Smtp

if TYPE_CHECKING:
    from mactl.delivery.dkim import Signers


@dataclass(frozen=True)
class Gear:
    """The way that mail takes, and who signs it, where anybody does."""

    transport: Transport
    signer: "Signers | None"
    pace: Pace


def gear_of(project: Project) -> Gear:
    """What mactl.yaml says of sending.

    Raises ConfigurationError where it doesn't say it all, the environment lacks a secret, or a key can't be read.
    """
    sender = need_sender(project.settings)
    signer = _signer_of(project, sender)
    transport = open_transport(smtp_url(project), project.folder)
    return Gear(transport, signer, _pace_of(project.settings.smtp))


def _signer_of(project: Project, sender: Sender) -> "Signers | None":
    if not sender.dkim_keys:
        return None
    from mactl.delivery.dkim import Signers, load_signer  # cryptography is slow to import

    return Signers(
        tuple(
            load_signer(key.domain, key.selector, project.path(project.secret(key.key)))
            for key in sender.dkim_keys
        )
    )


def throttle_of(gear: Gear, settings: Settings, now: Callable[[], int]) -> Throttle | None:
    """What holds one worker back; None where nothing does. `now` is the present epoch second."""
    if gear.pace.is_free:
        return None
    zone = zone_named(settings.timezone)

    def today() -> int:
        return to_day(from_epoch(now()).astimezone(zone).date())

    # How fast is a matter of the machine's time, also where a run has a day of its own.
    return Throttle(gear.pace, lambda: time.time_ns() // 1_000_000, today)


def _pace_of(smtp: Smtp | None) -> Pace:
    if smtp is None:
        return Pace()
    daily = smtp.warm_up.limit if smtp.warm_up is not None else None
    return Pace(smtp.rate, {name.lower(): rate for name, rate in smtp.per_domain.items()}, daily)


def smtp_url(project: Project) -> str:
    """Where messages go out; ConfigurationError where mactl.yaml does not say, or the environment lacks a secret."""
    if project.settings.smtp is None:
        raise ConfigurationError(
            "mactl.yaml names no relay",
            "add smtp: {url: …}; maildir:outbox writes to a folder instead",
        )
    return project.secret(project.settings.smtp.url)
