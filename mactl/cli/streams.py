"""Where the process writes: a reader who has gone, or can't read every letter, is no error; a full disk is one."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Sink(io.FileIO):
    """A file descriptor that takes everything: what can't be written any more goes nowhere."""

    failure: OSError | None = None

    def write(self, data: "ReadableBuffer", /) -> int | None:  # type: ignore[override]  # as FileIO's own is
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as failed:
                self.failure = failed
        return memoryview(data).nbytes


@contextmanager
def guarded_streams() -> Iterator[None]:
    """Let a command go on where its reader leaves, as `head` does, so that it ends with the status of what it did.

    SIGPIPE is left alone: it would end a run in the middle of a message, where a mail server hangs up. An
    answer that could not be written for another reason ends with status 1 and a line on stderr.
    """
    sys.stdout, answer = _guarded(sys.stdout)
    sys.stderr, _ = _guarded(sys.stderr)
    try:
        yield
    finally:
        _flush(answer)


def _flush(answer: _Sink | None) -> None:
    if answer is None:
        return
    sys.stdout.flush()
    failed = answer.failure
    if failed is not None and not isinstance(failed, BrokenPipeError):
        sys.stderr.write(f"mactl: the answer could not be written: {failed.strerror}\n")
        raise SystemExit(1)


def _guarded(stream: TextIO) -> tuple[TextIO, _Sink | None]:
    if not isinstance(stream, io.TextIOWrapper):
        return stream, None  # closed, or somebody else's, who looks after it
    try:
        raw = _Sink(stream.fileno(), "w", closefd=False)
    except OSError:
        return stream, None
    stream.flush()
    text = io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        # A terminal of another age shows \u2192 for an arrow.
        errors="backslashreplace" if stream.errors == "strict" else stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    return text, raw
