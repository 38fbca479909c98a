"""The context of a task: its parameters, the run, and the executor of its work items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from ..contract.params import Params
from ..contract.protocol import Channel
from .executor import Executor
from .run import Run

P_co = TypeVar("P_co", bound=Params, covariant=True)


@dataclass(frozen=True)
class RunContext(Generic[P_co]):
    """Parameters, run and executor, which go together through training and mapping."""

    params: P_co
    run: Run
    executor: Executor

    @property
    def channel(self) -> Channel:
        """The channel for progress and log lines."""
        return self.run.channel
