"""Rounded labels are told from broadcast ones: rates over simulated worlds, and labels that everybody knows."""

import os
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pytest
from label_fields import broadcast, measured
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.vector.samples import Samples
from regionwise.core.validation.audit import audit_samples, check_repeated
from regionwise.core.validation.repeated_labels import (
    BROADCAST,
    near_if_rounded,
    places_of_a_label,
    repeated_labels,
)
from regionwise.core.validation.rounded_shares import parts_of, rounding_steps
from support import ROOT

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


@pytest.mark.parametrize(
    ("shares", "parts"),
    [
        ([0.5, 0.5, 0.0], 2), ([0.3, 0.3, 0.4], 10), ([0.37, 0.21, 0.42], 100), ([1 / 3, 2 / 3, 0.0], 3),
        ([0.3333, 0.6667, 0.0], 3), (np.array([0.33, 0.33, 0.35]) / 1.01, 101), ([5 / 17, 9 / 17, 3 / 17], 17),
        ([0.333, 0.141, 0.526], 1000), ([0.31234, 0.2, 0.48766], np.inf),
    ],
)  # fmt: skip
def test_labels_are_known_by_the_parts_that_they_consist_of(shares, parts):
    assert parts_of(np.array([shares]))[0] == parts


def test_rounding_steps_are_those_of_nearly_all_and_none_of_exact_labels():
    rng = np.random.default_rng(0)
    exact = rng.dirichlet(np.ones(3), 400)
    pure = np.eye(3)[rng.integers(0, 3, 100)]
    steps = np.rint(exact / 0.05)
    rounded = steps / steps.sum(1, keepdims=True)
    assert not rounding_steps(np.concatenate([exact, pure])).any()
    found = rounding_steps(np.concatenate([rounded, pure, exact[:50]]))
    np.testing.assert_allclose(found[:500], 0.05, atol=0.003)
    assert not found[500:].any()
    assert not rounding_steps(pure).any()


@pytest.mark.parametrize("spread", [0.2, 0.6, 1.5, 10.0])
def test_the_pairs_one_step_apart_are_those_of_rounded_differences(spread):
    rng = np.random.default_rng(0)
    one = rng.uniform(0, 1000, 400_000)
    steps = np.abs(np.rint(one) - np.rint(one + rng.laplace(0, spread, len(one))))
    assert near_if_rounded((steps == 0).mean()) == pytest.approx((steps == 1).mean(), abs=4e-3)
    normal = np.abs(np.rint(one) - np.rint(one + rng.normal(0, spread, len(one))))
    assert near_if_rounded((normal == 0).mean()) < (normal == 1).mean() + 2e-3  # which fall off faster have more


def test_rounded_labels_of_smooth_fields_are_rarely_refused():
    rates = [refused(measured, kind, range(WORLDS)) for kind in MEASURED]
    assert np.mean(rates) < 0.02  # about 1 % of 8,000 worlds
    assert max(rates) <= 0.1


def test_labels_of_villages_are_found():
    rates = dict(zip(VILLAGES, (refused(broadcast, kind, range(WORLDS)) for kind in VILLAGES), strict=True))
    assert rates["exact"] == 1
    assert min(rates[0.01], rates["two decimals"]) > 0.9
    assert np.mean(list(rates.values())) > 0.8


@pytest.fixture
def rounded_world():
    return measured(np.random.default_rng(4), 0.1)


@pytest.fixture
def villages():
    return broadcast(np.random.default_rng(0), "exact")


def audit_of(samples, placed=True):
    places = samples.xy if placed else None
    return audit_samples(samples, places, np.random.default_rng(0).uniform(0, 1, (500, 2))), places


def test_rounded_labels_train_without_a_source_field_and_the_audit_says_why_they_repeat(rounded_world):
    samples = samples_of(*rounded_world)
    audit, places = audit_of(samples)
    assert audit.repeated > 0.4 and not audit.broadcast
    (finding,) = (f for f in audit.findings if f.check == "repeated labels")
    assert not finding.problem and "labels are rounded to steps of about 0.1, or counts of few" in finding.text
    for whole in (True, False):
        check_repeated(audit, samples, places, whole_groups=whole, allowed=False)


