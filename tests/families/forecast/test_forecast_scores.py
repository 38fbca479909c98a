"""Bounds of the errors and skills of forecasts: years and places are drawn, and few years tell none."""

import numpy as np
import pytest
from regionwise.core.families.forecast.forecast_scores import SUMS, ScoredCells, scores_of, skill_sentence
from regionwise.core.families.forecast.year_intervals import Bounds, error_bounds, skill_bounds, variance_of_sum

RNG = np.random.default_rng
BLOCKS, CELLS = 12, 6


def errors_of(rng, years, shared):
    """Return errors of variance 1, of which all cells of a year share so much, shape (year, block, cell)."""
    of_year, of_block = rng.normal(size=(years, 1, 1)), rng.normal(size=(years, BLOCKS, 1))
    of_cell = rng.normal(size=(years, BLOCKS, CELLS))
    return np.sqrt(shared) * of_year + np.sqrt((1 - shared) / 2) * (of_block + of_cell)


def bounds_of(errors, lead=1):
    """Return the bounds of the root of their mean square."""
    count = np.full(errors.shape[:2], errors.shape[2], float)
    return error_bounds((errors**2).sum(2), errors.sum(2), count, lead)


@pytest.mark.parametrize("shared", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("years", [5, 10])
def test_bounds_of_an_error_hold_it_though_cells_of_a_year_err_together(years, shared):
    rng = RNG(years)
    found = [bounds_of(errors_of(rng, years, shared)) for _ in range(500)]
    assert 0.83 < np.mean([each.low <= 1 <= each.high for each in found]) < 0.97


def test_bounds_of_a_skill_hold_it_and_draw_both_models_together():
    rng, held, widths = RNG(0), [], []
    for _ in range(500):
        reference = errors_of(rng, 8, 0.7)
        model = 0.8 * reference + 0.3 * errors_of(rng, 8, 0.2)
        ours, theirs = ((errors**2).sum(2) for errors in (model, reference))
        found = skill_bounds(ours, theirs)
        held.append(found.low <= 1 - (0.64 + 0.09) <= found.high)
        widths.append((found.high - found.low, skill_bounds(rng.permutation(ours), theirs)))
    assert 0.85 < np.mean(held) < 0.97
    apart = [other.high - other.low for _, other in widths]
    assert np.mean([width for width, _ in widths]) < 0.5 * np.mean(apart)


def test_bounds_are_wider_further_ahead_and_where_years_are_fewer():
    errors = errors_of(RNG(0), 12, 0.5)
    widths = [each.high - each.low for each in (bounds_of(errors), bounds_of(errors, 3), bounds_of(errors[:4]))]
    assert widths[0] < widths[1] and widths[0] < widths[2]


def test_two_years_tell_no_bounds():
    errors = errors_of(RNG(0), 2, 0.5)
    assert bounds_of(errors).low is None
    squared = (errors**2).sum(2)
    assert skill_bounds(squared, squared).high is None
    missing = np.concatenate([errors, errors[:1]])
    count = np.array([[CELLS], [CELLS], [0]]) * np.ones(BLOCKS)
    assert error_bounds((missing**2).sum(2), missing.sum(2), count).low is None


def test_the_variance_of_a_sum_is_that_of_years_and_of_places():
    rng, years, blocks = RNG(0), 300, 200
    of_years, of_blocks = rng.normal(0, 2, (years, 1)), rng.normal(0, 3, (1, blocks))
    table = of_years + of_blocks + rng.normal(0, 1, (years, blocks))
    variance, freedom = variance_of_sum(table - table.mean())
    exact = (4 / years + 9 / blocks) * (years * blocks) ** 2
    assert variance == pytest.approx(exact, rel=0.15) and freedom == blocks - 1
    few = rng.normal(0, 1, (6, 4))
    of_rows = (few - few.mean()).sum(1)
    assert variance_of_sum(few - few.mean()) == (pytest.approx(6 / 5 * (of_rows**2).sum()), 5)


def test_scores_tell_crps_and_coverage_of_the_years_that_have_quantiles():
    truth, mean = np.zeros(8), np.ones(8)
    bounds = np.stack([mean - 2, mean + 2])
    years = []
    for quantiles in (np.full((2, 8), np.nan), bounds):
        cells = ScoredCells(
            truth, mean, np.concatenate([mean[None], quantiles]), {"simple": 2 * mean}, np.zeros(8, int)
        )
        years.append(cells.sums(1, (0.1, 0.9)))
    row = scores_of(np.stack(years), ["simple"])
    alone = scores_of(np.stack(years[1:]), ["simple"])
    assert row["n"] == 16 and row["coverage"] == 1 and row["crps"] == pytest.approx(alone["crps"]) and row["crps"] > 0
    assert row["skill_simple"] == pytest.approx(0.75) and row["skill_simple_low"] is None
    assert scores_of(np.stack(years[:1]), ["simple"])["coverage"] is None
    cells = ScoredCells(truth, mean, mean[None], {}, np.zeros(8, int))
    without = scores_of(cells.sums(1)[None], [])
    assert without["crps"] is None and without["coverage"] is None
    assert cells.sums(1).shape == (1, len(SUMS))


def test_words_say_what_bounds_say():
    assert skill_sentence(Bounds(0.2, 0.1, 0.3), "persistence", 0.5).endswith("0.200 [0.100, 0.300]: better")
    assert skill_sentence(Bounds(0.2, -0.1, 0.3), "persistence", 0.5).endswith(": no clear difference")
    assert skill_sentence(Bounds(-0.2, -0.3, -0.1), "persistence", 0.5).endswith(": worse")
    assert "may be chance" in skill_sentence(Bounds(0.2), "persistence", 0.5)
