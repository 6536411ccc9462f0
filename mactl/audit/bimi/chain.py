"""The path from a mark certificate to a root (RFC 5280 6.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import verification

from mactl.audit.bimi.logotype import LOGOTYPE
from mactl.audit.bimi.mark import common_name, extension_of

_LONGEST = 8
# Critical extensions that the library does not know: logotypes, and the one of the pilot of mark
# certificates, which common marks have.
_KNOWN_HERE = frozenset((LOGOTYPE, x509.ObjectIdentifier("1.3.6.1.4.1.53087.4.1")))
_KNOWN = _KNOWN_HERE | {
    x509.BasicConstraints.oid,
    x509.KeyUsage.oid,
    x509.ExtendedKeyUsage.oid,
    x509.SubjectAlternativeName.oid,
    x509.NameConstraints.oid,
    x509.CertificatePolicies.oid,
    x509.PolicyConstraints.oid,
    x509.InhibitAnyPolicy.oid,
}


class End(StrEnum):
    """Where a path ends."""

    TRUSTED = "trusted"
    UNKNOWN_ROOT = "unknown-root"
    MISSING_ISSUER = "missing-issuer"
    BAD_SIGNATURE = "bad-signature"  # the last link did not sign the one before it


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates from the leaf upwards, each issued by the next, and how it ends."""

    links: tuple[x509.Certificate, ...]
    end: End

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate that the chain is for."""
        return self.links[0]

    @property
    def top(self) -> x509.Certificate:
        """The last certificate that was found."""
        return self.links[-1]


@cache
def mark_roots() -> tuple[x509.Certificate, ...]:
    """The roots that mark authorities publish; see roots/NOTICE.md."""
    pem = (files("mactl.audit.bimi") / "roots" / "mark-roots.pem").read_bytes()
    return tuple(x509.load_pem_x509_certificates(pem))


def build_chain(
    leaf: x509.Certificate,
    found: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
) -> Chain:
    """The path from `leaf` upwards through what was `found`, to one of `roots` where there is one."""
    links = [leaf]
    while len(links) < _LONGEST:
        current = links[-1]
        if current in roots:
            return Chain(tuple(links), End.TRUSTED)
        if current.issuer == current.subject:
            break
        named = [c for c in (*roots, *found) if c.subject == current.issuer and c not in links]
        if not named:
            return Chain(tuple(links), End.MISSING_ISSUER)
        issuer = next((candidate for candidate in named if _signed(candidate, current)), None)
        if issuer is None:
            return Chain((*links, named[0]), End.BAD_SIGNATURE)
        links.append(issuer)
    last = links[-1]
    if last.issuer == last.subject and not _signed(last, last):
        return Chain((*links, last), End.BAD_SIGNATURE)
    return Chain(tuple(links), End.UNKNOWN_ROOT)


def _signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def path_fault(chain: Chain) -> str:
    """Why a chain of two or more is no valid path, '' where it is, at a time when all of it is
    valid: dates are told apart. Signatures and names are known to be right.
    """
    at = max(link.not_valid_before_utc for link in chain.links)
    if at > min(link.not_valid_after_utc for link in chain.links):
        return "there is no time at which all of its certificates are valid"
    for below, link in enumerate(chain.links):
        if why := _link_fault(link, below):
            return f"{common_name(link)} {why}"
    return _other_fault(chain, at)


def _link_fault(link: x509.Certificate, below: int) -> str:
    """What is wrong with one link that has so many `below` it."""
    unknown = [e.oid.dotted_string for e in link.extensions if e.critical and e.oid not in _KNOWN]
    if unknown:  # RFC 5280 4.2
        return f"has a critical extension that nobody knows, {unknown[0]}"
    algorithm = link.signature_hash_algorithm
    if isinstance(algorithm, (hashes.SHA1, hashes.MD5)):
        return f"is signed by {algorithm.name}, which can be forged"
    if not below:
        return ""
    constraints = extension_of(link, x509.BasicConstraints.oid)
    if not isinstance(constraints, x509.BasicConstraints) or not constraints.ca:
        return "is no authority, and issued the one below it"  # RFC 5280 6.1.4 (k)
    if constraints.path_length is not None and below - 1 > constraints.path_length:
        return "has more authorities below it than its path length allows"  # RFC 5280 6.1.4 (m)
    usage = extension_of(link, x509.KeyUsage.oid)
    if isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign:  # RFC 5280 6.1.4 (n)
        return "has a keyUsage that does not let it sign certificates"
    return ""


def _other_fault(chain: Chain, at: datetime) -> str:
    """What the library finds beside that, such as constraints on names and weak keys.

    It refuses the critical extension of common marks: such a leaf is left out, not its issuers.
    """
    first = int(_is_refused(chain.leaf))
    if first == len(chain.links) - 1:
        return ""
    policy = (
        verification.PolicyBuilder()
        .store(verification.Store([chain.top]))
        .time(at)
        .max_chain_depth(_LONGEST)
        .extension_policies(
            ca_policy=verification.ExtensionPolicy.permit_all().require_present(
                x509.BasicConstraints, verification.Criticality.AGNOSTIC, None
            ),
            ee_policy=verification.ExtensionPolicy.permit_all(),
        )
    )
    try:
        policy.build_client_verifier().verify(chain.links[first], list(chain.links[first + 1 : -1]))
    except (verification.VerificationError, ValueError) as problem:
        # The rest of the message repeats the certificate.
        why = re.split(r"\s*\(encountered processing", str(problem))[0]
        return why.removeprefix("validation failed: ").removeprefix("candidates exhausted: ")
    return ""


def _is_refused(leaf: x509.Certificate) -> bool:
    return any(e.critical and e.oid in _KNOWN_HERE for e in leaf.extensions)
