"""What can be found about a mark certificate.

"VMC draft" is draft-fetch-validation-vmc-wchuang; the requirements for mark certificates are those of
the AuthIndicators Working Group.
"""

from mactl.audit.kinds import Status, error, kinds_in, warning

FORMAT = error(
    "bimi-certificate-format",
    "A certificate file that holds no certificate in PEM",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 3.3",
    Status.PERMERROR,
)
DER = error(
    "bimi-certificate-der",
    "A certificate in DER instead of PEM",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 3.3",
    Status.PERMERROR,
)
PRIVATE_KEY = error(
    "bimi-certificate-private-key",
    "A private key in the public certificate file",
    "Whoever has read the file can act with the key.",
    "RFC 7468 10",
    Status.PERMERROR,
)
SEVERAL = error(
    "bimi-certificate-several",
    "More than one mark certificate in the file",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "BIMI draft 4.3",
    Status.PERMERROR,
)
LEAF_NOT_FIRST = error(
    "bimi-certificate-leaf-not-first",
    "A file that does not begin with the mark certificate",
    "Many mailbox providers take the first certificate for the mark certificate, and refuse it.",
    "VMC draft 3.3",
    Status.PERMERROR,
)
ORDER = warning(
    "bimi-certificate-order",
    "Certificates out of order, twice, or out of place",
    "Mailbox providers may refuse the file.",
    "VMC draft 3.3",
)
SIGNATURE = error(
    "bimi-certificate-signature",
    "A certificate that its issuer did not sign as it is",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 5.1",
    Status.PERMERROR,
)
INCOMPLETE = error(
    "bimi-certificate-incomplete",
    "A chain with a missing link",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 5.1",
    Status.PERMERROR,
)
SELF_SIGNED = error(
    "bimi-certificate-self-signed",
    "A mark certificate that vouches for itself",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 5.1",
    Status.PERMERROR,
)
UNTRUSTED = error(
    "bimi-certificate-untrusted",
    "A chain that ends at no known mark root",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 5.1",
    Status.PERMERROR,
)
CHAIN = error(
    "bimi-certificate-chain",
    "A chain that breaks the rules of paths",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "RFC 5280 6.1",
    Status.PERMERROR,
)
USAGE = error(
    "bimi-certificate-usage",
    "A certificate that was not issued for marks",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 4.4",
    Status.PERMERROR,
)
ISSUER_USAGE = error(
    "bimi-certificate-issuer-usage",
    "An issuer that is not meant for mark certificates",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 4.4",
    Status.PERMERROR,
)
EXPIRED = error(
    "bimi-certificate-expired",
    "A mark certificate, or one above it, that has expired",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 5.1",
    Status.PERMERROR,
)
NOT_YET = error(
    "bimi-certificate-not-yet-valid",
    "A mark certificate, or one above it, that is not valid yet",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 5.1",
    Status.PERMERROR,
)
ENDING = warning(
    "bimi-certificate-ending",
    "A mark certificate that ends within 30 days",
    "From that day on, providers that want a certificate show no logo.",
    "VMC draft 4.5",
)
NO_LOGOTYPE = error(
    "bimi-certificate-no-logotype",
    "A certificate without a logo in it",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 4.1",
    Status.PERMERROR,
)
LOGOTYPE = error(
    "bimi-certificate-logotype",
    "A certificate whose logo can't be used",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 4.2",
    Status.PERMERROR,
)
OTHER_LOGO = error(
    "bimi-certificate-other-logo",
    "A certificate for another logo than the one that is published",
    "Mailbox providers that compare the two show no logo.",
    "VMC draft 5.3",
    Status.PERMERROR,
)
NO_NAME = error(
    "bimi-certificate-no-name",
    "A certificate without the name of a domain",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 4.3",
    Status.PERMERROR,
)
OTHER_NAME = error(
    "bimi-certificate-other-name",
    "A certificate for another domain",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 5.2",
    Status.PERMERROR,
)
NO_CRL = error(
    "bimi-certificate-no-crl",
    "A certificate that does not say where revocation is published",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 4.5",
    Status.PERMERROR,
)
NO_SCT = error(
    "bimi-certificate-no-sct",
    "A certificate without proof that it was logged",
    "Providers that want a certificate, such as Gmail and Apple, show no logo.",
    "VMC draft 4.6",
    Status.PERMERROR,
)
MARK_TYPE = warning(
    "bimi-certificate-mark-type",
    "A certificate that does not say what kind of mark it is for",
    "Providers can not tell a verified mark from a common one, and show no check mark.",
    "Mark certificate requirements 7.1.4.2.2",
)

KINDS = kinds_in(globals())
