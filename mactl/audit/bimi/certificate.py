"""A mark certificate as mailbox providers judge it: its chain, its logo, its names, its dates."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cryptography import x509

from mactl.audit.bimi import certificate_kinds as kinds
from mactl.audit.bimi.chain import Chain, End, build_chain, mark_roots, path_fault
from mactl.audit.bimi.logo import MOST_FETCHED, judge_logo
from mactl.audit.bimi.logotype import LOGOTYPE, BadLogotype, EmbeddedLogo, embedded_logo
from mactl.audit.bimi.mark import (
    MARK_TYPE,
    MARK_USAGE,
    TYPES,
    Mark,
    common_name,
    domains_of,
    extension_of,
    has_mark_usage,
    is_authority,
    logs_of,
    name_of,
    subject_value,
)
from mactl.audit.bimi.pem import PemFile, read_pem
from mactl.audit.names import excerpt, normalised, printable
from mactl.findings import Finding

_SOON = timedelta(days=30)
_AGAIN = "have the authority issue it again"
_DOWNLOAD = "download the chain from the authority again, and publish it unchanged"


def judge_certificate(
    data: bytes,
    at: str,
    names: Sequence[str],
    now: datetime,
    *,
    logo: bytes | None = None,
    trusted: Sequence[x509.Certificate] = (),
) -> Mark:
    """What the file `data` is worth as a mark certificate for one of `names`; `at` names it.

    `logo` is the published one, uncompressed; `trusted` are roots beside those of the mark
    authorities. Never raises.
    """
    at = excerpt(at)
    file = read_pem(data)
    findings = list(_judge_file(file, at))
    leaves = [certificate for certificate in file.certificates if _is_for_a_domain(certificate)]
    if not leaves:
        return Mark((*findings, *_judge_no_leaf(file, at)))
    leaf = leaves[0]
    chain = build_chain(leaf, file.certificates, (*mark_roots(), *trusted))
    findings += _judge_order(file, leaves, chain, at)
    breaks = list(_judge_chain(chain, at))
    embedded, faults = _embedded(leaf, at)
    findings += [
        *breaks,
        *_judge_usage(chain, at),
        *_judge_dates(chain, at, now),
        *faults,
        *_judge_names(leaf, names, at),
        *_judge_proofs(leaf, at),
    ]
    matches = None if embedded is None or logo is None else embedded.svg == logo
    if embedded is not None and not matches:
        findings += _judge_other_logo(embedded.svg, differs=matches is False, at=at)
    return Mark(
        tuple(findings),
        leaf,
        matches,
        chain.end is End.TRUSTED and not breaks,
        embedded.svg if embedded else None,
    )


def _judge_file(file: PemFile, at: str) -> Iterator[Finding]:
    if file.has_private_key:
        fix = "take the file down, have the certificate revoked, and ask for another with a new key"
        yield kinds.PRIVATE_KEY.found(f"{at} holds a private key", fix)
    if file.is_der:
        fix = "convert it: openssl x509 -inform DER -in FILE -out FILE.pem; append the issuers"
        yield kinds.DER.found(f"{at} is one certificate in DER", fix)
    elif file.broken:
        why = "; ".join(printable(text, 160) for text in file.broken[:3])
        yield kinds.FORMAT.found(f"{at}: {why}", _DOWNLOAD)
    elif not file.certificates:
        yield kinds.FORMAT.found(f"{at} holds no certificate", _DOWNLOAD)


def _judge_no_leaf(file: PemFile, at: str) -> Iterator[Finding]:
    if file.certificates and not file.broken:
        names = ", ".join(common_name(certificate) for certificate in file.certificates[:5])
        message = f"{at} holds no mark certificate, only {names}"
        yield kinds.FORMAT.found(message, _DOWNLOAD)


def _is_for_a_domain(certificate: x509.Certificate) -> bool:
    # What somebody made for a try often calls itself an authority too.
    return not is_authority(certificate) or bool(domains_of(certificate))


def _judge_order(
    file: PemFile, leaves: Sequence[x509.Certificate], chain: Chain, at: str
) -> Iterator[Finding]:
    found = file.certificates
    if len(set(leaves)) > 1:
        message = f"{at} has {len(set(leaves))} mark certificates"
        yield kinds.SEVERAL.found(message, "leave the one that is valid longest, and its issuers")
    elif found[0] != chain.leaf:
        message = f"{at} begins with {common_name(found[0])}"
        yield kinds.LEAF_NOT_FIRST.found(message, "put the mark certificate first, its issuer next")
    else:
        expected = [link for link in chain.links if link in found]
        if list(found) != expected and chain.end is not End.BAD_SIGNATURE:
            names = ", ".join(common_name(certificate) for certificate in found)
            fix = f"publish {', '.join(common_name(link) for link in expected)}, in this order, once each"
            yield kinds.ORDER.found(f"{at} has {names}", fix)


def _judge_chain(chain: Chain, at: str) -> Iterator[Finding]:
    """What keeps a root from vouching for the certificate."""
    top = chain.top
    if chain.end is End.BAD_SIGNATURE:
        below, issuer = common_name(chain.links[-2]), common_name(top)
        message = f"{at}: {below} was not signed as it is by {issuer}"
        yield kinds.SIGNATURE.found(message, _DOWNLOAD)
    elif chain.end is End.MISSING_ISSUER:
        message = f"{at}: the issuer of {common_name(top)}, {name_of(top.issuer)}, is not in it"
        yield kinds.INCOMPLETE.found(message, "append the certificate of that issuer to the file")
    elif chain.end is End.UNKNOWN_ROOT and len(chain.links) == 1:
        fix = "have a mark authority, such as DigiCert, GlobalSign or SSL.com, issue one"
        yield kinds.SELF_SIGNED.found(f"{at}: {common_name(top)} issued itself", fix)
    else:
        if chain.end is End.UNKNOWN_ROOT:
            message = (
                f"{at}: the chain ends at {common_name(top)}, which is none of the known mark roots"
            )
            fix = "use a mark authority that mailbox providers accept; --ca-file adds a root here"
            yield kinds.UNTRUSTED.found(message, fix)
        if why := _path_fault(chain):
            message = f"{at}: {excerpt(why)}"
            yield kinds.CHAIN.found(message, "have the authority issue the whole chain again")


def _path_fault(chain: Chain) -> str:
    # A mark root alone is no path, and it is no mark certificate either.
    return path_fault(chain) if len(chain.links) > 1 else "a root stands for itself"


def _judge_usage(chain: Chain, at: str) -> Iterator[Finding]:
    oid = MARK_USAGE.dotted_string
    if not has_mark_usage(chain.leaf):
        message = f"{at}: {common_name(chain.leaf)} lacks the extended key usage {oid}"
        yield kinds.USAGE.found(message, "have a mark authority issue a mark certificate")
    if len(chain.links) > 1 and not has_mark_usage(chain.links[1]):
        message = (
            f"{at}: its issuer {common_name(chain.links[1])} lacks the extended key usage {oid}"
        )
        yield kinds.ISSUER_USAGE.found(message, "have a mark authority issue it")


def _judge_dates(chain: Chain, at: str, now: datetime) -> Iterator[Finding]:
    for link in chain.links:
        start, end = link.not_valid_before_utc, link.not_valid_after_utc
        if now > end:
            message = f"{at}: {common_name(link)} expired on {end:%Y-%m-%d}"
            yield kinds.EXPIRED.found(message, "renew it, and publish the new file")
        elif now < start:
            message = f"{at}: {common_name(link)} is valid from {start:%Y-%m-%d %H:%M} UTC"
            yield kinds.NOT_YET.found(message, "publish the former certificate until then")
        elif link is chain.leaf and end - now < _SOON:
            message = f"{at}: {common_name(link)} ends on {end:%Y-%m-%d}"
            yield kinds.ENDING.found(message, "renew it now: the authority may take weeks")


def _embedded(leaf: x509.Certificate, at: str) -> tuple[EmbeddedLogo | None, list[Finding]]:
    extension = extension_of(leaf, LOGOTYPE)
    if not isinstance(extension, x509.UnrecognizedExtension):
        message = f"{at}: {common_name(leaf)} has no logotype extension ({LOGOTYPE.dotted_string})"
        return None, [kinds.NO_LOGOTYPE.found(message, "have a mark authority issue one with it")]
    try:
        embedded = embedded_logo(extension.value, MOST_FETCHED)
    except BadLogotype as problem:
        message = f"{at}: {excerpt(str(problem))}"
        return None, [kinds.LOGOTYPE.found(message, _AGAIN)]
    if not embedded.hash_holds:
        message = f"{at}: the hash of the logo in it is not that of the logo"
        return embedded, [kinds.LOGOTYPE.found(message, _AGAIN)]
    return embedded, []


def _judge_other_logo(svg: bytes, *, differs: bool, at: str) -> Iterator[Finding]:
    if differs:
        fix = "publish the very file that the certificate was issued for, octet by octet"
        yield kinds.OTHER_LOGO.found(f"{at} holds another logo than 'l=' leads to", fix)
    inside = judge_logo(svg, "the logo in the certificate")
    if not inside.valid:
        worst = min(inside.findings, key=lambda finding: -finding.severity.rank)
        yield kinds.LOGOTYPE.found(f"{at}: {worst.message}", _AGAIN)


def _judge_names(leaf: x509.Certificate, names: Sequence[str], at: str) -> Iterator[Finding]:
    domains = domains_of(leaf)
    wanted = f"have it issued for {printable(names[0])}"
    if not domains:
        message = f"{at}: {common_name(leaf)} has no domain in subjectAltName"
        yield kinds.NO_NAME.found(message, wanted)
    elif not {normalised(domain) for domain in domains} & set(map(normalised, names)):
        shown = ", ".join(printable(domain, 80) for domain in domains[:5])
        yield kinds.OTHER_NAME.found(f"{at} is for {shown}", wanted)


def _judge_proofs(leaf: x509.Certificate, at: str) -> Iterator[Finding]:
    if extension_of(leaf, x509.CRLDistributionPoints.oid) is None:
        message = f"{at}: {common_name(leaf)} has no CRL distribution point"
        yield kinds.NO_CRL.found(message, _AGAIN)
    if not logs_of(leaf):
        message = f"{at}: {common_name(leaf)} has no signed certificate timestamp"
        yield kinds.NO_SCT.found(message, _AGAIN)
    if (given := subject_value(leaf, MARK_TYPE)).lower() not in TYPES:
        shown = f"has the mark type '{printable(given, 60)}'" if given else "has no mark type"
        yield kinds.MARK_TYPE.found(f"{at}: {common_name(leaf)} {shown}", _AGAIN)
