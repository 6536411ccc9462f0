"""Numbers and dates as people write them: read where their column leaves one reading, and told where it leaves two."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.people.corpus.case import Case

BORN: Mapping[str, Any] = {"columns": {"born": "date"}}


def column(name: str, *cells: str) -> bytes:
    """A table of one column beside the addresses, quoted throughout."""
    rows = [f'"{n}@example.com";"{cell}"' for n, cell in enumerate(cells, 1)]
    return "\n".join([f"email;{name}", *rows, ""]).encode()


def people(name: str, *values: Any) -> Sequence[Mapping[str, Any]]:
    """The contacts of `column`; None for an empty cell."""
    return [
        {"email": f"{n}@example.com"} | ({} if value is None else {name: value})
        for n, value in enumerate(values, 1)
    ]


def read(what: str, name: str, cells: Sequence[str], values: Sequence[Any], **more: Any) -> Case:
    """A column that leaves one reading."""
    return Case(what, column(name, *cells), people(name, *values), **more)


CASES = [
    read("decimal commas", "clv", ["1.234,56", "12,5", "7", "-0,5"], [1234.56, 12.5, 7, -0.5]),
    read(
        "decimal commas make points stand between thousands", "clv", ["1.234", "2,5"], [1234, 2.5]
    ),
    read("American thousands", "clv", ["1,234.56", "1,000", "7.5"], [1234.56, 1000, 7.5]),
    read("two marks between thousands leave one reading", "clv", ["1.234.567", "1.000"], [1234567, 1000]),
    read("blanks between thousands", "clv", ["1 234,50", "12\u00a0345,00"], [1234.5, 12345]),
    read("an apostrophe between thousands", "clv", ["1'234.50", "12'000.00"], [1234.5, 12000]),
    read("a zero before the mark leaves one reading", "rate", ["0,125", "1,250"], [0.125, 1.25]),
    read("points alone", "clv", ["1.5", "12.345"], [1.5, 12.345]),
    read(
        "three digits behind a comma in every cell",
        "clv",
        ["1,234", "5,678", "9"],
        ["1,234", "5,678", "9"],
        findings=["0: source-ambiguous-number"],
    ),
    read(
        "three digits behind a point in every cell",
        "clv",
        ["1.234", "5.678"],
        ["1.234", "5.678"],
        findings=["0: source-ambiguous-number"],
    ),
    read(
        "commas and points before decimals in one column",
        "clv",
        ["1,5", "1.5", "2,25", "2.25"],
        ["1,5", "1.5", "2,25", "2.25"],
        findings=["0: source-ambiguous-number"],
    ),
    read(
        "an ambiguous number settled by mactl.yaml",
        "clv",
        ["1,234", "5,678"],
        [1.234, 5.678],
        source={"decimal": ","},
    ),
    read(
        "the same settled the other way",
        "clv",
        ["1,234", "5,678"],
        [1234, 5678],
        source={"decimal": "."},
    ),
    Case(
        "telephone numbers are no numbers",
        column("phone", "0612,345", "06.123"),
        [
            {"email": "1@example.com", "phone": "0612,345", "data_flags": ["phone_invalid"]},
            {"email": "2@example.com", "phone": "06.123"},
        ],
        ["2: contact-bad-phone", "3: contact-phone-without-country"],
    ),
    read(
        "days first, for one of them is over twelve",
        "born",
        ["03-04-1990", "13-04-1990", "n/a", "1-1-2001"],
        ["1990-04-03", "1990-04-13", None, "2001-01-01"],
    ),
    read(
        "months first, for one day is over twelve",
        "born",
        ["3/4/1990", "4/13/1990"],
        ["1990-03-04", "1990-04-13"],
    ),
    read(
        "days that read alike both ways",
        "born",
        ["04-04-1990", "11-11-1991"],
        ["1990-04-04", "1991-11-11"],
    ),
    read("points between day and month", "born", ["3.4.1990", "1.2.1991"], ["1990-04-03", "1991-02-01"]),
    read(
        "months in words, of many languages",
        "born",
        ["3 april 1990", "maandag 5 mrt. 1990", "April 7, 1990", "9. März 1990", "1 août 1990", "2. maj 1990"],
        ["1990-04-03", "1990-03-05", "1990-04-07", "1990-03-09", "1990-08-01", "1990-05-02"],
    ),
    read("the year first, with slashes", "born", ["1990/4/3", "1990/12/31"], ["1990-04-03", "1990-12-31"]),
    read("eight digits under a name that says date", "born", ["19900403", "19901231"], ["1990-04-03", "1990-12-31"]),
    read("eight digits under another name", "code", ["19900403", "19901231"], [19900403, 19901231]),
    read(
        "times behind the days, with seconds and without",
        "seen",
        ["13-04-2026 14:30", "01-04-2026 09:05:07"],
        ["2026-04-13T14:30:00+00:00", "2026-04-01T09:05:07+00:00"],
    ),
    read(
        "American times",
        "seen",
        ["4/13/2026 2:30 PM", "4/1/2026 12:05 AM"],
        ["2026-04-13T14:30:00+00:00", "2026-04-01T00:05:00+00:00"],
    ),
    read(
        "dates that may be Dutch or American",
        "born",
        ["03-04-1990", "05-06-1991"],
        ["03-04-1990", "05-06-1991"],
        findings=["0: source-ambiguous-date"],
    ),
    read(
        "dates that may be either, where mactl.yaml asks for dates",
        "born",
        ["3/4/1990", "5/6/1991"],
        ["3/4/1990", "5/6/1991"],
        findings=["0: source-ambiguous-date"],
        settings=BORN,
    ),
    read(
        "some dates Dutch and some American",
        "born",
        ["13-04-1990", "04-13-1990"],
        ["13-04-1990", "04-13-1990"],
        findings=["0: source-ambiguous-date"],
    ),
    read(
        "an ambiguous column settled by mactl.yaml",
        "born",
        ["03-04-1990", "05-06-1991"],
        ["1990-04-03", "1991-06-05"],
        settings={"columns": {"born": {"date": "%d-%m-%Y"}}},
    ),
    Case(
        "a day that is not in the calendar",
        column("born", *["13-04-1990"] * 19, "31-02-1990"),
        people("born", *["1990-04-13"] * 19),
        ["21: contact-bad-value"],
    ),
]  # fmt: skip
