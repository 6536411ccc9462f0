"""A heartbeat: an address of a monitoring service that is asked for, which raises the alarm where that stops."""

import time

from mactl.delivery.channels.http import HttpSession, Patience, parse_endpoint
from mactl.delivery.transport import Answer, Lost, Reply, Unreachable
from mactl.errors import ConfigurationError

_PATIENCE = Patience(connection=5, answer=5)  # a run should not wait for whoever watches it
_AGAIN_AFTER = 1.0  # seconds, once: a single lost packet is no reason for an alarm


def beat(name: str, url: str) -> str | None:
    """Ask for `url` with GET, which all monitoring services take; why it was not heard, or None where it was.

    `name` is what mactl.yaml calls the address, which itself is never shown: whoever knows it can pretend that all is
    well. Takes ten seconds an attempt at most, beside the look-up of the name, and never raises. An answer that leads
    elsewhere is not followed.
    """
    try:
        why, may_pass = _ask(name, url)
        if may_pass:
            time.sleep(_AGAIN_AFTER)
            why, _ = _ask(name, url)
    except ConfigurationError as error:
        return error.message
    return why


def _ask(name: str, url: str) -> tuple[str | None, bool]:
    """Why it was not heard, if so, and whether that may pass by itself."""
    endpoint = parse_endpoint(name, url)
    try:
        session = HttpSession(endpoint, patience=_PATIENCE)
    except Unreachable as error:
        return error.message, True
    try:
        answer: Answer = session.get()
    finally:
        session.close()
    if isinstance(answer, Reply) and answer.is_taken:
        return None, False
    may_pass = isinstance(answer, Lost) or (isinstance(answer, Reply) and answer.is_temporary)
    why = answer.why if isinstance(answer, Lost) else answer
    return f"{endpoint}: {why}", may_pass
