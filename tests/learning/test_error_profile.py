"""The error to expect by dissimilarity: against a known truth, with intervals that hold it, and not told beyond."""

import dataclasses

import numpy as np
import pytest
from pages import blank_report, text_of
from regionwise.core.learning.applicability.error_profile import (
    FEWEST,
    ErrorProfile,
    OutOfFold,
    fit_profile,
    harder_at,
)
from regionwise.core.learning.applicability.predictor_space import fold_dissimilarity
from regionwise.core.learning.card import OLD_ERROR, ApplicabilityInfo, Card
from regionwise.core.reports.applicability_section import add_applicability, sentences
from regionwise.core.targets.binary_target import BinaryTarget
from regionwise.core.targets.class_target import ClassTarget
from regionwise.core.targets.hierarchy import Levels
from regionwise.core.targets.losses import Losses
from regionwise.core.targets.scored_samples import ScoredSamples
from regionwise.core.targets.share_target import ShareTarget
from regionwise.core.validation.splits import cross_validation, grouped_folds
from scipy.spatial import cKDTree
from spaces import cells_of, space_of, validation_of


def part(index, loss, unit=None, kind="knndm", weight=None, sample=None):
    unit = np.arange(len(index)) if unit is None else unit
    weight = np.ones(len(index)) if weight is None else weight
    sample = np.arange(len(index)) if sample is None else sample
    return OutOfFold(kind, index, Losses(loss, weight, "RMSE", rooted=True), unit.astype(str).astype(object), sample)


def neighbour_answers(features, labels, places, known):
    """Answers of the mean of three neighbours among `known`."""
    nearest = cKDTree(features[known]).query(places, k=3)[1]
    return labels[known][nearest].mean(1)


