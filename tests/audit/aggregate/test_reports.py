"""Aggregate reports in every wrapping, hostile ones, and any octets."""

import asyncio
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.audit.aggregate import tally, unpacking
from mactl.audit.aggregate.audit import ReportsAudit, audit_reports
from mactl.audit.aggregate.gathering import Gathering
from mactl.audit.aggregate.report import AggregateReport, NotAReport, parse_report
from mactl.audit.aggregate.unpacking import unpacked
from tests.audit.aggregate.reporting import report_xml
from tests.audit.peers import Zone, means_of
from tests.conftest import examples

TOLD = {"records": [{"count": 7, "dkim": True, "signed": [["example.com", "s1", "pass"]]}]}
XML = report_xml(TOLD).encode()


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in files.items():
            archive.writestr(name, octets)
    return buffer.getvalue()


def mailed(octets: bytes, subtype: str = "gzip", maintype: str = "application") -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "dmarc@receiver.test", "Report Domain: example.com"
    message.set_content("This is a report.")
    message.add_attachment(octets, maintype, subtype, filename="r!example.com!1!2.xml.gz")
    return message.as_bytes()


WRAPPED: dict[str, Callable[[], bytes]] = {
    "plain": lambda: XML,
    "gzip": lambda: gzip.compress(XML),
    "gzip in members": lambda: gzip.compress(XML[:100]) + gzip.compress(XML[100:]),
    "gzip with padding": lambda: gzip.compress(XML) + b"\x00" * 20,
    "zip": lambda: zipped(a=XML),
    "zip with litter": lambda: zipped(**{"__MACOSX/a": b"x", ".DS_Store": b"x", "a.xml": XML}),
    "gzip in zip": lambda: zipped(a=gzip.compress(XML)),
    "message with gzip": lambda: mailed(gzip.compress(XML)),
    "message with zip": lambda: mailed(zipped(a=XML), "zip"),
    "message with an unknown type": lambda: mailed(gzip.compress(XML), "octet-stream"),
    "message with plain XML": lambda: mailed(XML, "xml", "text"),
    "message of an mbox": lambda: (
        b"From a@b Fri Nov 20 11:00:00 2026\n" + mailed(XML, "xml", "text")
    ),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_report_is_found_however_it_is_wrapped(name: str) -> None:
    pieces = list(unpacked("file", WRAPPED[name]()))

    assert [(piece.octets, piece.fault) for piece in pieces] == [(XML, "")]


WRITTEN: dict[str, bytes] = {
    "as it should be": XML,
    "the older form": report_xml(TOLD, namespace="http://dmarc.org/dmarc-xml/0.1").encode(),
    "no namespace": XML.replace(b' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"', b""),
    "no declaration": XML.partition(b"\n")[2],
    "a byte order mark": b"\xef\xbb\xbf" + XML,
    "empty lines first": b"\r\n\r\n" + XML,
    "UTF-16": XML.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "Latin-1 called UTF-8": XML.replace(b"receiver.test", b"caf\xe9", 1),
    "UTF-8 called UTF-16": XML.replace(b"UTF-8", b"UTF-16"),
    "an encoding that nobody knows": XML.replace(b"UTF-8", b"klingon"),
    "upper-case elements": XML.replace(b"source_ip", b"SOURCE_IP"),
    "counts with decimals": XML.replace(b"<count>7<", b"<count>7.0<"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_report_is_read_however_it_is_written(name: str) -> None:
    report = parse_report(WRITTEN[name])

    assert isinstance(report, AggregateReport), report
    assert report.domain == "example.com"
    assert [(r.ip, r.count, r.dkim, r.spf) for r in report.records] == [
        ("192.0.2.1", 7, True, False)
    ]


def locked() -> bytes:
    """An archive that says of its member that it needs a password."""
    octets = bytearray(zipped(a=XML))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        octets[octets.index(mark) + offset] |= 1
    return bytes(octets)


def nested(times: int) -> bytes:
    octets = XML
    for _ in range(times):
        octets = zipped(a=octets)
    return octets


PARTS = b"From: a@b.test\nContent-Type: multipart/mixed; boundary=a\n\n"
BOMB = b"<feedback>" + b" " * (40 << 20)
FAULTY: dict[str, tuple[Callable[[], bytes], str]] = {
    "a gzip bomb": (lambda: gzip.compress(BOMB), "more than 32 MB unpacked"),
    "a gzip file of empty members": (lambda: gzip.compress(b"") * 500_000, "too many members"),
    "parts without number": (lambda: PARTS + b"--a\n\nx\n" * 1_000_000, "beyond number"),
    "a gzip bomb in members": (lambda: gzip.compress(BOMB[: 20 << 20]) * 2, "more than 32 MB"),
    "a zip bomb": (lambda: zipped(a=BOMB), "more than 32 MB unpacked"),
    "a matryoshka": (lambda: nested(6), "packed too often"),
    "a locked zip": (locked, "it is locked with a password"),
    "a cut gzip": (lambda: gzip.compress(XML)[:-20], "cut off"),
    "a damaged gzip": (lambda: b"\x1f\x8b" + b"x" * 30, "damaged"),
    "a cut zip": (lambda: zipped(a=XML)[:40], "damaged"),
    "a damaged zip": (lambda: zipped(a=XML).replace(XML[:1], b"?"), "damaged"),
    "text": (lambda: b"hello", "neither XML, gzip, zip nor a message"),
    "nothing": (lambda: b"", "neither XML"),
    "a message": (lambda: b"From: a@example.com\n\nhello\n", "a message without a report"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_what_can_not_be_unpacked_is_told(name: str) -> None:
    make, fault = FAULTY[name]
    (piece,) = unpacked("file", make())

    assert fault in piece.fault and not piece.octets


def test_many_bombs_in_one_archive_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_LARGEST_SUM", 3 << 20)
    monkeypatch.setattr(unpacking, "LARGEST_REPORT", 1 << 20)
    bomb = b"<" + b" " * (2 << 20)
    octets = zipped(**{f"{number}.xml": bomb for number in range(50)})
    pieces = list(unpacked("file", octets))

    assert len(pieces) <= 4 and pieces[-1].fault == "file holds too much"


def test_an_archive_with_a_huge_list_of_members_is_not_opened() -> None:
    octets = bytearray(zipped(a=XML))
    end = octets.rindex(b"PK\x05\x06")
    octets[end + 12 : end + 16] = (5 << 20).to_bytes(4, "little")

    assert [piece.fault for piece in unpacked("file", bytes(octets))] == [
        "the zip file holds too many files"
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"<feedback>" + b"<a>" * 50, "beyond reason"),
        (b"<feedback><record>" + b"<a/>" * 6000, "beyond reason"),
        (b"<!DOCTYPE feedback><feedback/>", "document type"),
        (b"<html/>", "its root is 'html'"),
        (b"<feedback/>", "no domain"),
        (b"", "not well-formed"),
        (b"<feedback>", "not well-formed"),
    ],
)
def test_xml_that_is_no_report_is_told(text: bytes, why: str) -> None:
    fault = parse_report(text)

    assert isinstance(fault, NotAReport) and why in fault.why


def test_text_of_any_length_is_cut() -> None:
    report = parse_report(XML.replace(b"receiver.test", b"x" * 1_000_000, 1))

    assert isinstance(report, AggregateReport) and len(report.organization) == 1000


@settings(deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"A: b\n", b"<"]),
)
def test_no_octets_make_the_unpacking_raise(octets: bytes, start: bytes) -> None:
    for piece in unpacked("file", start + octets):
        assert piece.fault or piece.octets


@settings(deadline=None)
@given(st.data())
def test_no_damage_makes_the_reader_raise(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(XML) - 1))
    octets = data.draw(st.binary(max_size=8))
    whole = data.draw(
        st.sampled_from([XML, gzip.compress(XML), zipped(a=XML), mailed(XML, "xml", "text")])
    )
    changed = whole[:place] + octets + whole[place + len(octets) :]
    for piece in unpacked("file", changed):
        parse_report(piece.octets)


