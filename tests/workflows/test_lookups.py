"""The tables and code lists of mactl.yaml: what their files hold, and what is wrong with them."""

from pathlib import Path

import pytest

from mactl.errors import ConfigurationError, UnreadableInput
from mactl.project.lookups import CodeList, LookupTable
from mactl.store.state import State
from mactl.workflows.writing.codes import CodeLists
from mactl.workflows.writing.lookups import DataTables


def tables(folder: Path, text: str, key: str = "sku") -> DataTables:
    (folder / "products.csv").write_text(text)
    return DataTables({"products": LookupTable(file="products.csv", key=key)}, folder)


def lists(folder: Path, text: str, name: str = "codes.txt", column: str | None = None) -> CodeLists:
    (folder / name).write_text(text)
    return CodeLists({"birthday": CodeList(file=name, column=column)}, folder)


def test_columns_of_numbers_are_numbers_and_all_else_is_text(tmp_path: Path) -> None:
    found = tables(
        tmp_path,
        "sku,Product name,price,zip,mixed,left\n1,Coffee,3.5,0123,1,7\n02,,-2,1011,x,\n1e3,Tea,1000,2000,3,0\n",
    )

    assert found.find("products", "1") == {
        "sku": "1", "product_name": "Coffee", "price": 3.5, "zip": "0123", "mixed": "1", "left": 7,
    }  # fmt: skip
    two = found.find("products", "02")
    assert two is not None
    assert (two["product_name"], two["price"], two["left"]) == (None, -2, None)
    assert found.find("products", "2") is None and found.find("products", "") is None
    assert found.find("other", "1") is None


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    found = tables(tmp_path, "sku,name\nA,first\nB,x\nA,second\nA,third\n")

    assert found.findings == []  # nobody asked yet
    row = found.find("products", "A")
    assert row is not None and row["name"] == "first"
    assert [(f.id, f.place and f.place.line) for f in found.findings] == [("data-duplicate-key", 4)]
    assert "and 1 more rows" in found.findings[0].message


def test_a_table_that_cannot_be_had_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        tables(tmp_path, "skuu,name\nA,x\n").find("products", "A")
    assert caught.value.hint == "did you mean 'skuu'?"
    gone = DataTables({"products": LookupTable(file="gone.csv", key="sku")}, tmp_path)
    with pytest.raises(UnreadableInput, match="there is no such file"):
        gone.find("products", "A")


@pytest.mark.parametrize(
    ("name", "text", "column", "codes"),
    [
        ("codes.txt", "ONE\n TWO \n\nONE\nTHREE", None, ["ONE", "TWO", "THREE"]),
        ("codes.txt", "\ufeffONE\r\nTWO\r\n", None, ["ONE", "TWO"]),
        ("codes.csv", "code,for\nONE,x\n,y\nTWO,z\n", None, ["ONE", "TWO"]),
        ("codes.csv", "id;Code 1\n1;ONE\n2;TWO\n", "Code 1", ["ONE", "TWO"]),
    ],
)
def test_codes_stand_in_lines_or_in_a_column(
    tmp_path: Path, name: str, text: str, column: str | None, codes: list[str]
) -> None:
    assert list(lists(tmp_path, text, name, column).codes("birthday")) == codes


def test_codes_that_cannot_be_had_say_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        lists(tmp_path, "cde,for\nONE,x\n", "codes.csv", "code").codes("birthday")
    assert caught.value.hint == "did you mean 'cde'?"
    with pytest.raises(UnreadableInput):
        CodeLists({"birthday": CodeList(file="gone.txt")}, tmp_path).codes("birthday")
    assert CodeLists({}, tmp_path).codes("birthday") == []


@pytest.mark.parametrize(("wanted", "left"), [(90, None), (91, 9), (100, 0), (101, 0)])
def test_somebody_is_told_before_codes_run_out(
    tmp_path: Path, wanted: int, left: int | None
) -> None:
    found = lists(tmp_path, "".join(f"C{number}\n" for number in range(100)))
    with (
        State.open("sqlite://", tmp_path, write=True) as state,
        state.reading() as connection,
    ):
        chosen = found.choose(connection, {"birthday": [f"e{n}" for n in range(wanted)]})
        findings = found.findings(connection, chosen)

    assert len(chosen["birthday"]) == min(wanted, 100)
    messages = [finding.message for finding in findings]
    assert messages == ([] if left is None else [f"{left} of the 100 codes of birthday are left"])
