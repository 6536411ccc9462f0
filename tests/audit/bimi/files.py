"""Files that a BIMI record may lead to, each by the name that the cases call it."""

import base64
import gzip
from dataclasses import replace
from datetime import timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.audit.bimi.authority import NOW, Authority, Key, Wish, logotype, sct_list, sequence, tlv

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps"'
    ' viewBox="0 0 96 96">'
)
TITLE = "<title>Example</title>"
ART = '<rect width="96" height="96" fill="#0a4"/><circle cx="48" cy="48" r="30" fill="#fff"/>'
# NameConstraints that permit the DNS names in example.org (RFC 5280 4.2.1.10).
NOT_EXAMPLE_COM = sequence(tlv(0xA0, sequence(tlv(0x82, b"example.org"))))
LOGO = f"{HEAD}{TITLE}{ART}</svg>\n".encode()
OTHER = LOGO.replace(b"#0a4", b"#04a")
PARTS = {"head": HEAD, "title": TITLE, "art": ART, "svg": f"{HEAD}{TITLE}{ART}</svg>"}


class Files:
    """All of them, issued by one authority; `root` is what vouches for it."""

    def __init__(self) -> None:
        self.authority = Authority()
        self.root = self.authority.root.certificate
        self.contents = {"logo": LOGO, **self._logos(), **self._marks(), **self._chains()}

    def __getitem__(self, name: str) -> bytes:
        return self.contents[name]

    def _logos(self) -> dict[str, bytes]:
        many = "".join(f'<path d="M{n} 0h1v1z"/>' for n in range(2000))
        return {
            "svgz": gzip.compress(LOGO, mtime=0),
            "svgz bomb": gzip.compress(b" " * 50_000_000, mtime=0),
            "svgz cut": gzip.compress(LOGO, mtime=0)[:-12],
            "utf-16": f'<?xml version="1.0" encoding="UTF-16"?>{LOGO.decode()}'.encode("utf-16"),
            "png": b"\x89PNG\r\n\x1a\n" + bytes(40),
            "large": f"{HEAD}{TITLE}{ART}{many}</svg>".encode(),
            "huge": LOGO + b" " * 400_000,
            "deep": f"{HEAD}{TITLE}{'<g>' * 200}{ART}{'</g>' * 200}</svg>".encode(),
        }

    def mark(self, **changes: object) -> bytes:
        """A mark certificate with changes, and its issuer."""
        return self.chain(self.authority.mark(LOGO, **changes), self.authority.issuer)

    @staticmethod
    def chain(*keys: Key) -> bytes:
        return "".join(key.pem for key in keys).encode()

    def _marks(self) -> dict[str, bytes]:
        day = timedelta(days=1)
        marks = {
            "mark": {},
            "mark expired": {"end": NOW - day},
            "mark of tomorrow": {"start": NOW + day},
            "mark ending": {"end": NOW + 20 * day},
            "mark of no use": {"usages": ()},
            "mark of a server": {"usages": (ExtendedKeyUsageOID.SERVER_AUTH,)},
            "mark without logo": {"logotype": None},
            "mark with broken logo": {"logotype": sequence(b"\x05\0")},
            "mark with remote logo": {
                "logotype": logotype(LOGO, uri="https://example.com/logo.svg")
            },
            "mark with wrong hash": {"logotype": logotype(LOGO, digest=bytes(32))},
            "mark with PNG": {"logotype": logotype(LOGO, uri="data:image/png;base64,AAAA")},
            "mark of another logo": {"logotype": logotype(OTHER)},
            "mark of a bad logo": {"logotype": logotype(LOGO.replace(TITLE.encode(), b""))},
            "mark of nobody": {"domains": ()},
            "mark of another": {"domains": ("example.org", "www.example.com")},
            "mark in capitals": {"domains": ("EXAMPLE.COM",)},
            "mark of a selector": {"domains": ("Default._bimi.example.com",)},
            "mark without CRL": {"crl": False},
            "mark without SCT": {"scts": None},
            "mark with an empty SCT list": {"scts": sct_list(0)},
            "mark of no type": {"mark_type": None},
            "mark of prior use": {"mark_type": "Prior Use Mark"},
            "mark of the pilot": {"others": (("1.3.6.1.4.1.53087.4.1", b"\x05\0", True),)},
            "mark with a secret rule": {"others": (("1.3.6.1.4.1.99999.1", b"\x05\0", True),)},
        }
        return {name: self.mark(**changes) for name, changes in marks.items()}

    def _chains(self) -> dict[str, bytes]:
        authority, mark = self.authority, self.authority.mark(LOGO)
        issuer, root = authority.issuer, authority.root
        second = replace(authority.issuing, name="Marks below", issuer=issuer).made()
        bounds = (("2.5.29.30", NOT_EXAMPLE_COM, True),)
        confined = replace(authority.issuing, others=bounds).made()
        unfit = {
            "issuer of no use": {"usages": ()},
            "issuer that is none": {"is_authority": False},
            "issuer that may not sign": {"signs_certificates": False},
            "issuer expired": {"end": NOW - timedelta(days=3)},
        }
        chains = {
            name: replace(authority.issuing, **changes).made() for name, changes in unfit.items()
        }
        stranger = Authority()
        alone = Wish("Example Brand", domains=("example.com",), logotype=logotype(LOGO), crl=True)
        alone = replace(alone, scts=sct_list(), mark_type="Registered Mark")
        return {
            **{
                name: self.chain(authority.mark(LOGO, issuer=key), key)
                for name, key in chains.items()
            },
            "issued by the root": self.chain(authority.mark(LOGO, issuer=root), root),
            "names out of bounds": self.chain(authority.mark(LOGO, issuer=confined), confined),
            "with its root": self.chain(mark, issuer, root),
            "twice": self.chain(mark, issuer, issuer),
            "root before issuer": self.chain(mark, root, issuer),
            "issuer first": self.chain(issuer, mark),
            "alone": self.chain(mark),
            "two marks": self.chain(mark, authority.mark(LOGO), issuer),
            "with its key": self.chain(mark, issuer) + mark.private_pem.encode(),
            "in DER": mark.certificate.public_bytes(Encoding.DER),
            "too long": self.chain(authority.mark(LOGO, issuer=second), second, issuer),
            "of a stranger": self.chain(stranger.mark(LOGO), stranger.issuer, stranger.root),
            "of itself": self.chain(alone.made()),
            "of itself as an authority": self.chain(replace(alone, is_authority=True).made()),
            "authorities": self.chain(issuer, root),
            "corrupt": _corrupt(mark) + issuer.pem.encode(),
            "cut": self.chain(mark, issuer)[:-300],
            "garbled": mark.pem.replace("M", "!", 40).encode(),
            "nothing": b"",
        }


def _corrupt(key: Key) -> bytes:
    """The certificate with another last octet in its signature."""
    der = bytearray(key.certificate.public_bytes(Encoding.DER))
    der[-1] ^= 1
    body = base64.encodebytes(bytes(der)).decode()
    x509.load_der_x509_certificate(bytes(der))
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n".encode()


@cache
def all_files() -> Files:
    """The files, made once: keys and signatures take their time."""
    return Files()
