"""Samples of one cell: one group, and a contradiction only where the same is seen of them."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.vector.samples import Samples
from regionwise.core.workflow.co_location import one_group_per_cell, one_group_per_place

GRID = Grid(CRS.from_epsg(32648), Affine(10, 0, 0, 0, -10, 100), 10, 10)
ONE, OTHER = (1.0, 0.0), (0.0, 1.0)


def samples_of(places, shares):
    n = len(places)
    return Samples(
        gpd.GeoSeries(gpd.points_from_xy(*np.array(places).T), crs="EPSG:32648"), np.array(places), np.array(shares),
        ("a", "b"), np.array([f"row {i}" for i in range(n)], object), np.ones(n), np.zeros(n, bool),
        np.arange(1, n + 1), (),
    )  # fmt: skip


SUMMER, WINTER = (100, 120, 0), (200, 220, 240)


@pytest.mark.parametrize(
    ("days", "rows"),
    [
        (None, "3 samples lie in one cell with another one and have other labels, in rows 2, 3, 4"),
        ([SUMMER, WINTER, SUMMER, WINTER], "1 samples lie in one cell with another one and have other labels at the "
         "same dates, in row 3"),
        ([SUMMER, WINTER, (101, 121, 0), WINTER], ""),
    ],
)  # fmt: skip
def test_labels_of_one_cell_are_compared_within_a_season_and_the_cell_stays_one_group(days, rows):
    samples = samples_of([(12, 88), (13, 87), (18, 82), (19, 81)], [ONE, OTHER, OTHER, OTHER])
    found, notices = one_group_per_cell(samples, GRID, None if days is None else np.array(days))
    assert set(found.group) == {"row 0"}
    assert len(notices) == bool(rows)
    assert not rows or notices[0].startswith(rows)


def test_samples_of_other_cells_and_places_keep_their_groups():
    samples = samples_of([(12, 88), (22, 88), (12, 88)], [ONE, OTHER, ONE])
    found, notices = one_group_per_cell(samples, GRID)
    assert found.group.tolist() == ["row 0", "row 1", "row 0"] and notices == []
    found, notices = one_group_per_place(samples_of([(12, 88), (12, 88), (12.1, 88)], [ONE, OTHER, ONE]))
    assert found.group.tolist() == ["row 0", "row 0", "row 2"]
    assert "1 samples are at one place with another one and have other labels, in row 2" in notices[0]
