"""Check the engine: versions, device, memory, disk."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
import tempfile

import psutil

from ...runtime.engine import stamp
from ...runtime.files import GIB
from ...runtime.run import Result, Run
from ...runtime.selfcheck import checks_of, run_check
from ...runtime.versions import version_of
from .params import EngineCheck

ENGINES = {"full": "full (networks and trees)", "trees": "trees (without torch)"}
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
    """Versions, checks and resources of the engine as texts by name; a package that fails is told, not raised."""
    kind = "trees" if stamp().get("engine") == "trees" else "full"
    texts = {"Python": f"{platform.python_version()} ({sys.executable})", "Engine": ENGINES[kind]}
    packages = {name: names for name, names in PACKAGES.items() if kind == "full" or name != "torch"}
    for number, (module, names) in enumerate(packages.items()):
        run.channel.progress(number / len(packages), f"Importing {module}")
        texts[f"Package {module}"] = _version(module, names)
    texts |= {name: run_check(check) for name, check in checks_of(kind).items()}
    texts |= _device(run) if kind == "full" else {"Device": "CPU; this engine has no networks"}
    texts["Processors"] = str(os.cpu_count())
    texts["Free memory"] = f"{psutil.virtual_memory().available / GIB:.1f} GiB"
    folder = run.settings.temporary_folder or tempfile.gettempdir()
    texts["Free disk for temporary files"] = f"{shutil.disk_usage(folder).free / GIB:.1f} GiB in {folder}"
    return Result(outputs=texts)


def _version(module: str, names: tuple[str, ...]) -> str:
    """The version of a package that can be imported; else why it cannot."""
    try:
        importlib.import_module(module)
    except Exception as err:  # a broken binary raises anything; the report tells it
        return f"FAILED: {err}"
    return version_of(names) or "version unknown"


def _device(run: Run) -> dict[str, str]:
    """The device of networks, and whether a GPU passes its test."""
    try:
        from ...runtime.devices import choose_device, find_gpu
    except ImportError as err:
        return {"Device": f"FAILED: {err}"}
    _, line = choose_device("auto", "auto")
    _, trouble = find_gpu()
    return {
        "Device": line.removeprefix("Device: "),
        "GPU": f"not used: {trouble}" if trouble else "a test ran and gave the right answers",
        "Device setting": run.settings.device,
    }
