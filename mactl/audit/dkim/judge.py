"""What is wrong with a DKIM key record."""

from collections.abc import Iterator
from dataclasses import replace

from mactl.audit.dkim import kinds
from mactl.audit.dkim.record import DkimKey, bare_ed25519, repaired
from mactl.audit.fixes import publish
from mactl.audit.names import printable
from mactl.findings import Finding

LEAST_BITS = 1024  # RFC 8301 3.2
WANTED_BITS = 2048
_SHOWN = 120
_NEW_KEY = (
    "make a 2048-bit RSA key under a new selector, sign with it, then revoke the old one with 'p='"
)


def judge_key(name: str, key: DkimKey) -> Iterator[Finding]:
    """The findings about the record at `name`, such as `s1._domainkey.example.com`."""
    at = printable(name)
    if key.tags.faults:
        # RFC 6376 3.2: a list with a fault, or with one tag twice, is no list at all.
        yield kinds.SYNTAX.found(
            f"{at}: {key.tags.faults[0]}",
            _meant(at, key) or "publish a list of tags: 'v=DKIM1; p=…'",
        )
        return
    if not key.right_version:
        fix = _meant(at, key) or "publish a key that begins with 'v=DKIM1;', or leave it out"
        yield kinds.VERSION.found(f"{at} does not begin with 'v=DKIM1'", fix)
        return
    if key.public_key is None:
        yield kinds.NO_KEY.found(
            f"{at} has no 'p='", _meant(at, key) or "publish the public key in it"
        )
        return
    if key.revoked:
        yield kinds.REVOKED.found(f"{at} is revoked")
        return
    yield from _judge_use(at, key)
    yield from _judge_material(at, key)


def _meant(at: str, key: DkimKey) -> str:
    """To publish what was probably meant; '' where that can't be told."""
    meant = repaired(key.text)
    return f"{publish(meant, at)}, if that is what is meant" if meant else ""


def _judge_use(at: str, key: DkimKey) -> Iterator[Finding]:
    if key.hashes and "sha256" not in key.hashes:
        allowed = printable(":".join(key.hashes), _SHOWN)
        yield kinds.NO_SHA256.found(f"{at} allows only 'h={allowed}'", "leave out 'h='")
    if not {"*", "email"} & set(key.services):
        services = printable(":".join(key.services), _SHOWN)
        yield kinds.NOT_FOR_EMAIL.found(f"{at} is for 's={services}'", "leave out 's='")
    if key.testing:
        yield kinds.TESTING.found(f"{at} has 't=y'", "leave out 't=y' once signing works")


def _judge_material(at: str, key: DkimKey) -> Iterator[Finding]:
    if not key.known_type:
        fix = "publish an RSA key: 'k=rsa'"
        if key.key_type.lower() == "rsa":  # RFC 6376 3.2: values are told apart by case
            fix = _meant(at, replace(key, text=key.text.replace(key.key_type, "rsa"))) or fix
        what = f"{at} has 'k={printable(key.key_type, _SHOWN)}'"
        yield kinds.UNKNOWN_KEY_TYPE.found(what, fix)
    elif key.key_fault:
        fix = "copy the public key again, whole and without quotes or line breaks"
        if key.key_type == "ed25519" and (bare := bare_ed25519(key.public_key or "")):
            fix = publish(f"v=DKIM1; k=ed25519; p={bare}", at)
        fix = _meant(at, key) or fix
        yield kinds.BAD_KEY.found(f"the key at {at} can't be read: {key.key_fault}", fix)
    elif key.key_type == "rsa" and key.bits < LEAST_BITS:
        yield kinds.KEY_TOO_SHORT.found(f"{at} is an RSA key of {key.bits} bits", _NEW_KEY)
    elif key.key_type == "rsa" and key.bits < WANTED_BITS:
        yield kinds.KEY_SHORT.found(f"{at} is an RSA key of {key.bits} bits", _NEW_KEY)
