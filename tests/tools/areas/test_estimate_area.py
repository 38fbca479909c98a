"""Areas of a map from a sample, end to end: the published example as files, every design, and what is refused."""

import re
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.learning.applicability.residual_info import ResidualInfo
from regionwise.core.reports.page.verdict import CARE, NO, UNTOLD, YES
from regionwise.core.tools.areas import model_based
from regionwise.core.tools.areas.area_report import AreaFindings
from regionwise.core.tools.areas.area_verdict import verdict_of
from regionwise.core.tools.areas.estimate_area import estimate_area
from regionwise.core.tools.areas.params import AreaEstimation
from regionwise.core.validation.autocorrelation import Moran
from regionwise.core.validation.variogram import Variogram
from shapely.geometry import box
from support import legend_of, run_task

from .conftest import UTM, write_raster, write_units

COUNTS = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
DRAWN = {1: 60, 2: 60, 3: 80}


def run(folder, **params):
    params = {"output": str(folder / "areas.csv"), **params}
    return run_task(estimate_area, AreaEstimation(**params), folder / "job")


def table(folder, name="areas.csv"):
    return pd.read_csv(folder / name)


def test_the_example_of_the_good_practices_as_files(tmp_path):
    cells = np.repeat(np.arange(1, 5), [200_000, 150_000, 3_200_000, 6_450_000]).astype(np.uint8)
    layer = write_raster(tmp_path / "landcover.tif", cells.reshape(2500, 4000))
    rng = np.random.default_rng(0)
    drawn = [rng.choice(np.flatnonzero(cells == i + 1), COUNTS[i].sum(), replace=False) for i in range(4)]
    answers = np.concatenate([np.repeat(np.arange(1, 5), row) for row in COUNTS])
    row, col = np.divmod(np.concatenate(drawn), 4000)
    reference = write_units(tmp_path / "units.gpkg", row, col, answer=answers)
    report, matrix = tmp_path / "areas.html", tmp_path / "matrix.csv"
    ran = run(
        tmp_path, map=layer, reference=reference, class_field="answer", estimator="stratified", report=str(report),
        matrix=str(matrix),
    )  # fmt: skip
    first = table(tmp_path).iloc[0]
    assert (round(first["area"]), round(first["high"] - first["area"])) == (21_158, 6_158)
    assert first["mapped"] == pytest.approx(18_000)
    assert table(tmp_path)["users"].round(2).tolist() == [0.88, 0.73, 0.93, 0.96]
    assert table(tmp_path)["producers"].round(2).tolist() == [0.75, 0.85, 0.93, 0.96]
    assert round(ran.result.numbers["OVERALL_ACCURACY"], 3) == 0.947
    assert round(ran.result.numbers["HALF_WIDTH"], 3) == 0.018
    cross = table(tmp_path, "matrix.csv")
    assert cross["units"].to_numpy().reshape(4, 4).tolist() == COUNTS.tolist()
    assert cross["area_share"].sum() == pytest.approx(1)
    assert "1: 21,158 ha, 95 % interval 15,000 to 27,315; the map alone counts 18,000." in ran.log
    assert "21,158" in report.read_text(encoding="utf-8")
    assert ran.result.verdict.startswith("Can these areas be quoted? Yes. Quote each with its 95 % interval.")
    assert "accuracy 0.947 (0.92" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("how", "estimator"),
    [
        ({"estimator": "stratified"}, "stratified"),
        ({"stratum_field": "stratum"}, "stratified"),
        ({"stratum_field": "stratum", "probability_field": "probability"}, "stratified"),
        ({"probability_field": "probability"}, "stratified"),
        ({"probability_field": "probability", "estimator": "poststratified"}, "poststratified"),
    ],
)
def test_every_way_to_state_a_stratified_design(world, how, estimator):
    reference = world.draw("units", DRAWN)
    ran = run(world.folder, map=world.map, reference=reference, class_field="class", **how)
    assert f"estimator: {estimator}" in ran.log
    rows = table(world.folder).set_index("class")
    for number, name in enumerate(("forest", "water", "crops"), 1):
        row = rows.loc[name]
        assert row["low"] <= world.true_hectares(number) <= row["high"]
        assert row["mapped"] == pytest.approx((world.mapped == number).sum() * 0.09)
    assert rows["area"].sum() == pytest.approx(190 * 300 * 0.09)
    assert set(rows["inference"]) == {"design-based"}


