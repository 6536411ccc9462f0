"""What is left of a recording that somebody interrupts."""

from pathlib import Path

import pytest

from mactl.audit.tape import Recording
from mactl.errors import TryAgainLater
from mactl.workflows.auditing.sources import Opened
from tests.audit.peers import Zone, means_of


@pytest.mark.parametrize("why, is_written", [(KeyboardInterrupt, False), (TryAgainLater, True)])
def test_a_recording_that_is_interrupted_leaves_the_one_before(
    why: type[BaseException], is_written: bool, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b"before")
    recording = Recording(means_of(Zone()))

    with pytest.raises(why), Opened(recording.means, recording, path):
        raise why("now")

    assert (path.read_bytes() != b"before") is is_written
