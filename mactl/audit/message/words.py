"""The words of structured header fields: comments, quoted strings, and what is between (RFC 5322 3.2)."""

import re
from collections.abc import Iterator
from enum import StrEnum

_PIECE = re.compile(r'[^"()\\]+|.', re.DOTALL)


class Word(StrEnum):
    """What a piece of a field is."""

    TEXT = "text"
    QUOTED = "quoted"
    COMMENT = "comment"


def words_of(text: str) -> Iterator[tuple[Word, str]]:
    """The pieces of a field in order, quotation marks, parentheses and backslashes taken off.

    Never raises; what is not closed ends with the field. Comments that hold comments are one.
    """
    kept: list[str] = []
    kind, depth, escaped = Word.TEXT, 0, False
    for found in _PIECE.finditer(text):
        piece = found[0]
        if escaped:
            kept.append(piece)
            escaped = False
        elif piece == "\\" and kind is not Word.TEXT:
            escaped = True
        elif piece == '"' and kind is not Word.COMMENT:
            yield kind, "".join(kept)
            kept, kind = [], Word.TEXT if kind is Word.QUOTED else Word.QUOTED
        elif piece == "(" and kind is not Word.QUOTED:
            if depth == 0:
                yield kind, "".join(kept)
                kept, kind = [], Word.COMMENT
            else:
                kept.append(piece)
            depth += 1
        elif piece == ")" and kind is Word.COMMENT:
            depth -= 1
            if depth == 0:
                yield kind, "".join(kept)
                kept, kind = [], Word.TEXT
            else:
                kept.append(piece)
        else:
            kept.append(piece)
    yield kind, "".join(kept)


def without_comments(text: str) -> str:
    """A field without its comments; what was quoted stands as `_` where it would divide the field."""
    pieces = []
    for kind, piece in words_of(text):
        if kind is Word.QUOTED:
            piece = re.sub(r"[<>,:;@=\s]", "_", piece)
        pieces.append(" " if kind is Word.COMMENT else piece)
    return "".join(pieces)
