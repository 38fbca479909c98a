"""Figures of shares: scores by component, residuals, and how far the stated uncertainty can be relied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..runtime.types import Array
from ..targets.conformal import JOINT
from .figures import COLOURS, dot_size, hide_frame, panels, write_cells


def component_boxes(rows: Sequence[Mapping[str, Any]], components: Sequence[str]) -> Figure:
    """R2 over folds or regions as boxes by component, and as a heat map of fold by component."""
    folds = list(dict.fromkeys(row["part"] for row in rows))
    table = np.full((len(folds), len(components)), np.nan)
    for row in rows:
        if row["r2"] is not None:
            table[folds.index(row["part"]), list(components).index(row["component"])] = row["r2"]
    figure = Figure(figsize=(9, 1.6 + 0.28 * max(len(folds), 5)), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.boxplot([column[np.isfinite(column)] for column in table.T], tick_labels=list(components))
    left.set_ylabel("R²")
    hide_frame(left)
    image = right.imshow(table, vmin=max(-0.2, np.nanmin(table, initial=0)), vmax=1, cmap="YlGnBu", aspect="auto")
    right.set(xticks=range(len(components)), yticks=range(len(folds)))
    right.set_xticklabels(list(components))
    right.set_yticklabels(folds)
    write_cells(right, table, image)
    return figure


def reliability(values: Array, rows: Sequence[Mapping[str, Any]], components: Sequence[str]) -> Figure:
    """The histogram of the probability integral transform, and coverage against the stated level."""
    figure, (left, right) = panels(2, 3.6)
    known = [row for row in rows if row["mean"] is not None]  # levels for which there are sources enough
    right.plot([r["level"] for r in known], [r[JOINT] for r in known], "s--", color="#333333", ms=4)
    for i, component in enumerate(components):
        colour = COLOURS[i % len(COLOURS)]
        left.hist(values[:, i], bins=20, range=(0, 1), density=True, histtype="step", color=colour, label=component)
        right.plot([r["level"] for r in known], [r[component] for r in known], "o-", color=colour, ms=4)
    left.axhline(1, color="#888888", lw=0.8)
    left.set(xlabel="probability integral transform", ylabel="density")
    left.legend(fontsize=8, frameon=False)
    right.plot([0.4, 1], [0.4, 1], color="#888888", lw=0.8)
    right.set(xlabel="stated level", ylabel="labels inside", xlim=(0.45, 1), ylim=(0.3, 1.02))
    return figure


def residual_map(xy: Array, residual: Array, components: Sequence[str]) -> Figure:
    """A map of out-of-fold residuals (predicted - observed) per component."""
    figure, axes = panels(len(components), 3.0)
    limit = float(np.nanquantile(np.abs(residual), 0.98)) if np.isfinite(residual).any() else 1.0
    size = dot_size(len(xy))
    for i, (axis, component) in enumerate(zip(axes, components, strict=True)):
        dots = axis.scatter(xy[:, 0], xy[:, 1], c=residual[:, i], s=size, cmap="RdBu_r", vmin=-limit, vmax=limit, lw=0)
        axis.set(title=component, aspect="equal", xticks=[], yticks=[])
    figure.colorbar(dots, ax=list(axes), shrink=0.8, label="predicted − observed")
    return figure
