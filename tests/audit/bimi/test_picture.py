"""The picture of a logo, pixel by pixel, and logos that must not be drawn."""

import socket
from io import BytesIO

import pytest
from PIL import Image

from mactl.audit.bimi import picture
from mactl.audit.bimi.picture import logo_picture
from mactl.errors import UnreadableInput
from tests.audit.bimi.files import ART, HEAD, LOGO, TITLE

GREEN, WHITE, LIGHT, DARK = (0, 170, 68), (255, 255, 255), (255, 255, 255), (22, 27, 34)
PANELS = {"light": (48, 168), "dark": (744, 168)}
AVATARS = {
    "small round": (32, 88),
    "small square": (32, 216),
    "round": (96, 344),
    "square": (360, 344),
}


def pixels(svg, domain="example.com"):
    data = svg if isinstance(svg, bytes) else svg.encode()
    image = Image.open(BytesIO(logo_picture(data, domain))).convert("RGB")
    assert image.size == (1440, 848)
    return image


def at(image, panel, avatar, right, down):
    """The colour at a place in an avatar, in parts of its size."""
    size = 80 if avatar.startswith("small") else 192
    left, top = PANELS[panel]
    x, y = AVATARS[avatar]
    return image.getpixel((left + x + round(right * size), top + y + round(down * size)))


@pytest.fixture(scope="module")
def image():
    return pixels(LOGO)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("avatar", AVATARS)
def test_the_logo_fills_each_frame(image, panel, avatar):
    assert at(image, panel, avatar, 0.5, 0.5) == WHITE
    for right, down in ((0.5, 0.08), (0.08, 0.5), (0.92, 0.5), (0.5, 0.92)):
        assert at(image, panel, avatar, right, down) == GREEN


@pytest.mark.parametrize(("panel", "background"), [("light", LIGHT), ("dark", DARK)])
def test_the_corners_of_a_round_frame_are_the_page(image, panel, background):
    for avatar in ("small round", "round"):
        for right, down in ((0.05, 0.05), (0.95, 0.05), (0.05, 0.95), (0.95, 0.95)):
            assert at(image, panel, avatar, right, down) == background
    for avatar in ("small square", "square"):
        assert at(image, panel, avatar, 0.05, 0.05) == GREEN


def test_a_logo_without_a_background_shows_the_page():
    image = pixels(f'{HEAD}{TITLE}<circle cx="48" cy="48" r="9" fill="#0a4"/></svg>')

    assert at(image, "light", "square", 0.2, 0.5) == LIGHT
    assert at(image, "dark", "square", 0.2, 0.5) == DARK
    assert at(image, "dark", "square", 0.5, 0.5) == GREEN


def test_a_logo_that_is_not_square_is_set_into_the_square():
    image = pixels(LOGO.replace(b"0 0 96 96", b"0 0 96 48"))

    assert at(image, "light", "square", 0.5, 0.1) == LIGHT
    assert at(image, "light", "square", 0.1, 0.5) == GREEN


def test_faults_of_the_profile_are_drawn_as_they_are():
    bare = LOGO.replace(b'version="1.2" baseProfile="tiny-ps"', b'x="0" y="0" opacity="1"')

    assert at(pixels(bare.replace(TITLE.encode(), b"")), "light", "round", 0.5, 0.08) == GREEN


def test_a_logo_of_few_words_in_another_encoding_is_drawn():
    text = f'<?xml version="1.0" encoding="iso-8859-1"?>{LOGO.decode()}'.replace("Example", "Söt")

    assert at(pixels(text.encode("iso-8859-1")), "light", "round", 0.5, 0.08) == GREEN


@pytest.mark.parametrize("domain", ["w" * 250, "a.b\x1b[31m", "<script>&amp;", ""])
def test_any_name_of_a_domain_is_drawn(domain):
    pixels(LOGO, domain)


@pytest.mark.parametrize(
    "svg",
    [
        "",
        "no svg",
        f"{HEAD}{TITLE}{ART}<script/></svg>",
        f'{HEAD}{TITLE}<image href="file:///etc/hostname"/></svg>',
        f'{HEAD}{TITLE}<image href="http://127.0.0.1/a.png"/></svg>',
        f'{HEAD}{TITLE}<use href="/tmp/a.svg#b"/></svg>',
        f'{HEAD}{TITLE}<g id="a"><use href="#a"/></g></svg>',
        f'<!DOCTYPE svg [<!ENTITY a "b">]>{HEAD}{TITLE}{ART}</svg>',
        f'<?xml-stylesheet href="a.css"?>{HEAD}{TITLE}{ART}</svg>',
        f'{HEAD}{TITLE}<filter id="f"/>{ART}</svg>',
    ],
)
def test_what_is_not_safe_is_not_drawn(svg, monkeypatch):
    def never(*_, **__):
        raise AssertionError("it was drawn")

    monkeypatch.setattr(picture, "_drawn", never)
    monkeypatch.setattr(socket, "socket", never)

    with pytest.raises(UnreadableInput, match=r"the logo of example\.com can't be drawn"):
        logo_picture(svg.encode(), "example.com")


def test_a_logo_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(picture, "_DRAW", "import time; time.sleep(60)")
    monkeypatch.setattr(picture, "_SECONDS", 0.2)

    with pytest.raises(UnreadableInput, match=r"more than 0\.2 seconds"):
        logo_picture(LOGO, "example.com")


def test_a_renderer_that_dies_is_told(monkeypatch):
    monkeypatch.setattr(picture, "_DRAW", "import os; os.abort()")

    with pytest.raises(UnreadableInput, match="too much memory"):
        logo_picture(LOGO, "example.com")
