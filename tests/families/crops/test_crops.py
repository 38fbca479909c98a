"""Crops: networks against the published one and themselves, scores with known answers, and the family end to end."""

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import torch
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Layer
from regionwise.core.families.crops.map import map_crops
from regionwise.core.families.crops.params import CropMapping, CropTraining
from regionwise.core.families.crops.train import train
from regionwise.core.features.series_features import SeriesFeatures
from regionwise.core.learners.series_learner import KINDS, SeriesPredictor, box_sums
from regionwise.core.learning.model_file import read_model
from regionwise.core.learning.series_batches import MEAN, STD, Shape, Standardiser
from regionwise.core.learning.training_loop import to_arrays
from regionwise.core.nets.convlstm import ConvLstmReference
from regionwise.core.targets import class_target
from regionwise.core.targets.class_target import ClassTarget
from regionwise.core.targets.share_target import Answers
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping
from regionwise.core.tools.preparation.import_weights import import_weights
from regionwise.core.tools.preparation.params import WeightImport
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking, SeriesSampling
from regionwise.core.tools.series.sample_series import sample_series
from regionwise.core.tools.simulation.crop_world import CROPS
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from support import read_raster, run_task

DAYS = np.array([737425, 737441, 737470, 737502])
PATCHED = ["convlstm", "tempcnn", "ltae"]


def network(kind, patch=1, kernel=1, seed=0):
    """A small network with random weights, its card's arguments, and random statistics of its normalisations."""
    arguments = {"bands": 2, "components": 3, "width": 8, "patch": patch}
    if kind != "convlstm_reference":
        arguments |= {"steps": len(DAYS), "kernel": kernel}
    torch.manual_seed(seed)
    net = KINDS[kind].build(**arguments).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
    return net, arguments


def voice_of(kind, net, arguments, days=DAYS):
    phase = 5
    calendar = tuple(int(day) for day in days - days[0] + 1)
    features = SeriesFeatures(("NDVI", "EVI"), (), calendar, phase, days)
    arrays = {**to_arrays(net.state_dict()), MEAN: np.zeros(2, np.float32), STD: np.ones(2, np.float32)}
    return SeriesPredictor(kind, arguments, arrays, features, "member", torch.device("cpu"))


