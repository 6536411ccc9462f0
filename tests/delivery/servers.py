# ruff: noqa: N802 (the names are aiosmtpd's)
"""Real SMTP servers that behave, and misbehave, as a test wants."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP

from mactl.delivery.server import ServerThread

DROP = "drop the connection"
MIDDLE = b"THE MIDDLE OF THE MESSAGE"

Behaviour = Callable[[str, str], str | None]
"""(stage, recipient or "") → a reply, DROP, or None for the usual."""


@dataclass(frozen=True)
class Taken:
    """A message that a server took."""

    return_path: str
    recipient: str
    message: bytes
    options: tuple[str, ...]


class Server:
    """What a running server was told and took."""

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[Taken] = []
        self.connections = 0
        self.names: list[str] = []
        """What its clients called themselves."""
        self.commands: list[str] = []
        self.hang_up: Callable[[], None] = lambda: None
        """Ends every session, and returns when it is done."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        return [taken.recipient for taken in self.taken]


class _Protocol(SMTP):
    """aiosmtpd's, which can also hang up at any moment."""

    behave: Behaviour

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if MIDDLE in data and self.behave("middle", "") == DROP:
            self.hang_up()
        else:
            super().data_received(data)

    async def smtp_DATA(self, arg: str) -> None:
        recipient = self.envelope.rcpt_tos[-1] if self.envelope and self.envelope.rcpt_tos else ""
        reply = self.behave("DATA", recipient)
        if reply == DROP:
            self.hang_up()
        elif reply:
            await self.push(reply)
        else:
            await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, server: Server, behave: Behaviour) -> None:
        self.server, self.behave = server, behave

    def answer(self, smtp: _Protocol, stage: str, recipient: str = "") -> str | None:
        self.server.commands.append(stage)
        reply = self.behave(stage, recipient)
        if reply == DROP:
            smtp.hang_up()
        return reply

    async def handle_EHLO(
        self, smtp: Any, session: Any, envelope: Any, name: str, replies: list[str]
    ) -> list[str]:
        self.server.names.append(name)
        session.host_name = name
        reply = self.answer(smtp, "EHLO")
        return [reply] if reply else replies

    async def handle_MAIL(
        self, smtp: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        reply = self.answer(smtp, "MAIL")
        if reply:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, smtp: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        reply = self.answer(smtp, "RCPT", address)
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_RSET(self, smtp: Any, session: Any, envelope: Any) -> str:
        return self.answer(smtp, "RSET") or "250 2.0.0 OK"

    async def handle_QUIT(self, smtp: Any, session: Any, envelope: Any) -> str:
        return self.answer(smtp, "QUIT") or "221 2.0.0 Bye"

    async def handle_DATA(self, smtp: Any, session: Any, envelope: Any) -> str:
        (recipient,) = envelope.rcpt_tos
        reply = self.answer(smtp, "end", recipient)
        if reply is None or reply.startswith("2"):
            options = tuple(envelope.mail_options)
            message = envelope.original_content
            self.server.taken.append(Taken(envelope.mail_from, recipient, message, options))
        if self.behave("after", recipient) == DROP:  # it took the message and never said so
            smtp.hang_up()
        return reply or "250 2.0.0 queued as 4711"


@contextmanager
def smtp_server(
    behave: Behaviour = lambda stage, recipient: None,
    *,
    tls: ssl.SSLContext | None = None,
    **options: Any,
) -> Iterator[Server]:
    """A server on a free port; `options` are those of aiosmtpd's SMTP, `tls` is spoken from the first byte."""
    server = Server()

    def connect(loop: asyncio.AbstractEventLoop) -> SMTP:
        server.connections += 1
        protocol = _Protocol(_Handler(server, behave), loop=loop, **options)
        protocol.behave = behave
        return protocol

    options = {"enable_SMTPUTF8": True, "hostname": "server.test", **options}
    with ServerThread(connect, tls) as thread:
        server.port = thread.port
        server.hang_up = thread.hang_up
        yield server


@contextmanager
def scripted_server(*lines: bytes | None) -> Iterator[Server]:
    """A server that says its lines one by one, each after the first when it has heard a line; None ends the session.

    For what no real server would say.
    """
    server = Server()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=_play, args=(listening, lines, server))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _play(listening: socket.socket, lines: tuple[bytes | None, ...], server: Server) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            server.connections += 1
            with suppress(OSError), connection, connection.makefile("rb") as heard:
                connection.settimeout(5)
                for line in lines:
                    if line is None:
                        break
                    connection.sendall(line)
                    server.commands.append(heard.readline().decode().strip())
                else:
                    heard.read()
