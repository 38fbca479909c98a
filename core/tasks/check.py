"""Check the engine: versions, device, memory, disk."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
import tempfile

from ..params import EngineCheck
from ..run import Result, Run
from ..versions import version_of

PACKAGES = {  # import name -> distribution names
    "torch": ("torch",),
    "numpy": ("numpy",),
    "scipy": ("scipy",),
    "rasterio": ("rasterio",),
    "geopandas": ("geopandas",),
    "pyogrio": ("pyogrio",),
    "pyproj": ("pyproj",),
    "xgboost": ("xgboost", "xgboost-cpu"),
    "safetensors": ("safetensors",),
    "matplotlib": ("matplotlib",),
    "jinja2": ("jinja2",),
    "rapidfuzz": ("rapidfuzz",),
}


def check(params: EngineCheck, run: Run) -> Result:
    """Return what the engine has, as texts by name; a package that fails is told, not raised."""
    found = {"Python": f"{platform.python_version()} ({sys.executable})"}
    for number, (module, names) in enumerate(PACKAGES.items()):
        run.channel.progress(number / len(PACKAGES), f"Importing {module}")
        found[f"Package {module}"] = _version(module, names)
    found |= _device(run)
    found["Processors"] = str(os.cpu_count())
    found["Free memory"] = free_memory()
    folder = run.settings.temporary_folder or tempfile.gettempdir()
    found["Free disk for temporary files"] = f"{shutil.disk_usage(folder).free / 2**30:.1f} GiB in {folder}"
    return Result(outputs=found)


def _version(module: str, names: tuple[str, ...]) -> str:
    try:
        importlib.import_module(module)
    except Exception as err:  # a broken binary raises anything; the report tells it
        return f"FAILED: {err}"
    return version_of(names) or "version unknown"


def _device(run: Run) -> dict[str, str]:
    try:
        from ..devices import choose_device, try_cuda
    except ImportError as err:
        return {"Device": f"FAILED: {err}"}
    _, line = choose_device("auto", "auto")
    trouble = try_cuda()
    return {
        "Device": line.removeprefix("Device: "),
        "GPU": f"not used: {trouble}" if trouble else "a convolution ran and gave the right answer",
        "Device setting": run.settings.device,
    }


def free_memory() -> str:
    """Return the free memory as text, where the system tells it."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return f"{int(lines['MemAvailable'].split()[0]) / 2**20:.1f} GiB"
    except (OSError, KeyError, ValueError):
        return "unknown on this system"