def test_broadcast_labels_are_refused_with_the_remedy_unless_they_are_allowed(villages):
    samples = samples_of(*villages)
    audit, places = audit_of(samples)
    (finding,) = (f for f in audit.problems() if f.check == "repeated labels")
    assert "broadcast from larger units, which the source field should name" in finding.text
    with pytest.raises(RegionwiseError, match="more than rounding explains(?s:.*)Name the field of these units as sou"):
        check_repeated(audit, samples, places, whole_groups=True, allowed=False)
    check_repeated(audit, samples, places, whole_groups=True, allowed=True)


def test_labels_to_the_last_digit_are_found_without_places_and_far_apart(villages):
    xy, shares = villages
    assert audit_of(samples_of(xy, shares), placed=False)[0].broadcast
    dealt = np.random.default_rng(1).permutation(len(xy))
    assert audit_of(samples_of(xy[dealt], shares))[0].broadcast


def test_villages_that_are_named_are_whole_in_folds_but_in_random_ones(villages):
    xy, shares = villages
    unit = np.unique(shares, axis=0, return_inverse=True)[1].ravel()
    samples = samples_of(xy, shares, group=np.array([f"v{i}" for i in unit], object))
    audit, places = audit_of(samples)
    assert audit.repeated == 0
    check_repeated(audit, samples, places, whole_groups=True, allowed=False)
    with pytest.raises(RegionwiseError, match="choose another validation than random"):
        check_repeated(audit, samples, places, whole_groups=False, allowed=False)


def test_it_is_counted_how_many_places_share_the_label_of_their_unit(villages):
    xy, shares = villages
    _, unit, count = np.unique(shares, axis=0, return_inverse=True, return_counts=True)
    unit, middle = unit.ravel(), np.median(count[unit.ravel()])
    village = np.array([f"v{i}" for i in unit], object)
    named = samples_of(xy, shares, group=village)
    assert middle > 1 and places_of_a_label(named, broadcast=False) == middle
    assert places_of_a_label(samples_of(xy, shares), broadcast=True) == middle  # units that nobody named
    at_one_place = samples_of(np.stack([unit, unit], 1).astype(float), shares, group=village)
    assert places_of_a_label(at_one_place, broadcast=False) == 1  # several dates of a place
    pure = np.eye(3)[unit % 3]
    assert places_of_a_label(samples_of(xy, pure, group=village), broadcast=False) == 1  # true of each place
    each = np.random.default_rng(1).dirichlet(np.ones(3), len(xy))
    assert places_of_a_label(samples_of(xy, each, group=village), broadcast=False) == 1


def test_pure_pixels_never_count_and_few_or_placeless_rounded_labels_are_told_not_refused():
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 1, (200, 2))
    pure = np.eye(3)[rng.integers(0, 3, 200)]
    assert audit_of(samples_of(xy, pure))[0].findings == []
    few = np.where(np.arange(200)[:, None] < 20, [0.5, 0.5, 0.0], pure)
    for samples, placed in ((samples_of(xy, few), True), (samples_of(*measured(np.random.default_rng(4), 0.1)), False)):
        audit, places = audit_of(samples, placed)
        (finding,) = (f for f in audit.findings if f.check == "repeated labels")
        assert "too few to tell" in finding.text and not finding.problem and not audit.broadcast
        check_repeated(audit, samples, places, whole_groups=True, allowed=False)


FLUSHED = """
import torch
from test_rounded_labels import measured, refused
torch.set_flush_denormal(True)  # as a network does that trains in this process
for kind in ("exact", 0.01):
    refused(measured, kind, range(20))
print("done")
"""


def test_shares_of_0_do_no_harm_where_the_processor_flushes_small_numbers():
    folders = [ROOT / "_alias", ROOT / "tests" / "support", ROOT / "tests" / "validation"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run([sys.executable, "-c", FLUSHED], env=environment, capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "done", run.stderr[-2000:]
