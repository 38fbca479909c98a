"""Train susceptibility: the probability of an event from factors, with cross-validation."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ...contract.errors import RegionwiseError
from ...contract.parsing import listed
from ...data.raster.stack import FACTOR
from ...features.factor_features import FactorFeatures, recognise
from ...learners.tree_learner import EVENTS, TreeLearner
from ...learning.baselines import Baseline
from ...learning.card import BandInfo
from ...learning.contracts import InSampleLearner
from ...learning.model_types import BOOSTING, META_REFERENCE, POOLED, STACK
from ...learning.training_results import FewShotResult
from ...runtime.context import RunContext
from ...runtime.local_executor import executor_of
from ...runtime.run import Result, Run
from ...runtime.types import Array, Index
from ...targets.binary_target import BinaryTarget
from ...targets.member_means import sharpened
from ...targets.platt import calibrated_answers
from ...validation.giveaways import selected_by_one
from ...workflow.cross_train import CrossValidated, ModelDescription, cross_train, for_smoke_run, save
from ...workflow.device_choice import device_for
from ...workflow.experiment import AnyLearner, Experiment
from ...workflow.input_spec import DateColumns, GroupColumns, InputSpec, LabelColumns, RasterSources
from ...workflow.planning.model_choice import Rule
from ...workflow.planning.work_plan import begun, settle
from ...workflow.table_inputs import read_factor_table
from ...workflow.training_inputs import Inputs, band_features, cell_values, read_inputs
from .factor_baselines import CellBaseline, by_cells, forest, one_factor, regression
from .few_shot_curve import FewShotPredictors, StudiedSamples, study_shots
from .params import DENOISING, FROM_POOLED, META_TYPES, SusceptibilityTraining
from .sampling_design import design_field, design_texts, with_event_sizes

if TYPE_CHECKING:  # it brings torch, which trees do without
    from ...learners.maml_learner import MetaLearner


FAMILY = "susceptibility"
RULE = Rule(fewest=2000)
QUICK = {"width": 8, "epochs": 4, "patience": 4, "iterations": 50}
STACKED = (POOLED, BOOSTING)
SLOPE = "slope"
SHOWN_BLOCKS = 10
ALONE = "these labels alone"  # by logistic regression


def train(params: SusceptibilityTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with executor_of(run) as executor:
        params = for_smoke_run(params.with_defaults(), QUICK, run)
        params = replace(params, design_field=design_field(params.table, params.design_field))  # as the card tells it
        return _train(RunContext(params, run, executor))


def _train(context: RunContext[SusceptibilityTraining]) -> Result:
    context, choice = begun(context, RULE)
    params, run = context.params, context.run
    inputs = _read(context)
    for text in _empty_blocks(params, inputs):
        run.channel.warning(text)
    features = _recognise(params, inputs, run)
    of = partial(_experiment, inputs=inputs, features=features)
    context, experiment = settle(context, choice, RULE, inputs, of)
    params = context.params
    validated = cross_train(context, inputs, experiment)
    results = replace(
        validated.results,
        in_sample=_in_sample(validated, experiment),
        few=_few_shot(params, validated, experiment, run),
    )
    bands = [BandInfo.of(band) for band in inputs.training_data.bands]
    description = ModelDescription(FAMILY, experiment.networks(), bands)
    trees = validated.fitted[BOOSTING]
    return save(results, validated.members, experiment, inputs, trees, description, context.executor)


def _in_sample(validated: CrossValidated, experiment: Experiment) -> Array:
    """Answers of the model for the samples that it learned: the mean of its members, types by weight."""
    results, total = validated.results, np.zeros_like(validated.results.samples.shares)
    for kind in experiment.members:
        learner, weight = _in_sample_learner(experiment, kind), results.mixture.get(kind, 1.0)
        members = [learner.in_sample(fitted.arrays) for fitted in validated.fitted[kind]]
        factors = results.calibration.factors[kind]
        total += weight * np.mean([calibrated_answers(answers, factors) for answers in members], 0)
    mixed = calibrated_answers(total, results.calibration.factors.get(STACK, {}))
    return sharpened(mixed, results.calibration.mean)


def _in_sample_learner(experiment: Experiment, kind: str) -> InSampleLearner:
    learner = experiment.learners[kind]
    if not isinstance(learner, InSampleLearner):
        raise TypeError(f"{kind} does not answer for its own samples")
    return learner


def _empty_blocks(params: SusceptibilityTraining, inputs: Inputs) -> list[str]:
    """Which blocks hold no sample, in words."""
    if inputs.block is None or inputs.blocks is None:
        return []
    held = set(map(str, inputs.block[~inputs.training_data.samples.augmented]))
    empty = [name for name in inputs.blocks.names if name not in held]
    if not empty:
        return []
    listing = ", ".join(empty[:SHOWN_BLOCKS]) + (" and others" if len(empty) > SHOWN_BLOCKS else "")
    verb = "holds" if len(empty) == 1 else "hold"
    return [f"{len(empty)} of {len(inputs.blocks.names)} blocks of '{params.blocks}' {verb} no sample: {listing}."]


def _few_shot(
    params: SusceptibilityTraining, validated: CrossValidated, experiment: Experiment, run: Run
) -> FewShotResult | None:
    """The worth of few labels of an unseen block; None for models that do not adapt."""
    learner, target_type = experiment.learners[experiment.members[0]], experiment.target_type
    if params.model_type not in META_TYPES:
        return None
    from ...learners.maml_learner import MetaLearner

    if not isinstance(learner, MetaLearner) or not isinstance(target_type, BinaryTarget):
        raise TypeError("only a meta-learner of events adapts")
    samples, footprints = validated.results.samples, experiment.boosting.footprints
    adapted = [learner.adapter(member.arrays) for member in validated.fitted[params.model_type]]
    pooled_learner = _in_sample_learner(experiment, POOLED)
    pooled = [pooled_learner.in_sample(member.arrays) for member in validated.fitted[POOLED]]

    def answer(number: int, known: Index, tested: Index) -> dict[str, Array]:
        """The raw answers of a split's models, adapted to the known labels or not, and of these alone."""
        return {
            params.model_type: adapted[number](known, tested),
            POOLED: pooled[number][tested],
            ALONE: by_cells(footprints, regression, samples, known, tested, params.seed),
        }

    block_samples = StudiedSamples(learner.block, samples.shares[:, 1], samples.group, samples.design)
    factors = {kind: validated.results.calibration.factors[kind] for kind in (params.model_type, POOLED)}
    predictors = FewShotPredictors(answer, params.model_type, POOLED, factors)
    few = study_shots(validated.scheme.splits, block_samples, predictors, target_type, params.seed)
    text = (
        few.verdict
        if few
        else ("their worth is told where three or more blocks are held out as a whole; choose Validation = blocks.")
    )
    run.channel.info(f"Few labels: {text}")
    return few


