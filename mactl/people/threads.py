"""Work on several columns, or pieces of a text, side by side: Arrow and NumPy leave Python to others meanwhile."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import pyarrow as pa

from mactl.people.memory import give_back

_MANY = 50_000
_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


def parts_of(count: int, least: int = _MANY) -> list[slice]:
    """So many rows as parts to be worked on side by side: one for each processor, but of at least so many."""
    size = max(least, -(-count // pa.cpu_count()))
    return [slice(begin, begin + size) for begin in range(0, count, size)] or [slice(0, 0)]


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


class Ahead(Generic[_Done]):
    """Work that may be begun before anybody needs what it makes."""

    def __init__(self, work: Callable[[], _Done]) -> None:
        self._work = work
        self._done: Future[_Done] | None = None

    def begin(self) -> None:
        """Begin it now, beside whatever else is done."""
        if self._done is None and pa.cpu_count() > 1:
            pool = ThreadPoolExecutor(1, thread_name_prefix="mactl-ahead")
            self._done = pool.submit(self._work)
            pool.shutdown(wait=False)

    def take(self) -> _Done:
        """What it makes, once; it is done now where it was not begun. Raises as the work does."""
        done, self._done = self._done, None
        return self._work() if done is None else done.result()
