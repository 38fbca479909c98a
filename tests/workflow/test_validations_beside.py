"""What stands beside the chosen validation takes a third of the main work, by a stated order of cuts."""

from types import SimpleNamespace

import numpy as np
import pytest
from regionwise.core.learners.tree_learner import TreeLearner
from regionwise.core.learning.model_types import BOOSTING
from regionwise.core.runtime.checkpoints import Checkpoints
from regionwise.core.validation.planner import ValidationScheme
from regionwise.core.validation.splits import Split
from regionwise.core.workflow.planning.time_estimate import Estimate
from regionwise.core.workflow.planning.validations_beside import (
    NETWORK_WORK,
    allowed_work,
    bounded,
    seconds_of_work,
    work_of_all,
)


def _scheme(kind, count):
    splits = [Split(f"{kind} {i}", np.arange(3), np.arange(1), np.arange(1)) for i in range(count)]
    return ValidationScheme(kind, splits, unit=np.array([]), unit_name="units")


def _trees(**options):
    return TreeLearner(None, None, 1, **options)


@pytest.fixture
def shares():
    """An experiment of trees of shares."""
    trees = _trees()
    return SimpleNamespace(
        learners={BOOSTING: trees}, comparison={BOOSTING: _trees(spread=False)}, boosting=trees
    )  # fmt: skip


def _kinds(beside):
    return {scheme.kind: len(scheme.splits) for scheme in beside.schemes}


def test_trees_of_five_folds_leave_a_third_for_what_stands_beside(shares):
    main = work_of_all(shares.learners, 5)
    beside = bounded([_scheme("random", 5), _scheme("new region", 5)], shares, main / 3, 1)
    assert _kinds(beside) == {"random": 1, "new region": 5}
    assert beside.work <= main / 3
    assert beside.text == (
        "Validations that nobody asked for may take about a third of the main work: fewer trees than the model's "
        "learn them; 1 of 5 random folds is tested. Compare = model learns all of them by the model itself."
    )


def test_beside_a_network_all_folds_are_learned_by_whole_trees(shares):
    allowed = (5 * NETWORK_WORK + 10) / 3
    beside = bounded([_scheme("random", 5), _scheme("new region", 5)], shares, allowed, 1)
    assert _kinds(beside) == {"random": 5, "new region": 5}
    assert beside.learners is shares.comparison
    assert beside.text == ""


def test_random_folds_are_cut_first_and_five_regions_stay(shares):
    schemes = [_scheme("random", 5), _scheme("blocks", 5), _scheme("new region", 30)]
    beside = bounded(schemes, shares, 0.5, 1)
    assert _kinds(beside) == {"random": 1, "blocks": 2, "new region": 5}
    assert "5 of 30 new regions are tested" in beside.text


def test_the_same_splits_are_drawn_whenever_it_is_planned(shares):
    names = [
        [split.name for split in bounded([_scheme("new region", 30)], shares, 4.0, 7).schemes[0].splits]
        for _ in range(2)
    ]
    assert names[0] == names[1]
    assert len(names[0]) == 8


def test_a_time_budget_leaves_out_what_does_not_fit(shares):
    schemes = [_scheme("random", 5), _scheme("new region", 5)]
    assert _kinds(bounded(schemes, shares, 2.6, 1, strict=True)) == {"new region": 5}
    nothing = bounded(schemes, shares, 0.0, 1, strict=True)
    assert nothing.schemes == []
    assert "random folds are left out; new regions are left out" in nothing.text
    assert "what the time budget leaves" in nothing.text


def test_what_was_asked_for_is_learned_whole(shares):
    beside = bounded([_scheme("random", 5)], shares, 0.1, 1, asked=True)
    assert (_kinds(beside), beside.text, beside.learners) == ({"random": 5}, "", shares.comparison)


def test_half_as_many_trees_are_fitted():
    table = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    shares = np.random.default_rng(1).dirichlet((1, 1), 60)
    from regionwise.core.learners.tree_fits import TREES, Effort, booster_of, fit_means

    counts = [
        len(booster_of(fit_means(table, shares, np.ones(60), 1, effort=Effort(light))[TREES]).get_dump())
        for light in (False, True)
    ]
    assert counts[0] == 2 * counts[1]


@pytest.mark.parametrize(("left", "allowed"), [(5.0, 3.0), (2.0, 2.0), (0.0, 0.0)])
def test_a_budget_allows_what_is_left_and_that_is_kept(tmp_path, left, allowed):
    assert allowed_work(3.0, left, Checkpoints(tmp_path)) == allowed
    assert allowed_work(3.0, 99.0, Checkpoints(tmp_path)) == allowed


def test_without_a_budget_no_clock_counts_and_nothing_is_kept(tmp_path):
    assert allowed_work(3.0, None, Checkpoints(tmp_path)) == 3.0
    assert not list(tmp_path.iterdir())


def test_the_time_beside_a_network_is_that_of_trees(shares):
    expected = Estimate({"network": 600.0, BOOSTING: 8.0}, {"network": 3000.0, BOOSTING: 40.0})
    assert seconds_of_work(shares, expected, 110.0) == 4.0  # trees of shares with their spread are two units
    both = SimpleNamespace(comparison={"network": None, BOOSTING: None}, boosting=shares.boosting)
    assert seconds_of_work(both, expected, 110.0) == pytest.approx(3040 / 110)


def test_five_regions_stay_though_they_take_more_and_that_is_said(shares):
    beside = bounded([_scheme("new region", 9)], shares, 1.0, 1)
    assert _kinds(beside) == {"new region": 5}
    assert "They take 83 %: an answer on new regions takes several." in beside.text
