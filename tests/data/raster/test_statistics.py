"""Streamed statistics equal those of the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.raster.statistics import Statistics, read_scaling


@given(st.integers(0, 999), st.integers(1, 7), st.floats(-1e6, 1e6, allow_subnormal=False))
def test_streamed_statistics_equal_the_whole(seed, chunks, offset):
    rng = np.random.default_rng(seed)
    values = (rng.normal(0, 1, (2, 60)) + offset).astype(np.float32)
    values[0, rng.random(60) < 0.3] = np.nan
    statistics = Statistics(["a", "b"])
    for chunk in np.array_split(values, chunks, axis=1):
        statistics.add(chunk)
    scaling = statistics.scaling()
    exact = values.astype(np.float64)
    np.testing.assert_allclose(scaling.mean, np.nanmean(exact, 1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(scaling.std, np.nanstd(exact, 1), rtol=1e-6)
    assert scaling.count[0] == np.isfinite(values[0]).sum()


def test_constant_band_becomes_zero_and_nodata_stays():
    statistics = Statistics(["a"])
    values = np.array([[[5.0, 5.0, np.nan]]], np.float32)
    statistics.add(values)
    scaled = statistics.scaling().apply(values)
    assert scaled[0, 0, :2].tolist() == [0, 0]
    assert np.isnan(scaled[0, 0, 2])


def test_band_without_data_is_named():
    statistics = Statistics(["NIR"])
    statistics.add(np.full((1, 2, 2), np.nan, np.float32))
    with pytest.raises(RegionwiseError, match="Band 'NIR' has no data"):
        statistics.scaling()


def test_statistics_survive_a_round_trip(tmp_path):
    statistics = Statistics(["a", "b"])
    statistics.add(np.random.default_rng(0).normal(size=(2, 9)).astype(np.float32))
    scaling = statistics.scaling()
    scaling.write(tmp_path / "s.json")
    again = read_scaling(str(tmp_path / "s.json"))
    assert again.names == scaling.names
    np.testing.assert_array_equal(again.mean, scaling.mean)


def test_file_that_is_no_statistics_is_refused(tmp_path):
    (tmp_path / "s.json").write_text('{"bands": []}')
    with pytest.raises(RegionwiseError, match="is no statistics file"):
        read_scaling(str(tmp_path / "s.json"))
