"""Terrain, blocks and negatives: surfaces with known derivatives, another program's factors, and what must hold."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.ground_cells import CellSizes
from regionwise.core.families.susceptibility import sample_negatives as negatives_task
from regionwise.core.families.susceptibility import superpixels
from regionwise.core.families.susceptibility import terrain_factors as terrain_task
from regionwise.core.families.susceptibility.sample_negatives import sample_negatives
from regionwise.core.families.susceptibility.segment_blocks import segment_blocks
from regionwise.core.families.susceptibility.terrain_factors import derive_terrain
from regionwise.core.families.susceptibility.terrain_params import (
    BlockSegmentation,
    NegativeSampling,
    TerrainDerivation,
)
from regionwise.core.features import terrain
from regionwise.core.features.water import Water
from scipy import ndimage
from shapely.geometry import Point
from support import read_raster, run_task

UTM, DEGREES = CRS.from_epsg(32648), CRS.from_epsg(4326)
FACTORS = {
    "slope": "degrees",
    "aspect_sin": "1",
    "aspect_cos": "1",
    "profile_curvature": "1/m",
    "plan_curvature": "1/m",
    "tangential_curvature": "1/m",
    "twi": "ln(m)",
    "spi": "ln(m)",
    "relief": "m",
    "drainage_distance": "m",
}


def surface(function, side=9, cell=10.0):
    """Derivatives of heights that `function` gives at x to the east and y to the north, in metres."""
    x, y = np.meshgrid(np.arange(-1, side + 1) * cell, -np.arange(-1, side + 1) * cell)
    return terrain.Surface.of(function(x, y).astype(np.float64), CellSizes.squares(cell))


def curvatures(found):
    """All curvatures of a surface; that of the contours is the last."""
    return (
        found.profile_curvature(), found.plan_curvature(), found.tangential_curvature(), found.contour_curvature()
    )  # fmt: skip


def hills(side=60, seed=0):
    """Smooth heights in metres."""
    rng = np.random.default_rng(seed)
    return 500 + 400 * ndimage.gaussian_filter(rng.normal(0, 1, (side, side)), 6).astype(np.float32) * 10


def derived(layer, folder, **changes):
    params = TerrainDerivation(**{"dem": layer, "output_folder": str(folder / "out"), "stream_area": 0.2, **changes})
    run = run_task(derive_terrain, params, folder / "job")
    return {name: read_raster(folder / "out" / f"{name}.tif")[0][0] for name in FACTORS}, run


def test_a_plane_has_its_slope_its_aspect_and_no_curvature():
    found = surface(lambda x, y: 3.0 - 0.3 * x + 0.4 * y)  # it falls to the east and to the south
    np.testing.assert_allclose(found.slope(), np.degrees(np.arctan(0.5)))
    east, north = found.downhill()
    np.testing.assert_allclose(east, 0.6)
    np.testing.assert_allclose(north, -0.8)
    for curvature in curvatures(found):
        np.testing.assert_allclose(curvature, 0, atol=1e-12)


def test_a_cone_curves_across_its_fall_and_a_trough_down_it():
    cone = surface(lambda x, y: -0.5 * np.hypot(x + 500, y - 700))
    far = np.hypot(*np.meshgrid(np.arange(9) * 10.0 + 500, -np.arange(9) * 10.0 - 700))
    np.testing.assert_allclose(cone.contour_curvature(), 1 / far, rtol=1e-3)
    np.testing.assert_allclose(cone.plan_curvature(), 0.5 / far, rtol=1e-3)
    np.testing.assert_allclose(cone.tangential_curvature(), 0.5 / far / np.sqrt(1.25), rtol=1e-3)
    np.testing.assert_allclose(cone.profile_curvature(), 0, atol=1e-6)
    dome = surface(lambda x, y: -0.001 * (x + 200) ** 2)
    steep = 0.002 * (np.arange(9) * 10.0 + 200)
    np.testing.assert_allclose(dome.profile_curvature()[4], 0.002 / (1 + steep**2) ** 1.5, rtol=1e-9)
    for across in (dome.plan_curvature(), dome.tangential_curvature(), dome.contour_curvature()):
        np.testing.assert_allclose(across, 0, atol=1e-12)


def test_a_sphere_and_a_cylinder_curve_by_their_radius():
    """On a sphere sections through the normal have its radius, whatever the slope; contours that of their circle."""
    radius, x, y = 2000.0, *np.meshgrid(np.arange(9) * 1.0 + 900, -np.arange(9) * 1.0 + 700)
    ball = surface(lambda x, y: np.sqrt(radius**2 - (x + 900) ** 2 - (y + 700) ** 2), cell=1.0)
    from_axis = np.hypot(x, y)
    np.testing.assert_allclose(ball.profile_curvature(), 1 / radius, rtol=1e-5)
    np.testing.assert_allclose(ball.tangential_curvature(), 1 / radius, rtol=1e-5)
    np.testing.assert_allclose(ball.plan_curvature(), 1 / np.sqrt(radius**2 - from_axis**2), rtol=1e-5)
    np.testing.assert_allclose(ball.contour_curvature(), 1 / from_axis, rtol=1e-5)
    cylinder = surface(lambda x, y: np.sqrt(radius**2 - (x + 900) ** 2), cell=1.0)
    np.testing.assert_allclose(cylinder.profile_curvature(), 1 / radius, rtol=1e-5)
    np.testing.assert_allclose(cylinder.tangential_curvature(), 0, atol=1e-9)


def test_a_saddle_is_a_ridge_one_way_and_a_valley_the_other():
    """Of z = c x y on its diagonals: down the slope it is straight or bends by c, across by c, up or down."""
    c = 1e-3
    x, y = np.meshgrid(np.arange(9) * 10.0 + 300, -np.arange(9) * 10.0 + 300)
    saddle = surface(lambda x, y: c * (x + 300) * (y + 300))
    squared = x**2 + y**2
    np.testing.assert_allclose(saddle.plan_curvature(), 2 * c * x * y / squared, rtol=1e-9)
    np.testing.assert_allclose(
        saddle.tangential_curvature(), 2 * c * x * y / squared / np.sqrt(1 + c**2 * squared), rtol=1e-9
    )
    np.testing.assert_allclose(
        saddle.profile_curvature(), -2 * c * x * y / squared / (1 + c**2 * squared) ** 1.5, rtol=1e-9
    )


def test_on_gentle_ground_only_the_contours_bend_without_bound():
    """A gentle slope with bumps of a centimetre: second derivatives are at most .0004 a metre."""
    bumpy = surface(lambda x, y: 1e-5 * x + 0.005 * ((x / 10 + y / 10) % 2), side=40)
    most = np.abs([bumpy.r, bumpy.s, bumpy.t]).max() * 2
    assert max(np.abs(values).max() for values in curvatures(bumpy)[:3]) <= most < 1e-3
    assert np.abs(bumpy.contour_curvature()).max() > 1


def test_flat_ground_has_no_direction_and_missing_heights_no_answer():
    flat = surface(lambda x, y: np.full(x.shape, 7.0))
    for values in (*flat.downhill(), flat.slope(), *curvatures(flat)):
        assert (values == 0).all()
    holed = surface(lambda x, y: np.where((x == 40) & (y == -40), np.nan, x))
    for values in (*holed.downhill(), holed.slope(), *curvatures(holed)):
        assert np.isnan(values[4, 4]) and np.isfinite(np.delete(values.ravel(), 40)).all()
    np.testing.assert_allclose(np.delete(holed.slope().ravel(), 40), 45)  # beside the hole, too


def test_slope_and_curvatures_are_those_of_another_program(shared):
    """SAGA's slope, plan (of contours, in its words) and profile curvature of the same DEM."""
    folder = shared / "data" / "ecuador_landslide"
    heights, _ = read_raster(folder / "rsaga_dem.tif")
    theirs, _ = read_raster(folder / "ta.tif")
    found = terrain.Surface.of(heights[0], CellSizes.squares(10.0))
    for values, expected in zip((found.slope(), found.contour_curvature(), found.profile_curvature()), theirs[:3]):
        inside = np.s_[2:-2, 2:-2]
        mine, known = values[inside], expected[1:-1, 1:-1][inside]
        both = np.isfinite(mine) & np.isfinite(known)
        assert both.mean() > 0.95
        np.testing.assert_allclose(mine[both], known[both], rtol=1e-4, atol=1e-5)


