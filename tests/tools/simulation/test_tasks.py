"""Tasks against known truth: the simulator, standardising, augmenting, reports."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition.train import train
from regionwise.core.learners.patch_learner import PatchLearner
from regionwise.core.learning import label_trees
from regionwise.core.learning.model_file import read_model
from regionwise.core.reports.page.verdict import CARE, NO
from regionwise.core.tools.evaluation.check_engine import check
from regionwise.core.tools.evaluation.params import EngineCheck
from regionwise.core.tools.evidence.inspect_model import inspect
from regionwise.core.tools.evidence.params import ModelInspection
from regionwise.core.tools.preparation import table_trees
from regionwise.core.tools.preparation.augment_report import CrossValidation, verdict_of
from regionwise.core.tools.preparation.augment_samples import augment, score_rows
from regionwise.core.tools.preparation.params import Augmentation, Standardisation
from regionwise.core.tools.preparation.standardise import standardise
from regionwise.core.tools.simulation.composition_world import simulate_world
from regionwise.core.tools.simulation.random_fields import balances, ilr_inverse, random_field
from scipy.spatial import cKDTree
from support import run_task
from trainings import TARGETS, training_of


def test_simulated_truth_agrees_with_the_samples(world):
    samples = gpd.read_file(world / "samples.gpkg")
    with rasterio.open(world / "truth.tif") as file:
        truth = np.array(list(file.sample(zip(samples.geometry.x, samples.geometry.y))))
        np.testing.assert_allclose(file.read().sum(0), 1, atol=1e-5)
    labels = samples[list(TARGETS)].to_numpy()
    np.testing.assert_allclose(labels.sum(1), 1)
    # Dirichlet of precision 30: variance pi (1 - pi) / 31
    expected = (truth * (1 - truth)).mean() / 31
    assert 0.7 < ((labels - truth) ** 2).mean() / expected < 1.3


def test_simulated_regions_are_where_the_samples_say(world):
    samples, regions = gpd.read_file(world / "samples.gpkg"), gpd.read_file(world / "regions.gpkg")
    assert 4 <= len(regions) <= 6
    joined = gpd.sjoin(samples, regions, predicate="within")
    assert (joined["region_left"] == joined["region_right"]).all()


def test_designs_differ_as_they_should():
    uniform, clustered, broadcast = (simulate_world(192, d, 1) for d in ("uniform", "clustered", "clustered_broadcast"))

    def gap(world):
        """Mean distance of all cells to the nearest sample: large where samples huddle."""
        cells = np.stack(np.mgrid[:192, :192], -1).reshape(-1, 2)
        return cKDTree(world.places).query(cells)[0].mean()

    assert gap(clustered) > 1.1 * gap(uniform)
    assert len(np.unique(broadcast.group)) < len(broadcast.group) / 1.5
    assert len(np.unique(broadcast.labels, axis=0)) == len(np.unique(broadcast.group))
    again = simulate_world(192, "uniform", 1)
    np.testing.assert_array_equal(again.day, uniform.day)


def test_random_field_is_standardised_and_its_range_is_as_asked():
    field = random_field(256, 20, np.random.default_rng(0))
    assert abs(field.mean()) < 1e-9
    assert abs(field.std() - 1) < 1e-9

    def correlation(lag):
        return float((field * np.roll(field, lag, 0)).mean())

    assert correlation(5) > 0.5
    assert abs(correlation(20)) < 0.4
    assert correlation(5) > correlation(10) > correlation(20)


def test_ilr_basis_is_orthonormal_and_inverts():
    basis = balances(4)
    np.testing.assert_allclose(basis @ basis.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(basis.sum(1), 0, atol=1e-12)
    shares = ilr_inverse(np.array([[0.3, -1.0, 2.0]]))
    np.testing.assert_allclose(np.log(shares) @ basis.T, [[0.3, -1.0, 2.0]], atol=1e-9)


def test_standardised_rasters_have_mean_0_deviation_1_and_statistics_apply_to_others(world, tmp_path):
    layers = (Layer(str(world / "day.tif"), "day"), Layer(str(world / "night.tif"), "night"))
    first = Standardisation(input=layers, output_folder=str(tmp_path / "a"), output_statistics=str(tmp_path / "s.json"))
    run_task(standardise, first, tmp_path / "j")
    with rasterio.open(tmp_path / "a" / "day.tif") as file:
        values = file.read()
        assert file.descriptions[0] == "RED"
    np.testing.assert_allclose(values.mean((1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(values.std((1, 2)), 1, atol=1e-4)
    second = Standardisation(input=layers[:1], statistics=str(tmp_path / "s.json"), output_folder=str(tmp_path / "b"))
    run_task(standardise, second, tmp_path / "k")
    with rasterio.open(tmp_path / "b" / "day.tif") as file:
        np.testing.assert_array_equal(file.read(), values)


@pytest.fixture
def halved(world, tmp_path):
    """Samples of which two thirds have lost their labels, with a feature that tells them."""
    frame = gpd.read_file(world / "samples.gpkg")
    rng = np.random.default_rng(0)
    for target in TARGETS:
        frame[f"x_{target}"] = np.log(frame[target] + 0.01) + rng.normal(0, 0.05, len(frame))
    frame["unit"] = [f"u{i // 2}" for i in range(len(frame))]
    full = frame.copy()
    frame.loc[np.arange(len(frame)) % 3 > 0, list(TARGETS)] = np.nan
    frame.to_file(tmp_path / "half.gpkg")
    return full, Layer(str(tmp_path / "half.gpkg"), "half")


@pytest.mark.train
def test_augmented_rows_are_closed_flagged_weighted_and_near_the_truth(halved, tmp_path):
    full, layer = halved
    features = tuple(f"x_{t}" for t in TARGETS)
    params = Augmentation(
        input=layer, targets=TARGETS, features=features, source_field="unit", search="none",
        output=str(tmp_path / "a.gpkg"), report=str(tmp_path / "a.html"),
    )  # fmt: skip
    ran = run_task(augment, params, tmp_path / "j")
    out = gpd.read_file(tmp_path / "a.gpkg")
    assert len(out) == len(full)
    hidden = np.arange(len(full)) % 3 > 0
    np.testing.assert_array_equal(out["augmented"] == 1, hidden)
    shares = out[list(TARGETS)].to_numpy()
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-9)
    truth = full[list(TARGETS)].to_numpy()
    np.testing.assert_allclose(shares[~hidden], truth[~hidden], atol=1e-9)
    assert ((shares - truth)[hidden] ** 2).mean() < 0.25 * truth.var(0).mean()
    assert (out.loc[~hidden, "weight"] == 1).all()
    assert out.loc[hidden, "weight"].between(0.05, 1, inclusive="left").all()
    for target in TARGETS:
        low, middle, high = (out[f"{target}_q{q}"] for q in ("05", "50", "95"))
        assert (low <= middle).all()
        assert (middle <= high).all()
        assert low.min() >= 0
        assert high.max() <= 1
    page = (tmp_path / "a.html").read_text()
    for words in ("random beside by source", "Parameter search", "Feature importance", "<svg"):
        assert words in page
    assert ran.result.verdict.startswith("Can labels be predicted where nobody surveyed? Yes. The features explain")


def test_crossed_quantiles_are_sorted(monkeypatch):
    class Crossed:
        def predict(self, matrix):
            return np.array([[0.5, 0.2, 1.4]])

    found = label_trees.predict_quantiles([Crossed()], np.zeros((1, 1)), ["x"])
    assert found.tolist() == [[[0.2, 0.5, 1.0]]]


def test_random_folds_flatter_labels_that_are_broadcast_and_source_folds_do_not():
    rng = np.random.default_rng(0)
    unit = rng.integers(0, 40, 600)
    shares = rng.dirichlet([1, 1], 40)[unit]
    features = np.stack([unit + rng.normal(0, 0.01, 600), rng.normal(size=600)], 1)  # tells the unit, not the share
    table = table_trees.Table(features, ("a", "b"), shares, unit.astype(str).astype(object))
    found = table_trees.validate(table, "none", 3, 0, lambda fraction, text: None)
    from regionwise.core.targets.metrics import pooled_r2

    assert pooled_r2(shares, found["random"]) > 0.7
    assert pooled_r2(shares, found["by source"]) < 0.2
    params = Augmentation(input=Layer("t.csv"), targets=("a", "b"), features=("x",), source_field="u", output="o.csv")
    validated = CrossValidation(table, found, score_rows(found, table, params), [], {})
    verdict = verdict_of(params, validated, np.array([0.2, 0.4]))
    assert [answer.grade for answer in verdict.answers] == [NO, NO, CARE]
    assert verdict.first_line.startswith("Can labels be predicted where nobody surveyed? No. ")


@pytest.fixture
def training(world, tmp_path):
    """Return a function that makes parameters of a tiny training."""
    return lambda **changes: training_of(world, tmp_path, **changes)


@pytest.fixture(scope="module")
def reported(world, tmp_path_factory):
    """The parameters of a training that wrote everything."""
    folder = tmp_path_factory.mktemp("reported")
    outputs = {name: str(folder / f"{name}{end}") for name, end in (
        ("report", ".html"), ("scores", ".csv"), ("predictions", ".gpkg")
    )}  # fmt: skip
    params = training_of(world, folder, validation="blocks", **outputs)
    run_task(train, params, folder / "job")
    return params


@pytest.mark.train
def test_training_report_is_self_contained_and_tells_everything(reported):
    page = Path(reported.report).read_text()
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    for words in (
        "boosting on coordinates", "nearest training sample", "mean of the training samples", "Scores by component",
        "Scores by fold", "Residuals", "Training", "Parameters", "Versions", "regionwise.core.worker", "seed",
    ):  # fmt: skip
        assert words in page, words
    rows = pd.read_csv(reported.scores)
    assert {"validation", "model", "part", "component", "n", "r2", "low", "high"} <= set(rows)
    mean = rows.query("model == 'network' and part == 'all' and component == 'mean'").iloc[0]
    predictions = gpd.read_file(reported.predictions)
    observed = predictions[list(TARGETS)].to_numpy()
    error = ((observed - predictions[[f"{t}_pred" for t in TARGETS]].to_numpy()) ** 2).sum(0)
    by_hand = (1 - error / ((observed - observed.mean(0)) ** 2).sum(0)).mean()
    assert abs(mean["r2"] - by_hand) < 1e-6
    assert len(predictions) == mean["n"]
    card = read_model(reported.model).card
    assert (
        abs(next(s["r2"] for s in card.scores if s["component"] == "mean" and s["model"] == "network") - mean["r2"])
        < 1e-12
    )


@pytest.mark.train
def test_labels_broadcast_from_larger_units_are_noticed(training, tmp_path, world):
    frame = gpd.read_file(world / "samples.gpkg")
    frame[list(TARGETS)] = frame[list(TARGETS)].to_numpy()[np.arange(len(frame)) // 10 * 10]
    frame.to_file(tmp_path / "b.gpkg")
    values = {"samples": Layer(str(tmp_path / "b.gpkg"), "b"), "epochs": 1, "report": str(tmp_path / "r.html")}
    with pytest.raises(RegionwiseError, match=r"90 % of the label vectors repeat another one.*Name the field"):
        run_task(train, training(**values), tmp_path / "job")
    frame["village"] = np.arange(len(frame)).astype(str)
    frame["town"] = (np.arange(len(frame)) // 10).astype(str)
    frame.to_file(tmp_path / "b.gpkg")
    with pytest.raises(RegionwiseError, match="90 % of the label vectors repeat"):  # each village is its own source
        run_task(train, training(**values, source_field="village", validation="grouped"), tmp_path / "job")
    with pytest.raises(RegionwiseError, match="choose another validation than random"):  # which splits towns
        run_task(train, training(**values, source_field="town"), tmp_path / "job")
    run_task(train, training(**values, allow_duplicates=True), tmp_path / "job")
    assert "labels are broadcast from larger units" in (tmp_path / "r.html").read_text()


def test_area_samples_train_on_the_units_own_pixels(training, tmp_path, world, monkeypatch):
    frame = gpd.read_file(world / "samples.gpkg").iloc[::2]
    frame["geometry"] = frame.geometry.buffer(200, cap_style="square")
    frame.to_file(tmp_path / "areas.gpkg")
    seen = []

    class SeenError(Exception):
        pass

    def remembers(self, *args, **kwargs):
        seen.append(self.training_data)
        raise SeenError

    monkeypatch.setattr(PatchLearner, "fit", remembers)
    with pytest.raises(SeenError):
        run_task(train, training(samples=Layer(str(tmp_path / "areas.gpkg"), "areas")), tmp_path / "job")
    patches = seen[0].patches
    # 400 m squares around a cell's centre cover parts of 5 x 5 cells of 90 m, fewer at the edge
    assert patches.core == 5
    assert np.median(patches.weights.sum((1, 2))) == pytest.approx((400 / 90) ** 2)


@pytest.mark.train
def test_inspection_shows_bands_members_and_scores(reported, tmp_path):
    run_task(inspect, ModelInspection(model=reported.model, report=str(tmp_path / "i.html")), tmp_path / "i")
    page = (tmp_path / "i.html").read_text()
    for words in ("VIIRS", "global fold 1", "composition", "random", "boosting on coordinates"):
        assert words in page


def test_check_tells_versions_and_device(tmp_path):
    found = run_task(check, EngineCheck(), tmp_path).result.outputs
    assert found["Package torch"].startswith("2.")
    assert found["Device"].startswith("CPU (")
    assert not [value for value in found.values() if value.startswith("FAILED")]
