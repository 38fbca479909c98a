"""Checks of a validation scheme: how far its folds test from what trains, and how many samples it leaves out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.vector.samples import Samples
from ..runtime.types import Array
from .distances import nearest
from .splits import Split

NOTABLE_LOSS = 0.2  # of the samples that are not tested, from which on it is said that they do not train


def distance_to_training(splits: Sequence[Split], places: Array) -> float:
    """The median distance of tested samples to the nearest one that trains or validates; NaN without any.

    Parameters
    ----------
    places : array, shape (sample, 2 or 3)
        See `distances.Ruler`.
    """
    gaps = [
        nearest(places[split.test], places[np.concatenate([split.train, split.validation])])
        for split in splits
        if len(split.test)
    ]
    return float(np.median(np.concatenate(gaps))) if gaps else float("nan")


def samples_left_out(kind: str, splits: Sequence[Split], samples: Samples) -> list[str]:
    """A sentence if many observed samples neither train nor test in the splits of a scheme, and why."""
    observed = np.flatnonzero(~samples.augmented)
    group = np.unique(samples.group.astype(str), return_inverse=True)[1]
    outside = lost = of_groups = 0
    for split in splits:
        others = np.setdiff1d(observed, split.test)
        unused = np.setdiff1d(others, np.concatenate([split.train, split.validation]))
        outside, lost = outside + len(others), lost + len(unused)
        of_groups += int(np.isin(group[unused], group[split.test]).sum())
    if lost <= NOTABLE_LOSS * outside:
        return []
    reasons = {"their source is tested, too": of_groups, "they lie within the buffer": lost - of_groups}
    parts = [f"{100 * count / outside:.0f} % because {reason}" for reason, count in reasons.items() if count]
    return [
        f"{kind}: {100 * lost / outside:.0f} % of the samples that are not tested do not train ({', '.join(parts)}); "
        "the model of the map, which knows them, may be better than this score."
    ]
