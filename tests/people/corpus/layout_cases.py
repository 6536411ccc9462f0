"""The header rows of exports of well-known programs, as they are written, with who opted out in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.people.corpus.case import Case

NOTE = ["1: source-layout"]
INVENTED = [*NOTE, "2: contact-invented-phone"]


def export(
    what: str, header: str, *rows: str, contacts: Sequence[Mapping[str, Any]], **more: Any
) -> Case:
    """A file with this header; findings are the note of its layout unless told."""
    content = "\n".join([header, *rows, ""]).encode()
    return Case(what, content, contacts, **{"findings": NOTE, **more})


CASES = [
    export(
        "Mailchimp: those who are subscribed",
        '"Email Address","First Name","Last Name",Birthday,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,CC,LEID,EUID,TAGS',
        'ann@example.com,Ann,Jansen,03/14,2,,"2024-01-02 03:04:05",NL,77,a1,"""VIP"",""Blog"""',
        contacts=[
            {
                "email": "ann@example.com", "first_name": "Ann", "last_name": "Jansen",
                "birthday_mm_dd": "03/14", "member_rating": 2,
                "confirm_time": "2024-01-02T03:04:05+00:00", "country": "NL", "leid": 77, "euid": "a1",
                "tags": ["VIP", "Blog"],
            }
        ],
    ),
    export(
        "Mailchimp: those who unsubscribed",
        "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,LEID,EUID,UNSUB_TIME,UNSUB_REASON",
        "ann@example.com,Ann,1,,78,a2,2025-02-03 04:05:06,NORMAL",
        contacts=[
            {
                "email": "ann@example.com", "first_name": "Ann", "member_rating": 1, "leid": 78,
                "euid": "a2", "unsub_time": "2025-02-03T04:05:06+00:00", "unsub_reason": "NORMAL",
                "email_opt_out": True,
            }
        ],
    ),
    export(
        "Mailchimp: out of a database, nobody opted out by a time that there is not",
        "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,LEID,EUID,UNSUB_TIME,UNSUB_REASON",
        r"ann@example.com,Ann,1,,78,a2,\N,\N",
        contacts=[
            {"email": "ann@example.com", "first_name": "Ann", "member_rating": 1, "leid": 78, "euid": "a2"}
        ],
        findings=[*NOTE, "2: source-null"],
    ),
    export(
        "Mailchimp: those who were cleaned",
        "Email Address,MEMBER_RATING,OPTIN_TIME,LEID,EUID,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE",
        "ann@example.com,1,,79,a3,2025-02-03 04:05:06,May",
        contacts=[
            {
                "email": "ann@example.com", "member_rating": 1, "leid": 79, "euid": "a3",
                "clean_time": "2025-02-03T04:05:06+00:00", "clean_campaign_title": "May",
                "email_opt_out": True,
            }
        ],
    ),
    export(
        "HubSpot",
        "Record ID,First Name,Email,Phone Number,Company Name,Country/Region,Postal Code,Lifecycle Stage,"
        "Create Date,Unsubscribed from all email",
        "901,Ann,ann@example.com,010,Acme,Netherlands,2611 AB,Lead,2024-03-12 09:14,true",
        "902,Bo,bo@example.com,,,,,Customer,2024-03-13 10:15,false",
        contacts=[
            {
                "hubspot_id": 901, "first_name": "Ann", "email": "ann@example.com", "phone": "010",
                "company": "Acme", "country": "NL", "postcode": "2611 AB",
                "lifecycle_stage": "Lead", "created_at": "2024-03-12T09:14:00+00:00",
                "unsubscribed_from_all_email": True, "email_opt_out": True,
            },
            {
                "hubspot_id": 902, "first_name": "Bo", "email": "bo@example.com",
                "lifecycle_stage": "Customer", "created_at": "2024-03-13T10:15:00+00:00",
                "unsubscribed_from_all_email": False,
            },
        ],
        findings=[*NOTE, "2: contact-country-code"],
    ),
    export(
        "Salesforce's Data Loader",
        '"ID","ACCOUNTID","LASTNAME","FIRSTNAME","EMAIL","MOBILEPHONE","PHONE","MAILINGCITY","HASOPTEDOUTOFEMAIL"',
        '"003A","001A","Jansen","Ann","ann@example.com","+31612345678","010","Delft","true"',
        '"003B","001A","Smit","Bo","bo@example.com","","","","false"',
        contacts=[
            {
                "salesforce_id": "003A", "accountid": "001A", "last_name": "Jansen", "first_name": "Ann",
                "email": "ann@example.com", "phone": "+31612345678", "phone_2": "010", "city": "Delft",
                "hasoptedoutofemail": True, "email_opt_out": True,
                "data_flags": ["phone_invented"],
            },
            {
                "salesforce_id": "003B", "accountid": "001A", "last_name": "Smit", "first_name": "Bo",
                "email": "bo@example.com", "hasoptedoutofemail": False,
            },
        ],
        findings=INVENTED,
    ),
    export(
        "a report of Salesforce",
        "First Name,Last Name,Title,Account Name,Mailing Zip/Postal Code,Email,Email Opt Out",
        "Ann,Jansen,CTO,Acme,2611 AB,ann@example.com,1",
        "Bo,Smit,CMO,Acme,2611 AC,bo@example.com,0",
        contacts=[
            {
                "first_name": "Ann", "last_name": "Jansen", "job_title": "CTO", "company": "Acme",
                "postcode": "2611 AB", "email": "ann@example.com", "email_opt_out": True,
            },
            {
                "first_name": "Bo", "last_name": "Smit", "job_title": "CMO", "company": "Acme",
                "postcode": "2611 AC", "email": "bo@example.com", "email_opt_out": False,
            },
        ],
    ),
    export(
        "ActiveCampaign",
        "Email,First Name,Phone,Tags,Date Created,IP,Status",
        'ann@example.com,Ann,010,"prospect, webinar",2021-07-08 09:10:11,192.0.2.1,Unsubscribed',
        contacts=[
            {
                "email": "ann@example.com", "first_name": "Ann", "phone": "010",
                "tags": ["prospect", "webinar"], "created_at": "2021-07-08T09:10:11+00:00",
                "ip": "192.0.2.1", "status": "Unsubscribed", "email_opt_out": True,
            }
        ],
    ),
    export(
        "Brevo",
        "EMAIL;LASTNAME;FIRSTNAME;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED;ADDED_TIME;MODIFIED_TIME",
        "ann@example.com;Jansen;Ann;31612345678;Yes;No;12-04-2022 09:30;13-04-2022 10:00",
        "bo@example.com;Smit;Bo;;No;No;14-04-2022 09:30;14-04-2022 10:00",
        contacts=[
            {
                "email": "ann@example.com", "last_name": "Jansen", "first_name": "Ann",
                "phone": "31612345678", "email_blacklisted": True, "sms_blacklisted": False,
                "created_at": "2022-04-12T09:30:00+00:00", "modified_time": "2022-04-13T10:00:00+00:00",
                "email_opt_out": True, "data_flags": ["phone_invented"],
            },
            {
                "email": "bo@example.com", "last_name": "Smit", "first_name": "Bo",
                "email_blacklisted": False, "sms_blacklisted": False,
                "created_at": "2022-04-14T09:30:00+00:00", "modified_time": "2022-04-14T10:00:00+00:00",
            },
        ],
        findings=INVENTED,
    ),
    export(
        "Klaviyo",
        "Email,Klaviyo ID,First Name,Country,Zip Code,Email Marketing Consent,Profile Created On",
        "ann@example.com,01A,Ann,NL,2611 AB,UNSUBSCRIBED,2024-01-02",
        "bo@example.com,01B,Bo,NL,2611 AC,NEVER_SUBSCRIBED,2024-01-03",
        contacts=[
            {
                "email": "ann@example.com", "klaviyo_id": "01A", "first_name": "Ann", "country": "NL",
                "postcode": "2611 AB", "email_marketing_consent": "UNSUBSCRIBED",
                "created_at": "2024-01-02", "email_opt_out": True,
            },
            {
                "email": "bo@example.com", "klaviyo_id": "01B", "first_name": "Bo", "country": "NL",
                "postcode": "2611 AC", "email_marketing_consent": "NEVER_SUBSCRIBED",
                "created_at": "2024-01-03",
            },
        ],
    ),
    export(
        "Google Contacts",
        "First Name,Middle Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value,"
        "Phone 1 - Label,Phone 1 - Value,Address 1 - City",
        "Ann,,Jansen,Acme,* myContacts ::: Friends,* Work,ann@example.com,Mobile,+31612345678,Delft",
        contacts=[
            {
                "first_name": "Ann", "last_name": "Jansen", "company": "Acme",
                "tags": ["* myContacts", "Friends"], "e_mail_1_label": "* Work",
                "email": "ann@example.com", "phone_1_label": "Mobile", "phone": "+31612345678",
                "city": "Delft", "data_flags": ["phone_invented"],
            }
        ],
        findings=INVENTED,
    ),
    export(
        "Google Contacts as it was",
        "Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value",
        "Ann Jansen,Ann,Jansen,* myContacts,* Home,ann@example.com",
        contacts=[
            {
                "name": "Ann Jansen", "first_name": "Ann", "last_name": "Jansen",
                "tags": ["* myContacts"], "e_mail_1_type": "* Home", "email": "ann@example.com",
            }
        ],
    ),
    export(
        "Outlook",
        "First Name,Last Name,Company,Job Title,Business Phone,Mobile Phone,E-mail Address,E-mail 2 Address,"
        "Business City,Categories",
        "Ann,Jansen,Acme,CTO,010,0612,ann@example.com,,Delft,VIP;Press",
        contacts=[
            {
                "first_name": "Ann", "last_name": "Jansen", "company": "Acme", "job_title": "CTO",
                "business_phone": "010", "phone": "0612", "email": "ann@example.com", "city": "Delft",
                "tags": ["VIP", "Press"],
            }
        ],
    ),
    export(
        "Outlook in Dutch",
        "Voornaam,Achternaam,Bedrijf,Mobiele telefoon,E-mailadres,E-mailadres 2",
        "Ann,Jansen,Acme,0612,ann@example.com,",
        contacts=[
            {
                "first_name": "Ann", "last_name": "Jansen", "company": "Acme", "phone": "0612",
                "email": "ann@example.com",
            }
        ],
    ),
    export(
        "Shopify",
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,"
        "Default Address Country Code,Default Address Zip,Phone,Total Spent,Total Orders,Tags",
        "'123,Ann,Jansen,ann@example.com,no,Delft,NL,'2611 AB,'+31612345678,12.50,1,\"vip, horeca\"",
        "'124,Bo,Smit,bo@example.com,yes,,,,,0.00,0,",
        contacts=[
            {
                "shopify_id": 123, "first_name": "Ann", "last_name": "Jansen",
                "email": "ann@example.com", "accepts_email_marketing": False, "city": "Delft",
                "country": "NL", "postcode": "2611 AB", "phone": "+31612345678", "total_spent": 12.5,
                "total_orders": 1, "tags": ["vip", "horeca"], "email_opt_out": True,
                "data_flags": ["phone_invented"],
            },
            {
                "shopify_id": 124, "first_name": "Bo", "last_name": "Smit", "email": "bo@example.com",
                "accepts_email_marketing": True, "total_spent": 0, "total_orders": 0,
            },
        ],
        findings=INVENTED,
    ),
    export(
        "WooCommerce",
        "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Postal Code",
        "Ann Jansen,ann,2026-01-02,2024-01-02,ann@example.com,2,30.50,15.25,NL,Delft,2611 AB",
        contacts=[
            {
                "name": "Ann Jansen", "username": "ann", "last_active": "2026-01-02",
                "created_at": "2024-01-02", "email": "ann@example.com", "orders": 2,
                "total_spend": 30.5, "aov": 15.25, "country": "NL", "city": "Delft",
                "postcode": "2611 AB",
            }
        ],
    ),
    export(
        "listmonk",
        "uuid,email,name,attributes,status,created_at,updated_at",
        'a-1,ann@example.com,Ann,"{""city"": ""Delft""}",blocklisted,2024-01-02 03:04:05,2024-01-02 03:04:05',
        'a-2,bo@example.com,Bo,{},enabled,2024-01-02 03:04:05,2024-01-02 03:04:05',
        contacts=[
            {
                "listmonk_id": "a-1", "email": "ann@example.com", "name": "Ann",
                "attributes": '{"city": "Delft"}', "status": "blocklisted",
                "created_at": "2024-01-02T03:04:05+00:00", "updated_at": "2024-01-02T03:04:05+00:00",
                "email_opt_out": True,
            },
            {
                "listmonk_id": "a-2", "email": "bo@example.com", "name": "Bo", "attributes": "{}",
                "status": "enabled", "created_at": "2024-01-02T03:04:05+00:00",
                "updated_at": "2024-01-02T03:04:05+00:00",
            },
        ],
    ),
    export(
        "Mautic",
        "id,firstname,lastname,email,position,mobile,zipcode,preferred_locale,points,doNotEmail",
        "7,Ann,Jansen,ann@example.com,CTO,0612,2611 AB,nl,12,1",
        "8,Bo,Smit,bo@example.com,CMO,0613,2611 AC,nl,3,0",
        contacts=[
            {
                "mautic_id": 7, "first_name": "Ann", "last_name": "Jansen", "email": "ann@example.com",
                "job_title": "CTO", "phone": "0612", "postcode": "2611 AB", "language": "nl",
                "points": 12, "do_not_email": 1, "email_opt_out": True,
            },
            {
                "mautic_id": 8, "first_name": "Bo", "last_name": "Smit", "email": "bo@example.com",
                "job_title": "CMO", "phone": "0613", "postcode": "2611 AC", "language": "nl",
                "points": 3, "do_not_email": 0,
            },
        ],
    ),
    export(
        "a layout that mactl.yaml turns off",
        "Email,Klaviyo ID,First Name",
        "ann@example.com,01A,Ann",
        contacts=[{"email": "ann@example.com", "klaviyo_id": "01A", "first_name": "Ann"}],
        findings=[],
        source={"layout": "none"},
    ),
    export(
        "a layout that mactl.yaml names, though little tells it",
        "Email,Title,Suppressed",
        "ann@example.com,CTO,TRUE",
        contacts=[
            {
                "email": "ann@example.com", "job_title": "CTO", "suppressed": True,
                "email_opt_out": True,
            }
        ],
        findings=[],
        source={"layout": "klaviyo"},
    ),
    export(
        "a layout with a column that mactl.yaml maps elsewhere",
        "Email,Klaviyo ID,Organization,Title",
        "ann@example.com,01A,Acme,CTO",
        contacts=[
            {
                "email": "ann@example.com", "contact_id": "01A", "employer": "Acme", "job_title": "CTO",
            }
        ],
        source={"columns": {"Klaviyo ID": "contact_id", "Organization": "employer"}},
    ),
    export(
        "the signs of two programs at once",
        "Email,Klaviyo ID,Accepts Email Marketing,Total Spent,First Name",
        "ann@example.com,01A,yes,12.5,Ann",
        contacts=[
            {
                "email": "ann@example.com", "klaviyo_id": "01A", "accepts_email_marketing": True,
                "total_spent": 12.5, "first_name": "Ann",
            }
        ],
    ),
    Case(
        "a layout that there is not",
        b"email\nann@example.com\n",
        refused="contacts.csv: layout: there is none called 'mailchump'",
        source={"layout": "mailchump"},
    ),
]  # fmt: skip
