"""Draws the demo's result: image, shares, uncertainty and applicability."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from matplotlib.figure import Figure
from regionwise.core.reports import palette
from regionwise.core.reports.drawing import colour_map


def draw(data: Path, out: Path) -> None:
    """Write picture.png."""
    with rasterio.open(out / "shares.tif") as file:
        shares, names = file.read(masked=True), file.descriptions
    with rasterio.open(out / "uncertainty.tif") as file:
        deviation = file.read(list(range(1, len(names) + 1)), masked=True).mean(0)
    with rasterio.open(out / "applicability.tif") as file:
        unlike, outside = file.read(1, masked=True), file.read(2, masked=True) == 0
    image = np.stack([_stretched(data / f"B{band}.tif") for band in (40, 30, 20)], -1)
    figure = Figure(figsize=(13, 6.6), layout="constrained")
    axes = figure.subplots(2, 4).ravel()
    axes[0].imshow(image)
    axes[0].set_title("Landsat 7, bands 4 3 2")
    for axis, share, name in zip(axes[1:], shares, names):
        drawn = axis.imshow(share, vmin=0, vmax=1, cmap=colour_map(palette.SHARE))
        axis.set_title(f"share of {name}")
    figure.colorbar(drawn, ax=list(axes[1:6]), shrink=0.5, location="bottom")
    spread = axes[6].imshow(deviation, cmap=colour_map(palette.DOUBT))
    axes[6].set_title("standard deviation (mean)")
    figure.colorbar(spread, ax=axes[6], shrink=0.8)
    spread = axes[7].imshow(unlike, cmap=colour_map(palette.DOUBT))
    axes[7].contour(np.ma.filled(outside, fill_value=False), [0.5], colors=palette.OUTSIDE, linewidths=0.6)
    axes[7].set_title("dissimilarity (orange: outside)")
    figure.colorbar(spread, ax=axes[7], shrink=0.8)
    for axis in axes:
        axis.set_axis_off()
    figure.savefig(out / "picture.png", dpi=100, facecolor="white")


def _stretched(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        band = file.read(1, masked=True).astype(float).filled(np.nan)
    low, high = np.nanquantile(band, [0.02, 0.98])
    return np.clip((band - low) / (high - low), 0, 1)
