"""Sample sizes by stratum, and draws of cells: formulas of textbooks, and the same draw from any tile."""

import numpy as np
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.surveys.allocation import Strata, allocate, size_for
from regionwise.core.surveys.cell_draw import CellDraw


def strata(cells, expected):
    cells = np.array(cells)
    return Strata(tuple("abcdef"[: len(cells)]), cells, cells * 900.0, np.array(expected, float))


THREE = strata([1000, 3000, 6000], [0.5, 0.8, 0.9])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("proportional", [20, 60, 120]), ("equal", [67, 67, 66]), ("mixed", [43, 63, 94]), ("neyman", [29, 69, 102])],
)
def test_rules(rule, expected):
    counts = allocate(THREE, 200, rule, 2)
    assert counts.sum() == 200
    assert np.abs(counts - expected).max() <= 1


def test_neyman_is_by_area_times_spread():
    counts = allocate(THREE, 20_000 // 4, "neyman", 2)
    wanted = THREE.weight * THREE.spread
    assert counts / counts.sum() == pytest.approx(wanted / wanted.sum(), abs=0.001)


def test_small_strata_get_their_least_and_none_gets_more_than_it_has():
    assert allocate(strata([5, 100, 10_000], [0.5] * 3), 60, "proportional", 10).tolist() == [5, 10, 45]
    assert allocate(strata([5, 8], [0.5] * 2), 100, "equal", 2).tolist() == [5, 8]


def test_no_more_is_drawn_than_was_asked_for():
    """A stratum that could give all of its cells, and others that must give their least."""
    uneven = Strata(("a", "b", "c"), np.array([26, 1000, 1000]), np.array([0.9, 0.05, 0.05]), np.full(3, 0.5))
    assert allocate(uneven, 30, "proportional", 10).tolist() == [10, 10, 10]
    assert allocate(uneven, 40, "proportional", 10).tolist() == [20, 10, 10]


def test_a_sample_that_is_too_small_for_its_strata_is_refused():
    with pytest.raises(RegionwiseError, match="cannot hold 10 units of each of 3 strata"):
        allocate(THREE, 20, "equal", 10)


def test_the_size_follows_from_the_precision():
    """Cochran 1977, 5.25: of a large population, proportional, n is the mean variance over that of the answer."""
    large = strata([10**7, 3 * 10**7, 6 * 10**7], [0.5, 0.8, 0.9])
    size = size_for(large, 0.03, 0.95, "proportional", 2)
    variance = float(large.weight @ large.spread**2)
    assert size == pytest.approx(variance / (0.03 / 1.959964) ** 2, abs=2)
    assert large.standard_error(allocate(large, size, "proportional", 2)) * 1.96 <= 0.03 * 1.001
    assert large.standard_error(allocate(large, size - 3, "proportional", 2)) * 1.96 > 0.03


def test_all_cells_leave_no_error():
    assert THREE.standard_error(THREE.cells) == 0


def draw(order, counts=(3, 20), seed=1):
    stratum = (np.arange(1000) % 10 > 2).astype(np.int64)
    drawn = CellDraw(counts, seed)
    for part in order:
        drawn.add(stratum[part], np.arange(1000)[part])
    return drawn.drawn()


def test_a_draw_is_the_same_from_any_tiles():
    whole = draw([slice(0, 1000)])
    parts = draw([slice(600, 1000), slice(0, 7), slice(7, 600)])
    assert whole[0].tolist() == parts[0].tolist()
    assert whole[1].tolist() == parts[1].tolist()
    assert np.bincount(whole[0]).tolist() == [3, 20]
    assert len(set(whole[1].tolist())) == 23
    assert draw([slice(0, 1000)], seed=2)[1].tolist() != whole[1].tolist()


def test_each_cell_has_the_same_chance():
    """Of 4,000 draws of 10 in 50; the largest of 50 counts is above 5 deviations in one of 30,000 tries."""
    counts = np.zeros(50)
    for seed in range(4000):
        drawn = CellDraw([10], seed)
        drawn.add(np.zeros(50, np.int64), np.arange(50))
        counts[drawn.drawn()[1]] += 1
    assert np.abs(counts - 800).max() < 5 * np.sqrt(4000 * 0.2 * 0.8)


def test_the_order_of_visits_is_a_draw_of_all_strata():
    stratum, _ = draw([slice(0, 1000)], counts=(200, 200))
    assert 70 < stratum[:200].sum() < 130


def test_cells_of_no_stratum_are_not_drawn():
    drawn = CellDraw([5], 0)
    drawn.add(np.where(np.arange(100) < 10, 0, -1), np.arange(100))
    assert drawn.drawn()[1].max() < 10