def test_probabilities_and_strata_agree(world):
    reference = world.draw("units", DRAWN)
    found = []
    for how in ({"estimator": "stratified"}, {"stratum_field": "stratum", "probability_field": "probability"}):
        run(world.folder, map=world.map, reference=reference, class_field="class", **how)
        found.append(table(world.folder)[["area", "se", "low", "high"]].to_numpy())
    assert found[0] == pytest.approx(found[1])


def test_strata_of_another_raster(world):
    """Strata that cut across classes, on a coarser grid, whose band is called like the map's."""
    halves = np.repeat(np.repeat((np.arange(20) > 9)[:, None], 30, 1), 1, 0).astype(np.uint8) + 5
    strata = write_raster(world.folder / "map_of_strata.tif", halves, UTM @ UTM.scale(10))
    cells = [world.rng.choice(np.flatnonzero(world.valid & half), 100, False)
             for half in (world.row < 100, world.row >= 100)]  # fmt: skip
    row, col = np.divmod(np.concatenate(cells), 300)
    reference = write_units(world.folder / "units.gpkg", row, col, code=world.truth[row, col].astype(int))
    ran = run(world.folder, map=world.map, reference=reference, class_field="code", strata=strata)
    assert "in 2 strata" in ran.log
    rows = table(world.folder)
    assert rows["area"].sum() == pytest.approx(190 * 300 * 0.09)
    assert (rows["low"] <= [world.true_hectares(n) for n in (1, 2, 3)]).all()
    assert (rows["high"] >= [world.true_hectares(n) for n in (1, 2, 3)]).all()


def test_a_simple_random_sample_is_weighed_by_classes(world):
    row, col = np.divmod(world.rng.choice(np.flatnonzero(world.valid), 150, replace=False), 300)
    reference = write_units(world.folder / "units.gpkg", row, col, code=world.truth[row, col].astype(int))
    widths = []
    for estimator in ("auto", "stratified"):
        ran = run(
            world.folder, map=world.map, reference=reference, class_field="code", design="random", estimator=estimator
        )
        rows = table(world.folder)
        widths.append((rows["high"] - rows["low"]).to_numpy())
        assert "a simple random sample of all cells" in ran.log
    assert (widths[0] < 0.8 * widths[1]).all()


def test_a_sample_that_nobody_drew_is_refused(world):
    reference = world.draw("units", DRAWN)
    with pytest.raises(RegionwiseError, match=r"Nothing says how the units of 'units' were drawn.*Design 'random'"):
        run(world.folder, map=world.map, reference=reference, class_field="class")


def test_zones_are_a_layer_and_small_ones_are_flagged(world):
    reference = world.draw("units", {1: 100, 2: 100, 3: 100})
    left, top = UTM.c, UTM.f
    zones = gpd.GeoDataFrame(
        {"county": ["west", "east", "corner"]},
        geometry=[
            box(left, top - 6000, left + 4500, top), box(left + 4500, top - 6000, left + 8400, top),
            box(left + 8400, top - 6000, left + 9000, top),
        ],
        crs="EPSG:32633",
    )  # fmt: skip
    zones.to_crs("EPSG:4326").to_file(world.folder / "zones.gpkg")
    output = world.folder / "zones_areas.gpkg"
    ran = run(
        world.folder, map=world.map, reference=reference, class_field="class", estimator="stratified",
        zones=Layer(str(world.folder / "zones.gpkg")), zone_field="county", output=str(output),
    )  # fmt: skip
    frame = gpd.read_file(output)
    assert len(frame) == 9
    assert legend_of(output)[0] == "no data" and "forest" in output.with_suffix(".qml").read_text()
    assert frame.geometry.geom_type.eq("Polygon").all()
    for zone, columns in (("west", slice(0, 150)), ("east", slice(150, 280))):
        rows = frame[frame["zone"] == zone].set_index("class")
        assert rows["reliable"].eq(1).all()
        for number, name in enumerate(("forest", "water", "crops"), 1):
            true = ((world.truth == number) & world.valid)[:, columns].sum() * 0.09
            assert rows.loc[name, "low"] - 1 <= true <= rows.loc[name, "high"] + 1
    assert frame.loc[frame["zone"] == "corner", "reliable"].eq(0).all()
    assert "1 of 3 zones have fewer than 30 units" in ran.log
    told = "1 zone has fewer than 30 units (corner): do not quote these."
    assert ran.result.verdict == f"Can these areas be quoted? With care. {told}"


