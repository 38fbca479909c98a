"""Models of trees and stacks that several tests look at, each trained once."""

import dataclasses

import pytest
from regionwise.core.params_composition import CompositionMapping, CompositionTraining
from regionwise.core.tasks.composition import train
from regionwise.core.tasks.composition_map import map_composition
from support import Ran, run_task
from trainings import training_of


@pytest.fixture
def training(world, tmp_path):
    """Return a function that makes parameters of a tiny training."""
    return lambda **changes: training_of(world, tmp_path, **changes)


@pytest.fixture(scope="session")
def trees(world, tmp_path_factory):
    """The training of trees, calibrated by region."""
    folder = tmp_path_factory.mktemp("trees")
    params = training_of(
        world, folder, model_type="boosting", region_field="region", predictions=str(folder / "p.gpkg")
    )
    run_task(train, params, folder / "job")
    return params


@dataclasses.dataclass
class Stack:
    training: CompositionTraining
    map: CompositionMapping
    ran: Ran


@pytest.fixture(scope="session", params=["logistic_normal", "softmax"])
def stack(request, world, tmp_path_factory):
    """A network with each of these heads stacked with trees, and its map; the second is tested on whole regions."""
    folder = tmp_path_factory.mktemp("stack")
    regions = {"validation": "regions", "region_field": "region"} if request.param == "softmax" else {}
    params = training_of(world, folder, model_type="stack", head=request.param, epochs=2, **regions)
    ran = run_task(train, params, folder / "job")
    plan = CompositionMapping(
        day=params.day, night=params.night, model=params.model, output=str(folder / "m.tif"),
        uncertainty=str(folder / "u.tif"),
    )  # fmt: skip
    run_task(map_composition, plan, folder / "map")
    return Stack(params, plan, ran)
