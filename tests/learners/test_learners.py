"""Networks, trees and stacks through the same training; learning curves, searches, pixel weights."""

import dataclasses
import io
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.features
from pages import text_of
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping, CompositionTraining
from regionwise.core.families.composition.train import train
from regionwise.core.families.composition.train_regions import train_regions
from regionwise.core.features.window_features import feature_names, window_statistics
from regionwise.core.learning.model_file import read_model, write_model
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.validation.splits import Split
from support import read_raster, run_task
from trainings import TARGETS, regions_of


@pytest.mark.train
def test_stack_of_network_and_trees_trains_maps_and_is_weighted(stack):
    card = read_model(stack.training.model).card
    assert {m.type for m in card.members} == {"network", "boosting"}
    assert sum(card.mixture.values()) == pytest.approx(1)
    assert f"{stack.training.validation} (stack): mean R²" in stack.ran.log
    assert {"network", "boosting", "stack"} <= {row["model"] for row in card.scores}
    shares, _ = read_raster(stack.map.output)
    np.testing.assert_allclose(shares.sum(0), 1, atol=1e-5)
    assert (read_raster(stack.map.uncertainty)[0][4:8][shares > 1e-6] > 0).all()
    assert card.calibration.factors["network"]  # even softmax has a data part, found out of fold


@pytest.mark.train
def test_all_kinds_of_a_table_train_on_the_same_samples_and_the_log_says_what_validation_samples_do(stack):
    log = stack.ran.log
    lines = [re.search(rf", {kind}: (\d+) samples train(.*), \d+ test", log) for kind in ("network", "boosting")]
    assert lines[0][1] == lines[1][1]
    assert "of them choose the best epoch first)" in lines[0][2] and not lines[1][2]
    assert "goes on with all" in log


@pytest.mark.train
def test_a_network_tested_on_whole_regions_says_what_to_expect_in_both(stack):
    assert "inside the sampled regions (boosting, knndm)" in stack.ran.log
    assert ("in a new one (stack, regions)" in stack.ran.log) == (stack.training.validation == "regions")


@pytest.mark.train
def test_regional_trees_are_calibrated_by_region_and_map_with_the_global_ones(world, training, trees, tmp_path):
    regions = regions_of(world)
    params = training(**regions, model_type="boosting", expert="finetuned", holdout="within")
    run_task(train_regions, params, tmp_path / "job")
    card = read_model(params.model).card
    assert set(card.calibration.factors["boosting"]) == {"", *card.regions}
    plan = CompositionMapping(
        day=trees.day, night=trees.night, model=trees.model, regional_model=params.model, **regions,
        output=str(tmp_path / "m.tif"), uncertainty=str(tmp_path / "u.tif"),
    )  # fmt: skip
    run_task(map_composition, plan, tmp_path / "map")
    uncertainty, bands = read_raster(tmp_path / "u.tif")
    weight = uncertainty[bands.index("regional_weight")]
    assert 0.45 < np.median(weight) <= 0.5
    assert weight.min() >= 0


@pytest.mark.train
def test_a_map_without_experts_is_calibrated_by_region_where_regions_are_given(world, trees, tmp_path):
    model = read_model(trees.model)
    factors = {**dict.fromkeys(model.card.calibration.factors["boosting"], 1.0), "R1": 100.0}
    model.card.calibration.factors["boosting"] = factors
    path = str(tmp_path / "changed.safetensors")
    write_model(path, model)
    values = {"day": trees.day, "night": trees.night, "model": path, "blend": 0}
    regions = Layer(str(world / "regions.gpkg"), "regions")
    spread = {}
    for name, more in (("plain", {}), ("regions", {"regions": regions, "region_field": "region"})):
        plan = CompositionMapping(
            **values, **more, output=str(tmp_path / f"{name}.tif"), uncertainty=str(tmp_path / f"{name}_u.tif")
        )
        run_task(map_composition, plan, tmp_path / name)
        spread[name] = read_raster(tmp_path / f"{name}_u.tif")[0][4:8].mean(0)
    np.testing.assert_array_equal(read_raster(tmp_path / "plain.tif")[0], read_raster(tmp_path / "regions.tif")[0])
    inside = rasterio.features.geometry_mask(
        gpd.read_file(world / "regions.gpkg").query("region == 'R1'").geometry, (96, 96),
        rasterio.open(world / "day.tif").transform, invert=True,
    )  # fmt: skip
    ratio = spread["regions"] / spread["plain"]
    assert ratio[inside].max() < 0.5
    np.testing.assert_allclose(ratio[~inside], 1, rtol=1e-5)
    frame = gpd.read_file(world / "regions.gpkg")
    frame["other"] = "X" + frame["region"]
    frame.to_file(tmp_path / "other.gpkg")
    other = dataclasses.replace(plan, regions=Layer(str(tmp_path / "other.gpkg"), "other"), region_field="other")
    with pytest.raises(RegionwiseError, match="No region of 'other' was calibrated by itself: the layer has XR1"):
        run_task(map_composition, other, tmp_path / "other")


