"""Bounds of zonal means: by the model's own residuals end to end, and by fields whose truth is known."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.vector.zonal import zone_places
from regionwise.core.learning.model_file import read_model
from regionwise.core.tools.evaluation.params import MapSummary
from regionwise.core.tools.evaluation.summarise_map import summarise_map
from regionwise.core.tools.evidence.inspect_model import inspect
from regionwise.core.tools.evidence.params import ModelInspection
from scipy.special import ndtri
from shapely.geometry import Point, box
from support import run_task


def squares(folder, side, count, left=0, top=0, cell=30):
    """Write squares of so many cells, beside each other, and return their layer."""
    size = side * cell
    shapes = [box(left + i * size, top - size, left + (i + 1) * size, top) for i in range(count)]
    gpd.GeoDataFrame({"n": range(count)}, geometry=shapes, crs="EPSG:32648").to_file(folder / "zones.gpkg")
    return Layer(str(folder / "zones.gpkg"), "zones")


@pytest.fixture
def flat(tmp_path):
    """A map of two shares that are .3 and .7 everywhere."""
    values = np.stack([np.full((60, 60), v, np.float32) for v in (0.3, 0.7)])
    with rasterio.open(
        tmp_path / "map.tif", "w", driver="GTiff", height=60, width=60, count=2, dtype="float32", crs="EPSG:32648",
        transform=Affine(30, 0, 0, 0, -30, 0),
    ) as file:  # fmt: skip
        file.write(values)
        file.descriptions = ("F", "NF")
    return Layer(str(tmp_path / "map.tif"), "map")


def test_a_trained_model_bounds_the_zones_of_its_map(mapped, tmp_path):
    folder, layer, params, _ = mapped
    residuals = read_model(params.model).card.residuals
    assert residuals.samples > 100
    assert residuals.moran.value > residuals.moran.high
    assert "How errors go together in space" in (folder / "r.html").read_text(encoding="utf-8")
    report = tmp_path / "model.html"
    run_task(inspect, ModelInspection(model=params.model, report=str(report)), tmp_path / "i")
    assert "Errors go together up to" in report.read_text(encoding="utf-8")
    answered = run_task(inspect, ModelInspection(model=params.model), tmp_path / "log").log  # without a report
    for told in ("family: composition", "components: ", "members: ", "cell size of training: "):
        assert told in answered
    output = tmp_path / "zones.gpkg"
    summary = MapSummary(map=layer("map.tif"), polygons=layer("regions.gpkg"), model=params.model, output=str(output))
    ran = run_task(summarise_map, summary, tmp_path / "job")
    assert "Bounds hold 90 %: errors of" in ran.log
    frame = gpd.read_file(output)
    for name, deviation in residuals.deviation.items():
        assert (frame[f"{name}_sd"] < deviation).all()
        assert (frame[f"{name}_sd"] > deviation / 10).all()
        assert (frame[f"{name}_low"] <= frame[name]).all()
        assert (frame[f"{name}_high"] >= frame[name]).all()
        assert frame[f"{name}_sum_low"].to_numpy() == pytest.approx(frame[f"{name}_low"] * frame["map_area"])


def test_cells_that_stand_for_a_zone_are_drawn_by_weight(flat):
    shapes = gpd.GeoSeries([box(0, -900, 900, 0), Point(15, -15), box(5000, 0, 5001, 1)], crs="EPSG:32648")
    with Stack({"map": (flat,)}) as stack:
        found = dict(zone_places(stack, shapes, 200))
    assert set(found) == {0, 1}  # the last lies beyond the map
    assert found[0].alone == pytest.approx(1 / 900)
    assert found[0].xy.shape == (200, 2)
    assert len(np.unique(found[0].xy, axis=0)) == 200
    assert found[0].xy.mean(0) == pytest.approx([450, -450], abs=80)
    assert found[1].alone == 1


def test_a_model_of_another_map_is_refused(mapped, flat, tmp_path):
    summary = MapSummary(
        map=flat, polygons=squares(tmp_path, 10, 2), model=mapped[2].model, output=str(tmp_path / "o.gpkg")
    )
    with rasterio.open(flat.path, "r+") as file:
        file.descriptions = ("water", "land")
    with pytest.raises(RegionwiseError, match="and map 'map' has the bands water, land"):
        run_task(summarise_map, summary, tmp_path / "job")


def test_levels_are_shares():
    with pytest.raises(RegionwiseError, match="Level is 90"):
        MapSummary(map=Layer("m.tif"), polygons=Layer("p.gpkg"), output="o.gpkg", level=90)


def test_a_larger_level_is_wider(mapped, tmp_path):
    _, layer, params, _ = mapped
    widths = []
    for level in (0.5, 0.9):
        output = tmp_path / f"{level}.gpkg"
        summary = MapSummary(
            map=layer("map.tif"), polygons=layer("regions.gpkg"), model=params.model, output=str(output), level=level
        )
        run_task(summarise_map, summary, tmp_path / "job")
        frame = gpd.read_file(output)
        widths.append((frame["F_high"] - frame["F_low"]).max())
    assert widths[1] / widths[0] == pytest.approx(ndtri(0.95) / ndtri(0.75), rel=0.05)