COUNTS = st.integers(1, 1000)
RECORDS = st.fixed_dictionaries(
    {
        "count": COUNTS,
        "ip": st.sampled_from(["192.0.2.1", "198.51.100.7", "2001:db8::1"]),
        "dkim": st.booleans(),
        "spf": st.booleans(),
        "disposition": st.sampled_from(["none", "pass", "quarantine", "reject", "odd"]),
        "reasons": st.lists(st.sampled_from(["forwarded", "other", "sampled_out"]), max_size=2),
    }
)
REPORTS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("abc"), "records": st.lists(RECORDS, max_size=4)}),
    min_size=1,
    max_size=5,
    unique_by=lambda told: told["id"],
)


def gathered(reports: list[dict[str, Any]]) -> Gathering:
    gathering = Gathering()
    for told in reports:
        gathering.add("file", report_xml(told).encode())
    return gathering


def judged(gathering: Gathering) -> ReportsAudit:
    return asyncio.run(audit_reports(gathering, means_of(Zone())))


@settings(deadline=None, max_examples=examples(40))
@given(REPORTS)
def test_the_sums_are_those_of_the_records_in_whatever_order_and_however_often(
    reports: list[dict[str, Any]],
) -> None:
    once = judged(gathered(reports)).as_json()
    twice = judged(gathered([*reversed(reports), *reports])).as_json()
    records = [record for told in reports for record in told["records"]]

    assert once["messages"] == twice["messages"] == sum(r["count"] for r in records)
    assert once["dmarc"] == sum(r["count"] for r in records if r["dkim"] or r["spf"])
    assert once["dkim"] == sum(r["count"] for r in records if r["dkim"])
    assert json.dumps(once["sources"], sort_keys=True) == json.dumps(
        twice["sources"], sort_keys=True
    )
    for part in (once, *once["senders"], *once["sources"]):  # type: ignore[misc]
        assert sum(part["dispositions"].values()) == part["messages"]  # type: ignore[index]


