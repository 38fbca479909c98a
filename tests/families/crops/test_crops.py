"""Crops from end to end: training, maps of two years, parcels, and what is refused."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from pages import text_of
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.crops.params import CropMapping, colours_text, parse_colours
from regionwise.core.families.crops.train import train
from regionwise.core.learning.card import Card
from regionwise.core.learning.model_file import read_model
from regionwise.core.learning.series_batches import MEAN
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.crop_world import CROPS
from support import legend_of, read_raster, run_task


def score(table, model, column="accuracy", component="mean", validation="grouped"):
    row = table[(table.model == model) & (table.component == component) & (table.validation == validation)
                & (table.part == "all")]  # fmt: skip
    return float(row[column].iloc[0])


@pytest.mark.train
def test_trees_learn_fields(boosted):
    params, ran, scores = boosted
    assert score(scores, "boosting") > 0.75
    assert ran.result.numbers["ACCURACY"] == pytest.approx(score(scores, "boosting"))
    assert ran.result.numbers["F1_MACRO"] == pytest.approx(score(scores, "boosting", "f1"))
    assert score(scores, "boosting", "n", "rice") > 10  # support
    predictions = gpd.read_file(params.predictions)
    assert (predictions["predicted"] == predictions["label"]).mean() == pytest.approx(score(scores, "boosting"))
    np.testing.assert_allclose(predictions[[f"p_{name}" for name in CROPS]].sum(axis=1), 1, atol=1e-6)
    page = text_of(params.report)
    assert "Confusion." in page and "Scores by class" in page and "Calibration." in page
    assert f"interval over {predictions['source'].nunique()} sources)" in ran.log  # each by what its folds keep whole
    np.testing.assert_array_equal(predictions["unit"], predictions["source"])
    assert re.search(rf"Beside it, knndm .* interval over {predictions['source'].nunique()} sources\)", ran.log)
    assert "interval over 5 large clusters)" in ran.log
    assert f"over the same {predictions['source'].nunique()} sources" in page


@pytest.mark.train
def test_classes_are_mapped_with_names(farms, boosted, mapped, tmp_path):
    parts = {"probabilities": str(tmp_path / "all.tif"), "confidence": str(tmp_path / "sure.tif")}
    found, names, ran = mapped(farms, tmp_path, boosted[0].model, **parts)
    truth, _ = read_raster(farms / "truth.tif")
    assert names == ("class",) and "Probabilities are calibrated, for single cells." in ran.log
    assert (found == truth).mean() > 0.75
    low, high = (score(boosted[2], "map", f"accuracy_{side}") for side in ("low", "high"))
    assert low < (found == truth).mean() < high and score(boosted[2], "map") > score(boosted[2], "boosting")
    assert "of the members' classes are outvoted" in boosted[1].log
    probabilities, names = read_raster(parts["probabilities"])
    assert names == tuple(CROPS)
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)
    np.testing.assert_array_equal(found[0], probabilities.argmax(0) + 1)
    np.testing.assert_allclose(read_raster(parts["confidence"])[0][0], probabilities.max(0), atol=1e-6)
    with rasterio.open(parts["confidence"]) as file:
        assert file.tags()["TIFFTAG_IMAGEDESCRIPTION"] == "Probability of the mapped class, for single cells"
    with rasterio.open(tmp_path / "map.tif") as file:
        assert file.dtypes == ("uint8",) and file.nodata == 0
        colours = file.colormap(1)
    assert len({colours[i][:3] for i in range(1, 6)}) == 5
    assert 'value="3" label="rice"' in (tmp_path / "map.qml").read_text()
    assert "<Category>rice</Category>" in (tmp_path / "map.tif.aux.xml").read_text()


@pytest.mark.train
def test_colours_of_the_user_come_back_on_maps_and_parcels(farms, boosted, trained, mapped, tmp_path):
    fields, out = Layer(str(farms / "fields.gpkg"), "fields"), str(tmp_path / "fields.gpkg")
    params, _, _ = trained(farms, tmp_path, colours="rice=#12AB34; nothing like it=#000000")
    assert read_model(params.model).card.colours == {"rice": "#12ab34"}
    mapped(farms, tmp_path, params.model, parcels=fields, parcel_output=out)
    assert 'value="3" label="rice" color="#12ab34"' in (tmp_path / "map.qml").read_text()
    with rasterio.open(tmp_path / "map.tif") as file:
        assert file.colormap(1)[3][:3] == (0x12, 0xAB, 0x34)
    assert "18,171,52,255" in Path(out).with_suffix(".qml").read_text()
    assert read_model(boosted[0].model).card.colours == {}


def test_cards_without_colours_are_read(boosted):
    raw = read_model(boosted[0].model).card.to_json()
    del raw["colours"]
    assert Card.from_json(raw).colours == {}


@pytest.mark.parametrize("text", ["maize", "maize=red", "=#123456", "maize=#12345"])
def test_a_text_that_tells_no_colour_is_refused(text, params_of, tmp_path):
    with pytest.raises(RegionwiseError, match="write them as maize=#e69f00; rice=#0072b2"):
        params_of(tmp_path, tmp_path, colours=text)


@given(st.dictionaries(st.text("ab= é-", min_size=1).filter(str.strip), st.from_regex("#[0-9a-f]{6}", fullmatch=True)))
def test_colours_come_back_from_their_text(colours):
    colours = {name.strip(): colour for name, colour in colours.items()}
    assert parse_colours(colours_text(colours)) == colours


@pytest.mark.train
def test_parcels_get_majority_share_and_confidence(farms, boosted, mapped, tmp_path):
    params = boosted[0]
    out = str(tmp_path / "fields.gpkg")
    fields = Layer(str(farms / "fields.gpkg"), "fields")
    found, _, _ = mapped(farms, tmp_path, params.model, parcels=fields, parcel_output=out)
    assert not list((tmp_path / "map.job").glob("raw.*"))
    table, (truth, _) = gpd.read_file(out), read_raster(farms / "truth.tif")
    assert legend_of(out) == ["no pixel with data", *CROPS]
    assert (table["pixels"] > 0).all() and table["pixels"].sum() == found.size
    assert table["share"].between(0.2, 1).all() and table["confidence"].between(0.2, 1).all()
    with rasterio.open(farms / "truth.tif") as file:
        right = []
        for row in table.itertuples():
            point = row.geometry.representative_point()
            at = file.index(point.x, point.y)
            right.append(list(CROPS)[int(truth[0][at]) - 1] == row.majority)
    assert np.mean(right) > (found == truth).mean()  # a majority is surer than its pixels
    far = gpd.GeoDataFrame({"id": [1]}, geometry=gpd.points_from_xy([9e6], [9e6]).buffer(10), crs=table.crs)
    both = pd.concat([gpd.read_file(farms / "fields.gpkg").head(3), far])
    both.to_file(tmp_path / "both.gpkg")
    far.to_file(tmp_path / "far.gpkg")
    _, _, ran = mapped(farms, tmp_path, params.model, parcels=Layer(str(tmp_path / "both.gpkg"), "both"),
                       parcel_output=out)  # fmt: skip
    assert "Parcels without pixels, which lie off the series: row 4; they stay empty." in ran.log
    assert gpd.read_file(out)["majority"].isna().tolist() == [False] * 3 + [True]
    with pytest.raises(RegionwiseError, match="No parcel of 'far' lies on the series"):
        mapped(farms, tmp_path, params.model, parcels=Layer(str(tmp_path / "far.gpkg"), "far"), parcel_output=out)
    table.to_file(tmp_path / "again.gpkg")
    with pytest.raises(RegionwiseError, match="have a field 'majority', a name that the output needs"):
        mapped(farms, tmp_path, params.model, parcels=Layer(str(tmp_path / "again.gpkg"), "a"), parcel_output=out)


@pytest.mark.train
def test_the_stack_learns_and_maps_another_year(farms, trained, mapped, tmp_path):
    params, _, scores = trained(farms, tmp_path, model_type="stack", epochs=12, width=16, patch=3)
    assert {"tempcnn", "ltae", "boosting", "stack"} <= set(scores.model)
    assert score(scores, "stack") >= score(scores, "boosting") - 0.02
    card = read_model(params.model).card
    assert {member.type for member in card.members} == {"tempcnn", "ltae", "boosting"}
    assert sum(card.mixture.values()) == pytest.approx(1)
    found, _, _ = mapped(farms, tmp_path, params.model, series=str(farms / "series_next.json"))
    truth, _ = read_raster(farms / "truth_next.tif")
    assert (found == truth).mean() > 0.7
    inside = str(tmp_path / "inside.tif")
    applied = ApplicabilityMapping(model=params.model, series=str(farms / "series.json"), output=inside)
    run_task(map_applicability, applied, tmp_path / "applied")
    assert read_raster(inside)[0][1].mean() > 0.8


@pytest.mark.train
@pytest.mark.parametrize(
    ("kind", "weighting", "epochs"), [("convlstm", "focal", 20), ("convlstm_reference", "balanced", 8)]
)
def test_recurrent_networks_learn_patches(farms, trained, mapped, tmp_path, kind, weighting, epochs):
    params, _, scores = trained(
        farms, tmp_path, model_type=kind, epochs=epochs, width=8, patch=3, class_weights=weighting, batch=16,
        learning_rate=5e-3,
    )  # fmt: skip
    assert score(scores, kind) > 0.4
    found, _, _ = mapped(farms, tmp_path, params.model)
    truth, _ = read_raster(farms / "truth.tif")
    assert (found == truth).mean() > score(scores, kind) - 0.1


@pytest.mark.train
def test_a_table_of_values_teaches_what_the_series_teaches(farms, boosted, trained, mapped, tmp_path):
    table = {"series": "", "samples": Layer(), "values": Layer(str(farms / "values.csv"), "values")}
    params, _, scores = trained(farms, tmp_path, **table)
    assert score(boosted[2], "boosting") == pytest.approx(score(scores, "boosting"), abs=0.03)
    found, _, _ = mapped(farms, tmp_path, params.model)  # a model of a table maps a series
    assert np.isfinite(found[0]).mean() > 0.99


@pytest.mark.train
def test_a_member_is_trained_on_all_samples_but_those_it_is_tested_on(farms, trained, tmp_path):
    table, tested = str(farms / "values.csv"), str(tmp_path / "p.gpkg")
    params, _, _ = trained(farms, tmp_path, series="", samples=Layer(), values=Layer(table, "values"),
                           model_type="ltae", predictions=tested, epochs=2)  # fmt: skip
    frame, fold = pd.read_csv(table), gpd.read_file(tested)["fold"]
    columns = [name for name in frame if name.startswith("NDVI_")]
    members = read_model(params.model).members
    for name in fold.unique():
        known = frame.loc[(fold != name).to_numpy(), columns].to_numpy()  # what validates trains in the end, too
        assert members[f"global {name}"][MEAN][0] == pytest.approx(np.nanmean(known), abs=1e-5)


@pytest.mark.train
def test_a_run_stopped_in_the_second_training_goes_on_there(farms, params_of, trained, tmp_path, monkeypatch):
    from regionwise.core.learning import two_stage_fit

    whole, _, _ = trained(farms, tmp_path / "whole", model_type="tempcnn", epochs=4)
    real, calls = two_stage_fit.fit_member, []

    def stopped(*arguments, name, report, **more):
        calls.append(name)

        class Stopping:
            def progress(self, fraction, text):
                if name.endswith("-again") and len(calls) == 2 and fraction > 0.85:
                    raise KeyboardInterrupt

            detail = report.detail

        return real(*arguments, name=name, report=Stopping(), **more)

    monkeypatch.setattr(two_stage_fit, "fit_member", stopped)
    params = params_of(farms, tmp_path, model_type="tempcnn", epochs=4)
    with pytest.raises(KeyboardInterrupt):
        run_task(train, params, tmp_path / "train.job")
    monkeypatch.setattr(two_stage_fit, "fit_member", real)
    ran = run_task(train, params, tmp_path / "train.job")
    assert "global-tempcnn-0, epoch 1: training loss" not in ran.log  # the first training is not repeated
    one, other = (read_model(p.model).members for p in (whole, params))
    for name, arrays in one.items():
        for key, array in arrays.items():
            np.testing.assert_array_equal(array, other[name][key], err_msg=f"{name} {key}")


@pytest.mark.train
def test_one_sample_too_many_for_the_batches_is_no_error(farms, trained, tmp_path):
    def some(frame):
        frame.loc[frame.index[131:], "crop"] = None

    samples = labelled(farms, tmp_path / "some.gpkg", some)
    _, ran, _ = trained(farms, tmp_path, samples=samples, model_type="ltae", epochs=1, batch=8)
    assert "is trained anew on all 65 samples" in ran.log  # eight batches, and one sample


def labelled(farms, path, change):
    frame = gpd.read_file(farms / "samples.gpkg")
    change(frame)
    frame.to_file(path)
    return Layer(str(path), "labelled")


@pytest.mark.train
def test_rare_classes_are_shown_and_named(farms, trained, tmp_path):
    def rarify(frame):
        frame.loc[frame.index[:4], "crop"] = "quinoa"
        frame.loc[frame.index[:4], "field"] = "one field"

    samples = labelled(farms, tmp_path / "rare.gpkg", rarify)
    report = str(tmp_path / "r.html")
    _, ran, scores = trained(farms, tmp_path, samples=samples, report=report)
    assert re.search(r"Classes with fewer than 30 samples: .*quinoa \(4\).*\. Their scores mean little", ran.log)
    assert "'quinoa' is tested in fold" in ran.log and "where no training sample has it" in ran.log
    assert score(scores, "boosting", "n", "quinoa") == 4
    assert score(scores, "boosting", "recall", "quinoa") == 0
    assert "quinoa (4)" in text_of(tmp_path / "r.html")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.__setitem__("crop", "maize"), "consist of 'maize' alone"),
        (lambda f: f.__setitem__("crop", None), "Class field 'crop' of 'labelled' is empty in all rows"),
        (lambda f: f.loc.__setitem__((f.index[:9], "crop"), "mean"), "Class 'mean' has a name that the scores need"),
        (lambda f: f.loc.__setitem__((f.index[:9], "crop"), "MAIZE"), "Classes 'MAIZE' and 'maize' differ only in"),
    ],
)
def test_bad_labels_are_refused(farms, trained, tmp_path, change, message):
    samples = labelled(farms, tmp_path / "bad.gpkg", change)
    with pytest.raises(RegionwiseError, match=message):
        trained(farms, tmp_path, samples=samples)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"class_field": ""}, "Class field is missing"),
        (
            {"patch": 3, "series": "", "samples": Layer(), "values": Layer("v.csv", "v")},
            "a table of values holds single",
        ),
        ({"model_type": "forest"}, "Model type is 'forest'"),
        ({"samples": Layer()}, "Samples is missing"),
    ],
)
def test_bad_parameters_are_refused(farms, params_of, tmp_path, changes, message):
    with pytest.raises(RegionwiseError, match=message):
        params_of(farms, tmp_path, **changes)


@pytest.mark.train
def test_maps_of_other_series_are_refused(farms, boosted, mapped, tmp_path):
    params = boosted[0]
    one = [str(path) for path in sorted((farms / "images").glob("NDVI*"))]
    for name, files, message in (
        ("ndvi", one, "has no band SWIR"),
        ("half", [*one[:6], *(path.replace("NDVI", "SWIR") for path in one[:6])], "the model learned series of"),
    ):
        series = str(tmp_path / f"{name}.json")
        rasters = tuple(Layer(path, path) for path in files)
        run_task(make_series, SeriesMaking(input=rasters, output=series), tmp_path / f"{name}.job")
        with pytest.raises(RegionwiseError, match=message):
            mapped(farms, tmp_path, params.model, series=series)
    with pytest.raises(RegionwiseError, match="Parcel output needs parcels"):
        CropMapping(model="m", series="s", output="o", parcel_output="p")
