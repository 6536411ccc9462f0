"""Sessions with real servers: what is sent, what comes back, and what never goes out."""

import pytest

from mactl.delivery.smtp.server import Patience, Server, parse_server
from mactl.delivery.smtp.transport import SmtpTransport
from mactl.delivery.smtp.wire import Wire, WireLost
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
from tests.delivery.servers import DROP, MIDDLE, Behaviour, scripted_server, smtp_server
from tests.delivery.talking import Talk, wait_for

MESSAGE = b"From: news@acme.test\r\nSubject: Hello\r\n\r\nDear Ann,\r\n" + MIDDLE + b"\r\nBye\r\n"
QUICK = Patience(connection=2, command=2, end_of_message=2, farewell=0.2)


def envelope(
    recipient: str = "ann@example.com", message: bytes = MESSAGE, return_path: str = "b@acme.test"
) -> Envelope:
    return Envelope(return_path, recipient, message)


def transport(url: str, **options: object) -> Talk:
    return Talk(SmtpTransport(parse_server(url), **{"patience": QUICK, **options}))  # type: ignore[arg-type]


async def end_of(wire: Wire) -> None:
    """Waits for the server to end the session."""
    with pytest.raises(WireLost):
        await wire.reply(5)


def deliver(behave: Behaviour, *envelopes: Envelope) -> list[Answer]:
    """What comes back for each of `envelopes`, each in a session of its own."""
    answers = []
    with smtp_server(behave) as server:
        for each in envelopes or [envelope()]:
            session = transport(server.url).open()
            answers.append(session.deliver(each))
            session.close()
    return answers


def test_a_message_arrives_as_it_was_with_its_own_return_path() -> None:
    with smtp_server() as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope(return_path="b-4711@acme.test"))
        session.close()
    assert answer == Reply(250, "2.0.0 queued as 4711", Stage.MESSAGE)
    assert answer.is_taken
    (taken,) = server.taken
    assert (taken.return_path, taken.recipient) == ("b-4711@acme.test", "ann@example.com")
    assert taken.message == MESSAGE


def test_a_session_is_kept_for_many_messages() -> None:
    people = [f"{number}@example.com" for number in range(20)]
    with smtp_server() as server:
        session = transport(server.url).open()
        answers = [session.deliver(envelope(person)) for person in people]
        session.close()
        assert not session.is_open
    assert all(isinstance(answer, Reply) and answer.is_taken for answer in answers)
    assert server.recipients == people
    assert server.connections == 1
    assert server.commands.count("QUIT") == 1
    assert "RSET" not in server.commands


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "end"])
@pytest.mark.parametrize("code", ["450 4.2.1", "550 5.1.1"])
def test_a_refusal_says_where_it_came_and_the_session_goes_on(stage: str, code: str) -> None:
    refused = iter([f"{code} not you"])
    with smtp_server(lambda at, who: next(refused, None) if at == stage else None) as server:
        session = transport(server.url).open()
        refusal = session.deliver(envelope("ann@example.com"))
        answer = session.deliver(envelope("ben@example.com"))
        session.close()
    stages = {"MAIL": Stage.MAIL, "RCPT": Stage.RCPT, "DATA": Stage.DATA, "end": Stage.MESSAGE}
    assert refusal == Reply(int(code[:3]), f"{code[4:]} not you", stages[stage])
    assert isinstance(refusal, Reply)
    assert refusal.enhanced == code[4:]
    assert refusal.is_temporary == code.startswith("4")
    assert isinstance(answer, Reply) and answer.is_taken
    assert server.recipients == ["ben@example.com"]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("drop", "stage", "in_doubt"),
    [
        ("MAIL", Stage.MAIL, False),
        ("RCPT", Stage.RCPT, False),
        ("DATA", Stage.DATA, False),
        ("middle", Stage.MESSAGE, True),
        ("end", Stage.MESSAGE, True),
        ("after", Stage.MESSAGE, True),
    ],
)
def test_only_what_was_lost_after_the_message_began_is_in_doubt(
    drop: str, stage: Stage, in_doubt: bool
) -> None:
    (answer,) = deliver(lambda at, who: DROP if at == drop else None)
    assert isinstance(answer, Lost)
    assert (answer.stage, answer.is_in_doubt) == (stage, in_doubt)


def test_a_session_is_closed_after_a_loss() -> None:
    with smtp_server(lambda at, who: DROP if at == "RCPT" else None) as server:
        session = transport(server.url).open()
        session.deliver(envelope())
        assert not session.is_open
        session.close()


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "end"])
def test_a_421_ends_the_session(stage: str) -> None:
    with smtp_server(lambda at, who: "421 4.3.2 going down" if at == stage else None) as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope())
        assert isinstance(answer, Reply) and answer.is_closing and answer.is_temporary
        assert not session.is_open


