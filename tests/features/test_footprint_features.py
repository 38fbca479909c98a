"""Footprint features: cells of areas are answered one by one, and their answers averaged."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.data.patches.extraction import PatchSpec, cut_patches
from regionwise.core.data.patches.footprint_cells import FootprintCells, systematic
from regionwise.core.data.raster.pixel_weights import WEIGHTS
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.vector.samples import Samples
from regionwise.core.features import footprint_features as module
from regionwise.core.features.footprint_features import FootprintFeatures
from regionwise.core.features.window_features import WindowFeatures, sample_features
from shapely.geometry import Point, box

CRS_, SIDE = CRS.from_epsg(32648), 60
GRID = {"transform": Affine(10, 0, 0, 0, -10, 10 * SIDE), "crs": CRS_}
FEATURES = WindowFeatures(("a", "b"), (2,), (1, 3), np.zeros(2))


def samples_of(geometry):
    n = len(geometry)
    return Samples(
        gpd.GeoSeries(geometry, crs=CRS_.to_wkt()), np.array([[g.centroid.x, g.centroid.y] for g in geometry]),
        np.tile([0.25, 0.75], (n, 1)), ("x", "y"), np.array([f"s{i}" for i in range(n)], object), np.ones(n),
        np.zeros(n, bool), np.arange(1, n + 1), (),
    )  # fmt: skip


@pytest.fixture
def land(write, tmp_path):
    """Return a function that cuts patches of samples, and the values and weights of all cells."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, SIDE, SIDE)).astype(np.float32)
    values[0, 7, 9] = np.nan
    people = rng.gamma(0.5, size=(SIDE, SIDE)).astype(np.float32)
    day, weights = write(tmp_path / "day.tif", values, **GRID), write(tmp_path / "people.tif", people, **GRID)

    def cut(geometry, *, weighted=False):
        folder = tmp_path / f"patches-{weighted}"
        folder.mkdir()
        with Stack({"day": (day,), **({WEIGHTS: (weights,)} if weighted else {})}) as stack:
            return cut_patches(stack, samples_of(geometry), PatchSpec(1, 0), folder)[0]

    return cut, values, people


def areas():
    corners = [(0, 0, 50, 50), (100, 100, 130, 170), (200, 300, 400, 500), (505, 505, 507, 507)]
    return [box(*corner) for corner in corners]


def test_points_have_the_features_they_had(land):
    cut, _, _ = land
    patches = cut([Point(x, y) for x, y in np.random.default_rng(1).uniform(20, 580, (40, 2))])
    footprints, samples = FootprintFeatures.of(patches, 40, FEATURES), np.arange(40)
    assert footprints.cells.single
    before = sample_features(patches, 40, FEATURES)
    for table in (footprints.table, footprints.mean(), footprints.answers(samples, lambda table: table)):
        np.testing.assert_array_equal(table, before)
    assert footprints.thinned(1).cells.weight.tolist() == [1] * 40
    state = np.random.default_rng(2)
    assert (footprints.drawn(samples, state) == samples).all()
    assert state.random() == np.random.default_rng(2).random()  # what else is drawn stays as it was


@pytest.mark.parametrize("weighted", [False, True])
def test_an_area_is_answered_as_the_weighted_mean_of_its_cells(land, weighted):
    cut, values, people = land
    footprints = FootprintFeatures.of(cut(areas(), weighted=weighted), 4, FEATURES)
    counts = np.diff(footprints.cells.first)
    assert counts[[0, 1, 3]].tolist() == [25, 21, 1]
    assert counts[2] <= 64  # of 400
    answered = footprints.answers(np.array([1, 0]), lambda table: np.exp(2 * table[:, :1].astype(np.float64)))
    windows = (np.s_[43:50, 10:13], np.s_[55:60, 0:5])
    for got, window in zip(answered[:, 0], windows, strict=True):
        weight = people[window] if weighted else np.ones_like(people[window])
        assert got == pytest.approx(np.average(np.exp(2 * values[0][window].astype(float)), weights=weight), rel=1e-5)
    mean = footprints.mean()[0, 0]
    weight = people[windows[1]] if weighted else None
    assert mean == pytest.approx(np.average(values[0][windows[1]], weights=weight), rel=1e-4)


def test_parts_give_the_same_answers(land, monkeypatch):
    cut, _, _ = land
    footprints = FootprintFeatures.of(cut(areas()), 4, FEATURES)
    calls = []

    def answer(table):
        calls.append(len(table))
        return table.astype(np.float64) ** 2

    order = np.array([2, 0, 3, 1])
    whole = footprints.answers(order, answer)
    monkeypatch.setattr(module, "ANSWERED_NUMBERS", 100)
    np.testing.assert_array_equal(footprints.answers(order, answer), whole)
    assert len(calls) > 2


def test_many_samples_have_fewer_cells_each(land, monkeypatch):
    cut, _, _ = land
    monkeypatch.setattr(module, "MOST_NUMBERS", 10 * 4 * len(FEATURES.names()))
    assert np.diff(FootprintFeatures.of(cut(areas()), 4, FEATURES).cells.first).max() <= 10


def test_a_cell_is_drawn_as_often_as_it_weighs(land):
    cut, _, _ = land
    footprints = FootprintFeatures.of(cut(areas(), weighted=True), 4, FEATURES)
    rng, first = np.random.default_rng(3), footprints.cells.first
    drawn = np.array([footprints.drawn(np.array([1, 0]), rng) for _ in range(4000)])
    assert ((drawn >= first[[1, 0]]) & (drawn < first[[2, 1]])).all()
    frequency = np.bincount(drawn[:, 1], minlength=25)[:25] / 4000
    np.testing.assert_allclose(frequency, footprints.cells.weight[:25], atol=0.03)


def test_systematic_draws_are_unbiased_and_few():
    rng = np.random.default_rng(4)
    weight, values = rng.gamma(0.3, size=500), rng.normal(size=500).cumsum()
    draws = np.array([systematic(weight, 16, rng) for _ in range(3000)])
    np.testing.assert_allclose(draws.sum(1), 1)
    assert (draws > 0).sum(1).max() <= 16
    means = draws @ values
    assert abs(means.mean() - np.average(values, weights=weight)) < 4 * means.std() / np.sqrt(3000)
    random = np.array([rng.choice(values, 16, p=weight / weight.sum()).mean() for _ in range(3000)])
    assert means.std() < 0.5 * random.std()  # for they lie all over the footprint


def test_thinned_cells_of_small_footprints_stay_whole():
    counts = [3, 40, 1, 2, 50]
    first = np.concatenate([[0], np.cumsum(counts)])
    cells = FootprintCells(np.zeros((96, 3), np.int64), np.random.default_rng(5).uniform(1, 2, 96), first)
    thinned, rows = cells.thinned(8)
    assert np.diff(thinned.first)[[0, 2, 3]].tolist() == [3, 1, 2]
    assert np.diff(thinned.first).max() <= 8
    np.testing.assert_allclose(np.add.reduceat(thinned.weight, thinned.first[:-1]), 1)
    assert (cells.owner[rows] == thinned.owner).all()
    again = cells.thinned(8)[1]
    assert (again == rows).all()