def cloudy(side, seed=1, missing=0.2):
    """Values (step * band, row, col) of which some are missing, some pixels altogether."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, (len(DAYS), 2, side, side)).astype(np.float32)
    values[np.broadcast_to(rng.random((len(DAYS), 1, side, side)) < missing, values.shape)] = np.nan
    values[:, :, 3, 4] = np.nan
    return values.reshape(-1, side, side)


def test_the_published_network_answers_as_published(shared):
    weights = torch.load(shared / "reference" / "weights" / "crops.pth", map_location="cpu", weights_only=True)
    reference = np.load(shared / "reference" / "crops.npz")
    net = ConvLstmReference(bands=5, components=10, patch=65)
    net.load_state_dict(weights)
    images = torch.from_numpy(reference["x"]).permute(0, 1, 3, 4, 2)
    days = torch.arange(1, 1 + images.shape[1]).expand(len(images), -1)
    with torch.no_grad():
        found = net.eval().logits(images, days)
        padded = torch.cat([images, torch.zeros_like(images[:, :2])], 1)
        longer = net.logits(padded, torch.cat([days, torch.zeros_like(days[:, :2])], 1))
    np.testing.assert_allclose(found, reference["logits"], atol=1e-4)
    np.testing.assert_allclose(longer, reference["logits"], atol=1e-4)  # which the published one fails


def test_imported_weights_map_the_middle_of_the_published_patch(shared, tmp_path, write):
    reference = np.load(shared / "reference" / "crops.npz")
    bands = ["R", "G", "B", "NDVI45", "GNDVI"]
    (tmp_path / "images").mkdir()
    for step, image in enumerate(reference["x"][1]):
        for name, values in zip(bands, image, strict=True):
            write(tmp_path / "images" / f"{name}_2020{3 + 2 * step:02d}15.tif", values)
    series, model = str(tmp_path / "series.json"), str(tmp_path / "published.safetensors")
    run_task(make_series, SeriesMaking(folder=str(tmp_path / "images"), output=series), tmp_path / "a")
    names = " ".join(f"crop{i}" for i in range(10))
    importing = WeightImport((str(shared / "reference" / "weights" / "crops.pth"),), bands=" ".join(bands),
                             components=names, model=model)  # fmt: skip
    run_task(import_weights, importing, tmp_path / "b")
    with rasterio.open(tmp_path / "images" / "R_20200315.tif") as file:
        x, y = file.xy(32, 32)
    found = str(tmp_path / "p.tif")
    params = CropMapping(model=model, series=series, output=str(tmp_path / "c.tif"), probabilities=found,
                         extent=f"{x - 1},{y - 1},{x + 1},{y + 1}")  # fmt: skip
    # an extent smaller than a cell is widened to it
    with rasterio.open(tmp_path / "images" / "R_20200315.tif") as file:
        side = file.transform.a
    params = dataclasses.replace(params, extent=f"{x - side / 2},{y - side / 2},{x + side / 2},{y + side / 2}")
    ran = run_task(map_crops, params, tmp_path / "c")
    assert "computed anew for the patch of every pixel" in ran.log
    logits = reference["logits"][1]
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    values, _ = read_raster(found)
    np.testing.assert_allclose(values[:, 0, 0], expected, atol=1e-4)


@pytest.mark.parametrize("kind", [*PATCHED, "convlstm_reference"])
def test_what_fills_a_series_up_and_who_is_in_the_batch_change_nothing(kind):
    net, _ = network(kind)
    rng = np.random.default_rng(3)
    series = torch.from_numpy(rng.normal(0, 1, (5, 4, 2)).astype(np.float32))
    days = torch.from_numpy(DAYS).expand(5, -1)
    with torch.no_grad():
        whole = net(series, days, None)[0]
        alone = torch.cat([net(series[i : i + 1], days[i : i + 1], None)[0] for i in range(5)])
        np.testing.assert_allclose(alone, whole, atol=1e-6)
        if kind == "tempcnn":  # it sees the calendar, which has no steps that fill up
            return
        longer = torch.cat([series, torch.full((5, 3, 2), torch.nan)], 1)
        filled = net(longer, torch.cat([days, torch.zeros(5, 3, dtype=days.dtype)], 1), None)[0]
    np.testing.assert_allclose(filled, whole, atol=1e-6)
    assert np.ptp(whole.numpy()) > 0.01


@pytest.mark.parametrize(("kind", "kernel"), [("convlstm", 3), ("tempcnn", 1), ("ltae", 1)])
def test_filtered_logits_of_pixels_are_the_answer_of_the_patch(kind, kernel):
    patch = 5
    net, arguments = network(kind, patch, kernel)
    predictor = voice_of(kind, net, arguments)
    side, halo = 12, patch // 2 + kernel // 2
    assert predictor.halo == halo
    values = cloudy(side + 2 * halo)
    wanted = np.random.default_rng(5).random((side, side)) < 0.7
    shares, _ = predictor.answer(values, wanted)
    shape = Shape(2, 0, patch + kernel - 1, predictor._shape.course)
    scale = Standardiser(torch.zeros(2), torch.ones(2), shape)
    for number, (row, col) in enumerate(np.argwhere(wanted)):
        window = values[None, :, row : row + 2 * halo + 1, col : col + 2 * halo + 1]
        series, days = shape.dated(shape.split(window)[0], DAYS)
        with torch.no_grad():
            seen = scale(torch.from_numpy(np.ascontiguousarray(series)), torch.zeros(1, 0))[0]
            expected = net(seen, torch.from_numpy(days)[None], None)[0][0]
        np.testing.assert_allclose(shares[:, number], expected, atol=1e-4)


@pytest.mark.parametrize("kind", PATCHED)
def test_a_tile_answers_as_the_whole_does(kind):
    net, arguments = network(kind, 3, 3 if kind == "convlstm" else 1)
    predictor = voice_of(kind, net, arguments)
    values = cloudy(16 + 2 * predictor.halo)
    everything = np.ones((16, 16), bool)
    whole = predictor.answer(values, everything)[0].reshape(3, 16, 16)
    half = predictor.answer(values[:, 8:], np.ones((8, 16), bool))[0].reshape(3, 8, 16)
    np.testing.assert_array_equal(half, whole[:, 8:])


def test_box_sums_are_sums_over_squares():
    table = np.random.default_rng(0).normal(0, 1, (9, 8, 2)).astype(np.float32)
    found = box_sums(table, 2)
    assert found.shape == (5, 4, 2)
    np.testing.assert_allclose(found[1, 2], table[1:6, 2:7].sum((0, 1)), rtol=1e-5)


def test_attention_ignores_what_clouds_hide():
    net, _ = network("ltae")
    series = torch.from_numpy(np.random.default_rng(3).normal(0, 1, (1, 4, 2)).astype(np.float32))
    days = torch.from_numpy(DAYS)[None]
    hidden = series.clone()
    hidden[:, 2] = torch.nan
    keep = torch.tensor([0, 1, 3])
    with torch.no_grad():
        np.testing.assert_allclose(net(hidden, days, None)[0], net(series[:, keep], days[:, keep], None)[0], atol=1e-6)
        assert not np.allclose(net(hidden, days, None)[0], net(series, days, None)[0], atol=1e-4)
        moved = net(series, days + 90, None)[0]  # the day of the year counts
    assert not np.allclose(moved, net(series, days, None)[0].detach(), atol=1e-4)


TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 2])
ANSWER = np.array([0, 0, 0, 1, 1, 1, 0, 1])


def test_scores_of_classes_have_known_answers():
    table = class_target.confusion(TRUTH, ANSWER, 4)
    assert table[0].tolist() == [3, 1, 0, 0] and table[2].tolist() == [0, 1, 0, 0]
    found = class_target.class_scores(table)
    np.testing.assert_allclose(found["precision"], [3 / 4, 2 / 4, 0, np.nan])
    np.testing.assert_allclose(found["recall"], [3 / 4, 2 / 3, 0, np.nan])
    np.testing.assert_allclose(found["f1"], [0.75, 4 / 7, 0, np.nan])
    # agreement 5/8; by chance (4 * 4 + 3 * 4 + 1 * 0) / 64
    assert class_target.kappa(table) == pytest.approx((5 / 8 - 28 / 64) / (1 - 28 / 64))


def test_rows_show_every_class_and_its_support():
    target_type = ClassTarget(("a", "b", "c", "never"))
    probabilities = np.full((8, 4), 0.1)
    probabilities[np.arange(8), ANSWER] = 0.7
    source = np.array(list("aabbccdd"), object)
    rows = target_type.rows(np.eye(4)[TRUTH], probabilities, source)
    assert [row["n"] for row in rows] == [4, 3, 1, 0, 8]
    assert rows[3]["f1"] is None
    mean = rows[-1]
    assert mean["accuracy"] == 5 / 8 and mean["error"] == 3 / 8
    assert mean["f1"] == pytest.approx((0.75 + 4 / 7 + 0) / 3)
    assert mean["ece"] == pytest.approx(0.7 - 5 / 8)
    assert mean["low"] <= mean["f1"] <= mean["high"]
    untested = target_type.rows(np.eye(4)[TRUTH], np.full((8, 4), np.nan), source)[-1]
    assert untested["n"] == 0 and untested["f1"] is None


def test_sharpening_makes_confidence_what_it_says():
    rng = np.random.default_rng(0)
    honest = rng.dirichlet(np.ones(4) * 0.5, 4000)
    truth = np.array([rng.choice(4, p=p) for p in honest])
    sure = class_target.temperature_scaled(honest, 2.5)
    assert class_target.calibration_error(truth, honest) < 0.03 < class_target.calibration_error(truth, sure)
    region = np.array(["east", "west"], object)[rng.integers(0, 2, 4000)]
    target_type, answers = ClassTarget(("a", "b", "c", "d")), Answers(sure, np.ones(4000))

    class Labels:
        shares = np.eye(4)[truth]

    factors = target_type.factors(answers, Labels(), region)
    assert set(factors) == {""}  # a map knows no regions
    assert factors[""] == pytest.approx(1 / 2.5, rel=0.05)
    found = target_type.calibrated(answers, factors, region).shares
    np.testing.assert_allclose(found.sum(1), 1)
    assert (found.argmax(1) == honest.argmax(1)).all()  # no label changes
    assert class_target.calibration_error(truth, found) < 0.03


def test_balanced_classes_count_alike():
    shares = np.eye(3)[[0] * 6 + [1] * 2]
    weights = class_target.class_weights(shares, "balanced")
    np.testing.assert_allclose(shares.sum(0) * weights, [4, 4, 0])
    assert class_target.class_weights(shares, "focal").tolist() == [1, 1, 1]


def test_all_dates_of_a_sample_are_turned_alike(tmp_path, write, monkeypatch):
    from regionwise.core.learning import series_batches

    images, rng = tmp_path / "images", np.random.default_rng(0)
    images.mkdir()
    first = rng.uniform(1, 2, (20, 20)).astype(np.float32)
    write(images / "NDVI_20200101.tif", first)
    write(images / "NDVI_20200201.tif", 2 * first)
    with rasterio.open(images / "NDVI_20200101.tif") as file:
        crs, places = file.crs, [file.xy(row, col) for row, col in rng.integers(4, 16, (24, 2))]
    samples = gpd.GeoDataFrame({"crop": ["a", "b"] * 12}, geometry=gpd.points_from_xy(*zip(*places, strict=True)))
    samples.set_crs(crs.to_wkt()).to_file(tmp_path / "samples.gpkg")
    run_task(make_series, SeriesMaking(folder=str(images), output=str(tmp_path / "series.json")), tmp_path / "job")
    seen, batches = [], series_batches.PixelBatches.batches

    def watched(self, generator):
        for batch in batches(self, generator):
            seen.append(batch["series"].numpy())
            yield batch

    monkeypatch.setattr(series_batches.PixelBatches, "batches", watched)
    monkeypatch.setattr("regionwise.core.learners.series_learner.HIDDEN", 0)
    params, _, _ = fitted(tmp_path, tmp_path, model_type="convlstm", patch=3, epochs=1, source_field="",
                           validation="random")  # fmt: skip
    arrays = list(read_model(params.model).members.values())[-1]
    mean, std = float(arrays[MEAN][0]), float(arrays[STD][0])
    windows = seen[-1] * std + mean  # of the second training, whose scaling the model keeps
    assert windows.shape[2:4] == (5, 5)
    shown = np.isfinite(windows).all((1, 2, 3, 4))
    assert shown.any()
    np.testing.assert_allclose(windows[shown, 1], 2 * windows[shown, 0], rtol=1e-4)
    originals = np.lib.stride_tricks.sliding_window_view(first, (5, 5)).reshape(-1, 25)
    turned = [np.abs(originals - window[0].ravel()).max(1).min() > 1e-3 for window in windows[shown]]
    assert any(turned)


@pytest.fixture(scope="module")
def farms(tmp_path_factory):
    """A simulated world of fields over two years, described as two series."""
    folder = tmp_path_factory.mktemp("crops")
    run_task(simulate, Simulation(family="crops", size=96, gaps=0.2, seed=2, output_folder=str(folder)), folder)
    for year in ("", "_next"):
        params = SeriesMaking(folder=str(folder / f"images{year}"), output=str(folder / f"series{year}.json"))
        run_task(make_series, params, folder / f"job{year}")
    return folder


def spec(farms, tmp_path, **changes):
    values = {
        "series": str(farms / "series.json"), "samples": Layer(str(farms / "samples.gpkg"), "samples"),
        "class_field": "crop", "source_field": "field", "model_type": "boosting", "validation": "grouped", "folds": 2,
        "epochs": 3, "width": 8, "model": str(tmp_path / "m.safetensors"), "scores": str(tmp_path / "scores.csv"),
    }  # fmt: skip
    return CropTraining(**{**values, **changes})


def fitted(farms, tmp_path, **changes):
    params = spec(farms, tmp_path, **changes)
    ran = run_task(train, params, tmp_path / "train.job")
    return params, ran, pd.read_csv(params.scores)


def mapped(farms, tmp_path, model, name="map", **changes):
    values = {"series": str(farms / "series.json"), "model": model, "output": str(tmp_path / f"{name}.tif"), **changes}
    ran = run_task(map_crops, CropMapping(**values), tmp_path / f"{name}.job")
    return *read_raster(values["output"]), ran


def score(table, model, column="accuracy", component="mean", validation="grouped"):
    row = table[(table.model == model) & (table.component == component) & (table.validation == validation)
                & (table.part == "all")]  # fmt: skip
    return float(row[column].iloc[0])


def test_trees_learn_fields_and_map_classes_with_names(farms, tmp_path):
    params, ran, scores = fitted(farms, tmp_path, report=str(tmp_path / "r.html"), predictions=str(tmp_path / "p.gpkg"))
    assert score(scores, "boosting") > 0.75
    assert ran.result.numbers["ACCURACY"] == pytest.approx(score(scores, "boosting"))
    assert ran.result.numbers["F1_MACRO"] == pytest.approx(score(scores, "boosting", "f1"))
    assert score(scores, "boosting", "n", "rice") > 10  # support
    predictions = gpd.read_file(params.predictions)
    assert (predictions["predicted"] == predictions["label"]).mean() == pytest.approx(score(scores, "boosting"))
    np.testing.assert_allclose(predictions[[f"p_{name}" for name in CROPS]].sum(axis=1), 1, atol=1e-6)
    page = (tmp_path / "r.html").read_text()
    assert "Confusion: grouped" in page and "Scores by class: grouped" in page and "Calibration: grouped" in page
    parts = {"probabilities": str(tmp_path / "all.tif"), "confidence": str(tmp_path / "sure.tif")}
    found, names, _ = mapped(farms, tmp_path, params.model, **parts)
    truth, _ = read_raster(farms / "truth.tif")
    assert names == ("class",)
    assert (found == truth).mean() > 0.75
    probabilities, names = read_raster(parts["probabilities"])
    assert names == tuple(CROPS)
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)
    np.testing.assert_array_equal(found[0], probabilities.argmax(0) + 1)
    np.testing.assert_allclose(read_raster(parts["confidence"])[0][0], probabilities.max(0), atol=1e-6)
    with rasterio.open(tmp_path / "map.tif") as file:
        assert file.dtypes == ("uint8",) and file.nodata == 0
        colours = file.colormap(1)
    assert len({colours[i][:3] for i in range(1, 6)}) == 5
    assert 'value="3" label="rice"' in (tmp_path / "map.qml").read_text()
    assert "<Category>rice</Category>" in (tmp_path / "map.tif.aux.xml").read_text()


def test_parcels_get_majority_share_and_confidence(farms, tmp_path):
    params, _, _ = fitted(farms, tmp_path)
    out = str(tmp_path / "fields.gpkg")
    fields = Layer(str(farms / "fields.gpkg"), "fields")
    found, _, _ = mapped(farms, tmp_path, params.model, parcels=fields, parcel_output=out)
    assert not list((tmp_path / "map.job").glob("confidence.*"))
    table, (truth, _) = gpd.read_file(out), read_raster(farms / "truth.tif")
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


def test_the_stack_learns_and_maps_another_year(farms, tmp_path):
    params, _, scores = fitted(farms, tmp_path, model_type="stack", epochs=15, width=16, patch=3)
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


@pytest.mark.parametrize("kind", ["convlstm", "convlstm_reference"])
@pytest.mark.parametrize("weighting", ["balanced", "focal"])
def test_recurrent_networks_learn_patches(farms, tmp_path, kind, weighting):
    params, _, scores = fitted(
        farms, tmp_path, model_type=kind, epochs=20, width=8, patch=3, class_weights=weighting, batch=16,
        learning_rate=5e-3,
    )  # fmt: skip
    assert score(scores, kind) > 0.4
    found, _, _ = mapped(farms, tmp_path, params.model)
    truth, _ = read_raster(farms / "truth.tif")
    assert (found == truth).mean() > score(scores, kind) - 0.1


def test_a_table_of_values_teaches_what_the_series_teaches(farms, tmp_path):
    table = str(tmp_path / "values.csv")
    sampling = SeriesSampling(str(farms / "series.json"), Layer(str(farms / "samples.gpkg"), "samples"), output=table)
    run_task(sample_series, sampling, tmp_path / "job")
    _, _, one = fitted(farms, tmp_path / "a")
    params, _, two = fitted(farms, tmp_path / "b", series="", samples=Layer(), values=Layer(table, "values"))
    assert score(one, "boosting") == pytest.approx(score(two, "boosting"), abs=0.03)
    found, _, _ = mapped(farms, tmp_path, params.model)  # a model of a table maps a series
    assert np.isfinite(found[0]).mean() > 0.99


def test_a_member_is_trained_on_all_samples_but_those_it_is_tested_on(farms, tmp_path):
    table, tested = str(tmp_path / "values.csv"), str(tmp_path / "p.gpkg")
    sampling = SeriesSampling(str(farms / "series.json"), Layer(str(farms / "samples.gpkg"), "samples"), output=table)
    run_task(sample_series, sampling, tmp_path / "job")
    params, _, _ = fitted(farms, tmp_path, series="", samples=Layer(), values=Layer(table, "values"),
                           model_type="ltae", predictions=tested)  # fmt: skip
    frame, fold = pd.read_csv(table), gpd.read_file(tested)["fold"]
    columns = [name for name in frame if name.startswith("NDVI_")]
    members = read_model(params.model).members
    for name in fold.unique():
        known = frame.loc[(fold != name).to_numpy(), columns].to_numpy()  # what validates trains in the end, too
        assert members[f"global {name}"][MEAN][0] == pytest.approx(np.nanmean(known), abs=1e-5)


def test_a_run_stopped_in_the_second_training_goes_on_there(farms, tmp_path, monkeypatch):
    from regionwise.core.learners import series_learner

    whole, _, _ = fitted(farms, tmp_path / "whole", model_type="tempcnn", epochs=12)
    real, calls = series_learner.fit_member, []

    def stopped(*arguments, name, report, **more):
        calls.append(name)

        class Stopping:
            def progress(self, fraction, text):
                if name.endswith("-again") and len(calls) == 2 and fraction > 0.95:
                    raise KeyboardInterrupt

            info = report.info

        return real(*arguments, name=name, report=Stopping(), **more)

    monkeypatch.setattr(series_learner, "fit_member", stopped)
    params = spec(farms, tmp_path, model_type="tempcnn", epochs=12)
    with pytest.raises(KeyboardInterrupt):
        run_task(train, params, tmp_path / "train.job")
    monkeypatch.setattr(series_learner, "fit_member", real)
    ran = run_task(train, params, tmp_path / "train.job")
    assert "global-tempcnn-0, epoch 1: training loss" not in ran.log  # the first training is not repeated
    one, other = (read_model(p.model).members for p in (whole, params))
    for name, arrays in one.items():
        for key, array in arrays.items():
            np.testing.assert_array_equal(array, other[name][key], err_msg=f"{name} {key}")


def test_one_sample_too_many_for_the_batches_is_no_error(farms, tmp_path):
    def some(frame):
        frame.loc[frame.index[131:], "crop"] = None

    samples = labelled(farms, tmp_path / "some.gpkg", some)
    for batch in (4, 5, 8):
        fitted(farms, tmp_path / str(batch), samples=samples, model_type="ltae", epochs=1, batch=batch)


def labelled(farms, path, change):
    frame = gpd.read_file(farms / "samples.gpkg")
    change(frame)
    frame.to_file(path)
    return Layer(str(path), "labelled")


def test_rare_classes_are_shown_and_named(farms, tmp_path):
    def rarify(frame):
        frame.loc[frame.index[:4], "crop"] = "quinoa"
        frame.loc[frame.index[:4], "field"] = "one field"

    samples = labelled(farms, tmp_path / "rare.gpkg", rarify)
    report = str(tmp_path / "r.html")
    _, ran, scores = fitted(farms, tmp_path, samples=samples, report=report)
    assert re.search(r"Classes with fewer than 30 samples: .*quinoa \(4\).*\. Their scores mean little", ran.log)
    assert "'quinoa' is tested in fold" in ran.log and "where no training sample has it" in ran.log
    assert score(scores, "boosting", "n", "quinoa") == 4
    assert score(scores, "boosting", "recall", "quinoa") == 0
    assert "quinoa (4)" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.__setitem__("crop", "maize"), "consist of 'maize' alone"),
        (lambda f: f.__setitem__("crop", None), "Class field 'crop' of 'labelled' is empty in all rows"),
        (lambda f: f.loc.__setitem__((f.index[:9], "crop"), "mean"), "Class 'mean' has a name that the scores need"),
        (lambda f: f.loc.__setitem__((f.index[:9], "crop"), "MAIZE"), "Classes 'MAIZE' and 'maize' differ only in"),
    ],
)
def test_bad_labels_are_refused(farms, tmp_path, change, message):
    samples = labelled(farms, tmp_path / "bad.gpkg", change)
    with pytest.raises(RegionwiseError, match=message):
        fitted(farms, tmp_path, samples=samples)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"class_field": ""}, "Class field is missing"),
        ({"patch": 4}, "Patch is 4; give an odd number of cells"),
        (
            {"patch": 3, "series": "", "samples": Layer(), "values": Layer("v.csv", "v")},
            "a table of values holds single",
        ),
        ({"model_type": "forest"}, "Model type is 'forest'"),
        ({"samples": Layer()}, "Samples is missing"),
    ],
)
def test_bad_parameters_are_refused(farms, tmp_path, changes, message):
    with pytest.raises(RegionwiseError, match=message):
        spec(farms, tmp_path, **changes)


def test_maps_of_other_series_are_refused(farms, tmp_path):
    params, _, _ = fitted(farms, tmp_path)
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
