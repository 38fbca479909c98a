"""Engine state: what is known of the engine without starting it, in words, and as text for a report of a fault."""

from __future__ import annotations

import getpass
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from qgis.core import Qgis
from qgis.PyQt.QtCore import QT_VERSION_STR

from ..core.contract.errors import RegionwiseError
from ..core.contract.protocol import VERSION
from .environment import UPDATE, find_interpreter
from .install.home import out_of_date, size_of, stamp_of
from .install.lock import MB, read_lock
from .settings import read_settings
from .translation import tr


@dataclass(frozen=True)
class EngineState:
    """What the disk tells of the engine.

    Parameters
    ----------
    interpreter : Path, optional
        None: there is no engine.
    problem : str
        Why there is none.
    stamp : dict
        What its installation has written down; empty for a Python of the user.
    """

    interpreter: Path | None
    problem: str
    stamp: dict[str, str]

    def sentence(self) -> str:
        """What users read of it."""
        if self.interpreter is None:
            return self.problem
        if not self.stamp:
            return tr("The engine is your own Python: {}").format(without_names(str(self.interpreter)))
        return tr("Version {version}, {engine}, for {device}.").format(
            version=self.stamp.get("version", "?"),
            engine=tr("trees only") if self.stamp.get("engine") == "trees" else tr("networks and trees"),
            device=tr("an NVIDIA GPU") if self.stamp.get("device") == "cuda" else tr("the processor"),
        )


def engine_state() -> EngineState:
    """What a few small files tell of the engine; at once."""
    try:
        interpreter = find_interpreter()
    except RegionwiseError as err:
        return EngineState(None, f"{err.message[:1].upper()}{err.message[1:]}", {})
    return EngineState(interpreter, "", stamp_of(interpreter))


class Measurement:
    """What takes seconds to find out of an engine; a thread does so, which no end of QGIS waits for.

    `size` and `update`, whether it should be updated, are in words, and empty until they are known.
    """

    def __init__(self, interpreter: Path) -> None:
        self.size = self.update = ""
        Thread(target=self._measure, args=(interpreter,), daemon=True).start()

    def _measure(self, interpreter: Path) -> None:
        folder = interpreter.parents[1]
        self.update = UPDATE if out_of_date(interpreter, read_lock()) else ""
        if (folder / "pyvenv.cfg").exists():  # else its folder holds other programs, too
            self.size = tr("{} MB on disk.").format(f"{size_of(folder) / MB:,.0f}")


def diagnostics(measured: str = "") -> str:
    """Facts for a report of a fault; paths say ~ for the folder of the user.

    Parameters
    ----------
    measured : str
        The size of the engine, in words.
    """
    state = engine_state()
    facts = {
        "Regionwise": VERSION,
        "QGIS": f"{Qgis.QGIS_VERSION}, Qt {QT_VERSION_STR}, Python {platform.python_version()}",
        "System": f"{platform.platform()}, {os.cpu_count()} processors",
        "Engine": str(state.interpreter or state.problem),
        **{f"Engine: {name}": value for name, value in state.stamp.items()},
        "Engine: on disk": measured,
        "Options": _options(),
    }
    return without_names("\n".join(f"{name}: {value}" for name, value in facts.items() if value))


def without_names(text: str) -> str:
    """`text` with ~ for the folder of the user, and for the user's name elsewhere in a path."""
    shorter = text.replace(str(Path.home()), "~")
    try:
        user = re.escape(getpass.getuser())
    except (KeyError, OSError):  # this system does not tell it
        return shorter
    return re.sub(rf"(?<=[/\\]){user}(?=[/\\]|$)", "~", shorter, flags=re.MULTILINE)


def _options() -> str:
    try:
        settings = read_settings()
    except RegionwiseError as err:
        return str(err)
    return f"memory {settings.memory_gb:g} GiB, threads {settings.threads}, device {settings.device}"
