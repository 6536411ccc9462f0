"""What people write for an entry of the suppression list → its key.

`ann@example.com` is an address, `@example.com` a domain, `*.example.com` all domains below it, 64 hexadecimal digits
are a SHA-256 and 32 an MD5 of an address, `+31 6 1234 5678` is a phone number.
"""

import re
from collections.abc import Collection, Iterable, Sequence

import pyarrow as pa

from mactl.people.hygiene.addresses import read_addresses
from mactl.store.covering import EntryKind, Hashing, hashing_of, kind_of, secret_mark
from mactl.store.suppressions import address_key

_BARE_HASH = re.compile(r"(?P<sha256>[0-9a-f]{64})|(?P<md5>[0-9a-f]{32})")
_PHONE_NUMBER = re.compile(r"\+?[0-9](?:[\s().-]*[0-9]){6,14}")
_DOMAIN = re.compile(r"[^@\s,;<>\"]+\.[^@\s,;<>\"]{2,}")
_ANYBODY = "anybody"  # whose address at a domain is asked for


def read_entries(texts: Sequence[str], secret: bytes) -> tuple[list[str | None], dict[str, str]]:
    """The key of each text, None for what is no entry; and what is wrong with each of those.

    `secret` is the state's: a keyed hash that was made under another covers nobody here.
    """
    meant = {text: _meant(text) for text in texts}
    keys: dict[str, str | None] = {}
    faults: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for text, entry in meant.items():
        kind = kind_of(entry)
        if kind is EntryKind.ADDRESS:
            addresses[text] = entry
        elif kind is EntryKind.DOMAIN:
            addresses[text] = _someone_at(entry)
        elif kind is EntryKind.HASH and hashing_of(entry) is Hashing.KEYED:
            is_ours = entry.split(":")[1] == secret_mark(secret)
            keys[text] = entry if is_ours else None
            if not is_ours:
                faults[text] = "it was made under the secret of another state, so it covers nobody"
        elif kind is EntryKind.HASH or _PHONE_NUMBER.fullmatch(entry):
            keys[text] = address_key(entry)
        else:
            keys[text], faults[text] = None, _why_none(entry)
    domains = {text for text in addresses if kind_of(meant[text]) is EntryKind.DOMAIN}
    for text, valid, fault in _judged(addresses, domains):
        is_domain = text in domains
        keys[text] = None if valid is None else address_key(meant[text] if is_domain else valid)
        if valid is None:
            faults[text] = fault
    return [keys[text] for text in texts], faults


def _meant(text: str) -> str:
    """`text` without what is often written around an entry, as the key of what it is meant as."""
    entry = text.strip().removeprefix("mailto:")
    if entry.startswith("<") and entry.endswith(">"):
        entry = entry[1:-1]
    if entry.startswith("*."):
        return f"@{entry}"
    lowered = entry.lower()
    if kind_of(lowered) is EntryKind.HASH:
        return lowered
    found = _BARE_HASH.fullmatch(lowered)
    return f"{found.lastgroup}:{lowered}" if found else entry


def _someone_at(entry: str) -> str:
    """An address that the entry of a domain covers: the domain is valid where that is."""
    return f"{_ANYBODY}@{entry.removeprefix('@').replace('*.', 'below.', 1)}"


def _judged(
    addresses: dict[str, str], domains: Collection[str]
) -> Iterable[tuple[str, str | None, str]]:
    """Each text with its address as it is kept, or None and why it is none; `domains` are to stand for themselves."""
    read = read_addresses(pa.array(addresses.values(), pa.string()))
    for (text, address), kept in zip(addresses.items(), read.kept.to_pylist(), strict=True):
        if text in domains and address in read.mended:
            yield text, None, "it is no domain"
        else:
            yield text, kept, read.faults.get(address, "")


def _why_none(entry: str) -> str:
    if _DOMAIN.fullmatch(entry) and not entry[0].isdigit():
        return f"it has no @; a domain is written @{entry}"
    return "it is neither an address nor a domain nor a hash of one"
