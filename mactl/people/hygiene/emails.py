"""A column of e-mail addresses: which are none, and which are odd."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Finding, Place, Severity
from mactl.people.cells import Cells, Mask, Numbers, mask_of
from mactl.people.hygiene.addresses import read_addresses
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.flagging import flag_cells
from mactl.people.hygiene.flags import Flag, mark
from mactl.people.hygiene.providers import suggest_domains
from mactl.people.hygiene.values import is_nothing
from mactl.people.sources.faults import cell_findings, quoted
from mactl.people.sources.sheets import Sheet

# RFC 2142, and what offices, shops and schools call their mailboxes around here.
_FUNCTIONS = (
    "info|marketing|sales|support|abuse|noc|security|postmaster|hostmaster|usenet|news|webmaster|www|"
    "uucp|ftp|admin|administrator|root|contact|contactus|hello|hallo|hi|mail|email|office|post|team|"
    "help|helpdesk|servicedesk|service|services|billing|invoice|invoices|accounts|accounting|finance|"
    "hr|jobs|careers|recruitment|press|media|legal|privacy|gdpr|dpo|compliance|enquiries|inquiries|"
    "orders|order|shop|webshop|store|reception|management|board|it|ict|feedback|subscribe|unsubscribe|"
    "newsletter|noreply|no-reply|no_reply|donotreply|do-not-reply|mailer-daemon|bounce|bounces|"
    "administratie|boekhouding|facturen|factuur|inkoop|verkoop|klantenservice|receptie|secretariaat|"
    "directie|bestuur|redactie|vacatures|welkom|kontakt|buchhaltung|rechnung|verkauf|einkauf|vertrieb|"
    "bewerbung|sekretariat|kundenservice|faktura|bogholderi|salg|accueil|secretariat|comptabilite|"
    "ventes|facturation"
)
_FUNCTION = rf"(?i)^(?:{_FUNCTIONS})(?:\+[^@]*)?@"
_EXAMPLES = 3
_TYPO = "it is kept as it stands: mend it in the source if that is what was meant"


def check_emails(cleaned: Cleaned, field: str) -> list[Finding]:
    """Normalise the addresses in `field`; rows with one that is none are left out, odd ones are flagged."""
    given = cleaned.cells.get(field)
    if given is None:
        return []
    read = read_addresses(given.values)
    kept = given.replaced(read.kept)
    faults = _without_nothing(read.faults)
    cleaned.cells[field] = kept
    findings = []
    if faults:
        bad = given.where(_is_in(given.values, list(faults)))
        findings += cleaned.refuse(
            "contact-bad-email",
            field,
            given,
            bad,
            lambda text: f"{quoted(text)} is no e-mail address: {faults[text]}",
        )
    if read.mended:
        findings += cell_findings(
            "contact-mended-email",
            Severity.NOTE,
            cleaned.sheet,
            field,
            given,
            given.where(_is_in(given.values, list(read.mended))),
            lambda text: f"{quoted(text)} is read as {quoted(read.mended[text])}",
            None,
        )
    return [
        *findings,
        *_check_domains(cleaned, field, kept),
        *_check_mailboxes(cleaned, field, kept),
    ]


def _check_domains(cleaned: Cleaned, field: str, kept: Cells) -> list[Finding]:
    parts = pc.split_pattern(kept.values, "@", max_splits=1)
    domains = pc.list_element(parts.drop_null(), 1).dictionary_encode()
    codes = np.full(len(kept.values), -1, np.int64)
    codes[mask_of(kept.values.is_valid())] = domains.indices.to_numpy()
    names = domains.dictionary.to_pylist()
    meant = suggest_domains(names)
    findings = []
    if meant:
        findings += flag_cells(
            cleaned,
            field,
            Flag.EMAIL_TYPO,
            "contact-email-typo",
            kept,
            _with_domain(kept, codes, [name in meant for name in names]),
            lambda text: f"{quoted(text)}: did you mean @{meant[text.rpartition('@')[2]]}?",
            _TYPO,
        )
    from disposable_email_domains import blocklist

    # Some catch what others mistype: then that is what there is to say.
    disposable = [name in blocklist and name not in meant for name in names]
    if any(disposable):
        findings += flag_cells(
            cleaned,
            field,
            Flag.EMAIL_DISPOSABLE,
            "contact-disposable-email",
            kept,
            _with_domain(kept, codes, disposable),
            lambda text: f"{quoted(text)} is a mailbox to throw away",
            "nobody reads it for long",
        )
    return findings


def _with_domain(kept: Cells, codes: Numbers, chosen: Sequence[bool]) -> Mask:
    """The rows whose domain is `chosen`; `codes` tell which each address has, -1 for none."""
    return kept.where(np.array([*chosen, False])[codes])


def _check_mailboxes(cleaned: Cleaned, field: str, kept: Cells) -> list[Finding]:
    findings = []
    functions = kept.where(mask_of(pc.match_substring_regex(kept.values, _FUNCTION)))
    functions &= ~cleaned.rejected
    if functions.any():
        mark(cleaned.flags, field, Flag.EMAIL_ROLE, functions)
        findings.append(_tell_functions(cleaned.sheet, field, kept, functions))
    if pc.all(pc.string_is_ascii(kept.values)).as_py() is False:
        local = pc.list_element(pc.split_pattern(kept.values, "@", max_splits=1), 0)
        findings += flag_cells(
            cleaned,
            field,
            Flag.EMAIL_SMTPUTF8,
            "contact-smtputf8",
            kept,
            kept.where(mask_of(pc.invert(pc.string_is_ascii(local)))),
            lambda text: f"{quoted(text)} has letters beyond ASCII before the @ (RFC 6531)",
            "relays without SMTPUTF8 refuse it",
            Severity.NOTE,
        )
    return findings


def _tell_functions(sheet: Sheet, field: str, kept: Cells, rows: Mask) -> Finding:
    """One note for a file: in a list of companies there are thousands."""
    chosen = np.flatnonzero(rows)
    some = kept.take(chosen[:_EXAMPLES]).array().to_pylist()
    examples = ", ".join(quoted(text) for text in some)
    many = len(chosen) > 1
    return Finding(
        "contact-role-email",
        Severity.NOTE,
        f"{sheet.called(field)}: {len(chosen):,} address{'es are' if many else ' is'} a function's,"
        f" not a person's: {examples}{', …' if len(chosen) > _EXAMPLES else ''}",
        Place(sheet.path, int(sheet.lines[chosen[0]])) if sheet.path else None,
        "rules can ask for them: {field: data_flags, has: email_role}",
    )


def _without_nothing(faults: Mapping[str, str]) -> dict[str, str]:
    """The faults but those of words such as `n/a`: they say that there is no address."""
    texts = pa.array(list(faults), pa.string())
    return {text: faults[text] for text in texts.filter(pc.invert(is_nothing(texts))).to_pylist()}


def _is_in(values: pa.Array, chosen: list[str]) -> Mask:
    return mask_of(pc.is_in(values, pa.array(chosen, pa.string())))
