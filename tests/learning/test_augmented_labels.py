"""Augmented labels: they know no tested label, their recipe travels with the layer, and scores are not too good."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.layer import Layer
from regionwise.core.data.patches.footprint_cells import FootprintCells
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.vector.samples import Samples
from regionwise.core.families.composition import train
from regionwise.core.features.footprint_features import FootprintFeatures
from regionwise.core.learners.patch_learner import PatchLearner
from regionwise.core.learners.tree_learner import TreeLearner, Trees
from regionwise.core.learning.augmented_labels import AugmentedLabels, Recipe
from regionwise.core.learning.contracts import TrainingData
from regionwise.core.runtime.checkpoints import Checkpoints
from regionwise.core.targets.metrics import pooled_r2
from regionwise.core.tools.preparation.augment_samples import augment
from regionwise.core.tools.preparation.params import Augmentation
from regionwise.core.tools.preparation.table_trees import BASE
from regionwise.core.validation.planner import Planner
from support import run_task

TARGETS = ("F", "F_NF", "NF_F", "NF")
LABELLED, UNLABELLED, UNITS = 60, 120, 4  # groups, and rows of each
SILENT = SimpleNamespace(progress=lambda *_: None, info=lambda *_: None)
DESCRIBING = SimpleNamespace(arrays=dict)
RECIPE = Recipe(("a", "b", "c"), (), False, BASE, (0.05, 0.95), 1)


def drawn(rng, place):
    """Rows of groups at places: group, place, shares, attributes, and what models see; each group has its own ways."""
    count = len(place)
    census, group = rng.normal(size=(count, 3)), np.repeat(np.arange(count), UNITS)
    eta = np.stack([census[:, 0] + 0.6 * np.sin(place[:, 0] / 15), 0.8 * census[:, 1], np.zeros(count)], 1)
    eta += rng.normal(0, 1, eta.shape)
    raised = np.exp(eta[group] + rng.normal(0, 0.3, (len(group), 3)))
    xy = place[group] + rng.normal(0, 0.3, (len(group), 2))
    seen = np.concatenate([census[group] + rng.normal(0, 0.1, (len(group), 3)), xy], 1).astype(np.float32)
    attributes = np.concatenate([census, place], 1)[group]
    return group, xy, raised / raised.sum(1, keepdims=True), attributes, seen


def kept_in(folder):
    folder.mkdir(exist_ok=True)
    return Checkpoints(folder)


class AugmentedWorld:
    """Labelled and unlabelled groups, and others at the places of the labelled ones, which nobody knows."""

    def __init__(self, seed, folder):
        rng = np.random.default_rng(seed)
        place = rng.uniform(0, 100, (LABELLED + UNLABELLED, 2))
        group, xy, shares, attributes, self.seen = drawn(rng, place)
        self.fresh_group, _, self.fresh, _, self.fresh_seen = drawn(rng, place[:LABELLED])
        self.seed, self.group, self.rng = seed, group, rng
        names, count = np.array([f"g{number}" for number in group], object), len(group)
        self.augmented = group >= LABELLED
        points = gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=32633)
        samples = Samples(
            points, xy, shares, ("a", "b", "c"), names, np.ones(count), self.augmented, np.arange(1, count + 1), ()
        )
        self.labels = AugmentedLabels(RECIPE, attributes, tuple("vwxyz"), True)
        self.checkpoints = kept_in(folder)
        self.samples = self.labels.knowing(samples, np.flatnonzero(~self.augmented), self.checkpoints)
        self.grid = Grid(CRS.from_epsg(32633), Affine(1, 0, 0, 0, -1, 100), 100, 100)

    def splits(self, kind):
        area, nowhere = self.rng.uniform(0, 100, (500, 2)), np.full(len(self.group), "", object)
        planner = Planner(self.samples, self.grid, area, 5, self.seed, 4.0, nowhere, block_size=20.0, buffer=2.0)
        return planner.plan(kind).splits

    def trees(self, *, anew):
        labels = self.labels if anew else None
        data = TrainingData([], self.grid, self.samples, None, "cpu", self.checkpoints, "", augmented_labels=labels)
        learner = TreeLearner(data, DESCRIBING, self.seed, spread=False)
        each = np.arange(len(self.seen) + 1)
        cells = FootprintCells(np.zeros((len(self.seen), 3), np.int64), np.ones(len(self.seen)), each)
        learner.__dict__["footprints"] = FootprintFeatures(self.seen, cells, each[:-1])
        return learner

    def scores(self, kind, *, anew):
        """The score of cross-validation, and that of the same members on groups that nobody knows."""
        told, true = np.full_like(self.samples.shares, np.nan), np.full_like(self.fresh, np.nan)
        for split in self.splits(kind):
            member = self.trees(anew=anew).fit(split, "x", SILENT)
            told[split.test] = member.shares
            here = np.isin(self.fresh_group, self.group[split.test])
            true[here] = Trees(member.arrays, 3).answer(self.fresh_seen[here])[0]
        tested = ~self.augmented
        return pooled_r2(self.samples.shares[tested], told[tested]), pooled_r2(self.fresh, true)


@pytest.mark.train
@pytest.mark.parametrize("kind", ["grouped", "blocks"])
def test_what_is_told_is_true_where_labels_are_predicted_anew(kind, tmp_path):
    gaps = {True: [], False: []}
    for seed in range(4):
        world = AugmentedWorld(seed, tmp_path / str(seed))
        for anew, found in gaps.items():
            told, true = world.scores(kind, anew=anew)
            found.append(told - true)
    error = {anew: np.std(found, ddof=1) / np.sqrt(len(found)) for anew, found in gaps.items()}
    assert abs(np.mean(gaps[True])) < 3 * error[True]
    assert np.mean(gaps[False]) > 3 * error[False]  # as it was
    assert np.mean(gaps[False]) > 0.1


def test_no_tested_label_changes_what_a_fold_learns(tmp_path):
    world = AugmentedWorld(7, tmp_path)
    split = world.splits("grouped")[0]
    before = world.trees(anew=True).fit(split, "x", SILENT)
    known = world.labels.knowing(world.samples, np.concatenate([split.train, split.validation]), world.checkpoints)
    assert np.abs(known.shares - world.samples.shares)[world.augmented].max() > 0.05
    np.testing.assert_array_equal(known.shares[~world.augmented], world.samples.shares[~world.augmented])
    assert (known.weight[~world.augmented] == 1).all() and known.weight[world.augmented].max() < 1
    world.samples.shares[split.test] = world.samples.shares[split.test][::-1]
    world.checkpoints = kept_in(tmp_path / "other")
    after = world.trees(anew=True).fit(split, "x", SILENT)
    np.testing.assert_array_equal(after.shares, before.shares)
    kept = world.trees(anew=False).fit(split, "x", SILENT)
    assert np.abs(kept.shares - before.shares).max() > 0.01


def test_points_of_one_row_count_once(tmp_path):
    world = AugmentedWorld(8, tmp_path)
    rows = np.flatnonzero(~world.augmented)
    twice = world.samples.take(np.concatenate([np.arange(len(world.samples)), rows[:40]]))
    labels = AugmentedLabels(RECIPE, world.labels.features[twice.row - 1], world.labels.names, True)
    known = np.concatenate([rows, len(world.samples) + np.arange(40)])
    found = labels.knowing(twice, known, kept_in(tmp_path / "other"))
    np.testing.assert_array_equal(found.shares[: len(world.samples)], world.samples.shares)


class StartedError(Exception):
    pass


@pytest.fixture
def half(world, tmp_path):
    """A layer of samples of which every second has lost its labels, with attributes."""
    frame = gpd.read_file(world / "samples.gpkg")
    rng = np.random.default_rng(0)
    for number, target in enumerate(TARGETS):
        frame[f"x{number}"] = np.log(frame[target] + 0.01) + rng.normal(0, 0.5, len(frame))
    frame.loc[1::2, list(TARGETS)] = np.nan
    frame.to_file(tmp_path / "half.gpkg")
    return Layer(str(tmp_path / "half.gpkg"), "half")


@pytest.fixture
def read_by_training(half, training, tmp_path, monkeypatch):
    """Return a function that augments samples into a file, and gives training data and log of a training on it."""
    seen = []

    def starts(learner, *args, **kwargs):
        seen.append(learner.training_data)
        raise StartedError

    monkeypatch.setattr(PatchLearner, "fit", starts)
    messages = []

    def run(name, change=lambda path: None, **changes):
        path = tmp_path / name
        values = {"input": half, "targets": TARGETS, "features": ("x0", "x1", "x2", "x3"), "search": "none"}
        ran = run_task(augment, Augmentation(**{**values, "output": str(path), **changes}), tmp_path / "a.job")
        change(path)
        params = training(samples=Layer(str(path), path.stem), weight_field="weight")
        from regionwise.core.contract.protocol import Channel

        monkeypatch.setattr(Channel, "info", lambda _, text: messages.append(text))
        monkeypatch.setattr(Channel, "warning", lambda _, text: messages.append(text))
        with pytest.raises(StartedError):
            run_task(train.train, params, tmp_path / f"{path.stem}.job")
        return seen[-1], "\n".join([ran.log, *messages])

    return run


@pytest.mark.parametrize("name", ["a.gpkg", "a.csv", "a.shp"])
def test_the_recipe_travels_in_the_layer_and_gives_its_labels_again(read_by_training, name):
    """Predicted from all observed samples, the labels and weights are those of the layer."""
    data, log = read_by_training(name, add_coordinates=name != "a.shp")  # whose texts are short
    assert "are predicted anew in each fold" in log
    samples = data.samples
    assert 0 < samples.augmented.sum() < len(samples)
    again = data.knowing(np.arange(len(samples))).samples
    np.testing.assert_allclose(again.shares, samples.shares, atol=1e-3)
    np.testing.assert_allclose(again.weight, samples.weight, atol=1e-3)
    fewer = data.knowing(np.arange(len(samples) // 2)).samples
    assert np.abs(fewer.shares - samples.shares)[samples.augmented].max() > 0.02


def rewrite(path, frame):
    path.unlink()
    frame.to_file(path)


def drop(field):
    def change(path):
        rewrite(path, gpd.read_file(path).drop(columns=[field]))

    return change


def cut(path):
    frame = gpd.read_file(path)
    frame["augment_by"] = frame["augment_by"].str[:40]
    rewrite(path, frame)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (drop("augment_by"), "there is no field 'augment_by'"),
        (drop("x2"), "field 'x2', which they were predicted from, is missing"),
        (cut, "field 'augment_by' does not tell the same of all of them"),
    ],
)
def test_labels_whose_recipe_is_lost_are_kept_with_a_warning(read_by_training, change, reason):
    data, log = read_by_training("b.gpkg", change)
    assert data.augmented_labels is None
    assert reason in log and "Scores may be too good. Run 'Augment samples' again" in log
    assert any(reason in notice for notice in data.samples.notices)


def test_a_shapefile_that_cannot_hold_the_recipe_says_so(half, tmp_path):
    frame = gpd.read_file(half.path)
    names = tuple(f"attribut{number:02}" for number in range(40))
    wide = pd.concat([frame, pd.DataFrame(dict.fromkeys(names, frame["x0"]))], axis=1)
    gpd.GeoDataFrame(wide, crs=frame.crs).to_file(tmp_path / "wide.gpkg")
    params = Augmentation(
        input=Layer(str(tmp_path / "wide.gpkg"), "wide"), targets=TARGETS, features=names, search="none",
        output=str(tmp_path / "wide.shp"),
    )  # fmt: skip
    ran = run_task(augment, params, tmp_path / "job")
    assert "cannot hold how labels were predicted" in ran.log and "write a GeoPackage or CSV instead" in ran.log
    assert gpd.read_file(params.output)["augment_by"].isna().all()
