"""What each finding about people's and events' data means; nothing heavy is imported here."""

from collections.abc import Mapping

from mactl.findings import Severity

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

DATA: Mapping[str, tuple[Severity, str]] = {
    "source-broken-quote": (
        _ERROR,
        "A quote stands where none may, or is never closed; the row is left out.",
    ),
    "source-cell-count": (_ERROR, "A row has more or fewer cells than the header; it is left out."),
    "source-undecodable": (
        _ERROR,
        "A row has bytes that its file's encoding does not have; it is left out.",
    ),
    "source-nul-byte": (_ERROR, "A row holds a NUL byte; it is left out."),
    "source-encoding-assumed": (
        _NOTE,
        "The file is not UTF-8, so another encoding was assumed; a word of it shows whether "
        "rightly.",
    ),
    "source-bad-json": (
        _ERROR,
        "A line, or what stands in the array, is no JSON object; it is left out.",
    ),
    "source-layout": (
        _NOTE,
        "The file is read as an export of a well-known program, or may be one of several.",
    ),
    "source-title-lines": (_NOTE, "The header is not the first row; what is above is passed over."),
    "source-header-again": (
        _NOTE,
        "Rows that are the header once more, as where files were put one behind another, are passed "
        "over.",
    ),
    "source-sheet": (_NOTE, "A workbook has several sheets; it says which one is read."),
    "source-ambiguous-date": (
        _WARNING,
        "No cell of a column tells whether the day or the month comes first, or some say this and "
        "others that; it is text. An error where mactl.yaml wants a date.",
    ),
    "source-ambiguous-number": (
        _WARNING,
        "No cell of a column tells its decimal mark, or they have both; it is text. An error where "
        "mactl.yaml wants a number.",
    ),
    "source-null": (
        _NOTE,
        "Cells say `NULL`, `\\N` or the like, as databases write for nothing; they are empty. In a column "
        "of names `NULL` counts so only where it stands in another column too.",
    ),
    "source-duplicate-header": (_WARNING, "Two columns have one name; only the first is read."),
    "source-empty-header": (
        _WARNING,
        "A column that holds something has no name, so it is not read.",
    ),
    "source-underscore-header": (
        _WARNING,
        "A column's name begins with an underscore; it is read without.",
    ),
    "source-unknown-column": (_WARNING, "mactl.yaml maps a column that the file does not have."),
    "contact-erased": (
        _WARNING,
        "The person in the row was erased (`mactl privacy erase`); it is left out. Take it out of the "
        "source, or let them back in (`mactl privacy readmit`).",
    ),
    "event-erased": (
        _WARNING,
        "Events of people who were erased; they are left out. Take them out of the source.",
    ),
    "contact-bad-email": (_ERROR, "No e-mail address, or several; the row is left out."),
    "contact-mended-email": (
        _NOTE,
        "What surrounded an address (`mailto:`, a display name, quotes, a full stop) was "
        "taken away.",
    ),
    "contact-email-typo": (
        _WARNING,
        "The domain is likely to be a misspelt one. It stays as it stands, flagged `email_typo`.",
    ),
    "contact-disposable-email": (
        _WARNING,
        "The domain is one of mailboxes to throw away; flagged `email_disposable`.",
    ),
    "contact-role-email": (
        _NOTE,
        "Mailboxes of a function (RFC 2142 and usual ones), not of a person; flagged `email_role`.",
    ),
    "contact-smtputf8": (
        _NOTE,
        "Letters beyond ASCII before the @: relays without SMTPUTF8 (RFC 6531) refuse it; "
        "flagged `email_smtputf8`.",
    ),
    "contact-bad-phone": (
        _WARNING,
        "No telephone number in the country that its row, else `country` of mactl.yaml, "
        "names. It stays as it stands, flagged `phone_invalid`.",
    ),
    "contact-invented-phone": (
        _WARNING,
        "A number that people type to be left alone, such as 0612345678. It stays as it "
        "stands, flagged `phone_invented`; nobody is recognised by it.",
    ),
    "contact-phone-without-country": (
        _WARNING,
        "Numbers without a country's code, of which neither the row nor mactl.yaml names the "
        "country; they stay as they stand.",
    ),
    "contact-placeholder-name": (
        _WARNING,
        "What stands for a name, such as test or n/a, is none; it is left empty, flagged "
        "`name_placeholder`.",
    ),
    "contact-suspect-name": (
        _WARNING,
        "A name with a web or mail address in it, as advertisers fill in forms; flagged "
        "`name_suspect`.",
    ),
    "contact-impossible-birthday": (
        _WARNING,
        "A birthday in the future or before 1900; it is left empty, flagged `birthday_impossible`.",
    ),
    "contact-birthday-filler": (
        _WARNING,
        "1900-01-01, or 1970-01-01 more often than chance has it: systems fill those in. It "
        "is left empty, flagged `birthday_filler`.",
    ),
    "contact-country-code": (
        _NOTE,
        "Countries that were named, or coded in another way, are kept as ISO 3166-1 alpha-2 codes.",
    ),
    "contact-unknown-country": (
        _WARNING,
        "No country that ISO 3166 knows; it stays as it stands, flagged `country_unknown`.",
    ),
    "contact-no-countries": (
        _NOTE,
        "A column that is called country holds few of them, so it stays as it is.",
    ),
    "contact-bad-postcode": (
        _WARNING,
        "The postcode cannot be one of the country beside it; it stays as it stands, flagged "
        "`postcode_invalid`.",
    ),
    "contact-formula": (
        _WARNING,
        "A cell begins like a formula of a spreadsheet; it is kept as text, flagged `formula`.",
    ),
    "contact-unknown-timezone": (
        _WARNING,
        "No time zone of the IANA's; it is left empty, and the project's holds.",
    ),
    "contact-control-character": (
        _ERROR,
        "Characters that steer a terminal or turn the direction of writing; the row is left out.",
    ),
    "contact-oversized-cell": (_ERROR, "A cell of over 64 KiB; the row is left out."),
    "contact-bad-value": (
        _ERROR,
        "A cell does not fit the type of its column; the row is left out.",
    ),
    "contact-no-identity": (_ERROR, "No field of `identity` says who the row is; it is left out."),
    "contact-common-key": (
        _WARNING,
        "A key goes with more different stronger keys than its `limit`; it counts only for who has no other.",
    ),
    "contact-shared-key": (
        _NOTE,
        "People who differ in a stronger key share this one, and are kept apart.",
    ),
    "contact-unknown-field": (
        _WARNING,
        "`identity` or `survivorship` in mactl.yaml names a field that no source has, but one much like it.",
    ),
    "contact-own-column": (
        _WARNING,
        "A source has a field that mactl fills itself (`data_flags`); that column is not read.",
    ),
    "event-no-name": (_ERROR, "An event does not say what happened; the row is left out."),
    "event-no-instant": (_ERROR, "An event does not say when it happened; the row is left out."),
    "event-bad-instant": (_ERROR, "An event's instant is none; the row is left out."),
    "event-bad-value": (
        _WARNING,
        "A cell does not fit the type of its property; the event is kept without it.",
    ),
    "event-control-character": (
        _WARNING,
        "Characters that steer a terminal or turn the direction of writing; the event is kept "
        "without the cell, or left out where they stand in its name, id, instant or contact.",
    ),
    "event-oversized-cell": (_WARNING, "A cell of over 64 KiB; as with control characters."),
    "event-unknown-contact": (
        _WARNING,
        "Events name contacts that no source has; they are left out.",
    ),
    "event-without-contact": (_WARNING, "Events name no contact; they are left out."),
    "events-bad-instant": (
        _WARNING,
        "What is imported does not say when it happened; it is left out.",
    ),
    "events-bad-json": (_WARNING, "What is imported is no JSON object; it is left out."),
    "events-of-nobody": (
        _WARNING,
        "What is imported names nobody who is among the contacts, so nothing of it is kept.",
    ),
    "log-bad-line": (
        _WARNING,
        "A line of an access log in neither the common nor the combined format; it is left out.",
    ),
}
"""Finding → how grave it is, and what it means."""
