"""Baselines from place alone: the nearest training sample is the nearest on the ground."""

import pickle

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from regionwise.core.data.vector.samples import Samples
from regionwise.core.learning.baselines import predict_baselines
from regionwise.core.validation.splits import Split

GEOD = pyproj.Geod(ellps="WGS84")


def samples_at(degrees, name):
    """Samples whose shares tell which one they are, in some CRS."""
    xy = np.stack(pyproj.Transformer.from_crs("EPSG:4326", name, always_xy=True).transform(*degrees.T), 1)
    n = len(xy)
    first = np.arange(n) / n
    return Samples(
        geometry=gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=name), xy=xy, shares=np.stack([first, 1 - first], 1),
        components=("a", "b"), group=np.array([f"u{i}" for i in range(n)], object), weight=np.ones(n),
        augmented=np.zeros(n, bool), row=np.arange(1, n + 1), notices=(),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:3857", "EPSG:3995", "EPSG:32632"])
def test_the_nearest_training_sample_is_the_nearest_on_the_ground(name):
    rng = np.random.default_rng(0)
    degrees = np.stack([rng.uniform(0, 12, 200), rng.uniform(55, 70, 200)], 1)
    known, tested = np.arange(150), np.arange(150, 200)
    samples = pickle.loads(pickle.dumps(samples_at(degrees, name)))  # as processes get it, without geometries
    split = Split("fold 1", known[:100], known[100:], tested)
    found = predict_baselines(samples, [split], 0, np.full(200, "", object), {})["nearest training sample"][tested, 0]
    one, other = np.repeat(degrees[tested], 150, 0), np.tile(degrees[known], (50, 1))
    nearest = GEOD.inv(*one.T, *other.T)[2].reshape(50, 150).argmin(1)
    np.testing.assert_allclose(found, nearest / 200)


def test_the_nearest_sample_may_lie_across_the_date_line():
    degrees = np.array([[179.9, 10.0], [175.0, 10.0], [-179.9, 10.0]])
    split = Split("fold 1", np.array([1]), np.array([0]), np.array([2]))
    found = predict_baselines(samples_at(degrees, "EPSG:4326"), [split], 0, np.full(3, "", object), {})
    assert found["nearest training sample"][2, 0] == 0
