"""Install and check the engine: the only algorithms that work without one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterAuthConfig,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)

from ..core.contract.causes import explain_failure
from ..core.contract.errors import CancelledError, RegionwiseError
from ..core.contract.protocol import JOB_NAME, VERSION, Job, write_job
from ..core.tools.evaluation.params import EngineCheck
from .client import command_for, run_engine
from .declaration import ANY_FILE, RegionwiseAlgorithm, tr
from .engine_page import engine_page
from .environment import engine_home, find_interpreter, old_engines, warn_if_out_of_date
from .install.home import size_of
from .install.installation import INDEX, Request, Surroundings, download, install, remove
from .install.lock import MB
from .install.platforms import PLATFORMS, dotted, platform_named
from .install.pythons import check_there
from .install.surroundings import engine_environment
from .network import QgisNetwork, qgis_sources
from .settings import read_settings

GROUP = "Engine"
ACTIONS = ("install", "repair", "remove", "download")
ENGINES = ("auto", "full", "trees")
INSTALL_DEVICES = ("auto", "cpu", "cuda")


class InstallEngine(RegionwiseAlgorithm):
    """`regionwise:installengine`."""

    NAME = "installengine"
    TITLE = "Install engine"
    GROUP = GROUP
    SUMMARY = "Installs, repairs or removes the Python environment in which Regionwise computes."
    HELP = """
