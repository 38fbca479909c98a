"""Map change: where two maps differ by more than their errors, with few false claims among what is claimed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ...data.raster.category_names import names_of
from ...data.raster.geotiff import RasterBands, window_side, write_windows
from ...data.raster.ground_cells import reported_areas
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile, plan
from ...data.vector.writers import write_rows
from ...mapping.styles.map_styles import CHANGED, DIFFERENCE, transition_colours
from ...mapping.styles.style_files import write_style
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Floats
from .change_report import UNSURE, Changes, build_report, verdict_of
from .changes import Differences, MapPair, open_pair, pair_of
from .false_discoveries import Discoveries, Placebo, normal_p_values
from .params import ChangeMapping

HECTARE = 1e4
SMALLEST = 1e-12  # of a deviation
LARGEST_PAIR = 2**20  # above the numbers of classes
NOTHING_SHARED = ("The two maps have no cell with data in common.", "Check that they overlap.")


def map_change(params: ChangeMapping, run: Run) -> Result:
    """Write differences, their deviations and claimed changes; of classes the transitions, too."""
    check_writable(params.output, params.transitions, params.table, params.report)
    layers = [params.before, params.after, params.uncertainty_before, params.uncertainty_after, *params.placebo]
    check_not_input([params.output, params.transitions], [layer.path for layer in layers])
    with ExitStack() as opened:
        doubts = params.uncertainty_before, params.uncertainty_after
        stack = opened.enter_context(open_pair(params.before, params.after, doubts))
        pair = pair_of(stack, params.before, params.after, params)
        if params.transitions and not pair.kind.is_classes:
            raise RegionwiseError("Transitions are those of classes, and the maps have none.", "Leave Transitions out.")
        if pair.kind.is_classes:
            changes = _of_classes(pair, params, run)
        else:
            pair, placebo = _with_placebo(pair, params, run)
            changes = _of_numbers(pair, placebo, params, run)
    for row in changes.rows:
        run.channel.info(_sentence(row))
    write_rows(changes.rows, params.table)
    verdict = verdict_of(changes, params)
    if params.report:
        build_report(params, changes, run, verdict).write(params.report)
    outputs = {
        "OUTPUT": params.output, "TRANSITIONS": params.transitions, "TABLE": params.table, "REPORT": params.report,
    }  # fmt: skip
    numbers = {"CLAIMED": changes.claimed}
    return Result({name: path for name, path in outputs.items() if path}, numbers, verdict.first_line)


def _with_placebo(pair: MapPair, params: ChangeMapping, run: Run) -> tuple[MapPair, list[Placebo] | None]:
    """How large differences over their deviations are where nothing changed, by name; None without such maps.

    Where nothing else tells how sure maps are, the differences of the placebo do: the pair is then one that knows it.
    """
    if not params.placebo:
        return pair, None
    first, second = params.placebo
    with open_pair(first, second) as stack:
        other = pair_of(stack, first, second, params)
        if len(other.names) != len(pair.names) or (len(pair.names) > 1 and other.names != pair.names):
            raise RegionwiseError(
                f"The placebo maps have the bands {', '.join(other.names)}, and the others {', '.join(pair.names)}.",
                "Give two maps of the same kind between which nothing changed.",
            )
        side = window_side(len(stack.bands))
        mean_square = _mean_squares(other, side, lambda found: found.value)
        if not (mean_square > 0).all():
            raise RegionwiseError(
                f"The placebo maps '{first}' and '{second}' have no data in common, or do not differ at all.",
                "Give two maps of different dates between which nothing changed.",
            )
        pair = replace(pair, known=np.where(np.isfinite(pair.known), pair.known, np.sqrt(mean_square / 2)))
        usual = np.sqrt(_mean_squares(pair, side, lambda found: found.deviation))
        placebos = [Placebo() for _ in pair.names]
        for tile in plan(stack.grid.area, side):
            z = other.differences(tile).value / usual[:, None, None]
            for placebo, values in zip(placebos, z, strict=True):
                placebo.add(values[np.isfinite(values)])
    for name, placebo in zip(pair.names, placebos, strict=True):
        run.channel.info(f"{name}: where nothing changed, differences are {placebo.spread:.2g} of their deviations.")
    return pair, placebos


def _mean_squares(pair: MapPair, side: int, of: Callable[[Differences], Array]) -> Array:
    """The mean square over all cells of something of the differences, shape (name,); 0 without any."""
    squares, counts = np.zeros(len(pair.names)), np.zeros(len(pair.names))
    for tile in plan(pair.stack.grid.area, side):
        values = of(pair.differences(tile))
        squares += np.nansum(values**2, (1, 2))
        counts += np.isfinite(values).sum((1, 2))
    return np.asarray(squares / np.maximum(counts, 1))


def _standardised(pair: MapPair, tile: Tile) -> Array:
    """Differences over their deviations, shape (name, row, col); NaN where one of both is not known."""
    value, deviation = pair.differences(tile)
    return np.asarray(value / np.maximum(deviation, SMALLEST))


def _of_numbers(pair: MapPair, placebo: list[Placebo] | None, params: ChangeMapping, run: Run) -> Changes:
    """Write differences of shares or probabilities; return a row for each name, and the share of tests claimed."""
    stack, names = pair.stack, pair.names
    side = window_side(4 * len(stack.bands))
    counts, compared = Discoveries(), 0

    def p_values(z: Array) -> Array:
        if placebo is None:
            return normal_p_values(z)
        return np.stack([each.p_values(row) for each, row in zip(placebo, z, strict=True)])

    for tile in plan(stack.grid.area, side):
        z = _standardised(pair, tile)
        compared += int(np.isfinite(pair.differences(tile).value).sum())
        counts.add(p_values(z)[np.isfinite(z)])
    if not compared:
        raise RegionwiseError(*NOTHING_SHARED)
    if not counts.tests:
        raise RegionwiseError(UNSURE)
    if counts.tests < compared:
        share = 100 * (1 - counts.tests / compared)
        run.channel.warning(f"Nothing says how sure the maps are in {share:.3g} % of the cells: nothing is claimed.")
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
    write_style(Path(params.output), replace(DIFFERENCE, together=len(names)))
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
    return Changes(rows, float((gained + lost) / max(area, 1e-9)), counts.tests / compared)


def _of_classes(pair: MapPair, params: ChangeMapping, run: Run) -> Changes:
    """Write where classes differ, and which of it is claimed; return a row for each transition, and the share claimed.

    A change is false unless both maps are right there. Those that are surest are claimed until the mean probability of
    being false reaches the bound (Newton et al. 2004, Biostatistics 5, 155).
    """
    stack, layers = pair.stack, (params.before, params.after)
    side = window_side(4 * len(stack.bands))
    steps = np.zeros(1001, np.int64)  # of the probability that a difference is false
    compared, told = 0, 0  # cells that differ, and of these such whose confidence is known
    for tile in plan(stack.grid.area, side):
        before, after, right = pair.classes(tile, layers)
        differ = np.isfinite(before) & np.isfinite(after) & (before != after)
        known = differ & np.isfinite(right)
        compared, told = compared + int(differ.sum()), told + int(known.sum())
        steps += np.bincount(np.round(1000 * (1 - right[known])).astype(np.int64), minlength=1001)
    if compared and not told:
        run.channel.warning(UNSURE)
    running = np.cumsum(steps * np.arange(1001) / 1000) / np.maximum(np.cumsum(steps), 1)
    believed = np.flatnonzero((running <= params.false_discoveries) & (np.cumsum(steps) > 0))
    limit = believed[-1] if len(believed) else -1
    found: list[pd.DataFrame] = []

    def changes(tile: Tile) -> Floats:
        before, after, right = pair.classes(tile, layers)
        valid = np.isfinite(before) & np.isfinite(after)
        differ = valid & (before != after)
        claimed = differ & np.isfinite(right) & (np.round(1000 * (1 - np.nan_to_num(right))) <= limit)
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
    write_style(Path(params.output), CHANGED)
    table = pd.concat(found).groupby(level=[0, 1]).sum().reset_index()
    if not len(table):
        raise RegionwiseError(*NOTHING_SHARED)
    if params.transitions:
        _write_transitions(pair, params, table, side)
    names = [names_of(table[column], pair.kind.categories) for column in ("from", "to")]
    rows = [
        {"from": first, "to": second, "cells": int(row.cells), "ha": float(row.ha), "claimed_ha": float(row.claimed_ha)}
        for first, second, row in zip(*names, table.itertuples(), strict=True)
    ]
    claimed = float(table["claimed_ha"].sum() / table["ha"].sum())
    return Changes(rows, claimed, told / compared if compared else 1.0)


def _write_transitions(pair: MapPair, params: ChangeMapping, table: pd.DataFrame, side: int) -> None:
    """Write the number of the transition of each cell, with its name as a class."""
    stack: Stack = pair.stack
    keys = list(zip(table["from"].astype(int), table["to"].astype(int), strict=True))
    paired = np.array([first * LARGEST_PAIR + second for first, second in keys], np.int64)  # ascending, as the table

    def transitions(tile: Tile) -> Floats:
        before, after, _ = pair.classes(tile, (params.before, params.after))
        valid = np.isfinite(before) & np.isfinite(after)
        out = np.full((1, *before.shape), np.nan, np.float32)
        cells = before[valid].astype(np.int64) * LARGEST_PAIR + after[valid].astype(np.int64)
        out[0, valid] = np.searchsorted(paired, cells) + 1
        return out

    write_windows(Path(params.transitions), stack.grid, RasterBands(["transition"]), transitions, side=side)
    names = pair.kind.categories
    labels = {
        position: " > ".join(str(names.get(code, code)) for code in dict.fromkeys((first, second)))
        for position, (first, second) in enumerate(keys, 1)
    }  # fmt: skip
    kept = [first == second for first, second in keys]
    write_style(Path(params.transitions), transition_colours(kept), labels)


def _sentence(row: dict[str, Any]) -> str:
    if "from" in row:
        return f"{row['from']} > {row['to']}: {row['ha']:,.1f} ha, {row['claimed_ha']:,.1f} ha of it claimed."
    return (
        f"{row['name']}: rose on {row['gained_ha']:,.1f} ha and fell on {row['lost_ha']:,.1f} ha beyond errors; mean "
        f"change {row['mean_change']:+.4f}."
    )
