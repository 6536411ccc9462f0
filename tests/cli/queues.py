"""Queues that a run left behind."""

import pytest

from mactl.delivery.server import EmbeddedServer
from tests.cli.conftest import NOW, Home, Mactl


def fill_queue(home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a run end before its first message, since the relay speaks no TLS; the way out is a folder afterwards."""
    with EmbeddedServer(home.folder / "outbox") as server:
        monkeypatch.setenv("SMTP_URL", server.url.replace("smtp:", "smtp+starttls:"))
        ran = mactl("send", "--yes", "--now", NOW)
    assert "STARTTLS" in ran.err
    monkeypatch.delenv("SMTP_URL")
