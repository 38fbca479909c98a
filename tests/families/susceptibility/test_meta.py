"""Meta-learning end to end: beside the pooled model, on maps of blocks and of new areas, and after a stop."""

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from pages import text_of
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.susceptibility.map import map_susceptibility
from regionwise.core.families.susceptibility.params import SusceptibilityMapping, SusceptibilityTraining
from regionwise.core.families.susceptibility.train import train
from regionwise.core.learners import maml_learner
from regionwise.core.learning.model_file import read_model
from regionwise.core.nets.block_maml import NUMBER
from regionwise.core.nets.maml import SECOND
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from support import read_raster, run_task


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Simulated hills; trusted samples lie in every third block."""
    folder = tmp_path_factory.mktemp("blocks")
    run_task(simulate, Simulation(family="susceptibility", size=128, seed=5, output_folder=str(folder)), folder / "j")
    frame = gpd.read_file(folder / "samples.gpkg")
    third = frame["block"].str.removeprefix("block ").astype(int) % 3 == 0
    frame[(frame["weak"] == 0) & third].to_file(folder / "trusted.gpkg")
    return folder


def layers(world):
    return tuple(Layer(str(world / "factors" / f"{name}.tif"), name) for name in FACTORS)


def layer(path):
    return Layer(str(path), path.stem)


def training(world, folder, **changes):
    return SusceptibilityTraining(**{
        "factors": layers(world), "samples": layer(world / "trusted.gpkg"), "label_field": "label",
        "categorical": "lithology", "blocks": layer(world / "blocks.gpkg"), "validation": "blocks",
        "model_type": "meta", "folds": 2, "epochs": 15, "width": 16, "iterations": 150,
        "model": str(folder / "m.safetensors"), "scores": str(folder / "s.csv"), "report": str(folder / "r.html"),
        "figures": str(folder / "figures"), **changes,
    })  # fmt: skip


@pytest.fixture(scope="module")
def learned(world, tmp_path_factory):
    """A meta-learned model: its parameters, the run, and the folder of its outputs."""
    folder = tmp_path_factory.mktemp("meta")
    params = training(world, folder)
    return params, run_task(train, params, folder / "job"), folder


def mapped(world, folder, model, **changes):
    folder.mkdir(exist_ok=True)
    params = SusceptibilityMapping(**{
        "factors": layers(world), "model": model, "output": str(folder / "p.tif"), **changes,
    })  # fmt: skip
    return run_task(map_susceptibility, params, folder / "job"), read_raster(folder / "p.tif")[0][0]


@pytest.mark.train
def test_meta_stands_beside_pooled_and_tells_what_few_labels_are_worth(learned):
    _, ran, folder = learned
    scores = pd.read_csv(folder / "s.csv").query("part == 'all' and validation == 'blocks'").set_index("model")
    assert {"meta", "pooled", "boosting", "forest"} <= set(scores.index)
    # no label of a block that is held out is known: the pooled model answers
    assert scores.auc["meta"] == pytest.approx(scores.auc["pooled"], abs=1e-9)
    few = pd.read_csv(folder / "figures" / "few_labels.csv")
    assert set(few.way) == {"meta", "pooled", "these labels alone"} and {1, 3, 5, 8} <= set(few.labels)
    means = few.groupby(["labels", "way"]).auc.mean().unstack()
    assert (means["meta"] > means["these labels alone"]).all()
    text = text_of(folder / "r.html")
    assert "What few labels add" in text and "Few labels: " in ran.log


@pytest.mark.train
def test_blocks_answer_for_themselves_and_which_tells_it(world, learned, tmp_path):
    params, _, _ = learned
    blocks = layer(world / "blocks.gpkg")
    _, pooled = mapped(world, tmp_path / "pooled", params.model)
    ran, found = mapped(world, tmp_path / "blocks", params.model, blocks=blocks, which=str(tmp_path / "w.tif"))
    which = read_raster(tmp_path / "w.tif")[0][0]
    assert set(np.unique(which)) <= {1, 2, 3} and len(np.unique(which)) > 1
    np.testing.assert_array_equal(found[which == 1], pooled[which == 1])
    assert (np.abs(found - pooled)[which == 3] > 1e-4).mean() > 0.9
    model = read_model(params.model)
    own = [set(model.members[member.name][NUMBER].tolist()) for member in model.card.members]
    names = np.array(model.card.networks["meta"]["blocks"])
    every = set(names[sorted(own[0] & own[1])])
    with rasterio.open(tmp_path / "w.tif") as file:
        frame = gpd.read_file(world / "blocks.gpkg").to_crs(file.crs)
        at = [int(v[0]) for v in file.sample([(p.x, p.y) for p in frame.geometry.representative_point()])]
    assert {name for name, value in zip(frame["block"], at, strict=True) if value == 3} == every
    assert "blocks have models of their own" in ran.log
    with rasterio.open(world / "truth.tif") as file:
        truth, (left, bottom, right, top) = file.read(1), file.bounds
    assert np.corrcoef(found.ravel(), truth.ravel())[0, 1] > np.corrcoef(pooled.ravel(), truth.ravel())[0, 1] - 0.02
    half = f"{left},{bottom},{(left + right) / 2},{top}"
    _, part = mapped(world, tmp_path / "part", params.model, blocks=blocks, extent=half)
    np.testing.assert_allclose(part, found[:, : part.shape[1]], rtol=1e-5)


@pytest.mark.train
def test_a_model_adapts_to_the_samples_of_a_new_area(world, learned, tmp_path):
    params, _, _ = learned
    new = tmp_path / "new"
    run_task(simulate, Simulation(family="susceptibility", size=96, seed=9, output_folder=str(new)), tmp_path / "j")
    frame = gpd.read_file(new / "samples.gpkg")
    frame = frame[frame["weak"] == 0]
    frame.rename(columns={"label": "slid"}).to_file(new / "few.gpkg")
    truth = read_raster(new / "truth.tif")[0][0]
    given = {"adapt": layer(new / "few.gpkg"), "label_field": "slid", "which": str(tmp_path / "w.tif")}
    ran, whole = mapped(new, tmp_path / "a", params.model, **given)
    assert "1 blocks have models of their own" in ran.log
    assert (read_raster(tmp_path / "w.tif")[0] > 1).all()
    _, pooled = mapped(new, tmp_path / "b", params.model)
    assert np.corrcoef(whole.ravel(), truth.ravel())[0, 1] > np.corrcoef(pooled.ravel(), truth.ravel())[0, 1] - 0.02
    elsewhere(gpd.read_file(new / "blocks.gpkg")).to_file(tmp_path / "own.gpkg")
    _, each = mapped(new, tmp_path / "c", params.model, blocks=layer(tmp_path / "own.gpkg"), **given)
    assert len(np.unique(read_raster(tmp_path / "w.tif")[0])) > 1 and not np.allclose(each, whole)


@pytest.mark.train
def test_a_stopped_run_goes_on_to_the_same_model(world, learned, tmp_path, monkeypatch):
    params, _, _ = learned
    again = dataclasses.replace(params, model=str(tmp_path / "m.safetensors"), scores="", report="", figures="")
    real = maml_learner.fit_member

    def stopped(*arguments, name, report, **more):
        """Train, and stop in the meta-learning of the second split."""

        class Stopping:
            def progress(self, fraction, text):
                if name == "global-meta-1" and "epoch 2" in text:
                    raise KeyboardInterrupt

            detail = report.detail

        return real(*arguments, name=name, report=Stopping(), **more)

    monkeypatch.setattr(maml_learner, "fit_member", stopped)
    monkeypatch.setattr(maml_learner.MetaLearner, "process_bytes", lambda *_: 0)  # in this process, where it is stopped
    with pytest.raises(KeyboardInterrupt):
        run_task(train, again, tmp_path / "job")
    monkeypatch.setattr(maml_learner, "fit_member", real)
    run_task(train, again, tmp_path / "job")
    found, known = read_model(again.model), read_model(params.model)
    for name, arrays in known.members.items():
        for key, value in arrays.items():
            np.testing.assert_array_equal(found.members[name][key], value)


@pytest.mark.train
def test_the_published_recipe_sees_numbers_and_adapts_every_block(world, tmp_path):
    params = training(world, tmp_path, model_type="meta_reference", validation="random", iterations=50, meta_batch=4,
                      inner_steps=2, epochs=3)  # fmt: skip
    run_task(train, params, tmp_path / "job")
    model = read_model(params.model)
    known = model.card.networks["meta_reference"]
    assert known["numbers"] == len(FACTORS) and known["order"] == SECOND and known["reference"]
    arrays = next(iter(model.members.values()))
    assert arrays["meta.net.encoder.0.weight"].shape == (32, len(FACTORS))
    assert arrays["meta.net.decision.head.weight"].shape == (2, 16)
    assert not any(name.startswith("pooled.") for name in arrays)
    assert len(arrays[NUMBER]) == len(known["blocks"])
    _, found = mapped(world, tmp_path / "map", params.model, blocks=layer(world / "blocks.gpkg"))
    assert np.isfinite(found).all() and np.ptp(found) > 0.1


@pytest.mark.train
def test_meta_learning_may_begin_with_the_pooled_network(world, tmp_path):
    params = training(world, tmp_path, pretrain="pooled", iterations=50, inner_steps=2, order="first",
                      validation="random", epochs=3)  # fmt: skip
    ran = run_task(train, params, tmp_path / "job")
    assert "choose Validation = blocks" in ran.log
    scores = pd.read_csv(tmp_path / "s.csv").query("part == 'all' and validation == 'random'").set_index("model")
    assert scores.auc["meta"] > 0.55


def one_block(frame):
    return frame.dissolve().assign(block="all")


def moved(frame):
    names = frame["block"].to_list()
    return frame.assign(block=[*names[1:], names[0]])


def elsewhere(frame):
    return frame.assign(block=[f"other {i}" for i in range(len(frame))])


def changed(world, tmp_path, change):
    change(gpd.read_file(world / "blocks.gpkg")).to_file(tmp_path / "changed.gpkg")
    return layer(tmp_path / "changed.gpkg")


def test_samples_in_one_block_are_refused(world, tmp_path):
    blocks = changed(world, tmp_path, one_block)
    for validation in ("random", "blocks"):
        with pytest.raises(RegionwiseError, match="All samples lie in one block of 'changed'"):
            run_task(train, training(world, tmp_path, blocks=blocks, validation=validation), tmp_path / "job")


@pytest.mark.train
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (moved, "Block 'block .*' of 'changed' does not lie where it was in training"),
        (elsewhere, "'changed' has no block that model '.*' knows"),
    ],
)
def test_blocks_that_are_not_those_of_training_are_refused(world, learned, tmp_path, change, message):
    with pytest.raises(RegionwiseError, match=message):
        mapped(world, tmp_path / "m", learned[0].model, blocks=changed(world, tmp_path, change))


@pytest.mark.train
def test_samples_that_lie_elsewhere_cannot_adapt(world, learned, tmp_path):
    frame = gpd.read_file(world / "trusted.gpkg")
    frame["geometry"] = frame.translate(1e6, 0)
    frame.to_file(tmp_path / "far.gpkg")
    with pytest.raises(RegionwiseError, match="No sample of 'far' lies in a block, on cells with all factors"):
        mapped(world, tmp_path / "m", learned[0].model, adapt=layer(tmp_path / "far.gpkg"))


@pytest.mark.train
def test_samples_of_one_label_cannot_adapt_and_others_are_told(world, learned, tmp_path):
    frame = gpd.read_file(world / "trusted.gpkg")
    frame[frame["label"] == 1].to_file(tmp_path / "events.gpkg")
    with pytest.raises(RegionwiseError, match="All samples of 'events' that can be used have the label 1"):
        mapped(world, tmp_path / "m", learned[0].model, adapt=layer(tmp_path / "events.gpkg"))
    frame.loc[frame.index[:5], "geometry"] = frame.iloc[:5].translate(1e6, 0)
    frame.to_file(tmp_path / "some.gpkg")
    ran, _ = mapped(world, tmp_path / "m", learned[0].model, adapt=layer(tmp_path / "some.gpkg"))
    assert (
        f"'some': 5 of {len(frame)} samples are left out" in ran.log and "of the samples have an event" not in ran.log
    )
    rarer = pd.concat([frame[frame["label"] == 0], frame[frame["label"] == 1][:30]]).assign(cells_each=7.0)
    gpd.GeoDataFrame(rarer, crs=frame.crs).to_file(tmp_path / "rarer.gpkg")
    ran, alike = mapped(world, tmp_path / "m", learned[0].model, adapt=layer(tmp_path / "rarer.gpkg"))
    assert re.search(r"0\.0\d* of the samples have an event, 0\.\d+ of those of training", ran.log)
    rarer["cells_each"] = np.where(rarer.geometry.x > rarer.geometry.x.median(), 1.0, 100.0)
    gpd.GeoDataFrame(rarer, crs=frame.crs).to_file(tmp_path / "uneven.gpkg")
    _, uneven = mapped(world, tmp_path / "m", learned[0].model, adapt=layer(tmp_path / "uneven.gpkg"))
    assert not np.allclose(uneven, alike)


@pytest.mark.train
def test_models_without_blocks_take_none(terrain_world, boosted, tmp_path):
    with pytest.raises(RegionwiseError, match="is of the type boosting, which has no models of blocks"):
        mapped(terrain_world, tmp_path / "m", boosted[0].model, blocks=layer(terrain_world / "blocks.gpkg"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_type": "meta"}, "Model type 'meta' needs blocks"),
        ({"order": "third"}, "Order is 'third'"),
        ({"pretrain": "much"}, "Pretrain is 'much'"),
        ({"shots": -1}, "Shots"), ({"inner_steps": 0}, "Inner steps"), ({"inner_rate": -1}, "Inner rate"),
        ({"meta_rate": 0}, "Meta rate"), ({"meta_batch": 0}, "Meta batch"), ({"iterations": -1}, "Iterations"),
    ],
)  # fmt: skip
def test_bad_parameters_of_meta_learning_are_refused(changes, message):
    given = {"factors": (Layer("a", "a"),), "samples": Layer("s", "s"), "label_field": "l", "model": "m", **changes}
    with pytest.raises(RegionwiseError, match=message):
        SusceptibilityTraining(**given)


def test_which_needs_blocks():
    with pytest.raises(RegionwiseError, match="Which tells blocks from the pooled model"):
        SusceptibilityMapping(factors=(Layer("a", "a"),), model="m", output="o", which="w")
