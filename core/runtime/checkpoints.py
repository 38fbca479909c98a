"""Checkpoints: arrays and JSON of an unfinished run, with which a rerun goes on where a kill stopped it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from .files import atomic
from .types import Arguments

Arrays = dict[str, NDArray[Any]]


class Checkpoints:
    """Named checkpoints in one folder; a damaged one counts as absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, name: str, arrays: Arrays, state: Arguments) -> None:
        """Write a checkpoint, whole or not at all."""
        with atomic(self._path(name)) as part:
            contiguous = {key: np.asarray(array, order="C") for key, array in arrays.items()}
            save_file(contiguous, part, metadata={"state": json.dumps(state)})

    def load(self, name: str) -> tuple[Arrays, Arguments] | None:
        """Arrays and state of the checkpoint called `name`, or None if there is none."""
        try:
            with safe_open(self._path(name), framework="numpy") as file:
                state = json.loads(file.metadata()["state"])
                return {key: file.get_tensor(key) for key in file.keys()}, state  # noqa: SIM118
        except (OSError, SafetensorError, ValueError):
            return None

    def remove(self, name: str) -> None:
        """Delete a checkpoint."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.safetensors"
