"""Train a composition: with cross-validation over the whole area, or an expert for each region."""

from __future__ import annotations

import dataclasses

from ...features.window_features import WindowFeatures, about_the_mean
from ...learners.tree_learner import BoostingLearner
from ...learning.contracts import Material, Trained
from ...learning.learning_curves import CurveOptions, study_fractions, tried
from ...learning.model_types import BOOSTING, NETWORK, STACK
from ...learning.search import Searched
from ...learning.training_results import Outcome
from ...runtime.executor import Place
from ...runtime.local_executor import place_of
from ...runtime.run import Result, Run
from ...targets.hierarchy import Levels
from ...targets.share_target import ShareMeasure
from ...validation.planner import Plan
from ...workflow.cross_train import (
    AnyLearner,
    Lineup,
    Members,
    cross_train,
    quickened,
    save,
    weight_of,
)
from ...workflow.device_choice import device_for
from ...workflow.training_inputs import Asked, Inputs, read_inputs
from .params import CompositionLearning, CompositionRegions, CompositionTraining

FAMILY = "composition"
QUICK = {"width": 8, "blocks": "1,1,1", "epochs": 4, "patience": 4}


def train(params: CompositionTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with place_of(run) as place:
        return _train(quickened(params, QUICK, run), run, place)


def _train(params: CompositionTraining, run: Run, place: Place) -> Result:
    inputs = read_composition(params, [params.validation], run, place)
    lineup = composition_lineup(params, inputs.material)
    chosen, kind = lineup.learners[_base_type(params)], _base_type(params)
    curve = CurveOptions(params.fraction_list(), params.repeats, params.seed, params.curve)

    def more_work(plan: Plan) -> float:
        return weight_of(kind) * len(plan.splits) * len(curve.fractions) * curve.repeats

    title = "Composition: cross-validation"
    learned = cross_train(params, title, inputs, lineup, run, place, plain=NETWORK, more_work=more_work)
    splits, trainer, outcome = learned.plan.splits, learned.trainer, learned.outcome
    if curve.fractions:
        samples = inputs.material.samples
        outcome.curve.extend(study_fractions(curve, chosen, splits, samples, trainer, weight_of(kind)))
    if isinstance(chosen, Searched):
        outcome.search.extend(tried(chosen, "global", splits, trainer))
    return save_composition(outcome, learned.members, lineup, inputs, learned.trained[BOOSTING])


def read_composition(params: CompositionLearning, kinds: list[str], run: Run, place: Place) -> Inputs:
    """Return the inputs."""
    device = device_for([params.model_type], params.device, place, run)
    halo = max(params.window_sides()) // 2
    if params.model_type != BOOSTING:
        halo = max(halo, _network_field(params) // 2)
    sensors = {"day": params.day, "night": params.night}
    asked = Asked(
        sensors, params.samples, params.targets, pixel_weights=params.pixel_weights, resampling=params.resampling
    )
    if isinstance(params, CompositionRegions):
        asked = dataclasses.replace(asked, regions=params.regions, region_preset=params.region_preset)
    return read_inputs(params, asked, kinds, halo, device, run)


def _network_field(params: CompositionLearning) -> int:
    from ...nets.resnet import receptive_field

    return receptive_field(params.block_counts())


def seen_side(params: CompositionLearning, cell: float) -> float:
    """Return the side of what the model sees, in units of the CRS."""
    sides = {BOOSTING: max(params.window_sides())}
    if params.model_type != BOOSTING:
        sides[NETWORK] = _network_field(params)
    cells = max(sides.values()) if params.model_type == STACK else sides[params.model_type]
    return cells * cell


def _base_type(params: CompositionLearning) -> str:
    return BOOSTING if params.model_type == BOOSTING else NETWORK


def composition_lineup(params: CompositionLearning, material: Material) -> Lineup:
    """Return who learns; boosting always learns the same folds, to stand in the same table."""
    features = _features(params, material)
    learners: dict[str, AnyLearner] = {}
    if params.model_type != BOOSTING:
        from ...learners.patch_learner import NetworkLearner, PatchNetOptions

        options = PatchNetOptions(params.width, params.block_counts(), params.head, params.mask_channel)
        network = NetworkLearner(params, options, material)
        learners[NETWORK] = network
        if isinstance(params, CompositionTraining) and params.search != "none":
            pairs = params.search_grid()
            drawn = params.search == "random"
            learners[NETWORK] = (
                Searched.drawn(network, pairs, params.trials, params.seed) if drawn else Searched(network, pairs)
            )
    learners[BOOSTING] = BoostingLearner(material, features, params.seed)
    beside: dict[str, AnyLearner] = {BOOSTING: BoostingLearner(material, features, params.seed, spread=False)}
    if isinstance(params, CompositionTraining) and params.compare == "model":
        beside = learners
    members = (NETWORK, BOOSTING) if params.model_type == STACK else (params.model_type,)
    reach = seen_side(params, material.grid.longest_side)
    measure = ShareMeasure(Levels(material.samples.components, {}))
    return Lineup(learners, beside, params.model_type, members, reach, measure)


def _features(params: CompositionLearning, material: Material) -> WindowFeatures:
    """Return what boosting sees of a pixel's surroundings."""
    windows = params.window_sides()
    centre = about_the_mean(material.patches.cropped(max(windows) // 2))
    return WindowFeatures(tuple(band.name for band in material.bands), tuple(material.sensors()), windows, centre)


def save_composition(
    outcome: Outcome, members: Members, lineup: Lineup, inputs: Inputs, trees: list[Trained]
) -> Result:
    """Write model, predictions, scores and report of either training of the family."""
    network = lineup.learners.get(NETWORK)
    return save(
        outcome, members, lineup, inputs, trees, family=FAMILY,
        network=network.description() if network is not None else {},
        bands=[{"name": b.name, "sensor": b.sensor, "unit": b.unit} for b in inputs.material.bands],
    )  # fmt: skip
