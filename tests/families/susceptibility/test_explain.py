"""Explanation: values with known answers, what must hold for any model, and the tool on simulated hills."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Layer
from regionwise.core.families.susceptibility.explain import explain
from regionwise.core.families.susceptibility.params import FactorExplanation
from regionwise.core.families.susceptibility.shapley import WeighedLabels, logit, permutation_importance, shapley_values
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from scipy.special import expit
from support import run_task

WEIGHTS = np.array([1.0, -0.5, 0.0])


def linear(table):
    return expit(table @ WEIGHTS - 0.2)


def interacting(table):
    return expit(1.5 * table[:, 0] * table[:, 1] + 0.3 * table[:, 2])


def drawn(n=400, seed=0):
    return np.random.default_rng(seed).normal(0, 1, (n, 3)).astype(np.float32)


def silent(share):
    pass


def test_what_is_linear_adds_its_weight_times_the_distance_from_the_mean():
    table = drawn()
    found, mean = shapley_values(linear, table, table, 400, 1, silent)
    expected = WEIGHTS * (table - table.mean(0))
    np.testing.assert_allclose(found, expected, atol=0.25)  # noise of the backgrounds, for each row its own
    assert np.abs(found - expected).mean() < 0.06
    assert mean == pytest.approx(logit(linear(table)).mean(), abs=0.02)
    assert (found[:, 2] == 0).all()  # a factor that the model does not look at adds nothing


def test_what_factors_add_sums_to_the_answer():
    table = drawn(100)
    background = drawn(1, seed=5)  # one row: the mean has no noise
    found, mean = shapley_values(interacting, table, background, 8, 2, silent)
    np.testing.assert_allclose(found.sum(1) + mean, logit(interacting(table)), atol=1e-5)


def test_factors_that_act_alike_add_alike():
    """An interaction is shared: both factors of a product of rows against a background of zeros."""
    table, zero = drawn(50), np.zeros((1, 3), np.float32)
    found, _ = shapley_values(interacting, table, zero, 2, 3, silent)
    product = 1.5 * table[:, 0] * table[:, 1]
    np.testing.assert_allclose(found[:, 0], product / 2, atol=1e-5)
    np.testing.assert_allclose(found[:, 1], product / 2, atol=1e-5)
    np.testing.assert_allclose(found[:, 2], 0.3 * table[:, 2], atol=1e-5)


def test_answers_lose_by_what_they_go_by():
    table = drawn(3000)
    truth = (np.random.default_rng(1).random(3000) < linear(table)).astype(float)
    labels = WeighedLabels(truth, np.ones(3000))
    rows = {row["factor"]: row for row in permutation_importance(linear, table, labels, 3, 0, ["a", "b", "c"])}
    assert rows["a"]["auc_loss"] > rows["b"]["auc_loss"] > 0.01
    assert rows["a"]["brier_loss"] > rows["b"]["brier_loss"] > 0
    assert rows["c"]["auc_loss"] == 0 == rows["c"]["brier_loss"]


def test_the_worth_of_factors_is_that_in_the_world_whose_probabilities_are_told():
    """Of a world with few events, a sample with as many as without tells the Brier score by weights alone."""
    table = drawn(40_000)
    rare = 0.05 * linear(table)
    truth = (np.random.default_rng(1).random(40_000) < rare).astype(float)
    kept = (truth > 0) | (np.random.default_rng(2).random(40_000) < truth.mean())

    def predict(rows):
        return 0.05 * linear(rows)

    def lost(labels, rows):
        return permutation_importance(predict, rows, labels, 5, 0, ["a", "b", "c"])[0]["brier_loss"]

    world = lost(WeighedLabels(truth, np.ones(len(truth))), table)
    labels = WeighedLabels.of(truth[kept], np.ones(int(kept.sum())), truth.mean())
    assert np.average(labels.truth, weights=labels.weight) == pytest.approx(truth.mean())
    assert lost(labels, table[kept]) == pytest.approx(world, rel=0.25)
    alike = lost(WeighedLabels.of(truth[kept], np.ones(int(kept.sum())), 0.0), table[kept])
    assert alike > 5 * world


@pytest.fixture
def explained(terrain_world, stacked, layers, tmp_path):
    """Return a function that explains the stack."""

    def run(**changes):
        params = FactorExplanation(**{
            "model": stacked[0].model, "samples": Layer(str(terrain_world / "trusted.gpkg"), "samples"),
            "label_field": "label", "factors": layers(terrain_world),
            "blocks": Layer(str(terrain_world / "blocks.gpkg"), "blocks"), "most_samples": 200, "draws": 6,
            "repeats": 2, "output": str(tmp_path / "blocks.gpkg"), "scores": str(tmp_path / "importance.csv"),
            "report": str(tmp_path / "report.html"), **changes,
        })  # fmt: skip
        return run_task(explain, params, tmp_path / "job")

    return run


@pytest.mark.train
def test_the_factors_that_matter_are_found_everywhere_and_in_blocks(explained, tmp_path):
    ran = explained()
    table = pd.read_csv(tmp_path / "importance.csv").set_index("factor")
    assert set(table.index) == set(FACTORS)
    assert table["shapley"].idxmax() == "slope" and table["auc_loss"].idxmax() == "slope"
    assert table.loc["velocity", "auc_loss"] < 0.3 * table.loc["slope", "auc_loss"]
    blocks = gpd.read_file(tmp_path / "blocks.gpkg")
    told = blocks[blocks["dominant"] != ""]
    assert len(blocks) == 64 and (told["samples"] >= 5).all() and (blocks["samples"].sum() == 200)
    sizes = told[list(FACTORS)].to_numpy()
    assert (np.array(FACTORS)[sizes.argmax(1)] == told["dominant"].to_numpy()).all()
    assert "blocks have fewer than 5 samples" in ran.log
    text = (tmp_path / "report.html").read_text()
    for title in ("Importance of the factors", "What each factor adds", "Dominant factors of blocks"):
        assert title in text


@pytest.mark.train
def test_fields_of_samples_explain_as_rasters_do(terrain_world, explained, layers, tmp_path):
    explained()
    one = pd.read_csv(tmp_path / "importance.csv")
    frame = gpd.read_file(terrain_world / "trusted.gpkg")
    for layer in layers(terrain_world):
        with rasterio.open(layer.path) as file:
            frame[layer.name] = [float(value[0]) for value in file.sample([(p.x, p.y) for p in frame.geometry])]
    frame.to_file(tmp_path / "values.gpkg")
    explained(factors=(), samples=Layer(str(tmp_path / "values.gpkg"), "values"))
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "importance.csv"), one, atol=1e-6)


@pytest.mark.train
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"blocks": Layer()}, "A layer of dominant factors needs blocks"),
        ({"label_field": "none"}, "none"),
        ({"factors": ()}, "slope|dem"),
    ],
)
def test_what_cannot_be_explained_is_refused(explained, changes, message):
    with pytest.raises(RegionwiseError, match=message):
        explained(**changes)
