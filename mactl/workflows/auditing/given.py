"""What an audit is given to read: a file, or what comes in where its name is `-`."""

import sys
from pathlib import Path

_STDIN = Path("-")


def name_of(path: Path) -> str:
    """What to call it in messages."""
    return "stdin" if path == _STDIN else str(path)


def octets_of(path: Path, largest: int) -> bytes:
    """Its octets, one more than `largest` where there are more. Raises OSError."""
    if path == _STDIN:
        return sys.stdin.buffer.read(largest + 1)
    with path.open("rb") as file:
        return file.read(largest + 1)
