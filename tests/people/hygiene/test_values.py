"""Text → numbers, booleans, dates, instants and lists; and which of them a column holds."""

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.clock import from_day, to_epoch
from mactl.columns import FieldType
from mactl.errors import ConfigurationError
from mactl.people.cells import Cells
from mactl.people.hygiene.inference import Part, infer_type
from mactl.people.hygiene.values import Kind, Values, is_date, is_date_time, read_values


def inferred(*cells: str | None, field: str = "x", decimal: str = ".") -> FieldType:
    return infer_type(field, [Part(Cells(pa.array(cells, pa.string())), decimal)])


def read(
    *cells: str | None, kind: FieldType, format: str | None = None, decimal: str = "."
) -> Values:
    return read_values(pa.array(cells, pa.string()), Kind(kind, format), decimal)


def values(*cells: str | None, kind: FieldType, **how: str) -> list[object]:
    found: list[object] = read(*cells, kind=kind, **how).values.to_pylist()
    return found


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "-3", ".5", None], "number"),
        (["1"] * 9 + ["many"], "number"),
        (["1"] * 8 + ["many"] * 2, "text"),
        (["1", "n/a", "NULL", "-", "#N/A", "NA"], "number"),
        (["n/a", "-"], "text"),
        ([None, None], "text"),
        ([], "text"),
        (["01", "02", "3"], "text"),
        (["1011"] * 9 + ["0101"], "text"),
        (["+31612345678", "+31687654321"], "text"),
        (["12345678901234567"], "text"),
        (["yes", "NO", "True", "false"], "boolean"),
        (["yes", "no", "maybe"], "text"),
        (["yes", "n/a"], "boolean"),
        (["1", "0"], "number"),
        (["2026-12-01"] * 9 + ["soon"], "date"),
        (["2026-12-01"] * 9 + ["2026-02-30"], "date"),
        (["2026-12-01", "2026-12-01T09:00"], "instant"),
        (["2026-12-01 09:00:00+01:00", "2026-12-01T08:00Z"], "instant"),
        (["1-12-2026", "2-12-2026"], "text"),
        (["Ann", "Bo"], "text"),
        (["nee", "ja"], "text"),
    ],
)
def test_a_column_is_what_nearly_all_of_its_cells_are(cells: list[str | None], kind: str) -> None:
    assert inferred(*cells) == kind


def test_the_decimal_mark_is_the_sources_and_no_other_counts() -> None:
    assert inferred("1,5", "2", decimal=",") == "number"
    assert inferred("1,5", "2") == "text"
    assert values("1,5", "-2", "1.5", kind=FieldType.NUMBER, decimal=",") == [1.5, -2.0, None]


def test_the_other_mark_stands_between_thousands() -> None:
    assert values("1.500", "1.234.567,8", "12 345,5", kind=FieldType.NUMBER, decimal=",") == [
        1500.0,
        1234567.8,
        12345.5,
    ]
    assert values("1,500", "-1,234.50", "1,23", kind=FieldType.NUMBER) == [1500.0, -1234.5, None]


def test_a_column_is_judged_over_all_files_together() -> None:
    parts = [
        Part(Cells(pa.array(["x"]))),
        Part(Cells(pa.array(["1,5"]), pa.array([0] * 20, pa.int32())), ","),
    ]

    assert infer_type("x", parts) == "number"
    assert infer_type("x", parts[:1]) == "text"


@pytest.mark.parametrize(
    ("field", "cell", "kind"),
    [
        ("home_phone", "612345678", "text"),
        ("postcode", "1011", "text"),
        ("zip", "1011", "text"),
        ("phone_ok", "yes", "boolean"),
        ("country", "NO", "text"),
        ("language", "no", "text"),
        ("email_opt_out", "no", "boolean"),
        ("clv", "1011", "number"),
    ],
)
def test_the_name_of_a_column_tells_codes_from_numbers_and_norway_from_no(
    field: str, cell: str, kind: str
) -> None:
    assert inferred(cell, cell, field=field) == kind


def test_what_does_not_fit_is_marked_and_what_means_nothing_is_only_empty() -> None:
    found = read("1", "x", "n/a", None, "1e5", "1e400", kind=FieldType.NUMBER)

    assert found.values.to_pylist() == [1.0, None, None, None, 100_000.0, None]
    assert found.misfits is not None
    assert found.misfits.to_pylist() == [False, True, False, False, False, True]


def test_declared_numbers_may_have_zeros_or_a_plus_in_front() -> None:
    assert values("007", "+3", "2.", kind=FieldType.NUMBER) == [7.0, 3.0, 2.0]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("yes", True),
        ("TRUE", True),
        ("1", True),
        ("ja", True),
        ("no", False),
        ("0", False),
        ("x", None),
    ],
)
def test_booleans_are_said_in_several_ways(cell: str, value: bool | None) -> None:
    assert values(cell, kind=FieldType.BOOLEAN) == [value]


