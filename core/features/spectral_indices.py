"""Spectral indices: vegetation, water and ecology from reflectance, by the bands' roles.

Reflectance is 0 to 1. Cells where a band is missing, or a quotient has no denominator, are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..runtime.types import Array, Floats

Bands = Mapping[str, Floats]

NDVI, FVC, RSEI = "NDVI", "FVC", "RSEI"
GREENNESS, WETNESS, DRYNESS, HEAT = NDVI, "WETNESS", "DRYNESS", "HEAT"
PARTS = (GREENNESS, WETNESS, DRYNESS, HEAT)  # of RSEI, in order
GOOD = np.array([1.0, 1.0, -1.0, -1.0])  # which of them speak for a good state, and which against it
RED_ROLES = ("NIR", "RED")
SMALLEST_DENOMINATOR = 1e-6
TAIL = 0.02  # of the cells, at which the parts of RSEI are clipped: outliers would squeeze the rest


@dataclass(frozen=True)
class Formula:
    """An index of single cells: the roles of its bands, its computation, and whether it needs true reflectance."""

    roles: tuple[str, ...]
    compute: Callable[..., Floats]
    scaled: bool = False


def quotient(numerator: Floats, denominator: Floats) -> Floats:
    """`numerator` / `denominator`; NaN where the latter is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(denominator) > SMALLEST_DENOMINATOR, numerator / denominator, np.nan).astype(np.float32)


def normalised_difference(one: Floats, other: Floats) -> Floats:
    """The normalised difference of two bands."""
    return quotient(one - other, one + other)


# Rouse 1974, Gitelson 1996, Delegido 2011, Huete 2002, Rondeaux 1996, Huete 1988, Merzlyak 1999, Jordan 1969,
# McFeeters 1996; RED_EDGE1 is Sentinel-2's B5, RED_EDGE2 its B6
FORMULAS: dict[str, Formula] = {
    NDVI: Formula(RED_ROLES, normalised_difference),
    "GNDVI": Formula(("NIR", "GREEN"), normalised_difference),
    "NDVI45": Formula(("RED_EDGE1", "RED"), normalised_difference),
    "EVI": Formula(("NIR", "RED", "BLUE"), lambda n, r, b: quotient(2.5 * (n - r), n + 6 * r - 7.5 * b + 1), True),
    "OSAVI": Formula(RED_ROLES, lambda n, r: quotient(n - r, n + r + 0.16), True),
    "SAVI": Formula(RED_ROLES, lambda n, r: quotient(1.5 * (n - r), n + r + 0.5), True),
    "PSRI": Formula(("RED", "BLUE", "RED_EDGE2"), lambda r, b, e: quotient(r - b, e)),
    "RVI": Formula(RED_ROLES, quotient),
    "NDWI": Formula(("GREEN", "NIR"), normalised_difference),
}


def roles_of(index: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """The roles that `index` needs, if those in `given` have a band; NDVI itself may be one of them."""
    greenness = (NDVI,) if NDVI in given else RED_ROLES
    if index in (NDVI, FVC):
        return greenness
    if index == RSEI:
        return (*greenness, WETNESS, DRYNESS, HEAT)
    return FORMULAS[index].roles


def compute(index: str, bands: Bands) -> Floats:
    """One of `FORMULAS` from the bands by role."""
    if index == NDVI and NDVI in bands:
        return bands[NDVI]
    formula = FORMULAS[index]
    return formula.compute(*(bands[role] for role in formula.roles))


def cover(ndvi: Floats, soil: float, vegetation: float) -> Floats:
    """The fractional vegetation cover of the dimidiate pixel model (Gutman & Ignatov 1998), 0 to 1."""
    fraction: Floats = np.clip((ndvi - soil) / (vegetation - soil), 0, 1).astype(np.float32)
    return fraction


@dataclass(frozen=True)
class Ecology:
    """The remote sensing ecological index (Xu 2013): the first principal axis of four parts, each scaled to 0..1.

    Parameters
    ----------
    low, high : array, shape (4,)
        The values of greenness, wetness, dryness and heat that become 0 and 1.
    axis : array, shape (4,)
        Direction of the first principal component; of both, the one that agrees more with `GOOD`.
    least, most : float
        The values along it that become 0 and 1.
    explained : float
        Share of the variance along it.
    """

    low: Array
    high: Array
    axis: Array
    least: float
    most: float
    explained: float

    def against(self) -> list[str]:
        """The parts that change the index the other way than they should by `GOOD`."""
        return [part for part, loading in zip(PARTS, self.axis * GOOD, strict=True) if loading < 0]

    def __call__(self, parts: Floats) -> Floats:
        """The index of `parts`, shape (4, ...)."""
        position = np.tensordot(self.axis, _scaled(parts, self.low, self.high), 1)
        return np.clip((position - self.least) / (self.most - self.least), 0, 1).astype(np.float32)


def fit_ecology(parts: Floats) -> Ecology | None:
    """The index that a sample of cells gives, shape (4, cell) without NaN; None if a part is constant."""
    low, high = np.quantile(parts.astype(np.float64), [TAIL, 1 - TAIL], axis=1)
    if not (high > low).all():
        return None
    scaled = _scaled(parts, low, high)
    values, vectors = np.linalg.eigh(np.cov(scaled))
    axis = vectors[:, -1] * (1 if vectors[:, -1] @ GOOD >= 0 else -1)  # one part alone may hardly vary with it
    position = axis @ scaled
    return Ecology(low, high, axis, float(position.min()), float(position.max()), float(values[-1] / values.sum()))


def _scaled(parts: Floats, low: Array, high: Array) -> Array:
    """`parts` (4, ...) scaled from `low` to `high`, and clipped to 0..1."""
    shape = (len(PARTS), *([1] * (parts.ndim - 1)))
    scaled: Array = np.clip((parts - low.reshape(shape)) / (high - low).reshape(shape), 0, 1)
    return scaled