def test_a_reset_that_fails_ends_the_session_and_not_the_answer() -> None:
    behave = {"RCPT": "550 5.1.1 who?", "RSET": DROP}
    with smtp_server(lambda at, who: behave.get(at)) as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope())
        assert isinstance(answer, Reply) and answer.code == 550
        assert not session.is_open


def test_a_server_that_is_gone_is_unreachable() -> None:
    with smtp_server() as server:
        url = server.url
    with pytest.raises(Unreachable, match="refused") as gone:
        transport(url).open()
    assert gone.value.exit_code == 75


def test_a_name_that_is_nowhere_is_unreachable() -> None:
    with pytest.raises(Unreachable, match=r"nowhere\.invalid:25"):
        transport("smtp://nowhere.invalid").open()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((b"554 5.7.1 not you\r\n",), "554 5.7.1 not you"),
        ((b"421 too many\r\n",), "421 too many"),
        ((None,), "closed"),
        ((b"HTTP/1.1 400 Bad Request\r\n",), "does not speak SMTP"),
        ((b"220 hello\r\n", None), "closed"),
        ((b"220 hello\r\n", b"502 no EHLO\r\n", b"502 no HELO\r\n"), "502 no HELO"),
        ((b"220 " + b"x" * 20_000 + b"\r\n",), "Line too long"),
    ],
)
def test_a_server_that_does_not_greet_us_is_unreachable(
    lines: tuple[bytes | None, ...], words: str
) -> None:
    with scripted_server(*lines) as server, pytest.raises(Unreachable, match=words):
        transport(server.url).open()


def test_a_server_that_keeps_silent_is_unreachable() -> None:
    with scripted_server(b"") as server, pytest.raises(Unreachable, match=r"timed out|in time"):
        transport(server.url, patience=Patience(0.2, 0.2, 0.2, 0.2)).open()


GREETED = (b"220 hello\r\n", b"250 hello\r\n")
ACCEPTED = (*GREETED, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")


@pytest.mark.parametrize(
    ("lines", "stage"),
    [
        ((*GREETED, b"what?\r\n"), Stage.MAIL),
        ((*GREETED, b"999 what?\r\n"), Stage.MAIL),
        ((*GREETED, b"354 go\r\n"), Stage.MAIL),
        ((*GREETED, b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n"), Stage.DATA),
        ((*ACCEPTED, b"what?\r\n"), Stage.MESSAGE),
        ((*ACCEPTED, b"354 go on\r\n"), Stage.MESSAGE),
        ((*ACCEPTED, b"500 " + b"x" * 20_000 + b"\r\n"), Stage.MESSAGE),
        ((*ACCEPTED, b""), Stage.MESSAGE),
    ],
)
def test_what_is_no_answer_is_a_loss_and_never_a_refusal(
    lines: tuple[bytes, ...], stage: Stage
) -> None:
    """A line that is too long, or no answer in time, after the message must not be read as a 5xx."""
    with scripted_server(*lines) as server:
        session = transport(server.url, patience=Patience(1, 1, 0.2, 0.2)).open()
        answer = session.deliver(envelope(message=b"Subject: one line\r\n"))
        session.close()
    assert isinstance(answer, Lost)
    assert answer.stage is stage


def test_what_the_server_says_unasked_is_not_taken_for_an_answer() -> None:
    """Two replies at once would otherwise be the answers to this message and to the next one."""
    with scripted_server(*ACCEPTED[:2], b"250 ok\r\n250 and the next one too\r\n") as server:
        session = transport(server.url).open()
        wait_for(session.session._wire.ask("NOOP", 2))
        answer = session.deliver(envelope())
    assert answer == Lost(Stage.MAIL, "the server had ended the session")
    assert "MAIL" not in " ".join(server.commands)


def test_a_session_that_the_server_ended_meanwhile_is_noticed_before_anything_is_sent() -> None:
    with scripted_server(*GREETED, None) as server:
        session = transport(server.url).open()
        wire = session.session._wire
        wire.write(b"NOOP\r\n")  # so that the server goes on to its end
        wait_for(end_of(wire))
        answer = session.deliver(envelope())
    assert isinstance(answer, Lost)
    assert not answer.is_in_doubt


@pytest.mark.parametrize(
    "text",
    [
        b".\r\n",
        b"\r\n.\r\n",
        b"A: b\r\n\r\n.\r\nMAIL FROM:<evil@example.com>\r\n",
        b"A: b\r\n\r\n..\r\n.x\r\n...",
        b".",
        b"A: b\r\n\r\n\r\n\r\n",
        b"no end of line",
    ],
)
def test_no_line_of_a_message_ends_it(text: bytes) -> None:
    with smtp_server() as server:
        session = transport(server.url).open()
        session.deliver(envelope(message=text))
        session.deliver(envelope("ben@example.com"))
        session.close()
    assert server.recipients == ["ann@example.com", "ben@example.com"]
    expected = text if text.endswith(b"\r\n") else text + b"\r\n"
    assert server.taken[0].message == expected


@pytest.mark.parametrize(
    "text", [b"A: b\n\r\nc\r\n", b"A: b\r\n\r\nc\rd\r\n", b"x\n.\nMAIL", b"\n\r", b"\r\n\r"]
)
def test_a_bare_cr_or_lf_does_not_go_out(text: bytes) -> None:
    with smtp_server() as server:
        session = transport(server.url).open()
        assert session.deliver(envelope(message=text)) == Undeliverable(
            "the message has a bare CR or LF in it"
        )
        session.close()
    assert server.taken == []
    assert "MAIL" not in server.commands


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com>\r\nRCPT TO:<evil@example.com",
        "ann@example.com\r\n",
        "ann@example.com\n",
        "ann@example.com\x00",
        "ann@example.com\x85",
        "ann@exam ple.com",
        "ann@example.com> SIZE=1",
        "<ann@example.com>",
        "ann@example.com\u2028",
        "ann",
        "@example.com",
        "ann@",
        "",
        "a" * 250 + "@example.com",
    ],
)
def test_an_address_that_is_none_does_not_go_out(address: str) -> None:
    with smtp_server() as server:
        session = transport(server.url).open()
        assert isinstance(session.deliver(envelope(address)), Undeliverable)
        if address:
            assert isinstance(session.deliver(envelope(return_path=address)), Undeliverable)
        session.close()
    assert server.commands == ["EHLO", "QUIT"]


def test_bounces_of_a_message_without_a_return_path_go_nowhere() -> None:
    with smtp_server() as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope(return_path=""))
        session.close()
    assert isinstance(answer, Reply) and answer.is_taken
    assert server.taken[0].return_path == "<>"


