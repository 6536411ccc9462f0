"""Of an address nothing is kept that names a person or lets anybody act for one."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.people.analytics.addresses import (
    anonymous,
    named_in,
    page_of,
    referrer_of,
    tokens_in,
)

TOKEN = "Ab3-_x" * 6 + "zz"


def page(url: str) -> dict[str, str]:
    found = {name: column[0].as_py() for name, column in page_of(pa.array([url])).items()}
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/pricing", {"path": "/pricing"}),
        ("/pricing?plan=1#top", {"path": "/pricing"}),
        ("https://User:pw@Acme.example:443/a/b", {"host": "acme.example:443", "path": "/a/b"}),
        ("https://acme.example?utm_source=x", {"host": "acme.example", "utm_source": "x"}),
        ("//acme.example/a", {"host": "acme.example", "path": "/a"}),
        (
            "/a?x=1&utm_campaign=b%C3%A9ta+x&utm_source=&utm_term=%00q",
            {"path": "/a", "utm_campaign": "béta x", "utm_term": "q"},
        ),
        ("/a?xutm_source=no&utm_source=yes", {"path": "/a", "utm_source": "yes"}),
        ("/u/ann@example.com/edit", {"path": "/u/{email}/edit"}),
        ("/u/ann%40example.com", {"path": "/u/{email}"}),
        (f"/u/{TOKEN}", {"path": "/u/{token}"}),
        (f"/u/{TOKEN}/{TOKEN}?x", {"path": "/u/{token}/{token}"}),
        ("/a?utm_content=ann@example.com", {"path": "/a", "utm_content": "{email}"}),
        ("", {}),
    ],
)
def test_a_page_is_told_by_its_path_and_campaign(url: str, expected: dict[str, str]) -> None:
    assert page(url) == expected


def test_where_somebody_came_from_is_told_without_a_query() -> None:
    urls = pa.array(["https://www.example.org/a?mail=ann@example.com", "/own", None, "-"])
    assert referrer_of(urls).to_pylist() == ["www.example.org/a", None, None, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a?uid=C1&x=2", "C1"),
        ("/a?x=2&uid=C%201", "C 1"),
        ("/a?xuid=C1", None),
        ("/a?uid=", None),
        ('/a "x=1; uid=C7"', "C7"),
        ('/a "uid=C7; x=1"', "C7"),
        (None, None),
    ],
)
def test_what_names_a_visitor_is_found_in_queries_and_cookies(
    text: str | None, expected: str | None
) -> None:
    assert named_in(pa.array([text], pa.string()), "uid").to_pylist() == [expected]


def test_a_name_with_odd_letters_is_meant_word_for_word() -> None:
    assert named_in(pa.array(["/?a.b=1", "/?axb=2"]), "a.b").to_pylist() == ["1", None]


def test_a_token_is_as_long_as_ours() -> None:
    urls = [f"/u/{TOKEN}", f"/u?t={TOKEN}&x", f"/u/{TOKEN}x", "/u/short"]
    assert tokens_in(pa.array(urls)).to_pylist() == [TOKEN, TOKEN, None, None]


@given(st.text(max_size=80), st.sampled_from(["ann@example.com", "ann%40example.org", TOKEN]))
def test_whatever_stands_around_it_no_address_and_no_token_is_kept(text: str, secret: str) -> None:
    [kept] = anonymous(pa.array([f"{text}/{secret}/"])).to_pylist()
    assert secret not in kept


@given(st.lists(st.text(max_size=60) | st.none(), max_size=5))
def test_any_text_is_borne(urls: list[str | None]) -> None:
    columns = page_of(pa.array(urls, pa.string()))
    assert {len(column) for column in columns.values()} == {len(urls)}
