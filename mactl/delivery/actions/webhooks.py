"""Calls of other systems: JSON to the webhooks of mactl.yaml."""

import json

from mactl.delivery.channels.http import Endpoint, HttpSession, parse_endpoint
from mactl.delivery.transport import Answer
from mactl.errors import ConfigurationError
from mactl.project import Project
from mactl.store.actions import ActionKind, QueuedAction


class Webhooks:
    """Who calls webhooks. The action's id is the Idempotency-Key, the same in every repetition."""

    kinds = (ActionKind.WEBHOOK,)

    def __init__(self, project: Project) -> None:
        self._project = project
        self._endpoints: dict[str, Endpoint] = {}
        self._sessions: dict[str, HttpSession] = {}

    def way(self, action: QueuedAction) -> str:
        """The webhook."""
        return action.target

    def open(self, action: QueuedAction) -> None:
        """A connection to the webhook, where none is open."""
        name = action.target
        if name not in self._sessions or not self._sessions[name].is_open:
            self._sessions[name] = HttpSession(self._endpoint(name))

    def perform(self, action: QueuedAction) -> Answer:
        """Posts the body."""
        body = json.dumps(action.body["json"], ensure_ascii=False).encode("utf-8", "replace")
        return self._sessions[action.target].post(body, action.id)

    def close(self) -> None:
        """Ends all connections."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def _endpoint(self, name: str) -> Endpoint:
        if name not in self._endpoints:
            self._endpoints[name] = webhook_endpoint(self._project, name)
        return self._endpoints[name]


def webhook_endpoint(project: Project, name: str) -> Endpoint:
    """The address of a webhook of mactl.yaml: nothing is told to any other.

    Raises ConfigurationError where there is none called so, or it is no address.
    """
    hook = project.settings.webhooks.get(name)
    if hook is None:
        raise ConfigurationError(
            f"mactl.yaml has no webhook {name!r}", f"add webhooks: {{{name}: {{url: …}}}}"
        )
    headers = {header: project.secret(value) for header, value in hook.headers.items()}
    return parse_endpoint(f"webhooks.{name}", project.secret(hook.url), headers)
