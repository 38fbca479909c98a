"""Fixtures: a small world with known truth, tasks run in this process, QGIS, and the real qgis_process."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from support import ROOT, run_task, start_qgis_process

SHARED = ROOT.parent / "shared"


if "PYTEST_XDIST_WORKER" in os.environ:  # workers have a processor each
    os.environ.setdefault("OMP_NUM_THREADS", "1")

TESTS = Path(__file__).parent
# that take longest; they begin first, so that workers end together
LONGEST = ("docs", "qgis", "families/forecast", "families/susceptibility", "cluster")
QGIS = {"qgis_app", "provider", "inside", "qgis_process"}  # fixtures that start it

settings.register_profile("untimed", deadline=None)  # a busy machine is no defect
settings.load_profile("untimed")


def pytest_collection_modifyitems(items):
    """Let what takes longest begin, and mark the tests that start QGIS."""
    folders = {item: item.path.parent.relative_to(TESTS).as_posix() for item in items}
    for item in items:
        if QGIS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.qgis)
    items.sort(key=lambda item: LONGEST.index(folders[item]) if folders[item] in LONGEST else len(LONGEST))


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


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The folder of a small simulated world: day, night, truth, samples, regions."""
    from regionwise.core.tools.simulation.params import Simulation
    from regionwise.core.tools.simulation.simulate import simulate

    folder = tmp_path_factory.mktemp("world")
    run_task(simulate, Simulation(size=96, seed=3, output_folder=str(folder)), folder)
    return folder


@pytest.fixture
def training(world, tmp_path):
    """Return a function that makes parameters of a tiny training run on the world."""
    from trainings import training_of

    return partial(training_of, world, tmp_path)


@pytest.fixture(scope="session")
def qgis_app(tmp_path_factory):
    """QGIS in this process, with Processing and the Regionwise provider."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # at the end, so that the engine's own packages win over the system's
    sys.path += ["/usr/lib/python3/dist-packages", "/usr/share/qgis/python/plugins"]
    try:
        from qgis.core import QgsApplication
    except ImportError:
        missing = pytest.skip if os.name == "nt" else pytest.fail
        missing("PyQGIS is missing; run the tests with ./dev test")
    application = QgsApplication([], False, str(tmp_path_factory.mktemp("profile")))
    application.initQgis()
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


@pytest.fixture(scope="session")
def inside():
    """One QGIS with the plugin that tests share: a function that runs code there, with a method that runs a tool."""
    from session import QgisSession

    session = QgisSession()
    yield session
    session.close()


@pytest.fixture(scope="session")
def qgis_process():
    """Return a function that runs the real qgis_process and gives (status, stdout, stderr)."""

    def run(*arguments, **environment):
        process = start_qgis_process(*arguments, **environment)
        out, err = process.communicate(timeout=600)
        return process.returncode, out, err

    return run


@pytest.fixture(scope="session")
def write():
    """Return a function that writes a raster, shape (row, col) or (band, row, col), and gives its layer."""
    import numpy as np
    import rasterio
    from affine import Affine
    from rasterio.crs import CRS
    from regionwise.core.contract.layer import Layer

    north_up, utm = Affine(90, 0, 500_000, 0, -90, 3_300_000), CRS.from_epsg(32648)

    def make(path, values, *, transform=north_up, crs=utm, nodata=None, names=None):
        values = np.asarray(values) if np.ndim(values) == 3 else np.asarray(values)[None]
        count, height, width = values.shape
        profile = {"dtype": values.dtype, "count": count, "height": height, "width": width}
        with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, nodata=nodata, **profile) as file:
            file.write(values)
            if names:
                file.descriptions = names
        return Layer(str(path), path.stem)

    return make


@pytest.fixture
def scene(tmp_path, write):
    """Day and night rasters of 70 x 90 cells with holes, and a model."""
    import numpy as np
    from maps import make_model

    rng = np.random.default_rng(0)
    day = rng.normal(size=(2, 70, 90)).astype(np.float32)
    day[:, 20:40, 30:60] = np.nan
    day[0, 0, 5] = np.nan
    night = rng.normal(size=(70, 90)).astype(np.float32)
    night[50:60, :20] = np.nan
    return {
        "day": (write(tmp_path / "day.tif", day, names=("RED", "NIR")),),
        "night": (write(tmp_path / "night.tif", night, names=("VIIRS",)),),
        "model": make_model(tmp_path / "m.safetensors", regions=("", "")),
    }


@pytest.fixture
def small_tiles(monkeypatch):
    """Let maps be cut into many tiles."""
    from regionwise.core.mapping import run_map

    monkeypatch.setattr(run_map, "TILE_SIDES", (32, 16))


@pytest.fixture
def ensemble(scene, tmp_path):
    """Two regions on the upper half of the scene, and an expert for each."""
    import geopandas as gpd
    from maps import make_model
    from regionwise.core.contract.layer import Layer
    from shapely.geometry import box

    left, top = 500_000, 3_300_000
    shapes = [box(left, top - 35 * 90, left + 45 * 90, top), box(left + 45 * 90, top - 35 * 90, left + 90 * 90, top)]
    gpd.GeoDataFrame({"region": ["A", "B"]}, geometry=shapes, crs="EPSG:32648").to_file(tmp_path / "r.gpkg")
    expert = make_model(tmp_path / "e.safetensors", kind="within", regions=("A", "B"), seed=50)
    return {
        **scene,
        "regional_model": expert,
        "regions": Layer(str(tmp_path / "r.gpkg"), "r"),
        "region_field": "region",
    }


@pytest.fixture
def answers_given(monkeypatch):
    """A list that grows by predictor and wanted pixels with each answer of a network."""
    from regionwise.core.learners.patch_learner import PatchPredictor

    calls, original = [], PatchPredictor.answer

    def counted(predictor, values, wanted):
        calls.append((predictor, wanted))
        return original(predictor, values, wanted)

    monkeypatch.setattr(PatchPredictor, "answer", counted)
    return calls
