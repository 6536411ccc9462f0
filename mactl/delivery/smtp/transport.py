"""From a server's address to a session that is greeted, secured and logged in."""

import asyncio
import ssl

from mactl.connections import certificate_fault
from mactl.delivery.smtp.auth import is_in, log_in
from mactl.delivery.smtp.server import Patience, Server
from mactl.delivery.smtp.session import SmtpSession
from mactl.delivery.smtp.wire import Wire, WireLost, WireReply, words
from mactl.delivery.transport import Unreachable
from mactl.errors import ConfigurationError


class SmtpTransport:
    """Sessions with one server. `name` is what we call ourselves, else our address (RFC 5321 4.1.4)."""

    def __init__(
        self,
        server: Server,
        *,
        name: str | None = None,
        tls: ssl.SSLContext | None = None,
        patience: Patience | None = None,
    ) -> None:
        if (
            tls is None and server.security != "none"
        ):  # it takes a while to read all the authorities
            tls = ssl.create_default_context()  # verifies the chain and the name
        self._server = server
        self._name = name
        self._tls = tls
        self._patience = patience or Patience()

    async def open(self) -> SmtpSession:
        """A session that is greeted, secured and logged in as the server's address says.

        Raises Unreachable, or ConfigurationError where trying again cannot help.
        """
        try:
            return await self._open()
        except ssl.SSLCertVerificationError as error:
            raise certificate_fault(self._server, error) from error
        except WireLost as lost:
            why = str(lost)
            if why.startswith("not an answer"):
                why = "what answers there does not speak SMTP"
            raise Unreachable(f"{self._server}: {why}") from lost
        except OSError as error:
            raise Unreachable(f"{self._server}: {words(error)}") from error

    async def _open(self) -> SmtpSession:
        server, patience = self._server, self._patience
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(patience.connection):
            _, wire = await loop.create_connection(
                Wire,
                server.host,
                server.port,
                ssl=self._tls if server.security == "tls" else None,
                # The standard's name for it; asyncio has sent at once (TCP_NODELAY) since 3.6.
                happy_eyeballs_delay=0.25,
            )
        try:
            greeting = await wire.reply(patience.command)
            if greeting.code != 220:
                raise WireLost(_as_told(greeting))
            offered = await self._say_hello(wire)
            if server.security == "starttls":
                await self._start_tls(wire, offered)
                # What it offered before was in the clear: RFC 3207 4.2.
                offered = await self._say_hello(wire)
            if server.user is not None:
                await self._log_in(wire, offered)
        except BaseException:
            wire.abort()
            raise
        return SmtpSession(wire, offered, patience)

    async def _say_hello(self, wire: Wire) -> dict[str, str]:
        """The server's extensions in lower case, each with what is said of it."""
        name, patience = self._name or wire.own_address, self._patience.command
        reply = await wire.ask(f"EHLO {name}", patience)
        if reply.code == 250:
            offers = (line.partition(" ") for line in reply.lines[1:])
            return {keyword.lower(): said for keyword, _, said in offers if keyword}
        if reply.code // 100 == 5:
            reply = await wire.ask(
                f"HELO {name}", patience
            )  # RFC 5321 3.2: an old one knows no EHLO
        if reply.code // 100 != 2:
            raise WireLost(_as_told(reply))
        return {}

    async def _start_tls(self, wire: Wire, offered: dict[str, str]) -> None:
        if "starttls" not in offered:
            raise ConfigurationError(
                f"{self._server}: it offers no STARTTLS, and nothing goes out without",
                "try smtps://, or the port that the provider names for sending",
            )
        reply = await wire.ask("STARTTLS", self._patience.command)
        if reply.code != 220:
            raise WireLost(_as_told(reply))
        if wire.has_spoken:  # what came before TLS is not taken for what came after: CVE-2011-0411
            raise WireLost("it said something before TLS began")
        assert self._tls is not None
        await wire.start_tls(self._tls, self._server.host, self._patience.connection)

    async def _log_in(self, wire: Wire, offered: dict[str, str]) -> None:
        server = self._server
        try:
            reply = await log_in(
                wire, server, offered.get("auth", "").split(), self._patience.command
            )
        except UnicodeEncodeError:
            raise ConfigurationError(
                "the user or password in `smtp.url` has letters beyond ASCII, which AUTH cannot send"
            ) from None
        if reply is None:
            raise ConfigurationError(
                f"{server}: it offers no way to log in that is known here",
                "leave user and password out of `smtp.url`, or use the port for sending (587, 465)",
            )
        if is_in(reply):
            return
        if reply.code // 100 == 4:
            raise WireLost(_as_told(reply))
        raise ConfigurationError(
            f"{server}: it refuses the user {server.user}: {_as_told(reply)}",
            "look at the user and the password in `smtp.url`",
        )


def _as_told(reply: WireReply) -> str:
    return f"{reply.code} {reply.text}"