def test_factors_have_names_units_and_metres_whatever_the_crs(tmp_path, write):
    heights = hills()
    found, _ = derived(write(tmp_path / "dem.tif", heights), tmp_path)
    for name, unit in FACTORS.items():
        with rasterio.open(tmp_path / "out" / f"{name}.tif") as file:
            assert (file.descriptions, file.units) == ((name,), (unit,))
    # the same hills on degrees at the equator, with cells that are as wide as before
    size = 90 / 111_319.49
    turned = write(tmp_path / "degrees.tif", heights, crs=DEGREES, transform=Affine(size, 0, 100, 0, -size, 0))
    (tmp_path / "b").mkdir()
    other, _ = derived(turned, tmp_path / "b")
    for name in FACTORS:
        if name not in ("drainage_distance", "twi", "spi"):
            scale = np.nanstd(found[name])
            np.testing.assert_allclose(other[name], found[name], rtol=0.02, atol=0.05 * scale)
    assert np.corrcoef(other["drainage_distance"].ravel(), found["drainage_distance"].ravel())[0, 1] > 0.95


def test_windows_change_nothing(tmp_path, write, monkeypatch):
    layer = write(tmp_path / "dem.tif", hills())
    whole, _ = derived(layer, tmp_path)
    monkeypatch.setattr(terrain_task, "window_side", lambda bands: 17)
    (tmp_path / "b").mkdir()
    parts, _ = derived(layer, tmp_path / "b")
    for name, values in whole.items():
        np.testing.assert_array_equal(parts[name], values)


