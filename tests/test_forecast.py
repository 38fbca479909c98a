"""Forecasts: the simulated law."""

import numpy as np
import pytest
from regionwise.core.simulator_forecast import ANOMALY, MEMORY, YEARS, simulate_forecast


def test_the_simulated_law_has_the_errors_of_its_closed_form():
    world = simulate_forecast(256, 0.0, 1)
    never = world.opened == 0
    values, best = world.values[:, never], world.best[:, never]
    optimum = ((values[1:] - best[1:]) ** 2).mean()
    persistence = ((values[1:] - values[:-1]) ** 2).mean()
    assert optimum == pytest.approx((1 - MEMORY**2) * ANOMALY**2, rel=0.05)
    assert persistence == pytest.approx(2 * (1 - MEMORY) * ANOMALY**2, rel=0.05)


def test_simulated_clouds_and_mines_are_where_they_are_said():
    world = simulate_forecast(128, 0.3, 2)
    assert np.isnan(world.values).mean() == pytest.approx(0.3, abs=0.01)
    last = world.values[YEARS - 1][world.opened > 0]
    assert len(last) and np.unique(last[np.isfinite(last)]).tolist() == [0.08]
    again = simulate_forecast(128, 0.3, 2)
    np.testing.assert_array_equal(world.values, again.values)
