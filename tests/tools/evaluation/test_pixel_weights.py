"""Pixel weights: a share of people is no share of land, in training, in summaries and in validations."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.pixel_weights import WEIGHTS_TAG
from regionwise.core.tools.evaluation.params import MapSummary, MapValidation
from regionwise.core.tools.evaluation.summarise_map import summarise_map
from regionwise.core.tools.evaluation.validate_map import validate_map
from shapely.geometry import box
from support import run_task

PLACE = {"transform": Affine(100, 0, 0, 0, -100, 800), "crs": CRS.from_epsg(32648)}


@pytest.fixture
def town(write, tmp_path):
    """Return map and population as layers, their values, and four quarters as units with shares of people."""
    rng = np.random.default_rng(0)
    share = rng.uniform(size=(8, 8)).astype(np.float32)
    people = rng.gamma(0.4, 100, size=(8, 8)).astype(np.float32)
    people[0, 0], people[:4, 4:] = -9999, 0
    names = {"nodata": -9999, **PLACE}
    day = write(tmp_path / "map.tif", np.stack([share, 1 - share]), **names)
    weights = write(tmp_path / "people.tif", people, **names)
    with rasterio.open(tmp_path / "map.tif", "r+") as file:
        file.descriptions = ("F", "NF")
        file.update_tags(**{WEIGHTS_TAG: "census"})
    known = np.where(people < 0, 0, people).astype(float)
    corners = [(0, 0), (0, 4), (4, 0), (4, 4)]
    total = np.array([known[r : r + 4, c : c + 4].sum() for r, c in corners])
    mean = np.array([(known * share)[r : r + 4, c : c + 4].sum() for r, c in corners]) / np.where(
        total > 0, total, np.nan
    )
    units = [box(100 * c, 800 - 100 * r - 400, 100 * c + 400, 800 - 100 * r) for r, c in corners]
    frame = gpd.GeoDataFrame(
        {"F": mean, "NF": 1 - mean, "half": ["a", "a", "b", "b"]}, geometry=units, crs=PLACE["crs"]
    )
    frame.to_file(tmp_path / "units.gpkg")
    return day, weights, Layer(str(tmp_path / "units.gpkg"), "units"), mean, total


def test_a_summary_weighs_cells_as_training_does(town, tmp_path):
    day, weights, units, mean, total = town
    gpd.read_file(units.path)[["half", "geometry"]].to_file(tmp_path / "bare.gpkg")
    bare = Layer(str(tmp_path / "bare.gpkg"), "bare")
    params = MapSummary(map=day, polygons=bare, output=str(tmp_path / "s.gpkg"), pixel_weights=weights)
    ran = run_task(summarise_map, params, tmp_path / "j")
    out = gpd.read_file(tmp_path / "s.gpkg")
    np.testing.assert_allclose(out["F"], mean, rtol=1e-5)
    np.testing.assert_allclose(out["map_weight"], total, rtol=1e-5)
    assert out["map_area"].to_numpy() == pytest.approx(np.full(4, 160_000), rel=0.01)  # areas stay those of land
    assert out["map_cells"].tolist() == [16] * 4
    assert "1 of 64 cells with data have no number in 'people': they weigh nothing" in ran.log
    assert "1 units have data on the map, but no weight in 'people'" in ran.log
    assert "census" not in ran.log
    plain = dataclasses.replace(params, pixel_weights=Layer(), output=str(tmp_path / "p.gpkg"))
    ran = run_task(summarise_map, plain, tmp_path / "k")
    assert "from a model whose areas were weighted by 'census'" in ran.log
    assert "map_weight" not in gpd.read_file(tmp_path / "p.gpkg")


def test_a_validation_weighs_cells_as_training_does_also_in_coarser_units(town, tmp_path):
    day, weights, units, _, total = town
    params = MapValidation(
        map=day, reference=units, targets=("F", "NF"), level_field="half", scores=str(tmp_path / "s.csv"),
        pixel_weights=weights, output=str(tmp_path / "v.gpkg"),
    )  # fmt: skip
    run_task(validate_map, params, tmp_path / "j")
    scores = pd.read_csv(tmp_path / "s.csv").query("component == 'F'").set_index("level")
    assert scores.loc["unit", "n"] == 3  # one has no people
    assert scores["rmse"].max() < 1e-5
    run_task(validate_map, dataclasses.replace(params, pixel_weights=Layer()), tmp_path / "k")
    assert pd.read_csv(tmp_path / "s.csv")["rmse"].max() > 0.02
    # a half is the mean of its quarters by people
    frame = gpd.read_file(units.path)
    frame.loc[2, ["F", "NF"]] += [0.1, -0.1]
    frame.to_file(tmp_path / "shifted.gpkg")
    shifted = dataclasses.replace(params, reference=Layer(str(tmp_path / "shifted.gpkg"), "shifted"))
    run_task(validate_map, shifted, tmp_path / "l")
    error = pd.read_csv(tmp_path / "s.csv").query("component == 'F' and level == 'half'")["bias"].iloc[0]
    assert abs(error) == pytest.approx(0.1 * total[2] / (total[2] + total[3]) / 2, rel=1e-3)


def test_weights_on_another_grid_are_resampled_and_negative_ones_refused(town, tmp_path, write):
    day, _, units, _, _ = town
    fine = {"transform": Affine(50, 0, 0, 0, -50, 800), "crs": PLACE["crs"]}
    people = np.ones((16, 16), np.float32)
    people[:, ::2] = 3
    params = MapSummary(map=day, polygons=units, output=str(tmp_path / "s.gpkg"))
    bare = gpd.read_file(units.path)[["half", "geometry"]]
    bare.to_file(tmp_path / "bare.gpkg")
    finer = dataclasses.replace(
        params, polygons=Layer(str(tmp_path / "bare.gpkg"), "bare"),
        pixel_weights=write(tmp_path / "fine.tif", people + 0.5 * np.arange(16)[:, None], **fine), resampling="average",
    )  # fmt: skip
    run_task(summarise_map, finer, tmp_path / "j")
    totals = gpd.read_file(tmp_path / "s.gpkg")["map_weight"]
    assert totals[2] - totals[0] == pytest.approx(16 * 4)  # 8 rows further down, 0.5 more each
    with pytest.raises(RegionwiseError, match="another grid"):
        run_task(summarise_map, dataclasses.replace(finer, resampling="refuse"), tmp_path / "k")
    debt = dataclasses.replace(finer, pixel_weights=write(tmp_path / "debt.tif", -people[:8, :8], **PLACE))
    with pytest.raises(RegionwiseError, match="Pixel weights 'debt' are negative"):
        run_task(summarise_map, debt, tmp_path / "l")
