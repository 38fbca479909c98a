"""Covariates: what else is known of each cell, always the same or by year, also of years that are still to come."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ...contract.errors import Problems
from ...data.raster.stack import COVARIATE, Band
from ...runtime.types import Floats
from .yearly_stack import Frames

YEARLY = "yearly covariate"  # how a model's card calls those with years
DATE_LENGTH = len("2013-09-14")


@dataclass(frozen=True)
class Covariates:
    """Which bands of a raster are covariates.

    Parameters
    ----------
    names : tuple of str
        Of those that are the same in all years.
    positions : tuple of int
        Their bands, counted from 0.
    dated : tuple of Frames
        Those with an image per year; year number 0 is that of the series.
    """

    names: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()
    dated: tuple[Frames, ...] = ()

    def features(self, horizon: int) -> list[str]:
        """The names of what is told of each cell, in order."""
        leads = [f"+{lead}" for lead in range(1, horizon + 1)]
        return [*self.names, *(f"{each.name} {part}" for each in self.dated for part in ("mean", "last", *leads))]

    def later(self, lead: int, horizon: int) -> list[int]:
        """Which of `features` are of years after the one that is `lead` (from 1 on) ahead."""
        ends = [f" +{after}" for after in range(lead + 1, horizon + 1)]
        first = len(self.names)
        return [
            first + number
            for number, name in enumerate(self.features(horizon)[first:])
            if any(name.endswith(end) for end in ends)
        ]

    def table(self, block: Floats, year: int, window: int, horizon: int) -> Floats:
        """Return what is told of each cell where the years from number `year` on are forecast: (feature, row, col).

        Of a covariate with years: its mean in the years that are seen, and the distances from it of the last of them
        and of each year that is forecast. NaN is missing.

        Parameters
        ----------
        block : array, shape (band, row, col)
            Raw values.
        """
        parts = [block[list(self.positions)]]
        for each in self.dated:
            seen = each.of(block, year - window, year)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of means of nothing, which are NaN
                mean = np.nanmean(seen, 0, keepdims=True)
            parts += [mean, seen[-1:] - mean, each.of(block, year, year + horizon) - mean]
        return np.concatenate(parts)

    def bands(self, year: int, window: int, horizon: int) -> list[int]:
        """The bands that `table` needs."""
        found = list(self.positions)
        for each in self.dated:
            found += each.bands(year - window, year + horizon)
        return found

    def learned(self, card: Sequence[Mapping[str, str]]) -> Covariates:
        """Those that a model learned, in its order; `card` lists its bands.

        Raises
        ------
        RegionwiseError
            If one is missing.
        """
        same = dict(zip(self.names, self.positions, strict=True))
        dated = {each.name: each for each in self.dated}
        names = [band["name"] for band in card if band["sensor"] == COVARIATE]
        years = [band["name"] for band in card if band["sensor"] == YEARLY]
        problems = Problems()
        for name in [name for name in names if name not in same]:
            problems.add(f"The model learned with the covariate '{name}'; add a raster with a band of that name.")
        for name in [name for name in years if name not in dated]:
            problems.add(f"The model learned with the covariate '{name}' of each year; add its images, one per year.")
        units = {band["name"]: band.get("unit", "") for band in card if band["sensor"] == YEARLY}
        for name, unit in units.items():
            own = dated[name].unit if name in dated else ""
            if unit and own and unit != own:
                problems.add(f"The model learned with the covariate '{name}' in {unit}; yours is in {own}. Convert it.")
        problems.raise_any()
        return Covariates(tuple(names), tuple(same[name] for name in names), tuple(dated[name] for name in years))

    def among(self, bands: Sequence[int]) -> Covariates:
        """The same of a block that holds `bands` only."""
        positions = tuple(bands.index(position) for position in self.positions)
        return replace(self, positions=positions, dated=tuple(each.among(bands) for each in self.dated))

    def check(self, first: int, last: int, why: str) -> None:
        """Raise `RegionwiseError` if a covariate with years lacks one of the years number `first` to `last`."""
        problems = Problems()
        for each in self.dated:
            absent = [year for year in range(first, last + 1) if not each.bands(year, year + 1)]
            if absent:
                known = [year for year in each.years if year not in each.missing]
                problems.add(
                    f"Covariate '{each.name}' has {f'images up to {known[-1]}' if known else 'no images'}, none of "
                    f"{each.first + absent[0]}; {why}. Add its coming years (as a scenario)."
                )
        problems.raise_any()


def covariates_of(bands: Sequence[Band], first: int) -> Covariates:
    """The covariates among the bands of a stack; those called ``NAME YYYY-MM-DD`` belong to years.

    Parameters
    ----------
    first : int
        The first year of the series.

    Raises
    ------
    RegionwiseError
        If one has several images in a year.
    """
    names, positions, problems = [], [], Problems()
    dated: dict[str, dict[int, int]] = {}
    for position, band in enumerate(bands):
        if band.sensor != COVARIATE:
            continue
        name, when = name_and_date(band.name)
        if when is None:
            names.append(band.name)
            positions.append(position)
        elif dated.setdefault(name, {}).setdefault(when.year, position) != position:
            problems.add(f"Covariate '{name}' has several images of {when.year}. Give one image per year.")
    problems.raise_any()
    units = {name: bands[min(years.values())].unit for name, years in dated.items()}
    frames = [
        Frames(name, units[name], first, tuple(years.get(year, -1) for year in range(first, max(years) + 1)))
        for name, years in dated.items()
    ]
    return Covariates(tuple(names), tuple(positions), tuple(frames))


def name_and_date(text: str) -> tuple[str, date | None]:
    """The name and the date of a band called ``NAME YYYY-MM-DD``; another name has no date."""
    try:
        return text[: -DATE_LENGTH - 1], date.fromisoformat(text[-DATE_LENGTH:])
    except ValueError:
        return text, None
