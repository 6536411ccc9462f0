"""However somebody's address is spelt in bytes, it is found; and nobody else's is taken for it."""

import base64
import html
import json
import quopri
import urllib.parse
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.privacy.needles import Needles, is_distinctive

ANN = "ann.de.vries+news@example.com"
ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "ann"))

WAYS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "cp1252": lambda text: text.encode("cp1252"),
    "upper case": lambda text: text.upper().encode(),
    "title case": lambda text: text.title().encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "upper hex": lambda text: text.encode().hex().upper().encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 shifted once": lambda text: base64.b64encode(b"<" + text.encode() + b">;"),
    "base64 shifted twice": lambda text: base64.b64encode(b"a <" + text.encode() + b">"),
    "base64 for addresses of pages": lambda text: base64.urlsafe_b64encode(
        b"\xff?" + text.encode()
    ),
    "base64 in lines": lambda text: base64.encodebytes(b"-" * 50 + text.encode() + b"-" * 50),
    "base64 of utf-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    "quoted-printable": lambda text: quopri.encodestring(
        ("é" * 21 + text).encode(), quotetabs=True
    ),
    "quoted-printable throughout": lambda text: "".join(
        f"={b:02X}" for b in text.encode()
    ).encode(),
    "percent": lambda text: urllib.parse.quote(text, safe="").encode(),
    "percent throughout": lambda text: "".join(f"%{b:02x}" for b in text.encode()).encode(),
    "percent twice": lambda text: urllib.parse.quote(
        urllib.parse.quote(text, safe=""), safe=""
    ).encode(),
    "escapes of JSON": lambda text: "".join(f"\\u{ord(c):04x}" for c in text).encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"a": f"<é\n{text}>"})).encode(),
    "numbers of HTML": lambda text: "".join(f"&#{ord(c)};" for c in text).encode(),
    "hex numbers of HTML": lambda text: "".join(f"&#x{ord(c):X};" for c in text).encode(),
    "names of HTML": lambda text: html.escape(text).replace("@", "&commat;").encode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_address_is_found_in_every_encoding(way: str) -> None:
    needles = Needles([ANN])
    data = WAYS[way](ANN)
    assert needles.are_in(data)
    assert needles.are_in(b"\x00\xff{" * 7 + data + b"}\n" * 5)
    assert needles.are_in(b"\x00\xff{\n" * 50_000 + data + b"}\n" * 5)  # in one pass


IDN = "zoë@bücher.example"


@pytest.mark.parametrize(
    "known", [IDN, "zoë@xn--bcher-kva.example", "zoe\u0308@b\u00fccher.example"]
)
@pytest.mark.parametrize(
    "written", ["zoë@xn--bcher-kva.example", "ZOË@BÜCHER.EXAMPLE", "zoe\u0308@bu\u0308cher.example"]
)
@pytest.mark.parametrize("way", ["utf-8", "utf-16-le", "base64", "percent", "escapes of JSON"])
def test_a_domain_in_letters_is_found_in_ascii_and_the_other_way_round(
    known: str, written: str, way: str
) -> None:
    assert Needles([known]).are_in(WAYS[way](written))
    assert not Needles([known]).are_in(WAYS[way](f"a{written[1:]}"))


@pytest.mark.parametrize("way", WAYS)
def test_somebody_else_is_not_found_in_any(way: str) -> None:
    bob = WAYS[way]("bob.de.vries+news@example.com")
    assert not Needles([ANN]).are_in(bob)
    assert not Needles([ANN]).are_in(bob * 5_000)


@pytest.mark.parametrize("way", [w for w in WAYS if w not in ("title case", "base64 of utf-16")])
def test_an_address_that_ends_like_theirs_is_somebody_elses(way: str) -> None:
    other = f"jo{ANN}"
    needles = Needles([ANN], lookalikes=[other])
    assert not needles.are_in(WAYS[way](other))
    assert needles.are_in(WAYS[way](other) + b" ; " + WAYS[way](ANN))


@pytest.mark.parametrize(
    "data", [ID.encode(), ID.upper().encode(), uuid.UUID(ID).hex.encode(), uuid.UUID(ID).bytes]
)
def test_an_id_is_found_as_text_and_as_bytes(data: bytes) -> None:
    assert Needles([], [ID]).are_in(b"x" + data + b"y")


@given(
    st.text("abcxyzéßøŁ0189._-", min_size=6, max_size=30),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
    st.sampled_from([str.lower, str.upper, str]),
    st.binary(max_size=5),
)
def test_any_address_is_found_in_any_case_and_set_of_letters(
    local: str, charset: str, written: Callable[[str], str], before: bytes
) -> None:
    address = f"{local}@Example.org"
    data = written(address).encode(charset)
    needles = Needles([address])
    assert needles.are_in(before + data)
    assert needles.are_in(base64.b64encode(before + data))
    assert needles.are_in((before + data).hex().encode())


def test_what_is_short_or_only_digits_says_nothing() -> None:
    assert [is_distinctive(text) for text in ("C0025", "1234567", "+31 6 12345678", "ann@x.nl")] == [
        False, False, True, True,
    ]  # fmt: skip
    assert not Needles(["C0025"])
