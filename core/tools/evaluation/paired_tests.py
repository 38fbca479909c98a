"""Paired tests: whether one of two models did better on the same samples than chance explains.

Samples of one unit (source, block, cluster) are no independent tests, so both tests count by unit; where each sample is
a unit by itself they are the ones that everybody knows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import bdtr, chdtrc, ndtr

from ...runtime.types import Array, Mask, Text
from ...targets.score_intervals import unit_numbers, unit_sums

FEW_DISCORDANT = 25  # samples on which models disagree, below which the exact test is taken


class McNemar(NamedTuple):
    """McNemar's test: samples that only one of two models has right, and the probability of so uneven numbers."""

    only_first: int
    only_second: int
    p: float


class DeLong(NamedTuple):
    """DeLong's test: the difference of two AUC, its standard error, and the probability of so large a one."""

    difference: float
    deviation: float
    p: float


def mcnemar(first: Mask, second: Mask, unit: Text) -> McNemar:
    """Whether two models are right equally often (McNemar 1947; by units Durkalski et al. 2003, Stat. Med. 22, 2417).

    Parameters
    ----------
    first, second : array of bool, shape (sample,)
        Whether each model is right.
    """
    gained, lost = first & ~second, second & ~first
    only_first, only_second = int(gained.sum()), int(lost.sum())
    discordant = only_first + only_second
    if not discordant:
        return McNemar(0, 0, 1.0)
    number = unit_numbers(unit)
    alone = number.max() + 1 == len(unit)
    if alone and discordant < FEW_DISCORDANT:
        return McNemar(
            only_first, only_second, min(1.0, 2 * float(bdtr(min(only_first, only_second), discordant, 0.5)))
        )
    each = np.bincount(number, gained) - np.bincount(number, lost)
    square = float(each.sum() ** 2 / (each @ each)) if (each @ each) else 0.0
    return McNemar(only_first, only_second, float(chdtrc(1, square)))


def delong(truth: Array, first: Array, second: Array, unit: Text) -> DeLong:
    """Whether two models have the same AUC (DeLong et al. 1988, Biometrics 44, 837; by units Obuchowski 1997, 53, 567).

    Parameters
    ----------
    truth : array, shape (sample,)
        1 for an event, 0 for none.
    first, second : array, shape (sample,)
        Probabilities, or anything that rises with them.
    """
    event = truth > 0.5
    events, others = float(event.sum()), float((~event).sum())
    if not events or not others:
        return DeLong(float("nan"), float("nan"), float("nan"))
    placed = _placements(event, first) - _placements(event, second)
    value = float(placed[event].mean())
    number = unit_numbers(unit)
    columns = np.stack([placed * event, event, placed * ~event, ~event], 1).astype(np.float64)
    of_events, count_events, of_others, count_others = unit_sums(columns, number).T
    ups, downs = (of_events - count_events * value) / events, (of_others - count_others * value) / others
    units, with_events, with_others = (
        float((c > 0).sum()) for c in (count_events + count_others, count_events, count_others)
    )
    if min(with_events, with_others) < 2:
        return DeLong(value, float("nan"), float("nan"))
    variance = (
        with_events / (with_events - 1) * (ups @ ups)
        + with_others / (with_others - 1) * (downs @ downs)
        + 2 * units / (units - 1) * (ups @ downs)
    )
    deviation = float(np.sqrt(max(variance, 0.0)))
    return DeLong(value, deviation, 2 * float(ndtr(-abs(value) / deviation)) if deviation else float(value == 0))


def _placements(event: Mask, score: Array) -> Array:
    """For an event the share of others below it, for another sample the share of events above it; halves for ties."""
    rank = np.unique(score, return_inverse=True)[1]
    found = np.empty(len(score))
    for own, other in ((event, ~event), (~event, event)):
        count = np.bincount(rank[other], minlength=int(rank.max()) + 1)
        below = (np.cumsum(count) - count / 2)[rank[own]] / other.sum()
        found[own] = below if own is event else 1 - below
    return found
