"""Phenology: what stands at a calendar's days, features with known answers, and unmixing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.features.series_features import (
    NO_STEP,
    SeriesFeatures,
    calendar_of,
    harmonic_matrix,
    resample,
    since_phase,
)
from regionwise.core.learners.unmixing_learner import fit_endmembers

RNG = np.random.default_rng(0)


def test_between_observations_stands_what_lies_between_them():
    values = RNG.normal(size=(40, 10, 2)).astype(np.float32)
    values[RNG.random(values.shape) < 0.5] = np.nan
    values[0, :, 0] = np.nan
    days = np.sort(RNG.choice(np.arange(1, 200), (10,), replace=False))
    calendar = np.arange(1, 220, 13)
    found = resample(values, days, calendar)
    for pixel in range(40):
        for band in range(2):
            there = np.isfinite(values[pixel, :, band])
            if there.any():
                expected = np.interp(calendar, days[there], values[pixel, there, band])
                np.testing.assert_allclose(found[pixel, :, band], expected, atol=1e-4)
            else:
                assert np.isnan(found[pixel, :, band]).all()


def test_each_pixel_may_have_days_of_its_own_and_fewer_steps():
    values = np.array([[[1.0], [3.0], [np.nan]], [[5.0], [6.0], [7.0]]], np.float32)
    days = np.array([[1, 11, NO_STEP], [1, 6, 11]])
    np.testing.assert_allclose(resample(values, days, np.array([1, 6, 11]))[..., 0], [[1, 2, 3], [5, 6, 7]])


def test_steps_that_fill_up_change_nothing():
    values = RNG.normal(size=(8, 5, 2)).astype(np.float32)
    days = np.tile(np.array([3, 20, 40, 61, 80]), (8, 1))
    longer = np.concatenate([values, np.full((8, 2, 2), np.nan, np.float32)], 1)
    more = np.concatenate([days, np.full((8, 2), NO_STEP)], 1)
    calendar = np.array([1, 30, 60, 90])
    np.testing.assert_array_equal(resample(values, days, calendar), resample(longer, more, calendar))


def features(calendar=(1, 31, 61, 92, 122, 153, 183, 214, 244, 275, 305, 336)):
    return SeriesFeatures(("NDVI", "SWIR"), ("rain",), calendar, 0)


def described(values, days, ancillary=7.0):
    pixels = np.concatenate([values.reshape(len(values), -1), np.full((len(values), 1), ancillary, np.float32)], 1)
    maker = features()
    return dict(zip(maker.names(), maker.table(pixels.astype(np.float32), days).T, strict=True))


def test_features_of_a_wave_are_its_numbers():
    days = np.array(features().calendar)
    angle = 2 * np.pi * days / 365.2425
    wave = 0.5 + 0.3 * np.sin(angle) - 0.1 * np.cos(2 * angle)
    values = np.stack([wave, np.full(12, 0.2)], 1)[None].astype(np.float32)
    found = described(values, days)
    assert found["NDVI sine 1"][0] == pytest.approx(0.3, abs=1e-5)
    assert found["NDVI cosine 2"][0] == pytest.approx(-0.1, abs=1e-5)
    assert found["NDVI high"][0] == pytest.approx(wave.max())
    assert found["NDVI day of the high"][0] == days[wave.argmax()]
    assert found["SWIR range"][0] == 0 and found["rain"][0] == 7 and found["NDVI missing"][0] == 0


def test_the_same_course_at_other_dates_or_in_another_year_has_the_same_features():
    days = np.array(features().calendar)
    wave = lambda d: np.stack([0.001 * d, 0.3 - 0.0005 * d], -1)[None].astype(np.float32)  # noqa: E731
    other = np.array([1, 20, 55, 100, 130, 190, 230, 270, 300, 336])
    one, two = described(wave(days), days + 730_000), described(wave(other), other + 730_365)
    for name in one:
        if name != "NDVI missing":
            np.testing.assert_allclose(one[name], two[name], atol=2e-5, err_msg=name)


def test_calendars_are_the_median_of_the_usual_series():
    days = 730_000 + np.array([[10, 26, 42], [12, 28, 46], [11, 27, 0]])
    days[2, 2] = 0
    calendar, phase = calendar_of(days)
    assert phase == round((730_010 - 1) % 365.2425 + 1)
    assert np.diff(calendar).tolist() == [16, 17]  # the third one is shorter and says nothing about the end
    assert since_phase(days, phase)[2, 2] == NO_STEP
    assert np.diff(since_phase(days, phase)[2, :2]).tolist() == [16]
    long = np.zeros((6, 20), int)
    long[:, :3] = days[0]
    long[0] = days[0, 0] + 16 * np.arange(20)
    assert len(calendar_of(long)[0]) == 3  # one long sample does not set it


def test_a_series_without_its_first_date_is_where_it_belongs_in_the_year():
    days = 730_000 + 120 + 16 * np.arange(12)
    calendar, phase = calendar_of(np.tile(days, (5, 1)))
    values = np.arange(12, dtype=np.float32)[None, :, None]
    found = resample(values[:, 1:], since_phase(days[1:], phase), np.array(calendar))
    assert found[0, :, 0].tolist() == [1, *range(1, 12)]
    next_year = resample(values[:, 1:], since_phase(days[1:] + 365, phase), np.array(calendar))
    np.testing.assert_allclose(next_year, found, atol=0.05)


def test_short_calendars_have_fewer_waves():
    assert len(harmonic_matrix(np.array([1, 100]))) == 1
    assert len(harmonic_matrix(np.array([1, 100, 200]))) == 3
    assert len(harmonic_matrix(np.arange(1, 366, 16))) == 5


def test_signatures_are_found_in_mixed_samples():
    endmembers = RNG.normal(size=(3, 10))
    shares = RNG.dirichlet(np.ones(3), 500)
    found = fit_endmembers(shares @ endmembers, shares, np.ones(500))
    np.testing.assert_allclose(found, endmembers, atol=0.02)


@given(st.integers(0, 1000))
def test_series_of_the_same_days_are_resampled_as_each_alone(seed):
    rng = np.random.default_rng(seed)
    steps = int(rng.integers(2, 12))
    days = np.sort(rng.choice(np.arange(1, 200), steps, replace=False))
    calendar = np.sort(rng.choice(np.arange(-10, 220), 5, replace=False))
    values = rng.normal(0, 1, (6, steps, 2)).astype(np.float32)
    values[4, rng.integers(steps)] = np.nan  # one has a gap
    together = resample(values, days, calendar)
    each = resample(values, np.repeat(days[None], 6, 0), calendar)
    np.testing.assert_array_equal(together, each)
