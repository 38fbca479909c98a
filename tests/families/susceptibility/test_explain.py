"""Explanation: values with known answers, what must hold for any model, and the tool on simulated hills."""

from dataclasses import replace
from itertools import product
from math import factorial
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import xgboost
from pages import text_of
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.families.susceptibility.event_answers import out_of_fold_probability, probability_of
from regionwise.core.families.susceptibility.explain import explain
from regionwise.core.families.susceptibility.explain_report import Explanation, verdict_of
from regionwise.core.families.susceptibility.logit_parts import ExplainedRows, Part, explain_logits, mixed
from regionwise.core.families.susceptibility.params import FactorExplanation
from regionwise.core.families.susceptibility.shapley import (
    MOST_DRAWS,
    TOLERANCE,
    ShapleyValues,
    WeighedLabels,
    logit,
    permutation_importance,
    shapley_values,
)
from regionwise.core.learners.tree_learner import TREES, Trees
from regionwise.core.learning.model_file import read_model, write_model
from regionwise.core.learning.tested_samples import split_of_each
from regionwise.core.reports.page.verdict import CARE, NO, UNTOLD, YES
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from scipy.special import expit
from scipy.stats import spearmanr
from support import run_task

WEIGHTS = np.array([1.0, -0.5, 0.0])


def linear(table):
    return expit(table @ WEIGHTS - 0.2)


def steep(table):
    return expit(3 * table[:, 0] - 6)


def interacting(table):
    return expit(1.5 * table[:, 0] * table[:, 1] + 0.3 * table[:, 2])


def drawn(n=400, seed=0):
    return np.random.default_rng(seed).normal(0, 1, (n, 3)).astype(np.float32)


def silent(*_):
    pass


def test_what_is_linear_adds_its_weight_times_the_distance_from_the_mean():
    table = drawn()
    found = shapley_values(linear, table, table, 400, 1, silent)
    expected = WEIGHTS * (table - table.mean(0))
    np.testing.assert_allclose(found.values, expected, atol=0.25)  # noise of the backgrounds, for each row its own
    assert np.abs(found.values - expected).mean() < 0.06
    assert found.mean == pytest.approx(logit(linear(table)).mean())
    assert np.abs(found.values[:, 2]).max() < 1e-6  # a factor that the model does not look at adds nothing


def test_what_factors_add_sums_to_the_answer():
    table = drawn(100)
    background = drawn(1, seed=5)  # one row: the mean has no noise
    found = shapley_values(interacting, table, background, 8, 2, silent)
    np.testing.assert_allclose(found.values.sum(1) + found.mean, logit(interacting(table)), atol=1e-5)


def test_factors_that_act_alike_add_alike():
    """An interaction is shared: both factors of a product of rows against a background of zeros."""
    table, zero = drawn(50), np.zeros((1, 3), np.float32)
    found = shapley_values(interacting, table, zero, 2, 3, silent).values
    both = 1.5 * table[:, 0] * table[:, 1]
    np.testing.assert_allclose(found[:, 0], both / 2, atol=1e-5)
    np.testing.assert_allclose(found[:, 1], both / 2, atol=1e-5)
    np.testing.assert_allclose(found[:, 2], 0.3 * table[:, 2], atol=1e-5)


def exact(predict, table, background):
    """Shapley values by all coalitions, each averaged over the whole background (Shapley 1953)."""
    count = table.shape[1]
    worth = {}
    for coalition in product((False, True), repeat=count):
        mixed_rows = np.where(coalition, table[:, None], background[None])
        worth[coalition] = logit(predict(mixed_rows.reshape(-1, count))).reshape(len(table), -1).mean(1)
    values = np.zeros(table.shape)
    for coalition, before in worth.items():
        for factor in np.flatnonzero(~np.array(coalition)):
            joined = tuple(held or i == factor for i, held in enumerate(coalition))
            size = sum(coalition)
            values[:, factor] += (
                factorial(size) * factorial(count - size - 1) / factorial(count) * (worth[joined] - before)
            )
    return values


def test_draws_go_on_until_the_stated_error_is_met_and_it_is_true():
    table, background = drawn(60), drawn(80, seed=4)
    expected = exact(interacting, table, background)
    size = np.sqrt((expected**2).mean())
    found = shapley_values(interacting, table, background, 4, 5, silent)
    assert found.settled and 4 < found.draws < MOST_DRAWS
    error = np.sqrt(((found.values - expected) ** 2).mean())
    assert 0.4 * found.error < error < 1.2 * found.error < 1.2 * 1.1 * TOLERANCE * size
    np.testing.assert_allclose(found.values.sum(1) + found.mean, logit(interacting(table)), atol=1e-6)
    more = shapley_values(interacting, table, background, 4 * found.draws, 5, silent)
    assert more.draws == 4 * found.draws and more.error == pytest.approx(found.error / 2, rel=0.2)


