"""Figures that several reports share, and their parts; each function returns a figure and touches no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ..runtime.types import Array
from ..targets.metrics import r2

CJK_FONTS = (  # those that are installed draw characters that the default font lacks
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)
_installed = {font.name for font in font_manager.fontManager.ttflist}
rcParams["font.family"] = ["DejaVu Sans", *(name for name in CJK_FONTS if name in _installed)]

COLOURS = ("#14746f", "#e09f3e", "#9e2a2b", "#540b0e", "#335c67", "#7b9e89", "#8d6a9f", "#c08552")


def scatter(
    observed: Iterable[Array],
    predicted: Iterable[Array],
    names: Sequence[str],
    limits: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Predicted against observed values, a panel for each pair: density, 1:1 line, fit with its 95 % band.

    Values that are not predicted (NaN) are left out. R2 is that at the 1:1 line.
    """
    figure, axes = panels(len(names), 2.9)
    for axis, truth, prediction, name in zip(axes, observed, predicted, names, strict=True):
        valid = np.isfinite(truth) & np.isfinite(prediction)
        x, y = truth[valid], prediction[valid]
        axis.hexbin(x, y, gridsize=40, bins="log", cmap="YlGnBu", extent=(*limits, *limits))
        axis.plot(limits, limits, color=COLOURS[2], lw=1)
        _add_fit(axis, x, y, limits)
        axis.set(xlim=limits, ylim=limits, aspect="equal", xlabel="observed", title=name)
        score = r2(x[:, None], y[:, None])[0] if len(x) else np.nan
        axis.text(0.04, 0.92, f"R² = {score:.2f}, n = {len(x)}", transform=axis.transAxes)
    axes[0].set_ylabel("predicted")
    return figure


def _add_fit(axis: Axes, x: Array, y: Array, limits: tuple[float, float]) -> None:
    """Draw the least-squares line of `y` on `x` and the 95 % band of its mean."""
    n = len(x)
    if n < 3 or not x.var() > 0:
        return
    slope, intercept = np.polyfit(x, y, 1)
    line = np.linspace(*limits, 50)
    error = np.sqrt(((y - intercept - slope * x) ** 2).sum() / (n - 2))
    half_width = 1.96 * error * np.sqrt(1 / n + (line - x.mean()) ** 2 / (n * x.var()))
    axis.plot(line, intercept + slope * line, color=COLOURS[3], lw=1, ls="--")
    axis.fill_between(
        line, intercept + slope * line - half_width, intercept + slope * line + half_width, alpha=0.2, lw=0
    )


def yearly_lines(table: pd.DataFrame, label: str, chosen: str) -> Figure:
    """A line over the years (rows of `table`) for each column; that of `chosen` is thick."""
    figure = Figure(figsize=(7.5, 4), layout="constrained")
    axis = figure.subplots()
    hide_frame(axis)
    for number, name in enumerate(table):
        width = 2.5 if name == chosen else 1
        axis.plot(table.index, table[name], label=str(name), lw=width, marker="o", ms=3, color=f"C{number}")
    axis.set(ylabel=label)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def bars(values: Mapping[str, float], label: str) -> Figure:
    """Horizontal bars, the largest on top."""
    ordered = sorted(values.items(), key=lambda item: item[1])[-20:]
    figure = Figure(figsize=(6, 0.4 + 0.28 * len(ordered)), layout="constrained")
    axis = figure.subplots()
    axis.barh([name for name, _ in ordered], [value for _, value in ordered], color=COLOURS[0])
    axis.set_xlabel(label)
    hide_frame(axis)
    return figure


def dependence(table: NDArray[Any], values: Array, names: Sequence[str]) -> Figure:
    """The contribution of each factor to the logit of samples against its value, a panel for each."""
    figure, axes = panels(len(names), 2.9)
    for axis, x, y, name in zip(axes, table.T, values.T, names, strict=True):
        axis.axhline(0, color="#888888", lw=0.8)
        axis.scatter(x, y, s=5, color=COLOURS[0], alpha=0.5, lw=0)
        axis.set(xlabel=name)
        hide_frame(axis)
    axes[0].set_ylabel("adds to the logit")
    return figure


def distance_curves(curves: Mapping[str, Array]) -> Figure:
    """The cumulative distributions of distances to the nearest sample."""
    figure = Figure(figsize=(5.4, 3.6), layout="constrained")
    axis = figure.subplots()
    for i, (name, distances) in enumerate(curves.items()):
        axis.step(distances, np.linspace(0, 1, len(distances)), color=COLOURS[i], label=name)
    axis.set(xlabel="distance (m)", ylabel="share", ylim=(0, 1))
    axis.legend(fontsize=8, frameon=False)
    hide_frame(axis)
    return figure


