"""The engine that this process runs in: its stamp, whether it has torch, and its lock while it is in use."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from ..contract.errors import RegionwiseError
from ..contract.protocol import STAMP

GET_TORCH = (
    "Choose Model type = boosting, or run 'Install engine' with ENGINE = full (docs/install.md lists the machines that "
    "torch exists for)."
)
GPU_SIGNS = ("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg", "/proc/driver/nvidia/version")  # of NVIDIA's on Linux
_held: list[IO[bytes]] = []


def stamp() -> dict[str, str]:
    """The installer's notes on this engine (engine, device, platform ...); empty for a Python of the user."""
    try:
        notes = json.loads(Path(sys.prefix, STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def has_torch() -> bool:
    """Whether torch is installed."""
    return importlib.util.find_spec("torch") is not None


def gpu_signs() -> bool:
    """Whether this machine may have a GPU that torch can use; torch, which takes seconds to load, is not asked."""
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    return apple or bool(shutil.which("nvidia-smi")) or any(map(os.path.exists, GPU_SIGNS))


def lacks_torch(user: str) -> RegionwiseError:
    """The error for an engine without torch, where `user` (a tool, a model type) needs it."""
    return RegionwiseError(f"{user} needs torch, which this engine (trees) does not have.", GET_TORCH)


def require_torch(types: Iterable[str]) -> None:
    """Raise `RegionwiseError` if torch is not there for models of these `types`."""
    if not has_torch():
        raise lacks_torch(f"Model type '{', '.join(sorted(types))}'")


def hold() -> None:
    """Let the installer see, as long as this process lives, that its engine is in use.

    On Windows the open program itself says so.
    """
    if os.name == "nt":
        return
    import fcntl

    try:
        file = Path(sys.prefix, "pyvenv.cfg").open("rb")  # noqa: SIM115 (open as long as the process)
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # no environment of ours, or a disk without locks
        return
    _held.append(file)
