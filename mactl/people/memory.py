"""The memory that tables of millions of rows take, and leave."""

import ctypes
import sys

import pyarrow as pa

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def give_back() -> None:
    """Return what is of no more use to the system: Arrow and the C library would keep it for what is to come."""
    pa.default_memory_pool().release_unused()
    if _trim is not None:  # glibc alone has it
        _trim(0)
