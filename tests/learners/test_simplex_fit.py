"""Simplex fit: the nearest mixture of a few points, against other solvers and its own conditions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regionwise.core.learners.simplex_fit import nearest_mixtures
from scipy.optimize import minimize, nnls


def points_of(rng, count, features, condition):
    """Points whose matrix has the condition number `condition`."""
    left, _, right = np.linalg.svd(rng.normal(size=(count, features)), full_matrices=False)
    return left @ np.diag(np.geomspace(1, 1 / condition, count)) @ right


def by_nnls(signal, points):
    """The shares by non-negative least squares, with a row so heavy that their sum is 1 (Heinz & Chang 2001)."""
    heavy = 1e6
    return nnls(np.vstack([points.T, np.full(len(points), heavy)]), np.append(signal, heavy), maxiter=1000)[0]


def by_slsqp(signal, points):
    """The shares by sequential quadratic programming."""
    return minimize(
        lambda shares: ((signal - shares @ points) ** 2).sum(),
        np.full(len(points), 1 / len(points)),
        jac=lambda shares: -2 * points @ (signal - shares @ points),
        bounds=[(0, 1)] * len(points),
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 500},
    ).x


@pytest.mark.parametrize("condition", [3, 59, 1e3])
@pytest.mark.parametrize("count", [3, 6, 10])
def test_shares_are_those_of_other_solvers_also_of_points_that_are_much_alike(count, condition):
    rng = np.random.default_rng(count)
    points = points_of(rng, count, 40, condition)
    signals = rng.dirichlet(np.full(count, 0.5), 60) @ points + rng.normal(0, 0.05, (60, 40))
    found = nearest_mixtures(signals, points)
    np.testing.assert_allclose(found, [by_nnls(signal, points) for signal in signals], atol=1e-6)
    if condition == 3:  # beyond, that solver itself stops early
        np.testing.assert_allclose(found, [by_slsqp(signal, points) for signal in signals], atol=1e-6)


def test_an_exact_mixture_gives_its_shares_back():
    rng = np.random.default_rng(0)
    points = points_of(rng, 7, 30, 1e3)
    shares = rng.dirichlet(np.full(7, 0.3), 500)
    shares[:200, :3] = 0
    shares /= shares.sum(1, keepdims=True)
    np.testing.assert_allclose(nearest_mixtures(shares @ points, points), shares, atol=1e-9)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 12))
def test_nothing_on_the_simplex_lies_nearer(seed, count, features):
    """Karush, Kuhn & Tucker: towards no corner does the distance fall, also where points repeat or lie in a plane."""
    rng = np.random.default_rng(seed)
    points = rng.integers(-2, 3, (count, features)).astype(float)
    signals = rng.normal(0, 2, (30, features))
    signals[:count] = points
    shares = nearest_mixtures(signals, points)
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-12)
    residual = signals - shares @ points
    pull = residual @ points.T
    assert (pull - (shares * pull).sum(1, keepdims=True)).max() < 1e-9
    np.testing.assert_allclose(residual[:count], 0, atol=1e-9)


def test_a_signal_has_the_same_shares_alone_and_among_others():
    rng = np.random.default_rng(1)
    points = points_of(rng, 6, 30, 100)
    signals = rng.dirichlet(np.full(6, 0.5), 300) @ points + rng.normal(0, 0.05, (300, 30))
    together = nearest_mixtures(signals, points)
    parts = [nearest_mixtures(signals[start : start + 7], points) for start in range(0, 300, 7)]
    np.testing.assert_allclose(np.concatenate(parts), together, atol=1e-11)
