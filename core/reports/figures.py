"""Figures that several reports share; each function returns a drawing and touches no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..runtime.types import Array
from ..targets.metrics import r2
from . import palette
from .drawing import (
    MANY_POINTS,
    WIDEST,
    colour_map,
    colour_of,
    listing,
    name_cells,
    panels,
    plain,
    points,
    single,
    write_cells,
)
from .page.pictures import Drawing

MOST_DATES = 24  # that have a name on an axis


def scatter(
    observed: Iterable[Array],
    predicted: Iterable[Array],
    names: Sequence[str],
    limits: tuple[float, float] = (0.0, 1.0),
    unit: str = "",
) -> Drawing:
    """Predicted against observed values, a panel for each pair: points or density, 1:1 line, fit with its 95 % band.

    Values that are not predicted (NaN) are left out. R2 is that at the 1:1 line.
    """
    figure, axes = panels(len(names), 2.6)
    scores: dict[str, float | None] = {}
    count, unit = 0, f" ({unit})" if unit else ""
    for axis, truth, prediction, name in zip(axes, observed, predicted, names, strict=True):
        valid = np.isfinite(truth) & np.isfinite(prediction)
        x, y = truth[valid], prediction[valid]
        points(axis, x, y, limits)
        axis.plot(limits, limits, color=palette.QUIET, lw=1)
        _add_fit(axis, x, y, limits)
        axis.set(xlim=limits, ylim=limits, aspect="equal", xlabel=f"observed{unit}", title=plain(name))
        score = float(r2(x[:, None], y[:, None])[0]) if len(x) else np.nan
        scores[name] = score
        told = f"R² {score:.2f}, " if np.isfinite(score) else ""
        axis.text(0.04, 0.93, f"{told}n {len(x)}", transform=axis.transAxes, fontsize=8)
        count = max(count, len(x))
    axes[0].set_ylabel(f"predicted{unit}")
    how = "points" if count < MANY_POINTS else "density"
    return Drawing(figure, f"Predicted against observed values as {how}, up to {count} a panel. R²: {listing(scores)}.")


def _add_fit(axis: Axes, x: Array, y: Array, limits: tuple[float, float]) -> None:
    """Draw the least-squares line of `y` on `x` and the 95 % band of its mean."""
    n = len(x)
    if n < 3 or not x.var() > 0:
        return
    slope, intercept = np.polyfit(x, y, 1)
    line = np.linspace(*limits, 50)
    error = np.sqrt(((y - intercept - slope * x) ** 2).sum() / (n - 2))
    half_width = 1.96 * error * np.sqrt(1 / n + (line - x.mean()) ** 2 / (n * x.var()))
    fit = intercept + slope * line
    axis.plot(line, fit, color=palette.OTHER, lw=1.2, ls="--")
    axis.fill_between(line, fit - half_width, fit + half_width, color=palette.OTHER, alpha=0.2, lw=0)


def yearly_lines(table: pd.DataFrame, label: str, chosen: str) -> Drawing:
    """A line over the years (rows of `table`) for each column; that of `chosen` is thick."""
    figure, axis = single(7.5, 3.4)
    for number, name in enumerate(table):
        width = 2.5 if name == chosen else 1.2
        axis.plot(table.index, table[name], label=plain(str(name)), lw=width, marker="o", ms=2.5 * width,
                  color=colour_of(number))  # fmt: skip
    years = [int(year) for year in table.index]
    axis.set(ylabel=label, xlim=(years[0] - 0.5, years[-1] + 0.5), ylim=(0, None))
    step = -(-len(years) // MOST_DATES)
    axis.set_xticks(years[::step], [str(year) for year in years[::step]])
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    means = {str(name): float(table[name].mean()) for name in table}
    return Drawing(figure, f"{label} by year, {years[0]} to {years[-1]}. Means: {listing(means)}.")


def bars(values: Mapping[str, float], label: str) -> Drawing:
    """Horizontal bars, the largest on top; at most 20."""
    ordered = sorted(values.items(), key=lambda item: item[1])[-20:]
    figure, axis = single(6, 0.5 + 0.26 * len(ordered))
    axis.barh([plain(name) for name, _ in ordered], [value for _, value in ordered], color=palette.MAIN, height=0.65)
    axis.set_xlabel(label)
    axis.tick_params(axis="y", length=0)
    return Drawing(figure, f"Bars of {label}, the largest first: {listing(dict(ordered[::-1][:5]))}.")


def intervals(
    names: Sequence[str],
    values: Sequence[tuple[float, float | None, float | None]],
    label: str,
    beside: Sequence[float | None] = (),
) -> Figure:
    """A line for each name: a value as a dot with its interval, and another value `beside` it as a diamond."""
    figure, axis = single(6.6, 0.9 + 0.36 * len(names))
    for place, (value, low, high) in enumerate(values):
        if low is not None and high is not None:
            axis.plot([low, high], [place, place], color=palette.MAIN, lw=3, solid_capstyle="round")
        axis.plot(value, place, "o", color=palette.MAIN, ms=8)
    for place, other in enumerate(beside):
        if other is not None:
            axis.plot(other, place, "D", color=palette.OTHER, ms=6)
    axis.axvline(0, color=palette.QUIET, lw=0.8)
    axis.set(xlabel=label, ylim=(len(names) - 0.4, -0.6))
    axis.set_yticks(range(len(names)), [plain(name) for name in names])
    axis.tick_params(axis="y", length=0)
    return figure


def dependence(table: NDArray[Any], values: Array, names: Sequence[str]) -> Drawing:
    """The contribution of each factor to the logit of samples against its value, a panel for each."""
    figure, axes = panels(len(names), 2.9, 3)
    for axis, x, y, name in zip(axes, table.T, values.T, names, strict=True):
        axis.axhline(0, color=palette.QUIET, lw=0.8)
        axis.scatter(x, y, s=7, color=palette.MAIN, alpha=0.4, lw=0, rasterized=len(x) > MANY_POINTS)
        axis.set(xlabel=plain(name))
    for axis in axes[::3]:
        axis.set_ylabel("adds to the logit")
    spans = {name: float(np.ptp(column)) for name, column in zip(names, values.T, strict=True)}
    return Drawing(figure, f"What a factor adds at each sample against its value. Range of what is added: "
                           f"{listing(spans)}.")  # fmt: skip


def distance_curves(curves: Mapping[str, Array]) -> Drawing:
    """The cumulative distributions of distances to the nearest sample, in metres."""
    figure, axis = single(5.6, 3.2)
    far = max((float(distances[-1]) for distances in curves.values() if len(distances)), default=1.0)
    factor, unit = (1000, "km") if far >= 2000 else (1, "m")
    for i, (name, distances) in enumerate(curves.items()):
        axis.step(distances / factor, np.linspace(0, 1, len(distances)), color=colour_of(i), label=name, lw=1.6)
    axis.set(xlabel=f"distance to the nearest sample ({unit})", ylabel="share that lies nearer", ylim=(0, 1.01))
    axis.legend(loc="lower right")
    middle = {name: float(np.median(distances)) / factor for name, distances in curves.items() if len(distances)}
    return Drawing(figure, f"Cumulative distances to the nearest sample. Medians in {unit}: {listing(middle)}.")


def gap_map(missing: Array, dates: Sequence[str], bands: Sequence[str]) -> Drawing:
    """The share of missing pixels, shape (date, band), as a picture: a column per date, a row per band."""
    figure, axis = single(float(np.clip(1.5 + 0.16 * len(dates), 5, WIDEST)), 1.5 + 0.26 * len(bands))
    image = axis.imshow(100 * missing.T, vmin=0, vmax=100, cmap=colour_map(palette.DOUBT), aspect="auto",
                        interpolation="nearest")  # fmt: skip
    step = -(-len(dates) // MOST_DATES)
    name_cells(axis, bands, dates[::step])
    axis.set_xticks(range(0, len(dates), step))
    figure.colorbar(image, label="cells without data (%)")
    worst = int(missing.mean(1).argmax())
    return Drawing(
        figure,
        f"Cells without data by date and band: {100 * missing.mean():.0f} % in the mean, most on {dates[worst]} "
        f"({100 * missing[worst].mean():.0f} %).",
    )


def correlation_map(rows: Sequence[Mapping[str, Any]], components: Sequence[str], indicators: Sequence[str]) -> Drawing:
    """The correlation of each indicator with each component as a heat map; a star marks significance."""
    table = np.full((len(indicators), len(components)), np.nan)
    texts = {}
    for row in rows:
        at = list(indicators).index(row["indicator"]), list(components).index(row["component"])
        table[at] = row["r"]
        texts[at] = f"{row['r']:.2f}{'*' if row['significant'] else ''}"
    figure, axis = single(2.4 + 0.9 * len(components), 1.2 + 0.34 * len(indicators))
    image = axis.imshow(table, vmin=-1, vmax=1, cmap=colour_map(palette.DIFFERENCE), aspect="auto")
    write_cells(axis, table, image, texts)
    name_cells(axis, indicators, components)
    figure.colorbar(image, label="correlation", shrink=0.8)
    stars = sum(bool(row["significant"]) for row in rows)
    return Drawing(figure, f"Correlations of {len(indicators)} indicators with {len(components)} shares, {stars} of "
                           f"{len(rows)} significant.")  # fmt: skip


def quartile_boxes(shares: Array, values: Array, components: Sequence[str], indicators: Sequence[str]) -> Drawing:
    """Each indicator as boxes over the quarters of each component, a panel per pair."""
    rows, columns = max(len(indicators), 1), len(components)
    figure = Figure(figsize=(min(2.2 * columns, WIDEST), 1.9 * rows), layout="constrained")
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
            axis.set_title(plain(component) if j == 0 else "", fontsize=9)
            axis.set_ylabel(plain(indicator) if i == 0 else "", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("quarter of the share", fontsize=8)
    shares_of = ", ".join(components)
    return Drawing(
        figure, f"Boxes of {', '.join(indicators)} over the quarters of each share ({shares_of}), low to high."
    )
