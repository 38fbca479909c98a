"""Simulated abundance: series of mixed pixels whose true fractions and courses of classes are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ...runtime.types import Array
from .random_fields import ilr_inverse, random_field

Courses = dict[str, tuple[tuple[float, ...], tuple[float, ...]]]

CLASSES = ("tree", "maize", "rice", "bare")
PARENTS = {"tree": "tree", "maize": "crop", "rice": "crop", "bare": "bare"}
BANDS = ("NDVI", "SWIR")
FIRST, STEP_DAYS, STEPS = date(2020, 1, 1), 16, 23
# of each class: base, amplitude, middle and slope (days) of rise and of fall, of NDVI; and the same of SWIR
COURSES: Courses = {
    "tree": ((0.55, 0.30, 110, 14, 300, 16), (0.16, -0.05, 110, 14, 300, 16)),
    "maize": ((0.18, 0.65, 160, 8, 255, 8), (0.30, -0.14, 160, 8, 255, 8)),
    "rice": ((0.12, 0.68, 200, 7, 285, 9), (0.14, 0.06, 150, 7, 200, 7)),
    "bare": ((0.12, 0.03, 140, 25, 260, 25), (0.34, 0.02, 140, 25, 260, 25)),
}
NOISE = (0.02, 0.01)  # standard deviation by band
REGION_SHIFT = 12.0  # days by which the season of the second region is later
RANGES = (12, 25, 40)  # of the fields that tell the fractions, in cells
CLOUDY = 0.6  # share of the gaps that come as clouds over whole dates' patches


@dataclass(frozen=True)
class SeriesWorld:
    """A simulated area.

    Parameters
    ----------
    values : array, shape (step, band, row, col)
        Observed; NaN where there is a gap.
    shares : array, shape (class, row, col)
    region : array of int, shape (row, col)
        0 is the left half, 1 the right one, whose season is later.
    places : array of int, shape (sample, 2)
        Rows and columns of the sampled cells.
    """

    values: Array
    shares: Array
    region: NDArray[np.int64]
    places: NDArray[np.int64]
    dates: tuple[date, ...]


def courses(days: NDArray[np.float64] | NDArray[np.int64], shift: float = 0.0, table: Courses = COURSES) -> Array:
    """The course of each class at days of the year, double logistic, shape (class, day, band)."""
    by_class = []
    for bands in table.values():
        by_band = []
        for base, amplitude, rise, rising, fall, falling in bands:
            up = 1 / (1 + np.exp(-(days - rise - shift) / rising))
            down = 1 / (1 + np.exp(-(days - fall - shift) / falling))
            by_band.append(base + amplitude * (up - down))
        by_class.append(np.stack(by_band, -1))
    return np.stack(by_class)


def simulate_series(size: int, samples: int, gaps: float, seed: int) -> SeriesWorld:
    """A world of `size` x `size` cells of which the share `gaps` of all values is missing."""
    rng = np.random.default_rng(seed)
    fields = np.stack([random_field(size, cells, rng) for cells in RANGES], -1)
    shares = ilr_inverse(1.6 * fields @ rng.normal(0, 1, (len(RANGES), len(CLASSES) - 1)))  # (row, col, class)
    region = np.repeat((np.arange(size) >= size // 2)[None], size, 0).astype(np.int64)
    dates = tuple(FIRST + timedelta(STEP_DAYS * step) for step in range(STEPS))
    days = np.array([(when - FIRST).days + 1.0 for when in dates])
    pure = np.stack([courses(days), courses(days, REGION_SHIFT)])  # (region, class, step, band)
    values = np.einsum("ijc,ijctb->tbij", shares, pure[region])
    values += rng.normal(0, 1, values.shape) * np.array(NOISE)[None, :, None, None]
    values = np.where(cloudy(size, STEPS, gaps, rng)[:, None], np.nan, values)
    places = np.argwhere(np.ones((size, size), bool))
    chosen = places[np.sort(rng.choice(len(places), samples, replace=False))]
    return SeriesWorld(values, np.moveaxis(shares, -1, 0), region, chosen, dates)


def cloudy(size: int, steps: int, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Where there is no observation, shape (step, row, col): clouds, and single cells."""
    hidden = np.zeros((steps, size, size), bool)
    if not share:
        return hidden
    for step in range(steps):
        # the wet season, in the middle of the year, has more clouds
        here = min(share * (0.6 + 0.8 * np.sin(np.pi * step / (steps - 1))), 0.9)
        cloud = random_field(size, 10, rng)
        hidden[step] = cloud > np.quantile(cloud, 1 - CLOUDY * here)
        hidden[step] |= rng.random((size, size)) < (1 - CLOUDY) * here / (1 - CLOUDY * here)
    return hidden
