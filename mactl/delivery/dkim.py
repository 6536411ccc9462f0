"""DKIM signatures (RFC 6376) with RSA and Ed25519 (RFC 8463), headers and body relaxed."""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from mactl.canonicalization import (
    LINE_END,
    canonical_headers,
    relaxed_body,
    relaxed_header,
    split_message,
)
from mactl.errors import ConfigurationError

SIGNED_HEADERS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
"""Whatever of these a message has is signed: all that says who, to whom and what, and how to get out."""

_SMALLEST_RSA = 1024  # bits, RFC 8301 3.2
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9_-]{1,63})+", re.IGNORECASE)
_SELECTOR = re.compile(
    r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ToBeSigned:
    """What every signature of one message covers: the names of its fields in their order, these in canonical form, and
    the hash of its body in base64."""

    names: list[bytes]
    headers: bytes
    body_hash: bytes


def to_be_signed(message: bytes) -> ToBeSigned:
    """What there is to sign in `message`, which has CRLF line ends and one From, else ValueError."""
    fields, body = split_message(message)
    names = [name for name, _ in fields]
    if names.count(b"from") != 1:
        raise ValueError("a message has one From (RFC 5322 3.6)")
    signed = [name.encode() for name in SIGNED_HEADERS if name.lower().encode() in names]
    signed = [name for name in signed for _ in range(names.count(name.lower()))]
    # One more From than there is: a second one, put above ours on the way, would break the signature.
    signed.append(b"From")
    body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
    return ToBeSigned(signed, canonical_headers(fields, signed, relaxed_header), body_hash)


@dataclass(frozen=True)
class Signer:
    """A key, and where its public half is published: `selector._domainkey.domain`."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """The `a=` of its signatures."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def public_key(self) -> str:
        """The public half as its record has it (RFC 6376 3.6.1, RFC 8463 4)."""
        public = self.key.public_key()
        if isinstance(public, RSAPublicKey):
            octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            octets = public.public_bytes_raw()
        return base64.b64encode(octets).decode("ascii")

    def sign(self, message: bytes, at: int) -> bytes:
        """`message` with a DKIM-Signature above it, made at the epoch second `at`.

        The message has CRLF line ends and one From, else ValueError.
        """
        return self.field(to_be_signed(message), at) + message

    def field(self, about: "ToBeSigned", at: int) -> bytes:
        """The DKIM-Signature, with its line end, that `sign` puts above the message that `about` is of."""
        unsigned = LINE_END.join(
            [
                b"DKIM-Signature: v=1; a=%b; c=relaxed/relaxed;" % self.algorithm.encode(),
                b" d=%b; s=%b; t=%d;" % (self.domain.encode(), self.selector.encode(), at),
                b" h=%b;" % b":\r\n  ".join(about.names),
                b" bh=%b;" % about.body_hash,
                b" b=",
            ]
        )
        signature = base64.b64encode(self._signature(about.headers + relaxed_header(unsigned)))
        return unsigned + _folded(signature) + LINE_END

    def _signature(self, text: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(text, padding.PKCS1v15(), SHA256())
        # RFC 8463 3: the hash is what is signed.
        return self.key.sign(hashlib.sha256(text).digest())


@dataclass(frozen=True)
class Signers:
    """Several that sign the same message, at least one: RSA and Ed25519 (RFC 8463 3), or two domains."""

    signers: tuple[Signer, ...]

    def sign(self, message: bytes, at: int) -> bytes:
        """As one signer does, with a signature of each above it; that of the first stands on top, where a verifier
        that looks at one only (RFC 6376 6.1) finds it."""
        about = to_be_signed(message)
        return b"".join(signer.field(about, at) for signer in self.signers) + message

    def of(self, domain: str) -> Signer:
        """Who signs for `domain`: with the domain itself, else with one above or below it, else the first."""
        name = domain.lower()

        def distance(signer: Signer) -> int:
            own = signer.domain.lower()
            if own == name:
                return 0
            return 1 if f".{name}".endswith(f".{own}") or f".{own}".endswith(f".{name}") else 2

        return min(self.signers, key=distance)


def load_signer(domain: str, selector: str, path: Path) -> Signer:
    """The signer whose private key is in the PEM file at `path`.

    Raises ConfigurationError where it has none that signs mail, or domain or selector can't be names in the DNS.
    """
    if not _DOMAIN.fullmatch(domain):
        raise ConfigurationError(
            f"{domain!r} is not a domain that can sign", "see sender.dkim.domain"
        )
    if not _SELECTOR.fullmatch(selector):
        raise ConfigurationError(f"{selector!r} is not a selector", "see sender.dkim.selector")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the DKIM key cannot be read: {error.strerror}", "see sender.dkim.key"
        ) from error
    except TypeError:
        raise ConfigurationError(
            f"{path}: the DKIM key is locked with a password",
            "keep it unlocked, readable for mactl alone",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{path}: not a private key in PEM", _MAKE_ONE) from None
    if isinstance(key, RSAPrivateKey):
        if key.key_size < _SMALLEST_RSA:
            raise ConfigurationError(
                f"{path}: an RSA key of {key.key_size} bits, which receivers ignore (RFC 8301 3.2)",
                _MAKE_ONE,
            )
        return Signer(domain, selector, key)
    if isinstance(key, Ed25519PrivateKey):
        return Signer(domain, selector, key)
    raise ConfigurationError(f"{path}: a key, but neither RSA nor Ed25519", _MAKE_ONE)


_MAKE_ONE = "make one with: openssl genrsa -out dkim.pem 2048"


def _folded(text: bytes) -> bytes:
    """`text` in lines that no server wraps (RFC 5322 2.1.1)."""
    lines = [text[first : first + 72] for first in range(0, len(text), 72)]
    return b"\r\n  ".join(lines)
