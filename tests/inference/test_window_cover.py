"""Windows: they hold every wanted cell, keep their limits, and cost little where little is wanted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regionwise.core.inference.window_cover import Cost, batches, cover

COST = Cost(each=0.001, cell=4e-6, halo=19)


def price(windows, largest=256):
    return sum(float(COST.of(w.height, w.width, largest)) for w in windows)


def covered(windows, shape):
    held = np.zeros((shape[0] + 512, shape[1] + 512), bool)
    for w in windows:
        held[w.row : w.row + w.height, w.col : w.col + w.width] = True
    return held[: shape[0], : shape[1]]


@settings(deadline=None, max_examples=60)
@given(
    shape=st.tuples(st.integers(1, 150), st.integers(1, 150)),
    spots=st.lists(st.tuples(st.integers(0, 149), st.integers(0, 149), st.integers(1, 40)), max_size=6),
    largest=st.sampled_from([16, 64, 128]),
)
def test_every_wanted_cell_is_in_a_window_that_keeps_the_limits(shape, spots, largest):
    wanted = np.zeros(shape, bool)
    for row, col, side in spots:
        wanted[row : row + side, col : col + side] = True
    windows = cover(wanted, COST, largest, 8)
    assert covered(windows, shape)[wanted].all()
    assert bool(windows) == bool(wanted.any())
    for w in windows:
        assert w.height % 8 == w.width % 8 == 0
        assert max(w.height, w.width) <= largest
        assert min(w.row, w.col) >= 0
        # a window reaches beyond the tile only where the tile is smaller than it
        assert w.row + w.height <= max(shape[0], w.height)
        assert w.col + w.width <= max(shape[1], w.width)


def test_a_full_tile_is_cut_into_the_largest_windows_once():
    windows = cover(np.ones((512, 512), bool), COST, 256, 8)
    assert [(w.row, w.col) for w in windows] == [(0, 0), (0, 256), (256, 0), (256, 256)]


def test_cost_follows_what_must_be_computed():
    """Two villages far apart cost what two windows cost; cells in the same place are never computed thrice."""
    wanted = np.zeros((512, 512), bool)
    wanted[10:40, 20:50] = wanted[450:470, 400:440] = True
    windows = cover(wanted, COST, 256, 8)
    assert [(w.row, w.col, w.height, w.width) for w in windows] == [(10, 20, 32, 32), (450, 400, 24, 40)]
    assert price(windows) < 0.05 * price(cover(np.ones((512, 512), bool), COST, 256, 8))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_cover_is_never_dearer_than_the_whole_tile(share):
    rng = np.random.default_rng(0)
    wanted = np.kron(rng.random((32, 32)) < share, np.ones((16, 16), bool))
    whole = price(cover(np.ones_like(wanted), COST, 256, 8))
    assert price(cover(wanted, COST, 256, 8)) <= whole * 1.001


def test_batches_hold_windows_of_one_shape_within_the_memory_large_ones_first():
    wanted = np.zeros((256, 256), bool)
    for row in range(0, 256, 64):
        wanted[row : row + 8, :8] = wanted[row : row + 8, 200:216] = True
    found = list(batches(cover(wanted, Cost(0.0, 1.0, 2), 64, 8), cells=3 * 12 * 20, halo=2))
    assert [[(w.height, w.width) for w in group] for group in found] == [[(8, 16)] * 3, [(8, 16)], [(8, 8)] * 4]
