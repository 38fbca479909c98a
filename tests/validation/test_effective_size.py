"""Effective size: what correlations of neighbours are worth."""

import numpy as np
import pytest
from regionwise.core.tools.evaluation.correlations import FEWEST_INDEPENDENT, correlation_rows, untold
from regionwise.core.tools.evaluation.map_units import Units
from regionwise.core.tools.simulation.random_fields import ilr_inverse, random_field
from regionwise.core.validation import effective_size as module
from regionwise.core.validation.effective_size import PairStrata, correlation_p, distance_classes, effective_size
from scipy.stats import pearsonr

SIZE = 128
APART = np.array([f"unit {i}" for i in range(5000)], object)


def even_places(count):
    return np.random.default_rng(count).uniform(0, 1000, (count, 2))


def test_independent_places_count_all_and_p_is_the_usual_one():
    rng, places = np.random.default_rng(0), even_places(150)
    strata = PairStrata.of(places, APART[:150])
    sizes = [effective_size(*rng.normal(size=(2, 150)), strata) for _ in range(40)]
    assert np.median(sizes) > 0.9 * 150
    assert max(sizes) <= 150
    x, y = rng.normal(size=(2, 150))
    assert correlation_p(np.corrcoef(x, y)[0, 1], 150) == pytest.approx(pearsonr(x, y).pvalue)
    assert correlation_p(0.9, 2) == 1  # nothing is known of two places


def test_copies_within_a_group_count_once():
    rng, count, copies = np.random.default_rng(1), 30, 8
    places, group = even_places(count * copies), np.repeat(np.arange(count), copies).astype(str).astype(object)
    x, y = np.repeat(rng.normal(size=(2, count)), copies, 1)  # groups lie anywhere: distances tell nothing
    known, unknown = (effective_size(x, y, PairStrata.of(places, names)) for names in (group, APART[: len(places)]))
    assert known == pytest.approx(count, rel=0.15)
    assert unknown > 3 * known


def test_classes_hold_enough_pairs_and_near_ones_are_narrow_where_places_cluster():
    distance = np.concatenate([np.linspace(0, 1, 2000), np.linspace(100, 101, 2000)])
    number = distance_classes(distance)
    assert np.bincount(number).min() >= module.FEWEST_PAIRS
    assert (np.diff(number) >= 0).all()
    assert number[1000] >= 3  # equally wide classes would put all near pairs into one
    assert distance_classes(np.arange(5.0)).max() == 0


def test_many_places_are_judged_by_some(monkeypatch):
    rng = np.random.default_rng(2)
    field, other = random_field(SIZE, 20, rng), random_field(SIZE, 20, rng)
    cells = rng.permutation(SIZE**2)[:1500]
    places = np.stack([cells // SIZE, cells % SIZE], 1).astype(float)
    x, y = field.ravel()[cells], other.ravel()[cells]
    whole = effective_size(x, y, PairStrata.of(places, APART[:1500]))
    monkeypatch.setattr(module, "MOST_PLACES", 400)
    assert effective_size(x, y, PairStrata.of(places, APART[:1500])) == pytest.approx(whole, rel=0.35)
    assert whole < 150


def stars(rng, reach, count, level="unit"):
    """Return the rows of unrelated smooth fields, and of one that depends on the first share."""
    fields = [random_field(SIZE, reach, rng) for _ in range(3)]
    shares = ilr_inverse(np.stack(fields, -1)).reshape(-1, 4)
    others = np.stack([random_field(SIZE, reach, rng).ravel() for _ in range(3)], 1)
    cells = rng.permutation(SIZE**2)[:count]
    related = 0.8 * (shares[:, :1] - shares[:, :1].mean()) / shares[:, 0].std() + 0.6 * others[:, :1]
    places = 30.0 * np.stack([cells // SIZE, cells % SIZE], 1)
    empty = np.empty((count, 0))
    rows = []
    for numbers in (others, related):
        units = Units(level, shares[cells], empty, numbers[cells], APART[:count], places)
        rows.append(correlation_rows(units, "abcd", [f"i{j}" for j in range(numbers.shape[1])]))
    return rows


def test_unrelated_smooth_fields_bear_no_star_and_related_ones_do():
    rng, false, naive, true, worlds = np.random.default_rng(3), 0, 0, 0, 0
    for reach, count in ((10, 150), (25, 100), (50, 60)):
        for _ in range(24):
            unrelated, related = stars(rng, reach, count)
            worlds += 1
            false += any(row["significant"] for row in unrelated)
            naive += any(correlation_p(row["r"], row["n"]) < 0.05 / len(unrelated) for row in unrelated)
            true += next(row["significant"] for row in related if row["component"] == "a")
    assert false <= 0.06 * worlds
    assert naive > 0.4 * worlds  # counting every unit, even a strict correction stars them
    assert true > 0.85 * worlds


def test_few_units_and_long_fields_bear_no_more_stars():
    rng, false, worlds, cells = np.random.default_rng(4), 0, 0, ((50, 12), (100, 12), (100, 20), (100, 50))
    for reach, count in cells:
        for _ in range(50):
            worlds += 1
            false += any(row["significant"] for row in stars(rng, reach, count)[0])
    assert false <= 0.06 * worlds


def test_too_few_units_bear_no_star_and_it_is_said():
    rng = np.random.default_rng(5)
    for count, told in ((11, False), (12, True)):
        places, x = even_places(count), rng.normal(size=(count, 1))
        units = Units("county", x, np.empty((count, 0)), x + 1e-3 * rng.normal(size=(count, 1)), APART[:count], places)
        rows = correlation_rows(units, ["a"], ["i"])
        assert rows[0]["r"] > 0.99 and rows[0]["p_corrected"] < 0.05
        assert rows[0]["told"] == rows[0]["significant"] == told
        assert ("county: 1 of 1 correlations bear no star" in untold(rows, "county")) != told
    assert untold(rows, "unit") == ""


def test_units_of_few_groups_are_too_few_independent_ones():
    rng, names = np.random.default_rng(6), np.repeat(np.arange(4), 10).astype(str).astype(object)
    x = np.repeat(rng.normal(size=(4, 1)), 10, 0)
    places = even_places(40)
    rows = correlation_rows(Units("unit", x, np.empty((40, 0)), 2 * x, names, places), ["a"], ["i"])
    assert rows[0]["n"] == 40 and rows[0]["n_eff"] < FEWEST_INDEPENDENT
    assert not rows[0]["told"] and not rows[0]["significant"]
