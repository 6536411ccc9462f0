"""Logos of any octets: judged, never expanded, never loaded from."""

import gzip
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.audit.bimi import profile
from mactl.audit.bimi.conformance import view_box
from mactl.audit.bimi.logo import LARGEST, judge_logo
from mactl.audit.bimi.svg import NotXml, read_svg
from tests.audit.bimi.files import ART, HEAD, LOGO, TITLE
from tests.conftest import examples

AT = "https://example.com/logo.svg"


def ids(svg, **options):
    data = svg if isinstance(svg, bytes) else svg.encode()
    return {finding.id for finding in judge_logo(data, AT, **options).findings}


NAMES = st.sampled_from([*profile.ATTRIBUTES, "script", "animate", "image", "style", "a", "b:c"])
VALUES = st.one_of(
    st.sampled_from(
        ["#a", "url(#a)", "url(https://a.test/)", "https://a.test/", "none", "0 0 1 1"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters='<&"\0'), max_size=20),
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "href",
            "fill",
            "style",
            "onclick",
            "xlink:href",
            "xml:base",
            "viewBox",
            "width",
            "x",
        ]
    ),
    VALUES,
    max_size=4,
)


def element(name, attributes, children):
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children)}</{name}>"


TREES = st.recursive(
    st.builds(element, NAMES, ATTRIBUTES, st.just([])),
    lambda inner: st.builds(element, NAMES, ATTRIBUTES, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda b: HEAD.encode() + b)))
def test_no_octets_make_it_raise(data):
    for given_data in (data, gzip.compress(data)):
        logo = judge_logo(given_data, AT)
        assert logo.findings and not logo.valid
        logo.as_json()


@given(TREES)
def test_no_drawing_makes_it_raise_or_be_unsafe_to_draw(tree):
    logo = judge_logo(f"{HEAD}{TITLE}{ART}{tree}</svg>".encode(), AT)

    if logo.is_safe:
        harms = ("<script", "<image", "<style", "<animate", "onclick", "style=", 'href="https')
        assert [harm for harm in (*harms, "url(https", "xml:base") if harm in tree] == []


@given(st.integers(0, len(LOGO) - 1), st.integers(0, 255))
def test_a_changed_octet_never_makes_it_raise(place, octet):
    data = bytearray(LOGO)
    data[place] = octet

    judge_logo(bytes(data), AT)


@pytest.mark.parametrize("size", [LARGEST - 1, LARGEST, LARGEST + 1])
def test_a_logo_may_have_exactly_32_kb_uncompressed(size):
    logo = LOGO + b" " * (size - len(LOGO))

    assert ("bimi-logo-size" in ids(logo)) is (size > LARGEST)
    assert ("bimi-logo-size" in ids(gzip.compress(logo))) is (size > LARGEST)


def test_a_good_logo_has_no_findings():
    logo = judge_logo(LOGO, AT)

    assert (logo.findings, logo.valid, logo.is_safe) == ((), True, True)
    assert (logo.title, logo.viewbox, logo.width) == ("Example", (0, 0, 96, 96), None)


@pytest.mark.parametrize("name", sorted(profile.ATTRIBUTES))
def test_every_element_of_the_profile_is_taken(name):
    if name not in ("svg", "title"):
        text = "about" if name == "desc" else ""
        assert "bimi-logo-element" not in ids(f"{HEAD}{TITLE}{ART}<{name}>{text}</{name}></svg>")


@pytest.mark.parametrize(
    ("inside", "line"), [("\n\n<script/>", 3), ("\r\n<script/>", 2), ("<script/>", 1)]
)
def test_a_fault_has_its_line(inside, line):
    (finding,) = judge_logo(f"{HEAD}{TITLE}{ART}{inside}</svg>".encode(), AT).findings

    assert f"(line {line})" in finding.message


