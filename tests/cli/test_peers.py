"""Programs that others wrote, at the other end: Postfix takes the mail, a browser shows it."""

import email
import email.policy
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Home, Mactl


@contextmanager
def smtp_sink(folder: Path) -> Iterator[int]:
    """Postfix's smtp-sink on a free port, keeping what it takes below `folder`."""
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert program is not None
    # It gives up root's rights by itself only where it is told to whom.
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    if as_nobody:
        folder.chmod(0o777)
    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"127.0.0.1:{port}"
        process = subprocess.Popen([program, *as_nobody, "-d", f"{folder}/%M.", address, "10"])
        if _listens(process, port):
            break
    else:
        pytest.fail("smtp-sink found no free port")
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _listens(process: "subprocess.Popen[bytes]", port: int) -> bool:
    """Whether the process answers on the port; it ends where another took the port meanwhile."""
    for _ in range(100):
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(0.05)
                return process.poll() is None
        if process.poll() is not None:
            return False
        time.sleep(0.05)
    return False


@pytest.mark.debian("postfix")
def test_postfix_takes_exactly_the_plan(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = mactl("plan", "--now", NOW, "--format", "json").json
    # Not below pytest's folder, which nobody but the owner may enter.
    with tempfile.TemporaryDirectory() as kept, smtp_sink(Path(kept)) as port:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}")
        sent = mactl("send", "--yes", "--now", NOW, "--format", "json")
        messages = [path.read_bytes() for path in Path(kept).iterdir()]

    assert sent.status == 0
    taken = [email.message_from_bytes(message, policy=email.policy.default) for message in messages]
    assert sorted(message["To"] for message in taken) == sorted(
        send["to"] for send in plan["sends"]
    )


@pytest.mark.debian("chromium")
@pytest.mark.parametrize("width", [360, 700])
def test_a_browser_shows_the_message_without_scrolling_sideways(
    home: Home, mactl: Mactl, tmp_path: Path, width: int
) -> None:
    mactl("send", "--yes", "--now", NOW)
    message = email.message_from_bytes(home.outbox[0].read_bytes(), policy=email.policy.default)
    body = message.get_body(["html"])
    assert body is not None
    told = "<script>document.title = document.documentElement.scrollWidth + ' of ' + innerWidth</script></body>"
    page = tmp_path / "message.html"
    page.write_text(body.get_content().replace("</body>", told), encoding="utf-8")
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
    ]
    command += [
        "--no-first-run",
        f"--user-data-dir={tmp_path / 'browser'}",
        f"--window-size={width},800",
    ]

    shown = subprocess.run(
        [*command, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    found = re.search(r"<title>(\d+) of (\d+)</title>", shown.stdout)
    assert found is not None
    assert int(found[1]) <= int(found[2])
    assert "Welcome." in shown.stdout
