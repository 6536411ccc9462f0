"""Aggregate reports: XML to values (RFC 9990 3.1 and appendix A, RFC 7489 appendix C)."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from mactl.audit.names import is_queryable, normalised

_DEEPEST = 16
_LONGEST_TEXT = 1_000
_MOST_RECORDS = 200_000
_MOST_RESULTS = 100  # of one record, RFC 9990 3.1.3
_MOST_ERRORS = 10
_MOST_ELEMENTS = 5_000  # of one record, and of all that is none
_LARGEST_COUNT = 10**12
_FIRST_DAY, _LAST_DAY = 946_684_800, 4_102_444_800  # the years 2000 to 2099
_CHUNK = 1 << 22  # few: the parser begins anew with each on what has no end yet


@dataclass(frozen=True, slots=True)
class SignatureResult:
    """What a receiver saw of one signature."""

    domain: str
    selector: str
    result: str


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """So many messages from one address that fared alike.

    `dkim` and `spf` tell whether each passed for the author's domain; `spf_domain` passed by itself.
    """

    ip: str
    count: int
    disposition: str
    dkim: bool
    spf: bool
    reasons: tuple[str, ...]
    header_from: str
    signatures: tuple[SignatureResult, ...]
    spf_domain: str


@dataclass(frozen=True, slots=True)
class AggregateReport:
    """One report; `begin` and `end` are epoch seconds, None where it tells none.

    `unreadable` counts the records that were left out: without an address or a count.
    """

    organization: str
    id: str
    domain: str
    begin: int | None
    end: int | None
    policy: str
    errors: tuple[str, ...]
    records: tuple[ReportRecord, ...]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class NotAReport:
    """Why a text is no report; `foreign` where it is XML of another kind."""

    why: str
    foreign: bool = False


def parse_report(octets: bytes) -> AggregateReport | NotAReport:
    """The report in an XML text; never raises, fetches nothing, expands no entity.

    A text in another encoding than it says is read as UTF-8, then as Latin-1.
    """
    octets = octets.lstrip(b" \t\r\n")
    first = _parsed(octets, None)
    if isinstance(first, NotAReport) and not first.foreign:
        for encoding in ("utf-8", "iso-8859-1"):
            again = _parsed(octets, encoding)
            if isinstance(again, AggregateReport):
                return again
    return first


def _parsed(octets: bytes, encoding: str | None) -> AggregateReport | NotAReport:
    reader = _Reader()
    try:
        # A DTD has no place in a report; without one there are no entities to expand.
        parser = DefusedXMLParser(target=reader, encoding=encoding, forbid_dtd=True)
        for start in range(0, len(octets), _CHUNK):
            parser.feed(octets[start : start + _CHUNK])
        parser.close()
    except _Stop as stop:
        return stop.fault
    except DefusedXmlException:
        return NotAReport("it declares entities or a document type, which no report needs")
    except (ParseError, ValueError, LookupError) as problem:
        return NotAReport(f"it is not well-formed XML: {problem}")
    return reader.report()


class _Stop(Exception):
    """The rest of the text need not be read."""

    def __init__(self, fault: NotAReport) -> None:
        super().__init__(fault.why)
        self.fault = fault


@dataclass(slots=True)
class _Open:
    """An element that is being read: its own text, and that of what lies in it by name."""

    name: str
    text: list[str] = field(default_factory=list)
    length: int = 0
    values: dict[str, str] = field(default_factory=dict)
    inner: dict[str, list["_Open"]] = field(default_factory=dict)

    @property
    def value(self) -> str:
        """Its own text."""
        return "".join(self.text).strip()[:_LONGEST_TEXT]


class _Reader:
    """What the parser tells, as far as it is of use; records one by one."""

    def __init__(self) -> None:
        self.open: list[_Open] = []
        self.metadata = _Open("")
        self.dates = _Open("")
        self.policy = _Open("")
        self.errors: list[str] = []
        self.records: list[ReportRecord] = []
        self.unreadable = 0
        self.elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = tag.rpartition("}")[2].lower()
        if not self.open and name != "feedback":
            raise _Stop(NotAReport(f"its root is '{name}', not 'feedback'", foreign=True))
        self.elements += 1
        if len(self.open) >= _DEEPEST or self.elements > _MOST_ELEMENTS:
            raise _Stop(NotAReport("it holds elements beyond reason"))
        self.open.append(_Open(name))

    def data(self, text: str) -> None:
        """Text within the innermost element."""
        element = self.open[-1]
        if element.length < _LONGEST_TEXT:
            element.text.append(text[:_LONGEST_TEXT])
            element.length += len(text)

    def end(self, tag: str) -> None:
        """The innermost element ends."""
        element = self.open.pop()
        if not self.open:
            return
        parent = self.open[-1]
        if len(self.open) == 1:
            match element.name:
                case "record":
                    self._take(element)
                case "report_metadata":
                    self.metadata = element
                case "policy_published":
                    self.policy = element
        elif parent.name == "report_metadata" and element.name == "date_range":
            self.dates = element
        elif parent.name == "report_metadata" and element.name == "error":
            if len(self.errors) < _MOST_ERRORS:
                self.errors.append(element.value)
        else:
            parent.values.setdefault(element.name, element.value)
            if element.inner or element.values:
                kept = parent.inner.setdefault(element.name, [])
                if len(kept) < _MOST_RESULTS:
                    kept.append(element)

    def close(self) -> None:
        """The text ends."""

    def _take(self, element: _Open) -> None:
        if len(self.records) >= _MOST_RECORDS:
            raise _Stop(NotAReport(f"it has more than {_MOST_RECORDS} records"))
        self.elements = 0
        record = _record(element)
        if record is None:
            self.unreadable += 1
        else:
            self.records.append(record)

    def report(self) -> AggregateReport | NotAReport:
        domain = _name(self.policy.values.get("domain", ""))
        if not domain:
            return NotAReport("it names no domain that it is about")
        return AggregateReport(
            self.metadata.values.get("org_name") or self.metadata.values.get("email", ""),
            self.metadata.values.get("report_id", ""),
            domain,
            _instant(self.dates.values.get("begin")),
            _instant(self.dates.values.get("end")),
            self.policy.values.get("p", "").lower(),
            tuple(filter(None, self.errors)),
            tuple(self.records),
            self.unreadable,
        )


def _record(element: _Open) -> ReportRecord | None:
    """A record; None where it has no address or no count."""
    row, identifiers = _inner(element, "row"), _inner(element, "identifiers")
    evaluated, results = _inner(row, "policy_evaluated"), _inner(element, "auth_results")
    count = _number(row.values.get("count"))
    try:
        ip = str(ip_address(row.values.get("source_ip", "")))
    except ValueError:
        return None
    if count is None or not 0 < count <= _LARGEST_COUNT:
        return None
    signatures = [
        SignatureResult(
            _name(each.values.get("domain", "")),
            each.values.get("selector", "").lower(),
            each.values.get("result", "").lower(),
        )
        for each in results.inner.get("dkim", [])
    ]
    # RFC 9990 knows MAIL FROM alone; older reports may tell of HELO as well.
    passed = [
        _name(each.values.get("domain", ""))
        for each in results.inner.get("spf", [])
        if each.values.get("result", "").lower() == "pass"
    ]
    reasons = (each.values.get("type", "").lower() for each in evaluated.inner.get("reason", []))
    return ReportRecord(
        ip,
        count,
        evaluated.values.get("disposition", "").lower(),
        evaluated.values.get("dkim", "").lower() == "pass",
        evaluated.values.get("spf", "").lower() == "pass",
        tuple(dict.fromkeys(filter(None, reasons))),
        _name(identifiers.values.get("header_from", "")),
        tuple(signatures),
        next(filter(None, passed), ""),
    )


def _inner(element: _Open, name: str) -> _Open:
    return next(iter(element.inner.get(name, [])), _Open(name))


def _name(text: str) -> str:
    """A domain as the DNS could have it; '' for anything else."""
    name = normalised(text.strip())
    return name if name.isascii() and is_queryable(name) and "." in name else ""


def _number(text: str | None) -> int | None:
    """A number; some receivers write one with decimals."""
    digits = (text or "").strip().partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None


def _instant(text: str | None) -> int | None:
    seconds = _number(text)
    return seconds if seconds is not None and _FIRST_DAY <= seconds < _LAST_DAY else None
