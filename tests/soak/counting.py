"""An SMTP server in a process of its own that writes down what it takes, before it says so: the witness of a soak.

It pipelines, and fails as often as it is told to. What it writes down outlives whoever talked to it.
"""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

STAGES = ("connect", "banner", "EHLO", "MAIL", "RCPT", "DATA", "middle", "end", "after")
"""Where it may drop a connection: `end` is behind the final dot, when the message is taken and nobody was told."""
IN_DOUBT = frozenset({"middle", "end"})
"""Where a client that is dropped can't tell what became of its message."""
REPLIES = {"MAIL": (421, 451), "RCPT": (450, 550), "DATA": (451, 554), "end": (421, 452, 554)}
"""What it may answer instead of yes, by stage."""
_MESSAGE_ID = re.compile(rb"^Message-ID:\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Manners:
    """How a server behaves."""

    drop: Mapping[str, float] = field(default_factory=dict)
    """Stage → how often it hangs up there, 0 to 1."""
    refuse: float = 0
    """How often it says no where it may, 0 to 1."""
    think: float = 0
    """Seconds between the final dot and its answer; the message is taken by then."""


class Conversation(asyncio.Protocol):
    """One connection."""

    def __init__(self, log: int, manners: Manners, chance: random.Random) -> None:
        self._log, self._manners, self._chance = log, manners, chance
        self._heard = bytearray()
        self._has_sender = False
        self._recipient = ""
        self._in_message = False
        self._is_thinking = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._out = transport
        self._note("opened")
        if not self._drops("connect"):
            self._out.write(b"220 counting.test ESMTP\r\n")
            self._drops("banner")

    def connection_lost(self, error: Exception | None) -> None:
        self._note("closed")

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while not self._out.is_closing() and not self._is_thinking:
            if self._in_message:
                # Its first bytes have come; whether the rest has is the same to a client that is dropped.
                if self._heard and self._drops("middle"):
                    return
                end = self._heard.find(b"\r\n.\r\n")
                if end < 0:
                    return
                message = bytes(self._heard[:end])
                del self._heard[: end + 5]
                self._in_message = False
                named = _MESSAGE_ID.search(message)
                self._take(named[1].decode() if named else "")
            else:
                line, found, rest = self._heard.partition(b"\r\n")
                if not found:
                    return
                self._heard = rest
                self._command(line.decode())

    def _take(self, message_id: str) -> None:
        refusal = self._refusal("end")
        if refusal:
            self._out.write(refusal)
            return
        self._note("took", f"{self._recipient} {message_id}")
        if self._drops("end"):
            return
        self._is_thinking = True
        asyncio.get_running_loop().call_later(self._manners.think, self._say_that_it_took)

    def _say_that_it_took(self) -> None:
        self._is_thinking = False
        if not self._out.is_closing():
            self._out.write(b"250 2.0.0 taken\r\n")
            if not self._drops("after"):
                self.data_received(b"")

    def _command(self, line: str) -> None:
        verb = line[:4].upper()
        if self._drops(verb):
            return
        refusal = self._refusal(verb)
        if refusal:
            self._out.write(refusal)
            if refusal.startswith(b"421"):
                self._out.close()
            elif verb == "MAIL":
                self._has_sender, self._recipient = False, ""
            return
        if verb == "EHLO":
            self._out.write(b"250-counting.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif verb == "MAIL":
            self._has_sender, self._recipient = True, ""
            self._out.write(b"250 2.1.0 fine\r\n")
        elif verb == "RCPT":
            if not self._has_sender:
                self._out.write(b"503 5.5.1 from whom?\r\n")
                return
            self._recipient = line.partition("<")[2].partition(">")[0]
            self._out.write(b"250 2.1.5 fine\r\n")
        elif verb == "DATA":
            if not self._recipient:
                self._out.write(b"503 5.5.1 for whom?\r\n")
                return
            self._in_message = True
            self._out.write(b"354 go on\r\n")
        elif verb == "QUIT":
            self._out.write(b"221 2.0.0 bye\r\n")
            self._out.close()
        else:
            self._has_sender, self._recipient = False, ""
            self._out.write(b"250 2.0.0 fine\r\n")

    def _drops(self, stage: str) -> bool:
        if self._chance.random() >= self._manners.drop.get(stage, 0):
            return False
        self._note("dropped", stage)
        if stage == "after":
            self._out.close()  # an abort would take the answer back that is on its way
        else:
            self._out.abort()
        return True

    def _refusal(self, stage: str) -> bytes:
        if stage not in REPLIES or self._chance.random() >= self._manners.refuse:
            return b""
        code = self._chance.choice(REPLIES[stage])
        self._note("refused", f"{stage} {code}")
        return f"{code} {code // 100}.3.0 not this one\r\n".encode()

    def _note(self, what: str, about: str = "") -> None:
        os.write(self._log, f"{what} {about}".rstrip().encode() + b"\n")


@dataclass(frozen=True)
class Count:
    """What a server wrote down so far."""

    log: Path

    def lines(self) -> list[str]:
        """Whole lines; one that is just being written is left out."""
        return self.log.read_text().split("\n")[:-1]

    @property
    def taken(self) -> Counter[str]:
        """Recipient → how many messages were taken for it."""
        return Counter(line.split(" ")[1] for line in self.lines() if line.startswith("took "))

    @property
    def messages(self) -> Counter[str]:
        """Message-ID → how often it was taken."""
        return Counter(line.split(" ")[2] for line in self.lines() if line.startswith("took "))

    @property
    def total(self) -> int:
        """How many messages were taken."""
        return self.log.read_bytes().count(b"\ntook ")

    @property
    def dropped(self) -> Counter[str]:
        """Stage → how often it hung up there."""
        return Counter(
            line.partition(" ")[2] for line in self.lines() if line.startswith("dropped ")
        )

    @property
    def opened(self) -> int:
        """How many connections there were."""
        return sum(line == "opened" for line in self.lines())


@dataclass(frozen=True)
class Counting:
    """A running server."""

    url: str
    count: Count


@contextmanager
def counting_server(
    folder: Path, manners: Manners | None = None, seed: int = 1
) -> Iterator[Counting]:
    """A server on a free port, which writes down what it takes in `folder`."""
    log = folder / "taken.log"
    log.write_text("started\n")
    told = json.dumps(asdict(manners or Manners()))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.soak.counting", str(log), told, str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield Counting(f"smtp://127.0.0.1:{port}", Count(log))
        finally:
            process.send_signal(signal.SIGTERM)


async def _serve(path: str, manners: Manners, chance: random.Random) -> None:
    log = os.open(path, os.O_WRONLY | os.O_APPEND)
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(log, manners, chance), "127.0.0.1", 0
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(
        _serve(sys.argv[1], Manners(**json.loads(sys.argv[2])), random.Random(int(sys.argv[3])))
    )
