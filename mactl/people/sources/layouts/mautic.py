"""Mautic's export of contacts, whose headers are the aliases of its fields, and what its import calls `doNotEmail`."""

from mactl.people.sources.layouts.layout import SAYS_YES, layout

MAUTIC = layout(
    "mautic",
    "Mautic",
    signs=[
        *(
            ["firstname", "lastname", "email", other]
            for other in ("preferred_locale", "date_identified", "last_active", "donotemail")
        ),
        ["firstname", "lastname", "email", "points", "stage"],
        ["firstname", "lastname", "email", "attribution", "attribution_date"],
    ],
    fields={
        "mautic_id": "id",
        "first_name": "firstname",
        "last_name": "lastname",
        "phone": ["mobile", "phone"],
        "job_title": "position",
        "postcode": "zipcode",
        "language": "preferred_locale",
        "created_at": ["date_added", "dateAdded"],
    },
    lists={"tags": "[,|]"},
    opt_out={
        "doNotEmail": SAYS_YES,
        "do_not_email": SAYS_YES,
        "dnc_email": SAYS_YES,
        "unsubscribed": SAYS_YES,
    },
)
