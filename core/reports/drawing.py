"""Drawing: the style of all figures, and the parts that many of them have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from ..runtime.types import Array
from . import palette

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
rcParams["font.size"] = 9
rcParams["figure.facecolor"] = rcParams["axes.facecolor"] = "none"  # the page's
rcParams["axes.titlesize"], rcParams["axes.titleweight"] = 10, "bold"
rcParams["axes.spines.top"] = rcParams["axes.spines.right"] = False
rcParams["axes.edgecolor"] = rcParams["axes.labelcolor"] = rcParams["text.color"] = palette.INK
rcParams["xtick.color"] = rcParams["ytick.color"] = palette.INK
rcParams["boxplot.boxprops.color"] = rcParams["boxplot.whiskerprops.color"] = palette.INK
rcParams["boxplot.capprops.color"], rcParams["boxplot.medianprops.color"] = palette.INK, palette.OTHER
rcParams["legend.fontsize"], rcParams["legend.frameon"] = 8.5, False
WIDEST = 8.6  # inches
MANY_POINTS = 1500  # from which on points hide each other


def colour_map(colours: Sequence[str]) -> LinearSegmentedColormap:
    """The colour map of a ramp of the palette."""
    return LinearSegmentedColormap.from_list("ramp", list(colours))


def colour_of(number: int) -> str:
    """The colour of a category."""
    return palette.CATEGORIES[number % len(palette.CATEGORIES)]


def single(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of one panel, in inches."""
    figure = Figure(figsize=(min(width, WIDEST), height), layout="constrained")
    return figure, figure.subplots()


def panels(count: int, side: float, most: int = 4) -> tuple[Figure, Sequence[Axes]]:
    """Panels side by side, in rows of at most `most`; `side` is theirs in inches."""
    columns = max(min(count, most), 1)
    rows = -(-count // columns)
    side = min(side, WIDEST / columns)
    figure = Figure(figsize=(side * columns, side * 1.05 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, list(axes[:count])


def points(axis: Axes, x: Array, y: Array, limits: tuple[float, float]) -> None:
    """Draw points one by one, or where there are many their density."""
    if len(x) < MANY_POINTS:
        axis.scatter(x, y, s=14, color=palette.MAIN, alpha=0.55, lw=0)
    else:
        ramp = colour_map(palette.SHARE[1:])
        axis.hexbin(x, y, gridsize=40, bins="log", mincnt=1, cmap=ramp, extent=(*limits, *limits), rasterized=True)


def write_cells(axis: Axes, table: Array, image: Any, texts: Mapping[tuple[int, int], str] | None = None) -> None:
    """Write the values of a heat map into its cells, or `texts` by row and column."""
    for (row, col), value in np.ndenumerate(table):
        if not np.isfinite(value):
            continue
        colour = palette.text_on(to_hex(image.cmap(image.norm(value))))
        text = f"{value:.2f}" if texts is None else texts.get((row, col), "")
        axis.text(col, row, text, ha="center", va="center", color=colour, fontsize=8)


def name_cells(axis: Axes, rows: Iterable[str], columns: Iterable[str]) -> None:
    """Write the names of rows and columns of a heat map beside it."""
    names = [plain(name) for name in columns]
    slanted = any(len(name) > 5 for name in names)
    axis.set_xticks(
        range(len(names)), names, rotation=40 if slanted else 0, ha="right" if slanted else "center",
        rotation_mode="anchor" if slanted else "default",
    )  # fmt: skip
    labels = [plain(name) for name in rows]
    axis.set_yticks(range(len(labels)), labels)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def plain(name: str) -> str:
    """A name as text: a dollar sign would begin a formula."""
    return name.replace("$", r"\$")


def listing(values: Mapping[str, float | None]) -> str:
    """Names with their numbers, for a description of a figure."""
    return ", ".join(
        f"{name} {value:.3g}" for name, value in values.items() if value is not None and np.isfinite(value)
    )
