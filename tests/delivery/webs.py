"""A real web server on the loopback that answers, and misbehaves, as a test wants."""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG_UP = "hang up without an answer"
HANG_UP_EARLY = "hang up before the body is read"


@dataclass(frozen=True)
class Request:
    """A request that came whole."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]


Reaction = int | str | tuple[int, dict[str, str], bytes] | bytes | float
Behaviour = Callable[[int], Reaction]
"""Number of the request, from 1 → a status, one with headers and body, the very bytes, seconds to wait, HANG_UP…"""


@dataclass
class Web:
    """What a running server was asked."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/messages"


@contextmanager
def web_server(
    behave: Behaviour = lambda number: 200, *, tls: ssl.SSLContext | None = None
) -> Iterator[Web]:
    web = Web()
    number, lock = [0], threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer goes out whole

        def setup(self) -> None:
            web.connections += 1
            super().setup()

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            with lock:
                number[0] += 1
                reaction = behave(number[0])
            if reaction == HANG_UP_EARLY:
                return self.hang_up()
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            web.requests.append(Request(self.path, dict(self.headers), body, self.command))
            if reaction == HANG_UP:
                return self.hang_up()
            if isinstance(reaction, float):
                time.sleep(reaction)
                reaction = 200
            if isinstance(reaction, bytes):
                self.wfile.write(reaction)
                self.close_connection = True
                return None
            status, headers, answer = (
                reaction if isinstance(reaction, tuple) else (reaction, {}, b"{}")
            )
            self.send_response(int(status))
            for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)
            return None

        def hang_up(self) -> None:
            self.close_connection = True
            # A reset, as of a process that died, rather than a polite end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with suppress(OSError):
                self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # clients that are gone are what the tests are about

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        web.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join(5)
