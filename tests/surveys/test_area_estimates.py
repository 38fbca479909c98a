"""Areas and accuracies from probability samples: published examples, and what must hold whatever the sample."""

import numpy as np
import pytest
from regionwise.core.surveys.area_estimates import AreaEstimates, Domain, indicator, merged_groups
from regionwise.core.surveys.drawn_sample import DrawnSample, Estimate, total_of
from regionwise.core.surveys.map_accuracy import MapAccuracy
from scipy.special import betaincinv, stdtrit

# Olofsson et al. 2014, section 4: rows are the map, columns the reference; cells of 30 m
COUNTS = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
HECTARES = np.array([200_000, 150_000, 3_200_000, 6_450_000]) * 0.09


def olofsson():
    mapped = np.repeat(np.arange(4), COUNTS.sum(1))
    observed = np.concatenate([np.repeat(np.arange(4), row) for row in COUNTS])
    return DrawnSample.of(mapped, np.ones(len(mapped))).calibrated(mapped, HECTARES), mapped, observed


def areas_of(sample, observed, mapped, groups, assist=False):
    make = AreaEstimates.assisted if assist else AreaEstimates
    estimates = make(sample, indicator(observed, 4), indicator(mapped, 4))
    return estimates.overall(Domain(groups, groups))


def test_areas_are_those_of_the_good_practices():
    sample, mapped, observed = olofsson()
    first, *_ = areas_of(sample, observed, mapped, HECTARES)
    assert round(first.value) == 21_158
    assert round(first.half_width(0.95)) == 6_158
    low, high = first.interval(0.95, HECTARES.sum())
    assert high - first.value == pytest.approx(first.value - low)


def test_accuracies_are_those_of_the_good_practices():
    sample, mapped, observed = olofsson()
    accuracy = MapAccuracy(sample, mapped, observed, 4)
    overall = accuracy.overall()
    assert (round(overall.value, 3), round(overall.half_width(0.95), 3)) == (0.947, 0.018)
    users = [(round(a.value, 2), round(a.half_width(0.95), 2)) for a in map(accuracy.user, range(4))]
    producers = [(round(a.value, 2), round(a.half_width(0.95), 2)) for a in map(accuracy.producer, range(4))]
    assert users == [(0.88, 0.08), (0.73, 0.1), (0.93, 0.04), (0.96, 0.02)]
    assert producers == [(0.75, 0.21), (0.85, 0.25), (0.93, 0.03), (0.96, 0.02)]
    assert accuracy.counts().tolist() == COUNTS.tolist()
    assert accuracy.areas().sum(1) == pytest.approx(HECTARES)


def test_strata_that_are_not_the_classes_of_the_map():
    """Stehman 2014, section 4."""
    codes = {letter: number for number, letter in enumerate("ABCD")}
    mapped = np.array([codes[x] for x in "AAAAAAABBBABBBBBBBBBBBCCCCCCBBDDDDDDDDDD"])
    observed = np.array([codes[x] for x in "AAAAACBABCABBBBBAABBCCCCCDDBBADDDDDDDCCB"])
    stratum, sizes = np.repeat(np.arange(4), 10), np.array([40_000.0, 30_000, 20_000, 10_000])
    sample = DrawnSample.of(stratum, np.ones(40)).calibrated(stratum, sizes)
    areas = areas_of(sample, observed, mapped, sizes)
    assert [round(a.value / 1e5, 2) for a in areas] == [0.35, 0.34, 0.2, 0.11]
    assert [round(a.deviation / 1e5, 3) for a in areas] == [0.082, 0.076, 0.064, 0.031]
    accuracy = MapAccuracy(sample, mapped, observed, 4)
    overall, user, producer, cell = accuracy.overall(), accuracy.user(1), accuracy.producer(1), accuracy.cell(1, 2)
    assert (round(overall.value, 2), round(overall.deviation, 3)) == (0.63, 0.085)
    assert (round(user.value, 3), round(user.deviation, 3)) == (0.574, 0.125)
    assert (round(producer.value, 3), round(producer.deviation, 3)) == (0.794, 0.117)
    assert (round(cell.value / 1e5, 2), round(cell.deviation / 1e5, 3)) == (0.08, 0.048)


