"""HubSpot's exports of contacts, and that of who unsubscribed or bounced.

Headers are the labels of properties; a view may leave columns out, so that several sets of them tell it.
"""

from mactl.people.sources.layouts.layout import SAYS_YES, layout

HUBSPOT = layout(
    "hubspot",
    "HubSpot",
    signs=[
        *(
            ["Record ID", "Email", other]
            for other in (
                "Lifecycle Stage", "Contact owner", "Create Date", "Lead Status", "Associated Company",
                "Marketing contact status", "Unsubscribed from all email", "Last Activity Date",
            )
        ),
        ["Record ID - Contact", "Email"],
        ["Email", "Portal Unsubscribe", "Portal Bounce"],
        ["Email", "Opted out of all email", "Bounced"],
    ],
    fields={
        "hubspot_id": ["Record ID", "Record ID - Contact"],
        "phone": ["Phone Number", "Mobile Phone Number"],
        "company": ["Company Name", "Associated Company", "Company"],
        "country": ["Country/Region", "Country"],
        "postcode": ["Postal Code", "Zip"],
        "birthday": "Date of birth",
        "timezone": "Time Zone",
        "language": ["Preferred language", "Preferred Language"],
        "created_at": "Create Date",
    },
    opt_out={
        "Unsubscribed from all email": SAYS_YES,
        "Opted out of all email": SAYS_YES,
        "Portal Unsubscribe": SAYS_YES,
        "Portal Spam Report": SAYS_YES,
    },
)  # fmt: skip
