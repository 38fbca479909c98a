"""Install and check the engine: the only algorithms that work without one."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingUtils,
)

from ..core.contract.causes import explain_failure
from ..core.contract.declare import choice, file_output, folder_output, input_file, login, text
from ..core.contract.errors import CancelledError, RegionwiseError
from ..core.contract.params import Params
from ..core.contract.protocol import JOB_NAME, VERSION, Job, write_job
from ..core.tools.evaluation.params import EngineCheck
from .client import command_for, run_engine
from .declaration import RegionwiseAlgorithm
from .engine_page import engine_page
from .environment import engine_home, find_interpreter, old_engines, warn_if_out_of_date
from .install.home import size_of
from .install.installation import INDEX, Request, Surroundings, download, install, remove
from .install.lock import MB
from .install.platforms import dotted, platform_named
from .install.pythons import check_there
from .install.surroundings import engine_environment
from .network import QgisNetwork, qgis_sources
from .settings import read_settings
from .translation import tr

GROUP = "Engine"
ACTIONS = ("install", "repair", "remove", "download")
ENGINES = ("auto", "full", "trees")
INSTALL_DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class EngineInstallation(Params):
    """What is to become of the engine."""

    source: str = text(INDEX, "Source (index, or a folder of wheels)", help="index, or a folder of wheels.")
    engine: str = choice(
        "auto", "Engine", ENGINES, help="full: networks and trees. trees: without torch. auto: what fits."
    )
    device: str = choice(
        "auto",
        "Device",
        INSTALL_DEVICES,
        help="Which build of torch: for the processor (cpu) or an NVIDIA GPU (cuda).",
    )
    action: str = choice(
        "install",
        "Action",
        ACTIONS,
        help="install: if it is missing or out of date. repair: anew in any case. remove: away with it. download: a "
        "folder of wheels instead, for a computer without internet.",
    )
    python: str = input_file(
        "Python",
        optional=True,
        advanced=True,
        help="A Python 3.11 to 3.14 to build with. Empty: one is looked for, and brought if there is none.",
    )
    platform: str = text(
        "",
        "Platform",
        optional=True,
        advanced=True,
        help="For download: one of those that the page names, as win_amd64. Empty: this one.",
    )
    python_version: str = text(
        "",
        "Python version",
        optional=True,
        advanced=True,
        help="For download, such as 3.12: that of the other computer.",
    )
    index: str = text(
        "",
        "Package index",
        optional=True,
        advanced=True,
        help="Address of a package index. Empty: as pip and uv are set.",
    )
    authcfg: str = login(
        "Login of the package index",
        optional=True,
        advanced=True,
        help="An authentication of QGIS with user and password.",
    )
    mirror: str = text(
        "",
        "Mirror of Pythons",
        optional=True,
        advanced=True,
        help="Where uv finds Pythons, if not at their makers' place.",
    )
    folder: str = folder_output(
        "Folder of wheels, for Action = download",
        optional=True,
        advanced=True,
        help="For download: the folder to make. Give it as Source on the other computer.",
    )


@dataclass(frozen=True)
class EngineReport(Params):
    """What is written of the engine."""

    report: str = file_output("Report", "html", optional=True, created=True, help="The page to write.")


class InstallEngine(RegionwiseAlgorithm):
    """`regionwise:installengine`."""

    NAME = "installengine"
    GROUP = GROUP
    PARAMS = EngineInstallation
    ORDER = (
        *("source", "engine", "device", "action"),
        *("python", "platform", "python_version", "index", "authcfg", "mirror", "folder"),
    )
    TEXTS = MappingProxyType({"INTERPRETER": "Interpreter"})

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
    GROUP = GROUP
    PARAMS = EngineReport
    ORDER = ("report",)
    TEXTS = MappingProxyType({"VERDICT": "Verdict"})

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
        if report:
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
