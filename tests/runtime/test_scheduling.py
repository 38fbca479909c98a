"""Parts of a run answer the same here, in processes side by side, and on a real cluster whose workers die."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import parts
import psutil
import pytest
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Layer
from regionwise.core.contract.protocol import Channel, Job, Settings, write_job
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.families.composition.train import train
from regionwise.core.learning.model_file import read_model
from regionwise.core.runtime.local_executor import Machine, executor_of
from regionwise.core.runtime.run import Run
from support import ROOT, run_task

SIZE = 2**20  # of a part, small enough for any Memory setting


def silent(number, message):
    pass


def machine(tmp_path, **settings):
    return Machine(Run(Channel(io.BytesIO()), Settings(**settings), tmp_path))


@pytest.mark.parametrize("threads", [1, 2])
def test_parts_answer_and_tell_with_their_numbers(tmp_path, threads):
    said = []
    executor = machine(tmp_path, threads=threads)
    found = dict(executor.perform(parts.square, [(3,), (4,)], lambda *item: said.append(item), size=SIZE))
    assert found == {0: 9, 1: 16}
    assert {(number, message["text"]) for number, message in said if "level" in message} == {
        (0, "squaring 3"), (1, "squaring 4")
    }  # fmt: skip
    assert {number for number, message in said if "fraction" in message} == {0, 1}


def test_threads_depend_on_settings_and_the_number_of_parts_only(tmp_path):
    executor = machine(tmp_path, threads=8, memory_gb=4)
    assert executor.slots(5, SIZE) == (5, 1)
    assert executor.slots(2, SIZE) == (2, 4)
    assert executor.slots(2, 3 * 2**30) == (1, 8)  # the memory allows one process, and that is this one
    assert executor.slots(5, 0) == (1, 8)
    found = machine(tmp_path, threads=2).perform(parts.used_threads, [(), ()], silent, size=SIZE)
    assert [answer for _, answer in found] == [1, 1]


def test_error_of_a_part_ends_the_others_at_once(tmp_path):
    start = time.monotonic()
    with pytest.raises(RegionwiseError, match="Layer 'a' is empty") as caught:
        list(machine(tmp_path, threads=2).perform(parts.refuse, [(0,), (1,)], silent, size=SIZE))
    assert caught.value.remedy == "Choose another one."
    assert time.monotonic() - start < 40


def test_process_that_is_killed_is_told_clearly(tmp_path):
    with pytest.raises(RegionwiseError, match="ended by itself; probably the memory was full"):
        list(machine(tmp_path, threads=2).perform(parts.die, [(0,), (1,)], silent, size=SIZE))


def test_processes_that_are_killed_before_they_have_read_anything_are_told(tmp_path):
    """Arguments larger than a pipe: whoever writes them must not wait for readers that are gone."""
    large = b"x" * 5_000_000
    with pytest.raises(RegionwiseError, match="ended by itself"):
        list(machine(tmp_path, threads=2).perform(parts.die, [(0, large)] * 8, silent, size=SIZE))
    assert list(tmp_path.iterdir()) == []


DRIVER = """
import sys, io
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import parts
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.runtime.run import Run
from regionwise.core.runtime.local_executor import Machine
if __name__ == "__main__":
    place = Machine(Run(Channel(io.BytesIO()), Settings(threads=2), Path(sys.argv[1])))
    list(place.perform(parts.linger, [(sys.argv[1],)] * 2, print, size=1000))
