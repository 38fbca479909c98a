"""Map frames: what all maps of a report have in common: extent, a quiet background, a scale bar; north is up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ..data.raster.grids import Grid
from ..data.raster.stack import Band
from ..runtime.types import Array
from . import palette
from .drawing import WIDEST, colour_map, colour_of, plain
from .page.pictures import Drawing
from .thumbnail import Thumbnail, thumbnail_of

PART = 0.25  # of the raster's sides that samples must span for all of it to be shown
MARGIN = 0.06  # of the longer side, around what is shown
BAR = 0.3  # of the width: the longest scale bar
TALL = 1.3  # height over width, from which on four maps stand side by side
MOST_NAMED = 12  # folds or regions with a legend of their own
MANY_DOTS = 800  # of a figure, from which on they are pixels, not shapes
DEGREE_M = 111_320.0  # on the equator


@dataclass(frozen=True)
class MapFrame:
    """The frame of maps.

    Parameters
    ----------
    extent : (left, right, bottom, top)
        In units of the CRS.
    metres : (float, float)
        Of a unit eastward and northward.
    outline : (left, right, bottom, top)
        Of the raster.
    thumbnail : Thumbnail, optional
        The raster, small.
    """

    extent: tuple[float, float, float, float]
    metres: tuple[float, float]
    outline: tuple[float, float, float, float]
    thumbnail: Thumbnail | None = None

    @property
    def shape(self) -> float:
        """Height over width on the ground."""
        left, right, bottom, top = self.extent
        return (top - bottom) * self.metres[1] / ((right - left) * self.metres[0])

    def draw(self, axis: Axes) -> None:
        """Draw background and scale bar, and set the limits."""
        left, right, bottom, top = self.extent
        if self.thumbnail is not None:
            west, south, east, north = self.thumbnail.bounds
            axis.imshow(self.thumbnail.values, extent=(west, east, south, north), cmap=colour_map(palette.GROUND),
                        vmin=0, vmax=1, alpha=0.45, interpolation="bilinear", zorder=0)  # fmt: skip
        west, east, south, north = self.outline
        axis.add_patch(Rectangle((west, south), east - west, north - south, fill=False, ec=palette.QUIET, lw=0.8))
        axis.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect=self.metres[1] / self.metres[0])
        axis.spines[:].set_visible(False)
        length, name = scale_bar((right - left) * self.metres[0])
        end = length / self.metres[0] / (right - left)
        axis.plot([0.02, 0.02 + end], [-0.03, -0.03], color=palette.INK, lw=2, transform=axis.transAxes, clip_on=False,
                  solid_capstyle="butt")  # fmt: skip
        axis.text(0.03 + end, -0.03, name, va="center", fontsize=8, transform=axis.transAxes)

    def panels(self, count: int) -> tuple[Figure, list[Axes]]:
        """So many maps side by side."""
        columns = min(count, 4 if self.shape >= TALL else 2 if count == 4 else 3)
        rows = -(-count // columns)
        side = min(WIDEST / columns, 3.6 if columns > 1 else 4.4)
        height = min(side * self.shape, 6.5) + 0.45
        figure = Figure(figsize=(side * columns, height * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis in axes[:count]:
            self.draw(axis)
        for axis in axes[count:]:
            axis.set_axis_off()
        return figure, list(axes[:count])


def frame_of(grid: Grid, xy: Array, backdrop: Band | None = None) -> MapFrame:
    """The frame of maps of places, shape (n, 2) in units of the grid's CRS: the raster, or what the places span.

    `backdrop` is a band on the grid that lies quietly below; of a series (number 0) its first image.
    """
    left, bottom, right, top = grid.bounds
    outline = (left, right, bottom, top)
    known = xy[np.isfinite(xy).all(1)]
    if len(known):
        (west, south), (east, north) = known.min(0), known.max(0)
        if east - west < PART * (right - left) and north - south < PART * (top - bottom):
            left, bottom, right, top = west, south, east, north
        else:
            left, bottom, right, top = min(left, west), min(bottom, south), max(right, east), max(top, north)
    pad = MARGIN * max(right - left, top - bottom, grid.cell_size)
    extent = (left - pad, right + pad, bottom - pad, top + pad)
    thumbnail = thumbnail_of(backdrop.path, max(backdrop.index, 1)) if backdrop else None
    return MapFrame(extent, metres_of(grid, (bottom + top) / 2), outline, thumbnail)


def metres_of(grid: Grid, y: float) -> tuple[float, float]:
    """Metres of a unit of the CRS eastward and northward at `y`; 1 where it is not known."""
    if grid.crs and grid.crs.is_geographic:
        return DEGREE_M * max(math.cos(math.radians(min(abs(y), 89))), 0.02), DEGREE_M
    factor = grid.crs.linear_units_factor[1] if grid.crs and grid.crs.is_projected else 1.0
    return factor, factor


def scale_bar(width: float) -> tuple[float, str]:
    """The length of a scale bar in metres for a map of that width, and its name: 1, 2 or 5 of a power of ten."""
    longest = BAR * width
    power = 10.0 ** math.floor(math.log10(longest))
    length = next(step * power for step in (5, 2, 1) if step * power <= longest)
    return length, f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"


def sample_map(frame: MapFrame, xy: Array, group: NDArray[np.int64], names: Sequence[str], what: str) -> Drawing:
    """The places of samples, coloured by group; grey for none. `what` says in words what groups are."""
    figure, (axis,) = frame.panels(1)
    size = dot_size(len(xy))
    for number in range(-1, len(names)):
        inside = group == number
        colour = palette.NOTHING if number < 0 else colour_of(number)
        label = None if number < 0 else plain(names[number])
        axis.scatter(xy[inside, 0], xy[inside, 1], s=size, color=colour, lw=0.3, ec="white", label=label,
                     rasterized=len(xy) > MANY_DOTS)  # fmt: skip
    if len(names) <= MOST_NAMED:
        axis.legend(loc="upper left", bbox_to_anchor=(1, 1), markerscale=1.4)
    counts = np.bincount(group[group >= 0], minlength=len(names))
    largest = ", ".join(f"{name}: {count}" for name, count in list(zip(names, counts, strict=True))[:MOST_NAMED])
    return Drawing(figure, f"Map of {len(xy)} samples by {what} ({largest}).")


def value_maps(
    frame: MapFrame, xy: Array, values: Array, names: Sequence[str], label: str, ramp: Sequence[str]
) -> Drawing:
    """Maps of values of samples, shape (sample, panel), on one scale; that of differences has 0 in its middle."""
    figure, axes = frame.panels(len(names))
    known = values[np.isfinite(values)]
    if ramp is palette.DIFFERENCE:
        high = float(np.quantile(np.abs(known), 0.98)) if len(known) else 1.0
        low = -high
    else:
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    many = values.size > MANY_DOTS
    size, scale = dot_size(len(xy)), ScalarMappable(Normalize(low, high), colour_map(ramp))
    for axis, value, name in zip(axes, values.T, names, strict=True):
        valid = np.isfinite(value)
        axis.scatter(xy[~valid, 0], xy[~valid, 1], color=palette.NOTHING, s=size, lw=0, rasterized=many)
        colours, edge = scale.to_rgba(value[valid]), 0 if many else 0.3
        axis.scatter(xy[valid, 0], xy[valid, 1], color=colours, s=size, lw=edge, ec=palette.QUIET, rasterized=many)
        axis.set_title(plain(name))
    figure.colorbar(scale, ax=axes, shrink=0.6, label=label, aspect=30)
    means = ", ".join(f"{name or label} {np.nanmean(value):.3g}" for name, value in zip(names, values.T, strict=True)
                      if np.isfinite(value).any())  # fmt: skip
    return Drawing(figure, f"Maps of {label} at {len(xy)} samples, from {low:.3g} to {high:.3g}; means: {means}.")


def dot_size(count: int) -> float:
    """The size of each of `count` dots on a map, the smaller the more there are."""
    return float(np.clip(12_000 / max(count, 1), 3, 40))
