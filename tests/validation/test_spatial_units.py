"""Spatial units: how often intervals of a map's scores hold the map's own, over reference units that cluster."""

import numpy as np
import pytest
from regionwise.core.targets.metrics import composition_scores
from regionwise.core.targets.scored_samples import ScoredSamples
from regionwise.core.validation.spatial_units import spatial_units

SIDE = 100  # cells
RUNS = 60
ALLOWED = 2.5  # standard errors of a simulated share


def smooth_fields(rng, cells, count):
    """Return fields of a map whose correlation falls to .05 over so many cells."""
    steps = np.minimum(np.arange(2 * SIDE), 2 * SIDE - np.arange(2 * SIDE))
    spectrum = np.fft.fft2(np.exp(-3 * np.hypot(steps[:, None], steps) / cells)).real
    noise = rng.normal(size=(count, 2 * SIDE, 2 * SIDE)) + 1j * rng.normal(size=(count, 2 * SIDE, 2 * SIDE))
    return np.fft.fft2(np.sqrt(np.maximum(spectrum, 0)) * noise).real[:, :SIDE, :SIDE] / (2 * SIDE)


def shares(fields):
    odds = np.exp(1.2 * fields)
    return odds / odds.sum(0)


def huddled(rng, clusters, spread, count=200):
    """Return rows and columns around centres, `spread` cells wide."""
    centres = rng.uniform(0, SIDE, (clusters, 2))
    around = centres[np.arange(count) % clusters] + rng.normal(0, spread, (count, 2))
    return np.abs(np.mod(around + SIDE, 2 * SIDE) - SIDE).clip(0, SIDE - 1e-6)


def held(cells, unit_of, clusters, spread):
    """Return how many of the intervals of R2 and RMSE hold those of the whole map."""
    found = []
    for run in range(RUNS):
        rng = np.random.default_rng((cells, clusters, run))
        field, error = smooth_fields(rng, cells, 6).reshape(2, 3, SIDE, SIDE)
        truth, mapped = shares(field), shares(0.75 * field + 0.6 * error)
        places, area = huddled(rng, clusters, spread), rng.uniform(0, SIDE, (1000, 2))
        of_map = composition_scores(scored(truth.reshape(3, -1).T, mapped.reshape(3, -1).T), "abc")[-1]
        rows, cols = places.astype(int).T
        units = scored(truth[:, rows, cols].T, mapped[:, rows, cols].T, unit_of(places, area))
        score = composition_scores(units, "abc")[-1]
        pairs = (score.low, of_map.r2, score.high), (score.rmse_low, of_map.rmse, score.rmse_high)
        found.append([np.nan if None in pair else pair[0] <= pair[1] <= pair[2] for pair in pairs])
    assert np.isnan(found).mean(0).max() < 0.2  # too few clusters bound nothing
    return np.nanmean(found, 0)


def scored(observed, predicted, unit=None):
    number = np.zeros(len(observed), int) if unit is None else unit
    return ScoredSamples.alike(observed, predicted, number.astype(object))


@pytest.mark.parametrize(("cells", "clusters", "spread"), [(10, 20, 2), (50, 12, 3)])
def test_intervals_over_clusters_hold_the_map_s_scores_where_rows_do_not(cells, clusters, spread):
    allowed = ALLOWED * np.sqrt(0.9 * 0.1 / RUNS)
    found = held(cells, spatial_units, clusters, spread)
    assert (found >= 0.85 - allowed).all() and (found <= 0.95 + allowed).all(), found
    rows = held(cells, lambda places, area: np.arange(len(places)), clusters, spread)
    assert (rows < found).all() and rows.min() < 0.75, rows


def test_places_that_lie_as_the_map_does_stay_alone_and_towns_are_found():
    rng = np.random.default_rng(0)
    area = rng.uniform(0, SIDE, (2000, 2))
    assert len(np.unique(spatial_units(area[:200], area))) == 200
    towns = np.array([(10, 10), (50, 80), (90, 20), (20, 60), (80, 70), (50, 40), (15, 90), (65, 5)], float)
    town = np.arange(160) % 8
    number = spatial_units(towns[town] + rng.normal(0, 0.5, (160, 2)), area)
    assert len(np.unique(number)) == 8 and all(len(np.unique(number[town == i])) == 1 for i in range(8))
    at_one = spatial_units(np.full((30, 2), 5.0), area)  # as rows of one village
    assert len(np.unique(at_one)) == 1
    assert len(spatial_units(np.empty((0, 2)), area)) == 0
