"""Parts of a logit: what each factor adds to that of a map, which mixes trees and networks.

Trees are explained exactly, member by member; networks together, by sampling. The map's probability is the mean of all
of them, and what a factor adds to one is passed on to the logit of the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_expit, logsumexp

from ...data.raster.grids import Grid
from ...features.factor_features import FactorFeatures, read_factor_features
from ...learners.tree_learner import Trees
from ...learning.card import Member
from ...learning.model_file import Model
from ...learning.model_types import BOOSTING, STACK
from ...runtime.executor import Log
from ...runtime.types import Array, Floats
from ...targets.calibration import CalibrationInfo, MeanCalibration
from ...targets.platt import OFFSET
from .event_answers import probability_of, with_members
from .shapley import ShapleyValues, shapley_values

STEPS = 16  # of the quadrature over the way from the mean logits to those of a row


@dataclass(frozen=True)
class ExplainedRows:
    """Rows of factors to explain, those that they are compared with, and how networks are sampled.

    Parameters
    ----------
    table : array, shape (row, factor)
    background : array, shape (m, factor)
    draws, seed : int
        See `shapley_values`.
    """

    table: Floats
    background: Floats
    draws: int
    seed: int


@dataclass(frozen=True)
class Part:
    """A part of a mixture of probabilities: its weight, and what each factor adds to its logit."""

    weight: float
    values: Array
    mean: float


def explain_logits(
    model: Model, rows: ExplainedRows, grid: Grid, log: Log, tell: Callable[[float], None]
) -> ShapleyValues:
    """What each factor adds to the logit that a map of `model` has for each row; see `ShapleyValues`."""
    members, mixture, calibration = model.card.members, model.card.mixture, model.card.calibration
    trees = [member for member in members if member.type == BOOSTING and mixture.get(BOOSTING, 1.0) > 0]
    networks = [member for member in members if member.type != BOOSTING and mixture.get(member.type, 1.0) > 0]
    of_trees = mixture.get(BOOSTING, 1.0) if trees else 0.0
    parts = [_tree_part(model, member, of_trees / len(trees), rows.table) for member in trees]
    sampled = ShapleyValues(np.zeros(rows.table.shape), 0.0)
    if networks:
        factors = {kind: value for kind, value in calibration.factors.items() if kind != STACK}
        alone = replace(calibration, factors=factors, mean=MeanCalibration())
        predict = probability_of(with_members(model, networks, alone), grid, log, 1.0)
        sampled = shapley_values(predict, rows.table, rows.background, rows.draws, rows.seed, tell)
        parts.append(Part(1 - of_trees, sampled.values, sampled.mean))
    power, offset = mixture_line(calibration)
    values, mean = mixed(parts)
    prior = float(np.log(calibration.prior_correction))
    return replace(sampled, values=power * values, mean=power * mean + offset + prior)


def mixture_line(calibration: CalibrationInfo) -> tuple[float, float]:
    """Slope and intercept by which the logit of a mixture of members is calibrated, see `ensemble.recalibrated`."""
    of_mixture, mean = calibration.factors.get(STACK, {}), calibration.mean
    power, offset = of_mixture.get("", 1.0), of_mixture.get(OFFSET, 0.0)
    if not mean.centre:
        return power, offset
    centre = float(np.log(mean.centre[1]) - np.log(mean.centre[0]))
    return mean.power * power, mean.power * (offset - centre) + centre


def _tree_part(model: Model, member: Member, weight: float, table: Floats) -> Part:
    """What each factor adds to the logit of one member's trees; a factor may have several features.

    Platt scaling multiplies the logit, and adds to it.
    """
    features = read_factor_features(model.card.features.arguments)
    added = Trees(model.members[member.name], len(model.card.components)).contributions(features.table(table))
    factors = model.card.calibration.factors.get(BOOSTING, {})
    added *= factors.get("", 1.0)
    return Part(weight, added[:, :-1] @ _owned(features), float(added[0, -1]) + factors.get(OFFSET, 0.0))


def _owned(features: FactorFeatures) -> Array:
    """1 where a feature belongs to a factor, shape (feature, factor)."""
    return np.eye(len(features.factors))[features.owners()]


def mixed(parts: Sequence[Part]) -> tuple[Array, float]:
    """What each factor adds to the logit of the mean of probabilities, and the logit it adds to.

    The logit of a mean is no mean of logits. Each part is weighed by its slope, on average over the straight way from
    the parts' means to their logits in a row (Aumann & Shapley 1974; for models in series Chen, Lundberg & Lee 2022),
    so that nothing is lost: values and mean sum to the logit of the row.
    """
    means = np.array([part.mean for part in parts])
    gaps = np.stack([part.values.sum(1) for part in parts], 1)  # (row, part)
    logs = np.log([part.weight for part in parts])
    nodes, node_weights = np.polynomial.legendre.leggauss(STEPS)
    slopes = sum(
        weight / 2 * _slopes(means + (node + 1) / 2 * gaps, logs)
        for node, weight in zip(nodes, node_weights, strict=True)
    )
    values = sum(slope[:, None] * part.values for slope, part in zip(np.transpose(slopes), parts, strict=True))
    return np.asarray(values), float(np.diff(_mixed_logs(means, logs))[0])


def _mixed_logs(logits: Array, logs: Array) -> tuple[Array, Array]:
    """The logarithms of the mean probability of no event and of an event, for logits (..., part)."""
    return logsumexp(log_expit(-logits) + logs, axis=-1), logsumexp(log_expit(logits) + logs, axis=-1)


def _slopes(logits: Array, logs: Array) -> Array:
    """The slope of the logit of the mean with each part's logit, shape (row, part)."""
    none, event = _mixed_logs(logits, logs)
    slopes: Array = np.exp(log_expit(logits) + log_expit(-logits) + logs - none[:, None] - event[:, None])
    return slopes
