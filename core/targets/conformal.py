"""Conformal bands: how far labels lie from predictions of samples that no model had seen, and bands that hold them.

Split conformal prediction (Vovk, Gammerman & Shafer 2005) of labels that come in sources: a label of a source that is
new is what a band should hold, so every source weighs the same, however many labels it has (Dunn, Wasserman & Ramdas
2023, J. Am. Stat. Assoc. 118; Lee, Barber & Willett 2023, arXiv:2306.06342). What is new may lie beyond all that was
seen, as likely as one of so many independent labels does: sources whose labels are no more alike than others hold many
of them, those whose labels are all the same hold one. Bands hold at the stated level as far as the map's places are
like the samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fishers_f
from scipy.stats import rankdata

from ..runtime.types import Array, Index, Text
from .dirichlet import share_sd
from .score_intervals import FEWEST_UNITS, unit_numbers

LEVELS = tuple(np.round(np.arange(0.01, 1.0, 0.01), 2))
INTERVAL_LEVELS = (0.5, 0.8, 0.9, 0.95)
SMALLEST_SD = 0.01  # keeps a score finite where a model is sure
WIDEST = 1 / SMALLEST_SD  # half-width of a band in standard deviations that reaches from 0 to 1 everywhere
ROUNDING = 1e-9
DOUBT = 0.05  # that labels of a source are more alike than is believed
ALL_AT_ONCE, JOINT = "all at once", "joint set"  # columns besides those of components

Quantiles = list[float | None]  # of scores at `LEVELS`, in standard deviations; None: there is no bound


@dataclass(frozen=True)
class Conformal:
    """Quantiles of scores |observed - predicted| / standard deviation.

    Parameters
    ----------
    marginal : dict
        By component: of its own scores. Its band holds it at the level, whatever becomes of the others.
    joint : list
        Of the largest score of all components: their bands hold all of them at once.
    """

    marginal: dict[str, Quantiles]
    joint: Quantiles


def fit_conformal(
    shares: Array, concentration: Array, observed: Array, components: Sequence[str], source: Text
) -> Conformal:
    """The conformal quantiles of out-of-fold predictions.

    Parameters
    ----------
    shares, observed : array, shape (n, component)
    concentration : array, shape (n,)
    source : array of str, shape (n,)
        Where each label comes from; labels of one source together weigh as much as those of another.
    """
    scores = np.abs(observed - shares) / np.maximum(share_sd(shares, concentration), SMALLEST_SD)
    number = unit_numbers(source)
    marginal = {name: _quantiles(scores[:, i], number) for i, name in enumerate(components)}
    return Conformal(marginal, _quantiles(scores.max(1, initial=0), number))


def source_weights(source: Text) -> Array:
    """The weight of each label, such that all labels of a source together weigh 1."""
    return _number_weights(unit_numbers(source))


def _number_weights(number: Index) -> Array:
    weights: Array = 1 / np.bincount(number)[number]
    return weights


def fewest_sources(level: float) -> int:
    """How many independent sources a band of `level` needs: with fewer, a new one may lie beyond all of them."""
    return math.ceil(level / (1 - level) - ROUNDING)


def independent_labels(scores: Array, number: Index) -> float:
    """How many independent labels tell as much of `scores`, shape (n,), as those of sources that weigh alike do.

    With S sources of m_i labels and the correlation r of labels of one source, S^2 / sum (1 + (m_i - 1) r) / m_i (Kish
    1965, Survey Sampling): S if all are the same. Of r it is the upper bound at 95 % (Searle 1971, Linear Models, ch.
    9, with the mean size of sources that are uneven), by ranks, of which extremes are no outliers.
    Fewer than `FEWEST_UNITS` sources do not tell it.

    Parameters
    ----------
    number : array of int, shape (n,)
        Of each label's source, from 0 without gaps.
    """
    count = np.bincount(number)
    sources, labels = len(count), len(scores)
    told = FEWEST_UNITS <= sources < labels
    alike = _largest_correlation(rankdata(scores), number, count) if told else 1.0
    independent: float = sources**2 / ((1 + (count - 1) * alike) / count).sum()
    return independent


def _largest_correlation(values: Array, number: Index, count: Index) -> float:
    """The upper bound of the intraclass correlation of values in groups of `count`, from an analysis of variance."""
    groups, n = len(count), len(values)
    means = np.bincount(number, values) / count
    between = (count * (means - values.mean()) ** 2).sum() / (groups - 1)
    within = ((values - means[number]) ** 2).sum() / (n - groups)
    if within <= 0:
        return 1.0
    size = (n - (count**2).sum() / n) / (groups - 1)
    ratio = between / within / fishers_f.ppf(DOUBT, groups - 1, n - groups)
    return float(np.clip((ratio - 1) / (ratio + size - 1), 0, 1))


def _quantiles(scores: Array, number: Index) -> Quantiles:
    """The weighted quantiles of `scores` at `LEVELS`, with the weight of one more label that lies at infinity."""
    if not len(scores):
        return [None] * len(LEVELS)
    order, weight = np.argsort(scores, kind="stable"), _number_weights(number)
    ranks = np.cumsum(weight[order]) / (weight.sum() * (1 + 1 / independent_labels(scores, number)))
    at = np.searchsorted(ranks, np.array(LEVELS) - ROUNDING)
    return [float(scores[order[i]]) if i < len(order) else None for i in at.tolist()]


def half_width(quantiles: Sequence[float | None], level: float) -> float:
    """The half width of the band of `level`, or the next higher of `LEVELS`, in standard deviations.

    Infinite where there is no bound.
    """
    at = int(np.searchsorted(LEVELS, level - ROUNDING))
    width = quantiles[at] if at < len(LEVELS) else None
    return math.inf if width is None else width


def bands(shares: NDArray[Any], sd: NDArray[Any], width: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Lower and upper bounds of shares; they lie within 0..1. The arguments broadcast to one shape."""
    half = np.minimum(width, WIDEST) * np.maximum(sd, SMALLEST_SD)
    return np.clip(shares - half, 0, 1), np.clip(shares + half, 0, 1)


