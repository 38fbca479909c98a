"""What a task is handed besides its parameters, and what it hands back."""

from __future__ import annotations

import shlex
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from .protocol import JOB_NAME, Channel, Settings

GDAL_SHARE = 0.05  # of the Memory setting


@dataclass(frozen=True)
class Run:
    """The surroundings of one run.

    Parameters
    ----------
    channel : Channel
        Where progress and log lines go.
    settings : Settings
        The provider's options.
    folder : Path
        The folder of the job file; scratch files and checkpoints live below it.
    start : float
        When the run began (monotonic clock, s).
    """

    channel: Channel
    settings: Settings
    folder: Path
    start: float = field(default_factory=time.monotonic)

    def scratch(self, work: Path) -> Path:
        """Return the folder for large temporary files: the provider's option, or `work`."""
        return Path(self.settings.temporary_folder) if self.settings.temporary_folder else work

    @property
    def memory_bytes(self) -> int:
        """The memory budget in bytes."""
        return int(self.settings.memory_gb * 2**30)

    @property
    def repeat_command(self) -> str:
        """The command that repeats this run without QGIS."""
        alias = Path(__file__).resolve().parents[1] / "_alias"
        job = self.folder / JOB_NAME
        words = [sys.executable, "-m", "regionwise.core.worker", str(job)]
        return f"PYTHONPATH={shlex.quote(str(alias))} {shlex.join(words)}"


def raster_cache_mib(settings: Settings) -> int:
    """Return the size of GDAL's block cache in MiB; left alone, it takes a share of the whole machine."""
    return max(16, int(settings.memory_gb * 1024 * GDAL_SHARE))


def memory_in_use(run: Run) -> int:
    """Return the resident memory of this process in bytes, with GDAL's cache as if it were full."""
    return int(psutil.Process().memory_info().rss) + raster_cache_mib(run.settings) * 2**20


@dataclass(frozen=True)
class Result:
    """What a task made: files by output name, and numbers by output name."""

    outputs: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
