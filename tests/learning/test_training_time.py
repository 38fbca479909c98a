"""The time of a training is told from a few steps: known steps give known times."""

import time

import pytest
import torch
from regionwise.core.learning.training_loop import FitOptions
from regionwise.core.learning.training_time import STOPPED, TIMED_SECONDS, expected_epochs, seconds_of_epoch

STEP_S = 0.02


class _Slow:
    """Batches that take their time; the first one takes much more, as it does where memory is allotted."""

    def __init__(self, steps):
        self.steps, self.given = steps, 0

    def batches(self, rng):
        for number in range(self.steps):
            self.given += 1
            time.sleep(STEP_S if number else 20 * STEP_S)
            yield {"x": torch.ones(4, 2)}

    def loss(self, net, batch):
        return net(batch["x"]).sum(), torch.tensor(4.0)


def _options(**changes):
    values = {"epochs": 300, "patience": 15, "learning_rate": 0.1, "weight_decay": 0.0, "seed": 1}
    return FitOptions(**{**values, "device": torch.device("cpu"), **changes})


def test_a_few_steps_tell_the_time_of_an_epoch_and_the_first_does_not_count():
    data = _Slow(200)
    seconds = seconds_of_epoch(torch.nn.Linear(2, 1), data, _options())
    assert 200 * STEP_S <= seconds < 4 * 200 * STEP_S
    assert 2 <= data.given <= 2 + TIMED_SECONDS / STEP_S


def test_a_single_step_is_timed_whole():
    assert seconds_of_epoch(torch.nn.Linear(2, 1), _Slow(1), _options()) >= 20 * STEP_S


@pytest.mark.parametrize(
    ("changes", "epochs"),
    [
        ({}, STOPPED * 15),
        ({"epochs": 20}, 20),
        ({"cycle": True}, 300),
        ({"validated": False}, 300),
    ],
)
def test_a_network_that_stops_by_itself_is_taken_to_run_some_times_its_patience(changes, epochs):
    assert expected_epochs(_options(**changes)) == epochs
