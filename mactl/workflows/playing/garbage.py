"""Garbage: how often Python looks for it while a world plays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 50_000
"""New objects after which it looks through the young ones; by itself Python does after some hundreds."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Within it garbage is looked for seldom, and not among what is there already.

    Modules and declarations are some hundred thousand objects that live as long as the process. To go through them
    again and again took a fifth of all time that stories and simulations need.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
