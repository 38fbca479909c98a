"""Install and check the engine: the only algorithms that work without one."""

from __future__ import annotations

import html
import shutil
from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)

from ..core.errors import CancelledError, RegionwiseError
from ..core.params import EngineCheck
from ..core.protocol import JOB_NAME, VERSION, Job, write_job
from . import managed
from .client import command_for, run_engine
from .declaration import RegionwiseAlgorithm, tr
from .environment import engine_environment, engine_home, find_interpreter
from .settings import read_settings

GROUP = "Engine"
ACTIONS = ("install", "repair", "remove")
INSTALL_DEVICES = ("auto", "cpu", "cuda")
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Regionwise engine</title><style>
body {{ font: 15px/1.5 sans-serif; margin: 2rem auto; max-width: 50rem; color: #1d2b2f; }}
td {{ padding: .25rem .8rem; border-bottom: 1px solid #d9e2e3; overflow-wrap: anywhere; }}
.good {{ color: #14746f; }} .bad {{ color: #9e2a2b; }}
</style></head><body><h1>Regionwise engine</h1><p class="{kind}">{verdict}</p><table>{rows}</table></body></html>
"""


class InstallEngine(RegionwiseAlgorithm):
    """`regionwise:installengine`."""

    NAME = "installengine"
    TITLE = "Install engine"
    GROUP = GROUP
    SUMMARY = "Installs, repairs or removes the Python environment in which Regionwise computes."
    HELP = """
<h3>When</h3><p>Once after installing the plugin, and after an update that asks for it. QGIS's own Python is never
touched: the environment lies in a folder of your QGIS profile and is put in force only when it is complete.</p>
<h3>Inputs</h3><p>Source: <i>index</i> for the Python package index (proxies and mirrors as configured for pip), or a
folder of wheels where there is no internet. Device: auto takes the GPU build if an NVIDIA driver answers.</p>
<h3>Outputs</h3><p>The path of the interpreter.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:installengine -- SOURCE=/media/usb/wheels DEVICE=cpu</code></p>
<h3>Limits</h3><p>Needs a Python 3.11 to 3.14 with venv on the machine, 2.5 GB of disk (12 GB with CUDA), and some
minutes. An existing environment of your own can be named in the options instead.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add(
            QgsProcessingParameterString("SOURCE", tr("Source"), "index"),
            "index, or a folder of wheels.",
        )
        self.add(
            QgsProcessingParameterEnum("DEVICE", tr("Device"), list(INSTALL_DEVICES), False, "auto", False, True),
            "Which build of torch: for the processor (cpu) or an NVIDIA GPU (cuda).",
        )
        self.add(
            QgsProcessingParameterEnum("ACTION", tr("Action"), list(ACTIONS), False, "install", False, True),
            "install: if it is missing or out of date. repair: anew in any case. remove: away with it.",
        )
        self.addOutput(QgsProcessingOutputString("INTERPRETER", tr("Interpreter")))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Change the engine; on failure the old one stays."""
        action = self.parameterAsEnumString(parameters, "ACTION", context)
        home = engine_home()
        try:
            if action == "remove":
                there = managed.remove(home)
                feedback.pushInfo("The engine is removed." if there else "There was no engine to remove.")
                return {"INTERPRETER": ""}
            interpreter = managed.install(
                home,
                source=self.parameterAsString(parameters, "SOURCE", context) or "index",
                device=self.parameterAsEnumString(parameters, "DEVICE", context),
                repair=action == "repair",
                feedback=feedback,
            )
        except CancelledError as err:
            raise QgsProcessingException(tr("Cancelled; the engine is as it was.")) from err
        except RegionwiseError as err:
            raise QgsProcessingException(str(err)) from err
        except OSError as err:
            raise QgsProcessingException(f"'{home}' cannot be written ({err.strerror}).") from err
        feedback.pushInfo(f"The engine is ready: {interpreter}")
        return {"INTERPRETER": str(interpreter)}


class CheckEngine(RegionwiseAlgorithm):
    """`regionwise:checkengine`."""

    NAME = "checkengine"
    TITLE = "Check engine"
    GROUP = GROUP
    SUMMARY = "Shows which engine is used, its versions, whether the GPU really works, free memory and disk."
    HELP = """
<h3>When</h3><p>When a tool cannot run, or is slower than it should be. Works without an engine, too: then it says
how to get one.</p>
<h3>Outputs</h3><p>A report, and its verdict as text.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:checkengine -- REPORT=engine.html</code></p>
<h3>Limits</h3><p>The GPU is tried with one small convolution; a run may still need more memory than it has.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add(
            QgsProcessingParameterFileDestination("REPORT", tr("Report"), "HTML files (*.html)"),
            "The page to write.",
        )
        self.addOutput(QgsProcessingOutputString("VERDICT", tr("Verdict")))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Write what can be found out; a broken engine is a finding, not a failure."""
        facts = {
            "Plugin version": VERSION,
            "QGIS": Qgis.QGIS_VERSION,
            "Folder of the installed engine": str(engine_home()),
            "Free disk there": _free_disk(engine_home()),
        }
        verdict, good = "The engine works.", True
        try:
            facts |= _ask_engine(feedback)
            broken = [name for name, value in facts.items() if value.startswith("FAILED")]
            if broken:
                raise RegionwiseError(f"{', '.join(broken)} failed.", "Run 'Install engine' with Action = repair.")
        except CancelledError as err:
            raise QgsProcessingException(tr("Cancelled.")) from err
        except RegionwiseError as err:
            verdict, good = str(err), False
        for name, value in facts.items():
            feedback.pushInfo(f"{name}: {value}")
        (feedback.pushInfo if good else feedback.pushWarning)(verdict)
        report = self.parameterAsFileOutput(parameters, "REPORT", context)
        _write_page(report, verdict, good, facts)
        return {"REPORT": report, "VERDICT": verdict}


def _ask_engine(feedback: QgsProcessingFeedback) -> dict[str, str]:
    """Return what the engine tells of itself.

    Raises
    ------
    RegionwiseError
        If there is no engine, or it does not run.
    """
    interpreter = find_interpreter()
    folder = Path(QgsProcessingUtils.generateTempFilename("checkengine.job"))
    folder.mkdir(parents=True, exist_ok=True)
    job = Job(EngineCheck.__name__, EngineCheck().to_json(), read_settings())
    write_job(folder / JOB_NAME, job)
    answer = run_engine(command_for(interpreter, folder / JOB_NAME), engine_environment(), folder, feedback)
    outputs: dict[str, str] = answer["outputs"]
    return outputs


def _free_disk(folder: Path) -> str:
    while not folder.exists():
        folder = folder.parent
    return f"{shutil.disk_usage(folder).free / 2**30:.1f} GiB"


def _write_page(path: str, verdict: str, good: bool, facts: dict[str, str]) -> None:
    rows = "".join(f"<tr><td>{html.escape(k)}</td><td>{html.escape(v)}</td></tr>" for k, v in facts.items())
    page = PAGE.format(kind="good" if good else "bad", verdict=html.escape(verdict), rows=rows)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(page, encoding="utf-8")
    except OSError as err:
        raise QgsProcessingException(f"'{path}' cannot be written ({err.strerror}).") from err
