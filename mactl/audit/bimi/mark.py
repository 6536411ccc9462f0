"""What a mark certificate says."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import NameOID

from mactl.audit.names import excerpt, printable
from mactl.findings import Finding

MARK_USAGE = ObjectIdentifier("1.3.6.1.5.5.7.3.31")  # id-kp-BrandIndicatorforMessageIdentification
MARK_TYPE = ObjectIdentifier("1.3.6.1.4.1.53087.1.13")
_TRADEMARK = ObjectIdentifier("1.3.6.1.4.1.53087.1.4")
TYPES = {
    "registered mark": "VMC",
    "government mark": "VMC",
    "prior use mark": "CMC",
    "modified registered mark": "CMC",
    "pending registration mark": "CMC",
    "provisional mark": "CMC",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark certificate says, and what was found about it.

    `matches_logo` is None where there was nothing to compare, `trusted` whether a mark root vouches
    for it; `logo` is the SVG in it, uncompressed.
    """

    findings: tuple[Finding, ...]
    certificate: x509.Certificate | None = None
    matches_logo: bool | None = None
    trusted: bool = False
    logo: bytes | None = None

    @property
    def type(self) -> str:
        """`VMC` or `CMC`, '' where the certificate does not say."""
        return TYPES.get(subject_value(self.certificate, MARK_TYPE).lower(), "")

    def as_json(self) -> dict[str, object] | None:
        """The certificate as plain values, times in ISO 8601; None where none could be read."""
        certificate = self.certificate
        if certificate is None:
            return None
        logs = logs_of(certificate)
        return {
            "type": self.type or None,
            "mark_type": printable(subject_value(certificate, MARK_TYPE), 80) or None,
            "organization": excerpt(subject_value(certificate, NameOID.ORGANIZATION_NAME)) or None,
            "trademark": excerpt(subject_value(certificate, _TRADEMARK)) or None,
            "subject": printable(certificate.subject.rfc4514_string(), 1000),
            "issuer": printable(certificate.issuer.rfc4514_string(), 1000),
            "not_before": certificate.not_valid_before_utc.isoformat(),
            "not_after": certificate.not_valid_after_utc.isoformat(),
            "domains": [printable(name, 255) for name in domains_of(certificate)],
            "sct_count": len(logs),
            "logs": sorted(set(logs)),
            "matches_logo": self.matches_logo,
            "trusted": self.trusted,
        }


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it may issue others (RFC 5280 4.2.1.9)."""
    constraints = extension_of(certificate, x509.BasicConstraints.oid)
    return isinstance(constraints, x509.BasicConstraints) and constraints.ca


def has_mark_usage(certificate: x509.Certificate) -> bool:
    """Whether it is meant for marks (VMC draft 4.4)."""
    usages = extension_of(certificate, x509.ExtendedKeyUsage.oid)
    return isinstance(usages, x509.ExtendedKeyUsage) and MARK_USAGE in usages


def domains_of(certificate: x509.Certificate) -> list[str]:
    """The domains that it is for."""
    names = extension_of(certificate, x509.SubjectAlternativeName.oid)
    if not isinstance(names, x509.SubjectAlternativeName):
        return []
    return names.get_values_for_type(x509.DNSName)


def logs_of(certificate: x509.Certificate) -> list[str]:
    """The logs that the certificate has a timestamp of (RFC 6962 3.2), as hexadecimal ids."""
    proofs = extension_of(certificate, x509.PrecertificateSignedCertificateTimestamps.oid)
    if not isinstance(proofs, x509.PrecertificateSignedCertificateTimestamps):
        return []
    return [proof.log_id.hex() for proof in proofs]


def extension_of(certificate: x509.Certificate, oid: ObjectIdentifier) -> x509.ExtensionType | None:
    """The value of an extension, None where it has none of this kind."""
    try:
        return certificate.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None


def subject_value(certificate: x509.Certificate | None, oid: ObjectIdentifier) -> str:
    """The first value of this kind in the name of its subject, '' where there is none."""
    if certificate is None:
        return ""
    values = [attribute.value for attribute in certificate.subject.get_attributes_for_oid(oid)]
    return next((value for value in values if isinstance(value, str)), "")


def common_name(certificate: x509.Certificate) -> str:
    """What a person calls its subject, quoted, as a terminal may show it."""
    return name_of(certificate.subject)


def name_of(name: x509.Name) -> str:
    """What a person calls the holder: its common name, else its organization, else all of it."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            if isinstance(attribute.value, str):
                return f"'{printable(attribute.value, 80)}'"
    return f"'{printable(name.rfc4514_string(), 80)}'"
