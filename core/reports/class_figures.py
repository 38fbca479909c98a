"""Figures of classes and events: confusion, calibration and curves over all thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..runtime.types import Array
from ..targets.score_intervals import FEWEST_UNITS
from . import palette
from .drawing import WIDEST, colour_map, colour_of, listing, name_cells, panels, plain, single, write_cells
from .page.pictures import Drawing

POWERS = (
    "Probabilities are raised to these powers; above 1 the model was too unsure, below 1 too sure. Each model by "
    "itself, then the stack's mixture, then the mean of the members of all folds, which knows more than each of them. "
    "Answers are scored with powers that the other folds give."
)


def confusion_matrix(table: NDArray[np.int64], classes: Sequence[str]) -> Drawing:
    """How often each class (row) was taken for each class (column); colour tells the share of the row."""
    count = len(classes)
    figure, axis = single(2.6 + 0.55 * count, 1.8 + 0.42 * count)
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    image = axis.imshow(shares, vmin=0, vmax=1, cmap=colour_map(palette.SHARE), aspect="auto")
    write_cells(axis, shares, image, {at: str(number) for at, number in np.ndenumerate(table) if number})
    axis.set(xlabel="predicted", ylabel="observed")
    name_cells(axis, [f"{name} ({n})" for name, n in zip(classes, table.sum(1), strict=True)], classes)
    right = {name: float(shares[i, i]) for i, name in enumerate(classes) if table[i].sum()}
    return Drawing(figure, f"Confusion of {count} classes. Share of each that is found: {listing(right)}.")


def bars(units: str) -> str:
    """What points and bars of `calibration` are, and the calibration errors in tables, for units of that name."""
    return (
        "Points: bins of equal weight, ascending; on the right the part of all up to each. Grey bars: where a model "
        f"whose probabilities mean what they say lies 9 times of 10, if labels of one of the {units} are as alike as "
        "these. In the tables, ece is the mean distance from the line without what chance adds, with its 90 % "
        f"interval over the {units} (fewer than {FEWEST_UNITS} have none); ece floor is what chance alone would add."
    )


def calibration(bins: Sequence[Mapping[str, Any]]) -> Drawing:
    """Accuracy against confidence with bars of what chance alone does, and the part of all up to each confidence."""
    figure, (left, right) = panels(2, 3.6)
    confidence, accuracy, low, high = ([row[key] for row in bins] for key in ("confidence", "accuracy", "low", "high"))
    left.plot([0, 1], [0, 1], color=palette.QUIET, lw=0.8)
    left.vlines(confidence, low, high, color=palette.QUIET, alpha=0.5, lw=5)
    left.plot(confidence, accuracy, "o-", color=palette.MAIN, ms=4)
    left.set(xlabel="stated probability", ylabel="share that came true", xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
    weight = np.array([row["weight"] for row in bins])
    right.plot(confidence, (np.cumsum(weight) - weight / 2) / max(weight.sum(), 1e-12), "o-", color=palette.MAIN, ms=4)
    right.set(xlabel="stated probability", ylabel="part of all up to it", xlim=(0, 1.02), ylim=(0, 1.02),
              aspect="equal")  # fmt: skip
    ends = f"from {confidence[0]:.2f} stated, {accuracy[0]:.2f} true, to {confidence[-1]:.2f}, {accuracy[-1]:.2f}"
    return Drawing(figure, f"Share that came true by stated probability, {ends}." if len(confidence) else "Nothing.")


def event_curves(curves: Mapping[str, Mapping[str, Array]], chosen: str, in_sample: str = "") -> Drawing:
    """ROC, precision over recall, and events over area, a line for each model; those of `chosen` are thick.

    Parameters
    ----------
    in_sample : str
        The one whose events were used in training; it stands in the last picture only, dotted.
    """
    figure = Figure(figsize=(WIDEST, 3.9), layout="constrained")
    roc, precision, area = figure.subplots(1, 3)
    found = {}
    for i, (name, at) in enumerate(curves.items()):
        style = {"color": colour_of(i), "lw": 2.6 if name == chosen else 1.2, "label": plain(name)}
        start = np.concatenate([[0.0], at["true_positive_rate"]])
        share = np.concatenate([[0.0], at["area"]])
        area.plot(share, start, **{**style, "ls": ":" if name == in_sample else "-"})
        found[name] = 100 * float(np.interp(0.2, share, start))
        if name != in_sample:
            roc.plot(np.concatenate([[0.0], at["false_positive_rate"]]), start, **style)
            precision.plot(at["true_positive_rate"], at["precision"], **style)
    for axis in (roc, area):
        axis.plot([0, 1], [0, 1], color=palette.QUIET, lw=0.8)
    roc.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC")
    precision.set(xlabel="recall", ylabel="precision", title="Precision and recall")
    area.set(xlabel="share of the area, the most susceptible first", ylabel="share of events", title="Events by area")
    area.xaxis.label.set_fontsize(8)
    for axis in (roc, precision, area):
        axis.set(xlim=(0, 1), ylim=(0, 1.01))
    figure.legend(*area.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return Drawing(figure, f"Curves over all thresholds. Events in the most susceptible 20 % of the area, in %: "
                           f"{listing(found)}.")  # fmt: skip
