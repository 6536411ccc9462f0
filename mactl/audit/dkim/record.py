"""DKIM key records: text to a key that is ready to judge (RFC 6376 3.6.1, RFC 8463)."""

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mactl.audit.tags import TagList, parse_tags

ED25519_OCTETS = 32
_PEM = re.compile(r"-{5}(BEGIN|END) [A-Z ]{0,30}-{5}")
_BAD_START = re.compile(r"\Av ?[=:] ?dkim1\b ?[;:,.]? ?", re.IGNORECASE)
_ED25519_HEADER = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo, RFC 8410 4


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key record as published; missing tags have their defaults.

    `public_key` is None where `p=` is missing, empty where the key is revoked; `key_fault` says
    why `p=` holds no key of `key_type`, `bits` is 0 then.
    """

    text: str
    tags: TagList
    key_type: str = "rsa"
    hashes: tuple[str, ...] = ()  # empty: all
    services: tuple[str, ...] = ("*",)
    flags: tuple[str, ...] = ()
    public_key: str | None = None
    bits: int = 0
    key_fault: str = ""

    @property
    def right_version(self) -> bool:
        """`v=`, where it is given, comes first and is DKIM1 (RFC 6376 3.6.1)."""
        version = self.tags.get("v")
        return version is None or (version == "DKIM1" and self.tags.tags[0].name == "v")

    @property
    def revoked(self) -> bool:
        """`p=` is there and empty."""
        return self.public_key == ""

    @property
    def testing(self) -> bool:
        """`t=y`: receivers treat the mail as unsigned."""
        return "y" in self.flags

    @property
    def strict(self) -> bool:
        """`t=s`: it does not sign for subdomains."""
        return "s" in self.flags

    @property
    def known_type(self) -> bool:
        """Whether receivers can know the type."""
        return self.key_type in ("rsa", "ed25519")


def looks_like_key(text: str) -> bool:
    """Whether a TXT record under `_domainkey` is meant as a key: a wildcard may answer there."""
    tags = parse_tags(text)
    return tags.get("p") is not None or (tags.get("v") or "").upper().startswith("DKIM")


def parse_dkim_key(text: str) -> DkimKey:
    """The key record in `text`; never raises."""
    tags = parse_tags(text)
    key_type = tags.get("k") or "rsa"
    value = tags.get("p")
    public_key = None if value is None else re.sub(r"\s+", "", value)
    bits, fault = _measure(key_type, public_key) if public_key else (0, "")
    return DkimKey(
        text,
        tags,
        key_type,
        _listed(tags.get("h")),
        _listed(tags.get("s")) or ("*",),
        _listed(tags.get("t")),
        public_key,
        bits,
        fault,
    )


def repaired(text: str) -> str:
    """What was probably meant by a record that holds no key that works; '' where that can't be told.

    Quotes and backslashes come from lines of zone files, five dashes from files in PEM.
    """
    bare = _PEM.sub("", re.sub(r"[\"'\\]", "", " ".join(text.split())))
    bare = _BAD_START.sub("v=DKIM1; ", bare if ";" in bare else bare.replace(",", ";"))
    tags = parse_tags(bare, fold_case=True)
    values = {tag.name: re.sub(r"\s+", "", tag.value) for tag in tags}
    # Base64 for addresses of the web has other letters.
    values["p"] = values.get("p", "").translate(str.maketrans("-_", "+/"))
    kept = {name: values[name] for name in ("k", "p") if values.get(name)}
    key = parse_dkim_key("; ".join(f"{n}={v}" for n, v in {"v": "DKIM1", **kept}.items()))
    return key.text if key.public_key and key.known_type and not key.key_fault else ""


def _listed(value: str | None) -> tuple[str, ...]:
    return tuple(item.strip() for item in (value or "").split(":") if item.strip())


def _measure(key_type: str, public_key: str) -> tuple[int, str]:
    """The bits of a key, or why it is none."""
    try:
        octets = base64.b64decode(public_key, validate=True)
    except (binascii.Error, ValueError):
        return 0, "it is not base64"
    if key_type == "ed25519":
        if len(octets) == ED25519_OCTETS:
            return 8 * ED25519_OCTETS, ""
        # RFC 8463 4: the bare key, without the ASN.1 around it.
        return 0, f"an Ed25519 key has {ED25519_OCTETS} octets, not {len(octets)}"
    if key_type != "rsa":
        return 0, ""
    try:
        # Both forms occur: SubjectPublicKeyInfo, and the RSAPublicKey of RFC 6376 3.6.1.
        key = load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        return 0, "it is cut off, or not a key"
    if not isinstance(key, RSAPublicKey):
        return 0, "it is not an RSA key"
    return key.key_size, ""


def loaded_key(key: DkimKey) -> RSAPublicKey | Ed25519PublicKey | None:
    """The public key itself; None where it is revoked, faulty, or of a type that nobody knows."""
    if not key.public_key or key.key_fault or not key.known_type:
        return None
    octets = base64.b64decode(key.public_key)
    if key.key_type == "ed25519":
        return Ed25519PublicKey.from_public_bytes(octets)
    public = load_der_public_key(octets)
    return public if isinstance(public, RSAPublicKey) else None


def same_key(key_type: str, one: str, other: str) -> bool:
    """Whether two base64 texts, as in `p=`, are one key of `key_type`: an RSA key has two forms."""
    if key_type != "rsa":
        return one == other
    try:
        keys = [load_der_public_key(base64.b64decode(text, validate=True)) for text in (one, other)]
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return False
    numbers = [key.public_numbers() for key in keys if isinstance(key, RSAPublicKey)]
    return len(numbers) == 2 and numbers[0] == numbers[1]


def bare_ed25519(public_key: str) -> str:
    """The base64 to publish for an Ed25519 key that still has its ASN.1 header; '' for others."""
    try:
        octets = base64.b64decode(public_key, validate=True)
    except (binascii.Error, ValueError):
        return ""
    if not octets.startswith(_ED25519_HEADER):
        return ""
    return base64.b64encode(octets.removeprefix(_ED25519_HEADER)).decode("ascii")