def shares(world):
    """Shares of two covers in each cell, as they are, and as a map has them."""
    cover = np.clip(0.5 + 0.4 * np.sin(world.col / 40) + 0.1 * world.rng.normal(size=world.row.shape), 0, 1)
    mapped = np.clip(cover + 0.1 * world.rng.normal(size=cover.shape), 0, 1)
    return cover, np.stack([mapped, 1 - mapped]).astype(np.float32)


def test_shares_are_assisted_by_the_map(world):
    cover, mapped = shares(world)
    layer = write_raster(world.folder / "shares.tif", mapped, names=("trees", "other"))
    row, col = np.divmod(world.rng.choice(cover.size, 100, replace=False), 300)
    answers = {"trees": 100 * cover[row, col], "other": 100 - 100 * cover[row, col]}
    reference = write_units(world.folder / "units.gpkg", row, col, **answers)
    widths = {}
    for estimator in ("auto", "stratified"):
        ran = run(
            world.folder, map=layer, reference=reference, targets=("trees", "other"), design="random", unit="share",
            estimator=estimator,
        )  # fmt: skip
        rows = table(world.folder).set_index("class")
        assert rows.loc["trees", "low"] <= cover.mean() <= rows.loc["trees", "high"]
        assert rows["area"].sum() == pytest.approx(1)
        widths[estimator] = rows.loc["trees", "high"] - rows.loc["trees", "low"]
    assert "percentages" in ran.log
    assert widths["auto"] < 0.6 * widths["stratified"]


def test_a_probability_is_assisted_by_the_map(world):
    chance = (0.9 / (1 + np.exp((world.col - 100) / 20))).astype(np.float32)
    event = world.rng.random(chance.shape) < chance
    layer = write_raster(world.folder / "probability.tif", chance)
    row, col = np.divmod(world.rng.choice(chance.size, 200, replace=False), 300)
    reference = write_units(world.folder / "units.gpkg", row, col, slid=event[row, col].astype(int))
    run(world.folder, map=layer, reference=reference, class_field="slid", design="random", unit="km2")
    rows = table(world.folder).set_index("class")
    assert rows.loc["event", "low"] <= event.sum() * 900 / 1e6 <= rows.loc["event", "high"]


