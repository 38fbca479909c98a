"""The units of 'Validate map': clusters of reference units, groups at each level, and what the report says of them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.tools.evaluation.params import MapValidation
from regionwise.core.tools.evaluation.validate_map import validate_map
from support import run_task

SIDE = 60  # cells of 100 m
TOWNS = np.array([(8, 10), (15, 45), (30, 25), (48, 8), (50, 50), (35, 40), (5, 30), (55, 28)])


@pytest.fixture
def land(write, tmp_path):
    """Return a function that validates a map by twenty units of each of eight towns, or by others that lie evenly."""
    rng = np.random.default_rng(0)
    first = rng.uniform(0.2, 0.8, (SIDE, SIDE)).astype(np.float32)
    place = {"transform": Affine(100, 0, 0, 0, -100, SIDE * 100), "crs": CRS.from_epsg(32648)}
    layer = write(tmp_path / "map.tif", np.stack([first, 1 - first]), names=("F", "NF"), **place)

    def validated(*, even=False, **changes):
        town = np.repeat(np.arange(8), 20)
        cells = TOWNS[town] + rng.integers(-2, 3, (160, 2))
        if even:
            cells = rng.integers(0, SIDE, (160, 2))
        rows, cols = cells.T
        observed = np.clip(first[rows, cols] + 0.1 * rng.normal(size=8)[town] + 0.05 * rng.normal(size=160), 0, 1)
        columns = {"F": observed, "NF": 1 - observed, "town": [f"t{i}" for i in town], "half": town % 2,
                   "street": np.arange(160) // 5, "across": np.arange(160) % 10}  # fmt: skip
        points = gpd.points_from_xy(cols * 100 + 50, SIDE * 100 - rows * 100 - 50)
        gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:32648").to_file(tmp_path / "r.gpkg")
        params = MapValidation(
            map=layer, reference=Layer(str(tmp_path / "r.gpkg"), "r"), targets=("F", "NF"),
            scores=str(tmp_path / "s.csv"), report=str(tmp_path / "r.html"), **changes,
        )  # fmt: skip
        ran = run_task(validate_map, params, tmp_path / "j")
        rows = pd.read_csv(tmp_path / "s.csv").query("component == 'mean'").set_index("level")
        return rows, ran.log, (tmp_path / "r.html").read_text()

    return validated


def test_units_that_huddle_count_as_clusters_and_the_report_says_so(land):
    scores, log, page = land()
    count = scores.loc["unit", "units"]
    assert scores.loc["unit", "n"] == 160 and 8 <= count <= 12  # a town or two are parted
    basis = f"90 % interval over {count} clusters of units, for these lie nearer to each other than the map's cells lie"
    assert basis in log and f"unit: 90 % interval over {count} clusters of units" in page
    assert "<th" in page and all(name in page for name in ("units", "RMSE", "jackknife"))
    assert "resampl" not in page.split("<summary>Parameters")[0]
    named, log, _ = land(group_field="town")
    assert named.loc["unit", "units"] == 8 and "90 % interval over 8 groups of 'town')" in log


def test_units_that_lie_as_the_map_does_count_each(land):
    scores, log, _ = land(even=True)
    assert scores.loc["unit", "units"] == 160 and "90 % interval over 160 units)" in log


def test_a_coarser_level_keeps_groups_that_its_units_nest_in(land):
    scores, log, _ = land(level_field="half")
    assert scores.loc["half", "units"] == 2 and "Some units of 'half' hold several clusters of units" in log
    scores, log, _ = land(group_field="town", level_field="street")
    assert scores.loc["street", "n"] == 32 and scores.loc["street", "units"] == 8
    assert "street: mean R2" in log and "hold several" not in log
    scores, log, _ = land(group_field="town", level_field="across")
    assert scores.loc["across", "n"] == scores.loc["across", "units"] == 10
    assert "Some units of 'across' hold several groups of 'town': intervals leave out" in log
    scores, log, page = land(group_field="half", level_field="town")
    assert scores.loc["town", "units"] == 2 and np.isnan(scores.loc["town", "low"])
    assert "no interval: 2 groups of 'half' are too few" in log and "are too few" in page
