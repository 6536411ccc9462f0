"""The layouts that are recognised, and which of them a header row is."""

from collections.abc import Sequence

from mactl.errors import ConfigurationError
from mactl.people.sources.layouts.activecampaign import ACTIVECAMPAIGN
from mactl.people.sources.layouts.brevo import BREVO
from mactl.people.sources.layouts.google import GOOGLE
from mactl.people.sources.layouts.hubspot import HUBSPOT
from mactl.people.sources.layouts.klaviyo import KLAVIYO
from mactl.people.sources.layouts.layout import Layout
from mactl.people.sources.layouts.listmonk import LISTMONK
from mactl.people.sources.layouts.mailchimp import MAILCHIMP
from mactl.people.sources.layouts.mautic import MAUTIC
from mactl.people.sources.layouts.outlook import OUTLOOK
from mactl.people.sources.layouts.salesforce import SALESFORCE
from mactl.people.sources.layouts.shopify import SHOPIFY
from mactl.people.sources.layouts.woocommerce import WOOCOMMERCE
from mactl.validation import did_you_mean

LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        MAILCHIMP, HUBSPOT, SALESFORCE, ACTIVECAMPAIGN, BREVO, KLAVIYO,
        GOOGLE, OUTLOOK, SHOPIFY, WOOCOMMERCE, LISTMONK, MAUTIC,
    )
}  # fmt: skip
NONE = "none"
"""What a source's `layout` says where its headers are to be taken as they stand."""


def find_layouts(headers: Sequence[str], declared: str | None = None) -> list[Layout]:
    """The layout that is `declared`, else those that a header row has the signs of: mostly one or none.

    Raises ConfigurationError where there is no layout of the declared name.
    """
    if declared == NONE:
        return []
    if declared is None:
        return [layout for layout in LAYOUTS.values() if layout.is_of(headers)]
    if declared not in LAYOUTS:
        names = (NONE, *LAYOUTS)
        raise ConfigurationError(
            f"layout: there is none called {declared!r}",
            did_you_mean(declared, names) or f"name one of {', '.join(names)}",
        )
    return [LAYOUTS[declared]]