def booster(table, seed, rounds=40):
    label = np.random.default_rng(seed).random(len(table)) < interacting(table)
    options = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.3, "nthread": 1, "seed": seed}
    raw = xgboost.train(options, xgboost.DMatrix(table, label), rounds).save_raw("ubj")
    return {TREES: np.frombuffer(bytes(raw), np.uint8), "target.mean": np.zeros(2), "target.deviation": np.ones(2)}


def test_what_trees_add_is_exact():
    table = drawn(500)
    table[:, 2] = 0  # never asked
    trees = Trees(booster(table, 1), 2)
    added = trees.contributions(table)
    np.testing.assert_allclose(added.sum(1), logit(trees.answer(table)[0][:, 1]), atol=1e-4)
    assert (added[:, 2] == 0).all() and np.ptp(added[:, 3]) < 1e-6


def test_the_logit_of_a_mean_is_shared_without_loss():
    rng = np.random.default_rng(0)
    parts = [Part(weight, rng.normal(0, 2, (50, 4)), mean) for weight, mean in ((0.5, -1.0), (0.3, 0.5), (0.2, 3.0))]
    values, mean = mixed(parts)
    logits = [part.values.sum(1) + part.mean for part in parts]
    probability = sum(part.weight * expit(each) for part, each in zip(parts, logits, strict=True))
    np.testing.assert_allclose(values.sum(1) + mean, logit(probability), atol=1e-4)
    assert mean == pytest.approx(logit(sum(part.weight * expit(part.mean) for part in parts)))
    alike, mean = mixed([Part(0.5, parts[0].values, -1.0)] * 2)
    np.testing.assert_allclose(alike, parts[0].values, atol=1e-9)
    assert mean == pytest.approx(-1.0)
    far, _ = mixed([Part(0.5, np.full((1, 1), 90.0), -45.0), Part(0.5, np.full((1, 1), -90.0), 45.0)])
    assert np.isfinite(far).all()


def test_answers_lose_by_what_they_go_by():
    table = drawn(3000)
    truth = (np.random.default_rng(1).random(3000) < linear(table)).astype(float)
    labels = WeighedLabels(truth, np.ones(3000))
    rows = {row["factor"]: row for row in permutation_importance(linear, table, labels, 3, 0, ["a", "b", "c"])}
    assert rows["a"]["auc_loss"] > rows["b"]["auc_loss"] > 0.01
    assert rows["a"]["brier_loss"] > rows["b"]["brier_loss"] > 0
    assert rows["c"]["auc_loss"] == 0 == rows["c"]["brier_loss"]


def test_the_worth_of_factors_is_that_in_the_world_whose_probabilities_are_told():
    """Of a world with few events, a sample with as many as without tells by weights alone, also by a strong factor."""
    table = drawn(40_000)
    rare = steep(table)
    truth = (np.random.default_rng(1).random(40_000) < rare).astype(float)
    kept = (truth > 0) | (np.random.default_rng(2).random(40_000) < truth.mean())

    def lost(labels, rows):
        first = permutation_importance(steep, rows, labels, 5, 0, ["a", "b", "c"])[0]
        return first["brier_loss"], first["auc_loss"]

    world, area = lost(WeighedLabels(truth, np.ones(len(truth))), table)
    labels = WeighedLabels.of(truth[kept], np.ones(int(kept.sum())), truth.mean())
    assert np.average(labels.truth, weights=labels.weight) == pytest.approx(truth.mean())
    assert lost(labels, table[kept]) == (pytest.approx(world, rel=0.1), pytest.approx(area, abs=0.03))
    alike, _ = lost(WeighedLabels.of(truth[kept], np.ones(int(kept.sum())), 0.0), table[kept])
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
    text = text_of(tmp_path / "report.html")
    for title in ("Importance of the factors", "What each factor adds", "Dominant factors of blocks"):
        assert title in text
    assert ran.result.verdict.startswith("Is it clear which factor tells most?")
    assert "'slope' adds most" in ran.result.verdict


