"""Real schedulers and real workers, and what this machine alone computes."""

import contextlib
import json
import os
import subprocess
import sys
import time

import pytest
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.families.composition.train import train
from regionwise.core.learning.model_file import read_model
from support import ROOT, run_task
from trainings import training_of


def wait_for(condition, seconds=600.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


class Cluster:
    """A real scheduler and real workers, each one process."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.workers = []
        self.scheduler = self._start("scheduler", "--port", "0", **options)
        wait_for(self.file.exists)
        self.address = json.loads(self.file.read_text())["address"]

    def _start(self, kind, *options, code="", path=None):
        """Start a scheduler or a worker, after `code` has run in it."""
        module = f"distributed.cli.dask_{kind}"
        program = f"{code}\nimport runpy, sys\nsys.argv[0] = 'x'\nrunpy.run_module({module!r}, run_name='__main__')"
        command = [sys.executable, "-c", program, "--no-dashboard", "--host", "127.0.0.1", *options]
        command += ["--scheduler-file", str(self.file)]
        known = os.pathsep.join([str(ROOT / "_alias"), str(ROOT / "tests" / "support")])
        environment = {**os.environ, "PYTHONPATH": known if path is None else path}
        folder = self.folder / f"{kind}-{len(self.workers)}"
        folder.mkdir(exist_ok=True)
        with open(self.folder / f"{folder.name}.log", "w") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)

    def add_worker(self, **options):
        """Start a worker with one thread, wait for it, and return it; a dead one stays dead."""
        return self.add_workers(1, **options)[0]

    def add_workers(self, number, **options):
        """Start workers side by side, and wait for them."""
        if not number:
            return []
        before, added = self.count(), []
        for _ in range(number):
            added.append(self._start("worker", "--nthreads", "1", "--no-nanny", **options))
            self.workers.append(added[-1])
        wait_for(lambda: self.count() >= before + number)
        return added

    def count(self):
        import distributed

        with distributed.Client(self.address, set_as_default=False) as client:
            return len(client.scheduler_info()["workers"])

    def dismiss(self):
        """End all workers."""
        for process in self.workers:
            process.kill()
            process.wait()
        wait_for(lambda: self.count() == 0)

    def close(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def new_cluster(tmp_path_factory):
    """Return a context with a scheduler of its own and no workers."""
    return lambda **options: contextlib.closing(Cluster(tmp_path_factory.mktemp("own"), **options))


@pytest.fixture(scope="session")
def shared_cluster(new_cluster):
    with new_cluster() as made:
        yield made


@pytest.fixture
def cluster(shared_cluster):
    """A scheduler with two workers; those that a test killed or added before are replaced or ended."""
    alive = [worker for worker in shared_cluster.workers if worker.poll() is None]
    for worker in alive[:-2]:
        worker.kill()
        worker.wait()
    wait_for(lambda: shared_cluster.count() == len(alive[-2:]))
    shared_cluster.add_workers(2 - len(alive[-2:]))
    return shared_cluster


@pytest.fixture(scope="session")
def shared_lone(new_cluster):
    with new_cluster() as made:
        yield made


@pytest.fixture
def lone(shared_lone):
    """A scheduler without workers; those that a test adds end with it."""
    yield shared_lone
    shared_lone.dismiss()


class Here:
    """What this machine computed in one process: a model with predictions, and its map in many tiles."""

    def __init__(self, world, folder):
        self.folder = folder
        self.training = training_of(
            world, folder, epochs=35, patience=99, fractions="0.5", repeats=1, predictions=str(folder / "p.gpkg")
        )
        self.map = CompositionMapping(
            day=self.training.day,
            night=self.training.night,
            model=self.training.model,
            output=str(folder / "map.tif"),
            dominant=str(folder / "dominant.tif"),
        )
        self.ran = run_task(train, self.training, folder / "training", threads=1)
        run_task(map_composition, self.map, folder / "mapping", threads=1)


@pytest.fixture(scope="session")
def here(world, tmp_path_factory):
    from regionwise.core.mapping import run_map

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_map, "TILE_SIDES", (16,))
        return Here(world, tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="session")
def same_members():
    """Return a function that holds the tensors of two model files against each other, byte for byte."""

    def tensors(path):
        members = read_model(str(path)).members
        return {(member, name): array.tobytes() for member, arrays in members.items() for name, array in arrays.items()}

    def same(first, second):
        first, second = tensors(first), tensors(second)
        return first.keys() == second.keys() and all(first[key] == second[key] for key in first)

    return same
