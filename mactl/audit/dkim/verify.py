"""Verifying DKIM signatures as a receiver does (RFC 6376 6, RFC 8301, RFC 8463)."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from mactl.audit.dkim import kinds
from mactl.audit.dkim.judge import judge_key
from mactl.audit.dkim.record import DkimKey, loaded_key, parse_dkim_key
from mactl.audit.dkim.signature import Algorithm, DkimResult, DkimSignature, parse_signature
from mactl.audit.dns import Answer, Resolver
from mactl.audit.kinds import Status
from mactl.audit.names import printable
from mactl.canonicalization import Field, canonical_headers

MAX_SIGNATURES = 12
"""So many are looked at, from the top (RFC 6376 6.1)."""
_CLOCK_SLACK = 3600  # seconds that the clock of who signs may go wrong
_MAX_KEYS = 4  # records at one selector
_SIGNATURE = b"dkim-signature"

Verdict = tuple[DkimResult, str]


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What came of one signature, and why it does not pass; `key` is the key that it was held against.

    `appended` counts the octets at the end of the canonical body that it does not cover (`l=`).
    """

    signature: DkimSignature
    result: DkimResult
    problem: str = ""
    key: DkimKey | None = None
    appended: int = 0

    @property
    def testing(self) -> bool:
        """Whether its key is in test mode: receivers take the message as if it were not signed."""
        return self.key is not None and self.key.testing

    @property
    def counts(self) -> bool:
        """Whether its domain is authenticated by it."""
        return self.result is DkimResult.PASS and not self.testing  # RFC 6376 3.6.1, t=y


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """The fields and the body of a message, CRLF throughout, as signatures are held against them."""

    fields: Sequence[Field]
    body: bytes
    _bodies: dict[str, bytes] = field(default_factory=dict)
    _hashes: dict[tuple[str, int | None], bytes] = field(default_factory=dict)

    @property
    def signatures(self) -> list[int]:
        """Where its signatures stand among the fields."""
        return [index for index, (name, _) in enumerate(self.fields) if name == _SIGNATURE]

    def length(self, signature: DkimSignature) -> int:
        """The octets of the body in the form that `signature` asks for."""
        return len(self._canonical(signature))

    def body_hash(self, signature: DkimSignature) -> bytes:
        """The SHA-256 of what `signature` covers of the body."""
        asked = (signature.body_form, signature.length)
        if asked not in self._hashes:
            covered = memoryview(self._canonical(signature))[: signature.length]
            self._hashes[asked] = hashlib.sha256(covered).digest()
        return self._hashes[asked]

    def header_text(self, signature: DkimSignature, index: int) -> bytes:
        """What `signature`, which stands at `index`, was made over (RFC 6376 3.7)."""
        others = [other for place, other in enumerate(self.fields) if place != index]
        names = [name.encode("utf-8") for name in signature.headers]
        form = signature.header_canonical
        return canonical_headers(others, names, form) + form(signature.unsigned)

    def _canonical(self, signature: DkimSignature) -> bytes:
        if signature.body_form not in self._bodies:
            self._bodies[signature.body_form] = signature.body_canonical(self.body)
        return self._bodies[signature.body_form]


async def verify_signatures(
    message: SignedMessage, resolver: Resolver, now: datetime
) -> tuple[SignatureCheck, ...]:
    """What comes of each signature, from the top; at most MAX_SIGNATURES are looked at.

    `now` has a time zone. Never raises: whatever is wrong is a result.
    """
    places = message.signatures[:MAX_SIGNATURES]
    found = [parse_signature(message.fields[place][1]) for place in places]
    checks = (
        _verify(message, signature, place, resolver, int(now.timestamp()))
        for place, signature in zip(places, found, strict=True)
    )
    return tuple(await asyncio.gather(*checks))


async def _verify(
    message: SignedMessage, signature: DkimSignature, index: int, resolver: Resolver, now: int
) -> SignatureCheck:
    if signature.result is not None:
        return SignatureCheck(signature, signature.result, signature.problem)
    answer = await resolver.query(signature.key_name, "TXT")
    if early := _without_key(signature, answer):
        return SignatureCheck(signature, *early)
    appended = 0
    if signature.length is not None:
        appended = max(0, message.length(signature) - signature.length)
    checks = [
        SignatureCheck(signature, *verdict, key, appended)
        for key, verdict in _tried(message, signature, index, answer, now)
    ]
    # RFC 6376 6.1.2: of several records a verifier may try each.
    return next((check for check in checks if check.result is DkimResult.PASS), checks[0])


