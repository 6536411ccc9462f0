"""Files of other kinds: packed, spreadsheets, JSON, and those that are not what their name says."""

import gzip
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

from tests.people.corpus.case import Case

ANN = {"email": "ann@example.com", "name": "Ann"}
TABLE = b"email,name\nann@example.com,Ann\n"
DATE, TIME = {"num_format": "dd-mm-yyyy"}, {"num_format": "dd-mm-yyyy hh:mm"}


def packed(**files: bytes) -> bytes:
    """A zip archive of files; `_` in a name is a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> bytes:
    """A workbook of sheets, each a name and rows; a formula is given with its value."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                _write(book, sheet, number, column, cell)
    book.close()
    return out.getvalue()


def _write(book: Any, sheet: Any, row: int, column: int, cell: Any) -> None:
    if isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, book.add_format(TIME))
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, book.add_format(DATE))
    elif isinstance(cell, tuple):
        sheet.write_formula(row, column, cell[0], None, cell[1])
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif cell is not None:
        sheet.write(row, column, cell)


def merged() -> bytes:
    """A workbook in which a title and a city stand in merged cells."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 2, "Customers")
    sheet.write_row(2, 0, ["email", "name", "city"])
    sheet.write_row(3, 0, ["ann@example.com", "Ann"])
    sheet.write_row(4, 0, ["bo@example.com", "Bo"])
    sheet.merge_range(3, 2, 4, 2, "Delft")
    book.close()
    return out.getvalue()


def sparse() -> bytes:
    """A workbook of a few kilobytes that spans every cell there can be."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["email", "name"])
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    return out.getvalue()