def _read(context: RunContext[SusceptibilityTraining]) -> Inputs:
    """The inputs, from rasters or from a table."""
    params, run = context.params, context.run
    device = device_for([params.model_type], params.device, context.executor, run)
    columns = LabelColumns(
        label_field=params.label_field,
        weak_field=params.weak_field,
        weak_weight=params.weak_weight,
        design_field=params.design_field,
    )
    spec = InputSpec(
        params.table,
        [params.validation],
        columns,
        RasterSources({FACTOR: params.factors} if params.factors else {}, params.resampling),
        GroupColumns(params.regions, blocks=params.blocks, block_field=params.block_field),
        DateColumns(date_field=params.date_field),
    )
    if params.factors:
        inputs = _with_event_sizes(read_inputs(context, spec, device))
    else:
        inputs = read_factor_table(context, spec, params.factor_fields, device)
    for problem, text in design_texts(params, inputs.training_data):
        (run.channel.warning if problem else run.channel.info)(text)
    return inputs


def _with_event_sizes(inputs: Inputs) -> Inputs:
    """The inputs, in which events that are areas stand for their cells."""
    data = inputs.training_data
    data = replace(data, samples=with_event_sizes(data.samples, data.grid))
    return replace(inputs, training_data=data)


def _recognise(params: SusceptibilityTraining, inputs: Inputs, run: Run) -> FactorFeatures:
    """The kinds of factors; logs which were recognised, and which weak labels one of them has chosen."""
    values = band_features(inputs.training_data)
    cells = cell_values(inputs.training_data)
    factors, notices = recognise(cells, listed(params.categorical, cells))
    for text in notices:
        run.channel.warning(text)
    giveaways = selected_by_one(inputs.training_data.samples, values)
    for finding in giveaways:
        run.channel.warning(f"Audit, {finding.check}: {finding.text}")
    inputs.audit.findings.extend(giveaways)
    return FactorFeatures(factors)