def test_water_gathers_in_the_valley(tmp_path, write):
    """A valley that falls to the south: each row of both sides drains into the middle, and all of it leaves there."""
    rows, cols = np.mgrid[:40, :41]
    heights = (100.0 + np.abs(cols - 20) * 5.0 - rows * 1.0).astype(np.float32)
    found, _ = derived(write(tmp_path / "dem.tif", heights), tmp_path)
    water = Water.of(heights, CellSizes.squares(90.0), 2e5, lambda share, text: None)
    assert water.area[39, 20] == pytest.approx(40 * 41 * 8100)
    assert (np.diff(water.area[:, 20]) > 0).all()
    np.testing.assert_allclose(water.area[:, 5], 6 * 8100)  # straight down the side: that is the steepest way
    # streams begin where 200,000 square metres lie above: in the first row, and run down the middle
    np.testing.assert_allclose(found["drainage_distance"][:, 0], 20 * 90)
    assert found["twi"][39, 20] == pytest.approx(np.log(40 * 41 * 90 / 1.0 * 90), rel=0.2)
    assert found["twi"][:, 20].mean() > found["twi"][:, 3].mean() + 2


def test_relief_is_the_range_of_heights_around(tmp_path, write):
    heights = np.zeros((20, 20), np.float32)
    heights[10, 10] = 30
    found, _ = derived(write(tmp_path / "dem.tif", heights), tmp_path, relief_window=5)
    expected = np.zeros((20, 20))
    expected[8:13, 8:13] = 30
    np.testing.assert_array_equal(found["relief"], expected)


