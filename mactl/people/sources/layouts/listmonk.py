"""listmonk's export of subscribers; `blocklisted` is who must never be written to, `disabled` who is not for now."""

from mactl.people.sources.layouts.layout import OptOut, layout

LISTMONK = layout(
    "listmonk",
    "listmonk",
    signs=[
        ["uuid", "email", "attributes", "status"],
        ["uuid", "email", "name", "status", "created_at"],
    ],
    fields={"listmonk_id": "uuid"},
    opt_out={"status": OptOut(("blocklisted", "blacklisted", "disabled", "unsubscribed"))},
)
