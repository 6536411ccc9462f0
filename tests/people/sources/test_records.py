"""Where records begin and end, letter by letter and block by block."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.people.sources import records
from mactl.people.sources.records import MISPLACED, UNCLOSED, find_records
from tests.conftest import examples

Found = list[tuple[str, int, bool]]
"""Each record: its text, its line, and whether it is faulty."""


def found(text: str) -> Found:
    data = text.encode()
    whole = find_records(pa.py_buffer(data), ",")
    lines = whole.lines(np.arange(len(whole.starts))).tolist()
    return [
        (data[start:end].decode(), line, number in whole.faults)
        for number, (start, end, line) in enumerate(
            zip(whole.starts, whole.ends, lines, strict=True)
        )
    ]


def expected(text: str) -> Found:
    """The same, read one letter after another."""
    records: Found = []
    position, line = 0, 1
    while position < len(text):
        end = _end_of_record(text, position)
        faulty = end is None
        if end is None:
            end = text.find("\n", position) if "\n" in text[position:] else len(text)
        records.append((text[position:end], line, faulty))
        line += text.count("\n", position, end + 1)
        position = end + 1
    return records


def _end_of_record(text: str, position: int) -> int | None:
    state = "start"
    while position < len(text):
        letter = text[position]
        if state == "quoted":
            if letter == '"':
                state = "closed"
        elif letter == "\n":
            return position
        elif letter == ",":
            state = "start"
        elif letter == '"' and state in ("start", "closed"):
            state = "quoted"
        elif state == "closed":
            return None
        else:
            state = "plain"
        position += 1
    return None if state == "quoted" else position


def test_a_newline_within_quotes_ends_no_record_but_counts_as_a_line() -> None:
    assert found('a,b\n1,"x\n\ny"\n\n2,3') == [
        ("a,b", 1, False),
        ('1,"x\n\ny"', 2, False),
        ("", 5, False),
        ("2,3", 6, False),
    ]


def test_a_fault_is_said_to_be_what_it_is() -> None:
    whole = find_records(pa.py_buffer(b'"a"b,1\n"c,1\n"d",1\n'), ",")

    assert whole.faults == {0: MISPLACED, 1: UNCLOSED}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(400))
@given(text=st.text(st.sampled_from('a,"\n'), max_size=40), block=st.integers(1, 6))
def test_blocks_find_what_reading_letter_by_letter_finds(
    monkeypatch: pytest.MonkeyPatch, text: str, block: int
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(records, "_SMALLEST", block)
        patched.setattr(records, "_LARGEST", 2 * block)

        assert found(text) == expected(text)


def test_many_faults_take_no_longer_than_few() -> None:
    text = 'x,"open,y\n' * 50_000

    assert len(found(text)) == 50_000