def _without_key(signature: DkimSignature, answer: Answer) -> Verdict | None:
    """What is clear without a key."""
    at = printable(signature.key_name)
    if answer.failed:
        return DkimResult.TEMPERROR, f"its key can't be read: {answer.failure}"
    if answer.absent and answer.canonical:
        return DkimResult.PERMERROR, f"{at} points to {printable(answer.canonical)}, without a key"
    if not answer.records:
        return DkimResult.PERMERROR, f"there is no key at {at}"
    return None


def _tried(
    message: SignedMessage, signature: DkimSignature, index: int, answer: Answer, now: int
) -> Iterator[tuple[DkimKey, Verdict]]:
    for text in answer.records[:_MAX_KEYS]:
        key = parse_dkim_key(text)
        faults: tuple[Callable[[], Verdict | None], ...] = (
            lambda key=key: _key_fault(signature, key),  # type: ignore[misc]
            lambda: _body_fault(message, signature),
            lambda key=key: _signature_fault(message, signature, index, key),  # type: ignore[misc]
            lambda: _age_fault(signature, now),
        )
        verdict = next(filter(None, (fault() for fault in faults)), (DkimResult.PASS, ""))
        yield key, verdict


def _key_fault(signature: DkimSignature, key: DkimKey) -> Verdict | None:
    """What keeps a key from being used for a signature (RFC 6376 6.1.2)."""
    at = printable(signature.key_name)
    if key.revoked:
        return DkimResult.PERMERROR, f"the key at {at} is revoked"
    for finding in judge_key(signature.key_name, key):
        if finding.id == kinds.KEY_TOO_SHORT.id:
            return DkimResult.POLICY, finding.message  # RFC 8301 3.2
        if kinds.KINDS[finding.id].status is Status.PERMERROR:
            return DkimResult.PERMERROR, finding.message
    if Algorithm(signature.algorithm).key_type != key.key_type:
        return DkimResult.PERMERROR, f"'a={signature.algorithm}', and the key is {key.key_type}"
    if key.strict and signature.identity_domain != signature.domain:
        return DkimResult.PERMERROR, "the key has 't=s', and i= is below d="  # RFC 6376 3.6.1
    return None


def _body_fault(message: SignedMessage, signature: DkimSignature) -> Verdict | None:
    if signature.length is not None and signature.length > message.length(signature):
        return DkimResult.FAIL, "the body is shorter than when it was signed"  # RFC 6376 3.5, l=
    if message.body_hash(signature) != signature.body_hash:
        return DkimResult.FAIL, "the body was changed after it was signed"
    return None


def _signature_fault(
    message: SignedMessage, signature: DkimSignature, index: int, key: DkimKey
) -> Verdict | None:
    public, text = loaded_key(key), message.header_text(signature, index)
    try:
        if isinstance(public, RSAPublicKey):
            public.verify(signature.signature, text, PKCS1v15(), SHA256())
        elif isinstance(public, Ed25519PublicKey):
            # RFC 8463 3: the hash is what is signed.
            public.verify(signature.signature, hashlib.sha256(text).digest())
        else:
            return DkimResult.PERMERROR, "its key can't be used"
    except InvalidSignature:
        return DkimResult.FAIL, "a signed header was changed, or another key signed"
    except (ValueError, UnsupportedAlgorithm):
        return DkimResult.PERMERROR, "its key can't be used"
    return None


def _age_fault(signature: DkimSignature, now: int) -> Verdict | None:
    """RFC 6376 3.5: one of the future, or past its end, may be ignored."""
    if signature.expires_at is not None and signature.expires_at < now:
        return DkimResult.POLICY, f"it expired on {_day(signature.expires_at)}"
    if signature.signed_at is not None and signature.signed_at > now + _CLOCK_SLACK:
        return DkimResult.POLICY, f"it is dated in the future, {_day(signature.signed_at)}"
    return None


def _day(seconds: int) -> str:
    """An epoch second as a minute of UTC; of years that nobody counts, the number."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"
