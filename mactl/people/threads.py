"""Work on several columns, or pieces of a text, side by side: Arrow and NumPy leave Python to others meanwhile."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

from mactl.people.memory import give_back

_MANY = 50_000
_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


def side_by_side(
    work: Callable[[_Item], _Done], items: Iterable[_Item], size: int
) -> Iterator[_Done]:
    """What `work` makes of each of `items`, in their order; as many at once as the machine has processors.

    `size` is how many rows an item has, or bytes: few are done sooner than threads are begun. `items` are asked for
    no sooner than somebody is about to take them up. An error is raised where its item would come.
    """
    if size < _MANY or pa.cpu_count() < 2:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(pa.cpu_count(), thread_name_prefix="mactl") as pool:
        waiting: deque[Future[_Done]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > pa.cpu_count():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    give_back()
