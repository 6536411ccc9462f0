"""A first record for a domain that has none."""

from mactl.audit.dns import Answer
from mactl.audit.fixes import publish
from mactl.audit.providers import recognise

NOTHING = "v=spf1 -all"


def fresh_record(mx: Answer, *, signs: bool = False) -> str:
    """The record to begin with, by where the domain's mail is received: `mx` is the answer for its MX.

    Who takes no mail hardly sends any (RFC 7208 10.1.2), unless it `signs` with a DKIM key
    and has no null MX. Where the DNS failed to tell, nobody is forbidden to send.
    """
    hosts = [host for _, host in mx.exchanges]
    if not any(hosts) and not mx.failed:
        return "v=spf1 a ~all" if signs and not mx.is_null_mx else NOTHING
    terms = [provider.spf_term for provider in recognise(hosts) if provider.spf_term]
    return " ".join(("v=spf1", *(terms or ("mx",)), "~all"))


def how_to_begin(domain: str, mx: Answer) -> str:
    """What to do without an SPF record, by where the domain's mail is received."""
    fix = publish(fresh_record(mx), domain)
    if mx.absent:
        return f"{fix} if it sends no mail; else name its servers, and end in '~all'"
    return fix
