"""A web server over TLS on the loopback interface that answers with whatever octets it was given."""

import socketserver
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Answer = bytes | Callable[[socketserver.StreamRequestHandler], None]


def ok(body: bytes, kind: str = "image/svg+xml", *headers: str) -> bytes:
    """A plain answer with status 200."""
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def certified(folder: Path, *names: str, days: int = 30) -> Path:
    """A file with a fresh key and a certificate of itself for `names`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web server")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=40))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{names[0]}{days}.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path


class WebServer:
    """`answers` by path; `requests` holds the head of each request, `names` the SNI of each."""

    def __init__(self, certificate: Path | None) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.names: list[str | None] = []
        server = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 10

            def handle(self) -> None:
                server._handle(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is no error of ours."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._tls = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
            self._tls.sni_callback = lambda _, name, __: self.names.append(name)
        self.port = self._server.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> "WebServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handle(self, handler: socketserver.StreamRequestHandler) -> None:
        if self._tls is None:  # it speaks first, and not TLS
            handler.wfile.write(b"220 mail.example.com ESMTP\r\n")
            return
        handler.request = self._tls.wrap_socket(handler.request, server_side=True)
        handler.rfile = handler.request.makefile("rb")
        handler.wfile = handler.request.makefile("wb", 0)
        lines = []
        while (line := handler.rfile.readline(8192)) not in (b"\r\n", b""):
            lines.append(line.decode("latin-1").strip())
        self.requests.append("\n".join(lines))
        path = lines[0].split()[1] if lines else ""
        answer = self.answers.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        if callable(answer):
            answer(handler)
        else:
            handler.wfile.write(answer)
        handler.request.close()
