"""Persons and the rows that each is made of."""

from dataclasses import dataclass

import numpy as np

from mactl.people.cells import Numbers
from mactl.people.identity.recognising import Identities


@dataclass(frozen=True, slots=True, eq=False)
class Persons:
    """Persons and their rows: `first` is each one's first row, and those of `several` have more.

    `rows` are the rows of `several`, person by person, each in the order of the sources; `starts` is
    where each person's begin.
    """

    first: Numbers
    several: Numbers
    rows: Numbers
    starts: Numbers

    @classmethod
    def of(cls, identities: Identities) -> "Persons":
        """Who has which rows."""
        counts = np.bincount(identities.person, minlength=len(identities.first))
        rows = np.flatnonzero(counts[identities.person] > 1)
        rows = rows[np.argsort(identities.person[rows], kind="stable")]
        several, starts = np.unique(identities.person[rows], return_index=True)
        return cls(identities.first, several, rows, starts)

    def rows_of(self, person: int) -> Numbers:
        """The rows that one of them is made of, in the order of the sources."""
        place = int(np.searchsorted(self.several, person))
        if place == len(self.several) or self.several[place] != person:
            return self.first[person : person + 1]
        ends = np.append(self.starts[1:], len(self.rows))
        return self.rows[self.starts[place] : ends[place]]

    def best(self, rank: Numbers) -> Numbers:
        """For each person the row that ranks highest; of equal ones the first. Ranks count from 0."""
        return self.best_of(rank[self.rows])

    def best_of(self, rank: Numbers) -> Numbers:
        """As `best`, of ranks of `rows` alone."""
        chosen = self.first.copy()
        if len(self.several):
            count = int(self.rows.max()) + 1
            highest = int(rank.max())
            order = (highest - rank) * count + self.rows
            chosen[self.several] = np.minimum.reduceat(order, self.starts) % count
        return chosen