def open_document() -> bytes:
    """A spreadsheet of LibreOffice, in which empty cells are repeated without end."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )

    def row(*cells: str) -> str:
        written = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in cells
        )
        rest = '<table:table-cell table:number-columns-repeated="16382"/>'
        return f"<table:table-row>{written}{rest}</table:table-row>"

    content = (
        f"<?xml version='1.0' encoding='UTF-8'?><office:document-content {spaces}><office:body>"
        '<office:spreadsheet><table:table table:name="Sheet1">'
        + row("email", "name")
        + row("ann@example.com", "Ann")
        + '<table:table-row table:number-rows-repeated="1048574">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def lines(*rows: Any) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


CASES = [
    Case("gzip", gzip.compress(TABLE), [ANN], file="contacts.csv.gz"),
    Case(
        "gzip in two members, and called .csv",
        gzip.compress(TABLE) + gzip.compress(b"bo@example.com,Bo\n"),
        [ANN, {"email": "bo@example.com", "name": "Bo"}],
    ),
    Case(
        "half a gzip file",
        gzip.compress(TABLE * 50)[:-12],
        refused="contacts.csv.gz: the gzip file ends too early",
        file="contacts.csv.gz",
    ),
    Case(
        "a gzip file with a hole",
        gzip.compress(b"".join(b"%x" % (n * n) for n in range(999)))[:500] + b"\xff" * 999,
        refused="contacts.csv.gz: the gzip file is damaged",
        file="contacts.csv.gz",
    ),
    Case("a zip archive with one file", packed(contacts_csv=TABLE), [ANN], file="contacts.zip"),
    Case(
        "a zip archive with two",
        packed(a_csv=TABLE, b_csv=TABLE),
        refused="contacts.zip: this is a zip archive of 2 files ('a.csv', 'b.csv')",
        file="contacts.zip",
    ),
    Case(
        "half a zip archive",
        packed(contacts_csv=TABLE)[:-30],
        refused="contacts.zip: the zip archive or Excel workbook is damaged,"
        " or only half of it is there",
        file="contacts.zip",
    ),
    Case(
        "a workbook with dates, numbers, formulas and errors",
        workbook(
            (
                "People",
                [
                    ["email", "born", "seen", "clv", "vip", "sum", "phone", "broken"],
                    [
                        "ann@example.com",
                        date(1990, 2, 28),
                        datetime(2026, 1, 2, 3, 4),
                        12.5,
                        True,
                        ("=1+1", 2),
                        31612345678,
                        ("=1/0", "#DIV/0!"),
                    ],
                ],
            )
        ),
        [
            {
                "email": "ann@example.com",
                "born": "1990-02-28",
                "seen": "2026-01-02T03:04:00+00:00",
                "clv": 12.5,
                "vip": True,
                "sum": 2,
                "phone": "31612345678",
                "data_flags": ["phone_invented"],
            }
        ],
        ["2: contact-invented-phone"],
        file="contacts.xlsx",
    ),
    Case(
        "a workbook whose first sheet is no table and whose second is hidden",
        workbook(
            ("Read me", [["Made by Acme"]]),
            ("Old", [["email", "name"], ["old@example.com", "Old"]]),
            ("People", [["email", "name"], ["ann@example.com", "Ann"]]),
            hidden=["Old"],
        ),
        [ANN],
        ["0: source-sheet"],
        file="contacts.xlsx",
    ),
    Case(
        "a sheet that mactl.yaml names, hidden or not",
        workbook(
            ("People", [["email", "name"], ["bo@example.com", "Bo"]]),
            ("Old", [["email", "name"], ["ann@example.com", "Ann"]]),
            hidden=["Old"],
        ),
        [ANN],
        file="contacts.xlsx",
        source={"sheet": "Old"},
    ),
    Case(
        "a sheet that is not there",
        workbook(("People", [["email"], ["bo@example.com"]])),
        refused="contacts.xlsx: there is no sheet 'Persons'",
        file="contacts.xlsx",
        source={"sheet": "Persons"},
    ),
    Case(
        "merged cells, in a title and over two rows",
        merged(),
        [{**ANN, "city": "Delft"}, {"email": "bo@example.com", "name": "Bo", "city": "Delft"}],
        ["3: source-title-lines"],
        file="contacts.xlsx",
    ),
    Case(
        "days as Excel's bare numbers, where a date is asked for",
        workbook(
            ("People", [["email", "born"], ["ann@example.com", 32932], ["bo@example.com", 1]])
        ),
        [{"email": "ann@example.com", "born": "1990-02-28"}],
        ["3: contact-bad-value"],
        file="contacts.xlsx",
        settings={"columns": {"born": "date"}},
    ),
    Case(
        "a workbook that is saved as .csv",
        workbook(("People", [["email", "name"], ["ann@example.com", "Ann"]])),
        [ANN],
    ),
    Case("a spreadsheet of LibreOffice", open_document(), [ANN], file="contacts.ods"),
    Case(
        "an Office document before 2007 that is no workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        refused="contacts.xls: this is no workbook that can be read: Cannot detect file format",
        file="contacts.xls",
    ),
    Case(
        "an empty workbook",
        workbook(("Sheet1", [])),
        refused="contacts.xlsx: there is nothing on any sheet of this workbook",
        file="contacts.xlsx",
    ),
    Case(
        "a workbook that would take 512 GiB",
        sparse(),
        refused="contacts.xlsx: the workbook asks for more memory than one run can take, or is damaged",
        file="contacts.xlsx",
    ),
    Case(
        "JSON Lines with nested objects, lists and a broken line",
        lines({"email": "ann@example.com", "name": "Ann", "address": {"city": "Delft"}})
        + b"{broken\n\n"
        + lines({"email": "bo@example.com", "likes": ["tea", "cake"], "clv": 12.50, "vip": True}),
        [
            {**ANN, "address_city": "Delft"},
            {"email": "bo@example.com", "likes": ["tea", "cake"], "clv": 12.5, "vip": True},
        ],
        ["2: source-bad-json"],
        file="contacts.jsonl",
    ),
    Case(
        "an array of objects over several lines",
        json.dumps([ANN, {"email": "bo@example.com", "name": None}], indent=2).encode("utf-8-sig"),
        [ANN, {"email": "bo@example.com"}],
        file="contacts.json",
    ),
    Case(
        "half an array",
        b'[{"email": "ann@example.com", "name": "Ann"},\n {"email": "bo@exam',
        [ANN],
        ["2: source-bad-json"],
        file="contacts.json",
    ),
    Case(
        "what `mactl contacts list --format json` prints",
        json.dumps(
            {
                "contacts": [
                    {"contact": "ann@example.com", "email": "ann@example.com", "fields": ANN}
                ]
            }
        ).encode(),
        [{"contact": "ann@example.com", **ANN}],
        file="contacts.json",
    ),
    Case(
        "JSON nested without end",
        b'{"email": ' + b"[" * 100_000,
        refused="contacts.json: no object in this JSON has anything in it",
        file="contacts.json",
    ),
    *(
        Case(
            f"not what its name says: {what}",
            content,
            refused=f"contacts.csv: this is {what}, not a table",
        )
        for what, content in (
            ("a web page", b"\r\n<!DOCTYPE html>\n<html><title>Log in</title></html>"),
            ("a PDF document", b"%PDF-1.7\n%\xe2\xe3"),
            ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            ("a Parquet file", b"PAR1\x15\x04\x15"),
            (
                "a dump of a database",
                b"INSERT INTO `contacts` VALUES (1,'Ann','ann@example.com');\n",
            ),
            ("an SQLite database", b"SQLite format 3\0" + b"\0" * 84),
            (
                "only the pointer to a file in Git LFS",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n",
            ),
            (
                "an e-mail",
                b"From: Ann <ann@example.com>\r\nSubject: the list\r\nTo: bo@example.com\r\n\r\nHi",
            ),
            ("a file of vCards", b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nEND:VCARD\r\n"),
            ("a 7-Zip archive", b"7z\xbc\xaf\x27\x1c\0\4"),
        )
    ),
]
