"""Variograms and Moran's I of simulated fields whose structure is known, and what they leave of the error of a mean."""

import numpy as np
import pytest
from regionwise.core.validation.autocorrelation import morans_i
from regionwise.core.validation.variogram import Variogram, binned, fitted, standardised, variance_of_mean

SIDE, CELL = 128, 100.0


def field(rng, length):
    """A field with an exponential covariance, by circulant embedding; shape (SIDE, SIDE)."""
    step = np.minimum(np.arange(2 * SIDE), 2 * SIDE - np.arange(2 * SIDE)) * CELL
    power = np.maximum(np.fft.fft2(np.exp(-np.hypot(step[:, None], step) / length)).real, 0)
    noise = rng.normal(size=power.shape) + 1j * rng.normal(size=power.shape)
    return np.fft.fft2(np.sqrt(power / power.size) * noise).real[:SIDE, :SIDE]


def sampled(seed, length=800.0, nugget=0.3, count=500):
    rng = np.random.default_rng(seed)
    values = np.sqrt(1 - nugget) * field(rng, length) + np.sqrt(nugget) * rng.normal(size=(SIDE, SIDE))
    cells = rng.choice(SIDE**2, count, replace=False)
    row, col = np.divmod(cells, SIDE)
    return np.stack([col, row], 1) * CELL, values[row, col][:, None]


def test_the_fitted_variogram_is_that_of_the_field():
    """The median of 20 fields: one field tells its range by little more than its own few hills."""
    found = []
    for seed in range(20):
        positions, errors = sampled(seed)
        variogram = fitted(binned(positions, standardised(errors)))
        found.append((variogram.nugget, variogram.sill, variogram.length))
    nugget, sill, length = np.median(found, axis=0)
    assert nugget == pytest.approx(0.3, abs=0.08)
    assert sill == pytest.approx(0.7, abs=0.1)
    assert length == pytest.approx(800, rel=0.25)


def test_noise_has_no_range():
    positions, errors = sampled(1, nugget=1.0)
    variogram = fitted(binned(positions, standardised(errors)))
    assert variogram.sill < 0.15 * (variogram.sill + variogram.nugget)


def test_an_exact_variogram_is_fitted_exactly():
    truth = Variogram(0.2, 0.7, 1500.0)
    distance = np.linspace(100, 8000, 15)
    found = binned(*sampled(0))._replace(distance=distance, value=truth.value(distance), pairs=np.full(15, 1000))
    assert fitted(found).value(distance) == pytest.approx(truth.value(distance), rel=0.01)
    assert truth.range == 4500


def test_many_places_have_the_pairs_of_neighbours():
    positions, errors = sampled(2, count=3000)
    found = binned(positions, standardised(errors))
    assert found.pairs.sum() < 500_000
    assert found.distance[0] < 400
    assert fitted(found).length == pytest.approx(800, rel=0.6)


def test_too_few_places_tell_nothing():
    positions, errors = sampled(0, count=29)
    assert binned(positions, standardised(errors)) is None
    assert morans_i(positions, errors) is None
    assert binned(np.zeros((50, 2)), errors[:1].repeat(50, 0)) is None


def test_the_error_of_a_mean():
    """Of independent errors the variance over n; of errors that go together the mean of all covariances."""
    positions = np.random.default_rng(0).random((50, 2)) * 1e4
    assert variance_of_mean(Variogram(1.0, 0.0, 1.0), positions, 1 / 50) == pytest.approx(1 / 50)
    assert variance_of_mean(Variogram(0.0, 1.0, 1e12), positions, 1 / 50) == pytest.approx(1)
    some = Variogram(0.2, 0.8, 3000.0)
    gaps = np.linalg.norm(positions[:, None] - positions, axis=2)
    assert variance_of_mean(some, positions, 1 / 50) == pytest.approx(
        (0.8 * np.exp(-gaps / 3000) + 0.2 * np.eye(50)).mean()
    )
    assert variance_of_mean(some, positions[:1], 1.0) == pytest.approx(1)


def test_morans_i_of_rows_and_columns():
    """On a line where neighbours are equal it is high; of noise it is as chance makes it."""
    positions = np.stack([np.arange(400.0), np.zeros(400)], 1)
    found = morans_i(positions, np.sin(np.arange(400) / 40)[:, None])
    assert found.value > 0.9
    assert found.verdict == "neighbours err alike"
    held = [morans_i(positions, np.random.default_rng(s).normal(size=(400, 2)), s) for s in range(40)]
    assert 30 <= sum(m.low <= m.value <= m.high for m in held) <= 40
    assert np.mean([m.value for m in held]) == pytest.approx(-1 / 399, abs=0.01)
