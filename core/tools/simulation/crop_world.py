"""Simulated crops: fields whose classes are known, over two years with dates of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy.spatial import cKDTree

from ...runtime.types import Array, Index
from .abundance_world import Courses, cloudy, courses

# as in `abundance_world`; soy is a maize that comes later
CROPS: Courses = {
    "maize": ((0.18, 0.65, 150, 8, 245, 8), (0.30, -0.14, 150, 8, 245, 8)),
    "pasture": ((0.30, 0.28, 105, 20, 310, 22), (0.26, -0.06, 105, 20, 310, 22)),
    "rice": ((0.12, 0.68, 200, 7, 285, 9), (0.14, 0.06, 150, 7, 200, 7)),
    "soy": ((0.17, 0.70, 175, 9, 262, 7), (0.30, -0.17, 175, 9, 262, 7)),
    "wheat": ((0.15, 0.60, 75, 12, 170, 8), (0.28, -0.11, 75, 12, 170, 8)),
}
FREQUENCY = ((0.30, 0.15, 0.15, 0.25, 0.15), (0.20, 0.20, 0.20, 0.25, 0.15))  # of each crop, by region
NOISE = (0.06, 0.03)  # standard deviation by band
ONSET_DAYS = 10.0  # standard deviation of a field's season
FIELD_CELLS = 60  # cells of a field, about
SHORTEST_STEP, LONGEST_STEP = 8, 24  # days from image to image
YEARS = (2020, 2021)


@dataclass(frozen=True)
class CropYear:
    """Crops and images of one year.

    Parameters
    ----------
    values : array, shape (step, band, row, col)
        NaN where there is a gap.
    crop : array of int, shape (field,)
        Numbers of `CROPS`.
    """

    dates: tuple[date, ...]
    values: Array
    crop: Index


@dataclass(frozen=True)
class CropWorld:
    """A simulated area of fields.

    Parameters
    ----------
    field : array of int, shape (row, col)
    region : array of int, shape (field,)
        0 lies in the left half, 1 in the right one.
    places : array of int, shape (sample, 2)
        Rows and columns of the sampled cells.
    """

    field: Index
    region: Index
    years: tuple[CropYear, ...]
    places: Index


def simulate_crops(size: int, samples: int, gaps: float, seed: int) -> CropWorld:
    """A world of `size` x `size` cells over two years, in which the share `gaps` of all values is missing."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, size, (max(size**2 // FIELD_CELLS, 10), 2))
    cells = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), -1) + 0.5
    field = cKDTree(centres).query(cells.reshape(-1, 2))[1].reshape(size, size)
    region = (centres[:, 1] >= size / 2).astype(np.int64)
    years = tuple(_year(year, field, region, gaps, rng) for year in YEARS)
    places = np.argwhere(np.ones((size, size), bool))
    chosen = places[np.sort(rng.choice(len(places), samples, replace=False))]
    return CropWorld(field, region, years, chosen)


def _year(year: int, field: Index, region: Index, gaps: float, rng: np.random.Generator) -> CropYear:
    """One year: crops drawn anew, every field's season early or late by chance."""
    crop = np.array([rng.choice(len(CROPS), p=FREQUENCY[number]) for number in region])
    onset = rng.normal(0, ONSET_DAYS, len(region))
    days = np.cumsum(rng.integers(SHORTEST_STEP, LONGEST_STEP + 1, 366 // SHORTEST_STEP))
    days = days[days <= 365]
    course = np.stack([courses(days, shift, CROPS)[number] for shift, number in zip(onset, crop, strict=True)])
    values = np.moveaxis(course[field], (0, 1), (2, 3))
    values = values + rng.normal(0, 1, values.shape) * np.array(NOISE)[None, :, None, None]
    values = np.where(cloudy(len(field), len(days), gaps, rng)[:, None], np.nan, values)
    dates = tuple(date(year, 1, 1) + timedelta(int(day) - 1) for day in days)
    return CropYear(dates, values, crop)


def bayes_probabilities(values: Array, days: Index, region: Index) -> Array:
    """The probability of each crop for pixels under the model that made them, shape (pixel, crop).

    Parameters
    ----------
    values : array, shape (pixel, step, band)
    days : array of int, shape (step,)
        Of the year.
    region : array of int, shape (pixel,)
    """
    shifts = np.linspace(-3, 3, 61) * ONSET_DAYS
    prior = -0.5 * (shifts / ONSET_DAYS) ** 2
    logs = np.empty((len(values), len(CROPS), len(shifts)))
    for number, shift in enumerate(shifts):
        course = courses(days, shift, CROPS)
        gap = (values[:, None] - course[None]) / np.array(NOISE)
        logs[:, :, number] = -0.5 * np.nansum(gap**2, (2, 3)) + prior[number]
    top = logs.max(2, keepdims=True)
    posterior = np.log(np.exp(logs - top).sum(2)) + top[..., 0] + np.log(np.array(FREQUENCY))[region]
    posterior = np.exp(posterior - posterior.max(1, keepdims=True))
    probabilities: Array = posterior / posterior.sum(1, keepdims=True)
    return probabilities
