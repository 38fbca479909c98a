"""Train susceptibility: the probability of an event from factors, with cross-validation."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...data.raster.stack import FACTOR
from ...features.factor_features import FactorFeatures, recognise
from ...learners.tree_learner import EVENTS, BoostingLearner
from ...learning.baselines import Baseline
from ...learning.model_types import BOOSTING, META_REFERENCE, POOLED, STACK
from ...learning.training_results import Few
from ...runtime.executor import Place
from ...runtime.local_executor import place_of
from ...runtime.run import Result, Run
from ...targets.binary_target import EventMeasure
from ...targets.class_target import sharpened
from ...validation.audit import selected_by_one
from ...workflow.cross_train import AnyLearner, Learned, Lineup, cross_train, networks, quickened, save
from ...workflow.device_choice import device_for
from ...workflow.table_inputs import read_factor_table
from ...workflow.training_inputs import Asked, Inputs, band_features, read_inputs
from .factor_baselines import forest, logistic, one_factor, regression
from .few_shot_curve import study_shots
from .params import DENOISING, FROM_POOLED, META_TYPES, SusceptibilityTraining

if TYPE_CHECKING:  # it brings torch, which trees do without
    from ...learners.maml_learner import MetaLearner

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FAMILY = "susceptibility"
QUICK = {"width": 8, "epochs": 4, "patience": 4, "iterations": 50}
STACKED = (POOLED, BOOSTING)
SLOPE = "slope"
SHOWN_BLOCKS = 10
ALONE = "these labels alone"  # by logistic regression


def train(params: SusceptibilityTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with place_of(run) as place:
        return _train(quickened(params.settled(), QUICK, run), run, place)


def _train(params: SusceptibilityTraining, run: Run, place: Place) -> Result:
    inputs = _read(params, run, place)
    for text in _empty_blocks(params, inputs):
        run.channel.warning(text)
    features = _recognise(params, inputs, run)
    lineup = _lineup(params, inputs, features)
    title = "Susceptibility: cross-validation"
    learned = cross_train(params, title, inputs, lineup, run, place, plain=lineup.members[0])
    outcome = replace(learned.outcome, fitted=_fitted(learned, lineup), few=_few(params, learned, lineup, run))
    return save(
        outcome, learned.members, lineup, inputs, learned.trained[BOOSTING], family=FAMILY,
        network=networks(lineup),
        bands=[{"name": b.name, "sensor": b.sensor, "unit": b.unit} for b in inputs.material.bands],
    )  # fmt: skip


def _fitted(learned: Learned, lineup: Lineup) -> Array:
    """Return what the model answers for the samples that it learned: the mean of its members, types by weight."""
    outcome, total = learned.outcome, np.zeros_like(learned.outcome.samples.shares)
    for kind in lineup.members:
        learner, weight = lineup.learners[kind], outcome.mixture.get(kind, 1.0)
        members = [learner.fitted(trained.arrays) for trained in learned.trained[kind]]  # type: ignore[union-attr]
        factor = outcome.calibration.factors[kind][""]
        total += weight * np.mean([sharpened(found, factor) for found in members], 0)
    return total


def _empty_blocks(params: SusceptibilityTraining, inputs: Inputs) -> list[str]:
    """Return which blocks hold no sample, in words."""
    if inputs.block is None or inputs.blocks is None:
        return []
    held = set(map(str, inputs.block[~inputs.material.samples.augmented]))
    empty = [name for name in inputs.blocks.names if name not in held]
    if not empty:
        return []
    listing = ", ".join(empty[:SHOWN_BLOCKS]) + (" and others" if len(empty) > SHOWN_BLOCKS else "")
    verb = "holds" if len(empty) == 1 else "hold"
    return [f"{len(empty)} of {len(inputs.blocks.names)} blocks of '{params.blocks}' {verb} no sample: {listing}."]


def _few(params: SusceptibilityTraining, learned: Learned, lineup: Lineup, run: Run) -> Few | None:
    """Return what few labels of an unseen block are worth; None for models that do not adapt."""
    learner, measure = lineup.learners[lineup.members[0]], lineup.measure
    if params.model_type not in META_TYPES:
        return None
    from ...learners.maml_learner import MetaLearner

    if not isinstance(learner, MetaLearner) or not isinstance(measure, EventMeasure):
        raise TypeError("a meta-learner of events is asked for")
    samples, table = learned.outcome.samples, lineup.boosting.features.astype(np.float64)
    adapted = [learner.adapter(member.arrays) for member in learned.trained[params.model_type]]
    pooled = [lineup.learners[POOLED].fitted(member.arrays) for member in learned.trained[POOLED]]  # type: ignore[union-attr]

    def answer(number: int, known: Index, asked: Index) -> dict[str, Array]:
        """Return the answers of a split's models, adapted to the known labels or not, and of these alone."""
        label, weight = samples.shares[known, 1], samples.weight[known]
        return {
            params.model_type: adapted[number](known, asked),
            POOLED: pooled[number][asked],
            ALONE: regression(table[known], label, weight, table[asked]),
        }

    few = study_shots(
        learned.plan.splits, learner.block, samples.shares[:, 1], samples.source, answer, measure,
        (params.model_type, POOLED), params.seed,
    )  # fmt: skip
    text = few.verdict if few else (
        "their worth is told where three or more blocks are held out as a whole; choose Validation = blocks."
    )  # fmt: skip
    run.channel.info(f"Few labels: {text}")
    return few


