"""Paired tests: textbook numbers, slow formulas beside fast ones, and what copies of samples must not change."""

import numpy as np
import pytest
from regionwise.core.targets.unit_auc import jackknifed_auc
from regionwise.core.tools.evaluation.paired_tests import delong, mcnemar
from scipy.stats import binom, chi2


def alone(count):
    return np.arange(count).astype(str).astype(object)


def right(both, only_first, only_second, neither):
    first = np.repeat([True, True, False, False], [both, only_first, only_second, neither])
    second = np.repeat([True, False, True, False], [both, only_first, only_second, neither])
    return first, second, alone(len(first))


def test_mcnemar_of_a_textbook():
    """Agresti 2002, Categorical Data Analysis, table 10.1: z = (150 - 86) / sqrt(150 + 86) = 4.17, squared 17.36."""
    found = mcnemar(*right(794, 150, 86, 570))
    assert (found.only_first, found.only_second) == (150, 86)
    assert found.p == pytest.approx(chi2.sf(17.3559, 1), rel=1e-3)


def test_few_discordant_samples_have_the_exact_test():
    assert mcnemar(*right(50, 8, 2, 10)).p == pytest.approx(2 * binom.cdf(2, 10, 0.5))
    assert mcnemar(*right(50, 5, 5, 10)).p == 1
    assert mcnemar(*right(50, 0, 0, 10)).p == 1


def test_copies_of_samples_prove_nothing():
    first, second, unit = right(40, 30, 15, 15)
    once = mcnemar(first, second, unit).p
    copies = mcnemar(np.repeat(first, 9), np.repeat(second, 9), np.repeat(unit, 9)).p
    assert copies == pytest.approx(once)
    assert mcnemar(np.repeat(first, 9), np.repeat(second, 9), alone(900)).p < 1e-6


def events(count, seed, gain):
    rng = np.random.default_rng(seed)
    truth = (rng.random(count) < 0.4).astype(float)
    common = rng.normal(size=count)
    first = truth + common + rng.normal(size=count) / gain
    second = truth + common + rng.normal(size=count) * 0.8
    return truth, np.round(first, 1), np.round(second, 1)


def slow_delong(truth, first, second):
    """The published formula, pair by pair."""

    def psi(score):
        x, y = score[truth > 0], score[truth == 0]
        pairs = (x[:, None] > y) + 0.5 * (x[:, None] == y)
        return pairs.mean(1), pairs.mean(0)

    (v10, v01), (w10, w01) = psi(first), psi(second)
    value = v10.mean() - w10.mean()
    return value, np.sqrt((v10 - w10).var(ddof=1) / len(v10) + (v01 - w01).var(ddof=1) / len(v01))


@pytest.mark.parametrize("gain", [0.5, 3.0])
def test_delong_is_the_published_formula(gain):
    truth, first, second = events(120, 1, gain)
    found = delong(truth, first, second, alone(120))
    value, deviation = slow_delong(truth, first, second)
    assert (found.difference, found.deviation) == (pytest.approx(value), pytest.approx(deviation))


def test_delong_agrees_with_the_jackknife():
    truth, first, second = events(400, 2, 3.0)
    unit = (np.arange(400) // 5).astype(str).astype(object)
    weight = np.ones(400)
    found = delong(truth, first, second, unit)
    paired = jackknifed_auc(truth, first, unit, weight).minus(jackknifed_auc(truth, second, unit, weight))
    assert found.difference == pytest.approx(paired.score)
    count = len(paired.without)
    assert found.deviation == pytest.approx(np.sqrt((count - 1) * paired.without.var()), rel=0.03)


def test_copies_of_events_prove_nothing():
    truth, first, second = events(100, 3, 3.0)
    unit = alone(100)
    once = delong(truth, first, second, unit)
    copies = delong(*(np.repeat(values, 6) for values in (truth, first, second, unit)))
    assert copies.deviation == pytest.approx(once.deviation, rel=0.02)


def test_what_cannot_be_tested():
    assert np.isnan(delong(np.ones(5), np.arange(5.0), np.arange(5.0), alone(5)).p)
    truth, first, _ = events(50, 4, 1.0)
    assert delong(truth, first, first, alone(50)).p == 1