@pytest.mark.parametrize(
    ("values", "change", "message"),
    [
        (np.zeros((2, 20, 20), np.float32), {}, "'dem' has 2 bands. Choose a DEM"),
        (np.where(np.eye(20), 32767, 5).astype(np.float32), {}, "height of 32767.*set it as the nodata value"),
        (np.full((20, 20), np.nan, np.float32), {}, "'dem' holds no height"),
        (hills(20), {"transform": Affine(90, 0, 0, 0, 90, 0)}, "north is not up.*Warp"),
    ],
)
def test_what_is_no_dem_is_refused(tmp_path, write, values, change, message):
    layer = write(tmp_path / "dem.tif", values, **change)
    with pytest.raises(RegionwiseError, match=message):
        derived(layer, tmp_path)


def test_a_dem_beyond_the_memory_is_refused_at_once(tmp_path, write):
    layer = write(tmp_path / "dem.tif", np.zeros((3000, 3000), np.uint8))
    with pytest.raises(RegionwiseError, match=r"takes .* GiB; Memory allows 0.5. Raise Memory"):
        run_task(derive_terrain, TerrainDerivation(layer, output_folder=str(tmp_path / "o")), tmp_path, memory_gb=0.5)


def test_no_drainage_is_told(tmp_path, write):
    found, run = derived(write(tmp_path / "dem.tif", hills()), tmp_path, stream_area=1e6)
    assert np.isnan(found["drainage_distance"]).all()
    assert "No cell has 1e+06 km² above it" in run.log


# blocks


@pytest.fixture
def quarters(tmp_path, write):
    """Two factors that make four quarters, a few of whose cells have no data, and their layers."""
    rng = np.random.default_rng(1)
    rows, cols = np.mgrid[:80, :80]
    one = (rows >= 40) + rng.normal(0, 0.05, (80, 80))
    two = (cols >= 40) + rng.normal(0, 0.05, (80, 80))
    one[:3] = np.nan
    return [write(tmp_path / f"{name}.tif", values.astype(np.float32)) for name, values in (("a", one), ("b", two))]


def segmented(layers, folder, **changes):
    params = BlockSegmentation(**{
        "factors": tuple(layers), "blocks": 4, "output": str(folder / "blocks.tif"),
        "polygons": str(folder / "blocks.gpkg"), **changes,
    })  # fmt: skip
    run = run_task(segment_blocks, params, folder / "job")
    with rasterio.open(folder / "blocks.tif") as file:
        return file.read(1), gpd.read_file(folder / "blocks.gpkg"), run


def samples_at(folder, xy):
    frame = gpd.GeoDataFrame({"n": range(len(xy))}, geometry=[Point(*place) for place in xy], crs=UTM.to_wkt())
    frame.to_file(folder / "samples.gpkg")
    return Layer(str(folder / "samples.gpkg"), "samples")


def test_blocks_follow_the_terrain(quarters, tmp_path):
    labels, polygons, _ = segmented(quarters, tmp_path, compactness=0.3)
    assert (labels[:3] == 0).all() and (labels[3:] > 0).all()
    rows, cols = np.mgrid[:80, :80]
    truth = 2 * (rows >= 40) + (cols >= 40)
    for number in range(1, labels.max() + 1):
        counts = np.bincount(truth[labels == number], minlength=4)
        assert counts.max() / counts.sum() > 0.97
    assert list(polygons["block"]) == list(range(1, labels.max() + 1))
    np.testing.assert_array_equal(polygons["cells"], np.bincount(labels.ravel())[1:])
    geod = Geod(ellps="WGS84")
    on_ground = [abs(geod.geometry_area_perimeter(shape)[0]) for shape in polygons.to_crs(4326).geometry]
    np.testing.assert_allclose(polygons["area"], on_ground, rtol=1e-4)


def test_every_cell_with_data_has_one_block_that_hangs_together(quarters, tmp_path, monkeypatch):
    for side in (200, 33):  # cut as a whole, and tile by tile
        monkeypatch.setattr(superpixels, "LARGEST_TILE", side)
        labels, _, _ = segmented(quarters, tmp_path, blocks=20)
        assert ((labels > 0) == (np.arange(80) >= 3)[:, None]).all()
        for number in range(1, labels.max() + 1):
            assert ndimage.label(labels == number)[1] == 1
        assert 12 <= labels.max() <= 40


