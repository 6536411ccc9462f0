"""Files as other programs write them: encodings, delimiters, line ends, and what is no table at all."""

import csv
import io
import re
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Severity
from mactl.people.sources.files import find_files
from mactl.people.sources.nulls import MARKS
from mactl.people.sources.reading import read_sheet, read_sheets
from mactl.project import ContactSource
from tests.people.conftest import ReadSheet, Write, rows_of, told

NAMES = "Renée,Zoë Coëlho,Sørensen,Åkesson,Nørgaard,Weiß,François,Málaga,€ 5"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_unicode_file_is_read_without_being_told_its_encoding(
    sheet: ReadSheet, encoding: str
) -> None:
    read, findings = sheet(
        f"email,name\nann@example.com,{NAMES.replace(',', ' ')}\n".encode(encoding)
    )

    assert rows_of(read) == [{"email": "ann@example.com", "name": NAMES.replace(",", " ")}]
    assert findings == []


@pytest.mark.parametrize("word", ["Renée", "Zoë", "Sørensen", "Åse", "Nørgaard", "“Weiß”"])
def test_a_windows_file_is_read_as_cp1252_and_a_note_says_so(sheet: ReadSheet, word: str) -> None:
    read, findings = sheet(
        f"email,name\na@example.com,Ann\nb@example.com,{word}\n".encode("cp1252")
    )

    assert rows_of(read)[1]["name"] == word
    assert [finding.severity for finding in findings] == [Severity.NOTE]
    assert told(findings) == ["contacts.csv:3: source-encoding-assumed"]
    assert "cp1252" in findings[0].message
    assert word.strip("“”") in findings[0].message


def test_the_encoding_of_the_source_is_used_and_needs_no_note(sheet: ReadSheet) -> None:
    read, findings = sheet("email,name\na@example.com,Łukasz\n".encode("cp1250"), encoding="cp1250")

    assert rows_of(read)[0]["name"] == "Łukasz"
    assert findings == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "iso2022_jp"])
def test_an_encoding_in_which_ascii_looks_different_is_believed(
    sheet: ReadSheet, encoding: str
) -> None:
    read, findings = sheet("email,name\na@example.com,山田\n".encode(encoding), encoding=encoding)

    assert rows_of(read)[0]["name"] == "山田"
    assert findings == []


def test_utf_8_is_recognised_although_the_source_says_otherwise(sheet: ReadSheet) -> None:
    read, _ = sheet("email,name\na@example.com,Renée\n", encoding="cp1252")

    assert rows_of(read)[0]["name"] == "Renée"


def test_a_few_broken_bytes_in_utf_8_cost_only_their_own_rows(sheet: ReadSheet) -> None:
    content = "email,name\na@example.com,Renée\nb@example.com,Zoë\nc@example.com,Åse\n".encode()
    read, findings = sheet(content.replace("Zoë".encode(), b"Zo\xeb"))

    assert [row["name"] for row in rows_of(read)] == ["Renée", "Åse"]
    assert read.lines.tolist() == [2, 4]
    assert told(findings) == ["contacts.csv:3: source-undecodable"]


def test_a_byte_that_cp1252_lacks_costs_only_its_row(sheet: ReadSheet) -> None:
    read, findings = sheet(b"email,name\na@example.com,Ren\xe9e\nb@example.com,\x81\x8d\n")

    assert [row["name"] for row in rows_of(read)] == ["Renée"]
    assert told(findings) == [
        "contacts.csv:2: source-encoding-assumed",
        "contacts.csv:3: source-undecodable",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(sheet: ReadSheet, delimiter: str) -> None:
    text = 'email,name,note\na@example.com,Ann,"x, y; z | w"\nb@example.com,Bo,1\n'
    rows = list(csv.reader(io.StringIO(text)))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)

    read, findings = sheet(out.getvalue())

    assert list(read.columns) == ["email", "name", "note"]
    assert rows_of(read)[0]["note"] == "x, y; z | w"
    assert findings == []


def test_a_delimiter_that_is_given_is_used(sheet: ReadSheet) -> None:
    read, _ = sheet("email:name\na@example.com:Jansen, Ann\n", delimiter=":")

    assert rows_of(read) == [{"email": "a@example.com", "name": "Jansen, Ann"}]


def test_excels_line_that_names_the_delimiter_is_no_header(sheet: ReadSheet) -> None:
    read, findings = sheet("sep=;\r\nemail;name\r\na@example.com;Ann\r\n")

    assert rows_of(read) == [{"email": "a@example.com", "name": "Ann"}]
    assert read.lines.tolist() == [3]
    assert findings == []