def on_simplex(low: NDArray[Any], high: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The tightest bounds, shape (component, pixel), of shares that lie within `low` and `high` and sum to 1.

    What the others have at least, a component cannot have; what they have at most, it must leave.
    """
    least, most = low.sum(0), high.sum(0)
    return np.maximum(low, 1 - (most - high)), np.minimum(high, 1 - (least - low))


def coverage_rows(
    shares: Array, concentration: Array, observed: Array, components: tuple[str, ...], fold: Index, source: Text
) -> list[dict[str, Any]]:
    """A row per level: which share of labels lies inside the conformal bands; None where a fold has no band.

    A column per component and their mean; `ALL_AT_ONCE`: labels with every component inside its own band; `JOINT`:
    labels inside the joint set. The bands of each fold come from the labels of the other folds, so no label tests a
    band that it made. Sources weigh alike.
    """
    sd, weight = share_sd(shares, concentration), source_weights(source)
    fitted = _of_other_folds(shares, concentration, observed, components, fold, source)
    number = np.searchsorted(np.array(list(fitted)), fold)
    rows: list[dict[str, Any]] = []
    for level in INTERVAL_LEVELS:
        own = [[half_width(of_fold.marginal[name], level) for name in components] for of_fold in fitted.values()]
        joint = [[half_width(of_fold.joint, level)] for of_fold in fitted.values()]
        if not (np.isfinite(own).all() and np.isfinite(joint).all()):
            names = (*components, "mean", ALL_AT_ONCE, JOINT)
            rows.append({"level": level, **dict.fromkeys(names)})
            continue
        inside, inside_joint = (_inside(observed, *bands(shares, sd, np.array(w)[number])) for w in (own, joint))
        coverage = np.average(inside, axis=0, weights=weight)
        rows.append(
            {
                "level": level,
                **dict(zip(components, map(float, coverage), strict=True)),
                "mean": float(coverage.mean()),
                ALL_AT_ONCE: float(np.average(inside.all(1), weights=weight)),
                JOINT: float(np.average(inside_joint.all(1), weights=weight)),
            }
        )
    return rows


def _of_other_folds(
    shares: Array, concentration: Array, observed: Array, components: tuple[str, ...], fold: Index, source: Text
) -> dict[int, Conformal]:
    """The quantiles that each fold is tested with, from the labels of the others; its own, where it is alone."""
    fitted = {}
    for number in np.unique(fold).tolist():
        rows = fold != number if (fold != number).any() else fold == number
        fitted[number] = fit_conformal(shares[rows], concentration[rows], observed[rows], components, source[rows])
    return fitted


def _inside(observed: Array, low: Array, high: Array) -> NDArray[np.bool_]:
    return (observed >= low) & (observed <= high)
