"""From a claimed send to the bytes that go out, with nothing but the state: gates again, then the message."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.content.headers import BadHeader
from mactl.content.message import build_message
from mactl.content.render import CannotRender as TemplateFails
from mactl.content.render import Renderer
from mactl.content.source import TemplateSource
from mactl.content.values import values_from_json
from mactl.delivery.desk import CannotRender, Go, Hold, Skip, Verdict
from mactl.delivery.transport import Envelope
from mactl.journey.legal import LegalTime, QuietTime
from mactl.journey.verdicts import QUIET_THERE, SUPPRESSED, TOO_LATE, Gate
from mactl.project import Settings
from mactl.store.ledger import QueuedSend, read_contents
from mactl.store.state import State
from mactl.store.suppressions import ALL_MAIL, find_suppressions
from mactl.store.tokens import Tokens

if TYPE_CHECKING:
    from mactl.delivery.dkim import Signers


@lru_cache(64)
def _address_in(mailbox: str) -> str:
    return parseaddr(mailbox)[1]


class Post:
    """What a worker does with each send: judge it once more, and write the letter."""

    def __init__(
        self, state: State, settings: Settings, now: Callable[[], int], signer: "Signers | None"
    ) -> None:
        self._state = state
        self._settings = settings
        self._now = now
        self._signer = signer
        self._tokens = Tokens(state.secret)
        self._renderers: dict[str, Renderer] = {}
        self._sources: dict[str, str] = {}
        self._legal = LegalTime(QuietTime.of(settings.limits))

    def judge(self, sends: Sequence[QueuedSend]) -> list[Verdict]:
        """Gates at the claim, from the state as it stands (rule 4)."""
        keys = {send.address_key for send in sends}
        suppressed = self._state.read(lambda connection: find_suppressions(connection, keys))
        # Read here, where nobody else writes: a message is composed while the ledger is kept.
        self._read_sources({send.content for send in sends if send.content})
        return [self._verdict(send, suppressed.get(send.address_key, {})) for send in sends]

    def _verdict(self, send: QueuedSend, suppressed: dict[str, str]) -> Verdict:
        topics = [ALL_MAIL, send.topic] if send.marketing else [ALL_MAIL]
        for topic in topics:
            if topic is not None and topic in suppressed:
                return Skip(Gate.SUPPRESSION, f"{SUPPRESSED}{suppressed[topic]}")
        now = self._now()
        if send.latest_at < now:
            return Skip(Gate.LATENESS, TOO_LATE)
        if send.marketing:
            zone = zone_named(send.zone or self._settings.timezone)
            legal = to_epoch(self._legal.next_legal(from_epoch(now), zone))
            if legal > now:
                return Hold(Gate.QUIET_HOURS, QUIET_THERE, legal)
        return Go()

    def compose(self, send: QueuedSend) -> Envelope:
        """The message, signed where the project has a key; CannotRender where its template fails on its values."""
        renderer = self._renderer(send)
        source = renderer.source
        values = values_from_json(send.merge or "{}")
        way_out = values["unsubscribe_url"]
        try:
            rendered = renderer.render(values)
            message = build_message(
                rendered,
                from_=source.from_ or "",
                to=send.address,
                message_id=send.message_id or "",
                date=datetime.fromtimestamp(self._now(), UTC),
                reply_to=source.reply_to,
                unsubscribe=[way_out] if send.marketing else [],
                one_click=send.marketing and way_out.startswith("https:"),
                auto_submitted=not send.marketing,
            )
        except (TemplateFails, BadHeader) as failed:
            raise CannotRender(str(failed)) from failed
        if self._signer is not None:
            message = self._signer.sign(message, self._now())
        return Envelope(self._return_path(send, source), send.address, message)

    def _renderer(self, send: QueuedSend) -> Renderer:
        hash = send.content or ""
        if hash not in self._renderers:
            self._read_sources({hash})
            if hash not in self._sources:
                raise CannotRender("its template is not in the state")
            try:
                self._renderers[hash] = Renderer(TemplateSource.from_json(self._sources[hash]))
            except ValueError as older:  # the next run compiles it anew
                raise CannotRender(str(older)) from older
        return self._renderers[hash]

    def _read_sources(self, hashes: set[str]) -> None:
        missing = hashes - self._sources.keys()
        if missing:
            self._sources |= self._state.read(lambda connection: read_contents(connection, missing))

    def _return_path(self, send: QueuedSend, source: TemplateSource) -> str:
        """Where bounces come back to: a mailbox with the send's own token, or the sender where none is named."""
        sender = self._settings.sender
        if sender is None or sender.bounces is None:
            return _address_in(source.from_ or "")
        local, _, domain = sender.bounces.rpartition("@")
        return f"{local}+{self._tokens.return_path(send.id)}@{domain}"
