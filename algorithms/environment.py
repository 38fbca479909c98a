"""Where the engine's Python is."""

from __future__ import annotations

import os
from pathlib import Path

from qgis.core import QgsApplication, QgsProcessingFeedback

from ..core.contract.errors import RegionwiseError
from .install.home import default_home, engines_of_old_place, installed, out_of_date
from .install.lock import read_lock
from .settings import interpreter_setting
from .translation import tr

VARIABLE = "REGIONWISE_PYTHON"
UPDATE = "Run 'Install engine' once to update it."


def how_to_get_it() -> str:
    """The remedy where there is no engine."""
    return tr(
        "Run 'Install engine' (Processing Toolbox > Regionwise > Engine), or name a Python that has the packages in "
        "Settings > Options > Processing > Providers > Regionwise."
    )


def engine_home() -> Path:
    """The folder of the managed engine: one for all profiles, never in the plugin's folder."""
    return default_home(os.environ)


def old_engines() -> list[Path]:
    """The folders in QGIS profiles where earlier versions of the plugin have put engines."""
    return engines_of_old_place(Path(QgsApplication.qgisSettingsDirPath()))


def warn_if_out_of_date(interpreter: Path, feedback: QgsProcessingFeedback) -> None:
    """Say it if the engine was made from another lock than the one of this version of the plugin."""
    if out_of_date(interpreter, read_lock()):
        feedback.pushWarning(
            f"The engine '{interpreter}' has other packages than this version of Regionwise was tested with. {UPDATE}"
        )


def find_interpreter() -> Path:
    """The engine's Python: the option, else REGIONWISE_PYTHON, else the installed engine.

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
            raise RegionwiseError(f"{where} names '{chosen}', which does not exist.", how_to_get_it())
        if chosen:
            return Path(chosen)
    interpreter = installed(engine_home())
    if interpreter is None:
        raise RegionwiseError(tr("The engine is not installed."), how_to_get_it())
    return interpreter
