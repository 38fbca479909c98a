"""Figures of classes and events: confusion, calibration and curves over all thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..runtime.types import Array
from ..targets.score_intervals import FEWEST_UNITS
from .figures import COLOURS, hide_frame, panels

POWERS = (
    "Probabilities are raised to these powers; above 1 the model was too unsure, below 1 too sure. Each model by "
    "itself, then the stack's mixture, then the mean of the members of all folds, which knows more than each of them. "
    "Answers are scored with powers that the other folds give."
)


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


def bars(units: str) -> str:
    """What points and bars of `calibration` are, and the calibration errors in tables, for units of that name."""
    return (
        "Points: bins of equal weight, ascending; on the right the part of all up to each. Grey bars: where a model "
        f"whose probabilities mean what they say lies 9 times of 10, if labels of one of the {units} are as alike as "
        "these. In the tables, ece is the mean distance from the line without what chance adds, ece_low and ece_high "
        f"bound it with 90 % over the {units} (fewer than {FEWEST_UNITS} bound nothing), and ece_floor is what chance "
        "alone would add."
    )


def calibration(bins: Sequence[Mapping[str, Any]]) -> Figure:
    """Accuracy against confidence with bars of what chance alone does, and the part of all up to each confidence."""
    figure, (left, right) = panels(2, 3.6)
    confidence, accuracy, low, high = ([row[key] for row in bins] for key in ("confidence", "accuracy", "low", "high"))
    left.plot([0, 1], [0, 1], color="#888888", lw=0.8)
    left.vlines(confidence, low, high, color="#bbbbbb", lw=4)
    left.plot(confidence, accuracy, "o-", color=COLOURS[0], ms=4)
    left.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
    weight = np.array([row["weight"] for row in bins])
    right.plot(confidence, (np.cumsum(weight) - weight / 2) / max(weight.sum(), 1e-12), "o-", color=COLOURS[0], ms=4)
    right.set(xlabel="confidence", ylabel="part of all up to it", xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
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
        hide_frame(axis)
    handles, labels = area.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    return figure
