"""Mails to judge, written with what a send of ours gives away."""

import base64
import re
from functools import cache
from typing import Any

import yaml

from mactl.store.tokens import Tokens
from tests.conftest import ROOT

SEND = "0b5e6c1a-5d1c-5f0e-9b8a-3c2d1e0f4a5b"
TOKENS = Tokens(b"a secret of thirty-two octets ...")
DOMAIN = "acme.example"


def marks(tokens: Tokens = TOKENS, send: str = SEND) -> dict[str, str]:
    """What {message_id} and so on stand for in a mail."""
    path = f"bounces+{tokens.return_path(send)}@{DOMAIN}"
    return {
        "message_id": tokens.message_id(send, DOMAIN),
        "return_path": path,
        "RETURN_PATH": path.upper(),
        "way_out": tokens.unsubscribe(send),
    }


def filled(text: str, tokens: Tokens = TOKENS, send: str = SEND) -> bytes:
    """`text` about `send`: its marks put in, and `{base64:…}` encoded."""
    for name, value in marks(tokens, send).items():
        text = text.replace(f"{{{name}}}", value)
    text = re.sub(
        r"\{base64:(.*)\}",
        lambda found: base64.b64encode(found[1].replace("\\n", "\n").encode()).decode(),
        text,
    )
    return text.encode()


def cases() -> list[dict[str, Any]]:
    """Every case, with the name of its file."""
    found = []
    for path in sorted((ROOT / "tests" / "cases" / "feedback").glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            found.append({**case, "name": f"{path.stem}: {case['name']}"})
    return found


@cache
def _mails() -> dict[str, str]:
    return {case["name"]: str(case["mail"]) for case in cases()}


def mail_named(name: str) -> str:
    """The text of a case's mail."""
    return _mails()[name]


HARD = mail_named("notifications: Postfix, no such user")
SOFT = mail_named("notifications: Postfix, a mailbox that stayed full until it gave up")
COMPLAINT = mail_named("complaints: Yahoo, with the whole message")
UNSUBSCRIBE = mail_named("unsubscribes: the link in the mail")
REPLY = mail_named("answers: a person answers")
