"""Shopify's export of customers, as it is and as it was before the default address had a name of its own.

`Accepts Email Marketing` says yes or no: a no is a customer who left the box empty or unsubscribed, and gets no
marketing by it. A yes stays a field, and proves nothing by itself.
"""

from mactl.people.sources.layouts.layout import SAYS_NO, layout

SHOPIFY = layout(
    "shopify",
    "Shopify",
    signs=[
        ["Email", "Accepts Email Marketing", "Total Spent"],
        ["Email", "Accepts Email Marketing", "Total Orders"],
        ["Email", "Accepts Email Marketing", "Customer ID"],
        ["Email", "Accepts Marketing", "Total Spent"],
    ],
    fields={
        "shopify_id": "Customer ID",
        "phone": ["Phone", "Default Address Phone"],
        "company": ["Default Address Company", "Company"],
        "city": ["Default Address City", "City"],
        "postcode": ["Default Address Zip", "Zip"],
        "country": ["Default Address Country Code", "Country Code", "Country"],
    },
    lists={"tags": ","},
    opt_out={"Accepts Email Marketing": SAYS_NO, "Accepts Marketing": SAYS_NO},
    has_apostrophes=True,
)