def test_merged_blocks_have_enough_samples(quarters, tmp_path):
    rng = np.random.default_rng(2)
    xy = np.stack([500_000 + rng.uniform(0, 3600, 60), 3_300_000 - rng.uniform(300, 7200, 60)], 1)  # the western half
    layer = samples_at(tmp_path, xy)
    labels, polygons, run = segmented(quarters, tmp_path, blocks=20, samples=layer, min_samples=10)
    assert polygons["samples"].min() >= 10 and polygons["samples"].sum() == 60
    assert f"{labels.max()} blocks have at least 10 samples" in run.log
    assert ((labels > 0) == (np.arange(80) >= 3)[:, None]).all()
    _, loose, run = segmented(quarters, tmp_path, blocks=20, samples=layer, min_samples=0)
    assert (loose["samples"] == 0).any() and "have no sample; Min samples merges them" in run.log


def test_a_poor_block_joins_the_neighbour_most_like_it():
    labels = np.repeat(np.array([[1, 2, 3]], np.int32), 2, 0)
    means = np.array([[0.0], [0.9], [1.0]])
    found = superpixels.merged(labels, means, np.array([5, 1, 5]), 5)
    assert found[0].tolist() == [1, 2, 2]
    assert superpixels.merged(labels, means, np.array([5, 1, 5]), 0)[0].tolist() == [1, 2, 3]
    island = np.array([[1, 0, 2, 0, 3]], np.int32)
    assert superpixels.merged(island, means, np.array([5, 5, 1]), 5)[0].tolist() == [1, 0, 2, 0, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"blocks": 10_000}, "6160 cells have all factors, too few for 10000 blocks"),
        ({"blocks": 1}, "Blocks is 1; it must be at least 2"),
    ],
)
def test_blocks_that_cannot_be_are_refused(quarters, tmp_path, changes, message):
    with pytest.raises(RegionwiseError, match=message):
        segmented(quarters, tmp_path, **changes)


def test_too_few_samples_for_any_block_are_refused(quarters, tmp_path):
    layer = samples_at(tmp_path, [(500_500.0, 3_299_000.0)])
    with pytest.raises(RegionwiseError, match="1 samples lie in blocks; one block alone needs 5"):
        segmented(quarters, tmp_path, samples=layer, min_samples=5)
    layer = samples_at(tmp_path, [(100.0, 100.0)])
    with pytest.raises(RegionwiseError, match="No sample of 'samples' lies on the factors"):
        segmented(quarters, tmp_path, samples=layer, min_samples=5)


def test_an_aspect_in_degrees_is_seen_as_a_direction(tmp_path, write):
    """359 and 1 degrees are neighbours: as numbers they would make two blocks."""
    rng = np.random.default_rng(3)
    aspect = np.where(np.mgrid[:60, :60][1] < 30, 180.0, 0.0) + rng.uniform(-5, 5, (60, 60))
    layer = write(tmp_path / "aspect.tif", (aspect % 360).astype(np.float32))
    labels, _, _ = segmented([layer], tmp_path, blocks=2, compactness=0.3)
    assert labels.max() == 2
    assert (labels[:, :28] == labels[0, 0]).all() and (labels[:, 32:] == labels[0, -1]).all()


# negatives


@pytest.fixture
def inventory(tmp_path, write):
    """A slope that rises to the east, some cells without data, and events on its steeper part."""
    slope = np.repeat(np.linspace(0, 45, 100, dtype=np.float32)[None], 100, 0)
    slope[:10] = np.nan
    rng = np.random.default_rng(4)
    xy = np.stack([500_000 + rng.uniform(4500, 9000, 40), 3_300_000 - rng.uniform(1000, 9000, 40)], 1)
    return write(tmp_path / "slope.tif", slope), samples_at(tmp_path, xy), xy


