"""Train a composition: with cross-validation over the whole area, or an expert for each region."""

from __future__ import annotations

import dataclasses

from ...features.window_features import WindowFeatures, about_the_mean
from ...learners.tree_learner import TreeLearner
from ...learning.contracts import FittedMember, TrainingData
from ...learning.learning_curves import CurveOptions, study_fractions, tried
from ...learning.model_types import BOOSTING, NETWORK, STACK
from ...learning.search import HyperParameterSearch
from ...learning.training_results import TrainingResults
from ...runtime.executor import Executor
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...targets.hierarchy import Levels
from ...targets.share_target import ShareTarget
from ...validation.planner import ValidationScheme
from ...workflow.cross_train import (
    AnyLearner,
    Experiment,
    Members,
    cross_train,
    for_smoke_run,
    save,
    weight_of,
)
from ...workflow.device_choice import device_for
from ...workflow.training_inputs import Inputs, InputSpec, read_inputs
from .params import CompositionLearning, CompositionRegions, CompositionTraining

FAMILY = "composition"
QUICK = {"width": 8, "blocks": "1,1,1", "epochs": 4, "patience": 4}


def train(params: CompositionTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with executor_of(run) as executor:
        return _train(for_smoke_run(params, QUICK, run), run, executor)


def _train(params: CompositionTraining, run: Run, executor: Executor) -> Result:
    inputs = read_composition(params, [params.validation], run, executor)
    experiment = composition_experiment(params, inputs.training_data)
    chosen, kind = experiment.learners[_base_type(params)], _base_type(params)
    curve = CurveOptions(params.fraction_list(), params.repeats, params.seed, params.curve)

    def more_work(plan: ValidationScheme) -> float:
        return weight_of(kind) * len(plan.splits) * len(curve.fractions) * curve.repeats

    title = "Composition: cross-validation"
    learned = cross_train(params, title, inputs, experiment, run, executor, plain=NETWORK, more_work=more_work)
    splits, trainer, results = learned.plan.splits, learned.trainer, learned.results
    if curve.fractions:
        samples = inputs.training_data.samples
        results.curve.extend(study_fractions(curve, chosen, splits, samples, trainer, weight_of(kind)))
    if isinstance(chosen, HyperParameterSearch):
        results.search.extend(tried(chosen, "global", splits, trainer))
    return save_composition(results, learned.members, experiment, inputs, learned.fitted[BOOSTING])


def read_composition(params: CompositionLearning, kinds: list[str], run: Run, executor: Executor) -> Inputs:
    """The inputs."""
    device = device_for([params.model_type], params.device, executor, run)
    halo = max(params.window_sides()) // 2
    if params.model_type != BOOSTING:
        halo = max(halo, _network_field(params) // 2)
    sensors = {"day": params.day, "night": params.night}
    spec = InputSpec(
        sensors, params.samples, params.targets, pixel_weights=params.pixel_weights, resampling=params.resampling
    )
    if isinstance(params, CompositionRegions):
        spec = dataclasses.replace(spec, regions=params.regions, region_preset=params.region_preset)
    return read_inputs(params, spec, kinds, halo, device, run)


def _network_field(params: CompositionLearning) -> int:
    from ...nets.resnet import receptive_field

    return receptive_field(params.block_counts())


def field_of_view_of(params: CompositionLearning, cell: float) -> float:
    """The side of what the model sees, in units of the CRS."""
    sides = {BOOSTING: max(params.window_sides())}
    if params.model_type != BOOSTING:
        sides[NETWORK] = _network_field(params)
    cells = max(sides.values()) if params.model_type == STACK else sides[params.model_type]
    return cells * cell


def _base_type(params: CompositionLearning) -> str:
    return BOOSTING if params.model_type == BOOSTING else NETWORK


def composition_experiment(params: CompositionLearning, training_data: TrainingData) -> Experiment:
    """Who learns; boosting always learns the same folds, to stand in the same table."""
    features = _features(params, training_data)
    learners: dict[str, AnyLearner] = {}
    if params.model_type != BOOSTING:
        from ...learners.patch_learner import PatchLearner, PatchNetOptions

        options = PatchNetOptions(params.width, params.block_counts(), params.head, params.mask_channel)
        network = PatchLearner(params, options, training_data)
        learners[NETWORK] = network
        if isinstance(params, CompositionTraining) and params.search != "none":
            pairs = params.search_grid()
            drawn = params.search == "random"
            learners[NETWORK] = (
                HyperParameterSearch.drawn(network, pairs, params.trials, params.seed)
                if drawn
                else HyperParameterSearch(network, pairs)
            )
    learners[BOOSTING] = TreeLearner(training_data, features, params.seed)
    beside: dict[str, AnyLearner] = {BOOSTING: TreeLearner(training_data, features, params.seed, spread=False)}
    if isinstance(params, CompositionTraining) and params.compare == "model":
        beside = learners
    members = (NETWORK, BOOSTING) if params.model_type == STACK else (params.model_type,)
    field_of_view = field_of_view_of(params, training_data.grid.longest_side)
    target_type = ShareTarget(Levels(training_data.samples.components, {}))
    return Experiment(learners, beside, params.model_type, members, field_of_view, target_type)


def _features(params: CompositionLearning, training_data: TrainingData) -> WindowFeatures:
    """Return what boosting sees of a pixel's surroundings."""
    windows = params.window_sides()
    centre = about_the_mean(training_data.patches.cropped(max(windows) // 2))
    return WindowFeatures(
        tuple(band.name for band in training_data.bands), tuple(training_data.sensors()), windows, centre
    )


def save_composition(
    results: TrainingResults, members: Members, experiment: Experiment, inputs: Inputs, trees: list[FittedMember]
) -> Result:
    """Write model, predictions, scores and report of either training of the family."""
    network = experiment.learners.get(NETWORK)
    return save(
        results,
        members,
        experiment,
        inputs,
        trees,
        family=FAMILY,
        network=network.description() if network is not None else {},
        bands=[{"name": b.name, "sensor": b.sensor, "unit": b.unit} for b in inputs.training_data.bands],
    )
