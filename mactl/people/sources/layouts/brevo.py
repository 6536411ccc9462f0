"""Brevo's (once Sendinblue's) export of contacts; times in it are written day first, such as 12-04-2022 09:30."""

from mactl.people.sources.layouts.layout import SAYS_YES, OptOut, layout

_OUT = OptOut(("unsubscribed", "blocklisted", "blacklisted"))
BREVO = layout(
    "brevo",
    "Brevo",
    signs=[
        ["EMAIL", "ADDED_TIME", "MODIFIED_TIME"],
        ["CONTACT ID", "EMAIL", "ADDED_TIME"],
        ["EMAIL", "EMAIL_BLACKLISTED", "SMS_BLACKLISTED"],
        ["EMAIL", "BLACKLISTED", "ADDED_TIME"],
    ],
    fields={
        "brevo_id": "CONTACT ID",
        "contact_id": "EXT_ID",
        "first_name": ["FIRSTNAME", "PRENOM", "VORNAME", "NOMBRE", "VOORNAAM"],
        "last_name": ["LASTNAME", "NOM", "NACHNAME", "APELLIDOS", "ACHTERNAAM"],
        "phone": ["SMS", "WHATSAPP", "LANDLINE_NUMBER"],
        "job_title": "JOB_TITLE",
        "created_at": "ADDED_TIME",
        "timezone": ["CONTACT_TIMEZONE", "TIMEZONE"],
    },
    opt_out={
        "EMAIL_BLACKLISTED": SAYS_YES,
        "EMAIL_BLOCKLISTED": SAYS_YES,
        "BLACKLISTED": SAYS_YES,
        "BLOCKLISTED": SAYS_YES,
        "EMAIL_MARKETING": _OUT,
        "EMAIL_MARKETING_STATUS": _OUT,
        "SUBSCRIPTION_STATUS": _OUT,
    },
)