@pytest.mark.train
def test_learning_curve_and_search_are_written_as_they_run_and_resume(training, tmp_path, monkeypatch):
    from regionwise.core.learners.patch_learner import PatchLearner

    params = training(
        epochs=2, fractions="0.5 1", repeats=2, curve=str(tmp_path / "c.csv"), search="grid",
        search_rates="0.001 0.003", search_decays="0.001", report=str(tmp_path / "r.html"),
    )  # fmt: skip
    original, calls = PatchLearner.fit, []

    def counts(self, split, name, *args, **kwargs):
        calls.append((name, self.params.learning_rate, len(split.train), len(split.validation)))
        if len(calls) == 9:
            raise KeyboardInterrupt
        return original(self, split, name, *args, **kwargs)

    monkeypatch.setattr(PatchLearner, "fit", counts)
    with pytest.raises(KeyboardInterrupt):
        run_task(train, params, tmp_path / "job")
    assert len(pd.read_csv(tmp_path / "c.csv")) > 0  # rows of finished runs are there
    run_task(train, params, tmp_path / "job")
    names = [name for name, *_ in calls]
    assert len(names) == len(set(names)) + 1  # only the interrupted one was repeated
    curve = pd.read_csv(tmp_path / "c.csv")
    assert sorted(curve["fraction"].unique()) == [0.5, 1]
    assert curve.groupby("fraction")["repeat"].nunique().tolist() == [2, 2]
    half, whole = (curve[curve["fraction"] == f] for f in (0.5, 1))
    assert half["train"].mean() < 0.6 * whole["train"].mean()
    assert half["validation"].mean() < 0.6 * whole["validation"].mean()
    page = text_of(tmp_path / "r.html")
    assert "Learning curve" in page
    assert "Parameter search" in page


def test_a_search_keeps_the_member_that_validated_best(tmp_path):
    from regionwise.core.contract.protocol import Channel, Settings
    from regionwise.core.learning.contracts import FittedMember
    from regionwise.core.learning.cross_validation import Fit, Trainer, cross_validate
    from regionwise.core.learning.history import History
    from regionwise.core.learning.learning_curves import tried
    from regionwise.core.learning.search import HyperParameterSearch
    from regionwise.core.runtime.checkpoints import Checkpoints
    from regionwise.core.runtime.local_executor import LocalExecutor
    from regionwise.core.runtime.progress import Progress
    from regionwise.core.runtime.run import Run

    class Fake:
        type = "network"

        def __init__(self, rate=0.0):
            self.rate = rate

        def with_rates(self, rate, decay):
            return Fake(rate)

        def process_bytes(self, splits):
            return 0

        def fit(self, split, name, report, start=None):
            # the second validates best, the third would test best
            score = {1.0: 0.2, 2.0: 0.9, 3.0: 0.5}[self.rate]
            shares = np.full((1, 2), self.rate)
            return FittedMember(split.name, {"x": np.zeros(1)}, shares, np.ones(1), History([1.0], [1.0], [score], 0))

    channel = Channel(io.BytesIO())
    executor = LocalExecutor(Run(channel, Settings(), tmp_path))
    trainer = Trainer(executor, Checkpoints(tmp_path), channel, Progress(channel, 2))
    search = HyperParameterSearch(Fake(), [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)])
    split = Split("a", np.arange(2), np.arange(2, 3), np.arange(3, 4))
    assert cross_validate([split], search, trainer, label="global")[0].shares[0, 0] == 2.0
    trainer.train([Fit(search, split, "curve-0.5-0-0-network-0", "a")])  # the learning curve is no part of the search
    assert [row["validation_r2"] for row in tried(search, "global", [split], trainer)] == [0.2, 0.9, 0.5]


