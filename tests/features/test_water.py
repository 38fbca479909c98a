"""Water: it leaves at the edge of a DEM, none is lost on the way, and multiple flow goes straight down a hillside."""

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from regionwise.core.data.raster.ground_cells import CellSizes
from regionwise.core.families.susceptibility.terrain_factors import derive_terrain
from regionwise.core.families.susceptibility.terrain_params import TerrainDerivation
from regionwise.core.features.descents import NEIGHBOURS
from regionwise.core.features.filling import filled_heights
from regionwise.core.features.multiple_flow import accumulated, flow_shares
from regionwise.core.features.water import Water, steepest
from scipy import ndimage
from support import read_raster, run_task

CELL = 10.0
SQUARES = CellSizes.squares(CELL)
FLOWS = ("d8", "mfd")


def cells_above(heights, flow, sizes=SQUARES):
    """The area upstream of each cell, in cells."""
    area = Water.of(heights.astype(np.float32), sizes, 1e9, lambda share, text: None, flow).area
    return area / (sizes.width * sizes.height)


def plane(azimuth, side=80, slope=0.2):
    """Heights that fall towards an azimuth in degrees."""
    row, col = np.mgrid[:side, :side]
    angle = np.radians(azimuth)
    return 1000 - slope * CELL * (col * np.sin(angle) - row * np.cos(angle))


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("level", [1, 4])
def test_water_leaves_along_a_level_edge(flow, level):
    """A hillside that falls to the south, and ends in a shore of some level rows: each column leaves by itself."""
    heights = np.repeat(np.maximum(39 - np.arange(40.0), level - 1)[:, None], 30, 1) * 3
    found = cells_above(heights, flow)
    np.testing.assert_allclose(found[: 40 - level, 1:-1], np.arange(1, 41 - level)[:, None] * np.ones(28), rtol=0.3)
    np.testing.assert_allclose(found[-1, 7:-7], 40, rtol=0.05)  # farther out, sideways is the shorter way
    assert found.max() < 5 * 40


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("azimuth", [240.0, 290.0, 110.0, 65.0, 200.0])
def test_water_leaves_where_ground_falls_out_of_the_dem(flow, azimuth):
    """On a plane that falls out across an edge, nothing gathers at that edge."""
    found = cells_above(plane(azimuth), flow)
    edge = found[:, 0] if 225 < azimuth < 315 else found[:, -1] if 45 < azimuth < 135 else found[-1]
    assert edge.max() < 2 * 80


@pytest.mark.parametrize("flow", FLOWS)
def test_water_leaves_into_missing_cells_but_not_up_a_slope_beside_them(flow):
    heights = plane(180.0)
    heights[40:, 30:50] = np.nan  # a lake
    found = cells_above(heights, flow)
    np.testing.assert_allclose(found[39, 34:46], 40, rtol=0.1)
    assert np.isnan(found[40:, 30:50]).all()
    np.testing.assert_allclose(found[-1, 5:25], 80, rtol=0.1)
    rows, cols = np.mgrid[:40, :41]
    valley = 100.0 + np.abs(cols - 20) * 5 - rows
    assert cells_above(valley, flow)[-1, 20] == pytest.approx(40 * 41, rel=0.2 if flow == "mfd" else 1e-6)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.booleans())
def test_no_water_is_lost_on_the_way(seed, rounded):
    """What leaves the DEM is what fell on it, over hollows, level ground and holes."""
    rng = np.random.default_rng(seed)
    heights = ndimage.gaussian_filter(rng.normal(size=(20, 24)), 1.5).astype(np.float32) * 40
    heights = np.round(heights) if rounded else heights
    heights[rng.random(heights.shape) < 0.03] = np.nan
    known = np.isfinite(heights)
    filled, ways = filled_heights(heights)
    shares = flow_shares(filled, ways, SQUARES)
    total = accumulated(shares, known, np.ones(heights.shape))
    left = total * (1 - shares.sum(0, dtype=np.float64))
    assert left[known].sum() == pytest.approx(known.sum(), rel=1e-5)
    assert (total[known] >= 1).all() and (total[~known] == 0).all()
    codes = steepest(filled, ways, SQUARES)
    single = cells_above(heights, "d8")
    assert single[(codes == 0) & known].sum() == pytest.approx(known.sum(), rel=1e-5)
    for number, (down, right) in enumerate(NEIGHBOURS):  # never upwards
        for row, col in np.argwhere(shares[number] > 0):
            assert filled[row + down, col + right] <= filled[row, col]


