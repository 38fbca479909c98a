"""Conformal bands against the distributions that drew the labels: sources, few of them, all components at once."""

import json
import math

import numpy as np
import pytest
from regionwise.core.learning.card import CalibrationInfo
from regionwise.core.targets import conformal, dirichlet
from regionwise.core.targets.conformal import ALL_AT_ONCE, JOINT

PRECISION = 20.0


def labels(rng, n, components=4, precision=PRECISION):
    shares = rng.dirichlet(np.ones(components), n)
    drawn = rng.gamma(np.multiply(precision, shares.T).T + 1e-9)
    return shares, drawn / drawn.sum(1, keepdims=True)


def names(components):
    return tuple(f"c{i}" for i in range(components))


def own_sources(n):
    return np.arange(n).astype(object)


def fit(shares, observed, source=None, precision=PRECISION):
    source = own_sources(len(shares)) if source is None else source
    concentration = np.full(len(shares), precision)
    return conformal.fit_conformal(shares, concentration, observed, names(shares.shape[1]), source)


def bounds(shares, found, level, *, joint=False):
    """Lower and upper bounds of all components."""
    sd = dirichlet.share_sd(shares, np.full(len(shares), PRECISION))
    of_components = [found.joint] * shares.shape[1] if joint else found.marginal.values()
    return conformal.bands(shares, sd, np.array([conformal.half_width(q, level) for q in of_components]))


