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


def test_an_email_that_a_server_refused_has_bounced(state: State) -> None:
    names = ["gone", "full", "spam", "late", "never", "ours", "sms", "back"]
    commit(state, *(send(name, channel="sms" if name == "sms" else "email") for name in names))
    said = {
        "gone": ("address", "550", "5.1.1 no such user"),
        "full": ("mailbox", "552", "5.2.2 full"),
        "spam": ("policy", "554", "spam"),
        "late": ("system", "451", "4.3.0 later"),
        "never": ("system", None, "no route"),  # no server said so
        "ours": ("content", None, None),
        "sms": ("system", "404", "no"),
        "back": ("address", "550", "5.1.1 no such user"),
    }
    for name, (kind, code, response) in said.items():
        stand(
            state,
            name,
            status="failed",
            settled_at=NOW + 5,
            kind=kind,
            code=code,
            response=response,
        )
    came_back = {
        "contact": "contact-back",
        "event": "email_bounced",
        "at": NOW + 9,
        "source_id": f"bounced:{send('back')['id']}",
        "properties": "{}",
    }
    commit_run(state, begun(), Changes(events=pd.DataFrame([came_back])))
    with state.reading() as connection:
        frame = read_events(connection)
    assert frame["event"].to_list() == ["email_bounced"] * 5
    assert frame["source_id"].is_unique
    about = {
        contact.removeprefix("contact-"): json.loads(text)
        for contact, text in zip(frame["contact"], frame["properties"], strict=True)
        if text != "{}"
    }
    told = ("bounce", "bounce_status", "bounce_cause")
    assert {name: tuple(row[key] for key in told) for name, row in about.items()} == {
        "gone": ("hard", "5.1.1", "address"),
        "full": ("soft", "5.2.2", "mailbox"),
        "spam": ("soft", "5", "sender"),
        "late": ("soft", "4.3.0", "mailbox"),
    }
    assert about["gone"]["step"] == "hello"
    assert frame.loc[frame["contact"] == "contact-gone", "at"].to_list() == [NOW + 5]


def test_without_events_there_are_columns_still(state: State) -> None:
    with state.reading() as connection:
        frame = read_events(connection)
    assert list(frame) == ["contact", "event", "at", "source_id", "properties", "enrollment"]
    assert str(frame["at"].dtype) == "int64"
