"""Tries a finished environment as the engine will run in it, and says which device it computes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess  # nosec B404
from collections.abc import Mapping
from pathlib import Path

from ...core.contract.causes import explain_failure, status_name
from ...core.contract.errors import CancelledError, RegionwiseError
from ..processes import answer
from .surroundings import engine_environment
from .telling import Feedback, Step

TRY_S = 600  # the first import on a cold disk, with a virus scanner
AGAIN = "Run 'Install engine' with Action = repair; if it persists, choose ENGINE = trees."


def has_nvidia(variables: Mapping[str, str] = os.environ) -> bool:
    """Whether an NVIDIA driver answers on this machine."""
    program = shutil.which("nvidia-smi", path=variables.get("PATH"))
    if program is None:
        return False
    try:
        status, text = answer([program, "-L"], dict(variables))
    except (OSError, subprocess.SubprocessError):
        return False
    return status == 0 and "GPU" in text


def verify(interpreter: Path, engine: str, feedback: Feedback) -> str:
    """The device that the engine computes on, after a kernel, a tree, a raster and a CRS came out right.

    Raises
    ------
    RegionwiseError
        If something does not; tells the cause where it is known.
    """
    command = [str(interpreter), "-X", "utf8", "-s", "-m", "regionwise.core.runtime.selfcheck", engine]
    step = Step(feedback, "Trying a kernel, a tree, a raster and a CRS")

    def waiting() -> None:
        if feedback.isCanceled():
            raise CancelledError
        step.goes_on()

    try:
        status, text = answer(command, engine_environment(os.environ, interpreter), TRY_S, waiting)
    except subprocess.TimeoutExpired as err:
        raise RegionwiseError(f"The engine did not answer within {TRY_S} s.", AGAIN) from err
    try:
        told = json.loads(text.strip().splitlines()[-1])
        found, device = dict(told["found"]), str(told["device"])
    except (ValueError, LookupError, TypeError) as err:
        words = f"{status_name(status)}\n{text.strip()[-1500:]}"
        raise _failure("The engine does not start", words) from err
    failed = [f"{name}: {what}" for name, what in found.items() if what.startswith("FAILED")]
    if failed:
        raise _failure("The engine was built but does not work", "\n".join(failed))
    return device


def _failure(what: str, words: str) -> RegionwiseError:
    known = explain_failure(words)
    message, remedy = known or ("", AGAIN)
    return RegionwiseError(f"{what}: {message}\n{words}" if message else f"{what}:\n{words}", remedy)
