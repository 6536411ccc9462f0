"""The lines of a recording: JSON, one answer or page each, after a first one that says what it is.

    {"recording": "mactl audit", "version": 1, "now": "2026-11-23T09:00:00+00:00"}
    {"name": "example.com", "type": "TXT", "outcome": "records", "records": ["v=spf1 -all"]}
    {"name": "example.com", "type": "SOA", "at": "192.0.2.53", "outcome": "timeout"}
    {"url": "https://mta-sts.example.com/.well-known/mta-sts.txt", "status": 404, "body": ""}

What is as usual is left out. Octets of TXT records are characters up to U+00FF, bodies are base64.
"""

import base64
import binascii
import json
import re
from typing import Literal, TypeVar

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from mactl.audit.dns import Answer, Outcome
from mactl.audit.names import normalised, printable
from mactl.audit.web import Page, Trouble

VERSION = 1

_Kind = TypeVar("_Kind", bound="_Line")
_TEXTS = frozenset({"TXT", "NS", "CNAME", "PTR"})
_EXCHANGE = re.compile(r"\d{1,5} ", re.ASCII)


class Damaged(ValueError):
    """A line is none of a recording; says why."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def text(self) -> bytes:
        """The line, without what is as usual."""
        values = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(values).encode("ascii") + b"\n"


class Head(_Line):
    """The first line; `now` is when it was recorded."""

    recording: Literal["mactl audit"]
    version: int
    now: AwareDatetime


class AnswerLine(_Line):
    """A question and its answer; `at` is the server that was asked itself, '' for the resolver's."""

    name: str
    type: str
    at: str = ""
    unchecked: bool = False
    outcome: Outcome
    records: tuple[str, ...] = ()
    canonical: str = ""
    detail: str = ""
    validated: bool = False
    signatures: tuple[str, ...] = ()

    @classmethod
    def of(cls, at: str, unchecked: bool, answer: Answer) -> "AnswerLine":
        """The line for an answer."""
        return cls(
            name=normalised(answer.name),
            type=answer.rdtype,
            at=at,
            unchecked=unchecked,
            outcome=answer.outcome,
            records=answer.records,
            canonical=answer.canonical,
            detail=answer.detail,
            validated=answer.validated,
            signatures=answer.signatures,
        )

    @property
    def question(self) -> tuple[str, str, str, bool]:
        """What was asked, and whom."""
        return self.name, self.type, self.at, self.unchecked

    @property
    def answer(self) -> Answer:
        """What was answered."""
        return Answer(
            self.name,
            self.type,
            self.outcome,
            self.records,
            self.canonical,
            self.detail,
            self.validated,
            self.signatures,
        )


class PageLine(_Line):
    """A page as it came, or why none did."""

    url: str
    status: int = 0
    content_type: str = ""
    body: str = ""
    trouble: Trouble | None = None
    detail: str = ""

    @classmethod
    def of(cls, page: Page) -> "PageLine":
        """The line for a page."""
        return cls(
            url=page.url,
            status=page.status,
            content_type=page.content_type,
            body=base64.b64encode(page.body).decode("ascii"),
            trouble=page.trouble,
            detail=page.detail,
        )

    @property
    def page(self) -> Page:
        """The page; raises Damaged where its body is not base64."""
        try:
            body = base64.b64decode(self.body, validate=True)
        except (binascii.Error, ValueError):
            raise Damaged("its body is not base64") from None
        return Page(self.url, self.status, self.content_type, body, self.trouble, self.detail)


def read_head(line: bytes) -> Head:
    """The first line; raises Damaged where it is another, or of a version that is not known."""
    try:
        head = _validated(Head, line)
    except Damaged:
        raise Damaged("it does not begin as a recording does") from None
    if head.version != VERSION:
        raise Damaged(f"it is of version {head.version}; this mactl reads version {VERSION}")
    return head


def read_line(line: bytes) -> AnswerLine | PageLine:
    """Any other line; raises Damaged where it is none."""
    if _is_page(line):
        return _validated(PageLine, line)
    answer = _validated(AnswerLine, line)
    _check_records(answer)
    return answer


def _is_page(line: bytes) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise Damaged("it is not JSON") from None
    return isinstance(value, dict) and "url" in value


def _validated(kind: type[_Kind], line: bytes) -> _Kind:
    try:
        return kind.model_validate_json(line)
    except ValidationError as wrong:
        fault = wrong.errors(include_url=False, include_input=False)[0]
        place = printable(".".join(map(str, fault["loc"])), 60)
        why = f"{place}: {printable(fault['msg'], 120)}" if place else "it is none of a recording"
        raise Damaged(why) from None


def _check_records(line: AnswerLine) -> None:
    """Whoever judges answers trusts that records of a type are of its form, as the DNS's are."""
    for record in line.records:
        if line.type == "MX":
            well = _EXCHANGE.match(record) is not None
        else:
            well = line.type in _TEXTS or _is_record(line.type, record)
        if not well:
            raise Damaged(f"it has a record that is no {line.type}")
    if not all(_is_record("RRSIG", signature) for signature in line.signatures):
        raise Damaged("it has a signature that is none")


def _is_record(rdtype: str, text: str) -> bool:
    try:
        kind = dns.rdatatype.from_text(rdtype)
        dns.rdata.from_text(dns.rdataclass.IN, kind, text)
    except (dns.exception.DNSException, ValueError):
        return False
    return True
