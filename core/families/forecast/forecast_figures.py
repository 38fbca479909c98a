"""Pictures of forecasts: rasters of differences, and how far the axes of a scatter reach."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[np.float64]


def limits_of(observed: Array, predicted: Array) -> tuple[float, float]:
    """The ends of the axes of a scatter: nearly all values lie between them."""
    both = np.concatenate([observed.ravel(), predicted.ravel()])
    low, high = (float(value) for value in np.nanquantile(both, [0.001, 0.999]))
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def raster_map(values: Array, label: str) -> Figure:
    """A picture of a raster, shape (row, col), whose numbers above and below 0 differ in colour; NaN is grey."""
    height, width = values.shape
    figure = Figure(figsize=(7.5, float(np.clip(6.2 * height / width, 2.5, 9))), layout="constrained")
    axis = figure.subplots()
    limit = float(np.nanquantile(np.abs(values), 0.95)) if np.isfinite(values).any() else 1.0
    axis.set_facecolor("#bbbbbb")
    image = axis.imshow(values, cmap="RdBu", vmin=-limit, vmax=limit, interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    figure.colorbar(image, ax=axis, shrink=0.8, label=label)
    return figure
