"""Every kind of record: parsed, printed and parsed again it means the same, and no text does harm.

A kind of record is one line in FORMS. Texts are records as people publish them, the same with
slips in them, and any octets.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.audit import audit_domain
from mactl.audit.bimi.record import parse_bimi
from mactl.audit.dkim.record import parse_dkim_key
from mactl.audit.dmarc.record import parse_dmarc
from mactl.audit.mta_sts.record import parse_sts_record
from mactl.audit.spf.record import parse_spf
from mactl.audit.tags import TagList
from mactl.audit.tls_rpt.record import parse_tls_rpt
from tests.audit.cases import HEALTHY, healthy_means
from tests.audit.keys import ed25519_key, rsa_key, with_keys
from tests.audit.peers import Zone
from tests.conftest import examples

KEYS = {"rsa2048": rsa_key(2048), "rsa1024": rsa_key(1024), "ed25519": ed25519_key()}
SPF = (
    "v=spf1 mx a:mail.example.com/28//64 include:_spf.service.test ?exists:%{ir}.%{v}._spf.%{d2} ~all",
    "V=SPF1 IP4:192.0.2.0/24 ip6:2001:DB8::/32 -PTR:example.com redirect=_spf.service.test",
    "v=spf1 +a mx//0 exp=why.%{o} moo.cow=x%%y%_z%-%{S} ra=postmaster all",
)
DKIM = (
    "v=DKIM1; k=rsa; h=sha256:sha1; s=email:*; t=y:s; n=a note; p={rsa2048}",
    "k=ed25519; p={ed25519}",
    "p={rsa1024}; v=DKIM1;",
    "v=DKIM1; p=",
)
DMARC = (
    "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=r; fo=1:d; psd=n; t=y; "
    "rua=mailto:a@example.com!10m,mailto:b@example.net; ruf=mailto:c@example.com",
    "v=DMARC1;p=none;pct=50;ri=86400;rf=afrf;x-own=1",
    "V = DMARC1 ; rua = dmarc@example.com ; p=Quarantine; adkim=strict",
)
BIMI = (
    "v=BIMI1; l=https://example.com/logo.svg; a=https://example.com/logo.pem; avp=personal",
    "v=BIMI1; l=; a=;",
    "v=BIMI1;l=http://example.com/logo.png;lps=shop,news",
)
MTA_STS = ("v=STSv1; id=20261101T000000;", "v=STSv1;id=1; own=2", "v=STSv1 ; id = a-b")
TLS_RPT = (
    "v=TLSRPTv1; rua=mailto:tls@example.com,https://example.net/reports",
    "v=TLSRPTv1;rua=mailto:tls@example.com; own=1;",
    "v=TLSRPTv1; rua=tls@example.com",
)


@dataclass(frozen=True)
class Form:
    """A kind of record: how it is parsed and printed, where it stands, and what some look like."""

    name: str
    place: str
    parse: Callable[[str], Any]
    samples: tuple[str, ...]
    printed: Callable[[Any], str] = lambda record: str(record.tags)

    @property
    def texts(self) -> st.SearchStrategy[str]:
        """Texts that begin as such a record does, or that are one but for some slips."""
        samples = [with_keys(sample, KEYS) for sample in self.samples]
        begin = samples[0][:8]
        return st.one_of(
            st.sampled_from(samples),
            st.sampled_from(samples).flatmap(slipped),
            octets.map(lambda text: f"{begin} {text}"),
        )


octets = st.text(st.characters(max_codepoint=255), max_size=60)
PIECES = [*" ;:=,./-~+?!%{}\"'\\*@\t\r\n\x00\x1b\x7f\xa0\xff", "\xe2\x80\x9c", "%{", "==", ";;"]


@st.composite
def slipped(draw: st.DrawFn, text: str) -> str:
    """`text` with up to four slips: a part left out, doubled or moved, letters changed, signs put in."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        part = text[start:end]
        instead = draw(
            st.sampled_from(["", part * 2, part.swapcase(), part[::-1], part.replace(" ", "")])
            | st.sampled_from(PIECES).map(lambda sign, part=part: part + sign)
            | octets.map(lambda new: new[:12])
        )
        text = text[:start] + instead + text[end:]
    return text


FORMS = [
    Form("spf", "example.com", parse_spf, SPF, str),
    Form("dkim", "mail._domainkey.example.com", parse_dkim_key, DKIM),
    Form("dmarc", "_dmarc.example.com", parse_dmarc, DMARC),
    Form("bimi", "default._bimi.example.com", parse_bimi, BIMI),
    Form("mta_sts", "_mta-sts.example.com", parse_sts_record, MTA_STS, str),
    Form("tls_rpt", "_smtp._tls.example.com", parse_tls_rpt, TLS_RPT, str),
]
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)


def meaning(record: Any) -> Any:
    """What a record says: without its text, and what was in it that says nothing."""
    left_out: dict[str, Any] = {"text": ""}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, TagList):
            left_out[field.name] = TagList(value.tags)
        elif field.name == "faults":
            left_out[field.name] = ()
        elif field.name == "bad_tags":
            left_out[field.name] = tuple(bad for bad in value if bad.name)
    return replace(record, **left_out)


@every_form
@given(data=st.data())
def test_a_record_means_the_same_after_it_is_printed(form: Form, data: st.DataObject) -> None:
    record = form.parse(data.draw(form.texts))

    again = form.parse(form.printed(record))

    assert meaning(again) == meaning(record)


@every_form
@given(data=st.data())
def test_a_printed_record_is_printed_as_it_is(form: Form, data: st.DataObject) -> None:
    printed = form.printed(form.parse(data.draw(form.texts)))

    assert form.printed(form.parse(printed)) == printed


@every_form
def test_a_sample_says_more_than_nothing(form: Form) -> None:
    sample = with_keys(form.samples[0], KEYS)

    assert meaning(form.parse(sample)) != meaning(form.parse(sample[:8]))


@every_form
@settings(max_examples=examples(60))
@given(data=st.data())
def test_no_text_keeps_an_audit_from_telling_the_rest(form: Form, data: st.DataObject) -> None:
    zone = Zone.of(with_keys(HEALTHY, KEYS))
    zone.txt(form.place, *data.draw(st.lists(form.texts, min_size=1, max_size=2)))

    report = asyncio.run(audit_domain("example.com", healthy_means(zone)))

    told: Any = report.as_json()
    texts = [
        json.dumps(told, ensure_ascii=False),
        *(f"{finding.message}{finding.hint}" for finding in report.findings),
    ]
    assert not [c for text in texts for c in text if not (" " <= c <= "~" or c == "…")]
    others = {other.name for other in FORMS} - {form.name, "bimi"}  # which rests on DMARC
    assert all(told[name]["status"] == "pass" for name in others)
