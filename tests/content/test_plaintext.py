"""Plain text made of HTML: cases/plaintext.yaml."""

from pathlib import Path

import pytest
import yaml

from .making import VALUES, rendered

CASES = yaml.safe_load(
    (Path(__file__).parent / "cases" / "plaintext.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_plaintext(case: dict[str, str], tmp_path: Path) -> None:
    page = f"<html><head><title>no</title></head><body>{case['html']}</body></html>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")

    assert rendered(tmp_path, kind="service", body="page.html").text == case["text"]


def test_a_text_that_was_given_is_kept_and_gets_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "offer.txt").write_text(
        "Hi {{ contact.first_name }},\n{% if stage %}\nYou are {{ stage }}.\n{% endif %}\nBye\n"
    )

    text = rendered(tmp_path, text="offer.txt").text

    assert text == (
        "Hi Ann,\nYou are mql.\nBye\n\n--\nAcme BV, Keizersgracht 1, Amsterdam\n"
        f"Unsubscribe: {VALUES['unsubscribe_url']}\nPreferences: {VALUES['preferences_url']}\n"
    )


def test_a_text_with_its_own_way_out_keeps_only_that(tmp_path: Path) -> None:
    text = rendered(tmp_path, text="Stop: {{ unsubscribe_url }}\n{{ sender.address }}\n").text

    assert text == f"Stop: {VALUES['unsubscribe_url']}\n{VALUES['sender']['address']}\n"