"""


def test_processes_end_with_their_run_even_if_it_is_killed(tmp_path):
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    command = [sys.executable, str(script), str(tmp_path), str(ROOT / "tests" / "support")]
    run = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")})
    wait_for(lambda: len(list(tmp_path.glob("pid-*"))) == 2)
    run.send_signal(signal.SIGKILL)
    run.wait()
    children = [int(path.name.split("-")[1]) for path in tmp_path.glob("pid-*")]
    wait_for(lambda: not any(psutil.pid_exists(child) for child in children), 10)


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def learned(path):
    """Return all tensors of a model file."""
    model = read_model(str(path))
    return {(member, name): array for member, arrays in model.members.items() for name, array in arrays.items()}


def test_folds_side_by_side_give_the_same_model(training, tmp_path, monkeypatch):
    from regionwise.core.learners import patch_learner

    one = run_task(train, training(model=str(tmp_path / "one.safetensors")), tmp_path / "one", threads=1)
    monkeypatch.setattr(patch_learner, "WORTH_MULTIPLICATIONS", 0)
    two = run_task(train, training(model=str(tmp_path / "two.safetensors")), tmp_path / "two", threads=2)
    assert "global fold 2, network" in one.log
    assert "global fold 2, network" in two.log
    expected, found = learned(tmp_path / "one.safetensors"), learned(tmp_path / "two.safetensors")
    assert expected.keys() == found.keys()
    assert all(np.array_equal(expected[key], found[key]) for key in expected)


class Cluster:
    """A real scheduler and real workers, each one process."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.workers = []
        self.start("scheduler", "--port", "0")
        wait_for(self.file.exists)
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, kind, *options, code="", path=None):
        """Start a scheduler or a worker, after `code` has run in it."""
        module = f"distributed.cli.dask_{kind}"
        program = f"{code}\nimport runpy, sys\nsys.argv[0] = 'x'\nrunpy.run_module({module!r}, run_name='__main__')"
        command = [sys.executable, "-c", program, "--no-dashboard", "--host", "127.0.0.1", *options]
        command += ["--scheduler-file", str(self.file)]
        known = os.pathsep.join([str(ROOT / "_alias"), str(ROOT / "tests" / "support")])
        environment = {**os.environ, "PYTHONPATH": known if path is None else path}
        log = open(self.folder / f"{kind}-{len(self.workers)}.log", "w")  # noqa: SIM115
        folder = self.folder / f"{kind}-{len(self.workers)}"
        folder.mkdir(exist_ok=True)
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
        self.workers.append(process)
        return process

    def add_worker(self, **options):
        """Start a worker with one thread; a dead one stays dead."""
        before = self.count()
        process = self.start("worker", "--nthreads", "1", "--no-nanny", **options)
        wait_for(lambda: self.count() > before)
        return process

    def count(self):
        import distributed

        with distributed.Client(self.address, set_as_default=False) as client:
            return len(client.scheduler_info()["workers"])

    def close(self):
        for process in self.workers:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory):
    """A scheduler with two workers."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    with contextlib.closing(made):
        made.add_worker()
        made.add_worker()
        yield made


@pytest.fixture
def lone(tmp_path_factory):
    """A scheduler without workers."""
    with contextlib.closing(Cluster(tmp_path_factory.mktemp("lone"))) as made:
        yield made


def on(cluster, folder):
    return executor_of(Run(Channel(io.BytesIO()), Settings(scheduler=cluster.address), folder))


def test_part_whose_worker_dies_is_computed_by_another(cluster, tmp_path):
    with on(cluster, tmp_path) as executor:
        found = dict(executor.perform(parts.die_once, [(str(tmp_path), i) for i in range(6)], silent))
    assert found == {i: i for i in range(6)}
    assert cluster.count() == 1


def test_gpu_that_is_lost_costs_one_try(cluster, tmp_path):
    with on(cluster, tmp_path) as executor:
        assert list(executor.perform(parts.lose_gpu_once, [(str(tmp_path),)], silent)) == [(0, "computed")]


def test_error_of_a_part_on_a_worker_is_the_users(cluster, tmp_path):
    with on(cluster, tmp_path) as executor, pytest.raises(RegionwiseError, match="Layer 'a' is empty") as caught:
        list(executor.perform(parts.refuse, [(1,)], silent))
    assert caught.value.remedy == "Choose another one."


def test_part_that_kills_every_worker_is_given_up(cluster, tmp_path):
    for _ in range(3):
        cluster.add_worker()
    with on(cluster, tmp_path) as executor, pytest.raises(RegionwiseError, match="Several workers died"):
        list(executor.perform(parts.die, [(0,)], silent))


def test_training_and_map_on_a_cluster_are_equal_bit_for_bit_though_a_worker_dies(cluster, world, training, tmp_path):
    from regionwise.core.mapping import run_map

    def both(name, **settings):
        model = str(tmp_path / f"{name}.safetensors")
        predictions = str(tmp_path / f"{name}.gpkg")
        fitted = run_task(train, training(model=model, predictions=predictions, epochs=8, fractions="0.5"),
                           tmp_path / f"{name}-training", threads=1, **settings)  # fmt: skip
        rasters = {kind: (Layer(str(world / f"{kind}.tif"), kind),) for kind in ("day", "night")}
        params = CompositionMapping(**rasters, model=str(tmp_path / "here.safetensors"),
                                    output=str(tmp_path / f"{name}.tif"))  # fmt: skip
        mapped = run_task(map_composition, params, tmp_path / f"{name}-map", threads=1, **settings)
        return fitted, mapped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_map, "TILE_SIDES", (16,))
        both("here")
        original, victim = run_map.Mosaic.write, cluster.workers[1]

        def kill_in_the_middle(self, tile, content):
            if tile.row and victim.poll() is None:
                victim.kill()
                victim.wait()
            original(self, tile, content)

        patch.setattr(run_map.Mosaic, "write", kill_in_the_middle)
        fitted, mapped = both("there", scheduler=cluster.address)
    assert "Computing on 2 workers" in fitted.log
    assert "on 2 workers" in mapped.log
    assert victim.poll() is not None
    expected, found = learned(tmp_path / "here.safetensors"), learned(tmp_path / "there.safetensors")
    assert all(np.array_equal(expected[key], found[key]) for key in expected)
    here, there = (gpd.read_file(tmp_path / f"{name}.gpkg") for name in ("here", "there"))
    assert here.equals(there)
    assert (tmp_path / "here.tif").read_bytes() == (tmp_path / "there.tif").read_bytes()


def test_job_file_runs_on_the_cluster_that_the_command_names(cluster, training, tmp_path):
    job = tmp_path / "job.json"
    write_job(job, Job("CompositionTraining", training(model_type="boosting").to_json(), Settings(device="cpu")))
    command = [sys.executable, "-m", "regionwise.core.worker", str(job), "--scheduler", str(cluster.file)]
    ran = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")}
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Computing on 2 workers of the scheduler" in ran.stdout
    assert read_model(str(tmp_path / "model.safetensors")).members


def test_training_goes_on_when_a_worker_dies_in_the_middle(lone, training, tmp_path):
    """The killed worker leaves a checkpoint; another one goes on from it, and the model is the same."""
    changes = {"epochs": 40, "patience": 40, "folds": 2}
    run_task(train, training(model=str(tmp_path / "here.safetensors"), **changes), tmp_path / "here", threads=1)
    victim = lone.add_worker()  # which computes all of it, as long as it lives

    def replace_worker():
        wait_for(lambda: list((tmp_path / "there").glob("work-*/fit-*.safetensors")))
        victim.kill()
        victim.wait()
        lone.add_worker()

    with ThreadPoolExecutor(1) as helper:
        replaced = helper.submit(replace_worker)
        there = run_task(train, training(model=str(tmp_path / "there.safetensors"), **changes), tmp_path / "there",
                         scheduler=lone.address)  # fmt: skip
        replaced.result()
    starts = there.log.count("global fold 1, network: ")
    assert starts == 2
    assert there.log.count("global-network-0, epoch 1:") == 1
    expected, found = learned(tmp_path / "here.safetensors"), learned(tmp_path / "there.safetensors")
    assert all(np.array_equal(expected[key], found[key]) for key in expected)


def test_part_of_a_run_that_is_gone_stops(lone, tmp_path):
    """Else a fold of a cancelled run would keep the worker for hours."""
    lone.add_worker()
    note = tmp_path / "epoch"
    with on(lone, tmp_path) as executor:
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


def test_scheduler_that_dies_is_told(lone, tmp_path):
    lone.add_worker()
    with pytest.raises(RegionwiseError, match="The connection to the scheduler 'tcp://.*' was lost"):  # noqa: SIM117
        with on(lone, tmp_path) as executor, ThreadPoolExecutor(1) as helper:
            killed = helper.submit(lambda: (wait_for((tmp_path / "epoch").exists), lone.workers[0].terminate()))
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


def test_scheduler_of_another_version_is_refused(tmp_path_factory, tmp_path):
    class Old(Cluster):
        def start(self, kind, *options, **more):
            code = "import distributed.versions as v; known = v.version; "
            code += "v.version = lambda name: '2020.1.0' if name == 'distributed' else known(name)"
            return super().start(kind, *options, code=code)

    with contextlib.closing(Old(tmp_path_factory.mktemp("old"))) as made:
        refused(tmp_path, made.address, "has distributed 2020.1.0, this engine")


def test_scheduler_without_the_plugin_is_refused(tmp_path_factory, tmp_path):
    class Foreign(Cluster):
        def start(self, kind, *options, **more):
            return super().start(kind, *options, path="")

    with contextlib.closing(Foreign(tmp_path_factory.mktemp("foreign"))) as made:
        refused(tmp_path, made.address, r"The scheduler 'tcp://.*' cannot import this plugin")


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


def test_job_without_a_cluster_imports_no_dask():
    code = "import sys; from regionwise.core.families.composition import map, train as _; "
    code += "print('distributed' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")})  # fmt: skip
    assert found.stdout.strip() == "False"
