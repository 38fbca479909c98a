"""Yearly stack: which band of a raster is the image of which year, of the series and of its covariates."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ...contract.errors import Problems, RegionwiseError
from ...contract.layer import Layer
from ...data.raster.stack import COVARIATE, MASK, Band, Stack
from ...data.raster.tiles import plan
from ...data.series.image_series import Series
from ...learning.card import BandInfo
from ...runtime.types import Floats

YEARLY = "yearly covariate"  # how a model's card calls those with years
LEARNED = "by a model that learned years up to"  # in the description of a map, before that year
DATE_LENGTH = len("2013-09-14")
RANGES = {  # in which the values of an index lie; others tell of another unit
    "NDVI": (-1.0, 1.0), "EVI": (-1.0, 1.5), "FVC": (-0.1, 1.1), "RSEI": (-0.1, 1.1), "SAVI": (-1.5, 1.5),
    "OSAVI": (-1.5, 1.5), "GNDVI": (-1.0, 1.0), "RVI": (0.0, 60.0),
}  # fmt: skip
OUTSIDE_SHARE = 0.01  # of the values, that may lie outside of the range
ZERO_SHARE = 1e-4  # of the values, from which on it must be said what 0 means
LOOKED_AT = 64  # windows of a raster in which values are looked at
TILE = 256


@dataclass(frozen=True)
class Frames:
    """Which band of a raster is the image of which year.

    Parameters
    ----------
    first : int
        The first year.
    positions : tuple of int
        Band of each year from the first one on, counted from 0; -1 where the year is missing.
    """

    name: str
    unit: str
    first: int
    positions: tuple[int, ...]

    @property
    def years(self) -> list[int]:
        """All years, also the missing ones."""
        return list(range(self.first, self.first + len(self.positions)))

    @property
    def missing(self) -> list[int]:
        """The years without an image."""
        return [year for year, position in zip(self.years, self.positions, strict=True) if position < 0]

    def bands(self, start: int, stop: int) -> list[int]:
        """The bands of years number `start` to `stop` - 1, of those that are there."""
        return [position for position in self.positions[max(start, 0) : max(stop, 0)] if position >= 0]

    def among(self, bands: Sequence[int]) -> Frames:
        """The frames of a block that holds `bands` only; years whose band it lacks are missing."""
        return replace(self, positions=tuple(bands.index(band) if band in bands else -1 for band in self.positions))

    def of(self, block: Floats, start: int, stop: int) -> Floats:
        """The images of years number `start` to `stop` - 1, shape (..., year, row, col), NaN where missing.

        Parameters
        ----------
        block : array, shape (..., band, row, col)
            Raw values. Years before the first and after the last one are missing, too.
        """
        count = len(self.positions)
        wanted = np.array([self.positions[i] if 0 <= i < count else -1 for i in range(start, stop)], np.int64)
        images: Floats = block[..., np.maximum(wanted, 0), :, :].astype(np.float32)
        images[..., wanted < 0, :, :] = np.nan
        return images


@dataclass(frozen=True)
class Covariates:
    """Which bands of a raster are covariates: known always or by year, also of years that are still to come.

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
        """The names of the features of each cell, in order."""
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
        """The features of each cell where the years from number `year` on are forecast, shape (feature, row, col).

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
        bands = list(self.positions)
        for each in self.dated:
            bands += each.bands(year - window, year + horizon)
        return bands

    def of_model(self, bands: Sequence[BandInfo]) -> Covariates:
        """The covariates that a model learned, in its order; `bands` are those of its card.

        Raises
        ------
        RegionwiseError
            If one is missing.
        """
        same = dict(zip(self.names, self.positions, strict=True))
        dated = {each.name: each for each in self.dated}
        names = [band.name for band in bands if band.sensor == COVARIATE]
        years = [band.name for band in bands if band.sensor == YEARLY]
        problems = Problems()
        for name in [name for name in names if name not in same]:
            problems.add(f"The model learned with the covariate '{name}'; add a raster with a band of that name.")
        for name in [name for name in years if name not in dated]:
            problems.add(f"The model learned with the covariate '{name}' of each year; add its images, one per year.")
        units = {band.name: band.unit for band in bands if band.sensor == YEARLY}
        for name, unit in units.items():
            given = dated[name].unit if name in dated else ""
            if unit and given and unit != given:
                problems.add(
                    f"The model learned with the covariate '{name}' in {unit}; yours is in {given}. Convert it."
                )
        problems.raise_any()
        return Covariates(tuple(names), tuple(same[name] for name in names), tuple(dated[name] for name in years))

    def among(self, bands: Sequence[int]) -> Covariates:
        """The covariates of a block that holds `bands` only."""
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


def yearly(series: Series, last_year: int = 0, label: str = "Last year") -> Frames:
    """The frames of a series of one band, up to `last_year`, if that is given.

    Raises
    ------
    RegionwiseError
        If it has several bands, or several dates in a year.
    """
    if len(series.bands) > 1:
        raise RegionwiseError(
            f"Series '{series.path}' has the bands {', '.join(series.names)}; a forecast takes one index.",
            "Make a series of that index alone (Make series, Bands).",
        )
    by_year: dict[int, list[int]] = {}
    for step, when in enumerate(series.dates):
        if not last_year or when.year <= last_year:
            by_year.setdefault(when.year, []).append(step)
    several = {year: steps for year, steps in by_year.items() if len(steps) > 1}
    if several:
        year, steps = next(iter(several.items()))
        dates = ", ".join(series.dates[step].isoformat() for step in steps)
        raise RegionwiseError(
            f"Series '{series.path}' has {len(several)} years with several dates; the first is {year} ({dates}).",
            "Make a series of it with Period = year (Make series), and Months if a part of the year is wanted.",
        )
    if not by_year:
        raise RegionwiseError(
            f"Series '{series.path}' begins in {series.dates[0].year}, after {label} ({last_year}).",
            f"Choose a later {label}.",
        )
    first, last = min(by_year), max(by_year)
    positions = tuple(
        series.position(by_year[year][0], 0) if year in by_year else -1 for year in range(first, last + 1)
    )
    band = series.bands[0]
    return Frames(band.name, band.unit, first, positions)


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
            problems.add(
                f"Covariate '{name}' has several images of {when.year}. Give one image per year (Make series, "
                "Period = year)."
            )
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


def check_values(
    stack: Stack,
    frames: Frames,
    zeros: str,
    label: str,
    remedy: str = "Choose in Zeros whether 0 is data or nodata; the model keeps the answer.",
) -> None:
    """Check some windows of the open `stack`: whether values can be those of the index, and what 0 means.

    Parameters
    ----------
    zeros : str
        ``data``, ``nodata``, or ``ask``.
    remedy : str
        Second sentence of the error about zeros.

    Raises
    ------
    RegionwiseError
        If numbers are not those of the index, or there are zeros and nobody said what they are.
    """
    tiles = list(plan(stack.grid.area, TILE))
    step = max(1, len(tiles) // LOOKED_AT)
    chosen = tiles[::step]
    count, zero, outside, smallest, largest = 0, 0, 0, np.inf, -np.inf
    low, high = RANGES.get(frames.name.upper(), (-np.inf, np.inf))
    for number, tile in enumerate([*chosen, *(tiles[i] for i in range(len(tiles)) if i % step)]):
        if number >= len(chosen) and count:
            break  # the others are looked at only if there was nothing in those
        values = frames.of(stack.read(tile), 0, len(frames.positions))
        values = values[np.isfinite(values)]
        count, zero = count + len(values), zero + int((values == 0).sum())
        outside += int(((values < low) | (values > high)).sum())
        smallest, largest = min(smallest, values.min(initial=np.inf)), max(largest, values.max(initial=-np.inf))
    if not count:
        raise RegionwiseError(f"Series '{label}' has no data.", "Check the nodata values of its rasters.")
    if zeros == "ask" and zero / count > ZERO_SHARE:
        raise RegionwiseError(f"{100 * zero / count:.3g} % of the values of '{label}' are exactly 0.", remedy)
    if outside / count > OUTSIDE_SHARE:
        raise RegionwiseError(
            f"{frames.name} of '{label}' lies between {smallest:g} and {largest:g}; it can be from {low:g} to "
            f"{high:g}.",
            "Make the series with a Scale that brings it there, as 0.0001, or check the name of the band.",
        )


def check_masks(masks: Sequence[Layer]) -> None:
    """Check masks, which are read whole.

    Raises
    ------
    RegionwiseError
        If one knows nothing, or holds other numbers than 1 and 0.
    """
    problems = Problems()
    for layer in masks:
        with Stack({MASK: (layer,)}) as stack:
            known = False
            for tile in plan(stack.grid.area, TILE):
                values = stack.read(tile)
                values = values[np.isfinite(values)]
                known = known or bool(len(values))
                strange = values[(values != 0) & (values != 1)]
                if len(strange):
                    problems.add(
                        f"Mask '{layer}' holds {strange[0]:g}; masks hold 1 inside and 0 outside. "
                        "Write it with 'Extract mask'."
                    )
                    break
            if not known:
                problems.add(f"Mask '{layer}' is nodata everywhere. Choose another, or write it with 'Extract mask'.")
    problems.raise_any()