def test_without_a_design_a_model_answers_and_is_named(world, monkeypatch):
    """The error of a mean over everything is that of the model's residuals; zones have larger ones."""
    cover, mapped = shares(world)
    layer = write_raster(world.folder / "shares.tif", mapped, names=("trees", "other"))
    row, col = np.divmod(world.rng.choice(cover.size, 50, replace=False), 300)
    reference = write_units(world.folder / "units.gpkg", row, col, trees=cover[row, col], other=1 - cover[row, col])
    residuals = ResidualInfo(
        {"trees": 0.1, "other": 0.1}, Variogram(0.3, 0.7, 600.0), [(100.0, 0.5, 40)], Moran(0.5, -0.1, 0.1), 200
    )
    card = SimpleNamespace(residuals=residuals)
    monkeypatch.setattr(model_based, "read_model", lambda path: SimpleNamespace(card=card))
    left, top = UTM.c, UTM.f
    halves = gpd.GeoDataFrame(
        {"county": ["a", "b"]}, crs="EPSG:32633",
        geometry=[box(left, top - 6000, left + 1500, top), box(left + 1500, top - 6000, left + 9000, top)],
    )  # fmt: skip
    halves.to_file(world.folder / "zones.gpkg")
    how = {"map": layer, "reference": reference, "targets": ("trees", "other"), "unit": "share", "model": "m"}
    ran = run(world.folder, **how)
    assert "No design is stated, so areas are model-based" in ran.log
    assert ran.result.verdict.startswith("Can these areas be quoted? With care. They hold if the model errs everywhere")
    rows = table(world.folder).set_index("class")
    assert set(rows["inference"]) == {"model-based"}
    assert rows.loc["trees", "area"] == pytest.approx(mapped[0].mean(), abs=1e-4)
    whole = rows.loc["trees", "se"]
    assert 0.1 * np.sqrt(1 / 60_000) < whole < 0.1
    run(world.folder, **how, zones=Layer(str(world.folder / "zones.gpkg")), zone_field="county")
    zones = table(world.folder).set_index(["zone", "class"])
    assert zones.loc[("a", "trees"), "se"] > zones.loc[("b", "trees"), "se"] > whole
    with pytest.raises(RegionwiseError, match="is one of classes: residuals do not tell"):
        run(world.folder, map=world.map, reference=world.draw("drawn", DRAWN), class_field="class", model="m")
    card.residuals = None
    with pytest.raises(RegionwiseError, match="tells the errors of nothing, and the map has trees, other"):
        run(world.folder, **how)


def test_strata_of_another_layer_are_not_the_classes_of_the_same_numbers(world):
    """Strata 1 and 2 are halves of the map, which has classes 1 to 3; their sizes follow from the probabilities."""
    row, col = np.concatenate([
        np.stack(np.divmod(world.rng.choice(np.flatnonzero(world.valid & half), count, False), 300), 1)
        for half, count in ((world.col < 30, 100), (world.col >= 30, 100))
    ]).T  # fmt: skip
    first = col < 30
    cells = [(world.valid & (world.col < 30)).sum(), (world.valid & (world.col >= 30)).sum()]
    fields = {
        "code": world.truth[row, col].astype(int), "stratum": np.where(first, "1", "2"),
        "probability": np.where(first, 100 / cells[0], 100 / cells[1]),
    }  # fmt: skip
    reference = write_units(world.folder / "units.gpkg", row, col, **fields)
    how = {"map": world.map, "reference": reference, "class_field": "code", "stratum_field": "stratum"}
    run(world.folder, **how, probability_field="probability")
    rows = table(world.folder)
    true = np.array([world.true_hectares(number) for number in (1, 2, 3)])
    assert ((rows["low"] <= true) & (true <= rows["high"])).all()
    with pytest.raises(RegionwiseError, match="are not the map's classes at these places"):
        run(world.folder, **how)


def test_a_stratum_of_one_unit_keeps_its_size(world):
    """One unit of a small class says little of it, but its neighbours in the estimate say nothing of its size."""
    small = (world.row > 190) & (world.col < 5)
    world.mapped[small & world.valid] = 4
    layer = write_raster(world.folder / "four.tif", world.mapped, nodata=0)
    cells = [world.rng.choice(np.flatnonzero(world.mapped == n), count, False)
             for n, count in ((1, 40), (2, 40), (3, 40), (4, 1))]  # fmt: skip
    row, col = np.divmod(np.concatenate(cells), 300)
    reference = write_units(world.folder / "units.gpkg", row, col, code=world.mapped[row, col].astype(int))
    ran = run(world.folder, map=layer, reference=reference, class_field="code", estimator="stratified")
    rows = table(world.folder).set_index("class")
    assert rows.loc[4, "area"] == pytest.approx(small.sum() * 0.09)
    assert "for errors these are taken as one" in ran.log


