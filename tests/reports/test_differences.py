"""What a report says of models that were compared: who did better, over which units, and when nothing can be told."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pages import blank_report
from regionwise.core.learning.training_results import TrainingResults, ValidationResult, _predictions
from regionwise.core.reports import differences, training_report
from regionwise.core.targets.calibration import CalibrationInfo
from regionwise.core.targets.hierarchy import Levels
from regionwise.core.targets.share_target import Answers, ShareTarget

N = 240


def results_of(clusters, error_of_other, kind="knndm"):
    """A run of three models and a baseline; units are so many clusters, and the last rows were not tested.

    ``network`` was chosen; ``other`` has its errors, made larger or smaller; ``alike`` has errors of the same size.
    """
    rng = np.random.default_rng(0)
    unit = np.arange(N) % clusters
    label, error, alike = (0.1 * (rng.normal(size=clusters)[unit] + rng.normal(size=N)) for _ in range(3))
    number = np.where(np.arange(N) < N - 10, unit % 2, -1)

    def answers(found):
        shares = np.where((number >= 0)[:, None], np.stack([0.5 + found, 0.5 - found], 1), np.nan)
        return Answers(shares, np.where(number >= 0, 10.0, np.nan))

    models = {name: answers(label + part) for name, part in
              (("network", 0.4 * error), ("other", error_of_other * error), ("alike", 0.4 * alike))}  # fmt: skip
    names = np.array([f"cluster {i + 1}" for i in unit], object)
    validation = ValidationResult(
        kind, ("fold 1", "fold 2"), number, models, "network", names, "kNNDM clusters",
        {"mean of the training samples": answers(0 * label).shares},
    )  # fmt: skip
    samples = SimpleNamespace(
        shares=np.stack([0.5 + label, 0.5 - label], 1), components=("a", "b"), row=np.arange(N), group=names,
        weight=np.ones(N), design=np.ones(N), placed=False, augmented=np.zeros(N, bool),
    )  # fmt: skip
    return TrainingResults(
        None, "", None, ShareTarget(Levels(("a", "b"), {})), samples, None, np.full(N, "", object), [validation], [],
        CalibrationInfo(), SimpleNamespace(findings=[]), {}, "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error_of_other", "words"),
    [
        (0.2, "other did better than network on the same folds"),
        (0.5, "alike scored higher"),
        (0.39, "other did better"),
    ],
)
def test_a_model_did_better_only_where_the_difference_leaves_zero(error_of_other, words):
    results = results_of(24, error_of_other)
    told = " ".join(differences.better_models(results))
    assert words in told
    found = results.difference(results.validations[0], "other")
    assert (found.low > 0) == (error_of_other < 0.4) and (found.high < 0) == (error_of_other > 0.4)
    assert ("consider Model type = other" in told) == (error_of_other < 0.4)
    alike = results.difference(results.validations[0], "alike")
    assert alike.low < 0 < alike.high and alike.verdict == "no better beyond chance"


def test_a_higher_score_by_chance_is_called_that():
    (line,) = differences.better_models(results_of(24, 0.5))
    assert "knndm: alike scored higher than network" in line and "no better beyond chance (+0." in line
    assert "did better" not in line and "consider" not in line


def test_scores_tell_the_units_of_their_interval_and_the_difference_to_the_chosen_model():
    results = results_of(24, 0.5)
    (validation,) = results.validations
    line = training_report.summary_lines(results)[0]
    assert "] (90 % interval over 24 kNNDM clusters), rmse" in line
    assert "skill over it" in line and ", better (+0." in line
    rows = pd.DataFrame(results.rows)
    means = rows[(rows.part == "all") & (rows.component == "mean")].set_index("model")
    assert np.isnan(means.difference["network"]) and means.units.tolist() == [24] * 4
    others = means.drop(index="network")
    np.testing.assert_allclose(others.difference, others.r2 - means.r2["network"])
    assert (others.difference_low < others.difference).all() and (others.difference < others.difference_high).all()
    assert rows[rows.component != "mean"].difference.isna().all()
    report = blank_report()
    differences.add_differences(report, results, validation)
    (section,) = report._sections
    (block,) = section.blocks
    assert block.fold == "Differences to network: knndm" and len(block.table.rows) == 3
    assert "over the same 24 kNNDM clusters" in block.text[0]


def test_few_units_bound_nothing_and_nobody_did_better():
    results = results_of(3, 0.1)
    line = training_report.summary_lines(results)[0]
    assert "(no interval: 3 kNNDM clusters are too few), rmse" in line and "[" not in line
    (line,) = differences.better_models(results)
    assert "other scored higher" in line and "too few units to tell" in line and "consider" not in line


def test_predictions_name_the_unit_that_was_held_out():
    results = results_of(24, 0.5)
    frame = _predictions(results)
    assert frame.unit[:3].tolist() == ["cluster 1", "cluster 2", "cluster 3"] and (frame.unit[N - 10 :] == "").all()
    validation = results.validations[0]
    both = TrainingResults(
        **{**results.__dict__, "validations": [validation, results_of(6, 0.5, "blocks").validations[0]]}
    )
    assert {"unit_knndm", "unit_blocks"} <= set(_predictions(both)) and "unit" not in _predictions(both)
