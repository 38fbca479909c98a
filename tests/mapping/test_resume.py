"""Resume: a map that was stopped equals one that never was, and nothing half-finished or foreign gets in."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from maps import make_model, map_to, run
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.protocol import Job, Settings, write_job
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.mapping import run_map
from support import ROOT


def test_a_disk_that_swallows_the_end_of_a_file_is_noticed_and_the_tiles_are_kept(scene, tmp_path, monkeypatch):
    from regionwise.core.mapping import mosaic

    original = mosaic.rasterio.shutil.copy

    def cut(source, target, **options):
        original(source, target, **options)
        with open(target, "r+b") as file:
            file.truncate(Path(target).stat().st_size - 500)

    with monkeypatch.context() as patch:
        patch.setattr(mosaic.rasterio.shutil, "copy", cut)
        with pytest.raises(RegionwiseError, match=r"could not be written whole; the disk of .* may be full"):
            map_to(scene, tmp_path, "map")
    assert not (tmp_path / "map.tif").exists()
    _, ran = map_to(scene, tmp_path, "map")
    assert "1 of 1 tiles were finished in an earlier run, kept" in ran.log


def test_the_time_of_a_map_is_told_after_its_first_tile_with_data(scene, tmp_path, monkeypatch):
    monkeypatch.setattr(run_map, "TILE_SIDES", (16,))
    _, ran = map_to(scene, tmp_path, "map")
    told = [line for line in ran.log.splitlines() if "on this machine for " in line]
    assert len(told) == 1
    assert told[0].startswith("About ")
    assert ran.log.index(told[0]) < ran.log.index(" tiles mapped")


def test_a_map_of_one_tile_tells_no_time(scene, tmp_path):
    assert "on this machine for " not in map_to(scene, tmp_path, "map")[1].log


def test_memory_too_small_is_told_before_the_start(scene, tmp_path):
    params = CompositionMapping(**scene, output=str(tmp_path / "map.tif"))
    with pytest.raises(RegionwiseError, match=r"Mapping needs .* GiB, the Memory setting allows 0.0"):
        run(params, tmp_path / "job", memory_gb=0.01)
    assert not (tmp_path / "map.tif").exists()


DRIVER = """
import sys, time
from regionwise.core.mapping import run_map; from regionwise.core import worker
run_map.TILE_SIDES = (16,)
original = run_map.Mosaic.write
def slow(*arguments):
    time.sleep(float(sys.argv[2]))
    original(*arguments)
run_map.Mosaic.write = slow
sys.exit(worker.main([sys.argv[1]]))
"""


@pytest.mark.train
def test_map_resumed_after_a_real_kill_is_the_same_byte_for_byte(scene, tmp_path):
    def parameters(name):
        outputs = {"output": f"{name}.tif", "uncertainty": f"{name}-sd.tif", "folder": name}
        outputs["dominant"] = f"{name}-top.tif"
        return CompositionMapping(**scene, **{key: str(tmp_path / path) for key, path in outputs.items()}, device="cpu")

    def start(name, delay):
        folder = tmp_path / f"{name}.job"
        folder.mkdir(exist_ok=True)
        params = parameters(name)
        write_job(folder / "job.json", Job("CompositionMapping", params.to_json(), Settings(threads=1)))
        command = [sys.executable, "-c", DRIVER, str(folder / "job.json"), str(delay)]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")}
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_map, "TILE_SIDES", (16,))
        run(parameters("whole"), tmp_path / "whole.job", threads=1)
    killed = start("killed", 0.2)
    end = time.monotonic() + 600
    while len(list(tmp_path.glob("killed.job/work-*/tile-*.tif"))) < 5 and time.monotonic() < end:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    done = list(tmp_path.glob("killed.job/work-*/tile-*.tif"))
    assert 5 <= len(done) < 30
    assert not (tmp_path / "killed.tif").exists()
    resumed = start("killed", 0)
    out, _ = resumed.communicate(timeout=900)
    assert resumed.returncode == 0
    assert "of 30 tiles were finished in an earlier run, kept" in out
    for ending in (".tif", "-sd.tif", "-top.tif", "/NF.tif"):
        assert Path(f"{tmp_path}/killed{ending}").read_bytes() == Path(f"{tmp_path}/whole{ending}").read_bytes()
    assert not list(tmp_path.glob("killed.job/work-*"))


@pytest.fixture
def interrupted(monkeypatch):
    """Return a context in which mapping is interrupted after six answers of members."""
    from regionwise.core.mapping import ensemble

    @contextlib.contextmanager
    def context():
        original, calls = ensemble.answer, []

        def dies(*args, **kwargs):
            calls.append(1)
            if len(calls) > 6:
                raise KeyboardInterrupt
            return original(*args, **kwargs)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(ensemble, "answer", dies)
            yield

    return context


def test_other_inputs_never_resume_the_tiles_of_these(scene, tmp_path, small_tiles, interrupted):
    params = CompositionMapping(**scene, output=str(tmp_path / "map.tif"))
    with interrupted():
        run(params, tmp_path / "job")
    kept = list(Path(tmp_path / "job").glob("work-*/tile-*.tif"))
    assert kept
    make_model(tmp_path / "m.safetensors", regions=("", ""), seed=9)
    ran = run(params, tmp_path / "job")
    assert "earlier run" not in ran.log


def test_map_resumed_with_less_memory_and_so_other_tiles_is_right(scene, tmp_path, monkeypatch, interrupted):
    whole, _ = map_to(scene, tmp_path, "whole")
    monkeypatch.setattr(run_map, "TILE_SIDES", (32,))
    with interrupted():
        map_to(scene, tmp_path, "map")
    monkeypatch.setattr(run_map, "TILE_SIDES", (16,))
    resumed, ran = map_to(scene, tmp_path, "map")
    np.testing.assert_allclose(resumed, whole, atol=1e-6)
    assert "Networks are computed by torch (float32), as this map was begun" in ran.log


def test_input_is_never_overwritten_by_the_map(scene, tmp_path):
    with pytest.raises(RegionwiseError, match="is an input of this run and would be lost"):
        map_to(scene, tmp_path, "map", output=scene["day"][0].path)


MEASURE = """
import sys
from pathlib import Path
from regionwise.core import worker
status = worker.main([sys.argv[1]])
peak = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
sys.stderr.write(str(int(peak.split()[1]) // 1024))
sys.exit(status)
"""


@pytest.mark.train
def test_memory_does_not_grow_with_the_raster(tmp_path, write):
    """Four times the pixels must not take more than a little more memory."""
    path = make_model(tmp_path / "m.safetensors", blocks=(0, 0, 0), bands=[("RED", "day")])
    peaks = []
    for side in (2048, 4096):
        day = write(tmp_path / f"d{side}.tif", np.zeros((side, side), np.float32), names=("RED",))
        folder = tmp_path / f"{side}.job"
        folder.mkdir()
        params = CompositionMapping(day=(day,), model=path, output=str(tmp_path / f"{side}.tif"), device="cpu")
        settings = Settings(threads=1, memory_gb=0.9)
        write_job(folder / "job.json", Job("CompositionMapping", params.to_json(), settings))
        run_ = subprocess.run(
            [sys.executable, "-c", MEASURE, str(folder / "job.json")],
            capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")}, check=True,
        )  # fmt: skip
        peaks.append(int(run_.stderr.split()[-1]))
    assert peaks[1] - peaks[0] < 100, peaks  # the larger raster alone is 64 MiB, its answers 192 MiB
    assert max(peaks) < 0.9 * 1024