def drawn(inventory, folder, **changes):
    slope, layer, _ = inventory
    params = NegativeSampling(**{
        "inventory": layer, "factors": (slope,), "buffer": 300.0, "ratio": 2.0, "output": str(folder / "out.gpkg"),
        **changes,
    })  # fmt: skip
    run = run_task(sample_negatives, params, folder / "job")
    return gpd.read_file(folder / "out.gpkg"), run


def test_negatives_keep_away_from_events_and_lie_on_data(inventory, tmp_path, monkeypatch):
    xy = inventory[2]
    for tile in (1024, 31):
        monkeypatch.setattr(negatives_task, "TILE", tile)
        frame, run = drawn(inventory, tmp_path)
        assert frame["label"].tolist() == [1] * 40 + [0] * 80
        places = np.stack([frame.geometry.x, frame.geometry.y], 1)
        gap = np.linalg.norm(places[40:, None] - xy[None], axis=2).min()
        assert gap > 300 - 90  # from the middle of a cell to that of the event's cell
        assert (places[40:, 1] < 3_300_000 - 900).all()  # the first ten rows have no data
        assert len(np.unique(places[40:], axis=0)) == 80
        assert "40 events and 80 negatives (2 for each event)" in run.log
    again, _ = drawn(inventory, tmp_path)
    assert again.geometry.geom_equals(frame.geometry).all()
    other, _ = drawn(inventory, tmp_path, seed=7)
    assert not other.geometry.geom_equals(frame.geometry).all()


def test_negatives_are_as_steep_as_events_if_stratified(inventory, tmp_path):
    slope, _, xy = inventory
    frame, _ = drawn(inventory, tmp_path)
    alike, _ = drawn(inventory, tmp_path, stratify="slope", slope=slope)
    steep = {name: (f.geometry.x[40:] - 500_000).mean() for name, f in (("none", frame), ("slope", alike))}
    assert steep["none"] < 5500 and abs(steep["slope"] - (xy[:, 0] - 500_000).mean()) < 400
    counts = alike.groupby(["stratum", "label"]).size().unstack()
    assert (counts[0] == 2 * counts[1]).all() and len(counts) == 10


