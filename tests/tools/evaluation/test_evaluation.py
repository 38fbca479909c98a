"""One simulated world, trained and mapped once: what the tools say about the map, against the truth."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.ground_cells import cell_areas
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.vector.zonal import zonal_means
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.learning.model_file import read_model, write_model
from regionwise.core.targets.calibration import CalibrationInfo
from regionwise.core.tools.evaluation.check_samples import check_samples
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import (
    ApplicabilityMapping,
    MapSummary,
    MapValidation,
    SampleAudit,
    SampleProposal,
)
from regionwise.core.tools.evaluation.propose_samples import propose_samples
from regionwise.core.tools.evaluation.summarise_map import summarise_map
from regionwise.core.tools.evaluation.validate_map import validate_map
from regionwise.core.tools.simulation.composition_world import PRECISION, simulate_world
from shapely.geometry import Point, Polygon, box
from support import legend_of, read_raster, run_task

TARGETS = ("F", "F_NF", "NF_F", "NF")

pytestmark = pytest.mark.train  # nearly all look at one trained and mapped world


def test_training_prints_random_beside_spatial_and_what_to_expect(mapped):
    folder, _, _, ran = mapped
    assert "Validation: knndm. Samples are clustered" in ran.log
    assert "Beside it, random (boosting): mean R²" in ran.log
    assert "Beside it, new region (boosting): mean R²" in ran.log
    assert "Expect an error (RMSE of a share) of 0." in ran.log
    assert "Do not believe the random score" in ran.log
    scores = pd.read_csv(folder / "s.csv")
    means = scores[(scores["part"] == "all") & (scores["component"] == "mean")]
    assert set(means["validation"]) == {"knndm", "random", "new region"}
    assert "mean of the region" in set(means["model"])
    claimed = means[means["model"] == "boosting"].set_index("validation")["r2"]
    assert claimed["random"] > claimed["knndm"] + 0.1


def test_figures_are_written_as_pictures_and_numbers(mapped):
    folder = mapped[0]
    names = {path.name for path in (folder / "figures").iterdir()}
    assert "observed_and_predicted__knndm.png" in names
    assert "observed_and_predicted__knndm.csv" in names
    assert {"reliability__knndm.png", "distances__knndm.png", "residuals__knndm.png"} <= names
    data = pd.read_csv(folder / "figures" / "observed_and_predicted__knndm.csv")
    assert list(data)[:2] == ["F observed", "F predicted"]


def test_map_of_trees_tells_data_and_model_part_and_bands_that_hold(mapped):
    folder = mapped[0]
    shares, names = read_raster(folder / "map.tif")
    valid = np.isfinite(shares[0])
    np.testing.assert_allclose(shares.sum(0)[valid], 1, atol=1e-5)
    unsure, bands = read_raster(folder / "u.tif")
    part = {name: unsure[i][valid] for i, name in enumerate(bands)}
    for name in names:
        np.testing.assert_allclose(
            part[f"{name}_sd"] ** 2, part[f"{name}_sd_data"] ** 2 + part[f"{name}_sd_model"] ** 2, atol=1e-5
        )
    assert (part["regional_weight"] == 0).all()
    p = shares[:, valid]
    np.testing.assert_allclose(part["entropy"], -(p * np.log(np.maximum(p, 1e-12))).sum(0), atol=1e-4)
    bounds, _ = read_raster(folder / "i.tif")
    world = simulate_world(160, "clustered", 2)
    labels = np.random.default_rng(0).gamma(PRECISION * world.shares[:, valid] + 1e-9)
    labels /= labels.sum(0)
    inside = (labels >= bounds[:4, valid]) & (labels <= bounds[4:8, valid])
    assert 0.82 < inside.mean() < 0.97


def test_tiles_do_not_change_the_map_of_trees(mapped, monkeypatch, tmp_path):
    from regionwise.core.mapping import run_map

    folder, _, params, _ = mapped
    whole = read_raster(folder / "map.tif")[0]
    monkeypatch.setattr(run_map, "TILE_SIDES", (48,))
    plan = CompositionMapping(day=params.day, night=params.night, model=params.model, output=str(tmp_path / "t.tif"))
    run_task(map_composition, plan, tmp_path / "j")
    np.testing.assert_allclose(read_raster(tmp_path / "t.tif")[0], whole, atol=1e-5)


def test_errors_are_larger_outside_the_area_of_applicability(mapped, reached, tmp_path, write):
    folder, _, params, _ = mapped
    reach, ran = reached
    found, names = read_raster(reach.output)
    assert names == ("dissimilarity", "inside", "density", "expected_error")
    valid = np.isfinite(found[0])
    np.testing.assert_array_equal(valid, np.isfinite(read_raster(folder / "map.tif")[0][0]))
    threshold = read_model(params.model).card.applicability.threshold
    np.testing.assert_array_equal(found[1][valid] == 1, found[0][valid] <= threshold + 1e-6)
    np.testing.assert_array_equal(found[2][valid] > 0, found[1][valid] == 1)
    assert abs(ran.result.numbers["INSIDE"] - found[1][valid].mean()) < 1e-3
    profile = read_model(params.model).card.applicability.profile
    np.testing.assert_array_equal(np.isfinite(found[3][valid]), found[0][valid] <= profile.reach)
    order = np.argsort(found[0][valid])
    assert (np.diff(found[3][valid][order][: np.isfinite(found[3][valid]).sum()]) >= -1e-6).all()
    assert profile.validations == ["knndm", "new region"]  # random folds are helped by neighbours
    assert f"Expected error is the RMSE of a share, up to a dissimilarity of {profile.reach:.3f}" in ran.log
    with rasterio.open(reach.output) as file:
        assert "expected error (RMSE of a share)" in file.tags()["TIFFTAG_IMAGEDESCRIPTION"]
    assert "The error to expect (RMSE of a share)" in (folder / "r.html").read_text(encoding="utf-8")
    day, night = (read_raster(folder / name)[0] for name in ("day.tif", "night.tif"))
    far = dataclasses.replace(
        reach,
        day=(write(tmp_path / "day.tif", (day + 20).astype(np.float32),
                   names=read_model(params.model).card.band_names("day")),),
        night=(write(tmp_path / "VIIRS.tif", night.astype(np.float32)),),
        output=str(tmp_path / "far.tif"),
    )  # fmt: skip
    assert run_task(map_applicability, far, tmp_path / "k").result.numbers["INSIDE"] == 0
    assert not np.isfinite(read_raster(far.output)[0][3]).any()  # nobody knows the error there


def test_applicability_of_many_samples_is_judged_by_a_sample_of_them(mapped, reached, spaced, tmp_path):
    whole, (found,) = read_model(mapped[2].model), spaced
    assert len(found.points) == 150
    assert found.each > 3
    assert found.threshold > whole.card.applicability.threshold  # fewer points lie farther
    fewer = dataclasses.replace(reached[0], model=str(tmp_path / "m.safetensors"), output=str(tmp_path / "fewer.tif"))
    card = dataclasses.replace(whole.card, applicability=found.info())
    write_model(fewer.model, dataclasses.replace(whole, card=card, common=found.arrays()))
    run_task(map_applicability, fewer, tmp_path / "job")
    maps = [read_raster(plan.output)[0] for plan in (reached[0], fewer)]
    inside, density = ([np.nanmean(bands[number]) for bands in maps] for number in (1, 2))
    assert abs(inside[1] - inside[0]) < 0.1
    assert 0.5 < density[1] / density[0] < 6


def test_proposals_are_unlike_the_samples_apart_and_cheap(mapped, reached, tmp_path, write):
    folder, layer, params, _ = mapped
    with rasterio.open(folder / "day.tif") as file:
        place = {"transform": file.transform, "crs": file.crs}
    cost = np.where(np.arange(160)[None] < 80, 1.0, 100.0) * np.ones((160, 1))
    proposal = SampleProposal(
        day=params.day, night=params.night, model=params.model, uncertainty=layer("u.tif"), count=15, distance=400,
        cost=write(tmp_path / "cost.tif", cost.astype(np.float32), **place), output=str(tmp_path / "n.gpkg"),
    )  # fmt: skip
    run_task(propose_samples, proposal, tmp_path / "j")
    out = gpd.read_file(tmp_path / "n.gpkg")
    assert legend_of(tmp_path / "n.gpkg") == ["first third", "second third", "last third"]
    assert out["rank"].tolist() == list(range(1, 16))
    assert (np.diff(out["worth"]) <= 1e-9).all()
    xy = np.stack([out.geometry.x, out.geometry.y], 1)
    gaps = np.linalg.norm(xy[:, None] - xy[None], axis=2)[~np.eye(15, dtype=bool)]
    assert gaps.min() > 400
    assert (out["cost"] == 1).all()
    typical = np.nanmedian(read_raster(reached[0].output)[0][0])
    assert out["dissimilarity"].median() > typical


def test_zonal_means_weigh_cells_by_area(write, tmp_path):
    from affine import Affine

    values = np.stack([np.arange(12.0).reshape(3, 4), np.ones((3, 4))]).astype(np.float32)
    values[0, 0, 3] = -9999
    degrees = Affine(10, 0, 0, 0, -20, 80)
    layer = write(tmp_path / "m.tif", values, transform=degrees, crs=CRS.from_epsg(4326), nodata=-9999)
    shapes = gpd.GeoSeries([box(0, 20, 20, 80), Point(35, 75), Point(15, 25), box(50, 20, 60, 30), None, Polygon()])
    with Stack({"map": (layer,)}) as stack:
        zonal = zonal_means(stack, shapes)
        means, area, cells = zonal.means, zonal.area, zonal.cells
        rows = cell_areas(stack.grid, stack.grid.area).ravel()
    latitude = np.radians([70, 50, 30])
    weight = np.cos(latitude) / (1 - 0.00669438 * np.sin(latitude) ** 2) ** 2  # of the ellipsoid of WGS 84
    np.testing.assert_allclose(means[0, 0], (weight * [0.5, 4.5, 8.5]).sum() / weight.sum(), rtol=1e-6)
    assert np.isnan(means[1, 0])
    assert means[2].tolist() == [9, 1]
    assert cells.tolist() == [6, 0, 1, 0, 0, 0]  # rows without a place are no error
    np.testing.assert_allclose(rows / rows[0], weight / weight[0], rtol=1e-6)
    np.testing.assert_allclose(area[0], 2 * rows.sum())
    np.testing.assert_array_equal(zonal.weight, area)
    assert not zonal.unweighed.any()


def test_a_perfect_map_validates_with_1_at_every_level(mapped, tmp_path):
    folder, layer, _, _ = mapped
    shares, _ = read_raster(folder / "map.tif")
    with rasterio.open(folder / "map.tif") as file:
        rows, cols = np.nonzero(np.isfinite(shares[0]))
        pick = np.random.default_rng(0).permutation(len(rows))[:120]
        x, y = rasterio.transform.xy(file.transform, rows[pick], cols[pick])
        crs = file.crs
    exact = shares[:, rows[pick], cols[pick]].T
    columns = {name: exact[:, i] for i, name in enumerate(TARGETS)}
    columns |= {"county": [f"c{i % 10}" for i in range(120)], "income": 3 * exact[:, 0] + 1,
                "noise": np.random.default_rng(1).normal(size=120)}  # fmt: skip
    gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(x, y), crs=crs.to_wkt()).to_file(tmp_path / "ref.gpkg")
    params = MapValidation(
        map=layer("map.tif"), reference=Layer(str(tmp_path / "ref.gpkg"), "ref"), targets=TARGETS,
        indicators=("income", "noise"), level_field="county", output=str(tmp_path / "v.gpkg"),
        scores=str(tmp_path / "v.csv"), correlations=str(tmp_path / "c.csv"), report=str(tmp_path / "v.html"),
        figures=str(tmp_path / "figures"),
    )  # fmt: skip
    ran = run_task(validate_map, params, tmp_path / "j")
    scores = pd.read_csv(tmp_path / "v.csv")
    assert set(scores["level"]) == {"unit", "county"}
    assert (scores["r2"] > 0.9999).all()
    assert ran.result.numbers["R2_MEAN"] > 0.9999
    assert ran.result.verdict.startswith("Can I use this map here? Yes. The map explains 100 %")
    page = (tmp_path / "v.html").read_text(encoding="utf-8")
    assert all(text in page for text in ("Can I use its means by", "Do the indicators go with the map?"))
    found = pd.read_csv(tmp_path / "c.csv").query("level == 'unit'").set_index(["indicator", "component"])
    assert found.loc[("income", "F"), "r"] > 0.999
    assert found.loc[("income", "F"), "significant"]
    assert not found.loc["noise", "significant"].all()
    assert (found["p_corrected"] >= found["p"]).all()
    np.testing.assert_allclose(gpd.read_file(tmp_path / "v.gpkg")["F_map"], exact[:, 0], atol=1e-5)
    assert "off by under 5 %" in legend_of(tmp_path / "v.gpkg")
    wrong = dataclasses.replace(params, targets=("F", "income"))
    with pytest.raises(RegionwiseError, match="Band 'income' missing"):
        run_task(validate_map, wrong, tmp_path / "k")


def test_summary_holds_the_map_s_means(mapped, tmp_path):
    folder, layer, _, _ = mapped
    params = MapSummary(map=layer("map.tif"), polygons=layer("regions.gpkg"), output=str(tmp_path / "s.gpkg"))
    run_task(summarise_map, params, tmp_path / "j")
    out = gpd.read_file(tmp_path / "s.gpkg")
    assert legend_of(tmp_path / "s.gpkg")[:2] == ["no data", "under 20 %"]
    np.testing.assert_allclose(out[list(TARGETS)].sum(axis=1), 1, atol=1e-5)
    shares, _ = read_raster(folder / "map.tif")
    total = np.average(out["F"], weights=out["map_cells"])
    assert abs(total - np.nanmean(shares[0])) < 0.01
    assert out["map_area"].sum() == pytest.approx(out["map_cells"].sum() * 8100)


def test_check_samples_flags_a_layer(mapped, tmp_path):
    folder, _, params, _ = mapped
    frame = gpd.read_file(folder / "samples.gpkg")
    frame["income"] = frame["F_NF"] * 100
    frame["fold"] = [str(i % 3) for i in range(len(frame))]
    frame["unit"] = [f"u{i // 2}" for i in range(len(frame))]
    frame.to_file(tmp_path / "s.gpkg")
    audit = SampleAudit(
        samples=Layer(str(tmp_path / "s.gpkg"), "s"), targets=TARGETS, source_field="unit", region_field="region",
        fold_field="fold", features=("income",), day=params.day, night=params.night, output=str(tmp_path / "a.gpkg"),
        report=str(tmp_path / "a.html"),
    )  # fmt: skip
    ran = run_task(check_samples, audit, tmp_path / "j")
    assert ran.result.numbers["PROBLEMS"] == 2
    assert ran.result.numbers["CLUSTERED"] == 1
    assert ran.result.verdict.startswith("Can scores from these samples be believed? No. Found: ")
    assert "giveaway" in ran.result.verdict and "Nothing was found" not in (tmp_path / "a.html").read_text()
    out = gpd.read_file(tmp_path / "a.gpkg")
    assert legend_of(tmp_path / "a.gpkg")[0] == "nothing found"
    assert out["problems"].str.contains("giveaway").all()
    assert out["problems"].str.contains("spanning sources").any()
    bare = dataclasses.replace(audit, day=(), night=(), features=(), fold_field="", source_field="")
    ran = run_task(check_samples, bare, tmp_path / "k")
    assert ran.result.numbers["PROBLEMS"] == 0
    assert ran.result.verdict.startswith("Can scores from these samples be believed? With care. No problem was found")


def test_what_cannot_be_judged_is_refused_in_one_sentence(mapped, tmp_path, write):
    folder, layer, params, _ = mapped
    bands = {"day": params.day, "night": params.night}

    def refused(task, values):
        with pytest.raises(RegionwiseError) as caught:
            run_task(task, values, tmp_path / "job")
        return str(caught.value)

    model = read_model(params.model)
    bare = dataclasses.replace(model, common={}, card=dataclasses.replace(model.card, calibration=CalibrationInfo()))
    write_model(str(tmp_path / "old.safetensors"), bare)
    old = {**bands, "model": str(tmp_path / "old.safetensors"), "output": str(tmp_path / "o.tif")}
    assert "does not know what it was trained on" in refused(map_applicability, ApplicabilityMapping(**old))
    mapping = CompositionMapping(**old, intervals=str(tmp_path / "i.tif"))
    assert "has no calibrated intervals" in refused(map_composition, mapping)
    with pytest.raises(RegionwiseError, match="Level of the intervals is 1.2; it must be below 1"):
        CompositionMapping(**old, level=1.2)
    proposal = {**old, "model": params.model, "output": str(tmp_path / "n.gpkg")}
    wrong = SampleProposal(**proposal, uncertainty=layer("map.tif"))
    assert "Raster 'map' has no band 'entropy'" in refused(propose_samples, wrong)
    with rasterio.open(folder / "day.tif") as file:
        free = write(tmp_path / "free.tif", np.zeros((160, 160), np.float32), transform=file.transform, crs=file.crs)
    assert "Costs of 'free' are not all above 0" in refused(propose_samples, SampleProposal(**proposal, cost=free))
    away = gpd.GeoDataFrame({"F": [1.0], "NF": [0.0]}, geometry=[Point(10, 10)], crs="EPSG:4326")
    away.to_file(tmp_path / "away.gpkg")
    reference = Layer(str(tmp_path / "away.gpkg"), "away")
    validation = MapValidation(map=layer("map.tif"), reference=reference, targets=("F", "NF"))
    assert "No unit of 'away' lies on data of 'map'" in refused(validate_map, validation)
    with pytest.raises(RegionwiseError, match="There is nothing to compare with"):
        MapValidation(map=layer("map.tif"), reference=reference)
