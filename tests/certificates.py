"""Certificates for servers on the loopback."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Certificate:
    """A certificate of 127.0.0.1 and of `names` that signs itself, for the server and for who trusts it.

    `path` is a file with its key, `ca_file` one without.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
        start = datetime.datetime(2020, 1, 1)
        subjects = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *map(x509.DNSName, names)]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=36_500))
            .add_extension(x509.SubjectAlternativeName(subjects), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .sign(key, SHA256())
        )
        public = certificate.public_bytes(Encoding.PEM)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(public)
        self.path = folder / "certificate.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.path.write_bytes(secret + public)

    def context(self, *protocols: str) -> ssl.SSLContext:
        """That of a server, which speaks `protocols` (ALPN)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """What a client trusts that is given `ca_file`."""
        return tuple(x509.load_pem_x509_certificates(self.ca_file.read_bytes()))

    @property
    def server(self) -> ssl.SSLContext:
        """That of a server."""
        return self.context()

    @property
    def client(self) -> ssl.SSLContext:
        """That of a client who trusts it."""
        return ssl.create_default_context(cafile=str(self.path))
