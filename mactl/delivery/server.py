"""An SMTP server of our own on this machine, for trying things out: it keeps every message and sends none on."""

import asyncio
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from mactl.delivery.maildir import keep_message, make_maildir
from mactl.delivery.transport import Envelope as Kept

_LARGEST = 64 * 1024 * 1024  # octets of a message
_ENOUGH = 10  # seconds that starting and stopping may take

Factory = Callable[[asyncio.AbstractEventLoop], SMTP]


class ServerThread:
    """A context manager: an SMTP server on a free port of 127.0.0.1, in a thread of its own.

    `factory` makes the protocol of a connection; `tls` is spoken from the first byte. Leaving it ends every
    connection. (aiosmtpd's own Controller wants to know a free port beforehand, and leaves connections open.)
    """

    def __init__(self, factory: Factory, tls: ssl.SSLContext | None = None) -> None:
        self._factory = factory
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._connections: WeakSet[SMTP] = WeakSet()
        self._server: asyncio.Server | None = None
        self.port = 0
        """The port that it listens on, once it is entered."""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(_ENOUGH)
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        self._loop.call_soon_threadsafe(self._server.close)
        self.hang_up()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_ENOUGH)
        self._loop.close()

    def hang_up(self) -> None:
        """Ends every connection that is open, without a word."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(_ENOUGH)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._connect, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    def _connect(self) -> SMTP:
        connection = self._factory(self._loop)
        self._connections.add(connection)
        return connection

    async def _hang_up(self) -> None:
        for connection in list(self._connections):
            if isinstance(connection.transport, asyncio.WriteTransport):
                # Until Python 3.11.4 a TLS transport that has ended had nothing left to abort with.
                with suppress(AttributeError):
                    connection.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # so that the transports see that they are closed


class EmbeddedServer:
    """A context manager: a server on a free port of 127.0.0.1 that keeps what it is sent in a Maildir."""

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir
        handler = _Keeper(maildir)
        self._thread = ServerThread(
            lambda loop: SMTP(
                handler,
                loop=loop,
                hostname="localhost",
                data_size_limit=_LARGEST,
                enable_SMTPUTF8=True,
            )
        )

    @property
    def url(self) -> str:
        """The `smtp.url` that leads to it, once it is entered."""
        return f"smtp://127.0.0.1:{self._thread.port}"

    def __enter__(self) -> Self:
        make_maildir(self._maildir)
        self._thread.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.__exit__(*error)


class _Keeper:
    """What aiosmtpd asks what to do with a message."""

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = envelope.content if isinstance(envelope.content, bytes) else b""
        # aiosmtpd leaves the brackets around an empty one.
        return_path = (envelope.mail_from or "").strip("<>")
        for recipient in envelope.rcpt_tos:
            kept = Kept(return_path, recipient, message)
            try:
                await asyncio.to_thread(keep_message, self._maildir, kept)
            except OSError as error:
                return f"451 4.3.0 {error.strerror}"
        return "250 2.0.0 kept"
