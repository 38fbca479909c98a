"""Area answers: what members of an ensemble answer, one by one, at places of a map that are shaped like samples."""

from __future__ import annotations

import numpy as np

from ..data.patches.patches import Patches
from ..features.footprint_features import FootprintFeatures, footprint_sums
from ..learning.contracts import FeaturePredictor, Predictor
from ..runtime.types import Array
from .ensemble import Ensemble

CHUNK_NUMBERS = 2**24  # of bands of cells that are answered at a time


def member_answers(ensemble: Ensemble, patches: Patches) -> Array:
    """The shares that each member answers, the weighted means over footprints, shape (member, place, component).

    Parameters
    ----------
    patches : Patches
        With at least the halo of the ensemble; `Patches.sample` counts the places.
    """
    answers = []
    for member in ensemble.members:
        answers.append(_answers(member.predictor, patches))
        member.predictor.rest()
    return np.stack(answers)


def _answers(predictor: Predictor, patches: Patches) -> Array:
    """The shares that one predictor answers, shape (place, component)."""
    if isinstance(predictor, FeaturePredictor):
        cells = FootprintFeatures.of(patches, patches.samples, predictor.features)
        return cells.answers(np.arange(patches.samples), predictor.shares_of)
    patches = patches.cropped(predictor.halo)
    size = max(1, CHUNK_NUMBERS // int(np.prod(patches.values.shape[1:]))) if predictor.halo == 0 else 1
    shares = np.concatenate([_of_pieces(predictor, patches, at, size) for at in range(0, len(patches.sample), size)])
    wanted = patches.weights > 0
    owner, weight = np.repeat(patches.sample, wanted.sum((1, 2))), patches.weights[wanted].astype(np.float64)
    return footprint_sums(shares, owner, weight / np.bincount(owner, weight)[owner])


def _of_pieces(predictor: Predictor, patches: Patches, first: int, size: int) -> Array:
    """Shares (cell, component) of the cells with weight in `size` pieces; one piece, if its cells see each other."""
    pieces = np.arange(first, min(first + size, len(patches.sample)))
    wanted, values = patches.weights[pieces] > 0, patches.pixels(pieces)
    if predictor.halo:
        return predictor.answer(values[0], wanted[0])[0].T.astype(np.float64)
    block = values.transpose(1, 0, 2, 3).reshape(values.shape[1], len(pieces), -1)
    return predictor.answer(block, wanted.reshape(len(pieces), -1))[0].T.astype(np.float64)