def test_population_weighs_the_pixels_of_an_area(world, training, tmp_path, write):
    from regionwise.core.learners.tree_learner import TreeLearner

    frame = gpd.read_file(world / "samples.gpkg").iloc[::3]
    frame["geometry"] = frame.geometry.buffer(300, cap_style="square")
    frame.to_file(tmp_path / "areas.gpkg")
    with rasterio.open(world / "day.tif") as file:
        place = {"transform": file.transform, "crs": file.crs}
    people = np.zeros((96, 96), np.float32)
    people[:, ::2] = 5
    seen = []

    class SeenError(Exception):
        pass

    def remembers(self, *args, **kwargs):
        seen.append(self._training_data.patches)
        raise SeenError

    params = training(
        samples=Layer(str(tmp_path / "areas.gpkg"), "areas"), model_type="boosting",
        pixel_weights=write(tmp_path / "people.tif", people, **place),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SeenError):
        patch.setattr(TreeLearner, "fit", remembers)
        run_task(train, params, tmp_path / "job")
    weights = seen[0].weights
    assert weights.max() == 5  # where a whole cell of 5 is covered
    empty = (weights == 0).all(1)  # piece and column
    assert (empty[:, :-1] | empty[:, 1:]).all()  # every other column has no people
    assert weights.sum((1, 2)).max() < 5 * 0.6 * (600 / 90) ** 2
    assert seen[0].values.shape[1] == 8  # the population is no band of the model
    wrong = dataclasses.replace(params, pixel_weights=write(tmp_path / "debt.tif", -people - 1, **place))
    with pytest.raises(RegionwiseError, match="Pixel weights 'debt' are negative"):
        run_task(train, wrong, tmp_path / "job")


def test_window_statistics_are_those_of_each_window():
    rng = np.random.default_rng(0)
    values = rng.normal(100, 5, (1, 2, 33, 35)).astype(np.float32)
    values[0, 0, 10:14, 12] = np.nan
    windows, halo = (1, 3, 11), 5
    found = window_statistics(values, np.full(2, 100.0), windows, (2,), halo)
    names = feature_names(["a", "b"], (2,), windows)
    assert found.shape == (1, len(names), 23, 25)
    for row, col in ((0, 0), (7, 8), (22, 24)):
        at = {name: found[0, i, row, col] for i, name in enumerate(names)}
        for band, name in enumerate("ab"):
            small, large = (
                values[
                    0,
                    band,
                    row + halo - radius : row + halo + radius + 1,
                    col + halo - radius : col + halo + radius + 1,
                ]
                for radius in (1, 5)
            )
            assert at[f"{name} mean 3"] == pytest.approx(np.nanmean(small.astype(float)), rel=1e-5)
            assert at[f"{name} deviation 3"] == pytest.approx(np.nanstd(small.astype(float)), rel=1e-3)
            ordered = np.sort(large[np.isfinite(large)])
            assert at[f"{name} q50 11"] == pytest.approx(ordered[round(0.5 * (len(ordered) - 1))], rel=1e-5)
    assert np.isnan(found[0, names.index("a"), 10 - halo, 12 - halo])
    assert "a/b q10 11" in names


@pytest.mark.train
def test_trees_answer_alike_in_a_patch_and_in_a_map(trees, tmp_path):
    model = read_model(trees.model)
    first = [member for member in model.card.members if member.name == "global fold 1 boosting"]
    card = dataclasses.replace(model.card, members=first)
    path = str(tmp_path / "first.safetensors")
    write_model(path, dataclasses.replace(model, card=card, members={first[0].name: model.members[first[0].name]}))
    plan = CompositionMapping(day=trees.day, night=trees.night, model=path, output=str(tmp_path / "m.tif"))
    run_task(map_composition, plan, tmp_path / "map")
    frame = gpd.read_file(trees.predictions).query("fold == 'fold 1'")
    with rasterio.open(tmp_path / "m.tif") as file:
        mapped = np.array(list(file.sample(zip(frame.geometry.x, frame.geometry.y))))
    np.testing.assert_allclose(mapped, frame[[f"{t}_pred" for t in TARGETS]], atol=1e-5)


@pytest.mark.train
def test_broadcast_labels_read_high_under_random_folds_and_the_report_says_why_not_to_believe_it(tmp_path):
    simulation = Simulation(size=192, seed=4, design="clustered_broadcast", output_folder=str(tmp_path))
    run_task(simulate, simulation, tmp_path)
    values = {
        "day": (Layer(str(tmp_path / "day.tif"), "day"),), "night": (Layer(str(tmp_path / "night.tif"), "night"),),
        "samples": Layer(str(tmp_path / "samples.gpkg"), "samples"), "targets": TARGETS, "model_type": "boosting",
        "model": str(tmp_path / "m.safetensors"), "report": str(tmp_path / "r.html"), "scores": str(tmp_path / "s.csv"),
    }  # fmt: skip
    with pytest.raises(RegionwiseError, match="labels seem to be broadcast"):
        run_task(train, CompositionTraining(**values), tmp_path / "refused")
    run_task(train, CompositionTraining(**values, source_field="source"), tmp_path / "job")
    rows = pd.read_csv(tmp_path / "s.csv")
    means = rows[(rows["part"] == "all") & (rows["component"] == "mean") & (rows["model"] == "boosting")]
    score = means.set_index("validation")["r2"]
    assert score["random"] > 0.9
    assert score["knndm"] < score["random"] - 0.25
    page = text_of(tmp_path / "r.html")
    assert "Do not believe the random score" in page
    assert "of tested samples share their source with training samples" in page
