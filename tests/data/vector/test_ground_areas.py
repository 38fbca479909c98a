"""Areas and means over polygons are those of the ground in every CRS, against geodesics of the polygon."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.vector.polygonize import outlines
from regionwise.core.tools.evaluation.params import MapSummary
from regionwise.core.tools.evaluation.summarise_map import summarise_map
from shapely.geometry import Polygon
from support import run_task

GEOD = pyproj.Geod(ellps="WGS84")
CELLS = 700
CORNERS = [(8.0, 56.0), (10.0, 56.3), (10.2, 60.0), (9.0, 61.5), (7.8, 60.2)]  # so tall that Mercator's scale matters


def dense(corners, parts=400):
    """The same polygon with straight lines in degrees."""
    ends = np.array([*corners, corners[0]])
    return Polygon(np.concatenate([np.linspace(a, b, parts)[:-1] for a, b in zip(ends, ends[1:])]))


def share_at(longitude, latitude):
    return 0.2 + 0.6 * (latitude - 56) / 6 + 0.05 * (longitude - 9)


def expected():
    """Mean share over the polygon on the ground: by bands of latitude, each with its geodesic area."""
    polygon, total, weighted = dense(CORNERS), 0.0, 0.0
    for low in np.arange(55.9, 61.6, 0.01):
        part = polygon.intersection(Polygon([(7, low), (11, low), (11, low + 0.01), (7, low + 0.01)]))
        if not part.is_empty:
            area = abs(GEOD.geometry_area_perimeter(part)[0])
            total, weighted = total + area, weighted + area * share_at(part.centroid.x, part.centroid.y)
    return weighted / total, abs(GEOD.geometry_area_perimeter(polygon)[0])


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:3857", "EPSG:32632", "EPSG:6933", "EPSG:3035", "EPSG:3995"])
def test_a_map_is_summarised_alike_in_every_crs(tmp_path, write, name):
    polygon = gpd.GeoSeries([dense(CORNERS)], crs="EPSG:4326")
    left, bottom, right, top = polygon.to_crs(name).total_bounds
    transform = Affine((right - left) / CELLS, 0, left, 0, -(top - bottom) / CELLS, top)
    x, y = np.meshgrid(np.arange(CELLS) + 0.5, np.arange(CELLS) + 0.5)
    to_degrees = pyproj.Transformer.from_crs(name, "EPSG:4326", always_xy=True)
    degrees = to_degrees.transform(*(transform @ (x.ravel(), y.ravel())))
    shares = share_at(*degrees).reshape(CELLS, CELLS).astype(np.float32)
    layer = write(tmp_path / "map.tif", shares, transform=transform, crs=CRS.from_user_input(name), names=("F",))
    polygon.to_frame("geometry").to_file(tmp_path / "zones.gpkg")
    params = MapSummary(
        map=layer, polygons=Layer(str(tmp_path / "zones.gpkg"), "zones"), output=str(tmp_path / "o.gpkg")
    )
    run_task(summarise_map, params, tmp_path / "job")
    row = gpd.read_file(params.output).iloc[0]
    mean, area = expected()
    assert row["F"] == pytest.approx(mean, rel=1e-3)
    assert row["map_area"] == pytest.approx(area, rel=1e-3)


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:3857", "EPSG:2263", "EPSG:3035", "EPSG:32632"])
def test_outlines_have_square_metres_in_every_crs(name):
    crs = CRS.from_user_input(name)
    place = (-74.0, 40.7) if name == "EPSG:2263" else (10.0, 60.0)
    x, y = pyproj.Transformer.from_crs("EPSG:4326", name, always_xy=True).transform(*place)
    cell = 0.001 if crs.is_geographic else 100.0
    grid = Grid(crs, Affine(cell, 0, x, 0, -cell, y), 600, 40)  # more rows than are counted at once
    numbers = np.ones((600, 40), np.int32)
    numbers[300:] = 2
    frame = outlines(numbers, grid, "block")
    in_degrees = frame.geometry.segmentize(cell * 10).to_crs(4326)
    true = [abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in in_degrees]
    np.testing.assert_allclose(frame["area"], true, rtol=1e-4)
