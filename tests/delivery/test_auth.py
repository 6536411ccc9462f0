# ruff: noqa: N802 (the names are aiosmtpd's)
"""Logging in to real servers, each of which takes one way only."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from mactl.delivery.server import ServerThread
from mactl.delivery.smtp.server import parse_server
from mactl.delivery.smtp.transport import SmtpTransport
from mactl.delivery.transport import Reply
from mactl.errors import ConfigurationError
from tests.delivery.talking import Talk
from tests.delivery.test_smtp import QUICK, envelope

USER, PASSWORD = b"ann@acme.test", b"h:nter/2 @="
TOKEN = b"ya29.token"
URL = "ann%40acme.test:h%3Anter%2F2%20%40%3D@"
TOKEN_URL = "ann%40acme.test:ya29.token@"
WAYS = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")


class Doorman:
    """A handler that knows one user, and the ways that aiosmtpd does not know itself."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        self.tried.append(mechanism)
        return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False)

    async def auth_CRAM__MD5(self, server: SMTP, args: list[str]) -> AuthResult:
        self.tried.append("CRAM-MD5")
        nonce = b"<1896.697170952@server.test>"
        answer = await server.challenge_auth(nonce)
        proof = hmac.new(PASSWORD, nonce, "md5").hexdigest().encode()
        return AuthResult(success=answer == USER + b" " + proof, handled=False)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        self.tried.append("XOAUTH2")
        if b64decode(args[1]) == b"user=%b\x01auth=Bearer %b\x01\x01" % (USER, TOKEN):
            return AuthResult(success=True, handled=False)
        # Google and Microsoft say why in a challenge, to which nothing is the answer.
        why = b64encode(b'{"status":"401"}').decode()
        await server.push(f"334 {why}")
        assert server._reader is not None
        assert await server._reader.readline() == b"\r\n"
        await server.push("535 5.7.8 Username and Password not accepted")
        return AuthResult(success=False, handled=True)


@contextmanager
def door(*ways: str) -> Iterator[tuple[int, Doorman]]:
    """A server that lets people in by `ways` alone, its port and its doorman."""
    doorman = Doorman()

    def connect(loop: Any) -> SMTP:
        return SMTP(
            doorman,
            loop=loop,
            hostname="server.test",
            authenticator=doorman.authenticate,
            auth_require_tls=False,
            auth_exclude_mechanism=[way for way in WAYS if way not in ways],
        )

    with ServerThread(connect) as thread:
        yield thread.port, doorman


def talk(login: str, port: int, query: str = "") -> Talk:
    server = parse_server(f"smtp://{login}127.0.0.1:{port}{query}")
    return Talk(SmtpTransport(server, patience=QUICK))


@pytest.mark.parametrize("way", WAYS)
def test_we_get_in_the_one_way_there_is(way: str) -> None:
    login, query = (TOKEN_URL, "?auth=xoauth2") if way == "XOAUTH2" else (URL, "")
    with door(way) as (port, doorman):
        session = talk(login, port, query).open()
        answer = session.deliver(envelope())
        session.close()
    assert isinstance(answer, Reply) and answer.is_taken
    assert doorman.tried == [way]


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_password_is_refused_and_not_repeated(way: str) -> None:
    query = "?auth=xoauth2" if way == "XOAUTH2" else ""
    with door(way) as (port, doorman), pytest.raises(ConfigurationError) as refused:
        talk("ann%40acme.test:wr0ng@", port, query).open()
    assert "refuses the user ann@acme.test" in refused.value.message
    assert "wr0ng" not in str(refused.value) + str(refused.value.hint)
    assert doorman.tried == [way]


def test_what_shows_the_password_least_is_tried_first() -> None:
    with door("PLAIN", "LOGIN", "CRAM-MD5") as (port, doorman):
        talk(URL, port).open().close()
    assert doorman.tried == ["CRAM-MD5"]


def test_where_one_way_is_refused_the_next_is_tried() -> None:
    """Some servers offer CRAM-MD5 and have only hashes of passwords."""
    with door("PLAIN", "LOGIN", "CRAM-MD5") as (port, doorman):
        doorman.auth_CRAM__MD5 = _refuse  # type: ignore[method-assign]
        talk(URL, port).open().close()
    assert doorman.tried == ["PLAIN"]


async def _refuse(server: SMTP, args: list[str]) -> AuthResult:
    return AuthResult(success=False, handled=False)


def test_a_token_is_given_to_no_server_that_asks_for_a_password() -> None:
    told = pytest.raises(ConfigurationError, match="no way to log in")
    with door("PLAIN", "LOGIN") as (port, doorman), told:
        talk(TOKEN_URL, port, "?auth=xoauth2").open()
    assert doorman.tried == []
