"""Train crops: classes from image series, with cross-validation."""

from __future__ import annotations

from functools import partial

from ...contract.errors import RegionwiseError
from ...data.vector.writers import check_field_names
from ...features.series_features import SeriesFeatures
from ...learners.tree_learner import TreeLearner
from ...learning.contracts import TrainingData
from ...learning.model_types import BOOSTING, CONVLSTM, CONVLSTM_REFERENCE, LTAE, STACK, TEMPCNN, with_torch
from ...runtime.context import RunContext
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...targets.class_target import FEW, ClassTarget, rare_classes
from ...targets.share_target import MEAN
from ...workflow.cross_train import ModelDescription, cross_train, for_smoke_run, save
from ...workflow.experiment import AnyLearner, Experiment
from ...workflow.input_spec import LabelColumns
from ...workflow.planning.model_choice import Rule
from ...workflow.planning.work_plan import begun, settle
from ...workflow.series_setup import DatedSpec, read_dated, series_bands, series_features
from ...workflow.training_inputs import Inputs
from .params import CropTraining

FAMILY = "crops"
RULE = Rule(fewest=500)
QUICK = {"width": 8, "epochs": 4, "patience": 4}
STACKED = (TEMPCNN, LTAE, BOOSTING)
KERNEL = 3  # cells that enter the ConvLSTM with each pixel of a patch; of single pixels there are no others


def train(params: CropTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with executor_of(run) as executor:
        return _train(RunContext(for_smoke_run(params, QUICK, run), run, executor))


def _train(context: RunContext[CropTraining]) -> Result:
    context, choice = begun(context, RULE)
    params = context.params
    inputs = read_dated(
        context, DatedSpec(halo=_side(params) // 2, labels=LabelColumns(class_field=params.class_field))
    )
    _check_classes(inputs, params, context.run)
    features = series_features(inputs.training_data)
    of = partial(_experiment, training_data=inputs.training_data, features=features)
    context, experiment = settle(context, choice, RULE, inputs, of)
    validated = cross_train(context, inputs, experiment)
    classes = inputs.training_data.samples.components
    colours = {name: colour for name, colour in params.colours_by_class().items() if name in classes}
    bands = series_bands(features, inputs.training_data)
    description = ModelDescription(FAMILY, experiment.networks(), bands, colours=colours)
    trees = validated.fitted[BOOSTING]
    return save(validated.results, validated.members, experiment, inputs, trees, description, context.executor)


def _side(params: CropTraining) -> int:
    """The side of what the widest model sees, in cells."""
    return params.patch + (KERNEL - 1 if params.patch > 1 else 0)


def _check_classes(inputs: Inputs, params: CropTraining, run: Run) -> None:
    """Refuse names of classes that the outputs need themselves; warn about rare classes."""
    samples = inputs.training_data.samples
    if MEAN in samples.components:
        raise RegionwiseError(f"Class '{MEAN}' has a name that the scores need.", "Rename the class.")
    alike: dict[str, str] = {}
    for name in samples.components:
        other = alike.setdefault(name.casefold(), name)
        if other != name:
            raise RegionwiseError(
                f"Classes '{other}' and '{name}' differ only in capital letters.", "Write them alike, or rename one."
            )
    check_field_names(params.predictions, ClassTarget(samples.components).fields)
    rare = rare_classes(samples)
    if rare:
        listing = ", ".join(f"{name} ({count})" for name, count in rare.items())
        run.channel.warning(f"Classes with fewer than {FEW} samples: {listing}. Their scores mean little.")


def _experiment(params: CropTraining, training_data: TrainingData, features: SeriesFeatures) -> Experiment:
    """Who learns; boosting always learns the same folds, to stand in the same table."""
    weighting, members = params.class_weights, STACKED if params.model_type == STACK else (params.model_type,)
    learners: dict[str, AnyLearner] = {}
    for kind in members:
        if with_torch([kind]):
            from ...learners.series_learner import SeriesLearner

            sizes = _sizes(kind, params, features)
            learners[kind] = SeriesLearner(kind, params, training_data, features, sizes, weighting, cycle=True)
    learners[BOOSTING] = TreeLearner(training_data, features, params.seed, weighting=weighting)
    comparison = learners if params.compare == "model" else {BOOSTING: learners[BOOSTING]}
    return Experiment(
        "Crops",
        learners,
        comparison,
        params.model_type,
        members,
        members[0],
        0.0 if training_data.tabular else _side(params) * training_data.grid.longest_side,
        ClassTarget(training_data.samples.components),
    )


def _sizes(kind: str, params: CropTraining, features: SeriesFeatures) -> dict[str, int]:
    """The arguments of a network."""
    if kind == CONVLSTM_REFERENCE:
        return {"patch": params.patch, "width": params.width}
    kernel = KERNEL if kind == CONVLSTM and params.patch > 1 else 1
    return {"width": params.width, "steps": len(features.calendar), "patch": params.patch, "kernel": kernel}
