"""Simulated susceptibility: terrain whose probability of an event is known, and differs a little between blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ...data.raster.ground_cells import CellSizes
from ...features.terrain import Surface
from ...runtime.types import Array, Index
from .random_fields import random_field

FACTORS = ("dem", "slope", "aspect", "wetness", "lithology", "velocity")
BLOCKS_PER_SIDE = 8
HEIGHT_M, ROUGH_M = 250.0, 40.0  # deviations of the hills, and of what lies on them
LITHOLOGY = (-0.8, -0.1, 0.3, 0.9)  # effect of each code, counted from 1
BASE, SLOPE, SOUTH, WETNESS = -3.6, 1.3, 0.5, 0.6  # effects on the logit
EVENT_SHARE = 1 / 3  # of the samples: far more than in the world, as inventories are used
BLOCK_BASE, BLOCK_SLOPES = 0.5, 0.4  # deviations of a block's own effects
WEAK_SHARE = 0.15  # weak labels, for each trusted sample
MOVING = 2.0  # deviations of the velocity, beyond which a label is weak
FLAT_DEGREES = 1.0  # slope below which there is no aspect


@dataclass(frozen=True)
class EventWorld:
    """A simulated area.

    Parameters
    ----------
    factors : array, shape (factor, row, col)
        Of `FACTORS`; the aspect in degrees from north, -1 where it is flat; the velocity tells nothing.
    probability : array, shape (row, col)
        Of an event.
    block : array of int, shape (row, col)
    places : array of int, shape (sample, 2)
        Row and column; the weak ones come last.
    label, weak : array of bool, shape (sample,)
        A third of the trusted samples are events, which are far rarer in the world. A weak label is an event wherever
        the ground moves fast: this is how such labels are chosen, and tells nothing.
    """

    factors: Array
    probability: Array
    block: Index
    places: Index
    label: NDArray[np.bool_]
    weak: NDArray[np.bool_]


def simulate_events(size: int, samples: int, cell_m: float, seed: int) -> EventWorld:
    """A world of `size` x `size` cells."""
    rng = np.random.default_rng(seed)
    dem = HEIGHT_M * random_field(size + 2, size / 5, rng) + ROUGH_M * random_field(size + 2, size / 25, rng) + 900
    surface = Surface.of(dem.astype(np.float32), CellSizes.squares(cell_m))
    slope, (east, north) = surface.slope(), surface.downhill()
    aspect = np.where(slope < FLAT_DEGREES, -1.0, np.degrees(np.arctan2(east, north)) % 360)
    wetness, velocity = random_field(size, size / 8, rng), random_field(size, size / 12, rng)
    rock = np.digitize(random_field(size, size / 4, rng), [-0.7, 0.0, 0.8])
    block = _blocks(size)
    block_base, block_slope, block_wet = rng.normal(0, 1, (3, BLOCKS_PER_SIDE**2))
    steep = (slope - slope.mean()) / slope.std()
    logit = BASE + BLOCK_BASE * block_base[block] + (SLOPE + BLOCK_SLOPES * block_slope[block]) * steep
    logit += (WETNESS + BLOCK_SLOPES * block_wet[block]) * wetness - SOUTH * north + np.array(LITHOLOGY)[rock]
    probability = expit(logit)
    factors = np.stack([dem[1:-1, 1:-1], slope, aspect, wetness, rock + 1.0, velocity])
    cells = rng.permutation(size * size)
    happened = rng.random(size * size)[cells] < probability.ravel()[cells]
    events = cells[happened][: round(EVENT_SHARE * samples)]
    trusted = np.concatenate([events, cells[~happened][: samples - len(events)]])
    rest = np.setdiff1d(cells, trusted)
    fast = rng.permutation(rest[np.abs(velocity.ravel()[rest]) > MOVING])[: round(WEAK_SHARE * samples)]
    places = np.stack(np.divmod(np.concatenate([trusted, fast]), size), 1)
    weak = np.arange(len(places)) >= len(trusted)
    label = weak | (np.arange(len(places)) < len(events))
    return EventWorld(factors, probability, block, places, label, weak)


def _blocks(size: int) -> Index:
    """The number of the square block of each cell."""
    band = np.arange(size) * BLOCKS_PER_SIDE // size
    numbers: Index = band[:, None] * BLOCKS_PER_SIDE + band
    return numbers
