"""Abundance from end to end: training, maps of both levels, transfer, and what is refused."""

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Layer
from regionwise.core.data.series.image_series import read_series
from regionwise.core.families.abundance.map import map_abundance
from regionwise.core.families.abundance.params import AbundanceMapping, AbundanceTraining
from regionwise.core.families.abundance.train import train
from regionwise.core.learning.model_file import read_model
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping
from regionwise.core.tools.preparation.import_weights import import_weights
from regionwise.core.tools.preparation.params import WeightImport
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking, SeriesSampling
from regionwise.core.tools.series.sample_series import sample_series
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from support import read_raster, run_task

TARGETS = ("tree", "maize", "rice", "bare")


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """A simulated world of 64 x 64 mixed pixels whose series have gaps, described as a series."""
    folder = tmp_path_factory.mktemp("fields")
    run_task(simulate, Simulation(family="abundance", size=64, seed=3, output_folder=str(folder)), folder)
    params = SeriesMaking(folder=str(folder / "images"), output=str(folder / "series.json"))
    run_task(make_series, params, folder / "job")
    return folder


def spec(fields, tmp_path, **changes):
    values = {
        "series": str(fields / "series.json"), "samples": Layer(str(fields / "samples.gpkg"), "samples"),
        "targets": TARGETS, "levels": Layer(str(fields / "levels.csv"), "levels"), "model_type": "boosting",
        "validation": "random", "folds": 2, "epochs": 3, "width": 8, "model": str(tmp_path / "m.safetensors"),
        "scores": str(tmp_path / "scores.csv"), "predictions": str(tmp_path / "p.gpkg"), "allow_duplicates": True,
    }  # fmt: skip
    return AbundanceTraining(**{**values, **changes})


def fitted(fields, tmp_path, **changes):
    params = spec(fields, tmp_path, **changes)
    ran = run_task(train, params, tmp_path / "train.job")
    return params, ran, pd.read_csv(params.scores)


def mapped(fields, tmp_path, model, name="map", **changes):
    values = {"series": str(fields / "series.json"), "model": model, "output": str(tmp_path / f"{name}.tif"), **changes}
    ran = run_task(map_abundance, AbundanceMapping(**values), tmp_path / f"{name}.job")
    return *read_raster(values["output"]), ran


def score(table, model, component="mean", validation="random"):
    row = table[(table.model == model) & (table.component == component) & (table.validation == validation)
                & (table.part == "all")]  # fmt: skip
    return float(row["r2"].iloc[0])


def test_trees_learn_mixed_pixels_and_map_both_levels_consistently(fields, tmp_path):
    params, ran, scores = fitted(fields, tmp_path, report=str(tmp_path / "r.html"))
    assert score(scores, "boosting") > 0.8
    assert score(scores, "unmixing") > 0.5
    assert score(scores, "boosting", "crop") > 0.8
    assert ran.result.numbers["R2_MEAN"] == pytest.approx(score(scores, "boosting"))
    assert "unmixing" in (tmp_path / "r.html").read_text()
    predictions = gpd.read_file(params.predictions)
    np.testing.assert_allclose(
        predictions["crop_pred"], predictions["maize_pred"] + predictions["rice_pred"], atol=1e-6
    )
    found, names, _ = mapped(fields, tmp_path, params.model, uncertainty=str(tmp_path / "u.tif"),
                             intervals=str(tmp_path / "i.tif"))  # fmt: skip
    assert names == (*TARGETS, "crop")
    np.testing.assert_allclose(found[:4].sum(0), 1, atol=1e-6)
    np.testing.assert_allclose(found[4], found[1] + found[2], atol=1e-6)
    truth, _ = read_raster(fields / "truth.tif")
    assert 1 - ((found[:4] - truth) ** 2).sum() / ((truth - truth.mean((1, 2), keepdims=True)) ** 2).sum() > 0.85
    spread, bands = read_raster(tmp_path / "u.tif")
    assert bands[4] == "crop_sd" and (spread[:5] >= 0).all()
    bounds, _ = read_raster(tmp_path / "i.tif")
    assert (bounds[:5] <= found + 1e-6).all() and (bounds[5:] >= found - 1e-6).all()
    inside = (truth >= bounds[:4]) & (truth <= bounds[5:9])
    assert 0.8 < inside.mean() < 0.99


def test_the_network_fills_gaps_and_its_stack_is_a_model(fields, tmp_path):
    params, _ran, scores = fitted(fields, tmp_path, model_type="stack", epochs=25, width=24, batch=16)
    assert {"brits", "boosting", "unmixing", "stack"} <= set(scores.model)
    assert score(scores, "brits") > 0.5
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


