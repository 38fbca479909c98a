"""How far a training says it is: batches within epochs, epochs that patience may spare, fits like those before."""

import numpy as np
import pytest
import torch
from regionwise.core.learning.cross_validation import LAST, Lengths
from regionwise.core.learning.history import History
from regionwise.core.learning.training_loop import EpochTeller, FitOptions
from regionwise.core.runtime.executor import Reporter


@pytest.fixture
def told(monkeypatch):
    """Return a function that makes a teller of a training, and the list of what it says."""
    said = []

    class Heard(Reporter):
        def progress(self, fraction, text):
            said.append((fraction, text))

    def make(epochs, patience, validated=True):
        options = FitOptions(epochs, patience, 0.1, 0.0, 1, torch.device("cpu"), validated=validated)
        return EpochTeller("a member", options, Heard(lambda message: None)), said

    return make


def test_batches_are_told_within_epochs(told):
    teller, said = told(10, 99)
    history = History([1.0], [1.0], [0.5], 0)
    for _ in range(4):
        teller.batch(0, History())
    teller.epoch(0, history)
    for _ in range(2):
        teller.batch(1, history)
    assert [text for _, text in said] == [
        "epoch 1, batch 1", "epoch 1, batch 2", "epoch 1, batch 3", "epoch 1, batch 4", "epoch 1",
        "epoch 2, batch 1 of 4", "epoch 2, batch 2 of 4",
    ]  # fmt: skip
    assert [fraction for fraction, _ in said[3:]] == pytest.approx([0, 0.1, 0.125, 0.15])


@pytest.mark.parametrize("ends", [21, 300])
def test_the_guess_of_the_end_is_wrong_by_the_least_factor(told, ends):
    teller, _ = told(300, 15)
    history = History([1.0] * 6, [1.0] * 6, [0.5] * 6, 5)
    expected = teller.expected(history)
    assert max(expected / ends, ends / expected) == pytest.approx(np.sqrt(300 / 21))


def test_without_patience_all_epochs_are_expected(told):
    assert told(60, 60)[0].expected(History()) == 60
    assert told(60, 5, validated=False)[0].expected(History()) == 60


def test_fits_are_expected_to_end_where_others_of_their_kind_did():
    lengths = Lengths()
    assert lengths.of("network", 0.2) == 0.2
    lengths.reached[0] = 0.4  # patience ended it there
    lengths.end(0, "network")
    assert lengths.of("network", 0.2) == pytest.approx(0.5)
    assert lengths.of("network", 0.6) == LAST  # it goes on longer
    assert lengths.of("boosting", 0.2) == 0.2


def test_a_fit_that_said_nothing_tells_nothing_of_others():
    lengths = Lengths()
    lengths.end(0, "unmixing")
    assert lengths.of("unmixing", 0.3) == 0.3
