"""Figures of the reports; each function returns a matplotlib figure and touches no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .metrics import r2
from .training import History

Array = NDArray[np.float64]

COLOURS = ("#14746f", "#e09f3e", "#9e2a2b", "#540b0e", "#335c67", "#7b9e89", "#8d6a9f", "#c08552")


def scatter(observed: Array, predicted: Array, components: Sequence[str]) -> Figure:
    """Return predicted against observed shares per component, with the 1:1 line and R2 at that line."""
    kept = np.isfinite(predicted).all(1)
    observed, predicted = observed[kept], predicted[kept]
    figure, axes = _panels(len(components), 2.9)
    scores = r2(observed, predicted) if len(observed) else np.full(len(components), np.nan)
    for i, (axis, component) in enumerate(zip(axes, components, strict=True)):
        axis.hexbin(observed[:, i], predicted[:, i], gridsize=40, bins="log", cmap="YlGnBu", extent=(0, 1, 0, 1))
        axis.plot([0, 1], [0, 1], color=COLOURS[2], lw=1)
        axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="observed", title=component)
        axis.text(0.04, 0.92, f"R² = {scores[i]:.2f}", transform=axis.transAxes)
    axes[0].set_ylabel("predicted")
    return figure


def curves(histories: Mapping[str, History]) -> Figure:
    """Return loss and score per epoch of each fold; a dot marks the epoch whose weights were kept."""
    figure, (left, right) = _panels(2, 4.2)
    for i, (name, history) in enumerate(histories.items()):
        colour, best = COLOURS[i % len(COLOURS)], history.best_epoch
        left.plot(history.train_loss, color=colour, ls=":", lw=1)
        left.plot(history.loss, color=colour, lw=1.4, label=name)
        right.plot(history.score, color=colour, lw=1.4)
        right.plot(best, history.score[best], "o", color=colour, ms=5)
    left.set(xlabel="epoch", ylabel="loss", title="Loss (dotted: training, solid: validation)")
    right.set(xlabel="epoch", ylabel="R²", title="Score on validation")
    if len(histories) <= 8:
        left.legend(fontsize=8, frameon=False)
    return figure


def residual_map(xy: Array, residual: Array, components: Sequence[str]) -> Figure:
    """Return a map of out-of-fold residuals (predicted - observed) per component."""
    figure, axes = _panels(len(components), 3.0)
    limit = float(np.nanquantile(np.abs(residual), 0.98)) if np.isfinite(residual).any() else 1.0
    size = float(np.clip(40_000 / max(len(xy), 1), 3, 60))
    for i, (axis, component) in enumerate(zip(axes, components, strict=True)):
        dots = axis.scatter(xy[:, 0], xy[:, 1], c=residual[:, i], s=size, cmap="RdBu_r", vmin=-limit, vmax=limit, lw=0)
        axis.set(title=component, aspect="equal", xticks=[], yticks=[])
    figure.colorbar(dots, ax=list(axes), shrink=0.8, label="predicted − observed")
    return figure


def bars(values: Mapping[str, float], label: str) -> Figure:
    """Return horizontal bars, the largest on top."""
    ordered = sorted(values.items(), key=lambda item: item[1])[-20:]
    figure = Figure(figsize=(6, 0.4 + 0.28 * len(ordered)), layout="constrained")
    axis = figure.subplots()
    axis.barh([name for name, _ in ordered], [value for _, value in ordered], color=COLOURS[0])
    axis.set_xlabel(label)
    _plain(axis)
    return figure


def sample_map(xy: Array, group: NDArray[np.int64], names: Sequence[str]) -> Figure:
    """Return the places of samples, coloured by fold or region; grey for none."""
    figure = Figure(figsize=(5.2, 4.4), layout="constrained")
    axis = figure.subplots()
    size = float(np.clip(40_000 / max(len(xy), 1), 3, 60))
    for number in range(-1, len(names)):
        chosen = group == number
        colour = "#c5cdcf" if number < 0 else COLOURS[number % len(COLOURS)]
        label = None if number < 0 else names[number]
        axis.scatter(xy[chosen, 0], xy[chosen, 1], s=size, color=colour, lw=0, label=label)
    axis.set(aspect="equal", xticks=[], yticks=[])
    if len(names) <= 12:
        axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    return figure


def _panels(count: int, side: float) -> tuple[Figure, Sequence[Axes]]:
    """Return a row of panels (two rows from five panels on)."""
    rows = 1 if count < 5 else 2
    columns = -(-count // rows)
    figure = Figure(figsize=(side * columns, side * 1.05 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        _plain(axis)
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, list(axes[:count])


def _plain(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
