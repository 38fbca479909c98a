"""Trainings that several tests look at, each made once."""

import dataclasses

import pytest
from regionwise.core.learners.network import NetworkLearner
from regionwise.core.models import read_model
from regionwise.core.params_composition import CompositionRegions
from regionwise.core.tasks.composition import train_regions
from regionwise.core.training import CHECKPOINT_EPOCHS
from support import Ran, run_task
from trainings import regions_of, start_engine, training_of


@pytest.fixture(scope="session")
def long():
    """What makes a training so long that it is kept twice in the middle of each fold."""
    return {"epochs": 2 * CHECKPOINT_EPOCHS + 5, "patience": 99, "width": 8}


@pytest.fixture
def training(world, tmp_path):
    """Return a function that makes parameters of a tiny training."""
    return lambda **changes: training_of(world, tmp_path, **changes)


@pytest.fixture(scope="session")
def whole(world, tmp_path_factory, long):
    """A long model that the engine trained without a stop."""
    folder = tmp_path_factory.mktemp("whole")
    params = training_of(world, folder, **long)
    out, _ = start_engine(params, folder / "job").communicate(timeout=900)
    assert "epoch 25:" in out
    return read_model(params.model)


@dataclasses.dataclass
class Experts:
    params: CompositionRegions
    ran: Ran


@pytest.fixture(scope="session")
def experts(world, tmp_path_factory):
    """A quick run that learned experts, and what it said."""
    folder = tmp_path_factory.mktemp("experts")
    params = training_of(
        world, folder, **regions_of(world), holdout="both", expert="finetuned", quick=True, width=64, epochs=300,
        predictions=str(folder / "p.gpkg"),
    )  # fmt: skip
    return Experts(params, run_task(train_regions, params, folder / "job"))


class Killed(Exception):
    pass


@pytest.fixture
def killed(monkeypatch):
    """Return a function that kills a task as the n-th network is to be learned; it gives learner and split of each."""
    original = NetworkLearner.fit

    def run(task, params, folder, number):
        fits = []

        def fit(learner, split, *args, **kwargs):
            fits.append((learner, split))
            if len(fits) == number:
                raise Killed
            return original(learner, split, *args, **kwargs)

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(NetworkLearner, "fit", fit)
            run_task(task, params, folder, threads=1)
        return fits

    return run
