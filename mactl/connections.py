"""What goes wrong with connections to servers, in words for people."""

import os
import re
import ssl

from mactl.errors import ConfigurationError

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST_TEXT = 500  # characters of what a server says that are kept


def trouble_of(error: object) -> str | None:
    """What went wrong with a connection; None where `error` is another than the system's and TLS's, or says nothing."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, OSError) and isinstance(error.strerror, str):
        # asyncio's own words for it name the address once more.
        if error.errno and type(error).__module__ == "builtins":
            return os.strerror(error.errno)
        return error.strerror or None
    return None


def certificate_fault(server: object, error: ssl.SSLCertVerificationError) -> ConfigurationError:
    """What is told of a certificate of `server` that does not hold."""
    return ConfigurationError(
        f"{server}: its certificate does not hold: {error.verify_message}",
        "name the server as its certificate does, and keep the system's certificates up to date",
    )


def readable(text: str) -> str:
    """One line of `text` that is safe to show and to keep."""
    return _CONTROLS.sub(" ", text).strip()[:_LONGEST_TEXT]
