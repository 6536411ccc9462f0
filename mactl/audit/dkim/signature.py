"""DKIM-Signature fields: octets to a signature that is ready to verify (RFC 6376 3.5)."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from mactl.audit.names import audited_domain, is_queryable, is_within, normalised
from mactl.audit.tags import TagList, parse_tags
from mactl.canonicalization import relaxed_body, relaxed_header, simple_body, simple_header
from mactl.errors import UsageError

_SPACE = re.compile(r"[ \t\r\n]+")
_DIGITS = re.compile(r"[0-9]{1,76}\Z")  # RFC 6376 3.5, l=
_REQUIRED = ("a", "b", "bh", "d", "h", "s")
_LONGEST = 1 << 15  # octets of a field
_HASH_OCTETS = 32  # of SHA-256
_FORMS = ("simple", "relaxed")


class DkimResult(StrEnum):
    """What came of one signature, in the words of RFC 8601 2.7.1."""

    PASS = "pass"
    FAIL = "fail"  # it can be verified, and does not hold
    POLICY = "policy"  # it may hold, and is not accepted: a weak key, SHA-1, too old
    NEUTRAL = "neutral"  # it has a fault of form, or asks for what nobody knows
    TEMPERROR = "temperror"  # the DNS failed on its key
    PERMERROR = "permerror"  # it can never be verified: no key, From not signed


class Algorithm(StrEnum):
    """The values of a= that are known."""

    RSA_SHA256 = "rsa-sha256"
    ED25519_SHA256 = "ed25519-sha256"
    RSA_SHA1 = "rsa-sha1"

    @property
    def key_type(self) -> str:
        """The `k=` of the keys that go with it."""
        return self.value.partition("-")[0]


@dataclass(frozen=True, slots=True)
class DkimSignature:
    """One signature as it stands in a message; what is missing or can't be read has its default.

    `field` is the whole field without its last line end. `result` and `problem` say what it comes
    to without a look at its key; `result` is None for a signature that can be verified. `length`
    is the `l=` in octets, `signed_at` and `expires_at` are epoch seconds.
    """

    field: bytes
    tags: TagList
    algorithm: str = ""
    domain: str = ""
    selector: str = ""
    identity_domain: str = ""
    header_form: str = "simple"
    body_form: str = "simple"
    headers: tuple[str, ...] = ()
    body_hash: bytes = b""
    signature: bytes = b""
    length: int | None = None
    signed_at: int | None = None
    expires_at: int | None = None
    result: DkimResult | None = None
    problem: str = ""

    @property
    def key_name(self) -> str:
        """The name that its key is published at."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def header_canonical(self) -> Callable[[bytes], bytes]:
        """What makes a field canonical."""
        return relaxed_header if self.header_form == "relaxed" else simple_header

    @property
    def body_canonical(self) -> Callable[[bytes], bytes]:
        """What makes the body canonical."""
        return relaxed_body if self.body_form == "relaxed" else simple_body

    def covers(self, name: str) -> bool:
        """Whether it signs the fields called `name`."""
        return name.lower() in self.headers

    @property
    def unsigned(self) -> bytes:
        """The field with an empty `b=`, as it was when it was signed (RFC 6376 3.7)."""
        name, colon, value = self.field.partition(b":")
        pieces = value.split(b";")
        for index, piece in enumerate(pieces):
            before, equals, _ = piece.partition(b"=")
            if equals and before.strip(b" \t\r\n") == b"b":
                pieces[index] = before + equals
                break
        return name + colon + b";".join(pieces)


def parse_signature(field: bytes) -> DkimSignature:
    """The signature in a DKIM-Signature field; never raises."""
    if len(field) > _LONGEST:
        problem = f"it is longer than {_LONGEST} octets"
        return DkimSignature(field, TagList(()), result=DkimResult.NEUTRAL, problem=problem)
    tags = parse_tags(_text(field.partition(b":")[2]))
    header_form, _, body_form = (tags.get("c") or "simple/simple").partition("/")
    domain = _a_labels(tags.get("d") or "")
    identity = (tags.get("i") or f"@{domain}").rpartition("@")[2]
    fault = next(_faults(tags), (None, ""))
    return DkimSignature(
        field,
        tags,
        tags.get("a") or "",
        domain,
        _a_labels(tags.get("s") or ""),
        _a_labels(identity),
        header_form.strip(),
        body_form.strip() or "simple",
        tuple(name.strip().lower() for name in (tags.get("h") or "").split(":")),
        _octets(tags.get("bh")) or b"",
        _octets(tags.get("b")) or b"",
        _number(tags.get("l")),
        _number(tags.get("t")),
        _number(tags.get("x")),
        *fault,
    )


