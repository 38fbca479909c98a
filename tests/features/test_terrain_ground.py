"""Terrain on the ground: one surface, sampled into several CRSs, has one slope, curvature and catchment in all."""

import re

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.raster.ground_cells import CellSizes, cell_sizes
from regionwise.core.families.susceptibility.terrain_factors import derive_terrain
from regionwise.core.families.susceptibility.terrain_params import TerrainDerivation
from regionwise.core.features import terrain
from regionwise.core.features.water import Water
from regionwise.core.runtime.input_log import collect_inputs
from shapely.geometry import Polygon
from support import read_raster, run_task

LONGITUDE = 10.0
STEEP, WAVE_M = 200.0, 4000.0  # height and length of the waves


def heights_at(east, north):
    """A slope with waves, at metres on the ground."""
    return 1000 + 0.3 * east + STEEP * np.sin(2 * np.pi * north / WAVE_M) + 0.5e-5 * east**2


def truth_at(east, north):
    """Slope in degrees and the curvatures in 1/m of the same surface by calculus."""
    k = 2 * np.pi / WAVE_M
    p, q = 0.3 + 1e-5 * east, STEEP * k * np.cos(k * north)
    r, t = np.full_like(east, 1e-5), -STEEP * k**2 * np.sin(k * north)
    squared = p**2 + q**2
    across = -(r * q**2 + t * p**2)
    profile = -(r * p**2 + t * q**2) / (squared * (1 + squared) ** 1.5)
    return {
        "slope": np.degrees(np.arctan(np.sqrt(squared))),
        "profile_curvature": profile,
        "plan_curvature": across / squared,
        "tangential_curvature": across / (squared * np.sqrt(1 + squared)),
        "contour_curvature": across / squared**1.5,
    }


def sampled(name, latitude, cell_m=30.0, side=160):
    """A grid about a place with cells of about `cell_m`, and the ground coordinates of its cells."""
    crs = CRS.from_user_input(name)
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs.to_wkt(), always_xy=True).transform(LONGITUDE, latitude)
    unit = 1 / 111_319.49 if crs.is_geographic else 1.0
    cell = cell_m * unit / (np.cos(np.radians(latitude)) if name == "EPSG:3857" else 1)
    grid = Grid(crs, Affine(cell, 0, x - cell * side / 2, 0, -cell, y + cell * side / 2), side, side)
    col, row = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    places = grid.transform @ (col.ravel(), row.ravel())
    about = f"+proj=aeqd +lat_0={latitude} +lon_0={LONGITUDE} +datum=WGS84"  # true within a few kilometres to 1e-7
    ground = pyproj.Transformer.from_crs(crs.to_wkt(), about, always_xy=True).transform(*places)
    return grid, *(values.reshape(side, side) for values in ground)


def box_of(east, north):
    """The quadrilateral between the centres of the cells in the corners."""
    return Polygon([(east[corner], north[corner]) for corner in ((0, 0), (0, -1), (-1, -1), (-1, 0))])


def derived(folder, write, grid, heights, **changes):
    folder.mkdir(exist_ok=True)
    layer = write(folder / "dem.tif", heights.astype(np.float64), crs=grid.crs, transform=grid.transform)
    params = TerrainDerivation(dem=layer, output_folder=str(folder / "out"), **{"stream_area": 0.2, **changes})
    told = []
    with collect_inputs(told.append):
        run = run_task(derive_terrain, params, folder / "job")
    return {path.stem: read_raster(path)[0][0] for path in (folder / "out").glob("*.tif")}, run, told


EVERYWHERE = [(name, at) for name in ("EPSG:3857", "EPSG:4326", "EPSG:32632", "EPSG:6933") for at in (0, 45, 60)]


