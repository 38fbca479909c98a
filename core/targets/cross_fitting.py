"""Cross-fitting: answers calibrated by factors that their own labels had no part in, so that scores can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..runtime.types import Index, Text
from .share_target import Answers, TargetType

if TYPE_CHECKING:
    from ..data.vector.samples import Samples

Flags = NDArray[np.bool_]


def others(part: Index) -> Iterator[tuple[Flags, Flags]]:
    """Yield the samples of each part, and those of all others; of a part that is alone itself.

    Parameters
    ----------
    part : array of int, shape (sample,)
        Below 0: in none.
    """
    for number in np.unique(part[part >= 0]).tolist():
        inside, outside = part == number, (part >= 0) & (part != number)
        yield inside, outside if outside.any() else inside


def cross_calibrated(answers: Answers, part: Index, target_type: TargetType, samples: Samples, region: Text) -> Answers:
    """`answers`, those of each part calibrated by factors that the others give.

    Factors that are fitted to the answers they are scored with know their labels: few samples seem better calibrated
    than new ones are.
    """
    calibrated = Answers(np.full_like(answers.shares, np.nan), np.full_like(answers.concentration, np.nan))
    for inside, outside in others(part):
        factors = target_type.factors(_of(answers, outside), samples, region)
        of_part = target_type.calibrated(_of(answers, inside), factors, region)
        calibrated.shares[inside] = of_part.shares[inside]
        calibrated.concentration[inside] = of_part.concentration[inside]
    return calibrated


def _of(answers: Answers, rows: Flags) -> Answers:
    """The answers to some samples; the others are not known."""
    shares = np.where(rows[:, None], answers.shares, np.nan)
    return Answers(shares, np.where(rows, answers.concentration, np.nan))
