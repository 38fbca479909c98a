"""Figures of training: losses and scores by epoch, by the number of labels, and by learning rate and weight decay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..learning.history import History
from . import palette
from .drawing import colour_map, colour_of, listing, name_cells, panels, plain, single, write_cells
from .page.pictures import Drawing


def history_curves(histories: Mapping[str, History]) -> Drawing:
    """Loss and score per epoch of each fold; a dot marks the epoch whose weights were kept."""
    figure, (left, right) = panels(2, 4.2)
    for i, (name, history) in enumerate(histories.items()):
        colour, best = colour_of(i), history.best_epoch
        left.plot(history.train_loss, color=colour, ls=":", lw=1)
        left.plot(history.loss, color=colour, lw=1.4, label=name)
        right.plot(history.score, color=colour, lw=1.4)
        right.plot(best, history.score[best], "o", color=colour, ms=5)
    left.set(xlabel="epoch", ylabel="loss", title="Loss (dotted: training, solid: validation)")
    right.set(xlabel="epoch", ylabel="R²", title="Score on validation")
    if len(histories) <= 8:
        left.legend()
    kept = {name: history.score[history.best_epoch] for name, history in histories.items()}
    return Drawing(figure, f"Loss and score by epoch. Best R² on validation: {listing(kept)}.")


def learning_curve(rows: Sequence[Mapping[str, Any]], components: Sequence[str]) -> Drawing:
    """Mean R2 against the fraction of training samples, per component, with the middle 90 % of runs and n."""
    figure, axes = panels(len(components), 2.9)
    ends: dict[str, float | None] = {}
    fractions = sorted({row["fraction"] for row in rows})
    for axis, component in zip(axes, components, strict=True):
        runs = [
            [r["r2"] for r in rows if r["fraction"] == f and r["component"] == component and r["r2"] is not None]
            for f in fractions
        ]
        means = [np.mean(values) if values else np.nan for values in runs]
        low, high = (np.array([np.quantile(v, level) if v else np.nan for v in runs]) for level in (0.05, 0.95))
        axis.plot(fractions, means, "o-", color=palette.MAIN, ms=4)
        axis.fill_between(fractions, low, high, color=palette.MAIN, alpha=0.2, lw=0)
        for x, y, values in zip(fractions, means, runs, strict=True):
            axis.annotate(f"n={len(values)}", (x, y), textcoords="offset points", xytext=(0, 6), fontsize=7)
        axis.set(xlabel="part of the samples", title=plain(component))
        ends[component] = float(means[-1]) - float(means[0])
    axes[0].set_ylabel("R²")
    return Drawing(figure, f"R² by the part of the samples that trained. Gain from the least to all: {listing(ends)}.")


def few_shot_curve(rows: Sequence[Mapping[str, Any]], score: str, name: str) -> Drawing:
    """A score, called `name`, against the number of labels, a line for each way, with the range over folds."""
    figure, axis = single(5.6, 3.6)
    last = {}
    means = [row for row in rows if row["component"] == "mean" and row[score] is not None]
    for i, way in enumerate(dict.fromkeys(row["way"] for row in means)):
        counts = sorted({row["labels"] for row in means if row["way"] == way})
        runs = [[row[score] for row in means if (row["way"], row["labels"]) == (way, count)] for count in counts]
        middle = np.array([np.mean(values) for values in runs])
        ranges = [middle - [min(values) for values in runs], [max(values) for values in runs] - middle]
        axis.errorbar(counts, middle, ranges, fmt="o-", color=colour_of(i), capsize=3, ms=4, label=plain(str(way)))
        last[str(way)] = float(middle[-1])
    axis.set(xscale="log", xlabel="labels of the new block", ylabel=name, ylim=(max(-1.0, axis.get_ylim()[0]), 1))
    ticks = sorted({row["labels"] for row in means})
    axis.set_xticks(ticks, [str(count) for count in ticks])
    axis.minorticks_off()
    axis.legend()
    return Drawing(figure, f"{name} by the number of labels, a line for each way. With most labels: {listing(last)}.")


def search_map(rows: Sequence[Mapping[str, Any]]) -> Drawing:
    """The mean validation R2 of each pair of learning rate and weight decay as a heat map."""
    rates = sorted({row["learning_rate"] for row in rows})
    decays = sorted({row["weight_decay"] for row in rows})
    table = np.full((len(rates), len(decays)), np.nan)
    for i, rate in enumerate(rates):
        for j, decay in enumerate(decays):
            scores = [r["validation_r2"] for r in rows if (r["learning_rate"], r["weight_decay"]) == (rate, decay)]
            if scores:
                table[i, j] = np.mean(scores)
    figure, axis = single(2.2 + 0.9 * len(decays), 1.4 + 0.5 * len(rates))
    image = axis.imshow(table, cmap=colour_map(palette.SHARE), aspect="auto")
    write_cells(axis, table, image)
    name_cells(axis, [f"{x:g}" for x in rates], [f"{x:g}" for x in decays])
    axis.set(xlabel="weight decay", ylabel="learning rate")
    return Drawing(figure, f"R² by learning rate and weight decay, {np.nanmin(table):.3f} to {np.nanmax(table):.3f}.")
