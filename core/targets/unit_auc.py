"""The AUC without each unit, exactly and at the cost of a sort."""

from __future__ import annotations

import numpy as np

from ..runtime.types import Array, Index, Text
from .score_intervals import SMALLEST, Jackknifed, unit_numbers


def jackknifed_auc(truth: Array, probability: Array, unit: Text, weight: Array) -> Jackknifed:
    """The weighted area under the ROC curve, and what it is without each unit; NaN where one class is left.

    The AUC is the share of pairs of an event and another sample in which the event has the higher probability. Without
    a unit, the pairs of its events and those of its other samples are gone; those within it were subtracted twice.

    Parameters
    ----------
    truth, probability, weight : array, shape (sample,)
        Truth is 1 for an event, 0 for none.
    """
    if not len(truth):
        return Jackknifed(float("nan"), np.empty(0))
    number = unit_numbers(unit)
    count = int(number.max()) + 1
    rank = np.unique(probability, return_inverse=True)[1]
    events, others = weight * truth, weight * (1 - truth)

    def by_unit(values: Array) -> Array:
        return np.bincount(number, values, count).astype(np.float64)

    of_events = by_unit(events * _below(rank, others))
    of_others = by_unit(others * (events.sum() - _below(rank, events)))
    in_unit = np.unique(number * (int(rank.max()) + 1) + rank, return_inverse=True)[1]  # ranks, unit after unit
    before = np.cumsum(by_unit(others)) - by_unit(others)
    within = by_unit(events * (_below(in_unit, others) - before[number]))
    pairs = of_events.sum() - of_events - of_others + within
    total = (events.sum() - by_unit(events)) * (others.sum() - by_unit(others))
    with np.errstate(divide="ignore", invalid="ignore"):
        all_pairs = events.sum() * others.sum()
        auc = np.divide(of_events.sum(), all_pairs)
        return Jackknifed(float(auc), np.where(total > SMALLEST * all_pairs, pairs / total, np.nan))


def _below(rank: Index, mass: Array) -> Array:
    """For each sample the mass of those with a lower rank, and half of those with its own."""
    totals = np.bincount(rank, mass)
    below: Array = (np.cumsum(totals) - totals / 2)[rank]
    return below