def test_letters_beyond_ascii_go_to_a_server_that_takes_them() -> None:
    with smtp_server() as server:
        session = transport(server.url).open()
        session.deliver(envelope("josé@example.com"))
        session.deliver(envelope(message="Subject: x\r\n\r\nJosé\r\n".encode()))
        session.deliver(envelope(message="Subject: José\r\n\r\nx\r\n".encode()))
        session.deliver(envelope())
        session.close()
    assert server.recipients[0] == "josé@example.com"
    wanted = [{"SMTPUTF8"}, {"BODY=8BITMIME"}, {"BODY=8BITMIME", "SMTPUTF8"}, set()]
    assert [{o for o in taken.options if "SIZE" not in o} for taken in server.taken] == wanted


@pytest.mark.parametrize(
    ("offered", "message", "reason"),
    [
        (b"8BITMIME", b"Subject: x\r\n\r\nx\r\n", "SMTPUTF8"),
        (b"8BITMIME", "Subject: José\r\n\r\nx\r\n".encode(), "SMTPUTF8"),
        (b"SMTPUTF8", "Subject: x\r\n\r\nJosé\r\n".encode(), "8BITMIME"),
    ],
)
def test_letters_beyond_ascii_are_not_sent_to_a_server_that_does_not_take_them(
    offered: bytes, message: bytes, reason: str
) -> None:
    person = "josé@example.com" if message.isascii() else "ann@example.com"
    with scripted_server(b"220 hello\r\n", b"250-hello\r\n250 " + offered + b"\r\n") as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope(person, message))
        session.close()
    assert isinstance(answer, Undeliverable)
    assert reason in answer.reason
    assert not [command for command in server.commands if command.startswith("MAIL")]


def test_the_size_is_told_where_the_server_asks() -> None:
    with smtp_server(data_size_limit=10_000) as server:
        session = transport(server.url).open()
        session.deliver(envelope())
        session.close()
    (taken,) = server.taken
    assert f"SIZE={len(MESSAGE)}" in taken.options


@pytest.mark.parametrize(("size", "goes"), [(1_000, True), (1_001, False)])
def test_a_message_that_is_too_big_is_told_before_it_is_sent(size: int, goes: bool) -> None:
    text = b"Subject: x\r\n\r\n"
    message = text + b"x" * (size - len(text) - 2) + b"\r\n"
    with smtp_server(data_size_limit=1_000) as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope(message=message))
        after = session.deliver(envelope())
        session.close()
    assert isinstance(after, Reply) and after.is_taken  # the session goes on
    if goes:
        assert isinstance(answer, Reply) and answer.is_taken
    else:
        assert answer == Undeliverable(
            "the message has 1,001 bytes, and the server takes 1,000 at most (SIZE)"
        )
        assert len(server.taken) == 1


