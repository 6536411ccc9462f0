"""ActiveCampaign's export of contacts; `Status` is that of the list that was exported."""

from mactl.people.sources.layouts.layout import SAYS_YES, OptOut, layout

ACTIVECAMPAIGN = layout(
    "activecampaign",
    "ActiveCampaign",
    signs=[
        *(
            ["Email", "Date Created", other, "Tags"]
            for other in ("IP", "IP Address", "Contact ID", "Status", "Lists")
        ),
        ["Email", "Subscription Date", "Unsubscription Date"],
        ["Contact ID", "Email", "Customer Account", "Tags"],
    ],
    fields={
        "activecampaign_id": ["Contact ID", "ID"],
        "company": ["Customer Account", "Account", "Organization"],
        "postcode": ["Postal Code", "Zip", "Zip Code"],
        "created_at": "Date Created",
    },
    lists={"tags": ","},
    opt_out={
        # In words, and as its API numbers them: 2 unsubscribed, 3 bounced.
        "Status": OptOut(("unsubscribed", "bounced", "2", "3")),
        "Unsubscribed": SAYS_YES,
        "Unsubscribe Date": OptOut(),
        "Unsubscription Date": OptOut(),
    },
)
