"""Servers that take mail as fast as they can, and the same ones far away: for the benchmarks of sending."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parent.parent
SINK = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
SOURCE = shutil.which("smtp-source", path=f"{os.environ['PATH']}:/usr/sbin")
_PATIENCE = 10  # seconds


def need_postfix() -> None:
    """Ends the benchmark where Postfix's tools are missing."""
    if SINK is None or SOURCE is None:
        sys.exit("install postfix: smtp-sink and smtp-source come with it")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sink() -> Iterator[int]:
    """The port of Postfix's smtp-sink, which takes each message and throws it away."""
    port = free_port()
    # It only lets go of its rights where it has any.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with _running([str(SINK), *user, f"127.0.0.1:{port}", "1000"]):
        _wait_for(port)
        yield port


@contextmanager
def counting_sink(log: Path) -> Iterator[int]:
    """As `sink`, which has `count_taken` know from `log` how many messages it took."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with (
        log.open("wb") as file,
        _running([str(SINK), "-c", *user, f"127.0.0.1:{port}", "1000"], file),
    ):
        _wait_for(port)
        yield port


def count_taken(log: Path) -> int:
    """How many messages a counting sink took."""
    told = log.read_text(encoding="ascii").rpartition("mesg=")[2].split()
    return int(told[0]) if told else 0


@contextmanager
def far_away(port: int, milliseconds: float) -> Iterator[int]:
    """The port of a way to `port` that adds so much to each round trip, half of it in each direction."""
    near = free_port()
    with _running([sys.executable, __file__, str(near), str(port), str(milliseconds)]):
        _wait_for(near)
        yield near


@contextmanager
def postfix(folder: Path) -> Iterator[tuple[int, Path]]:
    """The port of Postfix's own smtpd, with STARTTLS, and its certificate; what it takes is discarded.

    For root alone, as Postfix is.
    """
    port = free_port()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    settings = folder / "etc"
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    shutil.chown(folder / "data", "postfix")
    (settings / "main.cf").write_text(
        f"""\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
default_transport = discard
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_peername_lookup = no
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
maillog_file = /dev/null
maillog_file_prefixes = /dev
""",
        encoding="utf-8",
    )
    services = Path("/etc/postfix/master.cf").read_text(encoding="utf-8").splitlines()
    kept = [line for line in services if not line.startswith(("smtp ", "#"))]
    (settings / "master.cf").write_text(
        "\n".join([f"127.0.0.1:{port} inet n - n - - smtpd", *kept]) + "\n", encoding="utf-8"
    )
    postfix = ["postfix", "-c", str(settings)]
    subprocess.run([*postfix, "start"], check=True, capture_output=True)
    try:
        _wait_for(port)
        yield port, certificate
    finally:
        subprocess.run([*postfix, "stop"], check=False, capture_output=True)


@contextmanager
def _running(command: list[str], output: int | BinaryIO = subprocess.DEVNULL) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=output)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nobody listens on port {port}")


class _Way(asyncio.Protocol):
    """One direction of a way: what comes here goes out there, later."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.there: asyncio.Transport | None = None
        self.here: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.here = transport

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self.delay, self._pass_on, data)

    def connection_lost(self, error: Exception | None) -> None:
        asyncio.get_running_loop().call_later(self.delay, self._end)

    def _pass_on(self, data: bytes) -> None:
        if self.there is not None:
            self.there.write(data)

    def _end(self) -> None:
        if self.there is not None:
            self.there.close()


async def _delay(near: int, far: int, milliseconds: float) -> None:
    loop = asyncio.get_running_loop()
    one_way = milliseconds / 2000

    class Entrance(_Way):
        """The end that clients see; what they say first waits until the other end is there."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.connecting = loop.create_task(self._connect())

        async def _connect(self) -> None:
            _, back = await loop.create_connection(lambda: _Way(one_way), "127.0.0.1", far)
            back.there, self.there = self.here, back.here

    server = await loop.create_server(lambda: Entrance(one_way), "127.0.0.1", near)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_delay(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