@pytest.mark.parametrize("said", [b"SIZE", b"SIZE 0", b"SIZE \xb2", b"SIZE many"])
def test_a_size_that_is_no_limit_limits_nothing(said: bytes) -> None:
    lines = (b"220 hello\r\n", b"250-hello\r\n250 " + said + b"\r\n", *ACCEPTED[2:], b"250 ok\r\n")
    with scripted_server(*lines) as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope(message=b"Subject: one line\r\n"))
        session.close()
    assert isinstance(answer, Reply) and answer.is_taken


def test_a_server_that_knows_no_extensions_is_sent_none() -> None:
    lines = (b"220 hello\r\n", b"502 no\r\n", b"250 hello\r\n", *ACCEPTED[2:], b"250 ok\r\n")
    with scripted_server(*lines) as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope(message=b"Subject: one line\r\n"))
        session.close()
    assert isinstance(answer, Reply) and answer.is_taken
    assert "MAIL FROM:<b@acme.test>" in server.commands


def test_we_say_who_we_are() -> None:
    with smtp_server() as server:
        for name in (None, "mail.acme.test"):
            transport(server.url, name=name).open().close()
    assert server.names == ["[127.0.0.1]", "mail.acme.test"]


def test_what_a_server_says_is_kept_readable_and_short() -> None:
    reply = b"550-5.7.1 \x1b[31mred\x1b[0m\r\n550 5.7.1 " + b"long " * 300 + b"\r\n"
    with scripted_server(*GREETED, reply, b"250 ok\r\n") as server:
        session = transport(server.url).open()
        answer = session.deliver(envelope())
        session.close()
    assert isinstance(answer, Reply)
    assert answer.text.startswith("5.7.1  [31mred [0m 5.7.1 long long")
    assert len(answer.text) == 500
    assert answer.enhanced == "5.7.1"


@pytest.mark.parametrize(
    ("code", "text", "stage", "blames"),
    [
        (550, "5.1.1 no such user", Stage.RCPT, True),
        (550, "5.1.10 null MX", Stage.RCPT, True),
        (550, "5.1.1 no such user", Stage.MESSAGE, True),
        (550, "5.1.2", Stage.RCPT, True),
        (553, "5.1.8 your domain does not exist", Stage.RCPT, False),
        (553, "5.1.7 bad sender", Stage.RCPT, False),
        (550, "5.1.1 sender unknown", Stage.MAIL, False),
        (550, "5.7.1 spam", Stage.RCPT, False),
        (550, "5.2.2 mailbox full", Stage.RCPT, False),
        (550, "no such user", Stage.RCPT, True),
        (550, "5.0.0 no such user", Stage.RCPT, True),
        (450, "4.1.1 no such user yet", Stage.RCPT, False),
        (550, "4.1.1 confused", Stage.RCPT, False),
        (550, "5.1.1.1 a version", Stage.RCPT, False),
    ],
)
def test_an_address_is_at_fault_only_where_the_server_says_so(
    code: int, text: str, stage: Stage, blames: bool
) -> None:
    assert Reply(code, text, stage).blames_address is blames


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://relay", Server("relay", 25, "none")),
        ("smtp://127.0.0.1:2525", Server("127.0.0.1", 2525, "none")),
        ("smtps://relay.test", Server("relay.test", 465, "tls")),
        ("smtp+starttls://relay.test", Server("relay.test", 587, "starttls")),
        ("smtp://[::1]:25/", Server("::1", 25, "none")),
        ("smtp://ann:x@localhost", Server("localhost", 25, "none", "ann", "x")),
        (
            "smtps://ann%40acme.test:p%3A%2F%40%25@relay.test",
            Server("relay.test", 465, "tls", "ann@acme.test", "p:/@%"),
        ),
    ],
)
def test_a_url_names_a_server(url: str, server: Server) -> None:
    assert parse_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp:relay",
        "http://relay",
        "smtp://ann:hunter2@relay.test",
        "smtp://ann:hunter2@10.0.0.1",
        "smtps://ann:hunter2@relay:99999",
        "smtps://ann:hunter2@relay:port",
        "smtps://ann:hunter2@relay/path",
        "smtps://ann:hunter2@relay?tls=no",
        "smtps://ann:hunter2@[::1",
    ],
)
def test_a_url_that_is_none_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_server(url)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
    assert refused.value.hint


def test_a_password_is_not_shown_with_its_server() -> None:
    assert "hunter2" not in repr(parse_server("smtps://ann:hunter2@relay.test"))
