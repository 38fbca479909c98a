"""Hundreds of bands, some of them empty: the answer is that of the others alone, and windows follow their number."""

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import torch
from regionwise.core.contract.layer import Layer
from regionwise.core.data.patches.empty_bands import empty_bands
from regionwise.core.data.patches.patches import Patches
from regionwise.core.data.raster.stack import Stack
from regionwise.core.data.vector.samples import read_samples
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping, CompositionTraining
from regionwise.core.families.composition.train import train
from regionwise.core.features import feature_tables
from regionwise.core.features.window_features import WindowFeatures
from regionwise.core.learning import patch_batches
from regionwise.core.learning.model_file import read_model
from regionwise.core.learning.patch_batches import PatchBatches, Standardiser
from regionwise.core.mapping.backend_trial import window_room
from regionwise.core.mapping.tile_pipeline import BLOCKS_AT_A_TIME
from regionwise.core.runtime.input_log import collect_inputs, inputs_read
from support import read_raster, run_task
from trainings import start_engine

BANDS, EMPTY = 224, (*range(104, 111), *range(150, 155))
SIDE, SAMPLES = 60, 150
TARGETS = ("tree", "grass", "soil")


def scene(rng):
    """Return shares (component, row, col), and 224 bands that mix smooth spectra by them; some bands are empty."""
    rows, cols = np.mgrid[:SIDE, :SIDE] / SIDE
    odds = np.exp(2 * np.stack([np.sin(5 * rows + 1), np.cos(4 * cols), np.sin(3 * (rows + cols))]))
    shares = odds / odds.sum(0)
    waves = np.linspace(0, 1, BANDS)
    spectra = np.stack([0.3 + 0.2 * np.sin(k * waves * 3 + k) for k in (1, 2, 3)])
    values = np.einsum("kb,krc->brc", spectra, shares) + rng.normal(0, 0.02, (BANDS, SIDE, SIDE))
    values[list(EMPTY)] = -9999
    return shares, values.astype(np.float32)


@pytest.fixture(scope="module")
def spectrum(tmp_path_factory, write):
    """A folder with an image of 224 bands, the same without the empty ones, and samples; and the truth."""
    folder, rng = tmp_path_factory.mktemp("spectrum"), np.random.default_rng(0)
    shares, values = scene(rng)
    names = [f"b{i}" for i in range(BANDS)]
    write(folder / "image.tif", values, nodata=-9999, names=names)
    kept = [i for i in range(BANDS) if i not in EMPTY]
    write(folder / "less.tif", values[kept], nodata=-9999, names=[names[i] for i in kept])
    cells = rng.choice(SIDE * SIDE, SAMPLES, replace=False)
    rows, cols = np.divmod(cells, SIDE)
    places = gpd.points_from_xy(500_000 + 90 * (cols + 0.5), 3_300_000 - 90 * (rows + 0.5), crs="EPSG:32648")
    columns = {name: shares[i, rows, cols] for i, name in enumerate(TARGETS)}
    gpd.GeoDataFrame(columns, geometry=places).to_file(folder / "samples.gpkg")
    return folder, shares


def trained(folder, image, out, **changes):
    values = {
        "day": (Layer(str(folder / image), "image"),), "samples": Layer(str(folder / "samples.gpkg"), "samples"),
        "targets": TARGETS, "model_type": "boosting", "validation": "random", "folds": 2,
        "model": str(out / "m.safetensors"),
    }  # fmt: skip
    params = CompositionTraining(**{**values, **changes})
    return params, run_task(train, params, out / "train.job", memory_gb=2.0)


def mapped(params, out, image=None):
    day = params.day if image is None else (Layer(str(image), "image"),)
    plan = CompositionMapping(day=day, model=params.model, output=str(out / "map.tif"))
    ran = run_task(map_composition, plan, out / "map.job", memory_gb=4.0)  # this process holds what other tests left
    return read_raster(plan.output)[0], ran


@pytest.mark.train
def test_empty_bands_are_left_out_as_if_they_had_never_been_there(spectrum, tmp_path):
    folder, truth = spectrum
    told = []
    with collect_inputs(told.append):
        params, ran = trained(folder, "image.tif", tmp_path / "all")
        changes = [row["changed"] for row in inputs_read() if row["layer"] == "image"]
    assert any("bands without data at any sample are left out: 'b104', 'b105'" in text for text in changes)
    assert "Bands without data at any sample are left out, and no map needs them: 'b104', 'b105'" in ran.log
    assert "212 bands are more than 20: trees see one cell and the mean of 3 x 3 cells of each" in ran.log
    card = read_model(params.model).card
    assert len(card.bands) == 212 and not {f"b{i}" for i in EMPTY} & set(card.band_names())
    assert card.features.arguments["windows"] == [1, 3] and card.features.arguments["deviations"] is False
    found, _ = mapped(params, tmp_path / "all")
    assert np.isfinite(found).all()
    assert np.abs(found - truth).mean() < 0.05
    less, _ = trained(folder, "less.tif", tmp_path / "less")
    others, _ = mapped(less, tmp_path / "less")
    np.testing.assert_array_equal(found, others)
    again, _ = mapped(params, tmp_path / "again", folder / "less.tif")  # a map needs those bands alone
    np.testing.assert_array_equal(found, again)


@pytest.mark.train
def test_a_network_learns_and_maps_hundreds_of_bands_within_the_memory(spectrum, tmp_path):
    folder, truth = spectrum
    params, _ = trained(
        folder, "image.tif", tmp_path, model_type="network", width=8, blocks="1,1,1", epochs=6, learning_rate=3e-3
    )
    plan = CompositionMapping(day=params.day, model=params.model, output=str(tmp_path / "map.tif"))
    # a process of its own: this one holds what other tests have left
    engine = start_engine(plan, tmp_path / "map.job", memory_gb=2.0)
    said = engine.communicate(timeout=600)[0]
    assert engine.returncode == 0, said
    assert "(Memory allows 2)" in said
    found = read_raster(plan.output)[0]
    assert np.isfinite(found).all()
    assert np.abs(found - truth).mean() < 0.25


