"""What mactl.yaml leaves to the environment: `${NAME}`, or `${NAME:-DEFAULT}`."""

import re
from collections.abc import Mapping

from mactl.errors import ConfigurationError

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def fill_in_secrets(text: str, environment: Mapping[str, str]) -> str:
    """`text` with each `${NAME}` replaced from `environment`, or by DEFAULT in `${NAME:-DEFAULT}`.

    Raises ConfigurationError where the environment lacks a name that has no default.
    """

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        if name not in environment and default is not None:
            return str(default)
        if name not in environment:
            raise ConfigurationError(
                f"the environment has no {name}, which mactl.yaml asks for", f"export {name}=…"
            )
        return environment[name]

    return _SECRET.sub(value, text)


def named_secrets(*texts: str) -> dict[str, str | None]:
    """Each NAME of a `${NAME}` in `texts`, with its default; None where they ask for it once without one."""
    names: dict[str, str | None] = {}
    for text in texts:
        for match in _SECRET.finditer(text):
            name, default = match.groups()
            names[name] = None if names.get(name, default) is None else default
    return names
