"""Features as the card of a model describes them, and how they are built again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from ..runtime.types import Arguments
from .factor_features import FactorFeatures, read_factor_features
from .series_features import Days, SeriesFeatures, read_series_features
from .window_features import Features, WindowFeatures


@dataclass(frozen=True)
class FeatureInfo:
    """The features that trees see, and in whose space distances are measured.

    Parameters
    ----------
    kind : str
        ``windows``, ``series`` or ``factors``; empty where there are none.
    arguments : dict
        JSON values that build them again, see `Features.description`.
    """

    kind: str = ""
    arguments: Arguments = field(default_factory=dict)

    @classmethod
    def of(cls, features: Features) -> FeatureInfo:
        """The description of `features`."""
        return cls(features.kind, features.description())


def read_features(
    info: FeatureInfo, bands: Sequence[str], arrays: Mapping[str, NDArray[Any]], days: Days | None = None
) -> Features:
    """The features that a model's card describes.

    Parameters
    ----------
    bands : sequence of str
        Of the model.
    arrays : dict
        Tensors of a member, or those of the model's space.
    days : array of int, optional
        Of the steps of the series that is mapped, since its start.

    Raises
    ------
    KeyError
        If the card describes none.
    """
    arguments = info.arguments
    if info.kind == FactorFeatures.kind:
        return read_factor_features(arguments)
    if info.kind == SeriesFeatures.kind:
        return read_series_features(arguments, days)
    sensors, windows = tuple(arguments["sensors"]), tuple(arguments["windows"])
    deviations = bool(arguments.get("deviations", True))
    return WindowFeatures(tuple(bands), sensors, windows, arrays["centre"], deviations)
