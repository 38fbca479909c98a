"""The training loop of every family, top to bottom: batches, loss, schedule, best weights, checkpoint."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ..contract.errors import RegionwiseError
from ..contract.learning_params import TrainingParams
from ..features.scaling import without_scaling
from ..runtime.checkpoints import Arrays, Checkpoints
from ..runtime.executor import Reporter
from ..runtime.files import fingerprint
from ..runtime.types import Arguments
from .history import History

Net = TypeVar("Net", bound=nn.Module)

Batch = dict[str, Tensor]
CLIP = 1.0
PLATEAU_FACTOR, PLATEAU_PATIENCE, SMALLEST_RATE = 0.5, 5, 1e-7  # the reference's schedule
CHECKPOINT_EPOCHS = 10
RISE, FIRST_RATE = 0.3, 0.1  # of a cycle: share of the epochs in which the rate rises, and where it begins
FINE_TUNING_RATE = 0.2  # of the learning rate: the start is trained already
LOGGED_EPOCHS = 5  # every so many epochs one is logged
PROCESS_BYTES = 600 * 2**20  # of a process that trains, besides its network
WORTH_MULTIPLICATIONS = 5e10  # forward, of a whole training; with fewer a process of its own is not worth while


class BatchSource(Protocol):
    """The data of a network, as the loop needs them.

    Attributes
    ----------
    steps : int
        Batches of an epoch.
    """

    @property
    def steps(self) -> int:
        """Batches of an epoch."""

    def batches(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch of training, augmented."""

    def loss(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The summed loss of a batch and the summed weight of its samples."""

    def validate(self, net: nn.Module) -> tuple[float, float]:
        """Loss and score (higher is better) on the validation samples."""


@dataclass(frozen=True)
class FitOptions:
    """Options of one training; see `TrainingParams` for their meaning."""

    epochs: int
    patience: int
    learning_rate: float
    weight_decay: float
    seed: int
    device: torch.device
    fast: bool = False  # in bf16
    cycle: bool = False  # the rate rises and falls to 0 over all epochs; else it is halved when the score stalls
    validated: bool = True  # else the last weights are kept, and all samples may train


EpochCallback = Callable[[int, History], None]
Plateau = torch.optim.lr_scheduler.ReduceLROnPlateau


def fit(
    net: nn.Module,
    data: BatchSource,
    options: FitOptions,
    *,
    checkpoints: Checkpoints,
    name: str,
    report: EpochCallback,
    batch: EpochCallback = lambda epoch, history: None,
) -> History:
    """Train `net` in place and leave it with the weights of its best epoch.

    Every epoch draws from generators seeded by (seed, epoch), so a run that resumes from a
    checkpoint gives the same weights as one that was never stopped.

    Parameters
    ----------
    checkpoints, name :
        Place and name of the unfinished state; it is removed at the end.
    report, batch : callable
        Called after each epoch, or after each batch, with the number of the epoch and the history.
    """
    # four-dimensional weights only: others stay as they are
    net.to(options.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(net.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    plateau = Plateau(optimizer, "max", PLATEAU_FACTOR, PLATEAU_PATIENCE, min_lr=SMALLEST_RATE)
    history = History()
    best = copy.deepcopy(net.state_dict())  # deep: a state_dict is a view of the live weights
    saved = checkpoints.load(name)
    if saved:
        best = _restore(saved, net, optimizer, plateau, history)
    for epoch in range(len(history.train_loss), options.epochs):
        if epoch - history.best_epoch > options.patience and history.best_epoch >= 0:
            break
        _set_rate(optimizer, options, epoch)
        history.train_loss.append(_train_epoch(net, data, optimizer, options, epoch, partial(batch, epoch, history)))
        _check_loss(history.train_loss[-1], options, epoch, name)
        net.eval()
        if options.validated:
            _validate(net, data, history)
            if not options.cycle:
                plateau.step(history.score[-1])
        if not options.validated or history.best_epoch == epoch:
            best = copy.deepcopy(net.state_dict())
        report(epoch, history)
        if (epoch + 1) % CHECKPOINT_EPOCHS == 0:
            checkpoints.save(name, *_state(net, best, optimizer, plateau, history))
    net.load_state_dict(best)
    net.eval()
    checkpoints.remove(name)
    return history


def _validate(net: nn.Module, data: BatchSource, history: History) -> None:
    """Add loss and score of an epoch on the validation samples, and note whether it is the best."""
    with torch.no_grad():
        loss, score = data.validate(net)
    best = history.best_score
    history.loss.append(loss)
    history.score.append(score)
    if score > best or history.best_epoch < 0:
        history.best_epoch = len(history.score) - 1


def _set_rate(optimizer: torch.optim.Optimizer, options: FitOptions, epoch: int) -> None:
    """Set the rate of an epoch of a cycle: up in a line, then down along a cosine (Smith & Topin 2018)."""
    if not options.cycle:
        return
    way = epoch / options.epochs
    if way < RISE:
        share = FIRST_RATE + (1 - FIRST_RATE) * way / RISE
    else:
        share = (1 + math.cos(math.pi * (way - RISE) / (1 - RISE))) / 2
    for group in optimizer.param_groups:
        group["lr"] = max(share * options.learning_rate, SMALLEST_RATE)


def rate_at(options: FitOptions, history: History, epoch: int) -> float:
    """The learning rate of an epoch that was trained."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=options.learning_rate)
    if options.cycle:
        _set_rate(optimizer, options, epoch)
    else:
        plateau = Plateau(optimizer, "max", PLATEAU_FACTOR, PLATEAU_PATIENCE, min_lr=SMALLEST_RATE)
        for score in history.score[:epoch]:
            plateau.step(score)
    return float(optimizer.param_groups[0]["lr"])


def _check_loss(loss: float, options: FitOptions, epoch: int, name: str) -> None:
    if not math.isfinite(loss):
        raise RegionwiseError(
            f"Training diverged in epoch {epoch + 1} of {name} (learning rate {options.learning_rate:g}).",
            "Lower the learning rate.",
        )


def _train_epoch(
    net: nn.Module,
    data: BatchSource,
    optimizer: torch.optim.Optimizer,
    options: FitOptions,
    epoch: int,
    tell: Callable[[], None],
) -> float:
    """Train one epoch and return the mean loss per sample weight of 1; `tell` is called after each batch."""
    total, norm = 0.0, 0.0
    for loss, weight in training_steps(net, data, optimizer, options, epoch):
        total, norm = total + loss, norm + weight
        tell()
    return total / max(norm, 1e-12)


def training_steps(
    net: nn.Module, data: BatchSource, optimizer: torch.optim.Optimizer, options: FitOptions, epoch: int
) -> Iterator[tuple[float, float]]:
    """Train one epoch and yield summed loss and weight of each batch."""
    net.train()
    rng = np.random.default_rng((options.seed, epoch))
    cuda = options.device.type == "cuda"
    # dropout draws from the global generator of its device; Apple's cannot be put back, but nothing else draws from it
    with torch.random.fork_rng(devices=["cuda"] if cuda else []):
        torch.manual_seed(int(rng.integers(2**63)))
        for batch in data.batches(rng):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(options.device.type, torch.bfloat16, enabled=options.fast):
                loss, weight = data.loss(net, batch)
            torch.autograd.backward(loss / weight)
            nn.utils.clip_grad_norm_(net.parameters(), CLIP)
            optimizer.step()
            yield loss.item(), weight.item()


def to_arrays(state: dict[str, Tensor]) -> Arrays:
    """The tensors of a state dict as numpy arrays."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in state.items()}


def to_tensors(arrays: Arrays) -> dict[str, Tensor]:
    """Numpy arrays as a state dict."""
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}


def _state(
    net: nn.Module, best: dict[str, Tensor], optimizer: torch.optim.Optimizer, plateau: Plateau, history: History
) -> tuple[Arrays, Arguments]:
    """The state on which the next epoch depends."""
    arrays = {f"net/{k}": v for k, v in to_arrays(net.state_dict()).items()}
    arrays |= {f"best/{k}": v for k, v in to_arrays(best).items()}
    optimizer_state = optimizer.state_dict()
    for number, slots in optimizer_state["state"].items():
        arrays |= {f"optimizer/{number}/{k}": v for k, v in to_arrays(slots).items()}
    schedule = {k: v for k, v in plateau.state_dict().items() if isinstance(v, int | float | str | list)}
    return arrays, {
        "history": history.__dict__,
        "groups": [{k: v for k, v in g.items() if k == "lr"} for g in optimizer_state["param_groups"]],
        "schedule": schedule,
    }


def _restore(
    saved: tuple[Arrays, Arguments],
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    plateau: Plateau,
    history: History,
) -> dict[str, Tensor]:
    """Restore network, optimiser, schedule and history from a checkpoint, and return the best weights."""
    arrays, state = saved

    def under(prefix: str) -> Arrays:
        return {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}

    net.load_state_dict(to_tensors(under("net/")))
    optimizer_state = optimizer.state_dict()
    slots: dict[int, dict[str, Tensor]] = {}
    for key, tensor in to_tensors(under("optimizer/")).items():
        number, slot = key.split("/")
        slots.setdefault(int(number), {})[slot] = tensor
    optimizer_state["state"] = slots
    for group, saved_group in zip(optimizer_state["param_groups"], state["groups"], strict=True):
        group.update(saved_group)
    optimizer.load_state_dict(optimizer_state)
    plateau.load_state_dict(state["schedule"])
    history.__dict__.update(state["history"])
    return to_tensors(under("best/"))


def seed_of(seed: int, name: str) -> int:
    """The seed of the member called `name` in a run with `seed`: members differ, reruns do not."""
    return seed + int(fingerprint(name), 16) % 100_000


def new_network(build: Callable[[], Net], seed: int, start: Arrays | None = None) -> Net:
    """A network to train: with the random weights of `seed`, or those of a fitted member, whose arrays are `start`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = build()
    if start is not None:
        net.load_state_dict(to_tensors(without_scaling(start)))
    return net


def options_of(
    params: TrainingParams, name: str, device: torch.device, *, tuned: bool = False, cycle: bool = False
) -> FitOptions:
    """The options of the member called `name`.

    Parameters
    ----------
    tuned : bool
        Whether it goes on from a fitted member.
    cycle : bool
        See `FitOptions`.
    """
    rate = params.learning_rate * (FINE_TUNING_RATE if tuned else 1.0)
    fast = params.precision == "fast" or (params.precision == "auto" and device.type == "cuda")
    seed = seed_of(params.seed, name)
    return FitOptions(params.epochs, params.patience, rate, params.weight_decay, seed, device, fast, cycle)


def fit_member(
    net: nn.Module,
    data: BatchSource,
    options: FitOptions,
    *,
    name: str,
    checkpoints: Checkpoints,
    report: Reporter,
) -> History:
    """Train `net` in place, see `fit`, and report each epoch."""

    teller = EpochTeller(name, options, report)
    history = fit(
        net, data, options, checkpoints=checkpoints, name=f"fit-{name}", report=teller.epoch, batch=teller.batch
    )
    if options.validated:
        report.detail(f"{name}: best epoch {history.best_epoch + 1}, validation R2 {history.best_score:.3f}.")
    return history


class EpochTeller:
    """Tells how far a training is, after each epoch, and after each batch within one."""

    def __init__(self, name: str, options: FitOptions, report: Reporter) -> None:
        self._name, self._options, self._report = name, options, report
        self._batches, self._batch = 0, 0  # of the last epoch, and so far

    def batch(self, epoch: int, history: History) -> None:
        """Tell that a batch has trained."""
        self._batch += 1
        done = epoch + (min(self._batch / self._batches, 1.0) if self._batches else 0.0)
        batch = "" if self._batches == 1 else f", batch {self._batch}"
        of_all = f" of {self._batches}" if self._batches > 1 else ""
        self._report.progress(done / self.expected(history), f"epoch {epoch + 1}{batch}{of_all}")

    def epoch(self, epoch: int, history: History) -> None:
        """Tell that an epoch has trained; every so many are logged."""
        self._batches, self._batch = self._batch, 0
        line = f"{self._name}, epoch {epoch + 1}: training loss {history.train_loss[-1]:.4f}"
        if self._options.validated:
            line += f", loss {history.loss[-1]:.4f}, R2 {history.score[-1]:.3f}"
        self._report.progress(min((epoch + 1) / self.expected(history), 1.0), f"epoch {epoch + 1}")
        if epoch % LOGGED_EPOCHS == 0:
            self._report.detail(line)

    def expected(self, history: History) -> float:
        """The epochs that the training will take, at a guess.

        It ends between the last epoch that patience allows now and the last one of all; the geometric mean of both is
        wrong by the least factor at most.
        """
        options = self._options
        if not options.validated:
            return options.epochs
        patient = min(options.epochs, max(history.best_epoch, 0) + options.patience + 1)
        return math.sqrt(patient * options.epochs)