def _faults(tags: TagList) -> Iterator[tuple[DkimResult, str]]:
    """What keeps a signature from being verified (RFC 6376 6.1.1), the first to be told."""
    for fault in tags.faults:
        yield DkimResult.NEUTRAL, f"it is no list of tags: {fault.message}"
    if tags.get("v") != "1":
        yield DkimResult.NEUTRAL, "it has no 'v=1'"
    for name in _REQUIRED:
        if not tags.get(name):
            yield DkimResult.NEUTRAL, f"it has no '{name}='"
    yield from _unknown(tags)
    yield from _bad_names(tags)
    for name in ("l", "t", "x"):
        if tags.get(name) is not None and _number(tags.get(name)) is None:
            yield DkimResult.NEUTRAL, f"its '{name}=' is no number"
    signed_at, expires_at = _number(tags.get("t")), _number(tags.get("x"))
    if signed_at is not None and expires_at is not None and expires_at <= signed_at:
        yield DkimResult.NEUTRAL, "it expires before it was made: x= is not later than t="
    if not _octets(tags.get("b")):
        yield DkimResult.NEUTRAL, "its 'b=' is not base64"
    if tags.get("a") == Algorithm.RSA_SHA1:
        yield DkimResult.POLICY, "it is made with SHA-1, which counts for nothing"  # RFC 8301 3.1
    if len(_octets(tags.get("bh")) or b"") != _HASH_OCTETS:
        yield DkimResult.NEUTRAL, "its 'bh=' is no SHA-256"


def _unknown(tags: TagList) -> Iterator[tuple[DkimResult, str]]:
    """What nobody knows: RFC 6376 6.1.1 has it ignored."""
    # RFC 6376 3.2: values are told apart by case.
    if tags.get("a") not in tuple(Algorithm):
        yield DkimResult.NEUTRAL, f"nobody knows 'a={tags.get('a')}'"
    forms = (tags.get("c") or "simple").split("/")
    if len(forms) > 2 or any(form.strip() not in _FORMS for form in forms):
        yield DkimResult.NEUTRAL, f"nobody knows 'c={tags.get('c')}'"
    if "dns/txt" not in [way.strip() for way in (tags.get("q") or "dns/txt").split(":")]:
        yield DkimResult.NEUTRAL, f"nobody knows 'q={tags.get('q')}'"


def _bad_names(tags: TagList) -> Iterator[tuple[DkimResult, str]]:
    domain, selector = _a_labels(tags.get("d") or ""), _a_labels(tags.get("s") or "")
    if not is_queryable(f"{selector}._domainkey.{domain}") or "." not in domain:
        yield DkimResult.PERMERROR, "its d= and s= name no key"
    names = [name.strip().lower() for name in (tags.get("h") or "").split(":")]
    if not all(names):
        yield DkimResult.NEUTRAL, "its 'h=' has an empty name"
    if "from" not in names:
        yield DkimResult.PERMERROR, "it does not sign From"  # RFC 6376 6.1.1
    identity = tags.get("i")
    if identity is not None and "@" not in identity:
        yield DkimResult.NEUTRAL, "its 'i=' has no '@'"
    elif identity is not None and not is_within(_a_labels(identity.rpartition("@")[2]), domain):
        yield DkimResult.PERMERROR, "its i= is not within its d="  # RFC 6376 6.1.1


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _a_labels(name: str) -> str:
    """A name as the DNS takes it; U-labels may stand in d= and s= (RFC 8616 4)."""
    if name.isascii():
        return normalised(name)
    try:
        return audited_domain(f"{name}.x").removesuffix(".x")
    except UsageError:
        return normalised(name)


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and _DIGITS.match(value) else None


def _octets(value: str | None) -> bytes | None:
    """The octets of a base64 value, folded or not; None where it is none."""
    try:
        return base64.b64decode(_SPACE.sub("", value or ""), validate=True)
    except (binascii.Error, ValueError):
        return None
