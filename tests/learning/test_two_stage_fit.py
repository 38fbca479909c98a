"""Fits in two stages: all samples that do not test train in the end, from the weights that validated best or anew."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from regionwise.core.learning.training_loop import FitOptions, fit, rate_at
from regionwise.core.learning.two_stage_fit import FitStage, fit_in_two_stages
from regionwise.core.runtime.checkpoints import Checkpoints
from regionwise.core.runtime.executor import Reporter
from regionwise.core.validation.splits import Split
from torch import nn

SPLIT = Split("fold 1", np.arange(6), np.arange(6, 8), np.arange(8, 10))
PLAIN = FitOptions(30, 5, 0.05, 0.0, 3, torch.device("cpu"))


class Silent(Reporter):
    def __init__(self, die=None):
        self.lines, self.die = [], die

    def progress(self, fraction, text):
        second = any(" samples that do not test" in line for line in self.lines)  # the second stage has begun
        if self.die and second and self.die in text:
            raise KeyboardInterrupt

    def info(self, text):
        self.lines.append(text)

    detail = info

    def warning(self, text):
        raise AssertionError(text)


class Places:
    """Numbers whose label is their double; notes who trains in each epoch. Scores are as they are told."""

    def __init__(self, split, trained, scores):
        self.split, self.trained, self.scores = split, trained, scores

    def batches(self, rng):
        order = rng.permutation(self.split.train)
        self.trained.append(set(order.tolist()))
        yield {"x": torch.from_numpy(order).float()[:, None] / 10}

    def loss(self, net, batch):
        return ((net(batch["x"]) - 2 * batch["x"]) ** 2).sum(), torch.tensor(float(len(batch["x"])))

    def validate(self, net):
        return 0.0, next(self.scores)


class Trial:
    """Fits in two stages, and what was seen of them."""

    def __init__(self, folder, scores, options=PLAIN, split=SPLIT, die=None):
        folder.mkdir(exist_ok=True)
        self.trained, self.scores, self.before = [], iter(scores), []
        self.report, self.folder, torch_seed = Silent(die), folder, 0

        def prepare(known, before):
            self.before.append(before)
            torch.manual_seed(torch_seed)
            net = before.net if before else nn.Linear(1, 1)
            return FitStage(net, Places(known, self.trained, self.scores), {})

        self.stage, self.history = fit_in_two_stages(
            prepare, split, options, name="x", checkpoints=Checkpoints(folder), report=self.report
        )

    def state(self):
        return {name: tensor.numpy().tobytes() for name, tensor in self.stage.net.state_dict().items()}


RISING_TO_12 = [*np.linspace(0, 1, 12), *[0.5] * 18]


def test_validation_samples_train_in_the_end_from_the_weights_that_they_chose(tmp_path):
    trial = Trial(tmp_path / "a", RISING_TO_12)
    epochs = len(trial.history.score)
    assert (trial.history.best_epoch, epochs) == (11, 17)  # patience ended it
    assert all(rows == set(range(6)) for rows in trial.trained[:epochs])
    assert [rows == set(range(8)) for rows in trial.trained[epochs:]] == [True, True]  # a tenth as many
    assert trial.before[1] is not None  # it went on
    assert "x goes on with all 8 samples that do not test" in "\n".join(trial.report.lines)
    assert not list((tmp_path / "a").iterdir())


def test_it_goes_on_from_the_best_weights_at_a_low_rate_and_not_from_the_last_ones(tmp_path):
    net = nn.Linear(1, 1)
    torch.manual_seed(0)
    net.reset_parameters()
    first = Places(SPLIT, [], iter(RISING_TO_12))
    history = fit(net, first, PLAIN, checkpoints=Checkpoints(tmp_path), name="y", report=lambda *_: None)
    assert rate_at(PLAIN, history, history.best_epoch) == 0.05  # it had not been halved
    more = replace(PLAIN, epochs=2, learning_rate=0.3 * 0.05, cycle=True, validated=False)
    known = Split("fold 1", np.arange(8), SPLIT.validation, SPLIT.test)
    fit(net, Places(known, [], iter(())), more, checkpoints=Checkpoints(tmp_path), name="z", report=lambda *_: None)
    trial = Trial(tmp_path / "a", RISING_TO_12)
    assert trial.state() == {name: tensor.numpy().tobytes() for name, tensor in net.state_dict().items()}


def test_the_rate_of_an_epoch_is_that_of_its_training():
    rates = []

    class Noting(Places):
        def loss(self, net, batch):
            rates.append(optimizers[-1].param_groups[0]["lr"])
            return super().loss(net, batch)

    optimizers = []
    with pytest.MonkeyPatch.context() as patch:
        original = torch.optim.AdamW.__init__

        def init(self, *args, **kwargs):
            original(self, *args, **kwargs)
            optimizers.append(self)

        patch.setattr(torch.optim.AdamW, "__init__", init)
        scores, options = [1.0, *[0.5] * 29], replace(PLAIN, patience=30)
        history = fit(
            nn.Linear(1, 1), Noting(SPLIT, [], iter(scores)), options, checkpoints=NoCheckpoints(), name="x",
            report=lambda *_: None,
        )  # fmt: skip
    assert len(set(rates)) > 3
    assert [rate_at(options, history, epoch) for epoch in range(30)] == rates


class NoCheckpoints(Checkpoints):
    def __init__(self):
        pass

    def load(self, name):
        return None

    def save(self, name, arrays, state):
        pass

    def remove(self, name):
        pass


def test_a_whole_cycle_is_repeated_from_the_beginning(tmp_path):
    options = replace(PLAIN, epochs=10, patience=10, cycle=True)
    trial = Trial(tmp_path / "a", [0.5] * 10, options)
    assert [len(rows) for rows in trial.trained] == [6] * 10 + [8] * 10
    assert trial.before[1] is None
    assert "x is trained anew on all 8 samples" in "\n".join(trial.report.lines)


def test_a_cycle_that_patience_ended_goes_on_with_all_samples(tmp_path):
    trial = Trial(tmp_path / "a", RISING_TO_12, replace(PLAIN, cycle=True))
    assert trial.before[1] is not None
    assert trial.trained[-1] == set(range(8))


def test_samples_that_choose_and_train_at_once_are_done_after_the_first_stage(tmp_path):
    split = Split("few", np.arange(6), np.arange(6), np.arange(8, 10))
    trial = Trial(tmp_path / "a", RISING_TO_12, split=split)
    assert len(trial.trained) == 17 == len(trial.history.score)
    assert not list((tmp_path / "a").iterdir())


@pytest.mark.parametrize("options", [PLAIN, replace(PLAIN, epochs=12, patience=12, cycle=True)])
def test_a_fit_that_was_stopped_in_its_second_stage_ends_as_if_it_never_was(tmp_path, options):
    whole = Trial(tmp_path / "a", RISING_TO_12, options)
    with pytest.raises(KeyboardInterrupt):
        Trial(tmp_path / "b", RISING_TO_12, options, die="epoch 2")
    resumed = Trial(tmp_path / "b", [], options)  # it needs no scores again
    assert resumed.state() == whole.state()
    assert resumed.history == whole.history
    assert all(rows == set(range(8)) for rows in resumed.trained)
