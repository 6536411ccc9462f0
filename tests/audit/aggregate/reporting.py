"""Aggregate reports as receivers write them, from the compact form of the case files."""

from typing import Any
from xml.sax.saxutils import escape

DAY = 86_400
START = 1_792_108_800  # 2026-10-16, 00:00 UTC


def report_xml(told: dict[str, Any], *, namespace: str = "urn:ietf:params:xml:ns:dmarc-2.0") -> str:
    """A report: `org`, `id`, `domain`, `days` (first and last, from START), `policy`, `errors`, `records`."""
    first, last = told.get("days", (0, 35))
    metadata = (
        _element("org_name", told.get("org", "receiver.test"))
        + _element("email", "dmarc@receiver.test")
        + _element("report_id", told.get("id", "1"))
        + f"<date_range><begin>{START + first * DAY}</begin><end>{START + last * DAY}</end></date_range>"
        + "".join(_element("error", error) for error in told.get("errors", []))
    )
    policy = _element("domain", told.get("domain", "example.com"))
    policy += _element("p", told.get("policy", "none"))
    records = "".join(map(_record, told.get("records", [])))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feedback xmlns="{namespace}">\n'
        f"<version>1.0</version><report_metadata>{metadata}</report_metadata>\n"
        f"<policy_published>{policy}</policy_published>\n{records}</feedback>\n"
    )


def _element(name: str, text: Any) -> str:
    return f"<{name}>{escape(str(text))}</{name}>"


def _record(told: dict[str, Any]) -> str:
    """One record: `ip`, `count`, `dkim`, `spf` (true for pass), `signed` ([domain, selector, result]), `sender`."""
    reasons = "".join(
        f"<reason>{_element('type', reason)}<comment/></reason>"
        for reason in told.get("reasons", [])
    )
    signed = "".join(
        f"<dkim>{_element('domain', d)}{_element('selector', s)}{_element('result', r)}</dkim>"
        for d, s, r in told.get("signed", [])
    )
    sender = told.get("sender")
    spf = f"<spf>{_element('domain', sender)}<scope>mfrom</scope><result>pass</result></spf>"
    evaluated = (
        _element("disposition", told.get("disposition", "none"))
        + _element("dkim", "pass" if told.get("dkim") else "fail")
        + _element("spf", "pass" if told.get("spf") else "fail")
        + reasons
    )
    row = _element("source_ip", told.get("ip", "192.0.2.1")) + _element("count", told["count"])
    return (
        f"<record><row>{row}<policy_evaluated>{evaluated}</policy_evaluated></row>"
        f"<identifiers>{_element('header_from', told.get('from', 'example.com'))}</identifiers>"
        f"<auth_results>{signed}{spf if sender else ''}</auth_results></record>"
    )