def _experiment(params: SusceptibilityTraining, inputs: Inputs, features: FactorFeatures) -> Experiment:
    """Who learns; boosting always learns the same folds, to stand in the same table."""
    members = STACKED if params.model_type == STACK else (params.model_type,)
    learners: dict[str, AnyLearner] = {}
    training_data = inputs.training_data
    if members != (BOOSTING,):
        from ...learners.factor_learner import FactorLearner

        learners[POOLED] = FactorLearner(params, training_data, features, params.width)
    if params.model_type in META_TYPES:
        learners[params.model_type] = _meta_learner(params, inputs, features)
    boosting = TreeLearner(training_data, features, params.seed, weighting=EVENTS)
    learners[BOOSTING] = boosting
    observed = training_data.samples.take(~training_data.samples.augmented)
    share = float(np.average(observed.shares[:, 1], weights=observed.design))
    return Experiment(
        "Susceptibility",
        learners,
        learners if params.compare == "model" else {BOOSTING: boosting},
        params.model_type,
        members,
        members[0],
        0.0,
        BinaryTarget(share, params.prevalence),
        _baselines(boosting, features),
    )


def _meta_learner(params: SusceptibilityTraining, inputs: Inputs, features: FactorFeatures) -> MetaLearner:
    """The learner of tasks, which are the blocks that hold samples.

    Raises
    ------
    RegionwiseError
        If all samples lie in one block.
    """
    from ...learners.maml_batches import MetaOptions
    from ...learners.maml_learner import MetaLearner

    block, samples = inputs.block, inputs.training_data.samples
    assert block is not None and inputs.blocks is not None  # nosec B101
    names = tuple(sorted({str(name) for name in block[~samples.augmented]} - {""}))
    if len(names) < 2:
        raise RegionwiseError(
            f"{'All samples lie in one block' if names else 'No sample lies in a block'} of '{params.blocks}'; a "
            "meta-learner needs several.",
            "Segment more and smaller blocks, or choose another model type.",
        )
    number = {name: i for i, name in enumerate(names)}
    at = np.array([number.get(str(name), -1) for name in block])
    reference = params.model_type == META_REFERENCE
    options = MetaOptions(
        params.seed,
        params.order,
        params.inner_steps,
        params.inner_rate,
        params.meta_rate,
        params.iterations,
        params.meta_batch,
        params.shots,
        params.pretrain == DENOISING,
        params.pretrain == FROM_POOLED,
    )
    return MetaLearner(
        options, inputs.training_data, features.plain if reference else features, params.width, at, names, reference
    )


def _baselines(boosting: TreeLearner, features: FactorFeatures) -> dict[str, Baseline]:
    """The simple models of factors: the slope alone, where there is one, logistic regression and a forest."""
    models: dict[str, CellBaseline] = {"logistic regression": regression, "forest": forest}
    slope = next((i for i, name in enumerate(features.names()) if name.casefold() == SLOPE), None)
    if slope is not None:
        models = {"slope alone": partial(one_factor, slope), **models}
    return {name: partial(by_cells, boosting.footprints, model) for name, model in models.items()}
