"""Means of members are as sure as they may be: held against members whose noise is known."""

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.raster.tiles import Tile
from regionwise.core.mapping import products
from regionwise.core.mapping.ensemble import Ensemble, EnsembleMember
from regionwise.core.targets.calibration import CalibrationInfo, MeanCalibration
from regionwise.core.targets.class_target import temperature_scaled
from regionwise.core.targets.member_means import FEWEST_PLACES, agreement, fit_mean, sharpened
from regionwise.core.validation.splits import Split
from regionwise.core.workflow.member_twins import twin_split
from scipy.optimize import minimize_scalar

MEMBERS = 5


def softmax(logits):
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def members_of(seed, classes, rare=0.0, noise=0.8, n=20_000):
    """The true probabilities of places, and those of members who know them with a noise, each calibrated by itself."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, classes))
    own = common + noise * rng.normal(size=(MEMBERS, n, classes))
    prior = np.concatenate([np.zeros(1), np.full(classes - 1, rare)])
    true, answers = softmax(1.5 * common + prior), softmax(1.5 * own + prior)
    centre = true.mean(0).tolist()

    def loss(power):
        return -(true * np.log(sharpened(answers[0], MeanCalibration(power, centre)))).sum(1).mean()

    power = minimize_scalar(loss, bounds=(0.2, 1.5), method="bounded").x
    return true, sharpened(answers, MeanCalibration(power, centre))


def error(true, found):
    """The calibration error over forty bins of each class."""
    gaps = []
    for column, said in zip(true.T, found.T, strict=True):
        parts = np.array_split(np.argsort(said), 40)
        gaps.append(np.mean([abs(column[part].mean() - said[part].mean()) for part in parts]))
    return np.mean(gaps)


@pytest.mark.parametrize(("classes", "rare"), [(2, 0.0), (2, -2.0), (4, 0.0), (4, -1.0)])
def test_the_mean_of_calibrated_members_is_calibrated(classes, rare):
    for seed in range(3):
        true, own = members_of(seed, classes, rare)
        mean = own.mean(0)
        calibration = fit_mean(own[0, :300], own[1, :300], own[0].mean(0), MEMBERS)
        assert error(true, own[0]) < 0.6 * error(true, mean)  # single members are calibrated, their mean is not
        found = sharpened(mean, calibration)
        np.testing.assert_allclose(found.sum(1), 1)
        assert error(true, found) < 0.45 * error(true, mean)
        assert abs(found.mean(0) - true.mean(0)).max() < 0.03  # rare classes stay rare


def test_alike_members_need_no_sharpening_and_others_what_their_reliability_says():
    _, own = members_of(0, 3)
    same = fit_mean(own[0], own[0], own[0].mean(0), MEMBERS)
    assert same.power == pytest.approx(1)
    np.testing.assert_allclose(sharpened(own[0], same), own[0], atol=1e-9)
    alike = agreement(own[0], own[1])
    assert alike == pytest.approx(1 / (1 + 0.8**2), abs=0.03)
    averaging = fit_mean(own[0], own[1], own[0].mean(0), MEMBERS).power / (MEMBERS / (1 + (MEMBERS - 1) * alike))
    assert 1.05 < averaging < 1.15
    assert fit_mean(own[0], own[1], own[0].mean(0), 1).power == pytest.approx(1)
    unlike = fit_mean(own[0], own[0][::-1], own[0].mean(0), MEMBERS)  # chance, no doubt
    assert unlike.power < 1.3 * MEMBERS / (1 + (MEMBERS - 1) / 2)
    few = fit_mean(own[0, : FEWEST_PLACES - 1], own[1, : FEWEST_PLACES - 1], own[0].mean(0), MEMBERS)
    assert few == MeanCalibration()
    np.testing.assert_array_equal(sharpened(own[0], few), own[0])


def test_a_twin_trains_on_what_two_folds_share_and_is_tested_where_both_are():
    rows, labels = np.arange(90), np.eye(3)[np.arange(90) % 3]
    folds = [rows[i::3] for i in range(3)]
    splits = [
        Split(str(i), np.setdiff1d(rows, test)[:-10], np.setdiff1d(rows, test)[-10:], test)
        for i, test in enumerate(folds)
    ]
    assert twin_split(splits, labels) is None  # each fold is a class, which would not be known
    labels = np.eye(3)[np.arange(90) // 3 % 3]
    twin = twin_split(splits, labels)
    np.testing.assert_array_equal(np.sort(twin.test), np.sort(np.concatenate(folds[:2])))
    assert set(twin.train) | set(twin.validation) == set(folds[2])
    assert not set(twin.train) & set(twin.validation)
    assert twin_split(splits[:2], labels) is None  # nothing would be left to train on
    small = [Split(s.name, s.train, s.validation, s.test[:5]) for s in splits]
    assert twin_split(small, labels) is None


class Constant:
    """A predictor that answers the same everywhere."""

    halo = 0

    def __init__(self, shares):
        self.shares = shares

    def answer(self, values, wanted):
        pixels = np.ones(int(wanted.sum()), np.float32)
        return np.multiply.outer(self.shares, pixels).astype(np.float32), pixels

    def rest(self):
        pass


def test_a_map_recalibrates_the_mixture_and_its_mean():
    parts = np.array([[0.9, 0.1], [0.6, 0.4]])
    members = [
        EnsembleMember(Constant(row), "", weight, kind, {"": factor})
        for row, weight, kind, factor in zip(parts, (0.3, 0.7), ("a", "b"), (1.5, 0.8), strict=True)
    ]
    calibration = MeanCalibration(1.4, [0.7, 0.3])
    mixed = Ensemble(members, None, {}, 0, 0, "cpu", 2, None, True, {"": 1.2}, calibration)
    grid = Grid(CRS.from_epsg(32648), Affine(90, 0, 0, 0, -90, 0), 2, 2)
    predict = products.tile_predictor(mixed, grid, {"shares": products.shares})
    found = predict(Tile(0, 0, 2, 2), np.zeros((1, 2, 2), np.float32), np.ones((2, 2), bool))["shares"]
    mean = 0.3 * temperature_scaled(parts[0], 1.5) + 0.7 * temperature_scaled(parts[1], 0.8)
    odds = temperature_scaled(mean, 1.2) / (0.7, 0.3)
    expected = np.array([0.7, 0.3]) * odds**1.4
    np.testing.assert_allclose(found[:, 0], expected / expected.sum(), rtol=1e-5)
    old = CalibrationInfo.from_json({"factors": {"a": {"": 1.5}}})
    assert old.mean == MeanCalibration()
