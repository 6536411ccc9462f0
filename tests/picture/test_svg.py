"""Pictures as SVG and PNG: well-formed whatever a recipe says, and as large as they say."""

import struct
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings

from mactl.picture.flow import Flow
from mactl.picture.layout import lay_out
from mactl.picture.palette import DARK, LIGHT, Theme
from mactl.picture.png import write_png
from mactl.picture.svg import Drawing, Heading, draw
from tests.conftest import examples
from tests.picture.making import Steps, flow_from, flow_of, journeys

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>&\x1b[31m\x00 \u202e\"'"


def drawn(flow: Flow, theme: Theme = "auto", **badges: str) -> Drawing:
    by_id = {node.id: node.number for node in flow.nodes}
    layout = lay_out(flow, {by_id[id]: text for id, text in badges.items()})
    return draw(Heading(flow.recipe, flow.title, flow.notes), layout, theme)


def texts(root: Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


@given(journeys())
@settings(max_examples=examples(40))
def test_an_svg_is_well_formed_whatever_a_recipe_says(steps: Steps) -> None:
    root = fromstring(drawn(flow_from(steps)).svg)

    known = {"svg", "title", "style", "rect", "g", "path", "text"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= known


def test_hostile_names_are_text_and_nothing_else() -> None:
    flow = flow_from([{"send": "offer", "id": HOSTILE}, {"send": HOSTILE}, {"exit": HOSTILE}])
    drawing = drawn(flow)
    root = fromstring(drawing.svg)

    assert "<script" not in drawing.svg
    assert not list(root.iter("script"))
    assert any("</text><script>" in text for text in texts(root))
    assert "\x1b" not in drawing.svg and "\u202e" not in drawing.svg


def test_every_node_its_people_and_every_branch_are_written() -> None:
    flow = flow_of("""\
        - send: offer
        - wait_for: {event: paid}
          up_to: 4 days
          else: [{send: reminder}]
    """)
    shown = texts(fromstring(drawn(flow, offer="1,204").svg))

    assert {"signed_up", "offer", "1,204", "paid", "up to 4 days", "in time", "reminder"} < {*shown}
    assert "not within 4 days" in shown


def test_a_text_is_stretched_to_what_was_measured_so_that_no_font_makes_it_too_wide() -> None:
    root = fromstring(drawn(flow_of("- send: offer")).svg)

    for text in root.iter(f"{SVG}text"):
        assert float(text.attrib["textLength"]) > 0
        assert text.attrib["lengthAdjust"] == "spacingAndGlyphs"


def test_an_svg_has_the_colours_of_day_and_night_and_a_themed_one_only_its_own() -> None:
    flow = flow_of("- send: offer")

    both = drawn(flow).svg
    assert "@media (prefers-color-scheme:dark)" in both
    assert LIGHT.page in both and DARK.page in both
    assert LIGHT.page not in drawn(flow, "dark").svg
    assert DARK.page not in drawn(flow, "light").svg


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_png_has_half_as_many_pixels_again_each_way() -> None:
    flow = flow_of("- send: offer\n- wait: 3 days\n")
    drawing = drawn(flow, "light")

    width, height = size(write_png(drawing))
    assert width == pytest.approx(1.5 * drawing.width, abs=1)
    assert height == pytest.approx(1.5 * drawing.height, abs=1)


def test_a_png_is_drawn_with_our_typeface_and_so_alike_everywhere() -> None:
    flow = flow_of("- send: offer")
    drawing = drawn(flow, "light")
    without = Drawing(
        drawing.svg.replace(">offer<", "><"), drawing.width, drawing.height, drawing.texts
    )

    assert write_png(drawing) == write_png(drawing)
    assert write_png(drawing) != write_png(without)  # the words are there


def test_words_of_other_scripts_are_drawn_with_what_the_system_has() -> None:
    flow = flow_of("- send: 発送")
    drawing = drawn(flow, "light")

    assert size(write_png(drawing))[0] > 0


def test_a_huge_picture_is_drawn_less_finely_rather_than_not_at_all() -> None:
    drawing = drawn(flow_of("- send: offer\n- wait: 3 days\n"), "light")

    width, height = size(write_png(drawing, most_pixels=10_000))
    assert 9_000 < width * height < 10_500
    assert width / height == pytest.approx(drawing.width / drawing.height, rel=0.05)
