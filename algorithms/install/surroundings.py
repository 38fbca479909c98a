"""The clean variables that the engine runs in."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ALIAS = Path(__file__).resolve().parents[2] / "_alias"
# everything else stays behind: PYTHON*, PROJ*, GDAL_*, QGIS*, QT*, LD_LIBRARY_PATH, CONDA* ... belong
# to QGIS or to other programs; PROJ_LIB of another PROJ makes rasterio lose every CRS without a word
KEPT = {
    "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SHELL", "TERM",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
    "USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
    "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "OMP_NUM_THREADS",
}  # fmt: skip
KEPT_PREFIXES = ("LC_", "NVIDIA_", "XDG_CACHE", "REGIONWISE_", "DASK_")
FOREIGN_PATHS = ("qgis", "osgeo4w", "grass", "saga", "conda")


def engine_environment(variables: Mapping[str, str], interpreter: Path) -> dict[str, str]:
    """Those of `variables` that the engine with this interpreter may see."""
    kept = {
        name: value
        for name, value in variables.items()
        if name.upper() in KEPT or name.upper().startswith(KEPT_PREFIXES)
    }
    kept["PATH"] = os.pathsep.join([*_conda_paths(interpreter), *_clean_path(variables.get("PATH", ""))])
    kept["PYTHONPATH"] = str(ALIAS)
    kept["PYTHONSAFEPATH"] = "1"  # the current folder is not searched for modules
    kept["PYTHONNOUSERSITE"] = "1"
    kept["PYTHONUTF8"] = "1"  # for its children as well
    kept["PYTHONIOENCODING"] = "utf-8"
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    if sys.platform == "darwin":
        kept["DYLD_FALLBACK_LIBRARY_PATH"] = os.pathsep.join(
            [*_openmp_folders(interpreter), "/usr/local/lib", "/usr/lib"]
        )
    return kept


def _clean_path(path: str) -> list[str]:
    return [part for part in path.split(os.pathsep) if not any(word in part.lower() for word in FOREIGN_PATHS)]


def _conda_paths(interpreter: Path) -> list[str]:
    """The folders where a conda environment of the user keeps its libraries, if that is what computes."""
    root = interpreter.parent if os.name == "nt" else interpreter.parents[1]
    if not (root / "conda-meta").is_dir():
        return []
    names = ("", "Library/mingw-w64/bin", "Library/usr/bin", "Library/bin", "Scripts", "bin")
    return [str(root / name) for name in names if (root / name).is_dir()]


def _openmp_folders(interpreter: Path) -> list[str]:
    """Where packages have put OpenMP; xgboost's wheel for macOS looks only where Homebrew has it."""
    own = [site for site in (interpreter.parents[1] / "lib").glob("python3.*/site-packages") if site.is_dir()]
    names = ("torch/lib", "sklearn/.dylibs")  # torch's first: two OpenMPs in one process stop it
    return [str(site / name) for site in own for name in names if (site / name / "libomp.dylib").exists()]
