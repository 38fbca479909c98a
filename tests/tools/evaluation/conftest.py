"""One simulated world, trained and mapped once."""

import pytest
from regionwise.core.contract.layer import Layer
from regionwise.core.families.composition.map import map_composition
from regionwise.core.families.composition.params import CompositionMapping, CompositionTraining
from regionwise.core.families.composition.train import train
from regionwise.core.learning.applicability import predictor_space as applicability
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.workflow import cross_train
from support import run_task
from trainings import TARGETS


@pytest.fixture(scope="session")
def spaced():
    """The space of applicability of the trained model, had it 150 points at most; `mapped` fills it."""
    return []


@pytest.fixture(scope="session")
def mapped(tmp_path_factory, spaced):
    """A trained and mapped clustered world: folder, function that makes layers of it, parameters, what was told."""
    folder = tmp_path_factory.mktemp("mapped")
    simulation = Simulation(size=160, seed=2, design="clustered", settled_only=True, output_folder=str(folder))
    run_task(simulate, simulation, folder)

    def layer(name):
        return Layer(str(folder / name), name.split(".")[0])

    params = CompositionTraining(
        day=(layer("day.tif"),), night=(layer("night.tif"),), samples=layer("samples.gpkg"), targets=TARGETS,
        source_field="source", region_field="region", model_type="boosting", folds=4, windows="1 3 11",
        model=str(folder / "m.safetensors"), scores=str(folder / "s.csv"), report=str(folder / "r.html"),
        predictions=str(folder / "p.gpkg"), figures=str(folder / "figures"),
    )  # fmt: skip
    build_space = cross_train.build_space

    def remembered(*arguments):
        with pytest.MonkeyPatch.context() as fewer:
            fewer.setattr(applicability, "MOST_POINTS", 150)
            spaced.append(build_space(*arguments))
        return build_space(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cross_train, "build_space", remembered)
        ran = run_task(train, params, folder / "train")
    mapping = CompositionMapping(
        day=params.day, night=params.night, model=params.model, output=str(folder / "map.tif"),
        uncertainty=str(folder / "u.tif"), intervals=str(folder / "i.tif"),
    )  # fmt: skip
    run_task(map_composition, mapping, folder / "map")
    return folder, layer, params, ran


@pytest.fixture(scope="session")
def reached(mapped):
    """The parameters of the map of applicability of that world, and what was told."""
    folder, _, params, _ = mapped
    plan = ApplicabilityMapping(day=params.day, night=params.night, model=params.model, output=str(folder / "a.tif"))
    return plan, run_task(map_applicability, plan, folder / "applicability")
