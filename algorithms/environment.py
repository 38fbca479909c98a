"""Where the engine's Python is, and the clean environment it runs in."""

from __future__ import annotations

import os
from pathlib import Path

from qgis.core import QgsApplication

from ..core.errors import RegionwiseError
from . import managed
from .settings import interpreter_setting

VARIABLE = "REGIONWISE_PYTHON"
HOME_VARIABLE = "REGIONWISE_HOME"
ALIAS = Path(__file__).resolve().parents[1] / "_alias"
HOW_TO_GET_IT = (
    "Run 'Install engine' (Processing Toolbox > Regionwise > Engine), or name a Python that has the "
    "packages in Settings > Options > Processing > Providers > Regionwise."
)
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


def engine_home() -> Path:
    """Return the folder of the managed engine: in the user's profile, never in the plugin's folder."""
    chosen = os.environ.get(HOME_VARIABLE)
    return Path(chosen) if chosen else Path(QgsApplication.qgisSettingsDirPath()) / "regionwise"


def find_interpreter() -> Path:
    """Return the engine's Python: the option, else REGIONWISE_PYTHON, else the installed engine.

    Raises
    ------
    RegionwiseError
        If there is none, or the chosen one does not exist.
    """
    for chosen, where in (
        (interpreter_setting(), "the option 'Python of the engine'"),
        (os.environ.get(VARIABLE, ""), f"the variable {VARIABLE}"),
    ):
        if chosen and not Path(chosen).is_file():
            raise RegionwiseError(f"{where} names '{chosen}', which does not exist.", HOW_TO_GET_IT)
        if chosen:
            return Path(chosen)
    interpreter = managed.managed_interpreter(engine_home())
    if interpreter is None:
        raise RegionwiseError("The engine is not installed.", HOW_TO_GET_IT)
    return interpreter


def engine_environment() -> dict[str, str]:
    """Return the variables that the engine may see."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in KEPT or name.upper().startswith(KEPT_PREFIXES)
    }
    parts = os.environ.get("PATH", "").split(os.pathsep)
    clean = [part for part in parts if not any(word in part.lower() for word in FOREIGN_PATHS)]
    kept["PATH"] = os.pathsep.join(clean)
    kept["PYTHONPATH"] = str(ALIAS)
    kept["PYTHONSAFEPATH"] = "1"  # the current folder is not searched for modules
    kept["PYTHONNOUSERSITE"] = "1"
    kept["PYTHONIOENCODING"] = "utf-8"
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    return kept