def test_a_map_whose_classes_are_the_strata_assists_no_more():
    sample, mapped, observed = olofsson()
    plain = areas_of(sample, observed, mapped, HECTARES)
    assisted = areas_of(sample, observed, mapped, HECTARES, assist=True)
    for one, other in zip(plain, assisted, strict=True):
        assert (one.value, one.deviation) == pytest.approx((other.value, other.deviation))


def simple(shares, mapped, cells):
    zero = np.zeros(len(shares), np.int64)
    sample = DrawnSample.of(zero, np.ones(len(zero))).calibrated(zero, np.array([cells]))
    return sample, AreaEstimates(sample, shares, mapped), AreaEstimates.assisted(sample, shares, mapped)


def shares_of(count, rng, error):
    truth = rng.dirichlet([1, 2, 3], count)
    mapped = truth + error * rng.normal(size=truth.shape)
    return truth, mapped / mapped.sum(1, keepdims=True)


def test_a_map_that_is_right_leaves_no_error():
    truth, _ = shares_of(1000, np.random.default_rng(0), 0)
    drawn = slice(0, 50)
    _, _, assisted = simple(truth[drawn], truth[drawn], 1000.0)
    found = assisted.overall(Domain(np.array([1000.0]), truth.sum(0)))
    assert [a.value for a in found] == pytest.approx(truth.sum(0))
    assert [a.deviation for a in found] == pytest.approx([0, 0, 0], abs=1e-6)


@pytest.mark.parametrize("error", [0.02, 0.2])
def test_shares_sum_to_the_area_and_a_map_narrows_intervals(error):
    rng = np.random.default_rng(1)
    truth, mapped = shares_of(5000, rng, error)
    drawn = rng.choice(5000, 200, replace=False)
    _, plain, assisted = simple(truth[drawn], mapped[drawn], 5000.0)
    whole = Domain(np.array([5000.0]), mapped.sum(0))
    wide, narrow = plain.overall(whole), assisted.overall(whole)
    assert sum(a.value for a in narrow) == pytest.approx(5000)
    assert sum(a.value for a in wide) == pytest.approx(5000)
    for one, other in zip(wide, narrow, strict=True):
        assert other.half_width(0.95) < (0.3 if error == 0.02 else 0.95) * one.half_width(0.95)


def test_a_map_of_noise_costs_nothing():
    rng = np.random.default_rng(2)
    truth, _ = shares_of(5000, rng, 0)
    noise = rng.dirichlet([1, 1, 1], 5000)
    _, plain, assisted = simple(truth[:200], noise[:200], 5000.0)
    whole = Domain(np.array([5000.0]), noise.sum(0))
    for one, other in zip(plain.overall(whole), assisted.overall(whole), strict=True):
        assert other.half_width(0.95) < 1.03 * one.half_width(0.95)


