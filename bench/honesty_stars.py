"""Claims of the table of correlations: how often anything is starred where smooth fields have nothing in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from honesty_claims import Claim, in_worlds, mean_of
from regionwise.core.tools.evaluation.correlations import correlation_rows
from regionwise.core.tools.evaluation.map_units import Units
from regionwise.core.tools.simulation.random_fields import random_field

SIZE, BANDS, INDICATORS = 128, 4, 4
DESIGNS = {"even": (200, 0), "few": (12, 0), "clustered": (200, 20)}  # units, and centres around which they lie
RANGES = (10, 50, 100)  # of the fields, in cells
SPREAD = 4.0  # of a cluster, in cells
STRENGTH = 0.8  # of the correlation that should be starred


def star_world(design: str, length: int, seed: int, folder: Path) -> tuple[float, float]:
    """1 if anything is starred among unrelated fields, and whether a related one is."""
    rng = np.random.default_rng(seed)
    fields = np.stack([random_field(SIZE, length, rng) for _ in range(BANDS + INDICATORS + 1)], -1)
    count, centres = DESIGNS[design]
    places = rng.integers(0, SIZE, (count, 2))
    if centres:
        middle = rng.integers(0, SIZE, (centres, 2))[rng.integers(0, centres, count)]
        places = np.clip(np.rint(middle + rng.normal(0, SPREAD, (count, 2))), 0, SIZE - 1).astype(int)
    at = fields[tuple(places.T)]
    units = Units("unit", at[:, :BANDS], np.empty((count, 0)), at[:, BANDS:-1],
                  np.array([str(number) for number in range(count)], object), places.astype(float))  # fmt: skip
    names = [f"indicator {number}" for number in range(INDICATORS)]
    unrelated = correlation_rows(units, [f"band {number}" for number in range(BANDS)], names)
    related = STRENGTH * at[:, :1] + np.sqrt(1 - STRENGTH**2) * at[:, -1:]
    told = correlation_rows(Units("unit", at[:, :1], units.observed, related, units.group, units.place), ["b"], ["i"])
    return float(any(row["significant"] for row in unrelated)), float(told[0]["significant"])


def claims(worlds: int) -> list[Claim]:
    """Claims on stars, and how often a true correlation gets one, in five times as many worlds: they cost little."""
    out = []
    for design in DESIGNS:
        for length in RANGES:
            found = in_worlds(star_world, [(design, length, seed) for seed in range(1, 5 * worlds + 1)])
            any_star, power = zip(*found, strict=True)
            text = f"{design} places ({DESIGNS[design][0]}), fields of range {length} cells"
            out.append(mean_of("runs with a star among unrelated smooth fields", text, any_star, -np.inf, 0.06))
            out.append(mean_of("runs that star a correlation of .8, for comparison", text, power, -np.inf, np.inf))
    return out
