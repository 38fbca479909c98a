"""Events that are areas count by the cells that they cover, as the map answers cells."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.families.susceptibility import event_cells
from regionwise.core.families.susceptibility.event_cells import EventCells
from regionwise.core.families.susceptibility.map import map_susceptibility
from regionwise.core.families.susceptibility.params import SusceptibilityMapping, SusceptibilityTraining
from regionwise.core.families.susceptibility.sample_negatives import sample_negatives
from regionwise.core.families.susceptibility.sampling_design import event_sizes
from regionwise.core.families.susceptibility.terrain_params import NegativeSampling
from regionwise.core.families.susceptibility.train import train
from shapely.geometry import Point, box
from support import read_raster, run_task

CELL, SIDE = 90.0, 96
UTM = CRS.from_epsg(32650)
PLACE = Affine(CELL, 0, 500_000, 0, -CELL, 3_300_000)


def square(row, col, cells):
    """A square whose upper left corner lies at a row and column of the grid, so many cells wide."""
    x, y = PLACE @ (col, row)
    return box(x, y - cells * CELL, x + cells * CELL, y)


def cover_of(*shapes):
    found = EventCells.of(Grid(UTM, PLACE, SIDE, SIDE), gpd.GeoSeries(shapes, crs=UTM))
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return found.cover(row, col).reshape(SIDE, SIDE)


@pytest.mark.parametrize("tile", [1024, 31])
def test_cells_count_by_what_events_cover_of_them_and_never_twice(monkeypatch, tile):
    monkeypatch.setattr(event_cells, "TILE", tile)
    found = cover_of(square(10.5, 20, 1), square(10.5, 20, 1), square(40, 40, 2), Point(PLACE @ (60.2, 70.9)))
    assert found[10, 20] == pytest.approx(1) and found[11, 20] == pytest.approx(1)  # two halves each, at most all
    assert found[40:42, 40:42].tolist() == [[1, 1], [1, 1]] and found[70, 60] == 1
    assert found.sum() == pytest.approx(7)
    assert cover_of(square(10.5, 20, 1))[10, 20] == pytest.approx(0.5)
    assert not cover_of().any()


def test_sizes_of_events_are_1_on_average_among_those_that_someone_saw():
    shapes = gpd.GeoSeries([square(0, 0, 1), square(5, 5, 3), square(20, 20, 6), Point(PLACE @ (1, 1))], crs=UTM)
    event, observed = np.array([True, True, True, False]), np.array([True, True, False, True])
    sizes = event_sizes(shapes, event, observed, Grid(UTM, PLACE, SIDE, SIDE))
    np.testing.assert_allclose(sizes, [1 / 5, 9 / 5, 36 / 5, 1], rtol=1e-5)
    points = gpd.GeoSeries([Point(PLACE @ (i, i)) for i in range(4)], crs=UTM)
    assert (event_sizes(points, event, observed, Grid(UTM, PLACE, SIDE, SIDE)) == 1).all()


@pytest.fixture
def inventory(tmp_path, write):
    """Events of a cell on steep ground, and fewer of 5 x 5 cells on gentle ground, which are most of the cells."""
    rng = np.random.default_rng(0)
    slope = (np.linspace(0, 40, SIDE)[None] + rng.normal(0, 2, (SIDE, SIDE))).astype(np.float32)
    happened, shapes = np.zeros((SIDE, SIDE), bool), []
    for _ in range(100):
        row, col = rng.integers(0, SIDE), rng.integers(SIDE // 2, SIDE)
        happened[row, col] = True
        shapes.append(square(row + 0.001, col + 0.001, 0.998))
    for row, col in zip(
        rng.permutation(np.repeat(np.arange(0, 90, 6), 2)), np.tile(np.arange(0, 42, 7), 5), strict=True
    ):
        happened[row : row + 5, col : col + 5] = True
        shapes.append(square(row + 0.001, col + 0.001, 4.998))
    gpd.GeoDataFrame({"id": range(len(shapes))}, geometry=shapes, crs=UTM.to_wkt()).to_file(tmp_path / "events.gpkg")
    stripes = np.repeat(np.array([1, 4, 7], np.int16)[np.arange(SIDE) // 2 % 3][:, None], SIDE, 1)
    factors = (
        write(tmp_path / "slope.tif", slope, transform=PLACE, crs=UTM),
        write(tmp_path / "lithology.tif", stripes, transform=PLACE, crs=UTM),  # codes, which have no mean over an area
    )
    return SimpleNamespace(factors=factors, happened=happened, layer=Layer(str(tmp_path / "events.gpkg"), "events"))


@pytest.mark.train
@pytest.mark.parametrize("stratify", ["none", "slope"])
def test_the_map_has_the_share_of_cells_with_events_also_where_these_are_large(inventory, tmp_path, stratify):
    drawing = NegativeSampling(
        inventory=inventory.layer, factors=inventory.factors, slope=inventory.factors[0], ratio=6.0, stratify=stratify,
        output=str(tmp_path / "samples.gpkg"),
    )  # fmt: skip
    prevalence = run_task(sample_negatives, drawing, tmp_path / "draw").result.numbers["PREVALENCE"]
    assert prevalence == pytest.approx(inventory.happened.mean(), rel=5e-3)
    params = SusceptibilityTraining(
        factors=inventory.factors, samples=Layer(str(tmp_path / "samples.gpkg"), "samples"), label_field="label",
        categorical="lithology", prevalence=prevalence, validation="random", model_type="boosting",
        model=str(tmp_path / "m.safetensors"),
    )  # fmt: skip
    ran = run_task(train, params, tmp_path / "train")
    assert "Events count by the cells that they cover, as the map does" in ran.log
    mapping = SusceptibilityMapping(factors=inventory.factors, model=params.model, output=str(tmp_path / "map.tif"))
    run_task(map_susceptibility, mapping, tmp_path / "map")
    found = read_raster(tmp_path / "map.tif")[0][0]
    gentle, steep = np.s_[:, : SIDE // 2], np.s_[:, SIDE // 2 :]
    assert found[gentle].mean() == pytest.approx(inventory.happened[gentle].mean(), rel=0.15)
    assert found[steep].mean() == pytest.approx(inventory.happened[steep].mean(), abs=0.03)
