"""Networks of crops: against the published one, and against themselves."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import torch
from regionwise.core.families.crops.map import map_crops
from regionwise.core.families.crops.params import CropMapping
from regionwise.core.features.series_features import SeriesFeatures
from regionwise.core.learners.series_learner import KINDS, SeriesPredictor, box_sums
from regionwise.core.learning.model_file import read_model
from regionwise.core.learning.series_batches import MEAN, STD, Shape, Standardiser
from regionwise.core.learning.training_loop import to_arrays
from regionwise.core.nets.convlstm import ConvLstmReference
from regionwise.core.tools.preparation.import_weights import import_weights
from regionwise.core.tools.preparation.params import WeightImport
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
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


def predictor_of(kind, net, arguments, days=DAYS):
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
    predictor = predictor_of(kind, net, arguments)
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
    predictor = predictor_of(kind, net, arguments)
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


@pytest.mark.train
def test_all_dates_of_a_sample_are_turned_alike(trained, tmp_path, write, monkeypatch):
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
    params, _, _ = trained(tmp_path, tmp_path, model_type="convlstm", patch=3, epochs=1, source_field="",
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
