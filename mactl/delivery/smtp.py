"""Sessions with an SMTP server (RFC 5321), over TLS wherever anything is secret."""

import ipaddress
import re
import select
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from mactl.delivery.transport import (
    Answer,
    Envelope,
    Lost,
    Reply,
    Stage,
    Undeliverable,
    Unreachable,
)
from mactl.errors import ConfigurationError

Security = Literal["none", "tls", "starttls"]
_SECURITY: dict[str, Security] = {"smtp": "none", "smtps": "tls", "smtp+starttls": "starttls"}
_PORTS: dict[Security, int] = {"none": 25, "tls": 465, "starttls": 587}  # RFC 8314 3.3, RFC 6409
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LONGEST_REPLY = 500  # characters of it that are kept


@dataclass(frozen=True, slots=True)
class Server:
    """A server and how to speak with it."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for the server (RFC 5321 4.5.3.2)."""

    connection: float = 30
    command: float = 300
    end_of_message: float = 600
    farewell: float = 5


def parse_server(url: str) -> Server:
    """The server that smtp://, smtps:// or smtp+starttls:// names, with user and password where it has them.

    Raises ConfigurationError, without the password, where it is none, or where the password would go out in the clear.
    """
    try:
        parts = urlsplit(url)
        security, host, port = _SECURITY[parts.scheme], parts.hostname, parts.port
    except (ValueError, KeyError):
        raise ConfigurationError("`smtp.url` is not a server's address", _EXAMPLE) from None
    if not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError("`smtp.url` is not a server's address", _EXAMPLE)
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if user and security == "none" and not is_loopback(host):
        raise ConfigurationError(
            f"`smtp.url` would send the password to {host} in the clear",
            "write smtp+starttls:// or smtps://",
        )
    return Server(host, port or _PORTS[security], security, user, password)


_EXAMPLE = "write smtp+starttls://user:password@host, with @ : / in a password as %40 %3A %2F"


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

    def open(self) -> "SmtpSession":
        """A session that is greeted, secured and logged in as the server's address says."""
        try:
            wire = self._connect()
        except ssl.SSLCertVerificationError as error:
            raise ConfigurationError(
                f"{self._server}: its certificate does not hold: {error.verify_message}",
                "name the server as its certificate does, and keep the system's certificates up to date",
            ) from error
        except smtplib.SMTPResponseException as error:
            answer = f"{error.smtp_code} {_readable(error.smtp_error)}"
            if error.smtp_code < 0:
                answer = "what answers there does not speak SMTP"
            raise Unreachable(f"{self._server}: {answer}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{self._server}: {_words(error)}") from error
        return SmtpSession(wire, self._patience)

    def _connect(self) -> "_Wire":
        server, patience = self._server, self._patience
        # With a name of its own smtplib does not look one up, which can take long.
        at = (server.host, server.port, "localhost")
        wire = (
            _TlsWire(*at, timeout=patience.connection, context=self._tls)
            if server.security == "tls"
            else _Wire(*at, timeout=patience.connection)
        )
        try:
            wire.send_at_once()
            wire.local_hostname = self._name or wire.own_address()
            wire.wait_at_most(patience.command)
            wire.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                self._start_tls(wire)
            if server.user is not None:
                self._log_in(wire, server.user, server.password or "")
        except BaseException:
            wire.close()
            raise
        # Nothing but ASCII is sent, unless the server offers SMTPUTF8.
        wire.command_encoding = "utf-8"
        return wire

    def _start_tls(self, wire: "_Wire") -> None:
        if not wire.has_extn("starttls"):
            raise ConfigurationError(
                f"{self._server}: it offers no STARTTLS, and nothing goes out without",
                "try smtps://, or the port that the provider names for sending",
            )
        wire.starttls(context=self._tls)
        wire.ehlo_or_helo_if_needed()  # what it offered before was in the clear: RFC 3207 4.2

    def _log_in(self, wire: "_Wire", user: str, password: str) -> None:
        try:
            wire.login(user, password)
        except smtplib.SMTPServerDisconnected:
            raise
        except UnicodeEncodeError:
            raise ConfigurationError(
                "the user or password in `smtp.url` has letters beyond ASCII, which AUTH cannot send"
            ) from None
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code // 100 == 4:
                raise
            raise ConfigurationError(
                f"{self._server}: it refuses the user {user}: {error.smtp_code} {_readable(error.smtp_error)}",
                "look at the user and the password in `smtp.url`",
            ) from error
        except smtplib.SMTPException as error:
            raise ConfigurationError(
                f"{self._server}: it offers no way to log in that is known here",
                "leave user and password out of `smtp.url`, or use the port for sending (587, 465)",
            ) from error


