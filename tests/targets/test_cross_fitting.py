"""Cross-fitting: no label has a part in the calibration of its own answer."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from regionwise.core.targets.binary_target import BinaryTarget
from regionwise.core.targets.class_target import ClassTarget, log_loss
from regionwise.core.targets.cross_fitting import cross_calibrated, others
from regionwise.core.targets.share_target import Answers
from regionwise.core.validation.planner import ValidationScheme
from regionwise.core.validation.splits import Split
from regionwise.core.workflow.experiment import calibration_parts

NOWHERE = np.zeros(0, object)


def labels(observed):
    """Samples of which only labels count."""
    return SimpleNamespace(shares=observed, design=np.ones(len(observed)))


def classes(rng, n, count=3):
    """Probabilities, and labels that know nothing of them."""
    return rng.dirichlet(np.ones(count), n), np.eye(count)[rng.integers(0, count, n)]


def test_a_label_has_no_part_in_its_own_calibration():
    rng = np.random.default_rng(0)
    shares, observed = classes(rng, 60)
    part, region = np.arange(60) % 3, np.full(60, "", object)
    target_type, answers = ClassTarget(("a", "b", "c")), Answers(shares, np.ones(60))
    found = cross_calibrated(answers, part, target_type, labels(observed), region)
    turned = np.where((part == 0)[:, None], np.roll(observed, 1, 1), observed)  # other labels of the first part
    again = cross_calibrated(answers, part, target_type, labels(turned), region)
    np.testing.assert_array_equal(found.shares[part == 0], again.shares[part == 0])
    assert np.abs(found.shares[part != 0] - again.shares[part != 0]).max() > 1e-3


def test_scores_of_calibrated_answers_are_those_of_new_samples():
    """Few samples: factors that know the labels make the loss too low, those of other folds do not."""
    inside, crossed, new = [], [], []
    target_type, region = BinaryTarget(0.5), np.full(12, "", object)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        probability = rng.random(4012)
        truth = rng.random(4012) < probability
        shares, observed = np.stack([1 - probability, probability], 1), np.stack([~truth, truth], 1).astype(float)
        few, samples = Answers(shares[:12], np.ones(12)), labels(observed[:12])
        factors = target_type.factors(few, samples, region)
        found = cross_calibrated(few, np.arange(12) % 4, target_type, samples, region)
        own, unseen = (
            target_type.calibrated(Answers(rows, np.ones(len(rows))), factors, np.full(len(rows), "", object)).shares
            for rows in (shares[:12], shares[12:])
        )
        for into, rows, truths in (
            (inside, own, observed[:12]), (crossed, found.shares, observed[:12]), (new, unseen, observed[12:])
        ):  # fmt: skip
            into.append(log_loss(rows, truths.argmax(1)))
    assert np.mean(inside) < np.mean(new) - 0.04
    assert np.mean(crossed) > np.mean(new) - 0.01


def test_untested_samples_stay_unknown_and_a_part_alone_calibrates_itself():
    rng = np.random.default_rng(0)
    shares, observed = classes(rng, 30)
    part = np.where(np.arange(30) < 20, 0, -1)
    assert [(inside.sum(), outside.sum()) for inside, outside in others(part)] == [(20, 20)]
    found = cross_calibrated(
        Answers(shares, np.ones(30)), part, ClassTarget(("a", "b", "c")), labels(observed),
        np.full(30, "", object),
    )  # fmt: skip
    np.testing.assert_array_equal(found.known, part == 0)
    assert np.isfinite(found.shares[:20]).all() and np.isnan(found.shares[20:]).all()


@pytest.mark.parametrize(("kind", "splits"), [("within", 3), ("pooled", 1)])
def test_experts_and_one_fold_are_calibrated_by_other_sources(kind, splits):
    group = np.repeat(np.arange(12), 5).astype(object)
    number = np.where(np.arange(60) < 50, np.arange(60) % splits, -1)
    nothing = np.zeros(0, np.int64)
    scheme = ValidationScheme(
        kind,
        [Split(str(i), nothing, nothing, np.flatnonzero(number == i)) for i in range(splits)],
        unit=group,
        unit_name="sources",
    )
    part = calibration_parts(scheme, number, group, seed=1)
    assert (part[50:] == -1).all() and len(np.unique(part[:50])) == 5
    assert all(len(np.unique(part[:50][group[:50] == name])) == 1 for name in np.unique(group[:50]))
    blocks = replace(scheme, kind="blocks", splits=[*scheme.splits, *scheme.splits])
    np.testing.assert_array_equal(calibration_parts(blocks, number, group, seed=1), number)
