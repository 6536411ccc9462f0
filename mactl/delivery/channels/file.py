"""A file that a printer, a gateway or an advertising platform fetches: a row for each message, each once."""

from pathlib import Path

from mactl.delivery.channels.channel import Message
from mactl.delivery.channels.rows import RowFile
from mactl.delivery.transport import Answer, Lost, Reply, Stage, Unreachable
from mactl.errors import ConfigurationError

_KEPT = 250  # as of SMTP, like the Maildir's


class FileChannel:
    """A file of `columns`, the first of which is `send_id`."""

    def __init__(self, folder: Path, name: str, columns: tuple[str, ...]) -> None:
        """Raises ConfigurationError where the path leads out of exports/ or the file has other columns, Unreachable
        where it can't be opened."""
        self._file = RowFile(folder, name, columns)
        self._is_open = True
        try:
            self._file.check()
        except OSError as error:
            raise Unreachable(f"{name}: {error.strerror}") from error

    @property
    def is_open(self) -> bool:
        """Whether the last row found its place."""
        return self._is_open

    def deliver(self, message: Message) -> Answer:
        """Appends the message's row, unless it is there already."""
        _, *values = message.told.values()
        try:
            is_new = self._file.append(message.id, values)
        except (OSError, ConfigurationError) as error:
            self._is_open = False
            why = error.strerror if isinstance(error, OSError) else error.message
            return Lost(Stage.DATA, f"{self._file.name}: {why}")
        text = f"{'appended to' if is_new else 'already in'} {self._file.name}"
        return Reply(_KEPT, text, Stage.MESSAGE)

    def close(self) -> None:
        """Gives the file back."""
        self._file.close()