def test_a_file_of_one_column_is_read(sheet: ReadSheet) -> None:
    read, _ = sheet("email\na@example.com\n\nb@example.com\n")

    assert [row["email"] for row in rows_of(read)] == ["a@example.com", "b@example.com"]
    assert read.lines.tolist() == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_numbers_are_those_of_the_file_whatever_ends_its_lines(
    sheet: ReadSheet, end: str
) -> None:
    lines = [
        "email,note",
        "a@example.com,1",
        "",
        'b@example.com,"two',
        "",
        'lines"',
        "c@example.com,3",
    ]
    read, findings = sheet(end.join(lines))

    assert read.lines.tolist() == [2, 4, 7]
    assert rows_of(read)[1]["note"] == "two\n\nlines"
    assert findings == []


def test_a_row_with_too_few_cells_is_named_and_the_others_go_on(sheet: ReadSheet) -> None:
    read, findings = sheet(
        "email,name,nps\na@example.com,Ann,5\nb@example.com,Bo\nc@example.com,Cy,7\n"
    )

    assert [row["name"] for row in rows_of(read)] == ["Ann", "Cy"]
    assert read.lines.tolist() == [2, 4]
    assert told(findings) == ["contacts.csv:3: source-cell-count"]
    assert "2 cells" in findings[0].message
    assert read.rejected == 1


def test_a_row_with_too_many_cells_is_named_and_the_others_go_on(sheet: ReadSheet) -> None:
    read, findings = sheet(
        'email,note\na@example.com,"a\nb"\nb@example.com,Bo,x\nc@example.com,1\n'
    )

    assert read.lines.tolist() == [2, 5]
    assert told(findings) == ["contacts.csv:4: source-cell-count"]


def test_an_unclosed_quote_costs_only_its_line(sheet: ReadSheet) -> None:
    read, findings = sheet(
        'email,name,note\na@example.com,Ann,1\nb@example.com,"Bo,2\nc@example.com,"Cy",3\nd@example.com,Di,4\n'
    )

    assert [row["name"] for row in rows_of(read)] == ["Ann", "Cy", "Di"]
    assert read.lines.tolist() == [2, 4, 5]
    assert told(findings) == ["contacts.csv:3: source-broken-quote"]


def test_a_quote_left_open_to_the_end_of_the_file_costs_only_its_line(sheet: ReadSheet) -> None:
    read, findings = sheet('email,name\na@example.com,"Ann\nb@example.com,Bo\nc@example.com,Cy\n')

    assert [row["name"] for row in rows_of(read)] == ["Bo", "Cy"]
    assert told(findings) == ["contacts.csv:2: source-broken-quote"]


def test_text_behind_a_closing_quote_is_a_fault_and_a_quote_within_a_plain_cell_is_none(
    sheet: ReadSheet,
) -> None:
    read, findings = sheet('email,note\na@example.com,"Jan" Jansen\nb@example.com,5" screen\n')

    assert rows_of(read) == [{"email": "b@example.com", "note": '5" screen'}]
    assert told(findings) == ["contacts.csv:2: source-broken-quote"]
    assert "twice" in findings[0].message


def test_a_nul_byte_costs_only_its_row(sheet: ReadSheet) -> None:
    read, findings = sheet(b"email,name\na@example.com,A\0nn\nb@example.com,Bo\n")

    assert [row["name"] for row in rows_of(read)] == ["Bo"]
    assert told(findings) == ["contacts.csv:2: source-nul-byte"]


def test_rows_with_nothing_in_them_are_passed_over(sheet: ReadSheet) -> None:
    read, findings = sheet('email;name\na@example.com;Ann\n;\n  ;""\n \n;;;;\nb@example.com;Bo\n')

    assert [row["name"] for row in rows_of(read)] == ["Ann", "Bo"]
    assert read.lines.tolist() == [2, 7]
    assert findings == []


def test_white_space_around_cells_is_dropped_and_inside_them_kept(sheet: ReadSheet) -> None:
    read, _ = sheet("email,name\n a@example.com\t,\u00a0Ann  de Boer \n")

    assert rows_of(read) == [{"email": "a@example.com", "name": "Ann  de Boer"}]


