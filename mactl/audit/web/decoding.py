"""Content-Encoding undone as it comes, never beyond a limit."""

import zlib

_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class TooLarge(Exception):
    """There is more of it than may be."""


class Decoded:
    """The octets of a body whose Content-Encoding is `coding`, at most `largest` of them.

    Raises ValueError for a coding that is not known (RFC 9110 8.4.1).
    """

    def __init__(self, largest: int, coding: str = "") -> None:
        self._largest = largest
        self._body = bytearray()
        self._sent = 0
        coding = coding.strip().lower()
        if coding not in ("", "identity", *_WINDOWS):
            raise ValueError(f"Content-Encoding {coding} was not asked for")
        window = _WINDOWS.get(coding)
        self._inflater = None if window is None else zlib.decompressobj(window)

    def feed(self, data: bytes) -> None:
        """Takes the next octets; raises TooLarge, or ValueError where they can't be decoded."""
        self._sent += len(data)
        if self._inflater is None:
            self._body += data
        elif not self._inflater.eof:
            room = self._largest - len(self._body) + 1
            try:
                self._body += self._inflater.decompress(data, room)
            except zlib.error as problem:
                raise ValueError(f"its compression is broken: {problem}") from None
        if max(self._sent, len(self._body)) > self._largest:
            raise TooLarge

    def whole(self) -> bytes:
        """All of it; raises ValueError where the end of what was compressed is missing."""
        if self._inflater is not None and self._sent and not self._inflater.eof:
            raise ValueError("its compression breaks off")
        return bytes(self._body)


def gunzipped(data: bytes, largest: int) -> bytes:
    """What a gzip file holds; raises TooLarge, or ValueError where it holds nothing readable."""
    decoded = Decoded(max(largest, len(data)), "gzip")
    decoded.feed(data)
    body = decoded.whole()
    if len(body) > largest:
        raise TooLarge
    return body
