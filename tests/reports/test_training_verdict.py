"""The verdict on a training: three answers by stated rules, and what to do next."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from regionwise.core.reports.page.verdict import CARE, NO, UNTOLD, YES
from regionwise.core.reports.training_verdict import verdict_of, worth_of
from regionwise.core.reports.worth import Worth
from regionwise.core.targets.hierarchy import Levels
from regionwise.core.targets.score_intervals import Difference
from regionwise.core.targets.share_target import MEAN, ShareTarget

SHARES = ShareTarget(Levels(("a", "b", "c"), {}))
N = 90


def results(scores, baseline=None, difference=None, problems=(), parts=(), placed=True, shares=None, answers=None):
    """Return results of one model: `scores` gives R2 and its bounds by kind of validation, the main one first."""
    rng = np.random.default_rng(0)
    shares = rng.dirichlet((2, 2, 2), N) if shares is None else shares
    answered = shares if answers is None else answers
    kinds = [
        SimpleNamespace(
            kind=kind, chosen="boosting", models={"boosting": None}, distance=None, tested=np.ones(len(shares), bool),
            baselines={} if baseline is None else {"nearest": None}, answers=SimpleNamespace(shares=answered),
            unit_name="samples", units=20,
        )
        for kind in scores
    ]  # fmt: skip

    def row(validation, model=""):
        score, low, high = scores[validation.kind] if model != "nearest" else (baseline, None, None)
        return {"r2": score, "low": low, "high": high, "rmse": 0.15, "component": MEAN}

    components = [
        {"validation": kind.kind, "model": "boosting", "part": part, "component": name, "r2": score, "n": 20}
        for kind in kinds for part, name, score in parts
    ]  # fmt: skip
    return SimpleNamespace(
        validations=kinds[:1], comparison=kinds[1:], target_type=SHARES, map_distance=None,
        audit=SimpleNamespace(problems=lambda: list(problems), findings=list(problems)),
        samples=SimpleNamespace(shares=shares, components=("a", "b", "c"), placed=placed),
        tells_map=lambda validation: False, mean_row=row, rows=components,
        score_of=lambda validation, model="": row(validation, model)["r2"], error_of=lambda validation, model="": 0.15,
        difference=lambda validation, name: difference,
    )  # fmt: skip


@pytest.mark.parametrize(
    "score, low, grade",
    [(0.8, 0.5, YES), (0.8, 0.49, CARE), (0.55, 0.47, CARE), (0.19, 0.1, NO), (0.3, -0.01, NO), (0.3, 0.0, NO),
     (0.9, None, CARE), (0.93, -0.27, CARE), (0.49, -0.27, NO), (0.1, None, NO), (-0.04, -0.2, NO)],
)  # fmt: skip
def test_a_score_is_graded_by_its_lower_bound(score, low, grade):
    assert Worth(score, low, "", "").grade() == grade
    assert Worth(0.9, 0.8, "", "").grade(doubted=True) == CARE


def test_here_is_told_by_the_folds_that_stand_for_the_map():
    here, away, better = verdict_of(results({"random": (0.9, 0.8, 0.95), "knndm": (0.55, 0.47, 0.62)})).answers
    assert (here.grade, here.number) == (CARE, "mean R² 0.550 (0.470\xa0to\xa00.620)")
    assert "explains 55 % of the differences" in here.text and "15.0 percentage points" in here.text
    assert (away.grade, better.grade) == (UNTOLD, UNTOLD)


def test_a_useless_score_in_a_new_region_is_called_so():
    verdict = verdict_of(results({"knndm": (0.8, 0.7, 0.9), "new region": (-0.04, -0.2, 0.1)}))
    here, away, _ = verdict.answers
    assert (here.grade, away.grade) == (YES, NO)
    assert away.question == "Can I use it in a new region?" and "no better than one mean for all" in away.text
    assert verdict.first_line.startswith("Can I use this map here? Yes. It explains 80 %")


def test_few_regions_leave_open_whether_it_is_worth_anything_there():
    _, away, _ = verdict_of(results({"knndm": (0.8, 0.7, 0.9), "new region": (0.93, -0.27, 0.99)})).answers
    assert away.grade == CARE and "Only 20 samples were tested: it may be worth nothing there." in away.text


def test_years_are_asked_about_by_their_name():
    _, away, _ = verdict_of(results({"years": (0.6, 0.55, 0.65)})).answers
    assert (away.question, away.grade) == ("Can I use it in a new year?", YES)


def test_a_problem_of_the_samples_takes_the_yes_and_comes_first_in_what_to_do():
    problem = SimpleNamespace(check="leak", text="Band 3 holds the label.", problem=True)
    verdict = verdict_of(results({"knndm": (0.9, 0.85, 0.95)}, problems=[problem]))
    assert verdict.answers[0].grade == CARE and "found leak" in verdict.answers[0].text
    assert verdict.next_steps[0] == "Mend the samples first: Band 3 holds the label."


@pytest.mark.parametrize(
    "value, low, high, grade, words",
    [(-0.2, -0.3, -0.1, YES, "the model"), (-0.1, -0.3, 0.1, CARE, "chance may have made"),
     (0.2, 0.1, 0.3, NO, "Use the simple method"), (0.05, -0.1, 0.2, NO, "no better, though chance"),
     (-0.1, None, None, CARE, "too few units")],
)  # fmt: skip
def test_better_than_a_simple_method_takes_the_whole_interval(value, low, high, grade, words):
    found = results({"knndm": (0.5, 0.4, 0.6)}, baseline=0.5 + value, difference=Difference(value, low, high))
    better = verdict_of(found).answers[2]
    assert better.grade == grade and words in better.text
    assert f"{-value:+.3f}" in better.number


def test_regions_that_are_told_worst_are_named():
    parts = [(f"R{i}", MEAN, score) for i, score in enumerate((0.6, 0.1, 0.55, 0.62))]
    verdict = verdict_of(results({"new region": (0.5, 0.4, 0.6)}, parts=parts))
    assert any("weakest in R1 (mean R² 0.10)" in step for step in verdict.next_steps)


def test_a_share_that_is_hardly_told_is_to_be_merged_with_what_it_is_taken_for():
    rng = np.random.default_rng(1)
    shares = rng.dirichlet((2, 2, 2), N)
    answers = shares.copy()
    wrong = rng.normal(scale=0.1, size=N)
    answers[:, 1] += wrong
    answers[:, 2] -= wrong  # what b has too much of, c lacks
    parts = [("all", name, score) for name, score in (("a", 0.9), ("b", 0.02), ("c", 0.3))]
    verdict = verdict_of(results({"knndm": (0.5, 0.4, 0.6)}, parts=parts, shares=shares, answers=answers))
    assert any("'b' is hardly told" in step and "mixed up with 'c'" in step for step in verdict.next_steps)


def test_classes_are_worth_what_the_most_frequent_one_does_not_get():
    target = SimpleNamespace(kind="classes", score="f1", score_name="macro F1", error="error")
    shares = np.eye(2)[[0] * 60 + [1] * 40]
    row = {"f1": 0.7, "error": 0.2, "accuracy": 0.8, "accuracy_low": 0.7, "accuracy_high": 0.9}
    found = SimpleNamespace(target_type=target, samples=SimpleNamespace(shares=shares), mean_row=lambda *_: row)
    worth = worth_of(found, SimpleNamespace(tested=np.ones(100, bool)))
    assert worth.value == pytest.approx(0.5) and worth.low == pytest.approx(0.25)
    assert "80 get the right class; always naming the most frequent one would get 60" in worth.text


def test_an_auc_is_worth_what_chance_does_not_give():
    target = SimpleNamespace(kind="events", score="auc", score_name="AUC", error="brier")
    row = {"auc": 0.9, "brier": 0.1, "low": 0.85, "high": 0.94}
    worth = worth_of(SimpleNamespace(target_type=target, mean_row=lambda *_: row), SimpleNamespace())
    assert dataclasses.astuple(worth)[:2] == pytest.approx((0.8, 0.7)) and worth.grade() == YES
