"""Whether people fall into groups by themselves, into how many, and who is in which.

k-means always finds as many groups as it is asked for. They are called natural where all of this holds:

- the silhouette (Rousseeuw 1987) is better than on the same people with each aspect shuffled by itself, so that the
  groups are not those of one field alone and not those that noise has, too; where fewer groups are natural already,
  shuffled within those, so that one more is not one of them cut in two by a single field;
- they come back from another half of the people (adjusted Rand index, Hubert & Arabie 1985);
- between each two of them is a valley: seen along the line between their centres, people are rarer in the middle than
  at either end. A long cloud is cut as easily as two clouds, but has none. Centres and people are of different halves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mactl.discovery.learning import steadily
from mactl.discovery.numbers import Floats

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

FEWEST = 60
"""People, below which no group is told from chance."""
MOST_GROUPS = 8
_TRIED = 5_000
"""People whom the number of groups is chosen on."""
_COMPARED = 2_000
"""Of these, those whom the silhouette is made of."""
_SHUFFLES = 5
_HALVES = 6
_MARGIN = 0.02
_STABLE = 0.75
_VALLEY = 0.75
_SMALLEST = 0.03
"""The share of people in the smallest group."""


@dataclass(frozen=True, slots=True)
class Tried:
    """How one number of groups fared."""

    groups: int
    silhouette: float
    shuffled: float
    """The best silhouette of the shuffled people."""
    stability: float | None = None
    """The mean adjusted Rand index over halves; None where it wasn't looked at any more."""
    valley: float | None = None
    """How dense people are between the two groups that are hardest to tell apart, in the sparser one's density."""
    smallest: float = 1.0

    @property
    def is_natural(self) -> bool:
        """Whether these groups are there."""
        return self.why_not is None

    @property
    def why_not(self) -> str | None:
        """What speaks against it."""
        if self.smallest < _SMALLEST:
            return f"one of them has only {self.smallest:.1%} of people"
        if self.silhouette <= self.shuffled + _MARGIN:
            return "they are no clearer than among shuffled people"
        if self.stability is not None and self.stability < _STABLE:
            return "other people give other groups"
        if self.valley is not None and self.valley > _VALLEY:
            return "they run into one another"
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The natural groups of some people, or that there are none."""

    tried: Sequence[Tried]
    chosen: Tried | None
    labels: Labels
    """The group of each, the largest first; all 0 where there are none."""


def group(blocks: Sequence[Matrix], seed: int) -> Grouping:
    """The natural groups of people of whom each block of columns tells an aspect.

    The same for the same `seed`. Needs scikit-learn.
    """
    people = len(blocks[0]) if blocks else 0
    nobody = Grouping((), None, np.zeros(people, np.int64))
    if people < FEWEST or len(blocks) < 2:
        return nobody
    with steadily():
        draw = np.random.default_rng(seed)
        some = np.sort(draw.permutation(people)[:_TRIED])
        search = _Search([block[some] for block in blocks], draw, seed)
        tried, best = [], None
        for k in range(2, MOST_GROUPS + 1):
            tried.append(search.try_groups(k))
            if tried[-1].is_natural:
                best = tried[-1]
                search.take_for_granted(k)
        if best is None:
            return Grouping(tried, None, nobody.labels)
        labels = _means(best.groups, seed).fit(np.hstack(blocks)).labels_.astype(np.int64)
    order = np.argsort(-np.bincount(labels, minlength=best.groups), kind="stable")
    return Grouping(tried, best, np.argsort(order)[labels])


class _Search:
    def __init__(self, blocks: Sequence[Matrix], draw: np.random.Generator, seed: int) -> None:
        self._seed, self._draw, self._blocks = seed, draw, blocks
        self._all = np.hstack(blocks)
        self._halves = [draw.permutation(len(self._all)) for _ in range(_HALVES)]
        self._shuffle(np.zeros(len(self._all), np.int64))

    def take_for_granted(self, k: int) -> None:
        """That there are `k` groups: more of them have to beat people who are shuffled within these."""
        self._shuffle(_means(k, self._seed).fit(self._all).labels_)

    def _shuffle(self, labels: Labels) -> None:
        self._shuffled = [
            np.hstack([block[self._shuffled_rows(labels)] for block in self._blocks])
            for _ in range(_SHUFFLES)
        ]

    def _shuffled_rows(self, labels: Labels) -> Labels:
        """Every row once, where another one of the same group was."""
        rows = np.empty(len(labels), np.int64)
        rows[np.argsort(labels, kind="stable")] = np.lexsort(
            (self._draw.random(len(labels)), labels)
        )
        return rows

    def try_groups(self, k: int) -> Tried:
        """How `k` groups fare; what is dear is asked only where the rest holds."""
        labels = _means(k, self._seed).fit(self._all).labels_
        smallest = float(np.bincount(labels, minlength=k).min()) / len(labels)
        silhouette = self._silhouette(self._all, labels)
        chance = max(
            self._silhouette(other, _means(k, self._seed, 2).fit(other).labels_)
            for other in self._shuffled
        )
        tried = Tried(k, silhouette, chance, smallest=smallest)
        if not tried.is_natural:
            return tried
        stability, valley = self._halved(k)
        return Tried(k, silhouette, chance, stability, valley, smallest)

    def _silhouette(self, matrix: Matrix, labels: Labels) -> float:
        from sklearn.metrics import silhouette_score

        if len(np.unique(labels[:_COMPARED])) < 2:
            return -1.0
        return float(silhouette_score(matrix[:_COMPARED], labels[:_COMPARED]))

    def _halved(self, k: int) -> tuple[float, float]:
        """The mean adjusted Rand index of what both halves say of everybody, and the highest valley."""
        from sklearn.metrics import adjusted_rand_score

        agreed, valleys = [], []
        middle = len(self._all) // 2
        for order in self._halves:
            one, other = self._all[order[:middle]], self._all[order[middle:]]
            first, second = _means(k, self._seed).fit(one), _means(k, self._seed).fit(other)
            agreed.append(adjusted_rand_score(first.predict(self._all), second.predict(self._all)))
            valleys.append(_highest_valley(first.cluster_centers_, other, first.predict(other)))
        return float(np.mean(agreed)), float(np.median(valleys))


def _highest_valley(centres: Matrix, people: Matrix, labels: Labels) -> float:
    """The density of people between two centres, in that at the sparser end; of the pair where it is highest."""
    highest = 0.0
    for i in range(len(centres)):
        for j in range(i + 1, len(centres)):
            way = centres[j] - centres[i]
            length = float(way @ way)
            both = (labels == i) | (labels == j)
            if length == 0 or both.sum() < 4:
                return np.inf
            along = (people[both] - centres[i]) @ way / length
            highest = max(highest, _valley(along, labels[both] == j))
    return highest


def _valley(along: Matrix, is_far: npt.NDArray[np.bool_]) -> float:
    """How deep the valley is between people around 0 and those around 1: 0 where nobody is between them, 1 for none."""
    if is_far.all() or not is_far.any():
        return np.inf
    spread = min(float(along[is_far].std()), float(along[~is_far].std()))
    width = max(0.9 * spread * len(along) ** -0.2, 0.02)
    edges = np.linspace(-1.0, 2.0, 301)
    counts, _ = np.histogram(np.clip(along, -1.0, 2.0), bins=edges)
    steps = np.arange(-150, 151) * 0.01
    kernel = np.exp(-0.5 * (steps / width) ** 2)
    density = np.convolve(counts, kernel / kernel.sum(), mode="same")
    near = int(np.argmax(density[:150]))
    far = 150 + int(np.argmax(density[150:]))
    lowest = float(density[near : far + 1].min())
    return lowest / max(min(float(density[near]), float(density[far])), 1e-9)


def _means(k: int, seed: int, starts: int = 8) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=starts, random_state=seed)


_SAME_WORDS = 0.95
_SAME_ORDER = 0.97
_FEWEST_KNOWN = 20


def followers(
    blocks: Sequence[Matrix], orders: Sequence[Floats | None], most: int = 3_000
) -> dict[int, int]:
    """Blocks that say the same as another one → that one: together they would count twice.

    `orders` has the number by which each puts people into order, NaN where it is not known, and None for words. Words
    follow where the other's words say them (the country says the time zone), numbers where they put people into the
    same order. A word and a number that go together are what groups are made of. Of two alike the first stays.
    """
    follows: dict[int, int] = {}
    some = [np.asarray(block[:most], np.float64) for block in blocks]
    for late in reversed(range(len(some))):
        for other in range(len(some)):
            one, two = orders[late], orders[other]
            if other == late or other in follows:
                continue
            if one is None and two is None:
                is_same = _told(some[late], some[other]) >= _SAME_WORDS
            elif one is None or two is None:
                continue
            else:
                is_same = other < late and _order_alike(one[:most], two[:most]) >= _SAME_ORDER
            if is_same:
                follows[late] = other
                break
    return follows


def _told(late: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """The share of how one block varies that another one says."""
    total = float(late.var(axis=0).sum())
    known = np.column_stack([other, np.ones(len(other))])
    answer, *_ = np.linalg.lstsq(known, late, rcond=None)
    return 1 - float((late - known @ answer).var(axis=0).sum()) / total if total else 0.0


def _order_alike(one: Floats, two: Floats) -> float:
    """Spearman's rank correlation of those of whom both are known, whatever its sign; 0 where they are few."""
    known = ~(np.isnan(one) | np.isnan(two))
    if known.sum() < max(_FEWEST_KNOWN, 0.5 * min((~np.isnan(one)).sum(), (~np.isnan(two)).sum())):
        return 0.0
    ranks = [_ranks(column[known]) for column in (one, two)]
    if min(rank.std() for rank in ranks) == 0:
        return 0.0
    return abs(float(np.corrcoef(ranks[0], ranks[1])[0, 1]))


def _ranks(column: Floats) -> Floats:
    _, places, counts = np.unique(column, return_inverse=True, return_counts=True)
    middle: Floats = (np.cumsum(counts) - counts / 2)[places]
    return middle
