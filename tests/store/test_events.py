"""What mactl noticed and what it sent are events alike."""

import json

import pandas as pd

from mactl.store.commit import Changes, commit_run
from mactl.store.events import read_events
from mactl.store.state import State
from tests.store.making import NOW, begun, commit, send, stand


def test_a_sent_message_is_an_event_and_another_is_not(state: State) -> None:
    commit(state, send("ann"), send("ben"), send("cas", variant="b", template="other"))
    for name in ("ann", "cas"):
        stand(state, name, status="sent", settled_at=NOW + 5)
    with state.reading() as connection:
        frame = read_events(connection).sort_values("contact", ignore_index=True)
    assert frame["contact"].to_list() == ["contact-ann", "contact-cas"]
    assert frame["event"].to_list() == ["email_sent"] * 2
    assert frame["at"].to_list() == [NOW + 5] * 2
    assert frame["source_id"].to_list() == [f"send:{send(name)['id']}" for name in ("ann", "cas")]
    about = {"recipe": "welcome", "step": "hello", "template": "hello", "channel": "email"}
    assert [json.loads(text) for text in frame["properties"]] == [
        about,
        about | {"template": "other", "variant": "b"},
    ]
    assert frame["enrollment"].to_list() == [send(name)["enrollment"] for name in ("ann", "cas")]


def test_what_was_noticed_comes_with_what_was_sent(state: State) -> None:
    noticed = {
        "contact": "contact-ann",
        "event": "replied",
        "at": NOW,
        "source_id": None,
        "properties": '{"url": "https://example.com"}',
    }
    commit_run(state, begun(), Changes(events=pd.DataFrame([noticed])))
    commit(state, send("ann", channel="sms"))
    stand(state, "ann", status="sent", settled_at=NOW)
    with state.reading() as connection:
        frame = read_events(connection)
    assert frame["event"].to_list() == ["replied", "sms_sent"]
    assert frame["source_id"].isna().to_list() == [True, False]
    assert [str(dtype) for dtype in frame.dtypes] == ["str", "str", "int64", "str", "str", "str"]


def test_without_events_there_are_columns_still(state: State) -> None:
    with state.reading() as connection:
        frame = read_events(connection)
    assert list(frame) == ["contact", "event", "at", "source_id", "properties", "enrollment"]
    assert str(frame["at"].dtype) == "int64"
