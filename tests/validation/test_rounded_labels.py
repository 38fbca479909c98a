"""Rounded labels are told from broadcast ones: rates over simulated worlds, and labels that everybody knows."""

import geopandas as gpd
import numpy as np
from label_fields import broadcast, measured
from regionwise.core.data.vector.samples import Samples
from regionwise.core.validation.repeated_labels import BROADCAST, repeated_labels

MEASURED = ("exact", 0.01, 0.05, 0.1, 0.2, "two decimals", "5", "10", "20", "counts")
VILLAGES = ("exact", 0.01, 0.05, 0.1, "two decimals", "counts")
WORLDS = 40  # of each kind


def samples_of(xy, shares, **changes):
    n = len(xy)
    values = {
        "geometry": gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs="EPSG:32648"), "xy": xy, "shares": shares,
        "components": tuple(f"c{i}" for i in range(shares.shape[1])),
        "group": np.array([f"row {i}" for i in range(n)], object), "weight": np.ones(n),
        "augmented": np.zeros(n, bool), "row": np.arange(1, n + 1), "notices": (),
    }  # fmt: skip
    return Samples(**(values | changes))


def refused(world, kind, seeds):
    """Return the share of worlds whose labels are taken for broadcast."""
    found = []
    for seed in seeds:
        xy, shares = world(np.random.default_rng(seed), kind)
        found.append(repeated_labels(samples_of(xy, shares), xy).origin == BROADCAST)
    return np.mean(found)


def test_rounded_labels_of_smooth_fields_are_rarely_refused():
    rates = [refused(measured, kind, range(WORLDS)) for kind in MEASURED]
    assert np.mean(rates) < 0.02  # about 1 % of 8,000 worlds
    assert max(rates) <= 0.1


def test_labels_of_villages_are_found():
    rates = dict(zip(VILLAGES, (refused(broadcast, kind, range(WORLDS)) for kind in VILLAGES), strict=True))
    assert rates["exact"] == 1
    assert min(rates[0.01], rates["two decimals"]) > 0.9
    assert np.mean(list(rates.values())) > 0.8