<h3>When</h3><p>Once after installing the plugin, and after an update that asks for it. QGIS's own Python is never
touched: the environment lies in your own folder for program data, one for all profiles and versions of QGIS, and is put
in force only when it is complete and has computed something.</p>
<h3>Inputs</h3><p>Nothing needs to be changed: Run is enough. <i>Engine</i>: full has networks and trees; trees has no
torch, is half as much to download, and is what auto takes where torch does not exist. <i>Device</i>: auto takes the
build for NVIDIA GPUs if a driver answers. <i>Source</i>: the Python package index (proxies, certificates and mirrors
as set in QGIS and for pip), or a folder of wheels where there is no internet. Action <i>download</i> makes such a
folder, also for another machine (Platform, Python version).</p>
<h3>Outputs</h3><p>The path of the interpreter.</p>
<h3>Example</h3><p>On a computer with internet: <code>qgis_process run regionwise:installengine -- ACTION=download
PLATFORM=win_amd64 PYTHON_VERSION=3.12 FOLDER=/media/usb/wheels</code>; on the one without:
<code>qgis_process run regionwise:installengine -- SOURCE=E:/wheels</code></p>
<h3>Limits</h3><p>Windows 10 or 11, macOS 12 or later, Linux with glibc 2.28 or later. The log says first how many
MB will come. If no Python 3.11 to 3.14 is there, one is brought. docs/install.md tells the rest.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self._add_text(
            "SOURCE", "Source (index, or a folder of wheels)", "index, or a folder of wheels.", default=INDEX
        )
        self._add_choice(
            "ENGINE", "Engine", ENGINES, "full: networks and trees. trees: without torch. auto: what fits."
        )
        self._add_choice(
            "DEVICE",
            "Device",
            INSTALL_DEVICES,
            "Which build of torch: for the processor (cpu) or an NVIDIA GPU (cuda).",
        )
        self._add_choice(
            "ACTION",
            "Action",
            ACTIONS,
            "install: if it is missing or out of date. repair: anew in any case. remove: away with it. download: a "
            "folder of wheels instead, for a computer without internet.",
        )
        self.add(
            QgsProcessingParameterFile("PYTHON", tr("Python"), fileFilter=ANY_FILE, optional=True),
            "A Python 3.11 to 3.14 to build with. Empty: one is looked for, and brought if there is none.",
            advanced=True,
        )
        self._add_text(
            "PLATFORM", "Platform", f"For download: {', '.join(p.name for p in PLATFORMS)}. Empty: this one."
        )
        self._add_text("PYTHON_VERSION", "Python version", "For download, such as 3.12: that of the other computer.")
        self._add_text("INDEX", "Package index", "Address of a package index. Empty: as pip and uv are set.")
        self.add(
            QgsProcessingParameterAuthConfig("AUTHCFG", tr("Login of the package index"), optional=True),
            "An authentication of QGIS with user and password.",
            advanced=True,
        )
        self._add_text("MIRROR", "Mirror of Pythons", "Where uv finds Pythons, if not at their makers' place.")
        self.add(
            QgsProcessingParameterFolderDestination(
                "FOLDER", tr("Folder of wheels, for Action = download"), optional=True
            ),
            "For download: the folder to make. Give it as Source on the other computer.",
            create=False,
        )
        self.addOutput(QgsProcessingOutputString("INTERPRETER", tr("Interpreter")))

    def _add_text(self, name: str, label: str, text: str, default: str = "") -> None:
        parameter = QgsProcessingParameterString(name, tr(label), default, optional=not default)
        self.add(parameter, text, advanced=not default)

    def _add_choice(self, name: str, label: str, choices: tuple[str, ...], text: str) -> None:
        self.add(QgsProcessingParameterEnum(name, tr(label), list(choices), False, choices[0], False, True), text)

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether the parameters can be used; of a missing file QGIS would only say that it is incorrect."""
        python, platform = str(parameters.get("PYTHON") or ""), str(parameters.get("PLATFORM") or "").strip()
        try:
            if python:
                check_there(python)
            if platform:
                platform_named(platform)
        except RegionwiseError as err:
            return False, str(err)
        return super().checkParameterValues(parameters, context)

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Change the engine; on failure the old one stays."""
        try:
            return self._act(parameters, context, feedback)
        except CancelledError as err:
            raise QgsProcessingException(tr("Cancelled; the engine is as it was.")) from err
        except RegionwiseError as err:
            raise QgsProcessingException(str(err)) from err
        except OSError as err:
            raise QgsProcessingException(
                tr("'{file}' cannot be written ({reason}).").format(
                    file=err.filename or engine_home(), reason=err.strerror
                )
            ) from err

    def _act(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        action = self.parameterAsEnumString(parameters, "ACTION", context)
        if action == "remove":
            gone = remove(engine_home(), old_engines())
            feedback.pushInfo(f"Removed: {', '.join(map(str, gone))}" if gone else "There was no engine to remove.")
            return {"INTERPRETER": ""}
        text = {
            name: self.parameterAsString(parameters, name, context).strip()
            for name in ("SOURCE", "PLATFORM", "PYTHON_VERSION", "INDEX", "AUTHCFG", "MIRROR")
        }
        request = Request(
            source=text["SOURCE"] or INDEX,
            engine=self.parameterAsEnumString(parameters, "ENGINE", context),
            device=self.parameterAsEnumString(parameters, "DEVICE", context),
            python=self.parameterAsFile(parameters, "PYTHON", context),
            platform=text["PLATFORM"],
            python_version=text["PYTHON_VERSION"],
            repair=action == "repair",
        )
        sources = qgis_sources(text["INDEX"], text["AUTHCFG"], text["MIRROR"])
        network = QgisNetwork(text["AUTHCFG"], feedback)
        around = Surroundings(engine_home(), sources, network, feedback, os.environ)
        if action == "download":
            return self._download(request, parameters, context, around)
        interpreter = install(request, around)
        for place in old_engines():
            feedback.pushWarning(
                f"An engine of an earlier version lies in '{place}' ({size_of(place) / MB:,.0f} MB). Action = remove "
                "takes it away, and this one, too; or delete the folder."
            )
        feedback.pushInfo(f"The engine is ready: {interpreter}")
        return {"INTERPRETER": str(interpreter)}

    def _download(
        self, request: Request, parameters: dict[str, Any], context: QgsProcessingContext, around: Surroundings
    ) -> dict[str, Any]:
        named = self.parameterAsFileOutput(parameters, "FOLDER", context) or (
            "" if request.source == INDEX else request.source
        )
        if not named:
            raise RegionwiseError("FOLDER is not given: there is no place for the wheels.", "Choose a folder.")
        plan = download(request, Path(named), around)
        around.feedback.pushInfo(
            f"On the other computer ({plan.platform}, Python {dotted(plan.python)}): 'Install engine' with Source = "
            f"the folder '{named}', wherever it lies there."
        )
        return {"INTERPRETER": "", "FOLDER": named}


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
<h3>Limits</h3><p>A kernel, a tree, a raster and a CRS are tried, each small; a run may still need more memory than
there is.</p>"""

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
            **{f"Engine of an earlier version {n}": str(place) for n, place in enumerate(old_engines(), 1)},
            "Free disk there": _free_disk(engine_home()),
        }
        verdict, good = "The engine works.", True
        try:
            facts |= _ask_engine(feedback)
            broken = [name for name, value in facts.items() if value.startswith("FAILED")]
            if broken:
                known = explain_failure(" ".join(facts[name] for name in broken))
                message, remedy = known or ("", "Run 'Install engine' with Action = repair.")
                raise RegionwiseError(f"{', '.join(broken)} failed. {message}".strip(), remedy)
        except CancelledError as err:
            raise QgsProcessingException(tr("Cancelled.")) from err
        except RegionwiseError as err:
            verdict, good = str(err), False
        for name, value in facts.items():
            feedback.pushInfo(f"{name}: {value}")
        (feedback.pushInfo if good else feedback.pushWarning)(verdict)
        report = self.parameterAsFileOutput(parameters, "REPORT", context)
        _write_page(report, engine_page(verdict, good, facts))
        self.results = {"REPORT": report, "VERDICT": verdict}
        return self.results


def _ask_engine(feedback: QgsProcessingFeedback) -> dict[str, str]:
    """Versions, device and memory as the engine tells them.

    Raises
    ------
    RegionwiseError
        If there is no engine, or it does not run.
    """
    interpreter = find_interpreter()
    warn_if_out_of_date(interpreter, feedback)
    folder = Path(QgsProcessingUtils.generateTempFilename("checkengine.job"))
    folder.mkdir(parents=True, exist_ok=True)
    job = Job(EngineCheck.__name__, EngineCheck().to_json(), read_settings())
    write_job(folder / JOB_NAME, job)
    answer = run_engine(
        command_for(interpreter, folder / JOB_NAME), engine_environment(os.environ, interpreter), folder, feedback
    )
    outputs: dict[str, str] = answer["outputs"]
    return outputs


def _free_disk(folder: Path) -> str:
    while not folder.exists():
        folder = folder.parent
    return f"{shutil.disk_usage(folder).free / 2**30:.1f} GiB"


def _write_page(path: str, page: str) -> None:
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(page, encoding="utf-8")
    except OSError as err:
        raise QgsProcessingException(f"'{path}' cannot be written ({err.strerror}).") from err
