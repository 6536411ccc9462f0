"""What advertising and mail platforms want of a list of people: their headers, how values are written, what is hashed.

- Google Ads, Customer Match: https://support.google.com/google-ads/answer/7659867 (headers) and
  https://developers.google.com/google-ads/api/docs/remarketing/audience-segments/customer-match/get-started (e-mail,
  phone and names as SHA-256 of trimmed lower case, phones in E.164; country and postcode plain); dots before @gmail.com
  and @googlemail.com are taken out, as its enhanced conversions ask
- Meta, Custom Audiences: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (all
  hashed; phones as digits with the country's code and without +; names without punctuation)
- LinkedIn, contact lists: https://www.linkedin.com/help/lms/answer/a1489764 (its template's header; e-mail hashed)
- TikTok, customer files: https://ads.tiktok.com/help/article/list-of-supported-ids-and-formats-for-a-customer-file
- HubSpot, Mailchimp, Brevo, Klaviyo, Salesforce: the headers that their importers map by themselves, values as they are
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Write = Callable[[str], str]
"""A filled cell → as the platform wants it; "" where it can't be."""

_GMAIL = ("gmail.com", "googlemail.com")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_WRITTEN = re.compile(r"[\s().\-/\u00a0]+")


def email(text: str) -> str:
    """Trimmed and in lower case."""
    return text.strip().lower()


def gmail(text: str) -> str:
    """As `email`, without the dots that Gmail takes for nothing."""
    local, at, domain = email(text).rpartition("@")
    return local.replace(".", "") + at + domain if domain in _GMAIL else local + at + domain


def phone(text: str) -> str:
    """E.164: `+31612345678`; "" where no country's code is given."""
    plain = _WRITTEN.sub("", text.strip())
    plain = f"+{plain[2:]}" if plain.startswith("00") else plain
    return plain if _E164.fullmatch(plain) else ""


def phone_digits(text: str) -> str:
    """E.164 without its plus sign."""
    return phone(text)[1:]


def name(text: str) -> str:
    """Trimmed and in lower case."""
    return text.strip().lower()


def bare(text: str) -> str:
    """In lower case, without punctuation; letters of all scripts stay."""
    kept = (c for c in text.strip().lower() if not unicodedata.category(c).startswith(("P", "S")))
    return " ".join("".join(kept).split())


def squeezed(text: str) -> str:
    """In lower case, without punctuation and blanks."""
    return bare(text).replace(" ", "")


def country(text: str) -> str:
    """The two letters of ISO 3166; "" for anything else."""
    plain = text.strip()
    return plain.upper() if len(plain) == 2 and plain.isascii() and plain.isalpha() else ""


def lower_country(text: str) -> str:
    """The same in lower case."""
    return country(text).lower()


def digits(text: str) -> str:
    """Only the digits: a day as YYYYMMDD."""
    return "".join(letter for letter in text if letter.isdigit())


def plain(text: str) -> str:
    """As it is."""
    return text


