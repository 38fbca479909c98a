"""Residual info: the section of a card that says how errors go together in space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...validation.autocorrelation import Moran
from ...validation.variogram import Variogram


@dataclass(frozen=True)
class ResidualInfo:
    """Errors of samples that folds tested.

    Parameters
    ----------
    deviation : dict
        By component the root mean square of errors, of the map where its score is told, else of members.
    variogram : Variogram
        Of errors of variance 1, of all components together.
    bins : list of (metres, half mean squared difference, pairs)
        What it was fitted to.
    moran : Moran
    samples : int
    distance : float, optional
        Median distance of tested samples to those that trained, in metres.
    support : float
        Median area of what a label is of, square metres; 0: not known.
    """

    deviation: dict[str, float]
    variogram: Variogram
    bins: list[tuple[float, float, int]]
    moran: Moran
    samples: int
    distance: float | None = None
    support: float = 0.0

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> ResidualInfo:
        """What JSON values tell."""
        bins = [(float(distance), float(value), int(pairs)) for distance, value, pairs in raw["bins"]]
        typed = {"variogram": Variogram(**raw["variogram"]), "moran": Moran(*raw["moran"]), "bins": bins}
        return cls(**{**raw, **typed})
