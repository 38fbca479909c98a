"""Figures of the reports; each function returns a matplotlib figure and touches no file."""

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

from ..learning.history import History
from ..targets.metrics import r2

Array = NDArray[np.float64]

# the first of these that are installed draw what the default font lacks
CJK_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei", "WenQuanYi Zen Hei",
             "WenQuanYi Micro Hei", "Droid Sans Fallback")  # fmt: skip
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

    What is not predicted (NaN) is left out. R2 is told at the 1:1 line.
    """
    figure, axes = _panels(len(names), 2.9)
    for axis, seen, told, name in zip(axes, observed, predicted, names, strict=True):
        kept = np.isfinite(seen) & np.isfinite(told)
        x, y = seen[kept], told[kept]
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
    field_of_view = 1.96 * error * np.sqrt(1 / n + (line - x.mean()) ** 2 / (n * x.var()))
    axis.plot(line, intercept + slope * line, color=COLOURS[3], lw=1, ls="--")
    axis.fill_between(
        line, intercept + slope * line - field_of_view, intercept + slope * line + field_of_view, alpha=0.2, lw=0
    )


def component_boxes(rows: Sequence[Mapping[str, Any]], components: Sequence[str]) -> Figure:
    """R2 over folds or regions as boxes by component, and as a heat map of fold by component."""
    parts = list(dict.fromkeys(row["part"] for row in rows))
    table = np.full((len(parts), len(components)), np.nan)
    for row in rows:
        if row["r2"] is not None:
            table[parts.index(row["part"]), list(components).index(row["component"])] = row["r2"]
    figure = Figure(figsize=(9, 1.6 + 0.28 * max(len(parts), 5)), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.boxplot([column[np.isfinite(column)] for column in table.T], tick_labels=list(components))
    left.set_ylabel("R²")
    _plain(left)
    image = right.imshow(table, vmin=max(-0.2, np.nanmin(table, initial=0)), vmax=1, cmap="YlGnBu", aspect="auto")
    right.set(xticks=range(len(components)), yticks=range(len(parts)))
    right.set_xticklabels(list(components))
    right.set_yticklabels(parts)
    _write_cells(right, table, image)
    return figure


def _write_cells(axis: Axes, table: Array, image: Any) -> None:
    for (row, col), value in np.ndenumerate(table):
        if np.isfinite(value):
            dark = image.norm(value) > 0.6
            axis.text(col, row, f"{value:.2f}", ha="center", va="center", color="w" if dark else "k", fontsize=8)


def learning_curve(rows: Sequence[Mapping[str, Any]], components: Sequence[str]) -> Figure:
    """Mean R2 against the fraction of training samples, per component, with the middle 90 % of runs and n."""
    figure, axes = _panels(len(components), 2.9)
    fractions = sorted({row["fraction"] for row in rows})
    for axis, component in zip(axes, components, strict=True):
        runs = [
            [r["r2"] for r in rows if r["fraction"] == f and r["component"] == component and r["r2"] is not None]
            for f in fractions
        ]
        means = [np.mean(values) if values else np.nan for values in runs]
        low, high = (np.array([np.quantile(v, level) if v else np.nan for v in runs]) for level in (0.05, 0.95))
        axis.plot(fractions, means, "o-", color=COLOURS[0], ms=4)
        axis.fill_between(fractions, low, high, color=COLOURS[0], alpha=0.2, lw=0)
        for x, y, values in zip(fractions, means, runs, strict=True):
            axis.annotate(f"n={len(values)}", (x, y), textcoords="offset points", xytext=(0, 6), fontsize=7)
        axis.set(xlabel="fraction of the training samples", title=component)
    axes[0].set_ylabel("R²")
    return figure


def search_map(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """The mean validation R2 of each pair of learning rate and weight decay as a heat map."""
    rates = sorted({row["learning_rate"] for row in rows})
    decays = sorted({row["weight_decay"] for row in rows})
    table = np.full((len(rates), len(decays)), np.nan)
    for i, rate in enumerate(rates):
        for j, decay in enumerate(decays):
            found = [r["validation_r2"] for r in rows if (r["learning_rate"], r["weight_decay"]) == (rate, decay)]
            if found:
                table[i, j] = np.mean(found)
    figure = Figure(figsize=(1.8 + 0.9 * len(decays), 1.2 + 0.5 * len(rates)), layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(table, cmap="YlGnBu", aspect="auto")
    axis.set(xlabel="weight decay", ylabel="learning rate", xticks=range(len(decays)), yticks=range(len(rates)))
    axis.set_xticklabels([f"{x:g}" for x in decays])
    axis.set_yticklabels([f"{x:g}" for x in rates])
    _write_cells(axis, table, image)
    return figure


def reliability(values: Array, rows: Sequence[Mapping[str, Any]], components: Sequence[str]) -> Figure:
    """The histogram of the probability integral transform, and coverage against the stated level."""
    figure, (left, right) = _panels(2, 3.6)
    for i, component in enumerate(components):
        colour = COLOURS[i % len(COLOURS)]
        left.hist(values[:, i], bins=20, range=(0, 1), density=True, histtype="step", color=colour, label=component)
        right.plot([r["level"] for r in rows], [r[component] for r in rows], "o-", color=colour, ms=4)
    left.axhline(1, color="#888888", lw=0.8)
    left.set(xlabel="probability integral transform", ylabel="density")
    left.legend(fontsize=8, frameon=False)
    right.plot([0.4, 1], [0.4, 1], color="#888888", lw=0.8)
    right.set(xlabel="stated level", ylabel="labels inside", xlim=(0.45, 1), ylim=(0.3, 1.02))
    return figure


def confusion_matrix(table: NDArray[np.int64], classes: Sequence[str]) -> Figure:
    """How often each class (row) was taken for each class (column); colour tells the share of the row."""
    count = len(classes)
    figure = Figure(figsize=(2.6 + 0.55 * count, 1.8 + 0.42 * count), layout="constrained")
    axis = figure.subplots()
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    axis.imshow(shares, vmin=0, vmax=1, cmap="YlGnBu", aspect="auto")
    for (row, col), number in np.ndenumerate(table):
        if number:
            axis.text(
                col,
                row,
                str(number),
                ha="center",
                va="center",
                color="w" if shares[row, col] > 0.6 else "k",
                fontsize=8,
            )
    axis.set(xticks=range(count), yticks=range(count), xlabel="predicted", ylabel="observed")
    names = [name.replace("$", r"\$") for name in classes]  # else it would begin a formula
    axis.set_xticklabels(names, rotation=45, ha="right")
    axis.set_yticklabels([f"{name} ({number})" for name, number in zip(names, table.sum(1), strict=True)])
    return figure


def calibration(bins: Sequence[Mapping[str, Any]]) -> Figure:
    """Accuracy against confidence, and how many samples have each confidence."""
    figure, (left, right) = _panels(2, 3.6)
    confidence, accuracy = ([row[key] for row in bins] for key in ("confidence", "accuracy"))
    left.plot([0, 1], [0, 1], color="#888888", lw=0.8)
    left.plot(confidence, accuracy, "o-", color=COLOURS[0], ms=4)
    left.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
    right.bar(confidence, [row["n"] for row in bins], width=0.05, color=COLOURS[0])
    right.set(xlabel="confidence", ylabel="samples", xlim=(0, 1.04))
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
            axis, known = axes[j, i], np.isfinite(shares[:, i]) & np.isfinite(values[:, j])
            if known.any():
                limits = np.quantile(shares[known, i], [0.25, 0.5, 0.75])
                quarter = np.searchsorted(limits, shares[known, i])
                axis.boxplot(
                    [values[known, j][quarter == q] for q in range(4)],
                    tick_labels=["1", "2", "3", "4"],
                    showfliers=False,
                )
            axis.set_title(component if j == 0 else "", fontsize=9)
            axis.set_ylabel(indicator if i == 0 else "", fontsize=8)
            _plain(axis)
    return figure


def distance_curves(curves: Mapping[str, Array]) -> Figure:
    """The cumulative distributions of distances to the nearest sample."""
    figure = Figure(figsize=(5.4, 3.6), layout="constrained")
    axis = figure.subplots()
    for i, (name, distances) in enumerate(curves.items()):
        axis.step(distances, np.linspace(0, 1, len(distances)), color=COLOURS[i], label=name)
    axis.set(xlabel="distance (map units; metres for degrees)", ylabel="share", ylim=(0, 1))
    axis.legend(fontsize=8, frameon=False)
    _plain(axis)
    return figure


def curves(histories: Mapping[str, History]) -> Figure:
    """Loss and score per epoch of each fold; a dot marks the epoch whose weights were kept."""
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


def few_curve(rows: Sequence[Mapping[str, Any]], score: str, name: str) -> Figure:
    """A score, called `name`, against the number of labels, a line for each way, with the range over folds."""
    figure = Figure(figsize=(5.4, 3.6), layout="constrained")
    axis = figure.subplots()
    means = [row for row in rows if row["component"] == "mean" and row[score] is not None]
    for i, way in enumerate(dict.fromkeys(row["way"] for row in means)):
        counts = sorted({row["labels"] for row in means if row["way"] == way})
        runs = [[row[score] for row in means if (row["way"], row["labels"]) == (way, count)] for count in counts]
        middle = np.array([np.mean(values) for values in runs])
        field_of_view = [middle - [min(values) for values in runs], [max(values) for values in runs] - middle]
        axis.errorbar(counts, middle, field_of_view, fmt="o-", color=COLOURS[i], capsize=3, ms=4, label=way)
    axis.set(xscale="log", xlabel="labels", ylabel=name, ylim=(max(-1.0, axis.get_ylim()[0]), 1))
    known = sorted({row["labels"] for row in means})
    axis.set_xticks(known, [str(count) for count in known])
    axis.minorticks_off()
    axis.legend(fontsize=8, frameon=False)
    _plain(axis)
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


def residual_map(xy: Array, residual: Array, components: Sequence[str]) -> Figure:
    """A map of out-of-fold residuals (predicted - observed) per component."""
    figure, axes = _panels(len(components), 3.0)
    limit = float(np.nanquantile(np.abs(residual), 0.98)) if np.isfinite(residual).any() else 1.0
    size = float(np.clip(40_000 / max(len(xy), 1), 3, 60))
    for i, (axis, component) in enumerate(zip(axes, components, strict=True)):
        dots = axis.scatter(xy[:, 0], xy[:, 1], c=residual[:, i], s=size, cmap="RdBu_r", vmin=-limit, vmax=limit, lw=0)
        axis.set(title=component, aspect="equal", xticks=[], yticks=[])
    figure.colorbar(dots, ax=list(axes), shrink=0.8, label="predicted − observed")
    return figure


def value_map(xy: Array, value: Array, label: str) -> Figure:
    """A map of a value of each sample; those without one are grey."""
    figure = Figure(figsize=(6.2, 5), layout="constrained")
    axis = figure.subplots()
    size, known = float(np.clip(40_000 / max(len(xy), 1), 3, 60)), np.isfinite(value)
    x, y = xy.T
    axis.scatter(x[~known], y[~known], c="#bbbbbb", s=size, lw=0)
    dots = axis.scatter(x[known], y[known], c=value[known], s=size, cmap="viridis", lw=0)
    axis.set(aspect="equal", xticks=[], yticks=[])
    figure.colorbar(dots, ax=axis, shrink=0.8, label=label)
    return figure


def yearly_lines(table: pd.DataFrame, label: str, chosen: str) -> Figure:
    """A line over the years (rows of `table`) for each column; that of `chosen` is thick."""
    figure = Figure(figsize=(7.5, 4), layout="constrained")
    axis = figure.subplots()
    _plain(axis)
    for number, name in enumerate(table):
        width = 2.5 if name == chosen else 1
        axis.plot(table.index, table[name], label=str(name), lw=width, marker="o", ms=3, color=f"C{number}")
    axis.set(ylabel=label)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def event_curves(curves: Mapping[str, Mapping[str, Array]], chosen: str, in_sample: str = "") -> Figure:
    """ROC, precision over recall, and events over area, a line for each model; those of `chosen` are thick.

    Parameters
    ----------
    in_sample : str
        The one whose events were used in training; it stands in the last picture only, dotted.
    """
    figure = Figure(figsize=(12, 4.7), layout="constrained")
    roc, precision, area = figure.subplots(1, 3)
    for i, (name, at) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        style = {"color": colour, "lw": 2.2 if name == chosen else 1.0, "label": name}
        start = np.concatenate([[0.0], at["true_positive_rate"]])
        area.plot(np.concatenate([[0.0], at["area"]]), start, **{**style, "ls": ":" if name == in_sample else "-"})
        if name != in_sample:
            roc.plot(np.concatenate([[0.0], at["false_positive_rate"]]), start, **style)
            precision.plot(at["true_positive_rate"], at["precision"], **style)
    roc.plot([0, 1], [0, 1], color="#888888", lw=0.8)
    area.plot([0, 1], [0, 1], color="#888888", lw=0.8)
    roc.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC")
    precision.set(xlabel="recall", ylabel="precision", title="Precision and recall")
    area.set(xlabel="share of the area, the most susceptible first", ylabel="share of events", title="Events by area")
    for axis in (roc, precision, area):
        axis.set(xlim=(0, 1), ylim=(0, 1.01))
        _plain(axis)
    handles, labels = area.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    return figure


def dependence(table: NDArray[Any], values: Array, names: Sequence[str]) -> Figure:
    """Return what each factor adds to the logit of samples against its value, a picture for each."""
    figure, axes = _panels(len(names), 2.9)
    for axis, x, y, name in zip(axes, table.T, values.T, names, strict=True):
        axis.axhline(0, color="#888888", lw=0.8)
        axis.scatter(x, y, s=5, color=COLOURS[0], alpha=0.5, lw=0)
        axis.set(xlabel=name)
        _plain(axis)
    axes[0].set_ylabel("adds to the logit")
    return figure


def bars(values: Mapping[str, float], label: str) -> Figure:
    """Horizontal bars, the largest on top."""
    ordered = sorted(values.items(), key=lambda item: item[1])[-20:]
    figure = Figure(figsize=(6, 0.4 + 0.28 * len(ordered)), layout="constrained")
    axis = figure.subplots()
    axis.barh([name for name, _ in ordered], [value for _, value in ordered], color=COLOURS[0])
    axis.set_xlabel(label)
    _plain(axis)
    return figure


def sample_map(xy: Array, group: NDArray[np.int64], names: Sequence[str]) -> Figure:
    """The places of samples, coloured by fold or region; grey for none."""
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
    """A row of panels (two rows from five panels on)."""
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
