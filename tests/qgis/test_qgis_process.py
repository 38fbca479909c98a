"""End to end through the real qgis_process, as a user types it."""

import json
import os
import signal
import subprocess
import time

import pytest
import rasterio
from support import ROOT, start_qgis_process

pytestmark = pytest.mark.qgis
TARGETS = "TARGETS=F;F_NF;NF_F;NF"


@pytest.fixture(scope="session")
def data(qgis_process, tmp_path_factory):
    """A simulated world, made by qgis_process in a folder with spaces and Chinese characters."""
    folder = tmp_path_factory.mktemp("乡村 data") / "world"
    status, out, err = qgis_process(
        "run", "regionwise:simulate", "--", "SIZE=96", "DESIGN=uniform", "SEED=3", f"OUTPUT_FOLDER={folder}"
    )
    assert status == 0, out + err
    return folder


def inputs(data, *, samples="samples.gpkg"):
    return [f"DAY={data / 'day.tif'}", f"NIGHT={data / 'night.tif'}", f"SAMPLES={data / samples}", TARGETS]


NETWORK = ["WIDTH=4", "BLOCKS=1,1,1", "EPOCHS=2"]


@pytest.mark.train
def test_train_map_inspect(data, qgis_process, inside, tmp_path):
    model, report = tmp_path / "out" / "m.safetensors", tmp_path / "out" / "r.html"
    status, out, err = qgis_process(
        "--json", "run", "regionwise:traincomposition", "--", *inputs(data), "VALIDATION=random", "FOLDS=2", *NETWORK,
        f"MODEL={model}", f"REPORT={report}",
    )  # fmt: skip
    assert status == 0, err
    results = json.loads(out)["results"]
    assert isinstance(results["R2_MEAN"], float)
    assert results["REPORT"] == str(report)
    assert report.exists()
    status, out, err = qgis_process(
        "run", "regionwise:mapcomposition", "--", *inputs(data)[:2], f"MODEL={model}", f"OUTPUT={tmp_path / 'map.tif'}",
        "EXTENT=-1000,2000,-1500,1800",
    )  # fmt: skip
    assert status == 0, out + err
    with rasterio.open(tmp_path / "map.tif") as file:
        assert file.descriptions == ("F", "F_NF", "NF_F", "NF")
        assert file.width < 40
    assert (tmp_path / "map.tif.job" / "job.json").exists()
    inside.tool("regionwise:inspectmodel", f"MODEL={model}", f"REPORT={tmp_path / 'i.html'}")
    assert (tmp_path / "i.html").exists()


def test_job_file_repeats_the_run_without_qgis(world, inside, tmp_path):
    inside.tool("regionwise:standardise", f"INPUT={world / 'day.tif'}", f"OUTPUT_FOLDER={tmp_path / 'z'}")
    target = tmp_path / "z" / "day.tif"
    before = target.read_bytes()
    target.unlink()
    (job,) = tmp_path.rglob("job.json")
    subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-m", "regionwise.core.worker", str(job)],
        env={"PYTHONPATH": str(ROOT / "_alias")},
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    assert target.read_bytes() == before


def test_failure_has_status_1_and_one_sentence(data, qgis_process, tmp_path):
    status, out, err = qgis_process(
        "run",
        "regionwise:traincomposition",
        "--",
        *inputs(data)[:3],
        "TARGETS=F;region",
        f"MODEL={tmp_path / 'm.safetensors'}",
    )
    assert status == 1
    assert "Target field 'region' has a name that the outputs need. Rename the field" in out + err
    assert not (tmp_path / "m.safetensors").exists()


def engines(folder):
    """Return the processes of engines whose job lies in `folder`."""
    found = subprocess.run(["pgrep", "-f", f"attached {folder}"], capture_output=True, text=True, check=False)
    return set(found.stdout.split())


@pytest.mark.train
@pytest.mark.parametrize(
    ("options", "number"),
    [([], signal.SIGINT), (["--json"], signal.SIGINT), ([], signal.SIGKILL)],
    ids=["SIGINT", "SIGINT-json", "SIGKILL"],
)
def test_interrupted_qgis_process_leaves_no_engine_and_no_finished_looking_file(data, tmp_path, options, number):
    process = start_qgis_process(
        *options,
        "run",
        "regionwise:traincomposition",
        "--",
        *inputs(data),
        "WIDTH=64",
        f"MODEL={tmp_path / 'm.safetensors'}",
    )
    end = time.monotonic() + 60
    while not engines(tmp_path) and time.monotonic() < end:
        time.sleep(0.1)
    assert engines(tmp_path), process.communicate(timeout=5)
    while not list(tmp_path.rglob("*.npy")) and time.monotonic() < end:
        time.sleep(0.1)  # into the training, which begins with patches
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=10)
    gone = time.monotonic() + 2
    while engines(tmp_path) and time.monotonic() < gone:
        time.sleep(0.05)
    assert not engines(tmp_path)
    assert process.returncode != 0
    if number == signal.SIGINT and not options:
        assert "Cancelled; nothing was written" in out + err
    assert not (tmp_path / "m.safetensors").exists()


def test_engine_is_checked_with_and_without_one(inside, tmp_path):
    report = tmp_path / "check.html"
    inside.tool("regionwise:checkengine", f"REPORT={report}")
    assert "The engine works." in report.read_text()
    assert "Package torch" in report.read_text()
    found = inside(
        f"""
result = processing.run("regionwise:checkengine", {{"REPORT": {str(report)!r}}})
print(json.dumps(result["VERDICT"]))
""",
        REGIONWISE_PYTHON="",
        REGIONWISE_HOME=str(tmp_path / "nothing"),
    )
    assert found.startswith("The engine is not installed. Run 'Install engine'")
    assert "The engine is not installed" in report.read_text()
