"""From a claimed send to what a channel beside e-mail is told, with nothing but the state and mactl.yaml."""

from collections.abc import Callable
from typing import cast

from mactl.content.parts import TextChannel
from mactl.content.render import CannotRender as TemplateFails
from mactl.content.values import values_from_json
from mactl.delivery.channels.telling import AUDIENCE, NoSuchField, tell
from mactl.delivery.desk import CannotRender
from mactl.delivery.transport import Envelope
from mactl.project import Settings
from mactl.project.channels import Channel
from mactl.store.ledger import QueuedSend
from mactl.store.state import State
from mactl.workflows.posting.post import Post


class ChannelPost(Post):
    """What a worker does with each send on a channel: judge it as any other, and write what is told."""

    def __init__(
        self, state: State, settings: Settings, now: Callable[[], int], name: str, channel: Channel
    ) -> None:
        super().__init__(state, settings, now, None)
        self._name = name
        self._channel = channel

    def compose(self, send: QueuedSend) -> Envelope:
        """What is told of the send; CannotRender where its template fails on its values, or a declared column is
        lacking."""
        values = values_from_json(send.merge or "{}")
        text = None
        try:
            if self._name != AUDIENCE:
                text = self._renderer(send).render_text(cast(TextChannel, self._name), values)
            message = tell(self._name, self._channel, send, text, values.get("contact") or {})
        except (TemplateFails, NoSuchField) as failed:
            raise CannotRender(str(failed)) from failed
        return message.envelope(send.address)