def cells_of(xy):
    """Which cells with data have an event, shape (row, col)."""
    event = np.zeros((100, 100), bool)
    event[((3_300_000 - xy[:, 1]) // 90).astype(int), ((xy[:, 0] - 500_000) // 90).astype(int)] = True
    return event[10:]


def test_negatives_by_block(inventory, tmp_path):
    west, east = (
        gpd.GeoSeries.from_wkt(
            [f"POLYGON(({x} 3291000,{x + 4500} 3291000,{x + 4500} 3300000,{x} 3300000,{x} 3291000))"]
        )[0]
        for x in (500_000, 504_500)
    )
    blocks = gpd.GeoDataFrame({"block": [1, 2]}, geometry=[west, east], crs=UTM.to_wkt())
    blocks.to_file(tmp_path / "blocks.gpkg")
    by_block = {"stratify": "blocks", "blocks": Layer(str(tmp_path / "blocks.gpkg"), "blocks")}
    frame, run = drawn(inventory, tmp_path, **by_block)
    # block 1 has no event, and half of the cells: it gets half of what all get, or nothing would tell of its ground
    assert frame.groupby(["label", "stratum"]).size().to_dict() == {(1, "2"): 40, (0, "2"): 80, (0, "1"): 40}
    assert (frame.geometry.x[(frame["stratum"] == "1")] < 504_500).all()
    size = frame[frame["label"] == 0].groupby("stratum")["cells_each"].first()
    touched = int(cells_of(inventory[2]).sum())
    assert size["1"] == 50 * 90 / 40 and size["2"] == pytest.approx((50 * 90 - touched) / 80)
    assert f"Events cover {touched / (90 * 100):.3g} of the cells" in run.log
    assert run.result.numbers["PREVALENCE"] == pytest.approx(touched / (90 * 100))


@pytest.mark.parametrize("most", [2_000_000, 500])
def test_negatives_stand_for_all_cells_of_their_class_of_slope(inventory, tmp_path, monkeypatch, most):
    """However many of them lie in buffers, and whether all candidates can be kept or not."""
    slope, _, xy = inventory
    monkeypatch.setattr(negatives_task, "TILE", 31)
    monkeypatch.setattr(negatives_task, "MOST_CANDIDATES", most)
    frame, _ = drawn(inventory, tmp_path, stratify="slope", slope=slope, ratio=0.5)
    assert (frame.groupby("stratum")["cells_each"].nunique() == 1).all()  # events have it, too: it is an offset
    event, values = cells_of(xy), np.linspace(0, 45, 100, dtype=np.float32)
    of_events = values[((xy[:, 0] - 500_000) // 90).astype(int)]
    stratum = np.searchsorted(np.unique(np.quantile(of_events, np.linspace(0, 1, 11)[1:-1])), values)
    cells = np.bincount(np.repeat(stratum[None], 90, 0)[~event])
    negatives = frame[frame["label"] == 0]
    sums = negatives.groupby("stratum")["cells_each"].sum()
    np.testing.assert_allclose(np.sort(sums), np.sort(cells))
    assert negatives["cells_each"].sum() == pytest.approx((~event).sum())


def test_a_stratum_within_buffers_is_told(inventory, tmp_path):
    xy = inventory[2]
    strip = gpd.GeoSeries.from_wkt(
        ["POLYGON((500000 3291000,504500 3291000,504500 3300000,500000 3300000,500000 3291000))"]
    )
    around = Point(xy[0]).buffer(150)
    blocks = gpd.GeoDataFrame({"block": [1, 2]}, geometry=[strip[0], around], crs=UTM.to_wkt())
    blocks.to_file(tmp_path / "blocks.gpkg")
    by_block = {"stratify": "blocks", "blocks": Layer(str(tmp_path / "blocks.gpkg"), "blocks")}
    frame, run = drawn(inventory, tmp_path, **by_block)
    assert "Stratum 2 lies in buffers of events as a whole: no negative stands for its" in run.log
    assert set(frame["stratum"][frame["label"] == 0]) == {"1"}
    assert frame["cells_each"].isna().sum() == 40  # events in that stratum, and in none


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:3857", "EPSG:32632", "EPSG:6933"])
def test_negatives_keep_metres_on_the_ground_away_in_every_crs(tmp_path, write, name):
    crs, size = CRS.from_user_input(name), 0.001 if name == "EPSG:4326" else 100
    x, y = Transformer.from_crs(4326, name, always_xy=True).transform(10.0505, 59.9495)
    transform = Affine(size, 0, x - 50 * size, 0, -size, y + 50 * size)
    slope = write(tmp_path / "slope.tif", np.ones((100, 100), np.float32), crs=crs, transform=transform)
    frame = gpd.GeoDataFrame({"n": [0]}, geometry=[Point(10.0505, 59.9495)], crs="EPSG:4326")
    frame.to_file(tmp_path / "events.gpkg")
    layer = Layer(str(tmp_path / "events.gpkg"), "events")
    found, _ = drawn((slope, layer, None), tmp_path, buffer=1500.0, ratio=20_000.0)
    points = found.to_crs(32632).geometry
    assert 1400 < points[1:].distance(points[0]).min() < 1600
    assert len(points) > 2000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"buffer": 1e6}, "No cell with all factors lies outside the buffer of 1e[+]06 m"),
        ({"stratify": "slope"}, "Stratify 'slope' needs a raster"),
        ({"stratify": "blocks"}, "Stratify 'blocks' needs blocks"),
    ],
)
def test_negatives_that_cannot_be_are_refused(inventory, tmp_path, changes, message):
    with pytest.raises(RegionwiseError, match=message):
        drawn(inventory, tmp_path, **changes)


def test_a_crowded_stratum_is_told(inventory, tmp_path):
    frame, run = drawn(inventory, tmp_path, ratio=10_000.0)
    assert "cells without events for 400000 negatives; all of them are taken" in run.log
    assert (frame["label"] == 0).sum() > 5000
