"""What an audit is given to look with, and what it is asked to look at."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.x509 import Certificate

from mactl.audit.dns import Resolver
from mactl.audit.envelope import Envelope
from mactl.audit.evidence import Evidence
from mactl.audit.selectors import DEFAULT_LOGO
from mactl.audit.web import Web

DEADLINE = 5.0


@dataclass(frozen=True, slots=True)
class Means:
    """The DNS, the web and the time (with a time zone) of one run; nothing else is looked at.

    `trusted` are roots that may vouch for a mark certificate, beside those of the mark authorities.
    """

    resolver: Resolver
    web: Web
    now: datetime
    trusted: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at beside what the DNS of a domain shows by itself.

    `selectors` are DKIM selectors that must have a key, `learned_selectors` (each after its domain)
    those that messages and reports name, `deadline` the seconds that one domain may take in all,
    `envelopes` the clients whose mail SPF is asked about. `every_server` asks each
    server of the zone by itself.
    """

    selectors: tuple[str, ...] = ()
    learned_selectors: tuple[tuple[str, str], ...] = ()
    guess_selectors: bool = True
    bimi_selector: str = DEFAULT_LOGO
    deadline: float = DEADLINE
    envelopes: tuple[Envelope, ...] = ()
    every_server: bool = False
    seen: tuple[tuple[str, Evidence], ...] = ()
    """What was seen of real mail, for the scorecard: an author domain, and what its mail shows."""


DEFAULT_SCOPE = Scope()
