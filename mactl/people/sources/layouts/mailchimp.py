"""Mailchimp's exports of an audience, a file each for the subscribed, the unsubscribed and the cleaned.

The columns behind the merge fields are always the same; UNSUB_… and CLEAN_… stand in the files of those alone. A
cleaned address is one that bounced for good: Mailchimp writes to it no more.
"""

from mactl.people.sources.layouts.layout import FILLED, OptOut, layout

MAILCHIMP = layout(
    "mailchimp",
    "Mailchimp",
    signs=[
        ["Email Address", "MEMBER_RATING", "LEID"],
        ["Email Address", "MEMBER_RATING", "OPTIN_TIME"],
        ["Email Address", "LEID", "EUID"],
    ],
    fields={
        "email": "Email Address",
        "phone": ["Phone Number", "Phone", "SMS Phone"],
        "country": ["Country", "CC"],
        "postcode": ["Zip Code", "Postal Code", "Zip"],
        # A day and a month without a year: no date, and not to be mixed with birthdays that are.
        "birthday_mm_dd": "Birthday",
    },
    lists={"tags": ","},
    opt_out={
        "UNSUB_TIME": FILLED,
        "UNSUB_REASON": FILLED,
        "CLEAN_TIME": FILLED,
        "Status": OptOut(("unsubscribed", "cleaned")),
    },
)