def test_many_faults_of_a_kind_are_one_finding():
    many = "".join(f'<g a{number}=""/>' for number in range(400))

    (finding,) = judge_logo(f"{HEAD}{TITLE}{ART}{many}</svg>".encode(), AT).findings

    assert "and 395 more" in finding.message and len(finding.message) < 400


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("0 0 96 96", (0, 0, 96, 96)),
        ("0,0,96,96", (0, 0, 96, 96)),
        (" -1.5 .5 1e2 100 ", (-1.5, 0.5, 100, 100)),
        ("0 0 96", None),
        ("0 0 0 96", None),
        ("0 0 -1 96", None),
        ("0 0 1e999 96", None),
        ("0 0 nan 96", None),
        ("0 0 96px 96px", None),
        ("", None),
    ],
)
def test_a_view_box_is_four_numbers_with_an_area(text, box):
    assert view_box(text) == box


@pytest.mark.parametrize(
    ("value", "is_outside"),
    [
        ("url(#a)", False),
        ("url( '#a' )", False),
        ("URL(  #a) #fff", False),
        ("none", False),
        ("url(a.svg#b)", True),
        ('url("https://a.test/#b")', True),
        ("url()", True),
        ("url(#a) url(//a.test)", True),
        ("url(" + " " * 20_000 + "#a)", False),
    ],
)
def test_a_reference_by_url_stays_inside(value, is_outside):
    value = value.replace('"', "&quot;")
    found = ids(f'{HEAD}{TITLE}{ART}<path d="M0 0h1" fill="{value}"/></svg>')

    assert ("bimi-logo-reference" in found) is is_outside


def test_comments_and_a_byte_order_mark_are_no_web_page():
    assert ids(b"\xef\xbb\xbf<!-- <html> -->" + LOGO) == set()
    assert ids(b"<!-- a --><!DOCTYPE HTML><p>") == {"bimi-logo-format"}


def test_a_comment_that_is_opened_a_thousand_times_takes_no_time():
    assert ids(b"<!---->" * 4000 + b"<!--") == {"bimi-logo-xml"}


@pytest.mark.parametrize("attribute", ["width", "preserveAspectRatio"])
@pytest.mark.parametrize("begun", ["1", "none", "1 1 1"])
def test_blanks_without_number_take_no_time(attribute, begun):
    drawing = f"{HEAD[:-1]} {attribute}='{begun}{' ' * 200_000}x'>{TITLE}{ART}</svg>"

    assert judge_logo(drawing.encode(), "the logo").findings


def test_judging_opens_no_connection_and_no_file(monkeypatch):
    def never(*_, **__):
        raise AssertionError("it reached out")

    monkeypatch.setattr(socket, "socket", never)
    monkeypatch.setattr("builtins.open", never)

    found = ids(
        '<?xml-stylesheet href="http://127.0.0.1/a.css"?>'
        '<!DOCTYPE svg SYSTEM "http://127.0.0.1/a.dtd">'
        f'{HEAD}{TITLE}<image href="http://127.0.0.1/a.png"/>{ART}</svg>'
    )

    assert {"bimi-logo-doctype", "bimi-logo-instruction", "bimi-logo-reference"} <= found


@settings(max_examples=examples(30))
@given(st.integers(1, 40), st.integers(1, 40))
def test_what_is_drawn_is_counted_with_all_that_use_repeats(deep, wide):
    layers = "".join(
        f'<g id="g{number}">' + f'<use href="#g{number - 1}"/>' * wide + "</g>"
        for number in range(1, deep)
    )
    svg = f'{HEAD}{TITLE}{ART}<g id="g0"><path d="M0 0h1"/></g>{layers}</svg>'
    drawn = sum(wide**number for number in range(deep))

    assert ("bimi-logo-use" in ids(svg)) >= (drawn > 20_000)
    assert ("bimi-logo-use" in ids(svg)) <= (drawn * deep * 3 > 20_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_any_encoding_that_is_declared_is_read(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + LOGO.decode().replace("Example", "Söt")

    assert judge_logo(text.encode(encoding), AT).title == "Söt"


@pytest.mark.parametrize("encoding", ["klingon", "idna", "base64", "utf-7", "punycode"])
def test_an_encoding_that_nobody_knows_is_no_xml(encoding):
    with pytest.raises(NotXml):
        read_svg(f'<?xml version="1.0" encoding="{encoding}"?><svg/>'.encode())
