"""Ways that a sync's batches go out: to a webhook, again where that may help, and to a file."""

import json
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from mactl.delivery.actions.webhooks import webhook_endpoint
from mactl.delivery.channels.http import Endpoint, HttpSession
from mactl.delivery.channels.rows import RowFile
from mactl.delivery.transport import Answer, Lost, Reply, Stage, Unreachable
from mactl.errors import ConfigurationError
from mactl.project import Project
from mactl.project.systems import Sync
from mactl.store.syncs import Batch

CHANGE, SET, GONE = "change", "set", "gone"
_TRIES = 4
_FIRST_PAUSE = 1.0  # seconds before a batch goes again, twice as long each time
_KEPT = 250


class Way(Protocol):
    """How batches go out."""

    def deliver(self, batch: Batch) -> Answer:
        """Tells it; raises Unreachable."""
        ...

    def close(self) -> None:
        """Ends what is open."""
        ...


def way_of(project: Project, declared: Sync) -> Way:
    """Where the batches of a sync go; ConfigurationError where its webhook is not in mactl.yaml."""
    if declared.to is not None:
        return _ToWebhook(webhook_endpoint(project, declared.to))
    assert declared.file is not None
    return _ToFile(
        RowFile(project.folder, declared.file, ("sync_id", CHANGE, "contact", *others_of(declared)))
    )


def others_of(declared: Sync) -> list[str]:
    """The columns beside the contact's key, which always goes along."""
    return [name for name in declared.columns if name != "contact"]


class _ToWebhook:
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._session: HttpSession | None = None

    def deliver(self, batch: Batch) -> Answer:
        if self._session is None or not self._session.is_open:
            self._session = HttpSession(self._endpoint)
        return self._session.post(batch.body.encode(), batch.id)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()


class _ToFile:
    def __init__(self, file: RowFile) -> None:
        self._file = file

    def deliver(self, batch: Batch) -> Answer:
        told = json.loads(batch.body)
        rows = [(SET, row) for row in told["contacts"]]
        rows += [(GONE, {"contact": key}) for key in told["gone"]]
        base = uuid.UUID(batch.id)
        try:
            self._file.append_all(
                [
                    (
                        str(uuid.uuid5(base, str(n))),
                        [change, row["contact"], *self._cells(told, row)],
                    )
                    for n, (change, row) in enumerate(rows)
                ]
            )
        except OSError as error:
            return Lost(Stage.DATA, f"{self._file.name}: {error.strerror}")
        return Reply(_KEPT, "appended", Stage.MESSAGE)

    def _cells(self, told: dict[str, Any], row: dict[str, Any]) -> list[Any]:
        return [row.get(name) for name in told["columns"] if name != "contact"]

    def close(self) -> None:
        self._file.close()


def tell(way: Way, batch: Batch, pause: Callable[[float], None]) -> tuple[bool | None, str]:
    """Whether the batch was taken, None where that may be another time; and what the other side said."""
    wait, told = _FIRST_PAUSE, ""
    for left in range(_TRIES - 1, -1, -1):
        try:
            answer = way.deliver(batch)
        except (Unreachable, ConfigurationError) as error:
            told = error.message
            if isinstance(error, ConfigurationError):
                return None, told
        else:
            told = (
                f"{answer}: {answer.text}"
                if isinstance(answer, Reply) and answer.text
                else str(answer)
            )
            if isinstance(answer, Reply) and answer.is_taken:
                return True, told
            if isinstance(answer, Reply) and not answer.is_temporary:
                return False, told
        if left:
            pause(wait)
            wait *= 2
    return None, told