def _read(params: SusceptibilityTraining, run: Run, place: Place) -> Inputs:
    """Return the inputs, from rasters or from a table."""
    device = device_for([params.model_type], params.device, place, run)
    kinds = [params.validation]
    asked = Asked(
        {FACTOR: params.factors} if params.factors else {}, params.table, regions=params.regions,
        label_field=params.label_field, weak_field=params.weak_field, weak_weight=params.weak_weight,
        blocks=params.blocks, block_field=params.block_field, resampling=params.resampling,
    )  # fmt: skip
    if params.factors:
        return read_inputs(params, asked, kinds, 0, device, run)
    return read_factor_table(params, asked, params.factor_fields, kinds, device, run)


def _recognise(params: SusceptibilityTraining, inputs: Inputs, run: Run) -> FactorFeatures:
    """Return what the factors hold; tells what was recognised, and which weak labels one of them has chosen."""
    values = band_features(inputs.material)
    factors, notices = recognise(values, params.categorical_names())
    for text in notices:
        run.channel.warning(text)
    found = selected_by_one(inputs.material.samples, values)
    for finding in found:
        run.channel.warning(f"Audit, {finding.check}: {finding.text}")
    inputs.audit.findings.extend(found)
    return FactorFeatures(factors)


def _lineup(params: SusceptibilityTraining, inputs: Inputs, features: FactorFeatures) -> Lineup:
    """Return who learns; boosting always learns the same folds, to stand in the same table."""
    members = STACKED if params.model_type == STACK else (params.model_type,)
    learners: dict[str, AnyLearner] = {}
    material = inputs.material
    if members != (BOOSTING,):
        from ...learners.factor_learner import FactorLearner

        learners[POOLED] = FactorLearner(params, material, features, params.width)
    if params.model_type in META_TYPES:
        learners[params.model_type] = _meta_learner(params, inputs, features)
    boosting = BoostingLearner(material, features, params.seed, weighting=EVENTS)
    learners[BOOSTING] = boosting
    beside = learners if params.compare == "model" else {BOOSTING: boosting}
    samples = material.samples
    share = float(samples.shares[~samples.augmented, 1].mean())
    measure = EventMeasure(share, params.prevalence)
    return Lineup(learners, beside, params.model_type, members, 0.0, measure, _baselines(boosting, features))


def _meta_learner(params: SusceptibilityTraining, inputs: Inputs, features: FactorFeatures) -> MetaLearner:
    """Return the learner of tasks, which are the blocks that hold samples.

    Raises
    ------
    RegionwiseError
        If all samples lie in one block.
    """
    from ...learners.maml_learner import MetaLearner, MetaOptions

    block, samples = inputs.block, inputs.material.samples
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
        params.seed, params.order, params.inner_steps, params.inner_rate, params.meta_rate, params.iterations,
        params.meta_batch, params.shots, params.pretrain == DENOISING, params.pretrain == FROM_POOLED,
    )  # fmt: skip
    return MetaLearner(options, inputs.material, features.plain if reference else features, params.width, at, names,
                       reference)  # fmt: skip


def _baselines(boosting: BoostingLearner, features: FactorFeatures) -> dict[str, Baseline]:
    """Return the simple models of factors: the slope alone, where there is one, logistic regression and a forest."""
    table = boosting.features.astype(np.float64)
    found: dict[str, Baseline] = {}
    slope = next((i for i, name in enumerate(features.names()) if name.casefold() == SLOPE), None)
    if slope is not None:
        found["slope alone"] = partial(one_factor, table[:, slope])
    return {**found, "logistic regression": partial(logistic, table), "forest": partial(forest, table)}
