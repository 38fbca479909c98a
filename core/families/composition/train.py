"""Train a composition: with cross-validation over the whole area, or an expert for each region."""

from __future__ import annotations

from functools import partial

from ...features.window_features import WindowFeatures, about_the_mean
from ...learners.tree_learner import TreeLearner
from ...learning.card import BandInfo
from ...learning.contracts import FittedMember, TrainingData
from ...learning.learning_curves import CurveOptions, Study, study_fractions, tried
from ...learning.model_types import BOOSTING, NETWORK, STACK
from ...learning.search import HyperParameterSearch
from ...learning.training_results import TrainingResults
from ...runtime.context import RunContext
from ...runtime.executor import Executor
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...targets.hierarchy import Levels
from ...targets.share_target import ShareTarget
from ...validation.planner import ValidationScheme
from ...workflow.cross_train import ModelDescription, cross_train, for_smoke_run, save
from ...workflow.device_choice import device_for
from ...workflow.experiment import AnyLearner, Experiment, Members, weight_of
from ...workflow.input_spec import DateColumns, GroupColumns, InputSpec, LabelColumns, RasterSources
from ...workflow.planning.model_choice import Choice, Rule, because
from ...workflow.planning.work_plan import begun, settle
from ...workflow.training_inputs import Inputs, read_inputs
from .params import MANY_BANDS, CompositionLearning, CompositionRegions, CompositionTraining

FAMILY = "composition"
RULE = Rule(fewest=1000)
SEARCHED = Choice(STACK, because(STACK, "Search tries rates of networks"))
QUICK = {"width": 8, "blocks": "1,1,1", "epochs": 4, "patience": 4}


def train(params: CompositionTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with executor_of(run) as executor:
        return _train(RunContext(for_smoke_run(params, QUICK, run), run, executor))


def _train(context: RunContext[CompositionTraining]) -> Result:
    context, choice = begun(context, RULE, SEARCHED if context.params.search != "none" else None)
    inputs = read_composition(context, [context.params.validation])
    of = partial(composition_experiment, "Composition", training_data=inputs.training_data)
    context, experiment = settle(context, choice, RULE, inputs, of)
    params = context.params
    chosen, kind = experiment.learners[_base_type(params)], _base_type(params)
    curve = CurveOptions(params.fraction_list(), params.repeats, params.seed, params.curve)

    def more_work(scheme: ValidationScheme) -> float:
        return weight_of(kind) * len(scheme.splits) * len(curve.fractions) * curve.repeats

    validated = cross_train(context, inputs, experiment, more_work=more_work)
    splits, trainer, results = validated.scheme.splits, validated.trainer, validated.results
    if curve.fractions:
        study = Study(chosen, splits, inputs.training_data.samples, trainer)
        results.curve.extend(study_fractions(study, curve, weight_of(kind)))
    if isinstance(chosen, HyperParameterSearch):
        results.search.extend(tried(chosen, "global", splits, trainer))
    trees = validated.fitted[BOOSTING]
    return save_composition(results, validated.members, experiment, inputs, trees, context.executor)


def read_composition(context: RunContext[CompositionLearning], validations: list[str]) -> Inputs:
    """The inputs of either training of the family."""
    params = context.params
    device = device_for([params.model_type], params.device, context.executor, context.run)
    rasters = RasterSources({"day": params.day, "night": params.night}, params.resampling, params.pixel_weights)
    groups = GroupColumns()
    if isinstance(params, CompositionRegions):
        groups = GroupColumns(params.regions, params.region_preset)
    labels, dates = LabelColumns(params.targets), DateColumns()
    if isinstance(params, CompositionTraining):
        dates = DateColumns(date_field=params.date_field)
    spec = InputSpec(params.samples, validations, labels, rasters, groups, dates, halo_of=partial(_halo, params))
    inputs = read_inputs(context, spec, device)
    bands = len(inputs.training_data.bands)
    if params.means_only(bands):
        side = max(params.window_sides(bands))
        context.channel.info(
            f"{bands} bands are more than {MANY_BANDS}: trees see one cell and the mean of {side} x {side} cells of "
            "each. Windows asks for others."
        )
    return inputs


def _halo(params: CompositionLearning, bands: int) -> int:
    """Cells around a pixel that the models see in so many bands."""
    sides = [max(params.window_sides(bands))]
    if params.model_type != BOOSTING:
        sides.append(_network_field(params))
    return max(sides) // 2


def _network_field(params: CompositionLearning) -> int:
    from ...nets.resnet import receptive_field

    return receptive_field(params.block_counts())


def field_of_view_of(params: CompositionLearning, training_data: TrainingData) -> float:
    """The side of what the model sees, in units of the CRS."""
    sides = {BOOSTING: max(params.window_sides(len(training_data.bands)))}
    if params.model_type != BOOSTING:
        sides[NETWORK] = _network_field(params)
    cells = max(sides.values()) if params.model_type == STACK else sides[params.model_type]
    return cells * training_data.grid.longest_side


def _base_type(params: CompositionLearning) -> str:
    return BOOSTING if params.model_type == BOOSTING else NETWORK


def composition_experiment(title: str, params: CompositionLearning, training_data: TrainingData) -> Experiment:
    """Who learns; boosting always learns the same folds, to stand in the same table."""
    features = _features(params, training_data)
    learners: dict[str, AnyLearner] = {}
    if params.model_type != BOOSTING:
        learners[NETWORK] = _network_learner(params, training_data)
    learners[BOOSTING] = TreeLearner(training_data, features, params.seed)
    trees = TreeLearner(training_data, features, params.seed, spread=False)
    same = isinstance(params, CompositionTraining) and params.compare == "model"
    return Experiment(
        title,
        learners,
        learners if same else {BOOSTING: trees},
        params.model_type,
        (NETWORK, BOOSTING) if params.model_type == STACK else (params.model_type,),
        NETWORK,
        field_of_view_of(params, training_data),
        ShareTarget(Levels(training_data.samples.components, {})),
    )


def _network_learner(params: CompositionLearning, training_data: TrainingData) -> AnyLearner:
    """The network, or the search for its learning rate and weight decay."""
    from ...learners.patch_learner import PatchLearner, PatchNetOptions

    options = PatchNetOptions(params.width, params.block_counts(), params.head, params.mask_channel)
    network = PatchLearner(params, options, training_data)
    if not isinstance(params, CompositionTraining) or params.search == "none":
        return network
    pairs = params.search_grid()
    if params.search == "random":
        return HyperParameterSearch.drawn(network, pairs, params.trials, params.seed)
    return HyperParameterSearch(network, pairs)


def _features(params: CompositionLearning, training_data: TrainingData) -> WindowFeatures:
    """Features of a pixel's surroundings, for trees."""
    bands = tuple(band.name for band in training_data.bands)
    windows, deviations = params.window_sides(len(bands)), not params.means_only(len(bands))
    centre = about_the_mean(training_data.patches.cropped(max(windows) // 2))
    return WindowFeatures(bands, tuple(training_data.sensors()), windows, centre, deviations)


def save_composition(
    results: TrainingResults,
    members: Members,
    experiment: Experiment,
    inputs: Inputs,
    trees: list[FittedMember],
    executor: Executor,
) -> Result:
    """Write model, predictions, scores and report of either training of the family."""
    bands = [BandInfo.of(band) for band in inputs.training_data.bands]
    description = ModelDescription(FAMILY, experiment.networks(), bands)
    return save(results, members, experiment, inputs, trees, description, executor)
