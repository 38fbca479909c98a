"""Blocks: squares that lie still, and blocks that neither folds nor sources cut."""

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from regionwise.core.validation.blocks import default_side, ground_squares, squares, whole_blocks
from regionwise.core.validation.splits import cross_validation, grouped_folds

GEOD = pyproj.Geod(ellps="WGS84")
coordinate = st.floats(-1e6, 1e6, allow_nan=False, allow_subnormal=False)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=30), st.tuples(coordinate, coordinate))
def test_one_sample_more_moves_no_square(places, more):
    xy = np.array(places)
    np.testing.assert_array_equal(squares(xy, 500.0), squares(np.array([*places, more]), 500.0)[:-1])
    degrees = xy / 1e4 * (1, 0.85)
    both = np.concatenate([degrees, [np.array(more) / 1e4 * (1, 0.85)]])
    crs = CRS.from_epsg(4326)
    np.testing.assert_array_equal(ground_squares(degrees, crs, 2e4), ground_squares(both, crs, 2e4)[:-1])


def test_squares_begin_at_the_origin_of_the_crs():
    xy = np.array([[0.0, 0.0], [499.9, 499.9], [500.0, 0.0], [-0.1, 0.0]])
    assert squares(xy, 500.0).tolist() == ["0 0", "0 0", "1 0", "-1 0"]


@pytest.mark.parametrize("latitude", [0.0, 45.0, -70.0])
@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:3857"])
def test_squares_on_the_ground_have_their_side_on_the_ground(name, latitude):
    """Along a meridian and a parallel a new square begins every 20 km; which one it is, no CRS changes."""
    side, n = 20_000.0, 4000
    to_crs = pyproj.Transformer.from_crs(4326, name, always_xy=True)
    for azimuth in (0, 90):
        lon, lat = np.full(n, 10.0), np.full(n, latitude)
        if azimuth:
            lon = np.linspace(10, 10 + 4 / np.cos(np.radians(latitude)), n)
        else:
            lat = np.linspace(latitude, latitude + 4, n)
        xy = np.stack(to_crs.transform(lon, lat), 1)
        number = 0 if azimuth else 1
        cells = np.array([int(text.split()[number]) for text in ground_squares(xy, CRS.from_user_input(name), side)])
        edges = np.flatnonzero(np.diff(cells))
        if azimuth:
            row_middle = latitude  # columns are as wide as in the middle of their row, 10 km off at most
        widths = GEOD.inv(lon[edges[:-1]], lat[edges[:-1]], lon[edges[1:]], lat[edges[1:]])[2]
        tolerance = 0.01 + (abs(np.tan(np.radians(row_middle))) * side / 2 / 6.37e6 if azimuth else 0)
        np.testing.assert_allclose(widths, side, rtol=tolerance, atol=150)
        assert len(edges) > 15


crowds = st.integers(12, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 9), min_size=n, max_size=n), st.lists(st.integers(0, 14), min_size=n, max_size=n)
    )
)


@settings(deadline=None)
@given(crowds, st.integers(2, 4), st.integers(0, 9))
def test_folds_never_cut_a_block_nor_a_source(crowd, folds, seed):
    square, group = (np.array([f"{kind}{i}" for i in numbers], object) for kind, numbers in zip("bs", crowd))
    blocks, note = whole_blocks(square, group, folds)
    for name in set(group):
        assert len(set(blocks[group == name])) == 1
    if "too many" in note:  # then no block can stay whole: each lies where most of its source does
        for name in set(group):
            own = square[group == name]
            assert (own == blocks[group == name][0]).sum() == max((own == other).sum() for other in own)
        return
    for name in set(square):
        assert len(set(blocks[square == name])) == 1
    assert set(blocks) <= set(square)
    if len(set(blocks)) < folds:
        return
    augmented = np.zeros(len(group), bool)
    fold = grouped_folds(blocks, folds, seed)
    for split in cross_validation(fold, blocks, augmented, group, seed):
        tested, trained = set(blocks[split.test]), set(blocks[split.train])
        assert not tested & (trained | set(blocks[split.validation]))
        if len(set(blocks) - tested) > 1:
            assert not trained & set(blocks[split.validation])
        elif len(set(group[np.concatenate([split.train, split.validation])])) > 1:
            assert not set(group[split.train]) & set(group[split.validation])


def test_blocks_that_share_a_source_are_one_and_that_is_said():
    square = np.array(list("aabbccddee"), object)
    group = np.array(list("0112345678"), object)  # source 1 lies in a and in b
    blocks, note = whole_blocks(square, group, 3)
    assert "".join(blocks) == "aaaaccddee"
    assert note == "1 sources lie in several blocks, which are one block each: 5 became 4."
    alone, nothing = whole_blocks(square, np.array(list("0123456789"), object), 3)
    assert alone is square and nothing == ""


def test_where_sources_reach_everywhere_they_stay_whole_and_that_is_said():
    square = np.array(list("aabbccddee"), object)
    group = np.array(list("0111233334"), object)  # from a to e
    blocks, note = whole_blocks(square, group, 3)
    assert note.startswith("2 sources lie in several blocks, too many to join these; each source is tested with the")
    assert "".join(blocks) == "abbbcdddde"


def test_predicted_labels_of_a_validating_block_do_not_train():
    blocks = np.repeat(np.array(list("abcdefgh"), object), 4)
    group = np.array([f"g{i}" for i in range(32)], object)
    augmented = np.arange(32) % 4 == 3
    fold = grouped_folds(blocks, 4, 0, augmented)
    for split in cross_validation(fold, blocks, augmented, group, 0):
        held = set(blocks[np.concatenate([split.validation, split.test])])
        assert augmented[split.train].any() and not held & set(blocks[split.train])


def test_a_side_is_round_large_enough_and_small_where_blocks_are_few():
    assert default_side(52_000.0, 0.0, 5, lambda side: 100) == 5000
    assert default_side(56_000.0, 0.0, 5, lambda side: 100) == 5000  # a sample more that reaches farther out
    assert default_side(52_000.0, 12_345.0, 5, lambda side: 100) == 15_000
    assert default_side(52_000.0, 0.0, 5, lambda side: int((10_000 / side) ** 2)) == 2000
    assert default_side(0.0, 0.0, 5, lambda side: 1) > 0
