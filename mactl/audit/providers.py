"""Mail services: how to recognise that a domain uses one, and what it publishes then.

From the setup pages of each service; a selector that a service makes up for each customer, as
Amazon SES does, can't be listed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mactl.audit.names import is_within


@dataclass(frozen=True, slots=True)
class Provider:
    """A service: the names its MX hosts and SPF records end in, its selectors, its SPF term."""

    name: str
    suffixes: tuple[str, ...]
    selectors: tuple[str, ...] = ()
    spf_term: str = ""


AMAZON_SES = Provider("Amazon SES", ("amazonses.com", "amazonaws.com"), (), "include:amazonses.com")

PROVIDERS = (
    Provider(
        "Google",
        ("google.com", "googlemail.com", "smtp.goog"),
        ("google",),
        "include:_spf.google.com",
    ),
    Provider(
        "Microsoft 365",
        ("protection.outlook.com", "mx.microsoft"),
        ("selector1", "selector2"),
        "include:spf.protection.outlook.com",
    ),
    Provider("SendGrid", ("sendgrid.net",), ("s1", "s2", "smtpapi"), "include:sendgrid.net"),
    Provider(
        "Mailchimp", ("mcsv.net", "rsgsv.net"), ("k1", "k2", "k3"), "include:servers.mcsv.net"
    ),
    Provider(
        "Mandrill",
        ("mandrillapp.com",),
        ("mandrill", "mte1", "mte2"),
        "include:spf.mandrillapp.com",
    ),
    Provider(
        "Fastmail",
        ("messagingengine.com",),
        ("fm1", "fm2", "fm3"),
        "include:spf.messagingengine.com",
    ),
    AMAZON_SES,
    Provider(
        "Proton",
        ("protonmail.ch",),
        ("protonmail", "protonmail2", "protonmail3"),
        "include:_spf.protonmail.ch",
    ),
    Provider(
        "Zoho",
        ("zoho.com", "zoho.eu", "zohomail.com", "zohomail.eu"),
        ("zoho", "zmail"),
        "include:zohomail.com",
    ),
    Provider("iCloud", ("icloud.com",), ("sig1",), "include:icloud.com"),
    Provider("Postmark", ("mtasv.net",), ("pm",), "include:spf.mtasv.net"),
    Provider(
        "Brevo",
        ("sendinblue.com", "brevo.com"),
        ("brevo1", "brevo2", "mail"),
        "include:spf.brevo.com",
    ),
    Provider("Klaviyo", ("klaviyo.com", "klaviyomail.com"), ("kl", "kl2")),
    Provider("Zendesk", ("zendesk.com",), ("zendesk1", "zendesk2"), "include:mail.zendesk.com"),
    Provider("Resend", ("resend.com",), ("resend",)),
    Provider(
        "Mailgun",
        ("mailgun.org",),
        ("pic", "krs", "mx", "mailo", "smtp"),
        "include:mailgun.org",
    ),
    Provider("cPanel", (), ("default",)),
    Provider("Hetzner", ("your-server.de", "hetzner.com"), ("dkim",)),
)

COMMON_SELECTORS = ("key1", "key2", "dkim1", "mail", "mta", "s1024", "s2048", "x")


def recognise(hosts: Iterable[str]) -> tuple[Provider, ...]:
    """The services that MX hosts, or the domains of an SPF tree, show."""
    names = tuple(hosts)
    return tuple(
        provider
        for provider in PROVIDERS
        if any(is_within(name, suffix) for name in names for suffix in provider.suffixes)
    )


def guessed_selectors(likely: Iterable[Provider]) -> tuple[str, ...]:
    """Every selector worth asking for: those of `likely` services, of the others, common ones."""
    of_providers = (s for group in (likely, PROVIDERS) for p in group for s in p.selectors)
    return tuple(dict.fromkeys((*of_providers, *COMMON_SELECTORS)))