def test_a_table_of_values_teaches_what_the_series_teaches(fields, tmp_path):
    table = str(tmp_path / "values.csv")
    sampling = SeriesSampling(str(fields / "series.json"), Layer(str(fields / "samples.gpkg"), "samples"), output=table)
    run_task(sample_series, sampling, tmp_path / "job")
    _, _, one = fitted(fields, tmp_path / "a")
    params, _, two = fitted(fields, tmp_path / "b", series="", samples=Layer(), values=Layer(table, "values"))
    assert score(one, "boosting") == pytest.approx(score(two, "boosting"), abs=0.02)
    found, _, _ = mapped(fields, tmp_path, params.model)  # a model of a table maps a series
    assert np.isfinite(found[0]).mean() > 0.99


def test_ancillary_rasters_are_known_by_name_whatever_their_order(fields, tmp_path, write):
    import rasterio

    with rasterio.open(fields / "truth.tif") as file:
        truth, transform, crs = file.read(), file.transform, file.crs
    layers = [write(tmp_path / f"{name}.tif", truth[i] + 5, transform=transform, crs=crs)
              for i, name in enumerate(("height", "rain"))]  # fmt: skip
    params, _, scores = fitted(fields, tmp_path, ancillary=tuple(layers), model_type="brits", epochs=5)
    assert score(scores, "boosting") > 0.95  # they tell two of the shares
    one, _, _ = mapped(fields, tmp_path, params.model, "one", ancillary=tuple(layers))
    two, _, _ = mapped(fields, tmp_path, params.model, "two", ancillary=tuple(layers[::-1]))
    np.testing.assert_array_equal(one, two)
    with pytest.raises(RegionwiseError, match="Band 'rain' missing|'rain'"):
        mapped(fields, tmp_path, params.model, "three", ancillary=(layers[0],))


def test_coordinates_are_there_only_when_asked(fields, tmp_path):
    params, _, _ = fitted(fields, tmp_path)
    assert read_model(params.model).card.band_names("ancillary") == []
    params, _, _scores = fitted(fields, tmp_path, add_coordinates=True)
    assert read_model(params.model).card.band_names("ancillary") == ["longitude", "latitude"]
    found, _, _ = mapped(fields, tmp_path, params.model)
    assert np.isfinite(found[0]).mean() > 0.99


def test_few_labels_are_compared_with_and_without_a_start(fields, tmp_path):
    start, _, _ = fitted(fields, tmp_path / "start", model_type="brits", epochs=25, width=16, batch=16)
    fitted(
        fields, tmp_path / "next", model_type="brits", epochs=3, width=16, batch=16, start_model=start.model,
        few_shots="5 20", report=str(tmp_path / "next" / "r.html"), figures=str(tmp_path / "next" / "figures"),
    )  # fmt: skip
    table = pd.read_csv(tmp_path / "next" / "figures" / "few_labels.csv").query("component == 'mean'")
    means = table.groupby(["labels", "way"]).r2.mean().unstack()
    assert list(means.index) == [5, 20]
    assert (means["from the start model"] > means["from nothing"]).all()


def test_samples_of_other_years_use_their_own_dates(fields, tmp_path):
    frame = gpd.read_file(fields / "samples.gpkg")
    frame["start"], frame["end"] = "2020-03-01", "2020-11-30"
    frame.loc[:9, "end"] = "2020-03-05"  # one date is no series
    frame.to_file(tmp_path / "dated.gpkg")
    layer = Layer(str(tmp_path / "dated.gpkg"), "dated")
    params, _ran, scores = fitted(fields, tmp_path, samples=layer, start_field="start", end_field="end")
    assert score(scores, "boosting") > 0.7
    assert read_model(params.model).card.trees["calendar"][-1] < 280
    with pytest.raises(
        RegionwiseError, match=r"runs over 353 days from day 1 .* the model learned series of 2\d\d days"
    ):
        mapped(fields, tmp_path, params.model)


def test_series_that_are_not_like_those_of_training_are_refused(fields, tmp_path):
    params, _, _ = fitted(fields, tmp_path)
    content = json.loads((fields / "series.json").read_text())

    def other(name, **changes):
        path = fields / f"{name}.json"
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


def test_what_cannot_be_trained_is_refused(fields, tmp_path):
    for changes, text in [
        ({"series": "", "samples": Layer()}, "Samples is missing"),
        ({"values": Layer("x.csv")}, "Give a series with samples, or a table of values"),
        ({"targets": ("tree",)}, "two or more fields"),
        ({"few_shots": "5"}, "give the start model"),
        ({"start_field": "a"}, "belong together"),
        ({"model_type": "forest"}, "Model type is 'forest'"),
    ]:
        with pytest.raises(RegionwiseError, match=text):
            spec(fields, tmp_path, **changes)
    (tmp_path / "levels.csv").write_text("child,parent\ntree,tree\nmaize,crop\nrice,tree\n")
    with pytest.raises(RegionwiseError) as caught:
        fitted(fields, tmp_path, levels=Layer(str(tmp_path / "levels.csv"), "levels"))
    assert "Target 'bare' has no parent" in str(caught.value)
    (tmp_path / "levels.csv").write_text("child,parent\ntree,tree\nmaize,crop\nrice,tree\nbare,bare\n")
    with pytest.raises(RegionwiseError, match="'tree' in .* is a target and the parent of others"):
        fitted(fields, tmp_path, levels=Layer(str(tmp_path / "levels.csv"), "levels"))


