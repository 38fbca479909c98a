"""Simulated composition: a world whose true shares are known, to see what a score is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...runtime.types import Array
from .random_fields import ilr_inverse, random_field

COMPONENTS = ("F", "F_NF", "NF_F", "NF")
BANDS = ("RED", "GREEN", "BLUE", "NIR", "SWIR1", "SWIR2", "TEMP1")
NIGHT = "VIIRS"
RANGES = (15, 25, 40, 60, 80)  # of the covariates, in cells
PRECISION = 30.0  # of the Dirichlet that draws labels
CENTRES, SPREAD = 60, 3.0  # of the clustered designs: number, and deviation in cells
SAMPLES_PER_CELL = 1500 / 256**2
SETTLED = 0.10  # share of cells that are settlements


@dataclass(frozen=True)
class World:
    """A simulated area; rasters are (band, row, col), `places` are (row, col) of sampled cells.

    Parameters
    ----------
    settled : array of bool, shape (row, col)
        Settlements, where all samples are.
    group : array of int, shape (sample,)
        Samples of one group share a label in the broadcast design.
    """

    day: Array
    night: Array
    shares: Array
    region: NDArray[np.int64]
    settled: NDArray[np.bool_]
    places: NDArray[np.int64]
    labels: Array
    group: NDArray[np.int64]


def simulate_world(size: int, design: str, seed: int, units: int = 0) -> World:
    """A world of `size` x `size` cells sampled by `design`.

    Parameters
    ----------
    units : int
        Clusters of the clustered design, or units whose label is broadcast; 0: `CENTRES`, or twice as many.
    """
    rng = np.random.default_rng(seed)
    covariates = np.stack([random_field(size, cells, rng) for cells in RANGES], -1)
    region = _regions(size, rng)
    shares = _true_shares(covariates, region, size, rng)
    density = random_field(size, 8, rng) + 0.6 * covariates[..., 0]
    settled = density > np.quantile(density, 1 - SETTLED)
    mixing = rng.normal(0, 1, (len(RANGES), len(BANDS)))
    day = np.moveaxis(covariates @ mixing, -1, 0) + rng.normal(0, 0.3, (len(BANDS), size, size))
    night = np.exp(density + rng.normal(0, 0.2, (size, size)))[None]
    places, labels, group = sample(shares, settled, design, units, rng)
    return World(day, night, np.moveaxis(shares, -1, 0), region, settled, places, labels, group)


def sample(
    shares: Array, settled: NDArray[np.bool_], design: str, units: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Array, NDArray[np.int64]]:
    """Places, labels and groups of samples, as a `World` has them, of true shares (row, col, component)."""
    places = _places(settled, design, units or CENTRES, rng)
    return (places, *_labels(shares, places, design, units or 2 * CENTRES, rng))


def _regions(size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A perturbed Voronoi partition into four to six regions."""
    seeds = rng.uniform(0, size, (int(rng.integers(4, 7)), 2))
    rows, cols = np.mgrid[:size, :size]
    shift = [random_field(size, size / 4, rng) * size / 20 for _ in range(2)]
    nearest = cKDTree(seeds).query(np.stack([rows + shift[0], cols + shift[1]], -1))[1]
    # numbers without gaps, whatever the seeds that own no cell
    return np.unique(nearest, return_inverse=True)[1].reshape(size, size).astype(np.int64)


def _true_shares(covariates: Array, region: NDArray[np.int64], size: int, rng: np.random.Generator) -> Array:
    """True shares (row, col, component): common and regional effects, interaction, an unseen field."""
    count = len(COMPONENTS) - 1
    common = rng.normal(0, 0.5, (len(RANGES), count))
    regional = rng.normal(0, 0.25, (region.max() + 1, len(RANGES), count))
    eta = np.einsum("ijk,ijkc->ijc", covariates, (common + regional)[region])
    eta += 0.5 * np.tanh(covariates[..., :1] * covariates[..., 1:2])
    eta += 0.7 * np.stack([random_field(size, 30, rng) for _ in range(count)], -1)
    return ilr_inverse(eta)


def _places(settled: NDArray[np.bool_], design: str, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The sampled cells, shape (n, 2), about so many centres if they are clustered."""
    size = len(settled)
    n = max(60, round(SAMPLES_PER_CELL * size**2))
    cells = np.argwhere(settled)
    if design == "uniform":
        return cells[rng.choice(len(cells), min(n, len(cells)), replace=False)]
    centres = cells[rng.choice(len(cells), count)]
    tries = 4 * n  # many fall outside settlements or on one another
    drawn = centres[rng.integers(0, count, tries)] + np.rint(rng.normal(0, SPREAD, (tries, 2))).astype(int)
    drawn = np.unique(np.clip(drawn, 0, size - 1), axis=0)
    inside = drawn[settled[drawn[:, 0], drawn[:, 1]]]
    chosen: NDArray[np.int64] = inside[np.sort(rng.permutation(len(inside))[:n])]
    return chosen


def _labels(
    shares: Array, places: NDArray[np.int64], design: str, count: int, rng: np.random.Generator
) -> tuple[Array, NDArray[np.int64]]:
    """Observed shares and the group of each label; broadcast gives a cluster its mean."""
    truth = shares[places[:, 0], places[:, 1]]
    labels = rng.gamma(PRECISION * truth + 1e-9)
    labels /= labels.sum(1, keepdims=True)
    if design != "clustered_broadcast":
        return labels, np.arange(len(places))
    # townships: cells of a coarse partition share one label, the mean of theirs
    towns = places[rng.choice(len(places), min(count, len(places)), replace=False)]
    group = cKDTree(towns).query(places)[1]
    sizes = np.maximum(np.bincount(group, minlength=len(towns)), 1)
    means = np.stack([np.bincount(group, column, len(towns)) for column in labels.T], 1) / sizes[:, None]
    return means[group], group
