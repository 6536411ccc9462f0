"""Klaviyo's export of a list or segment.

`Email Marketing Consent` is SUBSCRIBED, UNSUBSCRIBED or NEVER_SUBSCRIBED, and stays a field of its own: who never
subscribed has not opted out. Who is suppressed is written to no more, whatever the reason.
"""

from mactl.people.sources.layouts.layout import FILLED, OptOut, layout

KLAVIYO = layout(
    "klaviyo",
    "Klaviyo",
    signs=[
        ["Email", "Klaviyo ID"],
        ["Email", "Email Marketing Consent", "Email Suppressions"],
        ["Email", "Email Marketing Consent", "Profile Created On"],
    ],
    fields={
        "klaviyo_id": "Klaviyo ID",
        "phone": "Phone Number",
        "company": ["Organization", "Company"],
        "job_title": "Title",
        "postcode": ["Zip Code", "Zip"],
        "region": "State / Region",
        "timezone": ["Timezone", "Time Zone"],
        "language": ["Locale", "Language"],
        "created_at": ["Profile Created On", "Created"],
    },
    opt_out={
        "Email Marketing Consent": OptOut(("unsubscribed", "suppressed")),
        "Email Suppressions": FILLED,
        "Email Suppression": FILLED,
        "Suppressed": OptOut(("true", "yes", "1")),
    },
)