def test_units_of_one_primary_unit_are_no_independent_ones():
    """Copies of a sample within its primary units tell no more than the sample."""
    rng = np.random.default_rng(3)
    values, primary = rng.random(20), np.arange(20)
    once = DrawnSample.of(np.zeros(20, np.int64), np.full(20, 5.0), primary)
    copies = DrawnSample.of(np.zeros(200, np.int64), np.full(200, 0.5), np.repeat(primary, 10))
    alone = DrawnSample.of(np.zeros(200, np.int64), np.full(200, 0.5))
    one, many, wrong = (
        total_of(np.repeat(values, len(sample) // 20), sample).deviation for sample in (once, copies, alone)
    )
    assert one == pytest.approx(many)
    assert wrong < 0.4 * one
    simple_draw = DrawnSample.of(np.zeros(20, np.int64), np.full(20, 5.0))
    assert one == pytest.approx(total_of(values, simple_draw).deviation)


def test_poststrata_after_a_simple_draw_are_strata():
    _, mapped, observed = olofsson()
    drawn = DrawnSample.of(np.zeros(len(mapped), np.int64), np.full(len(mapped), HECTARES.sum() / len(mapped)))
    after = drawn.calibrated(mapped, HECTARES)
    assert after.weight.sum() == pytest.approx(HECTARES.sum())
    (late, *_), (first, *_) = areas_of(after, observed, mapped, HECTARES), areas_of(*_strata(mapped, observed))
    assert late.value == pytest.approx(first.value)
    assert late.deviation == pytest.approx(first.deviation, rel=0.01)


def _strata(mapped, observed):
    sample = DrawnSample.of(mapped, np.ones(len(mapped))).calibrated(mapped, HECTARES)
    return sample, observed, mapped, HECTARES


def test_zones_sum_to_the_whole():
    """What all units tell of strata is spread over zones; what units of a zone differ from that sums to nothing."""
    sample, mapped, observed = olofsson()
    estimates = AreaEstimates(sample, indicator(observed, 4), indicator(mapped, 4))
    whole = estimates.in_zone(np.ones(len(sample), bool), Domain(HECTARES, HECTARES))
    assert [a.value for a in whole] == pytest.approx([a.value for a in estimates.overall(Domain(HECTARES, HECTARES))])


def test_a_class_that_no_unit_has_may_still_be_there():
    zero = np.zeros(60, np.int64)
    sample = DrawnSample.of(zero, np.ones(60)).calibrated(zero, np.array([1000.0]))
    low, high = total_of(np.zeros(60), sample).interval(0.95, 1000.0)
    assert low == 0
    assert high == pytest.approx(1000 * (1 - 0.025 ** (1 / 60)))
    low, high = total_of(np.ones(60), sample).interval(0.95, 1000.0)
    assert (low, high) == (pytest.approx(1000 * 0.025 ** (1 / 60)), 1000)


def test_primary_units_that_all_lack_a_class_are_few():
    zero, primary = np.zeros(100, np.int64), np.repeat(np.arange(5), 20)
    sample = DrawnSample.of(zero, np.ones(100), primary).calibrated(zero, np.array([1000.0]))
    assert total_of(np.zeros(100), sample).interval(0.95, 1000.0) == (0, pytest.approx(1000 * (1 - 0.025**0.2)))


@pytest.mark.parametrize("value", [-10.0, 110.0])
def test_intervals_lie_in_the_whole(value):
    sample, *_ = simple(*[np.random.default_rng(0).random((50, 1))] * 2, 100.0)
    low, high = Estimate(value, np.linspace(0.4, 0.6, 50), sample).interval(0.95, 100.0)
    assert 0 <= low <= high <= 100


@pytest.mark.parametrize("apart", [False, True])
def test_few_units_of_a_zone_count_one_more_from_anywhere(apart):
    """What is rare may well be missed by ten units of a zone; the standard error is what they show."""
    rng = np.random.default_rng(4)
    values, zero, units = (rng.random(200) < 0.05).astype(float)[:, None], np.zeros(200, np.int64), np.arange(200)
    sample = DrawnSample.of(zero, np.ones(200), units if apart else None)
    sample = sample.calibrated(zero, np.array([2000.0]))
    inside = (units < 9) | (units == np.flatnonzero(values)[-1])
    domain = Domain(np.array([100.0]), np.zeros(1))
    (found,) = AreaEstimates(sample, values, np.zeros((200, 1))).in_zone(inside, domain)
    share = values[inside].mean()
    square = 100 * share * (1 - share) / 9
    assert found.deviation == pytest.approx(10 * np.sqrt(square))
    one_more = values.var() * (200 / 199 if apart else 1) * 100 / 110
    told = 10 * np.sqrt((share * (1 - share) * 10 + one_more) * 100 / 99)
    assert found.half_width(0.95) == pytest.approx(told * stdtrit(9, 0.975), rel=0.01)


def test_what_no_unit_of_a_large_stratum_shows_may_still_be_there():
    """A rare class, found where it is mapped; none of 150 units of the rest has it, so half a unit might."""
    stratum = np.repeat([0, 1], [60, 150])
    sample = DrawnSample.of(stratum, np.ones(210)).calibrated(stratum, np.array([100.0, 9900.0]))
    rare = total_of((np.arange(210) < 54).astype(float), sample)
    low, high = rare.interval(0.95, 10_000)
    assert low == pytest.approx(90 - rare.half_width(0.95))
    assert high - 90 == pytest.approx(np.hypot(rare.half_width(0.95), 1.959964 * 9900 / 151 / np.sqrt(2)))
    common = total_of((np.arange(210) >= 54).astype(float), sample)
    assert common.interval(0.95, 10_000) == pytest.approx((10_000 - high, 10_000 - low))


def test_a_rare_class_may_be_missed_where_no_unit_shows_it():
    """Of producer's accuracy; user's accuracy looks at what is mapped alone, which is known."""
    mapped = np.repeat([1, 0], [60, 150])
    observed = np.where(np.arange(210) < 54, 1, 0)
    sample = DrawnSample.of(mapped, np.ones(210)).calibrated(mapped, np.array([9900.0, 100.0]))
    accuracy = MapAccuracy(sample, mapped, observed, 2)
    producer, user = accuracy.producer(1), accuracy.user(1)
    assert (producer.value, user.value) == (1, pytest.approx(0.9))
    hidden = 1.959964 * 9900 / 151 / np.sqrt(2)
    assert producer.interval(0.95, 1)[0] < 90 / (90 + hidden)
    assert producer.interval(0.95, 1)[1] == 1
    worth = 0.09 / (user.half_width(0.95) / stdtrit(59, 0.975)) ** 2
    assert user.interval(0.95, 1) == pytest.approx(betaincinv(0.9 * worth + 0.5, 0.1 * worth + 0.5, [0.025, 0.975]))


def test_an_accuracy_has_the_bounds_of_a_binomial():
    """Of a simple draw of n units its error is worth n - 1 (Korn & Graubard 1998)."""
    zero, mapped = np.zeros(30, np.int64), np.repeat([0, 1], 15)
    sample = DrawnSample.of(zero, np.ones(30))
    user = MapAccuracy(sample, mapped, np.where(np.arange(30) < 12, 0, 1), 2).user(0)
    assert user.value == pytest.approx(0.8)
    low, high = user.interval(0.95, 1)
    assert (low, high) == pytest.approx(betaincinv(0.8 * 15 + 0.5, 0.2 * 15 + 0.5, [0.025, 0.975]), abs=0.02)


def test_groups_of_too_few_units_are_one():
    group, sizes, number = merged_groups(np.array([0, 0, 0, 1, 2, 2]), np.array([10.0, 20.0, 30.0, 40.0]))
    assert number.tolist() == [0, 1, 1, 1]  # the second and the fourth have 1 and 0, so the third, the smallest, joins
    assert sizes.tolist() == [10, 90]
    assert group.tolist() == [0, 0, 0, 1, 1, 1]
    same, _, number = merged_groups(np.array([0, 0, 1, 1]), np.array([1.0, 2.0]))
    assert number.tolist() == [0, 1]
    assert same.tolist() == [0, 0, 1, 1]


def test_intervals_hold_the_truth():
    """300 draws of 100 from known strata; a binomial with chance .95 is below .91 in one of 500 series."""
    rng = np.random.default_rng(4)
    chance, sizes = np.array([0.8, 0.1, 0.3]), np.array([100.0, 600.0, 300.0])
    stratum = np.repeat([0, 1, 2], [30, 40, 30])
    held = []
    for _ in range(300):
        sample = DrawnSample.of(stratum, np.ones(100)).calibrated(stratum, sizes)
        low, high = total_of((rng.random(100) < chance[stratum]).astype(float), sample).interval(0.95, 1000)
        held.append(low <= sizes @ chance <= high)
    assert 0.91 <= np.mean(held) <= 0.99