@pytest.mark.parametrize("components", [4, 10])
def test_each_band_holds_its_component_and_joint_sets_hold_all(components):
    each, at_once, joint = [], [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = fit(*labels(rng, 250, components))
        shares, observed = labels(rng, 1000, components)
        inside = [
            (observed >= low) & (observed <= high)
            for low, high in (bounds(shares, found, 0.9, joint=joint) for joint in (False, True))
        ]
        each.append(inside[0].mean(0))
        at_once.append(inside[0].all(1).mean())
        joint.append(inside[1].all(1).mean())
    assert (np.abs(np.mean(each, 0) - 0.9) < 0.02).all()
    assert np.mean(at_once) < 0.75
    assert 0.88 < np.mean(joint) < 0.93


def test_a_sum_of_1_never_widens_bounds_and_loses_no_label():
    rng = np.random.default_rng(1)
    shares, observed = labels(rng, 3000, 3)
    low, high = (values.T for values in bounds(shares, fit(shares, observed), 0.95, joint=True))
    tight_low, tight_high = conformal.on_simplex(low, high)
    assert (tight_low >= low).all() and (tight_high <= high).all() and (tight_low <= tight_high + 1e-12).all()
    inside = ((low <= observed.T) & (high >= observed.T)).all(0)
    np.testing.assert_array_equal(
        ((tight_low - 1e-12 <= observed.T) & (tight_high + 1e-12 >= observed.T)).all(0), inside
    )
    # known answer: two others have at least .2 and .3, at most .4 and .5
    found = conformal.on_simplex(np.array([[0.0], [0.2], [0.3]]), np.array([[1.0], [0.4], [0.5]]))
    np.testing.assert_allclose(found[0][:, 0], [0.1, 0.2, 0.3])
    np.testing.assert_allclose(found[1][:, 0], [0.5, 0.4, 0.5])


def test_one_large_source_does_not_make_the_bands_of_all():
    """Sources have errors of their own; the label of a new source is held as often as the level says."""
    held, alike = [], []
    sizes = [600] + [5] * 59
    source = np.repeat(np.arange(60), sizes).astype(object)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        own = np.exp(0.5 * rng.normal(size=60))
        own[0] = 0.5  # the large source is an easy one
        scores = np.abs(rng.normal(size=len(source)) * own[source.astype(int)])
        new = np.abs(rng.normal(size=2000) * np.exp(0.5 * rng.normal(size=2000)))
        for of, into in ((source.astype(int), held), (np.arange(len(source)), alike)):
            into.append((new <= conformal.half_width(conformal._quantiles(scores, of), 0.9)).mean())
    assert 0.86 < np.mean(held) < 0.93
    assert np.mean(alike) < 0.8


def test_bands_need_sources_enough():
    assert [conformal.fewest_sources(level) for level in (0.5, 0.8, 0.9, 0.95, 0.99)] == [1, 4, 9, 19, 99]
    scores = np.arange(1.0, 20.0)
    for level in (0.5, 0.8, 0.9, 0.95):
        needed = conformal.fewest_sources(level)
        sources = np.arange(needed)
        assert conformal.half_width(conformal._quantiles(scores[:needed], sources), level) == needed  # the largest one
        if needed > 1:
            assert math.isinf(
                conformal.half_width(conformal._quantiles(scores[: needed - 1], np.arange(needed - 1)), level)
            )
    many_of_one = np.repeat("a", 500).astype(object)
    shares, observed = labels(np.random.default_rng(0), 500)
    found = fit(shares, observed, many_of_one)
    low, high = bounds(shares, found, 0.9)
    assert (low == 0).all() and (high == 1).all()
    low, high = bounds(shares, found, 0.5)
    assert (high < 1).any()


def test_labels_of_a_source_count_as_many_as_they_tell():
    rng = np.random.default_rng(0)
    source = np.repeat(np.arange(10), 20)
    shared = np.repeat(rng.normal(size=10), 20)
    assert conformal.independent_labels(shared, source) == pytest.approx(10)  # all of a source are the same
    assert conformal.independent_labels(rng.normal(size=200), np.arange(200)) == pytest.approx(200)
    assert conformal.independent_labels(rng.normal(size=200), np.zeros(200, int)) == pytest.approx(1)
    unrelated = [conformal.independent_labels(rng.normal(size=200), source) for _ in range(400)]
    assert 60 < np.median(unrelated) <= 200
    # labels of a source correlate by .2: 10 x 20 of them tell as much as 200 / (1 + 19 x .2) = 42 or less
    half = [conformal.independent_labels(0.5 * np.repeat(rng.normal(size=10), 20) + rng.normal(size=200), source)
            for _ in range(400)]  # fmt: skip
    assert np.mean(np.array(half) > 45) < 0.08


@pytest.mark.parametrize(("effect", "low", "high"), [(0.0, 0.88, 0.93), (0.5, 0.87, 0.95)])
def test_bands_of_few_sources_hold_what_they_say(effect, low, high):
    """Ten sources of twenty labels, whose spread differs between sources by `effect`; labels of new ones are held."""
    held, source = [], np.repeat(np.arange(10), 20)
    for seed in range(300):
        rng = np.random.default_rng(seed)
        own = np.exp(effect * rng.normal(size=10))
        quantiles = conformal._quantiles(np.abs(rng.normal(size=200) * own[source]), source)
        new = np.abs(rng.normal(size=500) * np.exp(effect * rng.normal(size=500)))
        held.append((new <= conformal.half_width(quantiles, 0.9)).mean())
    assert low < np.mean(held) < high, np.mean(held)


def test_ten_samples_hold_what_their_bands_say():
    """The rank of .95 exceeds 10 samples: the largest of them would hold .91."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(200):
        width = conformal.half_width(conformal._quantiles(np.abs(rng.normal(size=10)), np.arange(10)), 0.9)
        held.append((np.abs(rng.normal(size=200)) <= width).mean())
        assert math.isinf(conformal.half_width(conformal._quantiles(np.abs(rng.normal(size=10)), np.arange(10)), 0.95))
    assert np.mean(held) == pytest.approx(10 / 11, abs=0.015)


def test_levels_between_those_that_are_kept_take_the_next_higher():
    quantiles = conformal._quantiles(np.arange(200.0), np.arange(200))
    assert conformal.half_width(quantiles, 0.9) < conformal.half_width(quantiles, 0.901)
    assert conformal.half_width(quantiles, 0.901) == conformal.half_width(quantiles, 0.91)
    assert math.isinf(conformal.half_width(quantiles, 0.995))


def test_bands_hold_their_level_in_regions_of_other_precision():
    """Concentrations have a factor by region; the quantiles of all regions are one."""
    covered = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        region = np.array(["sure", "vague"], object)[np.arange(1600) % 2]
        precision = np.where(region == "sure", 60.0, 8.0)
        shares, observed = labels(rng, 1600, 4, precision)
        learned = np.arange(1600) < 800
        claimed = np.full(1600, 20.0)
        factors = dirichlet.fit_factors(shares[learned], claimed[learned], observed[learned], region[learned])
        concentration = claimed * dirichlet.factor_of(factors, region)
        found = conformal.fit_conformal(
            shares[learned], concentration[learned], observed[learned], names(4), own_sources(800)
        )
        width = np.array([conformal.half_width(found.marginal[name], 0.9) for name in names(4)])
        low, high = conformal.bands(shares, dirichlet.share_sd(shares, concentration), width)
        inside = (observed >= low) & (observed <= high)
        covered.append([inside[~learned & (region == name)].mean() for name in ("sure", "vague")])
    assert (np.abs(np.mean(covered, 0) - 0.9) < 0.02).all()


def test_coverage_is_told_for_each_component_and_for_all_at_once():
    shares, observed = labels(np.random.default_rng(0), 6000)
    concentration, fold = np.full(6000, PRECISION), np.arange(6000) // 3000
    rows = conformal.coverage_rows(shares, concentration, observed, names(4), fold, own_sources(6000))
    for row in rows:
        assert abs(row["mean"] - row["level"]) < 0.02
        assert abs(row[JOINT] - row["level"]) < 0.02
        assert row[ALL_AT_ONCE] < row["level"] - 0.1
    # a fold whose labels stray further than the other's is not covered: no fold judges itself
    strayed = np.where(fold[:, None] == 1, np.roll(observed, 1, 0), observed)
    rows = conformal.coverage_rows(shares, concentration, strayed, names(4), fold, own_sources(6000))
    assert next(row["mean"] for row in rows if row["level"] == 0.9) < 0.85
    # sources weigh alike: a thousand strayed labels of one source are one source of twenty
    source = np.where(np.arange(6000) % 6 == 0, 0, 1 + np.arange(6000) % 19).astype(object)
    strayed = np.where((source == 0)[:, None], np.roll(observed, 1, 0), observed)
    fold = np.arange(6000) % 2
    row = next(
        row
        for row in conformal.coverage_rows(shares, concentration, strayed, names(4), fold, source)
        if row["level"] == 0.8
    )
    assert row["mean"] == pytest.approx(0.8, abs=0.05)


def test_levels_that_a_fold_cannot_hold_are_not_told():
    shares, observed = labels(np.random.default_rng(0), 24)
    fold = np.arange(24) % 2  # the other fold has 12 sources
    rows = conformal.coverage_rows(shares, np.full(24, PRECISION), observed, names(4), fold, own_sources(24))
    assert [row["level"] for row in rows if row["mean"] is None] == [0.95]


def test_a_card_keeps_bands_without_a_bound():
    found = fit(*labels(np.random.default_rng(0), 10))
    known = CalibrationInfo(conformal=found.marginal, joint=found.joint)
    text = json.dumps({"conformal": known.conformal, "joint": known.joint}, allow_nan=False)
    again = CalibrationInfo.from_json(json.loads(text))
    assert math.isinf(conformal.half_width(again.joint, 0.95))
    assert conformal.half_width(again.conformal["c0"], 0.9) == conformal.half_width(found.marginal["c0"], 0.9)
    old = CalibrationInfo.from_json({"factors": {}, "conformal": {"c0": [0.1 * i for i in range(99)]}})
    assert old.joint == [] and old.mean.power == 1 and conformal.half_width(old.conformal["c0"], 0.9) == 0.1 * 89
