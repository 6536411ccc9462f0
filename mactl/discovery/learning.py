"""scikit-learn, which is an extra and loads only where it is used; one thread, so that each run gives the same."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from mactl.errors import ConfigurationError


def need_sklearn(what: str) -> None:
    """ConfigurationError where scikit-learn, which `what` needs, is not installed."""
    if find_spec("sklearn") is None:
        raise ConfigurationError(
            f"{what} needs scikit-learn, which is not installed", "pip install 'mactl[ml]'"
        )


@contextmanager
def steadily() -> Iterator[None]:
    """Within, sums come to the same to the last bit, whatever the number of cores, and a search that has not quite
    settled or found fewer groups than asked for is no matter: what it found is judged by itself."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
