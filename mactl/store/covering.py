"""What an entry of the suppression list covers that it does not spell out: a domain's addresses, or one by its hash.

An entry is told by its key alone:

- `ann@example.com`: an address, by its address key
- `@example.com`: every address of a domain, and `@*.example.com` of all domains below it (that domain is not)
- `sha256:HEX`, `md5:HEX`: the address whose key has this hash, as other tools hand it out
- `keyed:KEY:HEX`: the address whose key has this hash under the secret of the state, of which `KEY` is the mark:
  nobody without the secret can find out whose it is by trying addresses
- anything else: an address of a channel other than mail; a phone number as it is dialled at home covers the same
  number with the code of its country
"""

import re
from collections.abc import Callable, Collection
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b, md5, sha256

_PURPOSE = b"mactl-suppress"  # what else the secret keys has another
_DIGEST = 32  # bytes of a keyed hash
_MARK = 4
_SPACED = re.compile(r"[\s,]")  # a postal address, though a name in it may have an @
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORTEST = 6  # digits that a number has at home at least, to be one nobody else has
_HASH = re.compile(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}|keyed:[0-9a-f]{8}:[0-9a-f]{64}")


class EntryKind(StrEnum):
    """What an entry names."""

    ADDRESS = "address"
    DOMAIN = "domain"
    HASH = "hash"
    OTHER = "other"
    """An address of another channel: a phone number, a postal address."""


class Hashing(StrEnum):
    """How an address is hashed, the surest first; its value begins the key of the entry."""

    KEYED = "keyed"
    SHA256 = "sha256"
    MD5 = "md5"


_CALLED = {
    Hashing.KEYED: "by its keyed hash",
    Hashing.SHA256: "by its SHA-256",
    Hashing.MD5: "by its MD5",
}


def kind_of(key: str) -> EntryKind:
    """What the entry with this key names."""
    if key.startswith("@"):
        return EntryKind.DOMAIN
    if "@" in key and not _SPACED.search(key):
        return EntryKind.ADDRESS
    return EntryKind.HASH if _HASH.fullmatch(key) else EntryKind.OTHER


def hashing_of(key: str) -> Hashing | None:
    """How the entry with this key hides its address; None where it does not."""
    return Hashing(key.partition(":")[0]) if kind_of(key) is EntryKind.HASH else None


def told_of(key: str) -> str:
    """The entry that covers an address, as a reason names it: `@example.com`, `by its SHA-256`."""
    how = hashing_of(key)
    return key if how is None else _CALLED[how]


@lru_cache(8)
def secret_mark(secret: bytes) -> str:
    """Eight hexadecimal digits that tell under which secret a hash was made, and nothing of the secret."""
    return blake2b(b"", key=secret, person=_PURPOSE, digest_size=_MARK).hexdigest()


def hash_key(how: Hashing, address_key: str, secret: bytes) -> str:
    """The key of the entry that hides the address with this address key."""
    return prefix_of(how, secret) + digester(how, secret)(address_key.encode())


def hash_keys(
    address_key: str, secret: bytes, hashings: Collection[Hashing] = tuple(Hashing)
) -> list[str]:
    """The keys of all entries that may hide this very address in one of these ways, the surest first."""
    return [
        hash_key(how, text, secret)
        for how in Hashing
        if how in hashings
        for text in ways_written(how, address_key)
    ]


def covering_keys(address_key: str) -> list[str]:
    """The keys of all entries that cover this address without spelling it out, the nearest first: those of its domain,
    and of a phone number in E.164 those of what is dialled for it at home and abroad."""
    _, at, domain = address_key.rpartition("@")
    if not at:
        return _dialled_keys(address_key) if _E164.fullmatch(address_key) else []
    labels = domain.split(".")
    above = [f"@*.{'.'.join(labels[first:])}" for first in range(1, len(labels))]
    return [f"@{domain}", *above]


def _dialled_keys(number: str) -> list[str]:
    """+31612345678 is dialled as 0612345678 or 0031612345678. Where the code of the country ends is not known here;
    that the same digits may be meant elsewhere is better than to write to somebody who opted out."""
    digits = number.removeprefix("+")
    homes = [digits[length:] for length in (1, 2, 3) if len(digits) - length >= _SHORTEST]
    return [f"00{digits}", digits, *(f"0{home}" for home in homes), *homes]


def prefix_of(how: Hashing, secret: bytes) -> str:
    """What the key of an entry made in this way begins with."""
    return f"{how}:{secret_mark(secret)}:" if how is Hashing.KEYED else f"{how}:"


def digester(how: Hashing, secret: bytes) -> Callable[[bytes], str]:
    """What hashes a text in this way, as hexadecimal digits."""
    if how is Hashing.SHA256:
        return lambda text: sha256(text).hexdigest()
    if how is Hashing.MD5:
        # Who made the list chose it; nothing here rests on its strength.
        return lambda text: md5(text, usedforsecurity=False).hexdigest()
    # A MAC by itself (RFC 7693 2.9), and thrice as fast over a million addresses as HMAC-SHA256.
    return lambda text: blake2b(text, key=secret, person=_PURPOSE, digest_size=_DIGEST).hexdigest()


def ways_written(how: Hashing, address_key: str) -> list[str]:
    """The texts that may have been hashed for this address: others write a domain in its ASCII form as well."""
    local, at, domain = address_key.rpartition("@")
    if how is Hashing.KEYED or domain.isascii():
        return [address_key]
    return [address_key, f"{local}{at}{'.'.join(map(_in_ascii, domain.split('.')))}"]


def _in_ascii(label: str) -> str:
    """A label of a domain as DNS has it (RFC 3492)."""
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