def explanation_of(shapley, losses, deviation=0.002, blocks=(), unseen=True):
    """What was found of factors a, b, ... that add so much, and without which the AUC loses so much."""
    rows = [
        {"factor": name, "shapley": size, "auc_loss": loss, "auc_loss_deviation": deviation, "brier_loss": loss / 10}
        for name, size, loss in zip("abc", shapley, losses, strict=False)
    ]
    names, none = [row["factor"] for row in rows], np.zeros((5, len(rows)))
    found = [{"block": f"{i}", "samples": 9, "dominant": name, "share": 0.5} for i, name in enumerate(blocks)]
    return Explanation(names, none, ShapleyValues(none, 0.0), rows, "Importance.", unseen, found)


@pytest.mark.parametrize(
    ("found", "grades"),
    [
        (explanation_of((0.9, 0.3, 0.1), (0.2, 0.05, 0.0), blocks="aaaaab"), [YES, YES, YES]),
        (explanation_of((0.4, 0.38, 0.1), (0.05, 0.06, 0.0), blocks="aabbc", unseen=False), [CARE, CARE, NO]),
        (explanation_of((0.4, 0.2, 0.1), (0.003, 0.001, 0.0)), [YES, NO, UNTOLD]),
        (explanation_of((0.0, 0.0), (np.nan, np.nan)), [NO, UNTOLD, UNTOLD]),
    ],
)
def test_the_verdict_on_factors(found, grades):
    verdict = verdict_of(found)
    assert [answer.grade for answer in verdict.answers] == grades
    assert verdict.first_line.startswith("Is it clear which factor tells most?")


@pytest.mark.train
def test_what_factors_add_sums_to_the_logit_of_the_map(terrain_world, stacked, layers):
    model = read_model(stacked[0].model)
    assert model.card.calibration.prior_correction != 1 and len(model.card.types()) == 2
    table, grid, log = factors_at(terrain_world, layers)[:40], None, SimpleNamespace(info=silent, warning=silent)
    probability = probability_of(model, grid, log, model.card.calibration.prior_correction)(table)
    added = explain_logits(model, ExplainedRows(table, table, 4, 0), grid, log, silent)
    np.testing.assert_allclose(added.values.sum(1) + added.mean, logit(probability), atol=2e-3)
    assert added.error > 0
    trees = replace(model, card=replace(model.card, mixture={"boosting": 1.0, "pooled": 0.0}))
    exactly = explain_logits(trees, ExplainedRows(table, table, 4, 0), grid, log, silent)
    probability = probability_of(trees, grid, log, model.card.calibration.prior_correction)(table)
    np.testing.assert_allclose(exactly.values.sum(1) + exactly.mean, logit(probability), atol=2e-3)
    assert exactly.error == 0 == exactly.draws


def factors_at(world, layers):
    """The factors of the trusted samples, shape (sample, factor)."""
    places = [(p.x, p.y) for p in gpd.read_file(world / "trusted.gpkg").geometry]
    columns = []
    for layer in layers(world):
        with rasterio.open(layer.path) as file:
            columns.append([value[0] for value in file.sample(places)])
    return np.array(columns, np.float32).T


@pytest.mark.train
def test_importance_asks_the_members_that_never_saw_a_sample(terrain_world, stacked, layers, explained, tmp_path):
    """Out-of-fold answers are those of the predictions layer, but for its calibration."""
    model, frame = read_model(stacked[0].model), gpd.read_file(stacked[0].predictions)
    table = factors_at(terrain_world, layers)
    trusted = gpd.read_file(terrain_world / "trusted.gpkg")
    split = split_of_each(model, trusted.geometry, table)
    assert [f"fold {number + 1}" for number in split] == frame["fold"].tolist()
    log = SimpleNamespace(info=silent, warning=silent)
    found = out_of_fold_probability(model, None, log, split)(table)
    for number in np.unique(split):  # there each fold has a calibration of its own, a line in logits
        asked, kept = (logit(np.asarray(values)[split == number]) for values in (found, frame["probability"]))
        line = np.polyfit(asked, kept, 1)
        assert np.std(kept - np.polyval(line, asked)) < 0.05 < 0.2 < np.std(kept)
    whole = probability_of(model, None, log, model.card.calibration.prior_correction)(table)
    seen = [spearmanr(whole[split == number], found[split == number])[0] for number in np.unique(split)]
    assert max(seen) < 0.995  # all members together know more of them
    moved = trusted.geometry.translate(10.0)
    assert (split_of_each(model, moved, table) == -2).all()
    ran = explained()
    assert f"Importance: {len(trusted)} samples are answered by the members that never saw them." in ran.log
    old = replace(model, common={key: value for key, value in model.common.items() if "tested" not in key})
    write_model(str(tmp_path / "old.safetensors"), old)
    ran = explained(model=str(tmp_path / "old.safetensors"))
    assert "samples which may have trained: the model is of an old version" in ran.log


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