def test_a_map_that_was_sampled_in_part_is_told(world):
    west = world.valid & (world.col < 150)
    row, col = np.divmod(world.rng.choice(np.flatnonzero(west), 100, False), 300)
    fields = {"code": world.truth[row, col].astype(int), "probability": np.full(100, 100 / west.sum())}
    reference = write_units(world.folder / "units.gpkg", row, col, **fields)
    ran = run(world.folder, map=world.map, reference=reference, class_field="code", probability_field="probability")
    assert "stand for 2,565 ha, and the map has 5,130 ha" in ran.log


def test_a_draw_in_stages_is_one_whatever_is_said_of_chances(world):
    columns = world.rng.choice(300, 30, replace=False)
    row = np.concatenate([world.rng.choice(np.arange(10, 200), 10, replace=False) for _ in columns])
    col = np.repeat(columns, 10)
    answers = np.where(col % 3 == 0, 2, world.mapped[row, col]).astype(int)
    reference = write_units(world.folder / "units.gpkg", row, col, code=answers, sheet=[f"c{c}" for c in col])
    errors = []
    for primary in ("", "sheet"):
        run(
            world.folder, map=world.map, reference=reference, class_field="code", design="random",
            primary_field=primary,
        )  # fmt: skip
        errors.append(table(world.folder)["se"].to_numpy())
    assert (errors[1] > 2 * errors[0]).all()


def test_zones_that_overlap_are_told(world):
    reference = world.draw("units", DRAWN)
    left, top = UTM.c, UTM.f
    shapes = [box(left, top - 6000, left + 5000, top), box(left + 3000, top - 6000, left + 9000, top)]
    gpd.GeoDataFrame({"z": ["a", "b"]}, geometry=shapes, crs="EPSG:32633").to_file(world.folder / "zones.gpkg")
    ran = run(
        world.folder, map=world.map, reference=reference, class_field="class", estimator="stratified",
        zones=Layer(str(world.folder / "zones.gpkg"), "zones"), zone_field="z",
    )  # fmt: skip
    assert "Zones of 'zones' overlap (22.2 % of their area)" in ran.log


def test_two_stages_count_their_primary_units(world):
    """The same answers, of which whole columns of cells are wrong: drawn by columns, they tell less."""
    columns = world.rng.choice(300, 30, replace=False)
    row = np.concatenate([world.rng.choice(np.arange(10, 200), 10, replace=False) for _ in columns])
    col = np.repeat(columns, 10)
    answers = np.where(col % 3 == 0, 2, world.mapped[row, col]).astype(int)
    fields = {"code": answers, "probability": np.full(300, 300 / (190 * 300)), "primary": [f"c{c}" for c in col]}
    reference = write_units(world.folder / "units.gpkg", row, col, **fields)
    how = {"map": world.map, "reference": reference, "class_field": "code", "probability_field": "probability"}
    ran = run(world.folder, **how)
    assert "drawn in two stages" in ran.log
    staged = table(world.folder)["se"].to_numpy()
    frame = gpd.read_file(world.folder / "units.gpkg").drop(columns="primary")
    frame.to_file(world.folder / "one.gpkg")
    run(world.folder, **{**how, "reference": Layer(str(world.folder / "one.gpkg"))})
    assert (staged > 2 * table(world.folder)["se"].to_numpy()).all()


def changed(world, change, **params):
    """Run with a reference that `change` has spoiled."""
    world.draw("units", DRAWN)
    frame = change(gpd.read_file(world.folder / "units.gpkg"))
    frame.to_file(world.folder / "spoiled.gpkg")
    how = {"class_field": "class", "estimator": "stratified", **params}
    return run(world.folder, map=world.map, reference=Layer(str(world.folder / "spoiled.gpkg"), "spoiled"), **how)