def test_a_list_is_tidied_and_stands_between_semicolons() -> None:
    cells = ("a; b ;;c", ";", "x", None)

    assert values(*cells, kind=FieldType.LIST) == [";a;b;c;", None, ";x;", None]


def test_dates_have_the_format_that_is_declared() -> None:
    found = read(
        "31-12-2026", "1-2-2026", "31-02-2026", "n/a", kind=FieldType.DATE, format="%d-%m-%Y"
    )

    assert [day and from_day(day) for day in found.values.to_pylist()] == [
        date(2026, 12, 31),
        date(2026, 2, 1),
        None,
        None,
    ]
    assert found.misfits is not None
    assert found.misfits.to_pylist() == [False, False, True, False]


def test_dates_before_1970_keep_their_day_in_any_format() -> None:
    found = values("31-12-1969", "01-01-1900", kind=FieldType.DATE, format="%d-%m-%Y")

    assert found == [-1, -25567]


def test_a_format_that_is_none_is_a_fault_of_the_settings() -> None:
    with pytest.raises(ConfigurationError, match="%Q"):
        read("31-12-2026", kind=FieldType.DATE, format="%Q")


def test_no_date_at_all_is_empty_as_databases_write_it() -> None:
    assert read("0000-00-00", "2026-12-01", kind=FieldType.DATE).misfits is None


@pytest.mark.parametrize(
    ("cell", "instant", "local"),
    [
        ("2026-12-01T09:00", "2026-12-01T09:00Z", True),
        ("2026-12-01 09:00:30", "2026-12-01T09:00:30Z", True),
        ("2026-12-01", "2026-12-01T00:00Z", True),
        ("2026-12-01T09:00:30.999Z", "2026-12-01T09:00:30Z", False),
        ("2026-12-01T09:00:00+01:00", "2026-12-01T08:00Z", False),
        ("2026-12-01 09:00:00 -0530", "2026-12-01T14:30Z", False),
        ("2026-12-01 09:00:00 UTC", "2026-12-01T09:00Z", False),
        ("2026-12-01t09:00z", "2026-12-01T09:00Z", False),
        ("1760000000", "2025-10-09T08:53:20Z", False),
        ("1760000000.75", "2025-10-09T08:53:20Z", False),
        ("1760000000123", "2025-10-09T08:53:20Z", False),
        ("1760000000123456", "2025-10-09T08:53:20Z", False),
    ],
)
def test_instants_are_read_with_a_zone_or_without(cell: str, instant: str, local: bool) -> None:
    for beside in ((), ("2026-11-30T10:00Z",), ("2026-11-30",), ("yesterday",)):
        found = read(cell, *beside, kind=FieldType.INSTANT)

        assert found.values[0].as_py() == to_epoch(datetime.fromisoformat(instant))
        assert found.local is not None
        assert found.local[0].as_py() is local


@pytest.mark.parametrize(
    "cell",
    [
        *("2026-02-30T09:00", "2026-12-01T24:00", "0000-01-01", "9999-12-31", "12:00"),
        *("2026120109", "176000000", "17600000001", "20261201090000", "1"),  # no count of seconds
    ],
)
def test_what_is_on_no_calendar_is_no_instant(cell: str) -> None:
    assert values(cell, kind=FieldType.INSTANT) == [None]


DATES = st.from_regex(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]", fullmatch=True) | st.dates().map(str)


@given(cell=DATES)
def test_dates_are_the_same_alone_and_beside_faults(cell: str) -> None:
    alone = values(cell, kind=FieldType.DATE)
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        day = None

    assert alone == values(cell, "faulty", kind=FieldType.DATE)[:1]
    if day is None or date(1, 1, 2) <= day <= date(9999, 12, 30):
        assert (alone[0] is None) == (day is None)
        assert day is None or from_day(alone[0]) == day  # type: ignore[arg-type]
        assert pc.any(is_date(pa.array([cell]))).as_py() is (day is not None)


INSTANTS = st.from_regex(
    r"20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9](:[0-6][0-9](:[0-6][0-9])?)?(Z|[+-][0-2][0-9](:?[0-6][0-9])?)?",
    fullmatch=True,
)


@given(cell=INSTANTS)
def test_instants_are_the_same_alone_and_beside_faults(cell: str) -> None:
    alone = values(cell, kind=FieldType.INSTANT)

    assert alone == values(cell, "faulty", kind=FieldType.INSTANT)[:1]
    assert pc.any(is_date_time(pa.array([cell]))).as_py() is (alone[0] is not None)


@given(number=st.floats(-1e14, 1e14, allow_nan=False))
def test_a_number_is_read_to_its_last_digit(number: float) -> None:
    assert values(format(number, ".6f"), kind=FieldType.NUMBER) == [float(format(number, ".6f"))]
