"""Abundance from end to end: training, maps of both levels, transfer, and what is refused."""

import dataclasses
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.series.image_series import read_series
from regionwise.core.families.abundance.train import train
from regionwise.core.learning.model_file import read_model
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping
from regionwise.core.tools.preparation.import_weights import import_weights
from regionwise.core.tools.preparation.params import WeightImport
from support import read_raster, run_task

TARGETS = ("tree", "maize", "rice", "bare")


def score(table, model, component="mean", validation="random"):
    row = table[(table.model == model) & (table.component == component) & (table.validation == validation)
                & (table.part == "all")]  # fmt: skip
    return float(row["r2"].iloc[0])


@pytest.mark.train
def test_trees_learn_mixed_pixels(boosted):
    params, ran, scores = boosted
    assert score(scores, "boosting") > 0.8
    assert score(scores, "unmixing") > 0.5
    assert score(scores, "boosting", "crop") > 0.8
    assert ran.result.numbers["R2_MEAN"] == pytest.approx(score(scores, "boosting"))
    assert "unmixing" in Path(params.report).read_text()
    predictions = gpd.read_file(params.predictions)
    np.testing.assert_allclose(
        predictions["crop_pred"], predictions["maize_pred"] + predictions["rice_pred"], atol=1e-6
    )


