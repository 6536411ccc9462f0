"""Google Contacts' CSV, as it is today (First Name, Labels) and as it was until 2024 (Given Name, Group Membership).

Several addresses or labels in one cell have ` ::: ` between them.
"""

from mactl.people.sources.layouts.layout import layout

GOOGLE = layout(
    "google",
    "Google Contacts",
    signs=[
        ["E-mail 1 - Value", "First Name", "Last Name"],
        ["E-mail 1 - Value", "Given Name", "Family Name"],
        ["E-mail 1 - Value", "Labels"],
        ["E-mail 1 - Value", "Group Membership"],
    ],
    fields={
        "email": "E-mail 1 - Value",
        "first_name": ["First Name", "Given Name"],
        "last_name": ["Last Name", "Family Name"],
        "phone": "Phone 1 - Value",
        "company": ["Organization Name", "Organization 1 - Name"],
        "job_title": ["Organization Title", "Organization 1 - Title"],
        "city": "Address 1 - City",
        "postcode": "Address 1 - Postal Code",
        "country": "Address 1 - Country",
        "tags": ["Labels", "Group Membership"],
    },
    lists={"tags": ":::"},
)
