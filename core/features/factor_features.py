"""Factor features: kinds of thematic rasters and columns, and the features that models see of them.

Codes become one column each, an aspect becomes sine and cosine, and fill values are missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import Problems
from ..data.raster.aspects import FLAT, is_aspect
from ..runtime.checkpoints import Arrays
from ..runtime.types import Arguments, Array, Floats
from .scaling import MEAN, STD, fit_scaling
from .series_features import Days

NUMBER, CIRCULAR, CODE = "number", "circular", "code"
FULL_CIRCLE, RADIANS = 360.0, 2 * np.pi
TURN_TOLERANCE = 1e-3  # of a circle, by which rounding may pass it
NORTHERN = 5.0  # degrees from north, in which directions are as frequent as north itself
FEWEST_ZEROS = 5  # samples
LARGEST_CLASS = 16  # of directions
FLAT_FILLS = (-9999.0, -99999.0, -32768.0)  # of programs for an aspect that a flat cell does not have
FILL_VALUES = (-32768.0, -9999.0, -99999.0, -3.4028234663852886e38, 1e20)  # that programs write where there is nothing
STAND_IN = 1e-6  # that some tables hold in place of 0, and of missing values
MOST_CODES = 64
FEW_VALUES = 12  # whole numbers of so few kinds may be codes
SMALL = 1e-9  # between a value and what it stands for, relative
SMALLEST_STD = 1e-9
LARGEST_SCORE = 5.0  # deviations: beyond what training saw, a network would extrapolate


@dataclass(frozen=True)
class Factor:
    """The kind of one factor, its codes and its fill values.

    Parameters
    ----------
    kind : str
        `NUMBER`; `CIRCULAR`: degrees from north, `FLAT` where there is no aspect; `CODE`.
    codes : tuple of float
        Those that are known, ascending.
    missing : tuple of float
        Values that stand for a missing one.
    circle : float
        A full turn of a `CIRCULAR` one.
    flats : tuple of float
        Values of a `CIRCULAR` one, besides those below 0, that mean that there is no direction.
    """

    name: str
    kind: str = NUMBER
    codes: tuple[float, ...] = ()
    missing: tuple[float, ...] = ()
    circle: float = FULL_CIRCLE
    flats: tuple[float, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The names of its features."""
        if self.kind == CIRCULAR:
            return [f"{self.name} east", f"{self.name} north"]
        return [f"{self.name} {code:g}" for code in self.codes] if self.kind == CODE else [self.name]

    def encode(self, values: Floats) -> list[Floats]:
        """Its features, one array per column; NaN is missing.

        A code that is not known is 0 in the columns of all known ones.
        """
        known = is_known(values, self.missing)
        if self.kind == CODE:
            return [np.where(known, (np.rint(values) == code).astype(np.float32), np.nan) for code in self.codes]
        if self.kind == CIRCULAR:
            angle, flat = values * np.float32(RADIANS / self.circle), (values < 0) | ~is_known(values, self.flats)
            return [
                np.where(known, np.where(flat, 0, part), np.nan).astype(np.float32)
                for part in (np.sin(angle), np.cos(angle))
            ]
        return [np.where(known, values, np.nan)]


def stands_for(values: NDArray[Any], value: float) -> NDArray[np.bool_]:
    """Whether `values`, which may be of lower precision, are `value`."""
    close: NDArray[np.bool_] = np.isclose(values, value, rtol=1e-5, atol=abs(value) * SMALL)
    return close


def is_known(values: NDArray[Any], missing: Sequence[float]) -> NDArray[np.bool_]:
    """Whether `values` are numbers that do not stand for a missing one."""
    known: NDArray[np.bool_] = np.isfinite(values)
    for value in missing:
        known &= ~stands_for(values, value)
    return known


