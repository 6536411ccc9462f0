"""Work on several columns, or pieces of a text, side by side: Arrow and NumPy leave Python to others meanwhile."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

import pyarrow as pa

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


def side_by_side(work: Callable[[_Item], _Done], items: Iterable[_Item]) -> Iterator[_Done]:
    """What `work` makes of each of `items`, in their order; as many at once as the machine has processors.

    `items` are asked for one by one, no sooner than somebody is about to take them up. An error is raised where its
    item would come.
    """
    coming = iter(items)
    begun = list(islice(coming, 2))
    if len(begun) < 2 or pa.cpu_count() < 2:
        yield from map(work, chain(begun, coming))
        return
    with ThreadPoolExecutor(pa.cpu_count(), thread_name_prefix="mactl") as pool:
        waiting: deque[Future[_Done]] = deque()
        for item in chain(begun, coming):
            waiting.append(pool.submit(work, item))
            if len(waiting) > pa.cpu_count():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
