"""`auto` end to end on small worlds: every family chooses, says so, and goes on after a kill with the same choice."""

import pytest
from pages import text_of
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.learning_params import AUTO
from regionwise.core.families.abundance.params import AbundanceTraining
from regionwise.core.families.abundance.train import train as train_abundance
from regionwise.core.families.composition.train import train as train_composition
from regionwise.core.families.composition.train_regions import train_regions
from regionwise.core.families.crops.params import CropTraining
from regionwise.core.families.crops.train import train as train_crops
from regionwise.core.families.forecast.params import ForecastTraining
from regionwise.core.families.forecast.train import train as train_forecast
from regionwise.core.families.susceptibility.params import SusceptibilityTraining
from regionwise.core.families.susceptibility.train import train as train_susceptibility
from regionwise.core.learning.model_file import read_model
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from regionwise.core.workflow import cross_train
from regionwise.core.workflow.planning import work_plan
from regionwise.core.workflow.planning.time_estimate import Estimate
from support import run_task
from trainings import TARGETS, layer, regions_of, training_of

pytestmark = pytest.mark.train
CLASSES = ("tree", "maize", "rice", "bare")


def _simulated(folder, family, **options):
    run_task(simulate, Simulation(family=family, size=64, seed=3, output_folder=str(folder), **options), folder / "sim")
    if (folder / "images").exists():
        making = SeriesMaking(folder=str(folder / "images"), output=str(folder / "series.json"))
        run_task(make_series, making, folder / "series")
    return folder


def _composition(folder, world):
    return train_composition, training_of(world, folder, model_type=AUTO, report=str(folder / "r.html"))


def _regions(folder, world):
    return train_regions, training_of(
        world, folder, model_type=AUTO, report=str(folder / "r.html"), holdout="strict", **regions_of(world)
    )


def _abundance(folder, _):
    world = _simulated(folder / "world", "abundance")
    return train_abundance, AbundanceTraining(
        series=str(world / "series.json"), samples=layer(world / "samples.gpkg"), targets=CLASSES, folds=2,
        validation="random", allow_duplicates=True, model=str(folder / "model.safetensors"),
        report=str(folder / "r.html"),
    )  # fmt: skip


def _crops(folder, _):
    world = _simulated(folder / "world", "crops")
    return train_crops, CropTraining(
        series=str(world / "series.json"), samples=layer(world / "samples.gpkg"), class_field="crop", folds=2,
        source_field="field", validation="grouped", model=str(folder / "model.safetensors"),
        report=str(folder / "r.html"),
    )  # fmt: skip


def _susceptibility(folder, _):
    world = _simulated(folder / "world", "susceptibility")
    factors = tuple(Layer(str(world / "factors" / f"{name}.tif"), name) for name in FACTORS)
    return train_susceptibility, SusceptibilityTraining(
        factors=factors, samples=layer(world / "samples.gpkg"), label_field="label", weak_field="weak", folds=2,
        categorical="lithology", validation="random", model=str(folder / "model.safetensors"),
        report=str(folder / "r.html"),
    )  # fmt: skip


def _forecast(folder, _):
    world = _simulated(folder / "world", "forecast")
    return train_forecast, ForecastTraining(
        series=str(world / "series.json"), patch=32, test_years=2, weighing_years=1,
        model=str(folder / "model.safetensors"), report=str(folder / "r.html"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "chosen"),
    [
        (_composition, "boosting"),
        (_regions, "boosting"),
        (_abundance, "boosting"),
        (_crops, "boosting"),
        (_susceptibility, "boosting"),
        (_forecast, "ridge"),
    ],
)
def test_without_a_gpu_every_family_learns_what_is_quick_and_says_so(made, chosen, world, tmp_path):
    train, params = made(tmp_path, world)
    assert params.model_type == AUTO
    ran = run_task(train, params, tmp_path / "job")
    sentence = f"Model type auto chose {chosen}: no GPU computes here."
    assert sentence in ran.log
    assert ran.log.index("on this machine: ") < ran.log.index(f", {chosen}: ")
    page = text_of(params.report)
    assert sentence in page
    card = read_model(params.model).card
    assert card.types() == {chosen}
    assert card.training["model_type"] == chosen
    assert card.training["choices"][0].startswith(sentence)
    if chosen == "boosting" and made is not _regions:
        assert card.training["choices"][1] in ran.log
        assert card.training["choices"][1] in page


class _KilledError(Exception):
    """Stands for the end of a process."""


def _killed(*_, **__):
    raise _KilledError


def test_a_run_that_was_killed_chooses_the_same_though_the_machine_is_slower(world, tmp_path, monkeypatch):
    few = {"fewest": 50, "quick": "boosting"}
    monkeypatch.setattr("regionwise.core.families.composition.train.RULE", work_plan.Rule(**few))
    params = training_of(world, tmp_path, model_type=AUTO, time_budget=10.0, epochs=1, report=str(tmp_path / "r.html"))
    times = iter([100.0, 9000.0, 9000.0])

    def timed(learners, *_):
        each = next(times)
        return Estimate(dict.fromkeys(learners, each), dict.fromkeys(learners, each))

    monkeypatch.setattr(work_plan, "estimate", timed)
    with monkeypatch.context() as kill:
        kill.setattr(cross_train, "train_scheme", _killed)
        kill.setattr(work_plan, "plan_work", _killed)
        with pytest.raises(_KilledError):
            run_task(train_composition, params, tmp_path / "job")
    ran = run_task(train_composition, params, tmp_path / "job")
    assert "Model type auto chose stack: a stack would take about 3 min here" in ran.log
    assert read_model(params.model).card.types() == {"network", "boosting"}
    assert set(TARGETS) <= set(read_model(params.model).card.components)


def test_a_type_that_takes_longer_than_the_budget_is_told_before_it_is_learned(world, tmp_path, monkeypatch):
    params = training_of(world, tmp_path, epochs=1, time_budget=1.0)
    slow = Estimate({"network": 300.0, "boosting": 12.0}, {"network": 600.0, "boosting": 24.0})
    monkeypatch.setattr(work_plan, "estimate", lambda *_: slow)
    ran = run_task(train_composition, params, tmp_path / "job")
    told = "your time budget is 1 min. The model type that you chose is learned all the same."
    assert ran.log.index(told) < ran.log.index(", network: ")
    assert "random folds are left out" not in ran.log  # they are the chosen ones
    assert "new regions are left out" in ran.log
    assert read_model(params.model).card.types() == {"network"}