@dataclass(frozen=True)
class FactorFeatures:
    """Features of a cell's factors; see `window_features.Features`.

    Bands behind those of the factors are ignored.
    """

    factors: tuple[Factor, ...]

    halo = 0
    kind = "factors"

    @property
    def live(self) -> int:
        """Numbers per pixel that exist while features are computed."""
        return 2 * len(self.names())

    @property
    def plain(self) -> FactorFeatures:
        """The same factors as the published recipe sees them: codes and angles are numbers."""
        return FactorFeatures(tuple(Factor(factor.name, missing=factor.missing) for factor in self.factors))

    def names(self) -> list[str]:
        """The names of the features, in order."""
        return [name for factor in self.factors for name in factor.columns]

    def owners(self) -> list[int]:
        """The number of the factor that each feature belongs to."""
        return [number for number, factor in enumerate(self.factors) for _ in factor.columns]

    def description(self) -> Arguments:
        """Arguments that build the features again."""
        return {"factors": [asdict(factor) for factor in self.factors]}

    def arrays(self) -> Arrays:
        """The tensors that a member keeps of them: none."""
        return {}

    def __call__(self, values: Floats, halo: int, days: Days | None = None) -> Floats:
        """The features of all inner pixels, shape (n, feature, row, col); see `window_features.Features`."""
        inner = values[..., halo : values.shape[-2] - halo, halo : values.shape[-1] - halo]
        return self.table(inner, axis=1)

    def table(self, values: Floats, axis: int = -1) -> Floats:
        """The features of an array whose axis `axis` counts factors."""
        bands = np.moveaxis(values, axis, 0)
        columns = [column for factor, band in zip(self.factors, bands, strict=False) for column in factor.encode(band)]
        return np.ascontiguousarray(np.stack(columns, axis), np.float32)


def fit_factor_scaling(table: Floats) -> Arrays:
    """Mean and deviation of each column of a table, as networks keep them."""
    return fit_scaling([table], SMALLEST_STD)


def standardised(table: Floats, scaling: Mapping[str, NDArray[Any]]) -> Floats:
    """Z-scores, clipped at `LARGEST_SCORE`; missing values are at the mean."""
    scores = (table - scaling[MEAN]) / scaling[STD]
    clipped: Floats = np.clip(np.nan_to_num(scores), -LARGEST_SCORE, LARGEST_SCORE).astype(np.float32)
    return clipped


def read_factor_features(description: Mapping[str, Any]) -> FactorFeatures:
    """The features that a model's card describes."""
    return FactorFeatures(
        tuple(
            Factor(**{**entry, **{key: tuple(entry.get(key, ())) for key in ("codes", "missing", "flats")}})
            for entry in description["factors"]
        )
    )


def recognise(values: Mapping[str, Array], categorical: Sequence[str]) -> tuple[tuple[Factor, ...], list[str]]:
    """The factors by what their values show, and notices about that.

    Parameters
    ----------
    values : mapping
        Values of the samples by name of the factor.
    categorical : sequence of str
        Names of those that hold codes.

    Raises
    ------
    RegionwiseError
        For all factors at once: codes that are none, names that no factor has, factors of one value.
    """
    problems, notices, factors = Problems(), [], []
    for name in categorical:
        if name not in values:
            problems.add(f"Categorical names '{name}', which is no factor; they are {', '.join(values)}.")
    for name, column in values.items():
        missing = _fill_values(column)
        for value in missing:
            share = stands_for(column, value).mean()
            if not (is_aspect(name) and value in FLAT_FILLS):
                notices.append(f"Factor '{name}' is {value:g} in {_percent(share)} of the samples: taken as missing.")
        known = column[is_known(column, missing)]
        factor = Factor(name, missing=missing)
        if not len(known) or known.min() == known.max():
            values_text = f"is {known[0]:g} at all samples" if len(known) else "has no value at any sample"
            problems.add(f"Factor '{name}' {values_text}; leave it out.")
        elif name in categorical:
            factor = Factor(name, CODE, _codes(name, known, problems), missing)
        elif is_aspect(name) and not _few_numbers(known) and (circle := circle_of(known.min(), known.max())):
            factor, notice = _circular(name, column, missing, circle)
            notices.append(notice)
        else:
            notices += _number_notices(name, known)
        factors.append(factor)
    problems.raise_any()
    return tuple(factors), notices