def test_ancillary_data_off_the_grid_are_refused(fields, tmp_path, write):
    layer = write(tmp_path / "rain.tif", np.ones((5, 5), np.float32))
    with pytest.raises(RegionwiseError, match="Raster 'rain' is on another grid"):
        fitted(fields, tmp_path, ancillary=(layer,))


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


def test_a_rerun_learns_anew_from_what_has_changed(fields, tmp_path):
    """Values behind the same names, and spans of samples, count: an earlier run's members are not taken for theirs."""
    table = tmp_path / "values.csv"
    sampling = SeriesSampling(
        str(fields / "series.json"), Layer(str(fields / "samples.gpkg"), "samples"), output=str(table)
    )
    run_task(sample_series, sampling, tmp_path / "job")
    changes = {"series": "", "samples": Layer(), "values": Layer(str(table), "values")}
    _, ran, _ = fitted(fields, tmp_path, **changes)
    assert "kept" not in ran.log
    _, ran, _ = fitted(fields, tmp_path, **changes)
    assert "finished in an earlier run, kept" in ran.log
    frame = pd.read_csv(table, encoding="utf-8-sig")
    frame["NDVI_05"] = frame["NDVI_05"] * 0.9
    frame.to_csv(table, index=False)
    _, ran, _ = fitted(fields, tmp_path, **changes)
    assert "kept" not in ran.log


def test_samples_in_one_cell_with_other_labels_are_told_and_kept_in_one_fold(fields, tmp_path):
    frame = gpd.read_file(fields / "samples.gpkg")
    double = frame.iloc[:3].copy()
    double.geometry = double.geometry.translate(20, 20)
    double[["tree", "maize", "rice", "bare"]] = [1.0, 0.0, 0.0, 0.0]
    pd.concat([frame, double]).to_file(tmp_path / "double.gpkg")
    params, ran, _ = fitted(fields, tmp_path, samples=Layer(str(tmp_path / "double.gpkg"), "double"))
    assert "3 samples lie in one cell with another one and have other labels" in ran.log
    predictions = gpd.read_file(params.predictions)
    assert len(predictions) == len(frame) + 3
    assert (predictions["source"].iloc[-3:].to_numpy() == predictions["source"].iloc[:3].to_numpy()).all()


def test_a_start_of_another_width_or_season_is_used_or_refused(fields, tmp_path):
    start, _, _ = fitted(fields, tmp_path / "start", model_type="brits", width=12, batch=32)
    fitted(fields, tmp_path / "next", model_type="brits", width=20, batch=32, start_model=start.model)
    frame = gpd.read_file(fields / "samples.gpkg").assign(start="2020-05-01", end="2020-10-01")
    frame.to_file(tmp_path / "summer.gpkg")
    changes = {"samples": Layer(str(tmp_path / "summer.gpkg"), "summer"), "start_field": "start", "end_field": "end"}
    with pytest.raises(RegionwiseError, match="the model learned series of 353 days"):
        fitted(fields, tmp_path / "bad", model_type="brits", start_model=start.model, **changes)


def test_the_published_network_wants_its_own_number_of_steps(shared, fields, tmp_path):
    state = str(shared / "reference" / "weights" / "abundance_N1.ckpt")
    names = " ".join(f"A{i}" for i in range(1, 10))
    params = WeightImport(input=(state,), bands="B1 B2 B3 B4 B5 B6 B7", components="a b c d", ancillary=names,
                          model=str(tmp_path / "m.safetensors"))  # fmt: skip
    run_task(import_weights, params, tmp_path / "job")
    with pytest.raises(RegionwiseError, match="has 23 dates; the published network counts steps and wants 12"):
        mapped(fields, tmp_path, params.model)


def test_applicability_is_mapped_for_series_too(fields, tmp_path):
    params, _, _ = fitted(fields, tmp_path)
    values = {"series": str(fields / "series.json"), "model": params.model, "output": str(tmp_path / "a.tif")}
    ran = run_task(map_applicability, ApplicabilityMapping(**values), tmp_path / "a.job")
    found, names = read_raster(values["output"])
    assert names == ("dissimilarity", "inside", "density", "expected_error")
    assert ran.result.numbers["INSIDE"] > 0.8  # samples were drawn all over
    assert 0 < np.nanmedian(found[3]) < 0.2
    with pytest.raises(RegionwiseError, match="Give day rasters, a series, or factors"):
        ApplicabilityMapping(model=params.model, output="x.tif")
