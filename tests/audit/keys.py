"""Public keys of any size, by the names that the case files use."""

import base64
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def rsa_key(bits: int) -> str:
    """A public key of so many bits; nobody has, or needs, the other half."""
    numbers = RSAPublicNumbers(65537, (1 << (bits - 1)) + 1)
    der = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def ed25519_key(*, bare: bool = True) -> str:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    if bare:
        return base64.b64encode(key.public_bytes_raw()).decode()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@cache
def public_keys() -> dict[str, str]:
    """Base64 of public keys by name; a fixture, `keys`, has them too."""
    sizes = (512, 768, 1023, 1024, 1536, 2048, 4096)
    return {
        **{f"rsa{bits}": rsa_key(bits) for bits in sizes},
        "ed25519": ed25519_key(),
        "ed25519_der": ed25519_key(bare=False),
        "cut": rsa_key(2048)[:200],
    }


def with_keys(entry: Any, keys: dict[str, str]) -> Any:
    """`entry` with each `{name}` in its texts replaced by that key."""
    if isinstance(entry, dict):
        return {name: with_keys(value, keys) for name, value in entry.items()}
    if isinstance(entry, list):
        return [with_keys(value, keys) for value in entry]
    if isinstance(entry, str):
        for name, key in keys.items():
            entry = entry.replace(f"{{{name}}}", key)
    return entry
