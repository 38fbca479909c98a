"""Figures of shares: scores by component, and how far the stated uncertainty can be relied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..runtime.types import Array
from ..targets.conformal import JOINT
from . import palette
from .drawing import WIDEST, colour_map, colour_of, listing, name_cells, panels, plain, write_cells
from .page.formats import natural
from .page.pictures import Drawing


def component_boxes(rows: Sequence[Mapping[str, Any]], components: Sequence[str]) -> Drawing:
    """R2 over folds or regions as boxes by component, and as a heat map of fold by component."""
    folds = sorted(dict.fromkeys(row["part"] for row in rows), key=natural)
    table = np.full((len(folds), len(components)), np.nan)
    for row in rows:
        if row["r2"] is not None:
            table[folds.index(row["part"]), list(components).index(row["component"])] = row["r2"]
    figure = Figure(figsize=(WIDEST, 1.8 + 0.26 * max(len(folds), 5)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    left.axhline(0, color=palette.QUIET, lw=0.8)
    left.boxplot([column[np.isfinite(column)] for column in table.T], showfliers=False)
    for number, column in enumerate(table.T, 1):
        left.scatter(np.full(len(column), number), column, s=12, color=palette.MAIN, alpha=0.6, lw=0, zorder=3)
    left.set_xticks(range(1, len(components) + 1), [plain(name) for name in components], rotation=40, ha="right")
    left.set_ylabel("R²")
    shown = np.clip(table, -1, 1)
    image = right.imshow(shown, vmin=max(-1.0, min(-0.2, np.nanmin(shown, initial=0))), vmax=1,
                         cmap=colour_map(palette.SHARE), aspect="auto")  # fmt: skip
    texts = {(row, col): f"{value:.2f}" for (row, col), value in np.ndenumerate(table) if np.isfinite(value)}
    write_cells(right, shown, image, texts)
    name_cells(right, folds, components)
    middle = {name: _median(column) for name, column in zip(components, table.T, strict=True)}
    return Drawing(figure, f"R² of {len(folds)} folds or regions by component. Medians: {listing(middle)}.")


def _median(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def reliability(values: Array, rows: Sequence[Mapping[str, Any]], components: Sequence[str], units: int) -> Drawing:
    """The histogram of the probability integral transform, and coverage against the stated level.

    Both have the band in which a right model of so many independent units stays 90 times of 100.
    """
    figure, (left, right) = panels(2, 4.0)
    known = [row for row in rows if row["mean"] is not None]  # levels for which there are sources enough
    levels = np.linspace(0.4, 1, 50)
    reach = 1.645 * np.sqrt(levels * (1 - levels) / max(units, 1))
    right.fill_between(levels, levels - reach, np.minimum(levels + reach, 1), color=palette.QUIET, alpha=0.25, lw=0)
    right.plot([0.4, 1], [0.4, 1], color=palette.QUIET, lw=0.8)
    right.plot([r["level"] for r in known], [r[JOINT] for r in known], "s--", color=palette.INK, ms=4, label=JOINT)
    bins = 20 if units >= 200 else 10
    spread = 1.645 * np.sqrt((bins - 1) / max(units, 1))
    left.axhspan(max(1 - spread, 0), 1 + spread, color=palette.QUIET, alpha=0.25, lw=0)
    for i, component in enumerate(components):
        colour = colour_of(i)
        left.hist(values[:, i], bins=bins, range=(0, 1), density=True, histtype="step", color=colour, lw=1.4,
                  label=plain(component))  # fmt: skip
        right.plot([r["level"] for r in known], [r[component] for r in known], "o-", color=colour, ms=4)
    left.axhline(1, color=palette.QUIET, lw=0.8)
    left.set(xlabel="place of the label in its distribution", ylabel="density (1: calibrated)")
    right.set(xlabel="stated level", ylabel="share of labels inside", xlim=(0.45, 1), ylim=(0.3, 1.02))
    right.legend(loc="lower right")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    told = {f"{100 * row['level']:g} %": row["mean"] for row in known}
    return Drawing(figure, f"Calibration of the stated uncertainty. Labels inside bands, by level: {listing(told)}.")
