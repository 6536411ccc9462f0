"""Widths of words, and where lines break."""

from hypothesis import given
from hypothesis import strategies as st

from mactl.picture.typeface import Type, covers, font_files

TYPE = Type(14, 400, 18)


def test_widths_are_those_of_the_typeface() -> None:
    assert Type(2048, 400, 0).width("H") == 1461  # Roboto Regular: units of 2048 to the em
    assert TYPE.width("iiii") < TYPE.width("WWWW")
    assert TYPE.width("two words") == TYPE.width("two") + TYPE.width(" ") + TYPE.width("words")
    assert Type(14, 500, 18).width("offer") > TYPE.width("offer")


def test_the_typeface_has_the_letters_of_europe_and_says_what_it_lacks() -> None:
    assert covers("één Łódź şğı Ελλάδα Привет €")
    assert not covers("発送")
    assert TYPE.width("発送") == 28
    assert len(font_files()) == 2


def test_a_merge_field_stays_on_one_line_where_it_fits_one() -> None:
    field = "{{ contact.company }}"

    assert TYPE.wrap(f"Prepare the demo for {field}", 160, 2) == ("Prepare the demo for", field)
    assert TYPE.wrap(f"for {field}", 125, 3) == ("for {{", "contact.company }}")


@given(st.text(max_size=300), st.floats(20, 300), st.integers(1, 4))
def test_wrapped_lines_fit_and_lose_nothing_unless_they_say_so(
    text: str, width: float, most: int
) -> None:
    lines = TYPE.wrap(text, width, most)

    assert len(lines) <= most
    assert all(TYPE.width(line) <= width or len(line) == 1 for line in lines)
    told, shown = "".join(text.split()), "".join("".join(lines).split())
    assert shown == told or (shown.endswith("…") and told.startswith(shown[:-1]))
