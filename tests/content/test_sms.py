"""How many parts a text message is sent in: 3GPP TS 23.038 6.2 and 23.040 9.2.3.24.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.content.sms import beyond_gsm, sms_parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),  # two of seven bits each
        ("€" * 81, 2),
        ("x" * 152 + "€" + "x" * 153, 3),  # an escape is not parted from its character
        ("x" * 152 + "€" + "x" * 151, 2),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("x" * 133 + "ê", 2),
        ("x" * 134 + "ê", 3),
        ("😀" * 35, 1),  # two units of sixteen bits each
        ("😀" * 36, 2),
        ("😀" * 66, 2),  # 33 fit in 67 units
        ("😀" * 67, 3),
        ("éèùàÄÖÑÜßæø£¥Δ\n\r@", 1),
    ],
)
def test_parts(text: str, parts: int) -> None:
    assert sms_parts(text) == parts


def test_what_gsm_lacks() -> None:
    assert beyond_gsm("Ann’s “offer” – €5 {ok}") == "’“”–"
    assert beyond_gsm("Straße 5, café? [50%] ~10€") == ""


@given(st.text(max_size=400), st.text(max_size=40))
def test_more_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert sms_parts(text) <= sms_parts(text + more)
    units = len(text.encode("utf-16-be", "surrogatepass")) // 2
    assert sms_parts(text) >= units / 160
    assert sms_parts(text) <= max(1, units / 66 + 1)
