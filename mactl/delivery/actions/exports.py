"""Rows in files below exports/, each once."""

from pathlib import Path

from mactl.delivery.channels.rows import RowFile
from mactl.delivery.transport import Answer, Lost, Reply, Stage, Unreachable
from mactl.errors import ConfigurationError
from mactl.store.actions import ActionKind, QueuedAction

ACTION_ID = "action_id"
"""The header of the first column, by which a row is known again."""
_KEPT = 250  # as of SMTP, like the Maildir's


class Exports:
    """Who appends contacts to files."""

    kinds = (ActionKind.EXPORT,)

    def __init__(self, folder: Path) -> None:
        """`folder` is the project's."""
        self._folder = folder
        self._files: dict[tuple[str, ...], RowFile] = {}

    def way(self, action: QueuedAction) -> str:
        """The file, with the columns of the step."""
        return "\n".join((action.target, *action.body["columns"]))

    def open(self, action: QueuedAction) -> None:
        """The file, where it can be written and has the columns of the step."""
        try:
            self._file(action).check()
        except OSError as error:
            raise Unreachable(f"{action.target}: {error.strerror}") from error

    def perform(self, action: QueuedAction) -> Answer:
        """Appends the row, unless it is there already."""
        try:
            is_new = self._file(action).append(action.id, list(action.body["columns"].values()))
        except OSError as error:
            return Lost(Stage.DATA, f"{action.target}: {error.strerror}")
        except ConfigurationError as error:
            return Lost(Stage.DATA, error.message)
        return Reply(_KEPT, "appended" if is_new else "already there", Stage.MESSAGE)

    def close(self) -> None:
        """Gives the files back."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _file(self, action: QueuedAction) -> RowFile:
        columns = tuple(action.body["columns"])
        key = (action.target, *columns)
        if key not in self._files:
            self._files[key] = RowFile(self._folder, action.target, (ACTION_ID, *columns))
        return self._files[key]


def exported(folder: Path, doubtful: list[tuple[str, str]]) -> set[str]:
    """Which of the actions (id, file) that are in doubt have a row in their file."""
    found: set[str] = set()
    for name in {name for _, name in doubtful}:
        ids = [id for id, file in doubtful if file == name]
        rows = RowFile(folder, name, (ACTION_ID,))
        try:
            found |= rows.holding(ids)
        except OSError:
            continue  # what can't be read proves nothing
        finally:
            rows.close()
    return found
