"""Questions over UDP: a few sockets for all of them."""

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from mactl.audit.dns.wire import LARGEST, Question

FIRST_PAUSE = 1.0  # seconds until a question is put again; each next pause is twice as long
_SOCKETS = 4
_USES = (
    64  # questions to a socket, which is then given up: a port is to be hard to guess (RFC 5452)
)
_BUFFER = 1 << 20  # octets that may wait to be read; the system may grant less
_AT_A_TIME = 64  # datagrams read before others have their turn

_random = random.SystemRandom()
_Future = asyncio.Future[bytes]


class Datagrams:
    """Asks one server over UDP. Sockets live only as long as somebody waits for an answer."""

    def __init__(self, address: str, port: int) -> None:
        self._place = (address, port)
        self._open: list[_Socket] = []

    async def exchange(self, question: Question, edns: bool) -> bytes:
        """The answer, perhaps truncated; the question is put again until there is one.

        Raises OSError where the server can't be reached; waits forever where it says nothing.
        """
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle | None = None
        with self._socket().waiting(question) as (sender, number, arrived):
            packet = question.packet(number, edns)

            def put(pause: float) -> None:
                nonlocal timer
                if arrived.done():  # a busy loop comes to the answer and to this at once
                    return
                sender.send(packet)
                timer = loop.call_later(pause, put, 2 * pause)

            put(FIRST_PAUSE)
            try:
                return await arrived
            finally:
                if timer is not None:
                    timer.cancel()

    def _socket(self) -> "_Socket":
        self._open = [other for other in self._open if not other.closed and other.uses < _USES]
        if len(self._open) >= _SOCKETS:
            return _random.choice(self._open)
        self._open.append(_Socket(*self._place))
        return self._open[-1]


class _Socket:
    """A socket connected to the server, so that the system drops what others send."""

    def __init__(self, address: str, port: int) -> None:
        numeric = socket.AI_NUMERICHOST
        found = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM, flags=numeric)
        family, kind, protocol, _, place = found[0]
        self._socket = socket.socket(family, kind, protocol)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self._socket.connect(place)
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._socket, self._read)
        except BaseException:
            self._socket.close()
            raise
        self._waiting: dict[int, tuple[Question, _Future]] = {}
        self.uses = 0
        self.closed = False

    @contextmanager
    def waiting(self, question: Question) -> Iterator[tuple["_Socket", int, _Future]]:
        """A number for the question, and what its answer arrives at; the last one closes the door."""
        number = _random.getrandbits(16)
        while number in self._waiting:
            number = _random.getrandbits(16)
        arrived: _Future = self._loop.create_future()
        self._waiting[number] = question, arrived
        self.uses += 1
        try:
            yield self, number, arrived
        finally:
            del self._waiting[number]
            if not self._waiting:
                self._close()

    def send(self, packet: bytes) -> None:
        try:
            self._socket.send(packet)
        except (BlockingIOError, InterruptedError):
            pass  # as good as lost on the way: it is sent again
        except OSError as problem:
            self._fail(problem)

    def _read(self) -> None:
        for _ in range(_AT_A_TIME):
            try:
                wire = self._socket.recv(LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as problem:  # an ICMP message: nobody listens there
                self._fail(problem)
                return
            if (waiting := self._waiting.get(int.from_bytes(wire[:2]))) is None:
                continue
            question, arrived = waiting
            if question.is_answered_by(wire, int.from_bytes(wire[:2])) and not arrived.done():
                arrived.set_result(wire)

    def _fail(self, problem: OSError) -> None:
        for _, arrived in self._waiting.values():
            if not arrived.done():
                arrived.set_exception(OSError(problem.errno, problem.strerror))

    def _close(self) -> None:
        self.closed = True
        self._loop.remove_reader(self._socket)
        self._socket.close()
