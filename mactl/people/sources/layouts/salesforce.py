"""Salesforce's contacts and leads: the API names that its Data Loader writes, and the labels of its reports."""

from mactl.people.sources.layouts.layout import SAYS_YES, layout

SALESFORCE = layout(
    "salesforce",
    "Salesforce",
    signs=[
        ["Id", "LastName", "Email", "AccountId"],
        ["Id", "LastName", "Email", "OwnerId"],
        ["LastName", "Email", "HasOptedOutOfEmail"],
        ["Last Name", "Email", "Account Name"],
        ["Last Name", "Email", "Email Opt Out"],
        ["Contact ID", "Last Name", "Email", "Mailing Street"],
        ["Lead ID", "Last Name", "Email", "Lead Status"],
    ],
    fields={
        "salesforce_id": ["Id", "Contact ID", "Lead ID"],
        "first_name": ["FirstName", "First Name"],
        "last_name": ["LastName", "Last Name"],
        "phone": ["MobilePhone", "Mobile", "Phone"],
        "company": ["Account Name", "Company", "Company / Account"],
        "job_title": "Title",
        "city": ["MailingCity", "Mailing City", "City"],
        "postcode": [
            "MailingPostalCode", "Mailing Zip/Postal Code", "PostalCode", "Zip/Postal Code",
        ],
        "country": ["MailingCountryCode", "MailingCountry", "Mailing Country", "Country"],
        "birthday": "Birthdate",
        "created_at": ["CreatedDate", "Created Date"],
    },
    opt_out={"HasOptedOutOfEmail": SAYS_YES, "Email Opt Out": SAYS_YES},
)  # fmt: skip