def test_more_addresses_than_are_told_apart_stay_in_the_sums(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "_MOST_SOURCES", 2)
    records = [{"count": 1, "ip": f"192.0.2.{number}"} for number in range(5)]
    audit = judged(gathered([{"records": records}]))

    assert audit.as_json()["messages"] == 5 and len(audit.domains[0].tally.sources) == 2
    assert "report-sources-left-out" in {finding.id for finding in audit.findings}


def test_of_many_faulty_files_the_first_are_named_and_the_rest_counted() -> None:
    gathering = Gathering()
    for number in range(50):
        gathering.add(f"{number}.xml", b"<feedback>")
    told = [f.message for f in judged(gathering).findings if f.id == "report-unreadable"]

    assert len(told) == 21 and told[-1] == "30 more files like these"


def test_only_the_addresses_that_sent_most_are_looked_up() -> None:
    zone = Zone()
    records = [{"count": n + 1, "ip": f"192.0.{n // 250}.{n % 250}"} for n in range(300)]
    asyncio.run(audit_reports(gathered([{"records": records}]), means_of(zone)))

    assert sum(rdtype == "PTR" for _, rdtype in zone.asked) == 200


def test_a_name_server_that_is_silent_costs_the_names_and_nothing_else() -> None:
    zone = Zone().timeout("1.2.0.192.in-addr.arpa").timeout("_dmarc.example.com")
    audit = asyncio.run(audit_reports(gathered([TOLD]), means_of(zone)))

    assert [sender.name for sender in audit.domains[0].senders] == ["192.0.2.1"]


def test_the_reports_of_a_year_take_no_more_memory_than_their_sums() -> None:
    gathering = gathered([{"id": str(number), **TOLD} for number in range(365)])
    (domain,) = gathering.tally.domains.values()

    assert domain.flow.messages == 365 * 7 and len(domain.sources) == 1
    assert len(gathering.tally.seen) == 365
