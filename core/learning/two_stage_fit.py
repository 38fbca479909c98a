"""Fits in two stages: first validation samples choose the weights; then all samples that do not test train.

All kinds of models of a table fit the same samples by this: trees and unmixing need none to choose an epoch by.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import torch

from ..runtime.checkpoints import Arrays, Checkpoints
from ..runtime.executor import Reporter, SpanReporter
from ..validation.splits import Split
from .history import History
from .training_loop import BatchSource, FitOptions, Net, fit_member, rate_at, to_arrays, to_tensors
from .training_time import VALIDATION_COST, expected_epochs, seconds_of_epoch

Data = TypeVar("Data", bound=BatchSource)

# Where the second stage goes on: its share of the epochs of the first, and of the rate that the best weights had. On
# 1200 samples of North America R2 changed by +.003 (standard error .009), in simulated worlds of 375 samples by +.044
# (.029), for a tenth more time; at the whole rate by -.015 (.012) and +.038 (.028).
MORE_EPOCHS, MORE_RATE = 0.1, 0.3


@dataclass(frozen=True)
class FitStage(Generic[Net, Data]):
    """A network to train, its data, and the scaling of its inputs."""

    net: Net
    data: Data
    scaling: Arrays


Prepare = Callable[[Split, FitStage[Net, Data] | None], FitStage[Net, Data]]


def fit_in_two_stages(
    prepare: Prepare[Net, Data],
    split: Split,
    options: FitOptions,
    *,
    name: str,
    checkpoints: Checkpoints,
    report: Reporter,
) -> tuple[FitStage[Net, Data], History]:
    """The stage whose network is trained, and the history of the first.

    Where the first stage ran a whole cycle of the learning rate, the second trains a new network over the same cycle.
    Else it goes on from the weights that validated best, for a few epochs at a low rate, which falls to 0.

    Parameters
    ----------
    prepare : callable
        Makes the stage of a split: with a new network, or with network and scaling of the stage that it is given.
    """
    first = prepare(split, None)
    anew = options.cycle and options.patience >= options.epochs
    span = 0.5 if anew else 1 / (1 + MORE_EPOCHS)
    history = _first_stage(first, options, name, checkpoints, SpanReporter(report, 0, span))
    known = np.union1d(split.train, split.validation)
    if len(known) == len(split.train):  # all validation samples have trained
        checkpoints.remove(f"first-{name}")
        return first, history
    anew = options.cycle and len(history.score) == options.epochs
    how = "is trained anew on" if anew else "goes on with"
    report.detail(f"{name} {how} all {len(known)} samples that do not test; the curves are those of the first stage.")
    second = prepare(Split(split.name, known, split.validation, split.test), None if anew else first)
    fit_member(
        second.net,
        second.data,
        replace(options, validated=False) if anew else _more(options, history),
        name=f"{name}-again",
        checkpoints=checkpoints,
        report=SpanReporter(report, span, 1),
    )
    checkpoints.remove(f"first-{name}")
    return second, history


def seconds_of_stages(prepare: Prepare[Net, Data], split: Split, options: FitOptions) -> float:
    """About how long `fit_in_two_stages` takes here, from a few steps that are timed."""
    begun = time.monotonic()
    stage = prepare(split, None)
    preparing = time.monotonic() - begun
    epoch = seconds_of_epoch(stage.net, stage.data, options)
    validated = VALIDATION_COST * len(split.validation) / max(len(split.train), 1)
    tested = VALIDATION_COST * len(split.test) / max(len(split.train), 1)
    more = len(np.union1d(split.train, split.validation)) / max(len(split.train), 1)  # of the second stage, in samples
    again = more * (1.0 if options.cycle and options.patience >= options.epochs else MORE_EPOCHS)
    return preparing + epoch * (expected_epochs(options) * (1 + validated + again) + tested)


def _first_stage(
    stage: FitStage[Net, Data], options: FitOptions, name: str, checkpoints: Checkpoints, report: Reporter
) -> History:
    """Train the network of the first stage, or give it the weights of a run that was stopped in the second."""
    kept = checkpoints.load(f"first-{name}")
    if kept:
        stage.net.load_state_dict(to_tensors(kept[0]))
        stage.net.to(options.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return History(**kept[1])
    history = fit_member(stage.net, stage.data, options, name=name, checkpoints=checkpoints, report=report)
    checkpoints.save(f"first-{name}", to_arrays(stage.net.state_dict()), history.__dict__)
    return history


def _more(options: FitOptions, history: History) -> FitOptions:
    """The options of a second stage that goes on."""
    epochs = max(1, round(MORE_EPOCHS * len(history.score)))
    rate = MORE_RATE * rate_at(options, history, history.best_epoch)
    return replace(options, epochs=epochs, learning_rate=rate, cycle=True, validated=False)