def sha256(text: str) -> str:
    """The SHA-256 of text in UTF-8, in lower-case hexadecimal; "" of ""."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One column: what it is called there, the first of these fields that there is, how it is written."""

    header: str
    fields: tuple[str, ...]
    write: Write = plain
    is_hashed: bool = False

    def cell(self, text: str | None) -> str:
        """What stands in the cell of a value that is written as `text`."""
        written = self.write(text) if text else ""
        return sha256(written) if self.is_hashed else written


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform; of `identifying` columns one must be filled, or the row names nobody there."""

    name: str
    columns: tuple[Wanted, ...]
    identifying: tuple[str, ...]
    advertises: bool = False


_FIRST = ("first_name", "voornaam", "given_name")
_LAST = ("last_name", "achternaam", "family_name")
_EMAIL, _PHONE = ("email",), ("phone", "mobile", "mobile_phone")
_COUNTRY, _POSTCODE = ("country", "country_code"), ("postcode", "postal_code", "zip")
_CITY, _STATE, _COMPANY, _TITLE = (
    ("city",),
    ("state", "region"),
    ("company",),
    ("job_title", "title"),
)
_BIRTHDAY = ("birthday", "date_of_birth")

_ALL = (
    Platform(
        "google-ads",
        (
            Wanted("Email", _EMAIL, gmail, is_hashed=True),
            Wanted("Phone", _PHONE, phone, is_hashed=True),
            Wanted("First Name", _FIRST, name, is_hashed=True),
            Wanted("Last Name", _LAST, name, is_hashed=True),
            Wanted("Country", _COUNTRY, country),
            Wanted("Zip", _POSTCODE),
        ),
        ("Email", "Phone"),
        advertises=True,
    ),
    Platform(
        "meta",
        (
            Wanted("email", _EMAIL, email, is_hashed=True),
            Wanted("phone", _PHONE, phone_digits, is_hashed=True),
            Wanted("fn", _FIRST, bare, is_hashed=True),
            Wanted("ln", _LAST, bare, is_hashed=True),
            Wanted("ct", _CITY, squeezed, is_hashed=True),
            Wanted("st", _STATE, squeezed, is_hashed=True),
            Wanted("zip", _POSTCODE, squeezed, is_hashed=True),
            Wanted("country", _COUNTRY, lower_country, is_hashed=True),
            Wanted("dob", _BIRTHDAY, digits, is_hashed=True),
        ),
        ("email", "phone"),
        advertises=True,
    ),
    Platform(
        "linkedin",
        (
            Wanted("email", _EMAIL, email, is_hashed=True),
            Wanted("firstname", _FIRST),
            Wanted("lastname", _LAST),
            Wanted("jobtitle", _TITLE),
            Wanted("employeecompany", _COMPANY),
            Wanted("country", _COUNTRY, country),
            Wanted("googleaid", ()),
        ),
        ("email",),
        advertises=True,
    ),
    Platform(
        "tiktok",
        (
            Wanted("Email_SHA256", _EMAIL, email, is_hashed=True),
            Wanted("Phone_SHA256", _PHONE, phone, is_hashed=True),
        ),
        ("Email_SHA256", "Phone_SHA256"),
        advertises=True,
    ),
    Platform(
        "hubspot",
        (
            Wanted("Email", _EMAIL),
            Wanted("First Name", _FIRST),
            Wanted("Last Name", _LAST),
            Wanted("Phone Number", _PHONE),
            Wanted("Company Name", _COMPANY),
            Wanted("Job Title", _TITLE),
            Wanted("City", _CITY),
            Wanted("Postal Code", _POSTCODE),
            Wanted("Country/Region", _COUNTRY),
        ),
        ("Email",),
    ),
    Platform(
        "mailchimp",
        (
            Wanted("Email Address", _EMAIL),
            Wanted("First Name", _FIRST),
            Wanted("Last Name", _LAST),
            Wanted("Phone Number", _PHONE),
        ),
        ("Email Address",),
    ),
    Platform(
        "brevo",
        (
            Wanted("EMAIL", _EMAIL),
            Wanted("FIRSTNAME", _FIRST),
            Wanted("LASTNAME", _LAST),
            Wanted("SMS", _PHONE, phone),
        ),
        ("EMAIL", "SMS"),
    ),
    Platform(
        "klaviyo",
        (
            Wanted("Email", _EMAIL),
            Wanted("First Name", _FIRST),
            Wanted("Last Name", _LAST),
            Wanted("Phone Number", _PHONE, phone),
            Wanted("Organization", _COMPANY),
            Wanted("Title", _TITLE),
            Wanted("City", _CITY),
            Wanted("Zip Code", _POSTCODE),
            Wanted("Country", _COUNTRY),
        ),
        ("Email", "Phone Number"),
    ),
    Platform(
        "salesforce",
        (
            Wanted("Email", _EMAIL),
            Wanted("First Name", _FIRST),
            Wanted("Last Name", _LAST),
            Wanted("Phone", _PHONE),
            Wanted("Company", _COMPANY),
            Wanted("Title", _TITLE),
            Wanted("Country", _COUNTRY),
        ),
        ("Email",),
    ),
)
PLATFORMS: Mapping[str, Platform] = {platform.name: platform for platform in _ALL}