@pytest.mark.parametrize("azimuth", [0.0, 17.0, 45.0, 100.0, 233.0, 301.0])
@pytest.mark.parametrize("sides", [(10.0, 10.0), (10.0, 20.0), (31.0, 12.0)])
def test_multiple_flow_goes_straight_down_on_average_whatever_the_cells(azimuth, sides):
    width, height = sides
    row, col = np.mgrid[:5, :5]
    angle = np.radians(azimuth)
    heights = 100 - 0.1 * (col * width * np.sin(angle) - row * height * np.cos(angle))
    sizes = CellSizes(np.full((1, 1), width), np.full((1, 1), height), np.zeros((1, 1)))
    shares = flow_shares(heights.astype(np.float32), np.zeros((5, 5), np.uint8), sizes)[:, 2, 2].astype(np.float64)
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    down, right = np.array(NEIGHBOURS).T
    mean = np.array([shares @ right * width, -shares @ down * height])
    np.testing.assert_allclose(mean / np.linalg.norm(mean), (np.sin(angle), np.cos(angle)), atol=1e-4)


@pytest.mark.parametrize(("azimuth", "factor"), [(180.0, 1.0), (135.0, 3 / 2**1.5)])
def test_multiple_flow_on_a_plane_is_the_way_from_the_divide(azimuth, factor):
    """By the mean step in the direction of fall, which is 1 side, and 4/3 of half a diagonal along diagonals."""
    found = cells_above(plane(azimuth, 120), "mfd")
    row, col = np.mgrid[:120, :120] + 0.5
    way = row if azimuth == 180 else np.minimum(row, col) * np.sqrt(2)
    inner = np.s_[50:70, 50:70]
    assert (found / way)[inner].mean() == pytest.approx(factor, rel=0.02)


def test_on_a_cone_multiple_flow_is_alike_all_around_and_single_flow_in_lines():
    """The area per metre of contour at a distance r from the top is r / 2."""
    row, col = np.mgrid[:161, :161]
    radius = np.hypot(row - 80, col - 80) * CELL
    ring = (radius > 200) & (radius < 700)
    deviation = {}
    for flow in FLOWS:
        ratio = (cells_above(2000 - 0.3 * radius, flow) * CELL)[ring] / (radius[ring] / 2)
        deviation[flow] = ratio.std()
        if flow == "mfd":
            assert 1 <= ratio.mean() < 1.12 and ratio.min() > 0.95 and ratio.max() < 1.25
    assert deviation["mfd"] < 0.05 and deviation["d8"] > 0.4


@pytest.mark.parametrize("flow", FLOWS)
def test_the_flow_is_chosen_and_told_in_each_raster_of_it(tmp_path, write, flow):
    row, col = np.mgrid[:60, :60]
    heights = (500 - 0.3 * np.hypot(row - 5, col - 5) * 90).astype(np.float32)
    params = TerrainDerivation(
        dem=write(tmp_path / "dem.tif", heights), output_folder=str(tmp_path / "out"), stream_area=0.2, flow=flow,
        output=str(tmp_path / "all.tif"), contour_curvature=flow == "mfd",
    )  # fmt: skip
    run = run_task(derive_terrain, params, tmp_path / "job")
    told = "multiple flow directions (Quinn et al. 1991)" if flow == "mfd" else "single flow directions (D8)"
    assert f"water by {told}" in run.log
    for name in ("twi", "spi", "drainage_distance", "plan_curvature", "slope"):
        with rasterio.open(tmp_path / "out" / f"{name}.tif") as file:
            tag = file.tags(1).get("DEFINITION", "")
        assert tag == (told if name in ("twi", "spi", "drainage_distance") else tag)
        assert ("Zevenbergen" in tag) == (name == "plan_curvature") and bool(tag) == (name != "slope")
    twi = read_raster(tmp_path / "out" / "twi.tif")[0][0][20:40, 20:40]
    assert twi.std() > 0.4 if flow == "d8" else twi.std() < 0.3
    assert (tmp_path / "out" / "contour_curvature.tif").exists() == (flow == "mfd")
    with rasterio.open(tmp_path / "all.tif") as file:
        assert file.tags(file.descriptions.index("twi") + 1)["DEFINITION"] == told
