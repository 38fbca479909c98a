"""Events among samples that were drawn within strata: what is learned is how common they are in the area."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from regionwise.core.data.patches.footprint_cells import FootprintCells
from regionwise.core.families.susceptibility.factor_baselines import regression
from regionwise.core.features.footprint_features import FootprintFeatures
from regionwise.core.learners import tree_fits, tree_learner
from regionwise.core.learners.factor_learner import FactorBatches
from regionwise.core.learning.event_labels import EventLabels
from regionwise.core.validation.splits import Split
from scipy.special import expit

SIZES = np.array([40.0, 4.0])  # cells that a negative stands for, on flat and on steep ground


@pytest.fixture(scope="module")
def area():
    """Places of an area, its samples with label and offset, and the log odds that samples of all ground would have."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (60_000, 2)).astype(np.float32)
    logit = -3.5 + x[:, 0] + 0.5 * x[:, 1]
    event, steep = rng.random(len(x)) < expit(logit), (x[:, 0] > 0).astype(int)
    drawn = ~event & (rng.random(len(x)) < 1 / SIZES[steep])
    rows = rng.permutation(np.flatnonzero(event | drawn))
    sizes = SIZES[steep[rows]]
    mean = sizes[~event[rows]].mean()
    return x, x[rows], event[rows].astype(float), np.log(sizes / mean), logit + np.log(mean)


def fitted(way, table, labels, places):
    if way == "regression":
        return regression(table.astype(np.float64), labels, places.astype(np.float64), 0)[:, 1]
    arrays = tree_fits.fit_events(table, labels, np.arange(len(table)), round(0.8 * len(table)), 0)
    return tree_learner.Trees(arrays, 2).answer(places)[0][:, 1]


@pytest.mark.parametrize("way", ["trees", "regression"])
def test_an_offset_brings_samples_of_strata_back_to_the_area(area, way):
    x, table, label, offset, logit = area
    places, truth = x[:5000], expit(logit[:5000])
    ones = np.ones(len(label))
    found = fitted(way, table, EventLabels(label, ones, offset, ones), places)
    flat = places[:, 0] < 0
    assert np.abs(found - truth).mean() < 0.03
    assert abs((found - truth)[flat].mean()) < 0.02 and abs((found - truth)[~flat].mean()) < 0.02
    ignored = fitted(way, table, EventLabels(label, ones, 0 * offset, ones), places)
    assert np.abs(ignored - truth).mean() > 0.05
    weighed = fitted(way, table, EventLabels(label, np.where(label > 0, 1, np.exp(offset)), 0 * offset, ones), places)
    assert abs((weighed - truth)[flat].mean()) < 0.03 and abs((weighed - truth)[~flat].mean()) < 0.03


@pytest.mark.parametrize("known", [True, False])
def test_networks_add_the_offset_or_weigh_by_the_design(known):
    label, design = np.array([1.0, 0, 0, 1]), np.array([1.0, 0.5, 1.5, 1])
    offset = np.log([0.5, 0.5, 1.5, 1.5]) * known
    samples = SimpleNamespace(
        shares=np.stack([1 - label, label], 1), weight=np.array([1, 1, 0.3, 1.0]), offset=offset,
        design_beside_offset=np.ones(4) if known else design,
    )  # fmt: skip
    rows = np.arange(4)
    split = Split("a", rows, rows, rows)
    cells = FootprintCells(np.zeros((4, 3), np.int64), np.ones(4), np.arange(5))
    footprints = FootprintFeatures(np.zeros((4, 1), np.float32), cells, rows)
    data = FactorBatches(torch.zeros(4, 1), footprints, SimpleNamespace(samples=samples), split, 10)
    net = torch.nn.Linear(1, 1)
    torch.nn.init.constant_(net.bias, 0.7)

    def logit(numbers):
        return net(numbers)[:, 0]

    batch = next(iter(data.batches(np.random.default_rng(0))))
    with torch.no_grad():
        loss, weight = data.loss(logit, batch)
    expected = np.logaddexp(0, 0.7 + offset) - label * (0.7 + offset)
    each = samples.weight * samples.design_beside_offset
    assert float(loss) == pytest.approx((each * expected).sum(), rel=1e-5)
    assert float(weight) == pytest.approx(each.sum(), rel=1e-5)
    with torch.no_grad():
        held = data.validate(logit)[0]  # how much a label is trusted counts in learning alone
    assert held == pytest.approx(np.average(expected, weights=samples.design_beside_offset), rel=1e-5)