@pytest.mark.parametrize(
    ("change", "params", "message"),
    [
        (lambda f: f[f["stratum"] != "water"], {}, r"Stratum 'water' \(40.* % of the area\) has no unit in 'spoiled'"),
        (lambda f: f.assign(probability=0), {"probability_field": "probability"}, "is 0 in rows 1, 2, 3.* above 0 and"),
        (lambda f: f.assign(probability=40), {"probability_field": "probability"}, "is 40 in rows .* not weights"),
        (lambda f: pd.concat([f, f.iloc[:1]]), {}, "2 units of 'spoiled' share places"),
        (lambda f: f.set_geometry(f.translate(1e5)), {}, "No unit of 'spoiled' lies on data of 'map'"),
        (lambda f: f.assign(**{"class": "marsh"}), {}, "No class in 'class' of 'spoiled' .*forest, water, crops"),
        (lambda f: f.assign(**{"class": None}), {}, "No unit of 'spoiled' has an answer in 'class'"),
        (lambda f: f.assign(stratum="bog"), {"stratum_field": "stratum", "estimator": "auto"},
         r"Strata of 'spoiled' \('bog', ...\) are not the map's"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused(world, change, params, message):
    with pytest.raises(RegionwiseError, match=message):
        changed(world, change, **params)


def one_of_water(frame):
    water = frame[frame["stratum"] == "water"]
    return pd.concat([frame[frame["stratum"] != "water"], water.iloc[:1]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.assign(**{"class": ["marsh"] * 3 + list(f["class"][3:])}), "Class 'marsh' of 3 units is not on"),
        (lambda f: f.assign(**{"class": [None] * 4 + list(f["class"][4:])}), "4 of 200 units of 'spoiled' have no ans"),
        (one_of_water, r"taken as one: 'forest' \(60\), 'water' \(1\)"),
        (lambda f: f.set_geometry(f.geometry.where(np.arange(len(f)) > 4, f.translate(1e6))), "5 of 200 units of"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_said(world, change, message):
    assert re.search(message, changed(world, change).log)


def test_maps_of_another_kind_are_refused(world):
    reference = world.draw("units", DRAWN)
    heights = write_raster(world.folder / "dem.tif", (world.row + 0.5).astype(np.float32))
    with pytest.raises(RegionwiseError, match="Map 'dem' holds 1.5: it is neither"):
        run(world.folder, map=heights, reference=reference, class_field="class", design="random")
    _, mapped = shares(world)
    bands = write_raster(world.folder / "shares.tif", mapped, names=("trees", "other"))
    with pytest.raises(RegionwiseError, match=r"has 2 bands \(trees, other\)"):
        run(world.folder, map=bands, reference=reference, class_field="class", design="random")


def test_parameters_that_do_not_go_together():
    with pytest.raises(RegionwiseError) as found:
        AreaEstimation(
            level=1.2, unit="acre", design="random", stratum_field="s", zones=Layer("z.gpkg"), targets=("a",)
        )
    for words in ("Level is 1.2", "Unit is 'acre'", "neither strata nor", "Zones and the field", "two or more"):
        assert words in str(found.value)


@pytest.mark.parametrize(
    ("crops", "units", "grades", "told"),
    [
        (100.0, 40, [YES, YES, UNTOLD], "Quote each with its 95 % interval. Cells drawn."),
        (150.0, 40, [YES, NO, UNTOLD], "Quote each with its 95 % interval. Cells drawn."),
        (100.0, 4, [CARE, YES, UNTOLD], "Too few units of the reference have crops (4): fewer than 10."),
    ],
)
def test_the_verdict_on_areas(crops, units, grades, told):
    common = {"se": 5.0, "unit": "ha"}
    rows = [
        {"class": "forest", "area": 300.0, "low": 290.0, "high": 310.0, "mapped": 300.0, "units": 90, **common},
        {"class": "crops", "area": 100.0, "low": 90.0, "high": 110.0, "mapped": crops, "units": units, **common},
    ]
    source = SimpleNamespace(inference="design-based", in_words="cells drawn", staged=False)
    params = AreaEstimation(map=Layer("m"), reference=Layer("r"), class_field="c", output="o.csv")
    verdict = verdict_of(AreaFindings(rows, [], None, ["forest", "crops"], source), params)
    assert [answer.grade for answer in verdict.answers] == grades
    assert verdict.answers[0].text == told
    assert (verdict.answers[1].text.startswith("The map shows too much of 'crops'.")) == (grades[1] == NO)
