import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.columns import FieldType
from mactl.recipe.derived import FUNCTIONS, Formula, parse_formula, type_of
from mactl.recipe.recipe import RecipeFile
from mactl.recipe.schema import recipe_schema
from mactl.rules.derive import derived_types
from mactl.rules.embedded import Pandas
from mactl.rules.evaluate import evaluate
from mactl.rules.moments import Present
from mactl.rules.names import Definition
from tests.rules import tables

TYPES = {"n": FieldType.NUMBER, "t": FieldType.TEXT, "d": FieldType.DATE, "i": FieldType.INSTANT}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("clv -", "the end is not expected at 6; write a number, a field or a function"),
        ("", "the end is not expected at 1; write a number, a field or a function"),
        ("clv cost", "'cost' is not expected at 5; put + - * or / before it"),
        ("(clv", "the end is not expected at 5; close the parenthesis of 1 with )"),
        ("clv)", "')' is not expected at 4; put + - * or / before it"),
        ("clv ^ 2", "'^' at 5 means nothing here; write numbers, fields, + - * / ( )"),
        ("'x", '"\'" at 1 means nothing here; close the quote'),
        ("yers_since(d)", "there is no function 'yers_since' (at 1); did you mean 'years_since'?"),
        ("abs()", "abs (at 1) is given 0 values; give it one value"),
        ("abs(1, 2)", "abs (at 1) is given 2 values; give it one value"),
        ("min()", "min (at 1) is given 0 values; give it at least one value"),
        ("a.b.c", "'.' at 4 means nothing here; write numbers, fields, + - * / ( )"),
        ("min(1,)", "')' is not expected at 7; write a number, a field or a function"),
    ],
)
def test_what_is_no_formula_is_told_with_its_place_and_a_way_out(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_formula(text)

    assert str(refused.value) == problem


@pytest.mark.parametrize("text", ["(" * 5000, "-" * 5000, "1+" * 5000, "abs(" * 300, "((1)" * 200])
def test_a_formula_that_nests_too_deep_or_is_too_long_is_refused_not_a_crash(text: str) -> None:
    with pytest.raises(ValueError, match=r"several derived fields|is not expected"):
        parse_formula(text)


@given(st.text(alphabet="ab1.+-*/(),'\" -", max_size=40))
def test_any_text_is_a_formula_or_refused_with_a_hint(text: str) -> None:
    try:
        found = parse_formula(text)
    except ValueError as refused:
        assert "; " in str(refused)
    else:
        assert str(found) == text


NUMBERS = st.recursive(
    st.integers(0, 9).map(str),
    lambda inner: st.one_of(
        st.builds(lambda a, sign, b: f"{a} {sign} {b}", inner, st.sampled_from("+-*/"), inner),
        inner.map(lambda a: f"({a})"),
        inner.map(lambda a: f"-({a})"),
    ),
    max_leaves=6,
)


@given(NUMBERS)
def test_arithmetic_binds_as_it_does_at_school(text: str) -> None:
    cookbook = tables.cookbook({"here": {"fields": {"x": text}}})
    facts = tables.facts("2026-12-01", {"ann": {}}, fields={})

    answer = evaluate(facts, cookbook, {"x": Definition("field", "here.x")}, engine=Pandas())

    try:
        expected = eval(text, {"__builtins__": {}})  # our own text of digits, signs and parentheses
    except ZeroDivisionError:
        assert answer["x"].isna().all()
    else:
        assert answer["x"].tolist() == [pytest.approx(expected, abs=1e-6)]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("n * 2 - 1", FieldType.NUMBER),
        ("years_since(d) + days_until(i)", FieldType.NUMBER),
        ("coalesce(t, 'x')", FieldType.TEXT),
        ("max(d, d)", FieldType.DATE),
        ("coalesce(unknown, i)", FieldType.INSTANT),
        ("unknown", None),
        ("unknown + 1", FieldType.NUMBER),
        ("length(lower(t))", FieldType.NUMBER),
    ],
)
def test_a_formula_has_the_type_of_what_it_comes_to(text: str, type_: FieldType | None) -> None:
    assert type_of(parse_formula(text).tree, TYPES.get) is type_


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("t - 1", "'t' at 1 holds text, and - takes numbers"),
        ("1 + 'a'", r"this at 5 holds text, and \+ takes numbers"),
        ("-d", "'d' at 2 holds dates, and - takes numbers"),
        ("days_since(n)", "'n' at 12 holds numbers, and days_since takes dates or instants"),
        ("lower(n)", "'n' at 7 holds numbers, and lower takes text"),
        ("coalesce(n, t)", r"coalesce \(at 1\) is given numbers and text; give it one type"),
        ("min(d, i)", r"min \(at 1\) is given dates and instants; give it one type"),
    ],
)
def test_what_does_not_go_together_is_told(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        type_of(parse_formula(text).tree, TYPES.get)


def test_every_function_says_what_it_does() -> None:
    assert all(function.help for function in FUNCTIONS.values())


def test_a_recipe_keeps_the_text_of_its_fields_and_refuses_what_is_none() -> None:
    file = RecipeFile.model_validate({"recipe": "here", "fields": {"margin": "clv - cost"}})

    assert isinstance(file.fields["margin"], Formula)
    assert file.fields["margin"].text == "clv - cost"
    assert [name.name for name in file.fields["margin"].names] == ["clv", "cost"]
    with pytest.raises(ValueError, match="is not expected"):
        RecipeFile.model_validate({"recipe": "here", "fields": {"margin": "clv -"}})
    with pytest.raises(ValueError, match="is no name of a derived field"):
        RecipeFile.model_validate({"recipe": "here", "fields": {"shared.margin": "clv"}})


def test_the_schema_shows_editors_a_line_of_text() -> None:
    schema = recipe_schema()
    kind = schema["properties"]["fields"]["additionalProperties"]["$ref"].rpartition("/")[2]

    assert schema["$defs"][kind]["type"] == "string"


def test_types_of_derived_fields_are_told_by_recipe_and_name() -> None:
    cookbook = tables.cookbook(
        {
            "here": {"fields": {"a": "n + 1", "b": "shared.c", "d": "t - 1", "e": "e", "f": "nowhere"}},
            "shared": {"fields": {"c": "upper(t)"}},
        }
    )  # fmt: skip
    facts = tables.facts("2026-12-01", {}, fields={})

    found = derived_types(cookbook, TYPES, Present(facts.now, facts.zone))

    assert found == {
        "here.a": FieldType.NUMBER, "here.b": FieldType.TEXT, "shared.c": FieldType.TEXT,
    }  # fmt: skip


def test_large_whole_numbers_keep_every_digit() -> None:
    cookbook = tables.cookbook({"here": {"fields": {"x": "n * 1"}}})
    large = [12345678901.0, 9007199254740993.0, 1e300, -98765432109.0]
    facts = tables.facts(
        "2026-12-01",
        {str(n): {"n": value} for n, value in enumerate(large)},
        fields={"n": "number"},
    )

    answer = evaluate(facts, cookbook, {"x": Definition("field", "here.x")}, engine=Pandas())

    assert answer["x"].tolist() == large
