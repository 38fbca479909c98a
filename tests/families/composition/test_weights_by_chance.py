"""Weights of regions that scored lower than one model alone: by chance or not, judged over whole sources."""

import numpy as np
import pytest
from regionwise.core.families.composition.weigh_regions import Predictions, _guarded, _scores


def predictions_of(sources, gain):
    """Samples of sources in which the global model is likelier by `gain` in the mean; sources differ in it by 1."""
    rng = np.random.default_rng(0)
    source = np.repeat(np.arange(sources), 5)
    deviation = rng.normal(size=sources)
    better = (gain + (deviation - deviation.mean()) / deviation.std())[source]
    shares = np.full((len(source), 2), 0.5)
    densities = np.stack([better, np.zeros(len(source))], 1)
    names = np.array([f"s{i}" for i in source], object)
    return Predictions(shares, (shares, shares), densities, np.full(len(source), "R", object), names, "grouped")


@pytest.mark.parametrize(
    ("gain", "words"), [(1.0, "did worse than global"), (0.1, "were no better beyond chance than")]
)
def test_weights_did_worse_only_where_the_difference_leaves_zero(gain, words):
    data, n = predictions_of(20, gain), 100
    expert = np.tile([0.0, 1.0], (n, 1))  # as if learning had trusted the expert alone
    scores = _scores(data, np.ones(n, bool), np.full((n, 2), 0.5), expert)
    assert scores["global"]["difference"] == pytest.approx(gain) and scores["learned"]["difference"] is None
    low, high = (scores["global"][f"difference_{end}"] for end in ("low", "high"))
    assert high - low == pytest.approx(2 * 1.73 / np.sqrt(19), rel=0.05)  # over sources, not over samples
    weights, note = _guarded(np.array([0.0, 1.0]), scores, n)
    assert weights.tolist() == [1, 0] and words in note and f"by {gain:.3f}" in note


def test_few_sources_bound_no_difference():
    data, n = predictions_of(3, 1.0), 15
    scores = _scores(data, np.ones(n, bool), np.full((n, 2), 0.5), np.tile([0.0, 1.0], (n, 1)))
    assert scores["global"]["difference_low"] is None
    assert "did worse" not in _guarded(np.array([0.0, 1.0]), scores, n)[1]
