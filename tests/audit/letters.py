"""Messages as they are received, signed with whatever tags a test asks for."""

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mactl.canonicalization import (
    canonical_headers,
    relaxed_body,
    relaxed_header,
    simple_body,
    simple_header,
    split_message,
)

PrivateKey = rsa.RSAPrivateKey | Ed25519PrivateKey

RSA = rsa.generate_private_key(65537, 2048)
RSA_1024 = rsa.generate_private_key(65537, 1024)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS: dict[str, PrivateKey] = {
    "mine": RSA,
    "weak": RSA_1024,
    "other": OTHER_RSA,
    "edwards": ED25519,
}
HEADERS = "From:To:Subject:Date:Message-ID:List-Unsubscribe:List-Unsubscribe-Post:From"


def public_half(key: PrivateKey) -> str:
    """The public half as in `p=`."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = public.public_bytes_raw()
    return base64.b64encode(octets).decode()


def public_halves() -> dict[str, str]:
    """The public halves by the names that case files use."""
    return {name: public_half(key) for name, key in KEYS.items()}


def signed(message: bytes, key: PrivateKey = RSA, **tags: Any) -> bytes:
    """`message`, which has CRLF line ends, below a DKIM-Signature with these tags; None leaves one out."""
    fields, body = split_message(message)
    algorithm = "rsa-sha256" if isinstance(key, rsa.RSAPrivateKey) else "ed25519-sha256"
    wanted = {"v": "1", "a": algorithm, "c": "relaxed/relaxed", "d": "example.com", "s": "mail"}
    wanted |= {"h": HEADERS} | {name: str(value) for name, value in tags.items() if value}
    wanted = {name: value for name, value in wanted.items() if name not in tags or tags[name]}
    header_form, _, body_form = wanted.get("c", "").partition("/")
    covered = (relaxed_body if body_form == "relaxed" else simple_body)(body)
    if "l" in wanted:
        covered = covered[: int(wanted["l"])]
    wanted.setdefault("bh", base64.b64encode(hashlib.sha256(covered).digest()).decode())
    field = f"DKIM-Signature: {'; '.join(f'{n}={v}' for n, v in wanted.items())}; b=".encode()
    form = relaxed_header if header_form == "relaxed" else simple_header
    names = [name.strip().encode() for name in wanted.get("h", "").split(":")]
    text = canonical_headers(fields, names, form) + form(field)
    signature = tags["b"] if "b" in tags else base64.b64encode(_signature(key, text)).decode()
    return field + signature.encode() + b"\r\n" + message


def _signature(key: PrivateKey, text: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), SHA256())
    return key.sign(hashlib.sha256(text).digest())