def test_a_sensor_without_any_data_is_no_matter_of_empty_bands(spectrum, tmp_path, write):
    folder, _ = spectrum
    night = write(tmp_path / "night.tif", np.full((SIDE, SIDE), -1, np.float32), nodata=-1)
    with Stack({"day": (Layer(str(folder / "image.tif"), "image"),), "night": (night,)}) as stack:
        samples = read_samples(Layer(str(folder / "samples.gpkg"), "samples"), TARGETS, stack.grid.crs)
        assert empty_bands(stack, samples) == list(EMPTY)
        half = samples.take(np.arange(5))
        assert empty_bands(stack, half) == list(EMPTY)


def test_a_band_with_data_at_a_single_sample_is_not_empty(tmp_path, write):
    values = np.full((2, 8, 8), -1, np.float32)
    values[0] = 5
    values[1, 7, 7] = 3
    frame = gpd.GeoDataFrame(
        {"a": [0.5, 0.4], "b": [0.5, 0.6]},
        geometry=gpd.points_from_xy([500_045, 500_000 + 7.5 * 90], [3_299_955, 3_300_000 - 7.5 * 90], crs="EPSG:32648"),
    )
    frame.to_file(tmp_path / "s.gpkg")
    with Stack({"day": (write(tmp_path / "day.tif", values, nodata=-1, names=("full", "rare")),)}) as stack:
        samples = read_samples(Layer(str(tmp_path / "s.gpkg"), "s"), ("a", "b"), stack.grid.crs)
        assert empty_bands(stack, samples) == []
        assert empty_bands(stack, samples.take(np.array([0]))) == [1]


@pytest.mark.parametrize(("bands", "windows", "deviations"), [(20, (1, 3, 7, 15), True), (21, (1, 3), False)])
def test_windows_follow_the_number_of_bands(bands, windows, deviations):
    params = CompositionTraining(
        day=(Layer("d.tif"),), samples=Layer("s"), targets=("a", "b"), model="m", model_type="boosting"
    )
    assert params.window_sides(bands) == windows
    assert params.means_only(bands) is not deviations
    asked = CompositionTraining(**{**vars(params), "windows": "1 7"})
    assert asked.window_sides(bands) == (1, 7) and not asked.means_only(bands)


def test_features_of_squares_are_those_of_the_window(monkeypatch):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 40, 31)).astype(np.float32)
    values[:, 10:14, 5:9] = np.nan
    features = WindowFeatures(("a", "b", "c"), (3,), (1, 3, 11), np.zeros(3))
    wanted = rng.random((30, 21)) < 0.7
    whole = features(values[None], 5)[0][:, wanted].T
    monkeypatch.setattr(feature_tables, "MOST_WHOLE", 1)
    monkeypatch.setattr(feature_tables, "SQUARE", 8)
    found = np.full_like(whole, -1)
    for pixels, table in feature_tables.feature_tables(features, values, wanted):
        found[pixels] = table
    np.testing.assert_array_equal(found, whole)


def test_means_alone_are_the_means_of_the_windows_with_deviations():
    values = np.random.default_rng(0).normal(size=(2, 3, 9, 9)).astype(np.float32)
    both = WindowFeatures(("a", "b", "c"), (3,), (1, 3), np.zeros(3))
    means = WindowFeatures(("a", "b", "c"), (3,), (1, 3), np.zeros(3), deviations=False)
    assert means.names() == ["a", "b", "c", "a mean 3", "b mean 3", "c mean 3"]
    kept = [both.names().index(name) for name in means.names()]
    np.testing.assert_array_equal(means(values, 1), both(values, 1)[:, kept])
    window = values[0, 1, 3:6, 4:7].astype(np.float64).mean()
    assert means(values, 1)[0, 4, 3, 4] == pytest.approx(window, rel=1e-6)


def test_blocks_of_many_bands_take_their_room_from_the_window():
    assert window_room(2**31, 20, 19) == 0.35 * 2**31
    assert window_room(2**31, 212, 19) == 0.35 * 2**31 - 4 * 192 * BLOCKS_AT_A_TIME * (256 + 38) ** 2


class Labels:
    """What batches need of samples."""

    def __init__(self, count):
        self.shares, self.loss_weight = np.full((count, 2), 0.5), np.ones(count)

    def __len__(self):
        return len(self.loss_weight)


def test_batches_that_are_made_part_by_part_are_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(7, 3, 5, 5)).astype(np.float32)
    values[2, 1, 0, 3] = np.nan
    samples = Labels(7)
    standardiser = Standardiser(torch.zeros(3, 1, 1), torch.ones(3, 1, 1), (2, 1), True)

    def inputs():
        patches = Patches(values, np.arange(7), np.ones((7, 1, 1), np.float32), np.arange(7), 1, Path())
        data = SimpleNamespace(patches=patches, samples=samples, device="cpu")
        batches = PatchBatches(data, standardiser, SimpleNamespace(train=np.arange(7)), None, 7)
        return next(batches.batches(np.random.default_rng(1)))

    whole = inputs()
    monkeypatch.setattr(patch_batches, "PART_NUMBERS", 2 * 75)
    for name, tensor in inputs().items():
        torch.testing.assert_close(tensor, whole[name], rtol=0, atol=0)
    assert whole["day"].shape == (7, 3, 5, 5) and whole["night"].shape == (7, 2, 5, 5)
