"""Blocks of terrain are as wide as high on the ground, whatever the sides of cells say."""

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.families.susceptibility.superpixels import segment, sides_of
from regionwise.core.families.susceptibility.terrain_params import BlockSegmentation


@pytest.mark.parametrize(
    ("name", "transform", "ratio"),
    [
        ("EPSG:32632", Affine(30, 0, 500_000, 0, -30, 6_700_000), 1),
        ("EPSG:3857", Affine(60, 0, 1_000_000, 0, -60, 8_400_000), 1),
        ("EPSG:4326", Affine(0.001, 0, 9, 0, -0.001, 60.06), 2),
    ],
)
def test_blocks_are_as_wide_as_high_on_the_ground(name, transform, ratio):
    grid = Grid(CRS.from_user_input(name), transform, 120, 120)
    height, width = sides_of(grid, grid.area)
    assert height / width == pytest.approx(ratio, rel=0.01)
    assert height * width == pytest.approx(1)
    noise = np.random.default_rng(0).normal(size=(1, 120, 120)).astype(np.float32)
    params = BlockSegmentation(factors=(Layer("a.tif"),), output="o.tif", blocks=36, compactness=50.0)
    labels = segment(lambda tile: noise, grid, noise.size, params, lambda share: None)
    rows, cols = np.mgrid[:120, :120]
    spreads = [(rows[labels == i].std(), cols[labels == i].std()) for i in range(1, labels.max() + 1)]
    down, across = np.mean(spreads, 0)
    assert across / down == pytest.approx(ratio, rel=0.2)
