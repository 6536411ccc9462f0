"""Outlook's CSV of contacts, in English and in Dutch. It holds no consent: only people who are known."""

from mactl.people.sources.layouts.layout import layout

OUTLOOK = layout(
    "outlook",
    "Outlook",
    signs=[
        *(
            ["First Name", "Last Name", "E-mail Address", other]
            for other in ("E-mail 2 Address", "Business Phone", "Mobile Phone", "Business Street")
        ),
        *(
            ["Voornaam", "Achternaam", "E-mailadres", other]
            for other in ("E-mailadres 2", "Telefoon op werk", "Mobiele telefoon")
        ),
    ],
    fields={
        "email": ["E-mail Address", "E-mailadres"],
        "first_name": ["First Name", "Voornaam"],
        "last_name": ["Last Name", "Achternaam"],
        "phone": [
            "Mobile Phone", "Business Phone", "Home Phone", "Primary Phone",
            "Mobiele telefoon", "Telefoon op werk", "Telefoon thuis",
        ],
        "company": ["Company", "Bedrijf"],
        "job_title": ["Job Title", "Functie"],
        "city": ["Business City", "Home City", "Werk plaats", "Plaats werk"],
        "postcode": ["Business Postal Code", "Home Postal Code", "Postcode werk"],
        "country": [
            "Business Country/Region", "Home Country/Region", "Business Country", "Home Country",
            "Land/regio werk",
        ],
        "birthday": ["Birthday", "Verjaardag"],
        "language": ["Language", "Taal"],
        "tags": ["Categories", "Categorieën"],
    },
    lists={"tags": ";"},
)  # fmt: skip
