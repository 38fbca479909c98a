"""Fixtures: a small world with known truth, tasks run in this process, QGIS, and the real qgis_process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
TARGETS = ("F", "F_NF", "NF_F", "NF")


def pytest_report_header():
    """Say which real data are there, so that a skipped test surprises nobody."""
    state = "there" if SHARED.is_dir() else "absent: tests with published weights are skipped"
    return f"reference data in '../shared': {state}"


@pytest.fixture(scope="session")
def shared():
    """The folder of reference tensors; tests that need it are skipped, and listed, where it is absent."""
    if not (SHARED / "reference").is_dir():
        pytest.skip("reference data are not on this machine")
    return SHARED


@dataclass
class Ran:
    """What a task did: its result, and the messages it sent."""

    result: object
    messages: list[dict] = field(default_factory=list)

    @property
    def log(self):
        return "\n".join(m["text"] for m in self.messages if m["kind"] == "log")


def run_task(function, params, folder, **settings):
    """Run a task in this process, in the job folder `folder`."""
    from regionwise.core.protocol import Channel, Settings
    from regionwise.core.run import Run

    folder.mkdir(parents=True, exist_ok=True)
    stream = io.BytesIO()
    result = function(params, Run(Channel(stream), Settings(device="cpu", **settings), folder))
    return Ran(result, [json.loads(line) for line in stream.getvalue().splitlines()])


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The folder of a small simulated world: day, night, truth, samples, regions."""
    from regionwise.core.params_composition import Simulation
    from regionwise.core.tasks.simulation import simulate

    folder = tmp_path_factory.mktemp("world")
    run_task(simulate, Simulation(size=96, seed=3, output_folder=str(folder)), folder)
    return folder


@pytest.fixture
def training(world, tmp_path):
    """Return a function that makes parameters of a tiny training run on the world."""
    from regionwise.core.params import Layer
    from regionwise.core.params_composition import CompositionRegions, CompositionTraining

    def make(**changes):
        values = {
            "day": (Layer(str(world / "day.tif"), "day"),),
            "night": (Layer(str(world / "night.tif"), "night"),),
            "samples": Layer(str(world / "samples.gpkg"), "samples"),
            "targets": TARGETS,
            "validation": "random",
            "folds": 2,
            "width": 4,
            "blocks": "1,1,1",
            "epochs": 3,
            "batch": 32,
            "learning_rate": 3e-3,
            "model": str(tmp_path / "model.safetensors"),
        } | changes
        return (CompositionRegions if "regions" in values else CompositionTraining)(**values)

    return make


@pytest.fixture(scope="session")
def qgis_app(tmp_path_factory):
    """QGIS in this process, with Processing and the Regionwise provider."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from qgis.core import QgsApplication
    except ImportError:
        pytest.fail("PyQGIS is missing; run the tests with ./dev test")
    application = QgsApplication([], False, str(tmp_path_factory.mktemp("profile")))
    application.initQgis()
    sys.path.append("/usr/share/qgis/python/plugins")  # where the system's Processing lives
    from processing.core.Processing import Processing
    from regionwise.algorithms.provider import RegionwiseProvider

    Processing.initialize()
    provider = RegionwiseProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    provider.refreshAlgorithms()
    yield application
    application.exitQgis()


@pytest.fixture(scope="session")
def provider(qgis_app):
    """The provider with its algorithms."""
    return qgis_app.processingRegistry().providerById("regionwise")


def start_qgis_process(*arguments, **environment):
    """Start the real qgis_process with this plugin; return the process."""
    return subprocess.Popen(
        [str(ROOT / "dev"), "qgis_process", *[str(a) for a in arguments]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )


@pytest.fixture(scope="session")
def qgis_process():
    """Return a function that runs the real qgis_process and gives (status, stdout, stderr)."""

    def run(*arguments, **environment):
        process = start_qgis_process(*arguments, **environment)
        out, err = process.communicate(timeout=600)
        return process.returncode, out, err

    return run
