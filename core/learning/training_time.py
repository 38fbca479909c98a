"""Training time: about how long a network will train here, told from a few steps of it."""

from __future__ import annotations

import time

import torch
from torch import nn

from .training_loop import BatchSource, FitOptions, training_steps

# of steps after the first one, which is slower and does not count. Milliseconds are too short: a machine that does
# other work gives them to a process that has just begun
TIMED_SECONDS = 1.5
VALIDATION_COST = 0.3  # of validating a sample, where training it costs 1
STOPPED = 4.0  # epochs that a training with patience takes, in units of it: a guess, see docs/decisions/035-auto.md


def seconds_of_epoch(net: nn.Module, data: BatchSource, options: FitOptions) -> float:
    """About how long an epoch of training takes here, from a few steps that are timed; `net` is trained by them."""
    net.to(options.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(net.parameters(), lr=options.learning_rate)
    begun, ends = time.monotonic(), list[float]()
    for _ in training_steps(net, data, optimizer, options, 0):
        ends.append(time.monotonic())
        if len(ends) > 1 and ends[-1] - ends[0] > TIMED_SECONDS:
            break
    each = (ends[-1] - ends[0]) / (len(ends) - 1) if len(ends) > 1 else ends[0] - begun
    return each * data.steps


def expected_epochs(options: FitOptions) -> float:
    """How many epochs a training is likely to take."""
    if options.cycle or not options.validated:
        return options.epochs
    return min(options.epochs, STOPPED * options.patience)
