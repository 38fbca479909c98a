"""Rolling origin: every year is forecast by models that learned from the years before it only.

Years that train (``=``), validate (``v``) and are forecast (``?``); later ones (``.``) are not known::

    2017  = = = v ? . .
    2018  = = = = v ? .
    2019  = = = = = v ?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..runtime.types import Index
from .splits import Split


class LeakError(ValueError):
    """A year that is forecast was known to what forecasts it."""


@dataclass(frozen=True)
class RollingOrigin:
    """Splits pairs of a place and a year; number of a pair = number of the place * years + number of the year.

    Parameters
    ----------
    first, last : int
        Numbers of the first and the last year that are forecast.
    window : int
        Number of the first year that can train: so many before it are seen.
    years : int
        How many there are.
    """

    first: int
    last: int
    window: int
    years: int

    def splits(self, groups: Index) -> list[Split]:
        """A split for each year and each group of places.

        Parameters
        ----------
        groups : array of int, shape (place,)
            Places of a group are forecast by models that never saw them; all 0: no place is held out.

        Examples
        --------
        >>> import numpy as np
        >>> splits = RollingOrigin(first=3, last=4, window=1, years=5).splits(np.array([0]))
        >>> [(split.train.tolist(), split.validation.tolist(), split.test.tolist()) for split in splits]
        [([1], [2], [3]), ([1, 2], [3], [4])]
        """
        places, splits = np.arange(len(groups)), []
        for year in range(self.first, self.last + 1):
            for group in np.unique(groups):
                tested = groups == group
                seen = places if tested.all() else places[~tested]
                train = (seen[:, None] * self.years + np.arange(self.window, year - 1)).ravel()
                validation = seen * self.years + year - 1
                test = places[tested] * self.years + year
                splits.append(checked(Split(f"{year}.{group}", train, validation, test), self.years))
        return splits


def checked(split: Split, years: int) -> Split:
    """`split`; raise `LeakError` if it learns from the year that it forecasts, or from a later one."""
    known = np.concatenate([split.train, split.validation]) % years
    if len(split.test) and len(known) and known.max() >= (split.test % years).min():
        raise LeakError(f"Split {split.name} learns from year {known.max()} and forecasts {split.test.min() % years}.")
    return split