def sample_map(xy: Array, group: NDArray[np.int64], names: Sequence[str]) -> Figure:
    """The places of samples, coloured by fold or region; grey for none."""
    figure = Figure(figsize=(5.2, 4.4), layout="constrained")
    axis = figure.subplots()
    size = dot_size(len(xy))
    for number in range(-1, len(names)):
        in_group = group == number
        colour = "#c5cdcf" if number < 0 else COLOURS[number % len(COLOURS)]
        label = None if number < 0 else names[number]
        axis.scatter(xy[in_group, 0], xy[in_group, 1], s=size, color=colour, lw=0, label=label)
    axis.set(aspect="equal", xticks=[], yticks=[])
    if len(names) <= 12:
        axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    return figure


def value_map(xy: Array, value: Array, label: str) -> Figure:
    """A map of a value of each sample; samples without one are grey."""
    figure = Figure(figsize=(6.2, 5), layout="constrained")
    axis = figure.subplots()
    size, valid = dot_size(len(xy)), np.isfinite(value)
    x, y = xy.T
    axis.scatter(x[~valid], y[~valid], c="#bbbbbb", s=size, lw=0)
    dots = axis.scatter(x[valid], y[valid], c=value[valid], s=size, cmap="viridis", lw=0)
    axis.set(aspect="equal", xticks=[], yticks=[])
    figure.colorbar(dots, ax=axis, shrink=0.8, label=label)
    return figure


def gap_map(missing: Array, dates: Sequence[str], bands: Sequence[str]) -> Figure:
    """The share of missing pixels, shape (date, band), as a picture: a column per date, a row per band."""
    width = float(np.clip(1.5 + 0.16 * len(dates), 5, 16))
    figure = Figure(figsize=(width, 1.3 + 0.3 * len(bands)), layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(missing.T, vmin=0, vmax=1, cmap="YlOrRd", aspect="auto", interpolation="nearest")
    step = max(1, len(dates) // 24)
    axis.set(xticks=range(0, len(dates), step), yticks=range(len(bands)))
    axis.set_xticklabels(list(dates)[::step], rotation=60, ha="right", fontsize=8)
    axis.set_yticklabels(list(bands))
    figure.colorbar(image, label="missing")
    return figure


def correlation_map(rows: Sequence[Mapping[str, Any]], components: Sequence[str], indicators: Sequence[str]) -> Figure:
    """The correlation of each indicator with each component as a heat map; a star marks significance."""
    table = np.full((len(indicators), len(components)), np.nan)
    for row in rows:
        table[list(indicators).index(row["indicator"]), list(components).index(row["component"])] = row["r"]
    figure = Figure(figsize=(2.4 + 0.9 * len(components), 1.0 + 0.34 * len(indicators)), layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(table, vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto")
    for row in rows:
        at = list(components).index(row["component"]), list(indicators).index(row["indicator"])
        axis.text(*at, f"{row['r']:.2f}{'*' if row['significant'] else ''}", ha="center", va="center", fontsize=8)
    axis.set(xticks=range(len(components)), yticks=range(len(indicators)))
    axis.set_xticklabels(list(components))
    axis.set_yticklabels(list(indicators))
    figure.colorbar(image, label="r", shrink=0.8)
    return figure


def quartile_boxes(shares: Array, values: Array, components: Sequence[str], indicators: Sequence[str]) -> Figure:
    """Each indicator as boxes over the quarters of each component, a panel per pair."""
    rows, columns = max(len(indicators), 1), len(components)
    figure = Figure(figsize=(2.2 * columns, 1.9 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for j, indicator in enumerate(indicators):
        for i, component in enumerate(components):
            axis, valid = axes[j, i], np.isfinite(shares[:, i]) & np.isfinite(values[:, j])
            if valid.any():
                limits = np.quantile(shares[valid, i], [0.25, 0.5, 0.75])
                quarter = np.searchsorted(limits, shares[valid, i])
                axis.boxplot(
                    [values[valid, j][quarter == q] for q in range(4)],
                    tick_labels=["1", "2", "3", "4"],
                    showfliers=False,
                )
            axis.set_title(component if j == 0 else "", fontsize=9)
            axis.set_ylabel(indicator if i == 0 else "", fontsize=8)
            hide_frame(axis)
    return figure


def write_cells(axis: Axes, table: Array, image: Any) -> None:
    """Write the values of a heat map into its cells."""
    for (row, col), value in np.ndenumerate(table):
        if np.isfinite(value):
            dark = image.norm(value) > 0.6
            axis.text(col, row, f"{value:.2f}", ha="center", va="center", color="w" if dark else "k", fontsize=8)


def dot_size(count: int) -> float:
    """The size of each of `count` dots on a map, the smaller the more there are."""
    return float(np.clip(40_000 / max(count, 1), 3, 60))


def panels(count: int, side: float) -> tuple[Figure, Sequence[Axes]]:
    """A row of panels (two rows from five panels on)."""
    rows = 1 if count < 5 else 2
    columns = -(-count // rows)
    figure = Figure(figsize=(side * columns, side * 1.05 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        hide_frame(axis)
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, list(axes[:count])


def hide_frame(axis: Axes) -> None:
    """Hide the upper and the right line of the frame."""
    axis.spines[["top", "right"]].set_visible(False)
