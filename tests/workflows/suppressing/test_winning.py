"""What is suppressed wins over everything, at planning and at the claim."""

import pytest

from mactl.clock import from_epoch
from mactl.delivery.desk import Go, Skip
from mactl.journey.gates import Gate
from mactl.project import Settings
from mactl.store.covering import Hashing, hash_key
from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.suppressions import Suppression, add_suppressions, suppress_hash
from mactl.store.worker import new_worker
from mactl.workflows.posting.post import Post
from tests.store.making import NOW, queue


def suppress(state: State, entry: str, topic: str = "") -> None:
    with state.writing() as connection:
        if entry.startswith("keyed "):
            address = entry.removeprefix("keyed ")
            suppress_hash(connection, Suppression(address, "erased", "command", NOW, topic))
        else:
            add_suppressions(connection, [Suppression(entry, "rival", "command", NOW, topic)])


def verdicts(state: State) -> dict[str, Go | Skip | object]:
    """What the gates at the claim say of each send in the queue."""
    post = Post(state, Settings(), lambda: NOW, None)
    with Ledger(state, new_worker()) as ledger:
        claimed = ledger.claim(10, NOW)
    judged = post.judge(claimed)
    return {send.address: verdict for send, verdict in zip(claimed, judged, strict=True)}


@pytest.mark.parametrize("marketing", [True, False])
@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("ann@rival.example", "suppressed: rival"),
        ("@rival.example", "suppressed: rival (@rival.example)"),
        ("@*.example", "suppressed: rival (@*.example)"),
        (hash_key(Hashing.SHA256, "ann@rival.example", b""), "suppressed: rival (by its SHA-256)"),
        (hash_key(Hashing.MD5, "ann@rival.example", b""), "suppressed: rival (by its MD5)"),
        ("keyed ann@rival.example", "suppressed: erased (by its keyed hash)"),
    ],
)
def test_a_queued_send_is_skipped_whatever_covers_its_address(
    state: State, entry: str, reason: str, marketing: bool
) -> None:
    address = "ann@rival.example"
    queue(state, "ann", address=address, address_key=address, marketing=marketing)
    queue(state, "bob", marketing=marketing)
    suppress(state, entry)

    assert from_epoch(NOW).hour == 8  # no quiet hours
    assert verdicts(state) == {
        address: Skip(Gate.SUPPRESSION, reason),
        "bob@example.com": Go(),
    }


@pytest.mark.parametrize(
    ("topic", "marketing", "goes"),
    [("news", True, False), ("offers", True, True), ("news", False, True)],
)
def test_a_domain_may_be_suppressed_for_one_topic_which_service_mail_has_not(
    state: State, topic: str, marketing: bool, goes: bool
) -> None:
    queue(state, "ann", marketing=marketing)
    suppress(state, "@example.com", topic)

    assert isinstance(verdicts(state)["ann@example.com"], Go) is goes