def test_expected_error_is_the_true_one_by_decile_of_dissimilarity():
    """The mean of neighbours errs more the farther they are; samples cluster, and the map reaches beyond them."""
    ratios = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        bend = rng.normal(0, 1, (4, 6))
        centre, cluster = rng.normal(0, 1, (60, 4)), rng.integers(0, 60, 900)

        def truth(x, bend=bend):
            return np.tanh(x @ bend).mean(1)

        features = centre[cluster] + rng.normal(0, 0.25, (900, 4))
        labels = truth(features) + rng.normal(0, 0.05, 900)
        loss, validations = np.zeros((2, 900)), []
        for number, size in enumerate((1, 6)):  # clusters of a fold, and regions of several clusters
            group = (cluster // size).astype(str).astype(object)
            splits = cross_validation(grouped_folds(group, 10, seed), group, np.zeros(900, bool), group, seed)
            for split in splits:
                known = np.concatenate([split.train, split.validation])
                answers = neighbour_answers(features, labels, features[split.test], known)
                loss[number, split.test] = (answers - labels[split.test]) ** 2
            kind = ("knndm", "new region")[number]
            validations.append(dataclasses.replace(validation_of(kind, splits, 900), unit=group))
        space = space_of(features, validations[:1])
        profile = fit_profile([
            part(of_validation(features, validation, space), loss[i], validation.unit, validation.kind)
            for i, validation in enumerate(validations)
        ])  # fmt: skip
        places = centre[rng.integers(0, 60, 4000)] + rng.normal(0, rng.choice([0.25, 0.6], (4000, 1)), (4000, 4))
        found = space.dissimilarity(places)[0]
        squared = (neighbour_answers(features, labels, places, np.arange(900)) - truth(places)) ** 2 + 0.05**2
        expected = profile.expected(found)
        assert np.isfinite(expected).mean() > 0.95
        decile = np.searchsorted(np.quantile(found, np.linspace(0.1, 0.9, 9)), found)
        known = np.isfinite(expected)
        ratios.append([
            np.sqrt((expected[known & (decile == i)] ** 2).mean() / squared[known & (decile == i)].mean())
            for i in range(10)
        ])  # fmt: skip
    mean = np.mean(ratios, 0)
    assert np.abs(mean - 1).max() < 0.15, mean


def of_validation(features, validation, space):
    """Return the dissimilarity of each sample to those that trained its fold."""

    def places(table):
        return space.coordinates(table) / space.mean_distance

    return fold_dissimilarity(cells_of(features), places, validation.splits, np.arange(len(features)))


def true_error(index):
    return 0.05 + 0.1 * index


def losses_of(rng, index, unit, each):
    """Return losses whose mean grows with the dissimilarity, and that units share a part of."""
    spread = rng.lognormal(-0.1, np.sqrt(0.2), unit.max() + 1)[unit] if each > 1 else 1.0
    return true_error(index) ** 2 * rng.chisquare(3, len(index)) / 3 * spread


def share_held(profile):
    """Return the share of the points of a profile whose interval holds the true error."""
    found, _, low, high = np.array(profile.knots, float).T
    return ((low <= true_error(found)) & (true_error(found) <= high)).mean()


@pytest.mark.parametrize(("units", "each"), [(600, 1), (60, 10), (8, 75)])
def test_intervals_hold_the_true_error(units, each):
    held = []
    for seed in range(30):
        rng, unit = np.random.default_rng(seed), np.repeat(np.arange(units), each)
        index = rng.beta(2, 3, units * each)
        held.append(share_held(fit_profile([part(index, losses_of(rng, index, unit, each), unit)])))
    assert 0.82 <= np.mean(held) <= 0.97


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("units", [60, 10])
def test_what_two_validations_tested_is_no_more_evidence_where_their_losses_are_alike(units, alike):
    held = []
    for seed in range(60):
        rng, unit = np.random.default_rng(seed), np.repeat(np.arange(units), 600 // units)
        index = rng.beta(2, 3, 600)
        loss = losses_of(rng, index, unit, 2)
        parts = [part(index, loss, unit)]
        farther = 1.05 * index  # as where regions are left out
        again = loss * (true_error(farther) / true_error(index)) ** 2 * rng.lognormal(0, 0.05, 600)
        parts.append(part(farther, again if alike else losses_of(rng, farther, unit, 2), unit, "new region"))
        held.append(share_held(fit_profile(parts)))
    chance = 1.645 * np.std(held) / np.sqrt(len(held))
    assert 0.85 - chance <= np.mean(held) <= 0.95 + chance


def test_a_validation_that_tests_the_same_adds_nothing_to_what_bounds_an_error():
    rng, unit = np.random.default_rng(0), np.repeat(np.arange(60), 10)
    index = rng.beta(2, 3, 600)
    once = part(index, losses_of(rng, index, unit, 10), unit)
    twice = dataclasses.replace(once, kind="new region")
    widths = [np.diff(np.log(np.array(fit_profile(parts).knots)[:, 2:])) for parts in ([once], [once, twice])]
    assert np.mean(widths[1]) == pytest.approx(np.mean(widths[0]), rel=0.15)
    others = dataclasses.replace(twice, sample=twice.sample + 600, unit=np.array([f"{u} too" for u in unit], object))
    independent = np.diff(np.log(np.array(fit_profile([once, others]).knots)[:, 2:]))
    assert np.mean(independent) < 0.85 * np.mean(widths[0])


def test_a_few_samples_that_were_tested_twice_are_still_few():
    index = np.linspace(0, 1, FEWEST - 1)
    few = part(index, np.ones(FEWEST - 1))
    assert fit_profile([few, dataclasses.replace(few, kind="new region")]).knots == []
    far = part(np.append(np.linspace(0, 1, 300), [5.0] * 6), np.full(306, 0.04))
    assert fit_profile([far, dataclasses.replace(far, kind="new region")]).reach <= 1


def test_the_curve_does_not_follow_single_samples():
    rng = np.random.default_rng(0)
    curves = [fit_profile([part(rng.random(1500), 0.01 * rng.chisquare(1, 1500))]).knots for _ in range(20)]
    errors = np.array(curves)[:, :, 1].astype(float)
    assert (np.diff(errors) >= 0).all()
    assert abs(np.median(errors) - 0.1) < 0.005
    assert np.quantile(errors[:, -1], 0.95) < 0.16
    assert errors[:, 0].min() > 0.05


def test_no_error_is_told_where_hardly_any_sample_was_as_unlike():
    index = np.append(np.linspace(0, 1, 300), 5.0)  # one lies far
    profile = fit_profile([part(index, np.full(301, 0.04))])
    assert profile.reach == np.sort(index)[-FEWEST] < 1
    expected = profile.expected(np.array([0, 0.5, profile.reach, 1.01, 5], np.float32))
    np.testing.assert_allclose(expected, [0.2, 0.2, 0.2, np.nan, np.nan], rtol=1e-6)
    few = fit_profile([part(index[: FEWEST - 1], np.ones(FEWEST - 1))])
    assert few.knots == [] and np.isnan(few.expected(np.zeros(3, np.float32))).all()


def test_validations_that_reach_farther_add_their_samples():
    near = part(np.linspace(0, 1, 400), np.full(400, 0.01))
    far = part(np.linspace(1, 3, 200), np.full(200, 0.09), kind="new region")
    profile = fit_profile([near, far])
    assert profile.validations == ["knndm", "new region"]
    assert profile.reach > 2.8
    np.testing.assert_allclose(profile.expected(np.array([0.1, 2.5])), [0.1, 0.3], rtol=0.01)


def test_weights_count():
    rng = np.random.default_rng(0)
    event = rng.random(4000) < 0.5
    weight = np.where(event, 0.2, 1.8)
    profile = fit_profile([part(rng.random(4000), np.where(event, 0.5, 0.1), weight=weight)])
    assert profile.expected(np.array([0.5]))[0] == pytest.approx(np.sqrt(0.1 * 0.5 + 0.9 * 0.1), rel=0.05)


def test_how_hard_places_are_is_told_as_far_as_units_tell_it():
    """Places twice as far as tested samples; losses grow with distance, or not at all, of many units or of ten."""
    found, deviation = {}, {}
    for growth in (0.0, 2.0):
        for units in (10, 400):
            told = []
            for seed in range(60):
                rng = np.random.default_rng(seed)
                index, unit = rng.uniform(0, 1, 400), np.arange(400) % units
                hard = rng.gamma(4, 0.25, units)[unit] if units == 10 else 1.0  # fields have their own difficulty
                loss = (1 + growth * index) * hard * rng.gamma(2, 0.5, 400)
                told.append(harder_at(rng.uniform(0.5, 1, 200), [part(index, loss, unit)]))
            found[growth, units] = np.log([each.factor for each in told])
            deviation[growth, units] = np.array([each.deviation for each in told])
    assert np.median(np.abs(found[0.0, 400])) < 0.01 and np.abs(found[0.0, 10]).mean() < 0.08
    assert found[2.0, 400].mean() == pytest.approx(np.log(2.5 / 2), abs=0.04)
    assert np.sqrt((deviation[2.0, 400] ** 2).mean()) == pytest.approx(found[2.0, 400].std(), rel=0.3)
    index = np.linspace(0, 1, 400)
    assert harder_at(index, [part(index, np.ones(400), np.arange(400) % 3)]) is None  # too few units
    assert harder_at(index, [part(index, np.zeros(400))]) is None
    assert harder_at(index, [part(index[:5], np.ones(5))]) is None
    # where nothing errs near samples, places there are easy, and no logarithm is lost
    assert 0 < harder_at(np.zeros(50), [part(index, np.where(index > 0.5, 1.0, 0.0))]).factor < 0.1


def test_three_units_bound_nothing():
    unit = np.arange(400) % 3
    knots = fit_profile([part(np.linspace(0, 1, 400), np.ones(400), unit)]).knots
    assert all(knot[2:] == (None, None) for knot in knots)


def scored(observed, predicted):
    return ScoredSamples.alike(np.asarray(observed, float), np.asarray(predicted, float), np.arange(len(observed)))


def test_each_kind_of_label_names_its_error():
    shares = ShareTarget(Levels(("a", "b"), {})).losses(scored([[1, 0], [0.5, 0.5]], [[0.7, 0.3], [0.5, 0.5]]))
    np.testing.assert_allclose(shares.loss, [0.09, 0])
    assert shares.name == "RMSE of a share" and shares.error(np.array(0.09)) == pytest.approx(0.3)
    classes = ClassTarget(("a", "b")).losses(scored([[1, 0], [0, 1], [0, 1]], [[0.4, 0.6], [0.1, 0.9], [np.nan] * 2]))
    np.testing.assert_array_equal(classes.loss, [1, 0, np.nan])
    assert classes.name == "share of wrong labels" and classes.error(np.array(0.2)) == 0.2
    rng = np.random.default_rng(0)
    truth, p = (rng.random(500) < 0.5).astype(float), rng.random(500)
    target = BinaryTarget(float(truth.mean()), prevalence=0.05)
    events = target.losses(scored(np.stack([1 - truth, truth], 1), np.stack([1 - p, p], 1)))
    brier = target.scores(truth, target.shown(np.stack([1 - p, p], 1)), np.ones(500))["brier"]
    assert events.name == "Brier score" and np.average(events.loss, weights=events.weight) == pytest.approx(brier)


def test_a_card_keeps_the_profile_and_reads_the_curves_of_older_ones():
    profile = ErrorProfile("share of wrong labels", [(0.1, 0.2, None, None), (0.5, 0.3, 0.25, 0.36)], ["knndm"])
    info = ApplicabilityInfo(0.4, 1.0, 2.0, profile)
    card = Card("crops", {}, [], ["a", "b"], [], "", 0.0, [], {}, [], "", {}, applicability=info)
    assert Card.from_json(card.to_json()) == card
    older = card.to_json()
    older["applicability"] = {"threshold": 0.4, "each": 1.0, "mean_distance": 2.0, "curve": [[0.0, 0.1], [1.0, 0.2]]}
    read = Card.from_json(older).applicability.profile
    assert read.error == OLD_ERROR and read.knots == [(0.0, 0.1, None, None), (1.0, 0.2, None, None)]
    np.testing.assert_allclose(read.expected(np.array([0.5, 1.5])), [0.15, np.nan])


def test_a_report_shows_the_profile_and_says_what_it_means(tmp_path):
    knots = [(0.1, 0.1, 0.08, 0.12), (0.6, 0.2, None, None)]
    info = ApplicabilityInfo(0.4, 1.0, 2.0, ErrorProfile("Brier score", knots, ["blocks", "new region"]))
    words = " ".join(sentences(info))
    assert "inside up to a dissimilarity of 0.400" in words
    assert "(Brier score) grows from 0.100 to 0.200 up to a dissimilarity of 0.600" in words
    assert "(blocks, new region)" in words and "Where bounds are missing" in words
    report = blank_report()
    add_applicability(report, info)
    report.write(str(tmp_path / "r.html"), str(tmp_path / "figures"))
    page = text_of(tmp_path / "r.html")
    assert "How unlike its samples a place may be" in page and "the bound of the area of applicability" in page
    assert (tmp_path / "figures" / "expected_error_by_dissimilarity.csv").read_text().startswith("dissimilarity,error")
    none = ApplicabilityInfo(0.4, 1.0, 2.0, ErrorProfile("Brier score", []))
    assert "Too few samples were tested" in sentences(none)[1]
    add_applicability(report, none)
