"""The surroundings of a task besides its parameters, and its result."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from ..contract.errors import RegionwiseError
from ..contract.protocol import JOB_NAME, Channel, Settings
from .files import fingerprint
from .shells import command_lines

GDAL_SHARE = 0.05  # of the Memory setting
KERNEL_CACHES = ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY")  # torch's on the processor
KERNELS = "256"  # windows of many shapes would fill them with hundreds of MiB
LARGE_PAGES = "THP_MEM_ALLOC_ENABLE"  # torch's: large blocks come in pages of 2 MiB, fewer to be cleared


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
        """The folder for the large files of a run: `work`, or a new one in the provider's temporary folder.

        Other machines see `work` only. Folders that an earlier run of the same output has left there are deleted.
        """
        settings = self.settings
        if settings.scheduler or not settings.temporary_folder:
            return work
        job = f"regionwise-{fingerprint(str(self.folder.resolve()))}-"
        folder = Path(settings.temporary_folder, f"{job}{work.name}")
        for old in folder.parent.glob(f"{job}*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def memory_bytes(self) -> int:
        """The memory budget in bytes."""
        return self.settings.memory_bytes

    @property
    def repeat_lines(self) -> list[str]:
        """The command that repeats this run without QGIS, for each shell that people use on this system."""
        alias = Path(__file__).resolve().parents[2] / "_alias"
        return command_lines(str(alias), sys.executable, "regionwise.core.worker", str(self.folder / JOB_NAME))


def prepare_libraries(settings: Settings) -> None:
    """Set the variables that libraries read when they are imported: threads, memory, the temporary folder."""
    for name in KERNEL_CACHES:
        os.environ.setdefault(name, KERNELS)
    os.environ.setdefault(LARGE_PAGES, "1")
    os.environ["GDAL_CACHEMAX"] = str(raster_cache_mib(settings))
    if settings.threads:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(settings.threads)
    if settings.temporary_folder:
        if not Path(settings.temporary_folder).is_dir():
            raise RegionwiseError(
                f"The folder for temporary files '{settings.temporary_folder}' does not exist.",
                "Correct it in Settings > Options > Processing > Providers > Regionwise.",
            )
        os.environ["TMPDIR"] = settings.temporary_folder


def raster_cache_mib(settings: Settings) -> int:
    """The size of GDAL's block cache in MiB; left alone, it takes a share of the whole machine."""
    return max(16, int(settings.memory_gb * 1024 * GDAL_SHARE))


def memory_in_use(run: Run) -> int:
    """The resident memory of this process in bytes, with GDAL's cache as if it were full."""
    return int(psutil.Process().memory_info().rss) + raster_cache_mib(run.settings) * 2**20


@dataclass(frozen=True)
class Result:
    """The result of a task.

    Parameters
    ----------
    outputs, numbers : dict
        Files and numbers by output name.
    verdict : str
        In a line what was found, for the end of the log.
    """

    outputs: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    verdict: str = ""