def test_findings_of_a_kind_end_in_a_count(sheet: ReadSheet) -> None:
    _, findings = sheet("email,name\n" + "a@example.com\n" * 1234)

    assert len(findings) == 1001
    assert findings[-1].message == "234 more rows like these"
    assert str(findings[-1].place) == "contacts.csv"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\n", "is empty"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
        (b"\n <HTML>\n", "web page"),
        (b"PK\x03\x04\x14\0\x06\0", "Excel"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 123\n", "Git LFS"),
        (b'{"contacts": []}', "JSON"),
        (b"ann@example.com,Ann\nbo@example.com,Bo\n", "the first row holds an address"),
        (b'email,"name\na@example.com,Ann\n', "header row cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_in_one_clear_line(
    sheet: ReadSheet, content: bytes, words: str
) -> None:
    with pytest.raises(UnreadableInput) as refused:
        sheet(content)

    assert refused.value.message.startswith("contacts.csv")
    assert words in refused.value.message
    assert "\n" not in refused.value.message


def test_a_missing_file_and_a_folder_are_refused(write: Write, tmp_path: Path) -> None:
    write("email\n", "crm/a.csv")
    with pytest.raises(UnreadableInput, match=r"^none\.csv: there is no such file"):
        list(read_sheets(Path(), [ContactSource(file="none.csv")]))
    with pytest.raises(UnreadableInput, match=r"^crm: this is a folder"):
        list(read_sheets(Path(), [ContactSource(file="crm")]))


def test_a_pattern_names_its_files_in_order_and_no_hidden_ones(
    write: Write, tmp_path: Path
) -> None:
    for name in ("crm/b.csv", "crm/a.csv", "crm/._a.csv", "crm/c.txt"):
        write("email\n", name)
    (tmp_path / "crm/folder.csv").mkdir()

    assert [path.name for path in find_files(Path(), "crm/*.csv")] == ["a.csv", "b.csv"]
    assert [path.name for path in find_files(Path(), str(tmp_path / "crm/*.csv"))] == [
        "a.csv",
        "b.csv",
    ]
    with pytest.raises(UnreadableInput, match=r"crm/\*\.tsv: no file"):
        find_files(Path(), "crm/*.tsv")


def test_a_name_with_brackets_is_a_file_where_there_is_one(write: Write) -> None:
    write("email\n", "crm[1].csv")

    assert [path.name for path in find_files(Path(), "crm[1].csv")] == ["crm[1].csv"]


@pytest.mark.parametrize(
    "source", [{"encoding": "klingon"}, {"delimiter": ";;"}, {"delimiter": "¦"}]
)
def test_an_encoding_or_delimiter_that_does_not_exist_is_a_fault_of_the_settings(
    write: Write, source: dict[str, str]
) -> None:
    write("email\na@example.com\n")
    with pytest.raises(ConfigurationError, match=r"contacts\.csv"):
        list(
            read_sheets(Path(), [ContactSource.model_validate({"file": "contacts.csv", **source})])
        )


def test_a_large_file_is_read_the_same_with_faults_and_without(write: Write) -> None:
    lines = [f'c{n}@example.com,word{n % 7},"{n},{"x" * (n % 50)}"' for n in range(60_000)]
    faulty = list(lines)
    for at, fault in ((50_000, "too,few,many,cells"), (20_000, 'x,"open,y'), (7, "one")):
        faulty.insert(at, fault)
    whole, _ = _read(write("email,word,note\n" + "\n".join(lines)))
    repaired, findings = _read(write("email,word,note\n" + "\n".join(faulty)))

    assert told(findings) == [
        "contacts.csv:20003: source-broken-quote",
        "contacts.csv:9: source-cell-count",
        "contacts.csv:50004: source-cell-count",
    ]
    assert rows_of(whole) == rows_of(repaired)
    rows = [6, 7, 19_999, 20_000, 49_999, 50_000, 59_999]
    assert repaired.lines[rows].tolist() == [8, 10, 20_002, 20_004, 50_003, 50_005, 60_004]


def _read(name: str):  # type: ignore[no-untyped-def]
    return read_sheet(Path(name), ContactSource(file=name))


CELL = st.text(
    # U+FFFF is no character; here it stands for bytes that could not be read.
    st.characters(
        codec="utf-8",
        exclude_categories=["Cs", "Cc"],
        include_characters="\n\t",
        exclude_characters="\uffff",
    )
    | st.sampled_from(',;"\n '),
    max_size=8,
).filter(lambda text: text.strip() not in MARKS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_whatever_is_written_as_csv_is_read_back_with_the_lines_it_stands_on(
    sheet: ReadSheet,
    rows: list[tuple[str, str, str]],
    encoding: str,
    delimiter: str,
    end: str,
    quoting: Literal[0, 1],
) -> None:
    out = io.StringIO(newline="")
    # A line feed needs no quotes where lines end otherwise, says Python; Excel gives it some.
    quoting = csv.QUOTE_ALL if end == "\r" else quoting
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["email", "b", "c"])
    expected = []
    for row in rows:
        line = len(re.findall("\r\n|\r|\n", out.getvalue())) + 1
        writer.writerow(row)
        if any(cell.strip() for cell in row):
            expected.append((line, [cell.strip() or None for cell in row]))

    read, findings = sheet(out.getvalue().encode(encoding), delimiter=delimiter, encoding=encoding)

    assert findings == []
    assert (
        list(zip(read.lines.tolist(), map(list, map(dict.values, rows_of(read))), strict=True))
        == expected
    )


WORD = st.text("abcdé 0123,;|", min_size=1, max_size=8).filter(lambda text: text.strip() == text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(WORD, WORD, WORD), min_size=2, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    delimiter=st.sampled_from(",;\t|"),
)
def test_a_table_between_quotes_is_read_back_though_nothing_is_declared(
    sheet: ReadSheet, rows: list[tuple[str, str, str]], encoding: str, delimiter: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("email", "b", "c"), *rows])

    read, findings = sheet(out.getvalue().encode(encoding))

    assert findings == []
    assert [tuple(row.values()) for row in rows_of(read)] == rows