class SmtpSession:
    """A connection that is kept for one message after another."""

    def __init__(self, wire: "_Wire", patience: Patience) -> None:
        self._wire = wire
        self._patience = patience

    @property
    def is_open(self) -> bool:
        """Whether the connection still stands, as far as we know."""
        return self._wire.sock is not None

    def deliver(self, envelope: Envelope) -> Answer:
        """Sends one message. The session is closed after a loss, and after a 421."""
        obstacle = self._obstacle(envelope)
        if obstacle:
            return Undeliverable(obstacle)
        try:
            answer = self._converse(envelope)
        except BaseException:
            self._wire.close()  # in the middle of a message a goodbye would become part of it
            raise
        if isinstance(answer, Lost) or answer.is_closing:
            self._wire.close()
        elif answer.stage is not Stage.MESSAGE:
            self._reset()
        return answer

    def close(self) -> None:
        """Says goodbye, and doesn't wait long for an answer."""
        if self._wire.sock is not None:
            try:
                self._wire.wait_at_most(self._patience.farewell)
                self._wire.docmd("QUIT")
            except (OSError, smtplib.SMTPException):
                pass  # it is over either way
        self._wire.close()

    def _obstacle(self, envelope: Envelope) -> str | None:
        """Why this server can't be given the message."""
        addresses = envelope.recipient + envelope.return_path
        if envelope.obstacle:
            return envelope.obstacle
        if not addresses.isascii() and not self._wire.has_extn("smtputf8"):
            return "the address has letters beyond ASCII, which the server does not take (SMTPUTF8)"
        message = envelope.message
        if not (message.count(b"\r\n") == message.count(b"\r") == message.count(b"\n")):
            return "the message has a bare CR or LF in it"  # RFC 5321 2.3.8: it might end where no one meant
        if message.isascii():
            return None
        if not _header(message).isascii() and not self._wire.has_extn("smtputf8"):
            return "the header has letters beyond ASCII, which the server does not take (SMTPUTF8)"
        if not self._wire.has_extn("8bitmime"):
            return "the message has bytes beyond ASCII, which the server does not take (8BITMIME)"
        return None

    def _converse(self, envelope: Envelope) -> Reply | Lost:
        stage = Stage.MAIL
        try:
            if self._wire.has_spoken():
                return Lost(stage, "the server had ended the session")
            reply = self._ask(stage, f"MAIL FROM:<{envelope.return_path}>{self._options(envelope)}")
            if reply.code // 100 != 2:
                return reply
            stage = Stage.RCPT
            reply = self._ask(stage, f"RCPT TO:<{envelope.recipient}>")
            if reply.code // 100 != 2:
                return reply
            stage = Stage.DATA
            reply = self._ask(stage, "DATA")
            if reply.code // 100 in (4, 5):
                return reply
            if reply.code != 354:
                return Lost(stage, f"the server answered {reply.code}, which means nothing here")
            stage = Stage.MESSAGE
            self._wire.send(_stuffed(envelope.message))
            self._wire.wait_at_most(self._patience.end_of_message)
            reply = self._ask(stage)
            self._wire.wait_at_most(self._patience.command)
        except (OSError, smtplib.SMTPException) as error:
            return Lost(stage, _words(error))
        return reply

    def _ask(self, stage: Stage, command: str | None = None) -> Reply:
        if command is not None:
            self._wire.putcmd(command)
        code, text = self._wire.getreply()
        if not 200 <= code < 600 or (code // 100 == 3 and stage is not Stage.DATA):
            # What is no answer leaves us where silence would.
            raise smtplib.SMTPServerDisconnected(f"not an answer: {code} {_readable(text)}")
        return Reply(code, _readable(text), stage)

    def _options(self, envelope: Envelope) -> str:
        """What the server is told beforehand, where it said that it wants to know."""
        offered = self._wire.has_extn
        options = ""
        if offered("size"):
            options += f" SIZE={len(envelope.message)}"  # RFC 1870 6
        if not envelope.message.isascii():
            options += " BODY=8BITMIME"  # RFC 6152 3; _obstacle saw that it is offered
        addresses = envelope.recipient + envelope.return_path
        if not addresses.isascii() or not _header(envelope.message).isascii():
            options += " SMTPUTF8"  # RFC 6531 3.4
        return options

    def _reset(self) -> None:
        """Forgets a message that was refused half-way (RFC 5321 4.1.1.5)."""
        try:
            code, _ = self._wire.docmd("RSET")
        except (OSError, smtplib.SMTPException):
            code = -1
        if code // 100 != 2:
            self._wire.close()


class _Wire(smtplib.SMTP):
    """smtplib's connection, which also notices what nobody asked for."""

    def own_address(self) -> str:
        """This end of the connection as an address literal (RFC 5321 4.1.3)."""
        assert self.sock is not None
        address = ipaddress.ip_address(self.sock.getsockname()[0].partition("%")[0])
        return f"[{'IPv6:' if address.version == 6 else ''}{address}]"

    def send_at_once(self) -> None:
        """Has the end of a message not wait for the server's word that the rest has come (RFC 896)."""
        assert self.sock is not None
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def wait_at_most(self, seconds: float) -> None:
        """How long the server may take from here on."""
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def has_spoken(self) -> bool:
        """Whether the server said something, or hung up, without being asked: a goodbye, or worse."""
        sock, file = self.sock, self.file
        assert sock is not None
        waited = sock.gettimeout()
        sock.settimeout(0)
        try:
            if file is not None and file.peek(1):
                return True
            # `peek` finds nothing in silence and at the end alike, but TLS raises in silence, and the end is readable.
            return isinstance(sock, ssl.SSLSocket) or bool(select.select([sock], [], [], 0)[0])
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        except OSError:
            return True
        finally:
            sock.settimeout(waited)

    def docmd(self, cmd: str, args: str = "") -> tuple[int, bytes]:
        """As smtplib's, but nothing that came before TLS began is taken for what came after (CVE-2011-0411)."""
        reply = super().docmd(cmd, args)
        if cmd == "STARTTLS" and reply[0] == 220 and self.has_spoken():
            raise smtplib.SMTPServerDisconnected("it said something before TLS began")
        return reply


class _TlsWire(_Wire, smtplib.SMTP_SSL):
    """The same over TLS from the first byte (RFC 8314)."""


def _header(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[0]


def _stuffed(message: bytes) -> bytes:
    """With lines that begin with a dot given another one, and the end of the message (RFC 5321 4.5.2)."""
    text = message.replace(b"\r\n.", b"\r\n..")
    if text.startswith(b"."):
        text = b"." + text
    return text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _readable(reply: bytes | str) -> str:
    """A reply as one line that is safe to show and to keep."""
    text = reply if isinstance(reply, str) else reply.decode("utf-8", "replace")
    return _CONTROLS.sub(" ", text).strip()[:_LONGEST_REPLY]


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, OSError) and isinstance(error.strerror, str):
        return error.strerror
    return _readable(str(error)) or type(error).__name__


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: localhost, or an address of the loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