@pytest.mark.train
def test_both_levels_are_mapped_consistently(fields, boosted, mapped, tmp_path):
    found, names, _ = mapped(fields, tmp_path, boosted[0].model, uncertainty=str(tmp_path / "u.tif"),
                             intervals=str(tmp_path / "i.tif"), dominant=str(tmp_path / "d.tif"))  # fmt: skip
    assert names == (*TARGETS, "crop")
    dominant, _ = read_raster(tmp_path / "d.tif")
    np.testing.assert_array_equal(dominant[0] // 10, found[:4].argmax(0) + 1)  # sums of classes do not count
    np.testing.assert_allclose(found[:4].sum(0), 1, atol=1e-6)
    np.testing.assert_allclose(found[4], found[1] + found[2], atol=1e-6)
    truth, _ = read_raster(fields / "truth.tif")
    assert 1 - ((found[:4] - truth) ** 2).sum() / ((truth - truth.mean((1, 2), keepdims=True)) ** 2).sum() > 0.85
    spread, bands = read_raster(tmp_path / "u.tif")
    assert bands[4] == "crop_sd" and (spread[:5] >= 0).all()
    assert bands[-1] == "deviation"
    np.testing.assert_allclose(spread[-1], spread[:4].mean(0), atol=1e-6)  # of the finer classes alone
    bounds, _ = read_raster(tmp_path / "i.tif")
    assert (bounds[:5] <= found + 1e-6).all() and (bounds[5:10] >= found - 1e-6).all()
    inside = (truth >= bounds[:4]) & (truth <= bounds[5:9])
    assert 0.8 < inside.mean() < 0.99
    mapped(fields, tmp_path, boosted[0].model, "joint", joint=True, intervals=str(tmp_path / "j.tif"))
    joint, names = read_raster(tmp_path / "j.tif")
    assert names[0] == "tree_joint_low" and names[-2:] == ("crop_joint_high", "width")
    at_once = ((truth >= joint[:4]) & (truth <= joint[5:9])).all(0)
    assert at_once.mean() > inside.all(0).mean() + 0.05
    page = Path(boosted[0].report).read_text(encoding="utf-8")
    assert "all at once" in page and "joint set" in page


@pytest.mark.train
def test_the_network_fills_gaps_and_its_stack_is_a_model(fields, stack, mapped, tmp_path):
    params, _, scores = stack
    assert {"brits", "boosting", "unmixing", "stack"} <= set(scores.model)
    assert score(scores, "brits") > 0.35
    card = read_model(params.model).card
    assert {member.type for member in card.members} == {"brits", "boosting", "unmixing"}
    assert card.levels == {"crop": ["maize", "rice"]}
    imputed = str(tmp_path / "imputed.tif")
    found, _, _ = mapped(fields, tmp_path, params.model, imputed=imputed)
    filled, names = read_raster(imputed)
    assert names == tuple(read_series(str(fields / "series.json")).band_names())
    observed, _ = read_raster(fields / "series.vrt")
    there = np.isfinite(observed)
    np.testing.assert_allclose(filled[there], observed[there], atol=1e-4)
    assert np.isfinite(filled[:, np.isfinite(found[0])]).all() and not there.all()


@pytest.mark.train
def test_a_table_of_values_teaches_what_the_series_teaches(fields, few_boosted, tabled, mapped, tmp_path):
    params, _, scores, _ = tabled
    assert score(few_boosted[2], "boosting") == pytest.approx(score(scores, "boosting"), abs=0.02)
    found, _, _ = mapped(fields, tmp_path, params.model)  # a model of a table maps a series
    assert np.isfinite(found[0]).mean() > 0.99


@pytest.mark.train
def test_ancillary_rasters_are_known_by_name_whatever_their_order(
    fields, few_boosted, trained, mapped, tmp_path, write
):
    with rasterio.open(fields / "truth.tif") as file:
        truth, transform, crs = file.read(), file.transform, file.crs
    layers = [write(tmp_path / f"{name}.tif", truth[i] + 5, transform=transform, crs=crs)
              for i, name in enumerate(("height", "rain"))]  # fmt: skip
    params, _, scores = trained(fields, tmp_path, "few", ancillary=tuple(layers), model_type="brits", epochs=2)
    assert score(scores, "boosting") > score(few_boosted[2], "boosting") + 0.005  # they tell two of the shares
    one, _, _ = mapped(fields, tmp_path, params.model, "one", ancillary=tuple(layers))
    two, _, _ = mapped(fields, tmp_path, params.model, "two", ancillary=tuple(layers[::-1]))
    np.testing.assert_array_equal(one, two)
    with pytest.raises(RegionwiseError, match="Band 'rain' missing|'rain'"):
        mapped(fields, tmp_path, params.model, "three", ancillary=(layers[0],))


@pytest.fixture(scope="module")
def doubled(fields, trained, tmp_path_factory):
    """A run with coordinates, on few samples of which three share a cell with others that contradict them."""
    folder = tmp_path_factory.mktemp("doubled")
    frame = gpd.read_file(fields / "few.gpkg")
    double = frame.iloc[:3].copy()
    double.geometry = double.geometry.translate(20, 20)
    double[list(TARGETS)] = [1.0, 0.0, 0.0, 0.0]
    pd.concat([frame, double]).to_file(folder / "double.gpkg")
    layer = Layer(str(folder / "double.gpkg"), "double")
    return *trained(fields, folder, samples=layer, add_coordinates=True, validation="blocks")[:2], len(frame)


@pytest.mark.train
def test_coordinates_are_there_only_when_asked(fields, boosted, doubled, mapped, tmp_path):
    assert read_model(boosted[0].model).card.band_names("ancillary") == []
    model = doubled[0].model
    assert read_model(model).card.band_names("ancillary") == ["longitude", "latitude"]
    found, _, _ = mapped(fields, tmp_path, model)
    assert np.isfinite(found[0]).mean() > 0.99


@pytest.mark.train
def test_samples_in_one_cell_with_other_labels_are_told_and_kept_in_one_fold(doubled):
    params, ran, count = doubled
    assert "3 samples lie in one cell with another one and have other labels" in ran.log
    predictions = gpd.read_file(params.predictions)
    assert len(predictions) == count + 3
    for column in ("source", "fold"):
        assert (predictions[column].iloc[-3:].to_numpy() == predictions[column].iloc[:3].to_numpy()).all()


@pytest.mark.train
def test_labels_of_one_cell_in_other_seasons_are_no_contradiction(fields, trained, tmp_path):
    frame = gpd.read_file(fields / "few.gpkg").assign(start="2020-01-01", end="2020-07-01")
    later = frame.iloc[:5].assign(start="2020-06-01", end="2020-12-31", tree=1.0, maize=0.0, rice=0.0, bare=0.0)
    same = frame.iloc[5:7].assign(tree=1.0, maize=0.0, rice=0.0, bare=0.0)
    pd.concat([frame, later, same]).to_file(tmp_path / "seasons.gpkg")
    layer = Layer(str(tmp_path / "seasons.gpkg"), "seasons")
    _, ran, _ = trained(fields, tmp_path, samples=layer, start_field="start", end_field="end")
    assert (
        "2 samples lie in one cell with another one and have other labels at the same dates, in rows 66, 67" in ran.log
    )


@pytest.mark.train
def test_few_labels_are_compared_with_and_without_a_start_of_another_width(fields, stack, trained, tmp_path):
    trained(
        fields, tmp_path, "few", model_type="brits", epochs=3, width=12, batch=16, start_model=stack[0].model,
        few_shots="5 20", report=str(tmp_path / "r.html"), figures=str(tmp_path / "figures"),
    )  # fmt: skip
    table = pd.read_csv(tmp_path / "figures" / "few_labels.csv").query("component == 'mean'")
    means = table.groupby(["labels", "way"]).r2.mean().unstack()
    assert list(means.index) == [5, 20]
    assert (means["from the start model"] > means["from nothing"] + 0.1).all()


@pytest.mark.train
def test_a_start_of_another_season_is_refused(fields, stack, trained, tmp_path):
    frame = gpd.read_file(fields / "few.gpkg").assign(start="2020-05-01", end="2020-10-01")
    frame.to_file(tmp_path / "summer.gpkg")
    changes = {"samples": Layer(str(tmp_path / "summer.gpkg"), "summer"), "start_field": "start", "end_field": "end"}
    with pytest.raises(RegionwiseError, match="the model learned series of 353 days"):
        trained(fields, tmp_path, model_type="brits", width=16, start_model=stack[0].model, **changes)


@pytest.mark.train
def test_samples_of_other_years_use_their_own_dates(fields, trained, mapped, tmp_path):
    frame = gpd.read_file(fields / "few.gpkg")
    frame["start"], frame["end"] = "2020-03-01", "2020-11-30"
    frame.loc[:9, "end"] = "2020-03-05"  # one date is no series
    frame.to_file(tmp_path / "dated.gpkg")
    layer = Layer(str(tmp_path / "dated.gpkg"), "dated")
    params, _ran, scores = trained(fields, tmp_path, samples=layer, start_field="start", end_field="end")
    assert score(scores, "boosting") > 0.7
    assert read_model(params.model).card.features.arguments["calendar"][-1] < 280
    with pytest.raises(
        RegionwiseError, match=r"runs over 353 days from day 1 .* the model learned series of 2\d\d days"
    ):
        mapped(fields, tmp_path, params.model)


@pytest.mark.train
def test_series_that_are_not_like_those_of_training_are_refused(fields, boosted, mapped, tmp_path):
    params = boosted[0]
    content = json.loads((fields / "series.json").read_text())

    def other(name, **changes):
        path = fields / f"other_{name}.json"  # beside its images
        path.write_text(json.dumps({**content, **changes}))
        return str(path)

    bands = [{"name": "NDVI", "unit": ""}, {"name": "BLUE", "unit": ""}]
    with pytest.raises(RegionwiseError, match="has no band SWIR, which the model needs; it has NDVI, BLUE"):
        mapped(fields, tmp_path, params.model, series=other("bands", bands=bands))
    dates = [f"{int(when[:4])}{when[4:]}" for when in content["dates"]]
    shifted = [str(np.datetime64(when) + np.timedelta64(100, "D")) for when in dates]
    with pytest.raises(RegionwiseError, match="from day 101 of the year"):
        mapped(fields, tmp_path, params.model, series=other("dates", dates=shifted))
    next_year = [str(np.datetime64(when) + np.timedelta64(366, "D")) for when in dates]
    found, _, _ = mapped(fields, tmp_path, params.model, series=other("year", dates=next_year))
    assert np.isfinite(found).any()


def test_what_cannot_be_trained_is_refused(fields, params_of, trained, tmp_path):
    for changes, text in [
        ({"series": "", "samples": Layer()}, "Samples is missing"),
        ({"values": Layer("x.csv")}, "Give a series with samples, or a table of values"),
        ({"targets": ("tree",)}, "two or more fields"),
        ({"few_shots": "5"}, "give the start model"),
        ({"start_field": "a"}, "belong together"),
        ({"model_type": "forest"}, "Model type is 'forest'"),
    ]:
        with pytest.raises(RegionwiseError, match=text):
            params_of(fields, tmp_path, **changes)
    (tmp_path / "levels.csv").write_text("child,parent\ntree,tree\nmaize,crop\nrice,tree\n")
    with pytest.raises(RegionwiseError) as caught:
        trained(fields, tmp_path, levels=Layer(str(tmp_path / "levels.csv"), "levels"))
    assert "Target 'bare' has no parent" in str(caught.value)
    (tmp_path / "levels.csv").write_text("child,parent\ntree,tree\nmaize,crop\nrice,tree\nbare,bare\n")
    with pytest.raises(RegionwiseError, match="'tree' in .* is a target and the parent of others"):
        trained(fields, tmp_path, levels=Layer(str(tmp_path / "levels.csv"), "levels"))


def test_ancillary_data_of_elsewhere_are_refused(fields, trained, tmp_path, write):
    layer = write(tmp_path / "rain.tif", np.ones((5, 5), np.float32))
    with pytest.raises(RegionwiseError, match="Raster 'rain' does not overlap"):
        trained(fields, tmp_path, ancillary=(layer,))


def test_published_weights_map_a_series(shared, fields, tmp_path):
    state = str(shared / "reference" / "weights" / "abundance_N1.ckpt")
    bands = " ".join(f"B{i}" for i in range(1, 8))
    ancillary = " ".join(f"A{i}" for i in range(1, 10))
    params = WeightImport(input=(state,), bands=bands, ancillary=ancillary, components="a b c d",
                          model=str(tmp_path / "published.safetensors"))  # fmt: skip
    run_task(import_weights, params, tmp_path / "job")
    model = read_model(params.model)
    assert model.card.family == "abundance" and model.card.members[0].type == "brits_reference"
    with pytest.raises(RegionwiseError, match="trained with 9 ancillary bands, 8 are named"):
        run_task(import_weights, dataclasses.replace(params, ancillary=ancillary[:-3]), tmp_path / "job")


@pytest.mark.train
def test_a_rerun_learns_anew_from_what_has_changed(tabled):
    """Values behind the same names count: an earlier run's members are not taken for theirs."""
    params, ran, _, folder = tabled
    assert "kept" not in ran.log
    again = dataclasses.replace(params, model=str(folder / "again.safetensors"), scores="", predictions="")
    assert "finished in an earlier run, kept" in run_task(train, again, folder / "train.job").log
    table = Path(params.values.path)
    before = table.read_bytes()
    frame = pd.read_csv(table, encoding="utf-8-sig")
    frame["NDVI_05"] = frame["NDVI_05"] * 0.9
    frame.to_csv(table, index=False)
    assert "kept" not in run_task(train, again, folder / "train.job").log
    table.write_bytes(before)


def test_the_published_network_wants_its_own_number_of_steps(shared, fields, mapped, tmp_path):
    state = str(shared / "reference" / "weights" / "abundance_N1.ckpt")
    names = " ".join(f"A{i}" for i in range(1, 10))
    params = WeightImport(input=(state,), bands="B1 B2 B3 B4 B5 B6 B7", components="a b c d", ancillary=names,
                          model=str(tmp_path / "m.safetensors"))  # fmt: skip
    run_task(import_weights, params, tmp_path / "job")
    with pytest.raises(RegionwiseError, match="has 23 dates; the published network counts steps and wants 12"):
        mapped(fields, tmp_path, params.model)


@pytest.mark.train
def test_applicability_is_mapped_for_series_too(fields, boosted, tmp_path):
    params = boosted[0]
    values = {"series": str(fields / "series.json"), "model": params.model, "output": str(tmp_path / "a.tif")}
    ran = run_task(map_applicability, ApplicabilityMapping(**values), tmp_path / "a.job")
    found, names = read_raster(values["output"])
    assert names == ("dissimilarity", "inside", "density", "expected_error")
    assert ran.result.numbers["INSIDE"] > 0.8  # samples were drawn all over
    assert 0 < np.nanmedian(found[3]) < 0.2
    with pytest.raises(RegionwiseError, match="Give day rasters, a series, or factors"):
        ApplicabilityMapping(model=params.model, output="x.tif")
