"""Model choice: what the model type ``auto`` means in a run, by a rule that log, report and card repeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...contract.learning_params import AUTO
from ...contract.time_left import format_seconds
from ...learning.model_types import BOOSTING, STACK
from ...runtime.checkpoints import Checkpoints
from ...runtime.engine import gpu_signs, has_torch
from ...runtime.executor import Executor
from ...runtime.run import Run

KEPT = "choice"  # the checkpoint: a run that goes on after a kill chooses the same
PROCESSOR = "cpu"


@dataclass(frozen=True)
class Rule:
    """What ``auto`` chooses between in a family.

    Parameters
    ----------
    quick : str
        The type without a GPU and a time budget, and where samples are few.
    fewest : int
        Observed samples below which networks are not tried.
    unit : str
        What is counted.
    """

    quick: str = BOOSTING
    fewest: int = 1000
    unit: str = "observed samples"


@dataclass(frozen=True)
class Choice:
    """The model type of a run.

    Parameters
    ----------
    model_type : str
        While the choice is open, the larger one of those that are left.
    reason : str
        A sentence; empty where the user chose.
    open : bool
        Whether samples and time are still to decide.
    gpu : bool
        Whether a GPU computes.
    """

    model_type: str
    reason: str = ""
    open: bool = False
    gpu: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """The reason, if there is one."""
        return (self.reason,) if self.reason else ()


def first_choice(asked: str, device: str, minutes: float, rule: Rule, executor: Executor, run: Run) -> Choice:
    """The choice before anything is read; it stays open where a GPU or a time budget lets networks be tried.

    Parameters
    ----------
    asked, device : str
        The parameters Model type and Device.
    minutes : float
        The time budget; 0 is none.
    """
    if asked != AUTO:
        return Choice(asked)
    if not has_torch():
        return Choice(rule.quick, because(rule.quick, "this engine has no networks"))
    gpu = _gpu(device, executor, run)
    if gpu or minutes:
        return Choice(STACK, open=True, gpu=gpu)
    return Choice(
        rule.quick, f"{because(rule.quick, 'no GPU computes here')} A Time budget in minutes lets networks be tried."
    )


def settled(
    choice: Choice,
    rule: Rule,
    count: int,
    minutes: float,
    seconds: Callable[[], float | None],
    checkpoints: Checkpoints,
) -> Choice:
    """The choice once samples are known; a time decides once, and is kept for a run that goes on after a kill.

    Parameters
    ----------
    count : int
        Of what `rule` counts.
    seconds : callable
        Estimates how long the stack would take.
    """
    if not choice.open:
        return choice
    kept = checkpoints.load(KEPT)
    if kept is not None:
        return Choice(kept[1]["model_type"], kept[1]["reason"])
    decided = _decided(choice, rule, count, minutes, seconds)
    checkpoints.save(KEPT, {}, {"model_type": decided.model_type, "reason": decided.reason})
    return decided


def _decided(choice: Choice, rule: Rule, count: int, minutes: float, seconds: Callable[[], float | None]) -> Choice:
    if count < rule.fewest:
        reason = f"there are {count} {rule.unit}, and networks are tried from {rule.fewest} on"
        return Choice(rule.quick, because(rule.quick, reason))
    if not minutes:
        return Choice(STACK, because(STACK, f"a GPU computes, and there are {count} {rule.unit}"))
    expected = seconds()
    if expected is None:
        return Choice(rule.quick, because(rule.quick, "the time of a stack cannot be told here"))
    told = f"a stack would take about {format_seconds(expected)} here, and the time budget is {minutes:g} min"
    chosen = STACK if expected <= 60 * minutes else rule.quick
    return Choice(chosen, because(chosen, told))


def because(model_type: str, reason: str) -> str:
    """The sentence of a choice."""
    return f"Model type auto chose {model_type}: {reason}."


def _gpu(device: str, executor: Executor, run: Run) -> bool:
    """Whether a GPU computes; torch is not loaded where nothing tells of one."""
    wanted = run.settings.device if device == "default" else device
    if wanted == PROCESSOR or (wanted == AUTO and not executor.remote and not gpu_signs()):
        return False
    return executor.device(device)[0] != PROCESSOR
