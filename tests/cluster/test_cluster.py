"""Parts of a run, trainings and maps on a real cluster whose workers die."""

import contextlib
import dataclasses
import io
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import parts
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.train import train
from regionwise.core.runtime.local_executor import executor_of
from regionwise.core.runtime.run import Run
from support import run_task
from trainings import start_engine

pytestmark = pytest.mark.cluster


def silent(number, message):
    pass


def wait_for(condition, seconds=600.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def on(cluster, folder):
    return executor_of(Run(Channel(io.BytesIO()), Settings(scheduler=cluster.address), folder))


def test_part_whose_worker_dies_is_computed_by_another(cluster, tmp_path):
    with on(cluster, tmp_path) as executor:
        found = dict(executor.perform(parts.die_once, [(str(tmp_path), i) for i in range(6)], silent))
    assert found == {i: i for i in range(6)}
    wait_for(lambda: cluster.count() == 1)


def test_gpu_that_is_lost_costs_one_try(cluster, tmp_path):
    with on(cluster, tmp_path) as executor:
        assert list(executor.perform(parts.lose_gpu_once, [(str(tmp_path),)], silent)) == [(0, "computed")]


def test_error_of_a_part_on_a_worker_is_the_users(cluster, tmp_path):
    with on(cluster, tmp_path) as executor, pytest.raises(RegionwiseError, match="Layer 'a' is empty") as caught:
        list(executor.perform(parts.refuse, [(1,)], silent))
    assert caught.value.remedy == "Choose another one."


def test_part_that_kills_every_worker_is_given_up(cluster, tmp_path):
    cluster.add_workers(3)
    with on(cluster, tmp_path) as executor, pytest.raises(RegionwiseError, match="Several workers died"):
        list(executor.perform(parts.die, [(0,)], silent))


def test_job_file_trains_on_the_cluster_that_the_command_names_bit_for_bit(cluster, here, same_members, tmp_path):
    changes = {"model": str(tmp_path / "there.safetensors"), "predictions": str(tmp_path / "there.gpkg")}
    params = dataclasses.replace(here.training, **changes)
    ran = start_engine(params, tmp_path / "job", "--scheduler", str(cluster.file))
    out, _ = ran.communicate(timeout=900)
    assert ran.returncode == 0, out
    assert "Computing on 2 workers of the scheduler" in out
    assert same_members(here.training.model, params.model)
    assert gpd.read_file(here.training.predictions).equals(gpd.read_file(params.predictions))


def test_map_on_a_cluster_is_equal_bit_for_bit_though_a_worker_dies(cluster, here, tmp_path):
    from regionwise.core.mapping import run_map

    outputs = {"output": str(tmp_path / "there.tif"), "dominant": str(tmp_path / "there-dominant.tif")}
    params = dataclasses.replace(here.map, **outputs)
    original, victim = run_map.Mosaic.write, cluster.workers[-1]
    assert victim.poll() is None

    def kill_in_the_middle(self, tile, content):
        if tile.row and victim.poll() is None:
            victim.kill()
            victim.wait()
        original(self, tile, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_map, "TILE_SIDES", (16,))
        patch.setattr(run_map.Mosaic, "write", kill_in_the_middle)
        mapped = run_task(map_composition, params, tmp_path / "job", threads=1, scheduler=cluster.address)
    assert "on 2 workers" in mapped.log
    assert victim.poll() is not None
    assert Path(here.map.output).read_bytes() == Path(params.output).read_bytes()
    assert Path(here.map.dominant).read_bytes() == Path(params.dominant).read_bytes()


def test_training_goes_on_when_a_worker_dies_in_the_middle(lone, here, same_members, tmp_path):
    """The killed worker leaves a checkpoint; another one goes on from it, and the model is the same."""
    victim = lone.add_worker()  # which computes all of it, as long as it lives

    def replace_worker():
        wait_for(lambda: list((tmp_path / "job").glob("work-*/fit-*.safetensors")))
        victim.kill()
        victim.wait()
        lone.add_worker()

    params = dataclasses.replace(here.training, model=str(tmp_path / "there.safetensors"), fractions="", predictions="")
    with ThreadPoolExecutor(1) as helper:
        replaced = helper.submit(replace_worker)
        there = run_task(train, params, tmp_path / "job", scheduler=lone.address)
        replaced.result()
    assert victim.poll() is not None
    assert there.log.count("global-network-0, epoch 1:") == 1  # the other worker went on after it
    assert same_members(here.training.model, params.model)


def test_part_of_a_run_that_is_gone_stops(cluster, tmp_path):
    """Else a fold of a cancelled run would keep the worker for hours."""
    note = tmp_path / "epoch"
    with on(cluster, tmp_path) as executor:
        parts_ = executor.perform(parts.learn_slowly, [(str(tmp_path),)], silent)
        with ThreadPoolExecutor(1) as helper:
            waiting = helper.submit(lambda: next(parts_, None))
            wait_for(note.exists)
            executor.client.close()
            with contextlib.suppress(Exception):
                waiting.result(60)
    time.sleep(3)
    last = note.read_text()
    time.sleep(2)
    assert note.read_text() == last


def test_run_waits_for_workers_and_keeps_its_threads(lone, tmp_path):
    first = lone.add_worker()
    with on(lone, tmp_path) as executor:
        assert list(executor.perform(parts.used_threads, [()], silent)) == [(0, 1)]
        first.kill()
        wait_for(lambda: lone.count() == 0)
        with ThreadPoolExecutor(1) as helper:
            late = helper.submit(lone.add_worker)
            assert list(executor.perform(parts.used_threads, [()], silent)) == [(0, 1)]
            late.result()


def test_scheduler_that_dies_is_told(new_cluster, tmp_path):
    with new_cluster() as own:
        own.add_worker()
        with pytest.raises(RegionwiseError, match="The connection to the scheduler 'tcp://.*' was lost"):  # noqa: SIM117
            with on(own, tmp_path) as executor, ThreadPoolExecutor(1) as helper:
                killed = helper.submit(lambda: (wait_for((tmp_path / "epoch").exists), own.scheduler.terminate()))
                list(executor.perform(parts.learn_slowly, [(str(tmp_path),)], silent))
                killed.result()


def refused(folder, address, match):
    run = Run(Channel(io.BytesIO()), Settings(scheduler=address), folder)
    with pytest.raises(RegionwiseError, match=match), executor_of(run):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "no such host:1", "/no/such/file.json"])
