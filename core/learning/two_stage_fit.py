"""Fits in two stages: first with samples that validate, for the curves; then on all samples that do not test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
from torch import nn

from ..runtime.checkpoints import Arrays, Checkpoints
from ..runtime.executor import Reporter
from ..validation.splits import Split
from .history import History
from .training_loop import BatchSource, FitOptions, SpanReporter, fit_member

Net = TypeVar("Net", bound=nn.Module)
Data = TypeVar("Data", bound=BatchSource)


@dataclass(frozen=True)
class FitStage(Generic[Net, Data]):
    """A network to train, its data, and the scaling of its inputs."""

    net: Net
    data: Data
    scaling: Arrays


def fit_in_two_stages(
    prepare: Callable[[Split, bool], FitStage[Net, Data]],
    split: Split,
    options: FitOptions,
    *,
    name: str,
    checkpoints: Checkpoints,
    report: Reporter,
) -> tuple[FitStage[Net, Data], History]:
    """The stage whose network is trained, and the history of the first.

    The second stage trains a new network over the whole cycle of the learning rate, on training and validation samples
    together. Where patience ended the first, its best weights are kept instead.

    Parameters
    ----------
    prepare : callable
        Makes the stage of a split; its second argument says whether it is the second.
    """
    stage = prepare(split, False)
    first = checkpoints.load(f"first-{name}")  # of a run that was stopped in the second stage
    if first:
        history = History(**first[1])
    else:
        reporter = SpanReporter(report, 0, 0.5)
        history = fit_member(stage.net, stage.data, options, name=name, checkpoints=checkpoints, report=reporter)
    if len(history.score) < options.epochs:
        return stage, history
    checkpoints.save(f"first-{name}", {}, history.__dict__)
    known = np.sort(np.concatenate([split.train, split.validation]))
    stage = prepare(Split(split.name, known, split.validation, split.test), True)
    fit_member(
        stage.net,
        stage.data,
        replace(options, validated=False),
        name=f"{name}-again",
        checkpoints=checkpoints,
        report=SpanReporter(report, 0.5, 1),
    )
    checkpoints.remove(f"first-{name}")
    return stage, history