@pytest.mark.parametrize(("name", "latitude"), [*EVERYWHERE, ("EPSG:3035", 60), ("EPSG:3995", 60)])
def test_slope_and_curvatures_are_those_of_the_ground_in_every_crs(tmp_path, write, name, latitude):
    grid, east, north = sampled(name, latitude)
    found, _, _ = derived(tmp_path, write, grid, heights_at(east, north), contour_curvature=True)
    inner = np.s_[3:-3, 3:-3]
    for key, true in truth_at(east, north).items():
        # against the deviation of all: curvatures pass through 0; cells are finite, so waves are cut a little
        np.testing.assert_allclose(found[key][inner], true[inner], rtol=0.01, atol=0.02 * np.std(true))


@pytest.mark.parametrize("latitude", [0, 45, 60])
def test_catchments_and_streams_are_alike_in_every_crs(tmp_path, write, latitude):
    """A valley that falls to the south: what its middle gathers, and how far its sides are from there."""
    answers = {}
    for name in ("EPSG:32632", "EPSG:3857", "EPSG:4326", "EPSG:6933"):
        grid, east, north = sampled(name, latitude, cell_m=60.0, side=81)
        heights = 100 + np.abs(east - east[40, 40]) * 0.5 - (north[0, 0] - north) * 0.05
        found, _, _ = derived(tmp_path / name[5:], write, grid, heights, stream_area=0.5)
        sizes = cell_sizes(grid, grid.area)
        water = Water.of(heights.astype(np.float32), sizes, 5e5, lambda share, text: None)
        centres = box_of(east, north)
        outlet = water.area[-1, 36:45].max() / (centres.area * (81 / 80) ** 2)  # all of it leaves there
        row = 60
        far = found["drainage_distance"][row, 10] / np.ptp(east[row, 10:41])
        assert (outlet, far) == pytest.approx((1, 1), rel=0.02), name
        answers[name] = found["twi"][row, 12], found["spi"][row, 12]
    np.testing.assert_allclose(answers["EPSG:3857"], answers["EPSG:32632"], rtol=0.02)


def test_a_plane_over_leaning_axes_keeps_its_slope_and_its_curvatures_vanish():
    skew = 0.3  # up leans 17 degrees to the right
    col, row = np.meshgrid(np.arange(9.0), np.arange(9.0))
    x = col * 10 - row * 20 * skew
    y = -row * 20 * np.sqrt(1 - skew**2)
    sizes = CellSizes(np.full((1, 1), 10.0), np.full((1, 1), 20.0), np.full((1, 1), skew))
    plane = terrain.Surface.of(0.3 * x - 0.4 * y, sizes)
    np.testing.assert_allclose(plane.p, 0.3)
    np.testing.assert_allclose(plane.q, -0.4)
    bowl = terrain.Surface.of(1e-3 * x**2 + 2e-3 * x * y + 3e-3 * y**2, sizes)
    for values, true in ((bowl.r, 2e-3), (bowl.s, 2e-3), (bowl.t, 6e-3)):
        np.testing.assert_allclose(values, true, rtol=1e-9)


def test_leaning_axes_are_refused_with_a_crs_that_fits(tmp_path, write):
    grid, east, north = sampled("+proj=sinu +lon_0=-60 +R=6371007.181 +units=m", 50, side=40)
    with pytest.raises(RegionwiseError, match=r"lie \d+ degrees from upright.*Warp it to EPSG:32632"):
        derived(tmp_path, write, grid, heights_at(east, north))


def test_it_is_said_that_cells_are_measured_and_where_north_is_not_up(tmp_path, write):
    grid, east, north = sampled("EPSG:3857", 60, side=40)
    _, run, told = derived(tmp_path, write, grid, heights_at(east, north))
    assert any(re.search("'dem': cells of EPSG:3857 are measured on the ground: (29.9|30.0).* m wide", t) for t in told)
    assert "away from north" not in run.log
    grid, east, north = sampled("EPSG:3995", 75, side=40)
    _, run, _ = derived(tmp_path / "b", write, grid, heights_at(east, north))
    assert "The top of the grid points 10 degrees away from north (EPSG:3995)" in run.log
    with rasterio.open(tmp_path / "b" / "out" / "slope.tif") as file:
        assert file.crs == CRS.from_epsg(3995)
