"""Tiles cover each cell exactly once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from regionwise.core.data.raster.tiles import Tile, plan

sides = st.integers(1, 70)


@given(sides, sides, st.integers(1, 40), st.integers(0, 9), st.integers(0, 9))
def test_tiles_cover_each_cell_once(height, width, size, row, col):
    count = np.zeros((height + 9, width + 9), int)
    for tile in plan(Tile(row, col, height, width), size):
        assert 0 < tile.height <= size
        assert 0 < tile.width <= size
        count[tile.row : tile.row + tile.height, tile.col : tile.col + tile.width] += 1
    assert (count[row : row + height, col : col + width] == 1).all()
    assert count.sum() == height * width


@given(st.integers(-50, 50), st.integers(-50, 50), sides, sides, sides, sides)
def test_clipped_is_the_overlap_with_the_grid(row, col, height, width, rows, cols):
    clipped = Tile(row, col, height, width).clipped(rows, cols)
    expected = len(set(range(row, row + height)) & set(range(rows))) * len(
        set(range(col, col + width)) & set(range(cols))
    )
    assert clipped.height * clipped.width == expected
    assert clipped.row >= 0
    assert clipped.col + clipped.width <= cols
