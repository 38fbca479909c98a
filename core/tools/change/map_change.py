"""Map change: where two maps differ by more than their errors, with few false claims among what is claimed."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ...data.raster import styles
from ...data.raster.geotiff import RasterBands, window_side, write_windows
from ...data.raster.ground_cells import reported_areas
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile, plan
from ...data.vector.writers import write_rows
from ...reports.html_report import HtmlReport
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Floats
from .changes import MapPair, named, open_pair, pair_of
from .false_discoveries import Discoveries, Placebo, normal_p_values
from .params import ChangeMapping

HECTARE = 1e4
COUNTED = (
    "Areas are counts of cells, with the errors of both maps. For hectares that can be defended, draw a sample with "
    "the transitions as strata ('Design sample'), and estimate ('Estimate area')."
)
SUREST = (
    "Cells whose class differs are claimed, the surest first, until the mean probability that one of both maps is "
    "wrong there reaches the bound."
)
BY_CHANCE = (
    "A difference over its deviation tells how often chance alone makes it as large; such probabilities of all cells "
    "are held against each other (Benjamini and Hochberg 1995). Errors of both maps are taken as independent, unless "
    "placebo maps, between which nothing changed, tell how large differences are by chance."
)
UNSURE = (
    "Nothing says how sure the maps are, so no change can be claimed: give their maps of uncertainty (of classes: of "
    "confidence), the model, or two maps between which nothing changed (Placebo)."
)


def map_change(params: ChangeMapping, run: Run) -> Result:
    """Write differences, their deviations and claimed changes; of classes the transitions, too."""
    check_writable(params.output, params.transitions, params.table, params.report)
    layers = [params.before, params.after, params.uncertainty_before, params.uncertainty_after, *params.placebo]
    check_not_input([params.output, params.transitions], [layer.path for layer in layers])
    with ExitStack() as opened:
        stack, _ = open_pair(params.before, params.after, params, doubts=True)
        pair = pair_of(opened.enter_context(stack), params.before, params.after, params)
        if pair.kind.is_classes:
            rows, share = _of_classes(pair, params, run)
        else:
            rows, share = _of_numbers(pair, _placebo(pair, params, run), params, run)
    for row in rows:
        run.channel.info(_sentence(row))
    write_rows(rows, params.table)
    if params.report:
        _report(params, rows, share, run).write(params.report)
    outputs = {
        "OUTPUT": params.output, "TRANSITIONS": params.transitions, "TABLE": params.table, "REPORT": params.report,
    }  # fmt: skip
    return Result({name: path for name, path in outputs.items() if path}, {"CLAIMED": share})


def _placebo(pair: MapPair, params: ChangeMapping, run: Run) -> list[Placebo] | None:
    """How large differences are where nothing changed, by name; None without such maps."""
    if not params.placebo:
        return None
    first, second = params.placebo
    stack, _ = open_pair(first, second, params, doubts=True)
    found = [Placebo() for _ in pair.names]
    with stack:
        other = pair_of(stack, first, second, params)
        if other.names != pair.names:
            raise RegionwiseError(
                f"The placebo maps have the bands {', '.join(other.names)}, and the others {', '.join(pair.names)}.",
                "Give two maps of the same kind between which nothing changed.",
            )
        for tile in plan(stack.grid.area, window_side(len(stack.bands))):
            z = _standardised(other, tile)
            for position, placebo in enumerate(found):
                placebo.add(z[position][np.isfinite(z[position])])
    for name, placebo in zip(pair.names, found, strict=True):
        run.channel.info(f"{name}: where nothing changed, differences are {placebo.spread:.2g} of their deviations.")
    return found


def _standardised(pair: MapPair, tile: Tile) -> Array:
    """Differences over their deviations, shape (name, row, col); plain differences where none are known."""
    value, deviation = pair.differences(tile)
    known = np.isfinite(pair.known)[:, None, None] | np.isfinite(deviation)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, value / np.maximum(deviation, 1e-9), value)


def _of_numbers(
    pair: MapPair, placebo: list[Placebo] | None, params: ChangeMapping, run: Run
) -> tuple[list[dict[str, Any]], float]:
    """Write differences of shares or probabilities; return a row for each name, and the share of tests claimed."""
    stack, names = pair.stack, pair.names
    side = window_side(4 * len(stack.bands))
    counts = Discoveries()

    def p_values(z: Array) -> Array:
        if placebo is None:
            return normal_p_values(z)
        return np.stack([each.p_values(row) for each, row in zip(placebo, z, strict=True)])

    for tile in plan(stack.grid.area, side):
        z = _standardised(pair, tile)
        unsure = placebo is None and not np.isfinite(pair.differences(tile).deviation[np.isfinite(z)]).all()
        if unsure:
            raise RegionwiseError(UNSURE)
        counts.add(p_values(z)[np.isfinite(z)])
    if not counts.tests:
        raise RegionwiseError("The two maps have no cell with data in common.", "Check that they overlap.")
    threshold = counts.threshold(params.false_discoveries)
    totals = np.zeros((len(names), 5))

    def changes(tile: Tile) -> Floats:
        value, deviation = pair.differences(tile)
        z = _standardised(pair, tile)
        valid = np.isfinite(z)
        claimed = np.where(valid, np.sign(value) * (p_values(np.nan_to_num(z)) <= threshold), np.nan)
        area = np.broadcast_to(reported_areas(stack.grid, tile), valid.shape[1:]) / HECTARE
        for k in range(len(names)):
            up, down = claimed[k] > 0, claimed[k] < 0
            sums = [valid[k].sum(), area[up].sum(), area[down].sum(), np.nansum(value[k] * area), area[valid[k]].sum()]
            totals[k] += sums
        return np.concatenate([value, deviation, claimed]).astype(np.float32)

    bands = [f"{name}_{part}" for part in ("change", "sd", "claimed") for name in names]
    write_windows(
        Path(params.output), stack.grid, RasterBands(bands), changes, side=side,
        progress=lambda share: run.channel.progress(share, "changes"),
    )  # fmt: skip
    styles.write_style(Path(params.output), differences=True)
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "cells": int(cells),
            "gained_ha": gained,
            "lost_ha": lost,
            "mean_change": change / max(area, 1e-9),
        }
        for name, (cells, gained, lost, change, area) in zip(names, totals.tolist(), strict=True)
    ]
    _, gained, lost, _, area = totals.sum(0)
    return rows, float((gained + lost) / max(area, 1e-9))


def _of_classes(pair: MapPair, params: ChangeMapping, run: Run) -> tuple[list[dict[str, Any]], float]:
    """Write where classes differ, and which of it is claimed; return a row for each transition, and the share claimed.

    A change is false unless both maps are right there. Those that are surest are claimed until the mean probability of
    being false reaches the bound (Newton et al. 2004, Biostatistics 5, 155).
    """
    stack, layers = pair.stack, (params.before, params.after)
    side = window_side(4 * len(stack.bands))
    steps = np.zeros(1001, np.int64)  # of the probability that a difference is false
    told = False
    for tile in plan(stack.grid.area, side):
        before, after, right = pair.classes(tile, layers)
        differ = np.isfinite(before) & np.isfinite(after) & (before != after)
        known = differ & np.isfinite(right)
        told |= bool(known.any()) or not differ.any()
        steps += np.bincount(np.round(1000 * (1 - right[known])).astype(np.int64), minlength=1001)
    if not told:
        run.channel.warning(UNSURE)
    running = np.cumsum(steps * np.arange(1001) / 1000) / np.maximum(np.cumsum(steps), 1)
    believed = np.flatnonzero((running <= params.false_discoveries) & (np.cumsum(steps) > 0))
    limit = believed[-1] if len(believed) else -1
    found: list[pd.DataFrame] = []

    def changes(tile: Tile) -> Floats:
        before, after, right = pair.classes(tile, layers)
        valid = np.isfinite(before) & np.isfinite(after)
        differ = valid & (before != after)
        claimed = differ & (np.round(1000 * (1 - np.nan_to_num(right))) <= limit)
        area = np.broadcast_to(reported_areas(stack.grid, tile), valid.shape) / HECTARE
        table = pd.DataFrame({"from": before[valid], "to": after[valid], "ha": area[valid], "claimed": claimed[valid]})
        table["claimed_ha"] = table["ha"] * table["claimed"]
        found.append(table.groupby(["from", "to"]).agg(cells=("ha", "size"), ha=("ha", "sum"),
                                                       claimed_ha=("claimed_ha", "sum")))  # fmt: skip
        products = np.stack([differ, np.where(differ, right, np.nan), claimed]).astype(np.float32)
        products[:, ~valid] = np.nan
        return products

    bands = RasterBands(["changed", "both_right", "claimed"])
    write_windows(Path(params.output), stack.grid, bands, changes, side=side)
    table = pd.concat(found).groupby(level=[0, 1]).sum().reset_index()
    if params.transitions:
        _write_transitions(pair, params, table, side)
    names = [list(named(table[column].to_numpy(), pair.kind.categories)) for column in ("from", "to")]
    rows = [
        {"from": first, "to": second, "cells": int(row.cells), "ha": float(row.ha), "claimed_ha": float(row.claimed_ha)}
        for first, second, row in zip(*names, table.itertuples(), strict=True)
    ]
    return rows, float(table["claimed_ha"].sum() / table["ha"].sum())


def _write_transitions(pair: MapPair, params: ChangeMapping, table: pd.DataFrame, side: int) -> None:
    """Write the number of the transition of each cell, with its name as a class."""
    stack: Stack = pair.stack
    keys = list(zip(table["from"].astype(int), table["to"].astype(int), strict=True))
    most = int(max(table["from"].max(), table["to"].max())) + 1
    number = np.zeros(most * most, np.float32)
    for position, (first, second) in enumerate(keys, 1):
        number[first * most + second] = position

    def transitions(tile: Tile) -> Floats:
        before, after, _ = pair.classes(tile, (params.before, params.after))
        valid = np.isfinite(before) & np.isfinite(after)
        out = np.full((1, *before.shape), np.nan, np.float32)
        out[0, valid] = number[(before[valid] * most + after[valid]).astype(np.int64)]
        return out

    write_windows(Path(params.transitions), stack.grid, RasterBands(["transition"]), transitions, side=side)
    names = pair.kind.categories
    labels = {
        position: " > ".join(str(names.get(code, code)) for code in dict.fromkeys((first, second)))
        for position, (first, second) in enumerate(keys, 1)
    }  # fmt: skip
    styles.write_style(Path(params.transitions), labels)


def _sentence(row: dict[str, Any]) -> str:
    if "from" in row:
        return f"{row['from']} > {row['to']}: {row['ha']:,.1f} ha, {row['claimed_ha']:,.1f} ha of it claimed."
    return (
        f"{row['name']}: rose on {row['gained_ha']:,.1f} ha and fell on {row['lost_ha']:,.1f} ha beyond errors; mean "
        f"change {row['mean_change']:+.4f}."
    )


def _report(params: ChangeMapping, rows: list[dict[str, Any]], share: float, run: Run) -> HtmlReport:
    rate = 100 * params.false_discoveries
    summary = (
        f"{100 * share:.3g} % of what was compared is claimed to have changed; at most {rate:.3g} % of these claims "
        "are expected to be false."
    )
    report = HtmlReport("Change between two maps", summary)
    transitions = bool(rows) and "from" in rows[0]
    report.table("Transitions" if transitions else "Changes", rows, note=COUNTED)
    how = SUREST if transitions else BY_CHANCE
    report.text("What is claimed", how)
    report.parameters(params.to_json())
    report.text("Repeat this run", *run.repeat_lines)
    return report
