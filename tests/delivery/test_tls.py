"""What is secret goes over TLS, to a server that is who it says, or not at all."""

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from mactl.delivery.smtp.server import parse_server
from mactl.delivery.smtp.transport import SmtpTransport
from mactl.delivery.transport import Reply, Unreachable
from mactl.errors import ConfigurationError
from tests.certificates import Certificate
from tests.delivery.servers import Behaviour, scripted_server, smtp_server
from tests.delivery.talking import Talk, wait_for
from tests.delivery.test_smtp import QUICK, end_of, envelope


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("certificate"))


def transport(url: str, tls: ssl.SSLContext | None = None) -> Talk:
    return Talk(SmtpTransport(parse_server(url), tls=tls, patience=QUICK))


def url(scheme: str, port: int, login: str = "", host: str = "127.0.0.1") -> str:
    return f"{scheme}://{login}{host}:{port}"


LOGINS: list[bool] = []


def log_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = (data.login, data.password) == (b"ann", b"hunter2")
    LOGINS.append(right)
    return AuthResult(success=right, handled=False)


@pytest.fixture
def servers(certificate: Certificate) -> Iterator[dict[str, int]]:
    """The ports of a server for each scheme; each keeps its logins in LOGINS."""
    LOGINS.clear()
    asks = {"authenticator": log_in}
    with (
        smtp_server(auth_require_tls=False, **asks) as plain,
        smtp_server(tls=certificate.server, auth_require_tls=False, **asks) as smtps,
        smtp_server(tls_context=certificate.server, require_starttls=True, **asks) as starttls,
    ):
        yield {"smtp": plain.port, "smtps": smtps.port, "smtp+starttls": starttls.port}


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+starttls"])
def test_we_log_in_over_tls_or_on_this_machine(
    servers: dict[str, int], certificate: Certificate, scheme: str
) -> None:
    address = url(scheme, servers[scheme], "ann:hunter2@")
    session = transport(address, certificate.client).open()
    answers = [session.deliver(envelope()) for _ in range(3)]
    session.close()
    assert all(isinstance(answer, Reply) and answer.is_taken for answer in answers)
    assert LOGINS == [True]


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+starttls"])
def test_a_refused_password_is_told_without_repeating_it(
    servers: dict[str, int], certificate: Certificate, scheme: str
) -> None:
    address = url(scheme, servers[scheme], "ann:hunter3@")
    with pytest.raises(ConfigurationError, match="refuses the user ann: 535") as refused:
        transport(address, certificate.client).open()
    assert "hunter3" not in str(refused.value)


def test_a_password_that_cannot_be_sent_is_told(
    servers: dict[str, int], certificate: Certificate
) -> None:
    address = url("smtps", servers["smtps"], "ann:h%C3%BCnter@")
    with pytest.raises(ConfigurationError, match="beyond ASCII"):
        transport(address, certificate.client).open()


def test_a_server_that_knows_no_login_is_told(certificate: Certificate) -> None:
    with smtp_server(tls=certificate.server) as server:
        address = url("smtps", server.port, "ann:hunter2@")
        with pytest.raises(ConfigurationError, match="no way to log in"):
            transport(address, certificate.client).open()


def test_a_server_that_cannot_check_passwords_now_is_unreachable() -> None:
    lines = (b"220 hello\r\n", b"250-hello\r\n250 AUTH PLAIN\r\n", b"454 4.7.0 later\r\n")
    with scripted_server(*lines) as server, pytest.raises(Unreachable, match=r"454 4\.7\.0 later"):
        transport(url("smtp", server.port, "ann:hunter2@")).open()


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_server_that_nobody_vouches_for_is_refused(servers: dict[str, int], scheme: str) -> None:
    with pytest.raises(ConfigurationError, match="certificate does not hold"):
        transport(url(scheme, servers[scheme], "ann:hunter2@")).open()
    assert LOGINS == []


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_server_that_is_another_than_it_says_is_refused(
    servers: dict[str, int], certificate: Certificate, scheme: str
) -> None:
    address = url(scheme, servers[scheme], "ann:hunter2@", host="localhost")
    with pytest.raises(ConfigurationError, match="certificate does not hold"):
        transport(address, certificate.client).open()


def test_a_server_without_starttls_is_told_no_password(certificate: Certificate) -> None:
    """Somebody on the way may have taken the offer out."""
    with smtp_server(authenticator=log_in, auth_require_tls=False) as server:
        address = url("smtp+starttls", server.port, "ann:hunter2@")
        with pytest.raises(ConfigurationError, match="offers no STARTTLS"):
            transport(address, certificate.client).open()
    assert server.commands == ["EHLO"]


def test_a_server_that_does_not_start_tls_now_is_unreachable(certificate: Certificate) -> None:
    lines = (b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n", b"454 4.7.0 not now\r\n")
    with scripted_server(*lines) as server, pytest.raises(Unreachable, match="454"):
        transport(url("smtp+starttls", server.port), certificate.client).open()


@pytest.mark.parametrize(
    "injected", [b"250 AUTH PLAIN\r\n", b"250-evil\r\n250 AUTH LOGIN\r\n", b"x"]
)
def test_what_came_before_tls_began_is_not_taken_for_what_came_after(
    certificate: Certificate, injected: bytes
) -> None:
    offers = b"250-hello\r\n250 STARTTLS\r\n"
    with scripted_server(b"220 hello\r\n", offers, b"220 go\r\n" + injected) as server:
        address = url("smtp+starttls", server.port, "ann:hunter2@")
        with pytest.raises(Unreachable, match="before TLS began"):
            transport(address, certificate.client).open()


def test_a_server_that_speaks_no_tls_is_unreachable(certificate: Certificate) -> None:
    with smtp_server() as server, pytest.raises(Unreachable, match="TLS failed"):
        transport(url("smtps", server.port), certificate.client).open()


def test_a_session_over_tls_is_noticed_when_it_ended(certificate: Certificate) -> None:
    """Silence and the end look alike to a socket; over TLS in another way than without."""
    behave: Behaviour = lambda stage, recipient: "421 bye" if stage == "RSET" else None  # noqa: E731
    with smtp_server(behave, tls=certificate.server) as server:
        session = transport(url("smtps", server.port), certificate.client).open()
        wire = session.session._wire
        assert wire.is_open
        wait_for(wire.ask("QUIT", 2))
        wait_for(end_of(wire))
        assert not session.is_open
        session.close()