def _fill_values(column: Array) -> tuple[float, ...]:
    """The values that stand for a missing one."""
    fills = [value for value in FILL_VALUES if stands_for(column, value).any()]
    rest = column[is_known(column, fills)]
    stand_in = stands_for(rest, STAND_IN)
    if stand_in.any() and (rest < 0).any():  # beside negative numbers it cannot be a 0 that was avoided
        fills.append(STAND_IN)
    return tuple(fills)


def _codes(name: str, known: Array, problems: Problems) -> tuple[float, ...]:
    """The codes of a categorical factor, ascending; adds to `problems` if they are none, or too many."""
    codes = np.unique(known)
    if (codes != np.rint(codes)).any():
        problems.add(
            f"Factor '{name}' is categorical, but holds {codes[codes != np.rint(codes)][0]:g}; codes are whole "
            "numbers. Choose other factors in Categorical."
        )
    elif len(codes) > MOST_CODES:
        problems.add(
            f"Factor '{name}' is categorical and has {len(codes)} codes; {MOST_CODES} are the most. Merge some, or "
            "leave it out of Categorical."
        )
    return tuple(map(float, codes))


def circle_of(low: float, high: float) -> float:
    """The full turn of angles in this range: in degrees or radians; 0 if they are neither."""
    circle = RADIANS if high <= RADIANS * (1 + TURN_TOLERANCE) else FULL_CIRCLE
    return circle if low >= FLAT and RADIANS / 2 < high <= circle * (1 + TURN_TOLERANCE) else 0.0


def _few_numbers(known: Array) -> bool:
    """Whether values are a few small whole numbers, as of classes of aspects."""
    values = np.unique(known)
    return len(values) <= FEW_VALUES and bool((values == np.rint(values)).all()) and values[-1] <= LARGEST_CLASS


def _circular(name: str, column: Array, missing: Sequence[float], circle: float) -> tuple[Factor, str]:
    """An aspect, and how it is taken."""
    others = tuple(value for value in missing if value not in FLAT_FILLS)
    known = column[is_known(column, others)]
    flats = (0.0,) if _zeros_are_flat(known, circle) else ()
    factor = Factor(name, CIRCULAR, missing=others, circle=circle, flats=flats)
    is_flat = (known < 0) | ~is_known(known, flats)
    flat, numbers = is_flat.mean(), ", ".join(f"{value:g}" for value in np.unique(known[is_flat])[:3])
    how = f" ({numbers}, which is too frequent to be north)" if flats else f" ({numbers})"
    unit = "degrees" if circle == FULL_CIRCLE else "radians"
    flat_text = f" {_percent(flat)} of the samples are flat{how} and have none." if flat else ""
    return factor, f"Factor '{name}' is taken as {unit} from north: models see its sine and cosine.{flat_text}"


def _zeros_are_flat(known: Array, circle: float) -> bool:
    """Whether 0 is far more frequent than directions near it, as where it stands for flat cells (GRASS)."""
    width = NORTHERN * circle / FULL_CIRCLE
    zeros, beside = int((known == 0).sum()), int(((known > 0) & (known <= width)).sum())
    return zeros >= FEWEST_ZEROS and zeros > FEWEST_ZEROS * (1 + beside / NORTHERN)


def _number_notices(name: str, known: Array) -> list[str]:
    """Notices of what a factor that is taken as a number may be instead."""
    values, stand_in = np.unique(known), stands_for(known, STAND_IN)
    if len(values) <= FEW_VALUES and (values == np.rint(values)).all() and len(values) > 2:
        listing = ", ".join(f"{value:g}" for value in values)
        return [f"Factor '{name}' holds only {listing}; if these are codes, name it in Categorical."]
    if stand_in.any():
        return [f"Factor '{name}' is {STAND_IN:g} in {_percent(stand_in.mean())} of the samples: taken as 0."]
    return []


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
