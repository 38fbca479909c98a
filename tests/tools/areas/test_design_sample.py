"""Samples that are drawn from strata, end to end: each cell has the chance that is written beside it."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.tools.areas.design_sample import design_sample
from regionwise.core.tools.areas.estimate_area import estimate_area
from regionwise.core.tools.areas.params import AreaEstimation, SampleDesign
from shapely.geometry import box
from support import run_task

from .conftest import UTM

LEFT, TOP = UTM.c, UTM.f


def draw(world, **params):
    output = world.folder / "sample.gpkg"
    params = {"strata": world.map, "output": str(output), **params}
    ran = run_task(design_sample, SampleDesign(**params), world.folder / "job")
    return ran, gpd.read_file(output)


def sheets(world, columns=10):
    """Map sheets of 20 x 30 cells, as a layer."""
    shapes = [box(LEFT + 900 * x, TOP - 600 * (y + 1), LEFT + 900 * (x + 1), TOP - 600 * y)
              for x in range(columns) for y in range(10)]  # fmt: skip
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32633").to_file(world.folder / "sheets.gpkg")
    return Layer(str(world.folder / "sheets.gpkg"), "sheets")


def test_weights_sum_to_strata(world):
    ran, frame = draw(world, size=150, allocation="equal")
    assert len(frame) == 150
    assert ran.result.numbers["SIZE_DRAWN"] == 150
    assert frame["order"].tolist() == list(range(1, 151))
    for number, name in enumerate(("forest", "water", "crops"), 1):
        rows = frame[frame["stratum"] == name]
        cells = (world.mapped == number).sum()
        assert len(rows) == 50
        assert rows["probability"].unique() == pytest.approx([50 / cells])
        assert rows["weight"].sum() == pytest.approx(cells * 900)
        col, row = ~UTM @ (rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy())
        assert (world.mapped[row.astype(int), col.astype(int)] == number).all()
    assert frame["class"].isna().all()


def test_the_seed_tells_the_sample(world):
    places = [draw(world, size=60, seed=seed)[1].geometry.to_wkt().tolist() for seed in (1, 1, 2)]
    assert places[0] == places[1] != places[2]


def test_squares_are_the_cells(world):
    _, frame = draw(world, size=40, cells=True)
    assert frame.geometry.area.to_numpy() == pytest.approx(np.full(40, 900))


def test_a_precision_tells_the_size(world):
    pd.DataFrame({"stratum": ["forest", "2", "crops"], "expected": [0.95, 0.9, 0.7]}).to_csv(world.folder / "e.csv")
    told = Layer(str(world.folder / "e.csv"), "told")
    ran, frame = draw(world, precision=0.05, expected=told, allocation="proportional", min_per_stratum=2)
    weights = np.array([(world.mapped == number).sum() for number in (1, 2, 3)]) / world.valid.sum()
    variance = weights @ (np.array([0.95, 0.9, 0.7]) * np.array([0.05, 0.1, 0.3]))
    assert len(frame) == pytest.approx(variance / (0.05 / 1.96) ** 2, abs=4)
    assert ran.result.numbers["EXPECTED_ERROR"] * 1.96 == pytest.approx(0.05, abs=0.0005)
    assert ran.result.verdict.startswith("Will this sample tell what is asked? Yes.")
    few, _ = draw(world, size=35)
    assert few.result.verdict.startswith("Will this sample tell what is asked? No. 35 cells are drawn.")


def test_two_stages(world):
    _, frame = draw(world, size=120, primary=sheets(world), primary_size=25, targets="trees; other land")
    assert frame["primary"].nunique() <= 25
    assert frame["weight"].sum() == pytest.approx(world.valid.sum() * 900, rel=0.25)  # by chance of the first stage
    assert {"trees", "other land"} <= set(frame)
    form = (world.folder / "sample.qml").read_text(encoding="utf-8")
    assert '"trees", 0) + coalesce("other land"' in form.replace("&quot;", '"')


def test_chances_are_as_written(world):
    """Over 60 draws in two stages, weights tell the number of cells, and every sheet is drawn some time."""
    layer, drawn, cells = sheets(world), set(), 0.0
    for seed in range(60):
        _, frame = draw(world, size=60, primary=layer, primary_size=30, seed=seed)
        drawn |= set(frame["primary"])
        cells += (1 / frame["probability"]).sum()
    assert cells / 60 == pytest.approx(world.valid.sum(), rel=0.02)
    assert len(drawn) == 100


def test_polygons_are_strata_and_excluded_areas_are_not_drawn(world):
    shapes = [box(LEFT, TOP - 6000, LEFT + 3000, TOP), box(LEFT + 3000, TOP - 6000, LEFT + 9000, TOP)]
    gpd.GeoDataFrame({"kind": ["hills", "plain"]}, geometry=shapes, crs="EPSG:32633").to_file(world.folder / "p.gpkg")
    lake = gpd.GeoDataFrame(geometry=[box(LEFT + 6000, TOP - 6000, LEFT + 9000, TOP)], crs="EPSG:32633")
    lake.to_file(world.folder / "lake.gpkg")
    polygons, lakes = Layer(str(world.folder / "p.gpkg"), "polygons"), Layer(str(world.folder / "lake.gpkg"), "lake")
    _, frame = draw(
        world, strata=polygons, stratum_field="kind", size=100, allocation="equal", exclude=lakes, cell_size=30
    )
    assert frame["stratum"].value_counts().to_dict() == {"hills": 50, "plain": 50}
    assert not frame.intersects(lake.geometry[0]).any()
    assert frame["weight"].sum() == pytest.approx(6000 * 6000, rel=0.001)


def test_the_list_of_answers_is_beside_the_layer(world):
    draw(world, size=40)
    form = (world.folder / "sample.qml").read_text(encoding="utf-8")
    assert all(f'value="{name}"' in form for name in ("forest", "water", "crops"))
    draw(world, size=40, classes="forest, open water, other")
    assert 'value="open water"' in (world.folder / "sample.qml").read_text(encoding="utf-8")


def test_a_sample_that_is_filled_in_tells_the_areas(world):
    ran, frame = draw(world, size=300, report=str(world.folder / "design.html"))
    col, row = ~UTM @ (frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy())
    names = np.array(["", "forest", "water", "crops"])
    frame["class"] = names[world.truth[row.astype(int), col.astype(int)]]
    frame.to_file(world.folder / "answered.gpkg")
    params = AreaEstimation(
        map=world.map, reference=Layer(str(world.folder / "answered.gpkg")), class_field="class",
        stratum_field="stratum", probability_field="probability", output=str(world.folder / "areas.csv"),
    )  # fmt: skip
    run_task(estimate_area, params, world.folder / "job")
    rows = pd.read_csv(world.folder / "areas.csv").set_index("class")
    for number, name in ((1, "forest"), (2, "water"), (3, "crops")):
        assert rows.loc[name, "low"] <= world.true_hectares(number) <= rows.loc[name, "high"]
    assert ran.result.verdict.startswith("Will this sample tell what is asked? With care. 300 cells are drawn.")
    assert "Fill in the empty fields" in (world.folder / "design.html").read_text(encoding="utf-8")


def test_what_cannot_be_drawn_is_refused(world):
    with pytest.raises(RegionwiseError, match="cannot hold 10 units of each of 3 strata"):
        draw(world, size=20)
    with pytest.raises(RegionwiseError, match="Only 100 primary units of 'sheets' hold cells; 101"):
        draw(world, size=100, primary=sheets(world), primary_size=101)
    with pytest.raises(RegionwiseError, match="Stratum '.*' has no cell in the 2 primary units"):
        draw(world, size=100, primary=sheets(world), primary_size=2)
    pd.DataFrame({"stratum": ["forest", "water"], "expected": [95, 0.9]}).to_csv(world.folder / "e.csv")
    told = Layer(str(world.folder / "e.csv"), "told")
    with pytest.raises(RegionwiseError, match="says nothing of stratum 'crops'"):
        draw(world, size=100, expected=told)
    pd.DataFrame({"stratum": [1, 2, 3], "expected": [95, 0.9, 0.9]}).to_csv(world.folder / "e.csv")
    with pytest.raises(RegionwiseError, match="expects 95 of stratum 'forest'"):
        draw(world, size=100, expected=told)


def test_targets_do_not_take_the_names_of_the_design():
    with pytest.raises(RegionwiseError, match="Target 'primary' has the name of a field that the design needs"):
        SampleDesign(strata=Layer("s.tif"), size=50, output="o.gpkg", targets="primary, secondary")


def test_parameters_that_do_not_go_together():
    with pytest.raises(RegionwiseError) as found:
        SampleDesign(size=10, precision=0.6, primary_size=3, classes="a", targets="b", min_per_stratum=1)
    for words in (
        "one of both",
        "Precision is 0.6",
        "number go together",
        "not both",
        "at least 2",
        "Strata is missing",
    ):
        assert words in str(found.value)
