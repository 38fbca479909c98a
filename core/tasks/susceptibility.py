"""Train susceptibility: the probability of an event from factors, with cross-validation."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..audit import selected_by_one
from ..baselines import Baseline
from ..classes import sharpened
from ..events import EventMeasure
from ..factor_baselines import forest, logistic, one_factor
from ..factors import FactorFeatures, recognise
from ..inputs import Asked, Inputs, band_features, read_factor_table, read_inputs
from ..learners.boosting import EVENTS, BoostingLearner
from ..learning import BOOSTING, POOLED, STACK, Material
from ..machine import place_of
from ..params_susceptibility import SusceptibilityTraining
from ..rasters import FACTOR
from ..run import Result, Run
from ..scheduling import Place
from ..spine.devices import device_for
from ..spine.training import AnyLearner, Learned, Lineup, cross_train, networks, quickened, save

Array = NDArray[np.float64]

FAMILY = "susceptibility"
QUICK = {"width": 8, "epochs": 4, "patience": 4}
STACKED = (POOLED, BOOSTING)
SLOPE = "slope"


def train(params: SusceptibilityTraining, run: Run) -> Result:
    """Train one member per fold; every observed sample is predicted by a member that never saw it."""
    with place_of(run) as place:
        return _train(quickened(params, QUICK, run), run, place)


def _train(params: SusceptibilityTraining, run: Run, place: Place) -> Result:
    inputs = _read(params, run, place)
    features = _recognise(params, inputs, run)
    lineup = _lineup(params, inputs.material, features)
    title = "Susceptibility: cross-validation"
    learned = cross_train(params, title, inputs, lineup, run, place, plain=lineup.members[0])
    outcome = replace(learned.outcome, fitted=_fitted(learned, lineup))
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


def _lineup(params: SusceptibilityTraining, material: Material, features: FactorFeatures) -> Lineup:
    """Return who learns; boosting always learns the same folds, to stand in the same table."""
    members = STACKED if params.model_type == STACK else (params.model_type,)
    learners: dict[str, AnyLearner] = {}
    if POOLED in members:
        from ..learners.factors import FactorLearner

        learners[POOLED] = FactorLearner(params, material, features, params.width)
    boosting = BoostingLearner(material, features, params.seed, weighting=EVENTS)
    learners[BOOSTING] = boosting
    beside = learners if params.compare == "model" else {BOOSTING: boosting}
    samples = material.samples
    share = float(samples.shares[~samples.augmented, 1].mean())
    measure = EventMeasure(share, params.prevalence)
    return Lineup(learners, beside, params.model_type, members, 0.0, measure, _baselines(boosting, features))


def _baselines(boosting: BoostingLearner, features: FactorFeatures) -> dict[str, Baseline]:
    """Return the simple models of factors: the slope alone, where there is one, logistic regression and a forest."""
    table = boosting.features.astype(np.float64)
    found: dict[str, Baseline] = {}
    slope = next((i for i, name in enumerate(features.names()) if name.casefold() == SLOPE), None)
    if slope is not None:
        found["slope alone"] = partial(one_factor, table[:, slope])
    return {**found, "logistic regression": partial(logistic, table), "forest": partial(forest, table)}
