"""Fitting: how a learner trains its network, and what it tells about it."""

from __future__ import annotations

import torch
from torch import nn

from .checkpoints import Checkpoints
from .files import fingerprint
from .history import History
from .params import TrainingParams
from .scheduling import Report
from .training import FitOptions, TrainingData, fit

FINE_TUNING_RATE = 0.2  # of the learning rate: the start is no noise
PROCESS_BYTES = 600 * 2**20  # of a process that trains, besides what its network holds
WORTH_MULTIPLICATIONS = 5e10  # forward, of a whole training; with fewer a process of its own is not worth while
TOLD_EPOCHS = 5  # after so many an epoch is logged


def seed_of(params: TrainingParams, name: str) -> int:
    """Return the seed of the member called `name`: members differ, reruns do not."""
    return params.seed + int(fingerprint(name), 16) % 100_000


def options_of(
    params: TrainingParams, name: str, device: torch.device, *, tuned: bool = False, cycle: bool = False
) -> FitOptions:
    """Return how the member called `name` is trained.

    Parameters
    ----------
    tuned : bool
        Whether it goes on from a trained member.
    cycle : bool
        See `training.FitOptions`.
    """
    rate = params.learning_rate * (FINE_TUNING_RATE if tuned else 1.0)
    fast = params.precision == "fast" or (params.precision == "auto" and device.type == "cuda")
    seed = seed_of(params, name)
    return FitOptions(params.epochs, params.patience, rate, params.weight_decay, seed, device, fast, cycle)


def fit_member(
    net: nn.Module, data: TrainingData, options: FitOptions, *, name: str, checkpoints: Checkpoints, report: Report,
    span: tuple[float, float] = (0.0, 1.0),
) -> History:  # fmt: skip
    """Train `net` in place, see `training.fit`, and tell about it.

    Parameters
    ----------
    span : (start, end)
        Which part of its member's work this is.
    """

    def tell(epoch: int, history: History) -> None:
        line = f"{name}, epoch {epoch + 1}: training loss {history.train_loss[-1]:.4f}"
        if options.validated:
            line += f", loss {history.loss[-1]:.4f}, R2 {history.score[-1]:.3f}"
        report.progress(span[0] + (span[1] - span[0]) * (epoch + 1) / options.epochs, line)
        if epoch % TOLD_EPOCHS == 0:
            report.info(line)

    history = fit(net, data, options, checkpoints=checkpoints, name=f"fit-{name}", report=tell)
    if options.validated:
        report.info(f"{name}: best epoch {history.best_epoch + 1}, validation R2 {history.best_score:.3f}.")
    return history
