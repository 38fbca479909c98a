"""What is said of a validation scheme: samples that do not train, and how far from training it tests."""

import geopandas as gpd
import numpy as np
import pytest
from regionwise.core.data.vector.samples import Samples
from regionwise.core.validation.scheme_checks import distance_to_training, samples_left_out
from regionwise.core.validation.splits import Split


def on_a_line(group, augmented=None):
    """Samples at 0, 1, 2 ... along a line."""
    n = len(group)
    xy = np.stack([np.arange(n, dtype=float), np.zeros(n)], 1)
    shares = np.repeat([[0.5, 0.5]], n, 0)
    return Samples(
        gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs="EPSG:32648"), xy, shares, ("a", "b"), np.array(group, object),
        np.ones(n), np.zeros(n, bool) if augmented is None else augmented, np.arange(1, n + 1), (),
    )  # fmt: skip


def test_the_distance_is_the_median_from_tested_to_known_samples():
    places = on_a_line("abcdefgh").xy
    split = Split("fold", np.array([0]), np.array([7]), np.array([2, 3, 5]))
    assert distance_to_training([split], places) == 2  # 2, 3 and 2
    assert np.isnan(distance_to_training([Split("none", np.array([0]), np.array([1]), np.array([], int))], places))


def test_it_is_said_when_sources_and_buffers_keep_samples_out_of_training():
    samples = on_a_line(["x", "y", "y", "x", "z", "u", "v", "w", "s", "t"])
    split = Split("east", np.array([4, 5, 6]), np.array([7]), np.array([0, 1]))  # 2 and 3 share sources; 8, 9 are near
    (said,) = samples_left_out("regions", [split], samples)
    assert said.startswith("regions: 50 % of the samples that are not tested do not train")
    assert "(25 % because their source is tested, too, 25 % because they lie within the buffer)" in said
    whole = Split("east", np.array([2, 3, 4, 5, 6]), np.array([7, 8, 9]), np.array([0, 1]))
    assert samples_left_out("regions", [whole], samples) == []


def test_augmented_samples_are_not_missed():
    augmented = np.arange(10) > 3
    split = Split("fold", np.array([2]), np.array([3]), np.array([0, 1]))
    assert samples_left_out("knndm", [split], on_a_line(list("abcdefghij"), augmented)) == []


@pytest.mark.parametrize("lost, said", [(2, False), (3, True)])
def test_a_fifth_may_be_missing_without_a_word(lost, said):
    samples = on_a_line([f"u{i}" for i in range(12)])
    train = np.arange(2, 12 - lost)
    split = Split("fold", train[1:], train[:1], np.array([0, 1]))
    assert bool(samples_left_out("blocks", [split], samples)) == said
