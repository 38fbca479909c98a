"""Simulated labels with known truth: smooth fields of shares, rounded in several ways, or broadcast from villages."""

import numpy as np
from scipy.spatial import cKDTree

WAVES = 200
SETTINGS = ((80, 200, 500), (2, 3, 4, 6), (0.05, 0.15, 0.4), (1, 2, 4))  # samples, components, scale, strength


def smooth(rng, scale, components, strength):
    """Return a function that gives shares at places: softmax of smooth random fields of a correlation length."""
    waves = rng.normal(0, 1 / scale, (components, WAVES, 2))
    phases, offsets = rng.uniform(0, 2 * np.pi, (components, WAVES)), rng.normal(0, 0.7, components)

    def shares(xy):
        fields = np.cos(np.einsum("nd,cwd->ncw", xy, waves) + phases).sum(2) * np.sqrt(2 / WAVES)
        odds = np.exp(strength * fields + offsets)
        return odds / odds.sum(1, keepdims=True)

    return shares


def rounded(shares, kind, rng):
    """Return shares as written down: exact; 0.1 (of sum 1); 'two decimals', then closed; or counts of so many."""
    if kind == "exact":
        return shares
    if kind == "two decimals":
        short = np.round(shares, 2)
        return short / short.sum(1, keepdims=True)
    if isinstance(kind, float):
        return _largest_remainder(shares, round(1 / kind))
    numbers = rng.integers(5, 21, len(shares)) if kind == "counts" else np.full(len(shares), int(kind))
    return np.array([rng.multinomial(n, row / row.sum()) / n for row, n in zip(shares, numbers, strict=True)])


def _largest_remainder(shares, parts):
    scaled = shares * parts
    floor = np.floor(scaled)
    rank = np.argsort(np.argsort(floor - scaled, 1), 1)
    return (floor + (rank < np.rint(parts - floor.sum(1))[:, None])) / parts


def places_of(rng, count, huddled):
    """Return places in the unit square, anywhere or around few centres."""
    if not huddled:
        return rng.uniform(0, 1, (count, 2))
    centres = rng.uniform(0, 1, (max(count // 20, 4), 2))
    return centres[rng.integers(0, len(centres), count)] + rng.normal(0, 0.02, (count, 2))


def measured(rng, kind):
    """Return places and labels of samples, each measured where it lies; half of the worlds with noise."""
    count, components, scale, strength = (rng.choice(values) for values in SETTINGS)
    xy = places_of(rng, count, rng.random() < 0.5)
    shares = smooth(rng, scale, components, strength)(xy)
    if rng.random() < 0.5:
        shares = np.array([rng.dirichlet(np.maximum(30 * row, 1e-3)) for row in shares])
    return xy, rounded(shares, kind, rng)


def broadcast(rng, kind):
    """Return places and labels of samples that all bear those of their village, of 5 to 50 samples."""
    count, components, scale, strength, size = (rng.choice(values) for values in (*SETTINGS, (5, 10, 20, 50)))
    centres = rng.uniform(0, 1, (max(count // size, 3), 2))
    labels = rounded(smooth(rng, scale, components, strength)(centres), kind, rng)
    if rng.random() < 0.5:
        xy = rng.uniform(0, 1, (count, 2))
        village = cKDTree(centres).query(xy)[1]
    else:
        village = rng.integers(0, len(centres), count)
        xy = centres[village] + rng.normal(0, 0.01, (count, 2))
    return xy, labels[village]