def test_unknown_scheduler_is_told(tmp_path, address, monkeypatch):
    from regionwise.core.runtime import dask_executor

    monkeypatch.setattr(dask_executor, "CONNECT_S", 1.0)
    refused(tmp_path, address, rf"No Dask scheduler of version .* answers at '{address}'")


def test_scheduler_of_another_version_is_refused(new_cluster, tmp_path):
    code = "import distributed.versions as v; known = v.version; "
    code += "v.version = lambda name: '2020.1.0' if name == 'distributed' else known(name)"
    with new_cluster(code=code) as old:
        refused(tmp_path, old.address, "has distributed 2020.1.0, this engine")


def test_scheduler_without_the_plugin_is_refused(new_cluster, tmp_path):
    with new_cluster(path="") as foreign:
        refused(tmp_path, foreign.address, r"The scheduler 'tcp://.*' cannot import this plugin")


def test_worker_that_joins_late_with_other_packages_is_named(lone, tmp_path):
    first = lone.add_worker()
    with on(lone, tmp_path) as executor:
        first.kill()
        wait_for(lambda: lone.count() == 0)
        lone.add_worker(code="import regionwise.core.runtime.versions as v; v.PACKAGES = {'torch': ('none',)}")
        with pytest.raises(RegionwiseError, match=r"Worker tcp://.* on .* lacks torch"):
            list(executor.perform(parts.square, [(1,)], silent))


def test_worker_without_the_plugin_is_named(lone, tmp_path):
    lone.add_worker(path="")
    refused(tmp_path, lone.address, r"Worker tcp://.* cannot import this plugin \(No module named 'regionwise'\)")


def test_worker_with_other_packages_is_named(lone, tmp_path):
    code = "import regionwise.core.runtime.versions as v; v.PACKAGES = {'torch': ('torch',), 'numpy': ('none',)}"
    lone.add_worker(code=code)
    refused(tmp_path, lone.address, r"Worker tcp://.* lacks (xgboost|numpy)")


def test_worker_that_does_not_see_the_folder_is_named(cluster):
    refused(Path("/proc/self/cwd"), cluster.address, "does not see the folder '/proc/self/cwd'")
