"""Design sample: draw a probability sample of cells, and write it as a layer to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from ...contract.errors import RegionwiseError
from ...data.raster.stack import Stack
from ...data.vector.polygons import read_regions
from ...data.vector.tables import check_fields, numeric_column, read_table, text_of
from ...data.vector.writers import check_field_names, write_vector
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Index, Mask
from ...surveys.allocation import Strata, allocate, size_for
from ...surveys.cell_draw import CellDraw
from .design_report import UNEXPECTED, Design, allocation_rows, build_report, verdict_of
from .params import SampleDesign
from .response_form import write_form
from .strata_cells import (
    PolygonStrata,
    RasterStrata,
    StrataCells,
    StrataSource,
    grid_over,
    separate_polygons,
)

STRATUM, EXPECTED = "stratum", "expected"  # columns of the table of what is expected
HIDDEN = (STRATUM, "probability", "weight")  # from who answers
ANSWER = "class"  # field that is filled in


@dataclass(frozen=True)
class Counted:
    """The cells that can be drawn, by primary unit (row) and stratum (column).

    Parameters
    ----------
    codes : array of int, shape (stratum,)
    cells, area : array, shape (primary or 1, stratum)
    """

    codes: Index
    cells: Index
    area: Array


def design_sample(params: SampleDesign, run: Run) -> Result:
    """Write cells that were drawn at random, with all that an estimate needs, and a report."""
    check_writable(params.output, params.report)
    inputs = [params.strata.path, params.expected.path, params.primary.path, params.exclude.path]
    check_not_input([params.output], inputs)
    with ExitStack() as opened:
        cells = _strata_cells(params, opened)
        counted = _count(cells, run)
        names = tuple(cells.source.names_of(counted.codes))
        design = _design(params, counted, names, run)
        frame = _drawn(cells, counted, design, names, params)
    check_field_names(params.output, frame)
    write_vector(frame, params.output)
    write_form(params.output, ANSWER, params.class_names or names, params.target_names, HIDDEN)
    rows = allocation_rows(design)
    for row in rows:
        run.channel.info(f"Stratum {row['stratum']}: {row['drawn']} of {row['cells']:,} cells.")
    verdict = verdict_of(params, design)
    if params.report:
        build_report(params, design, rows, run, verdict).write(params.report)
    outputs = {"OUTPUT": params.output, "REPORT": params.report}
    numbers = {"SIZE_DRAWN": float(len(frame)), "EXPECTED_ERROR": design.error}
    return Result({name: path for name, path in outputs.items() if path}, numbers, verdict.first_line)


def _strata_cells(params: SampleDesign, opened: ExitStack) -> StrataCells:
    """The strata of a raster, or of polygons where a field names them."""
    source: StrataSource
    if params.stratum_field:
        grid = grid_over(params.strata, params.cell_size)
        source = PolygonStrata(read_regions(params.strata, params.stratum_field, grid), grid)
    else:
        stack = opened.enter_context(Stack({"strata": (params.strata,)}))
        grid = stack.grid
        if len(stack.bands) > 1:
            raise RegionwiseError(
                f"Strata '{params.strata}' have {len(stack.bands)} bands; they are a raster of classes, of one.",
                "Choose a map of classes, or polygons and the field that names their strata.",
            )
        source = RasterStrata(stack, params.strata)
    primary, excluded = (separate_polygons(layer, grid) for layer in (params.primary, params.exclude))
    return StrataCells(grid, params.strata, source, primary, excluded)


def _count(cells: StrataCells, run: Run) -> Counted:
    """Count the cells that can be drawn."""
    found: dict[tuple[int, int], tuple[int, float]] = {}
    for window in cells.windows():
        side = 2**17
        keys, number = np.unique((window.primary + 1) * side + window.code, return_inverse=True)
        count, area = np.bincount(number), np.bincount(number, window.area)
        for i, key in enumerate(keys.tolist()):
            place = (max(key // side - 1, 0), key % side)
            before = found.get(place, (0, 0.0))
            found[place] = (before[0] + int(count[i]), before[1] + float(area[i]))
    if not found:
        raise RegionwiseError(
            f"Strata '{cells.layer}' have no cell that can be drawn.",
            "Check that primary units and excluded areas lie as you mean them.",
        )
    codes = np.array(sorted({code for _, code in found}), np.int64)
    primaries = len(cells.primary.names) if cells.primary else 1
    counted = Counted(codes, np.zeros((primaries, len(codes)), np.int64), np.zeros((primaries, len(codes))))
    for (primary, code), (count_of, area_of) in found.items():
        column = int(np.searchsorted(codes, code))
        counted.cells[primary, column], counted.area[primary, column] = count_of, area_of
    run.channel.info(f"{counted.cells.sum():,} cells in {len(codes)} strata can be drawn.")
    return counted


def _design(params: SampleDesign, counted: Counted, names: Sequence[str], run: Run) -> Design:
    """How many cells of each stratum are drawn, in which primary units."""
    expected = _expected(params, counted.codes, names, run)
    strata = Strata(tuple(names), counted.cells.sum(0), counted.area.sum(0), expected)
    least = params.min_per_stratum
    size = params.size or size_for(strata, params.precision, params.level, params.allocation, least)
    if not params.primary:
        counts = allocate(strata, size, params.allocation, least)
        return Design(strata, counts, np.ones(1, bool), counts / strata.cells)
    chosen = _first_stage(params, counted)
    inside = counted.cells[chosen].sum(0)
    missing = [name for name, cells in zip(names, inside, strict=True) if not cells]
    if missing:
        raise RegionwiseError(
            f"Stratum '{missing[0]}' has no cell in the {params.primary_size} primary units that were drawn.",
            "Draw more primary units, or merge it with another stratum.",
        )
    within = Strata(tuple(names), inside, strata.area, expected)
    counts = allocate(within, size, params.allocation, least)
    first = params.primary_size / (counted.cells.sum(1) > 0).sum()
    return Design(strata, counts, chosen, first * counts / inside)


def _first_stage(params: SampleDesign, counted: Counted) -> Mask:
    """Primary units that are drawn, all with the same chance."""
    there = np.flatnonzero(counted.cells.sum(1) > 0)
    if params.primary_size > len(there):
        raise RegionwiseError(
            f"Only {len(there)} primary units of '{params.primary}' hold cells; {params.primary_size} cannot be drawn.",
            "Draw fewer, or give smaller primary units.",
        )
    chosen = np.zeros(len(counted.cells), bool)
    chosen[np.random.default_rng(params.seed).choice(there, params.primary_size, replace=False)] = True
    return chosen


def _expected(params: SampleDesign, codes: Index, names: Sequence[str], run: Run) -> Array:
    """The share that is expected of each stratum, by the table, which names it or gives its number."""
    if not params.expected:
        run.channel.info(f"Nothing is expected of strata: each counts as {UNEXPECTED:g} right.")
        return np.full(len(names), UNEXPECTED)
    frame = read_table(params.expected)
    check_fields(frame, (STRATUM, EXPECTED), params.expected)
    shares = numeric_column(frame, EXPECTED, params.expected)
    told = dict(zip([text_of(value) for value in frame[STRATUM]], shares, strict=True))
    keys = [name if name in told else str(code) for name, code in zip(names, codes, strict=True)]
    missing = [name for name, key in zip(names, keys, strict=True) if key not in told]
    if missing:
        raise RegionwiseError(
            f"Table '{params.expected}' says nothing of stratum '{missing[0]}'.",
            f"Add a row for it: '{STRATUM}' is its name or number, '{EXPECTED}' a share from 0 to 1.",
        )
    expected = np.array([told[key] for key in keys])
    wrong = ~((expected >= 0) & (expected <= 1))
    if wrong.any():
        raise RegionwiseError(
            f"Table '{params.expected}' expects {expected[wrong][0]:g} of stratum '{names[int(wrong.argmax())]}'; a "
            "share is 0 to 1.",
            "Correct the table; divide percentages by 100.",
        )
    return expected


def _drawn(
    cells: StrataCells, counted: Counted, design: Design, names: Sequence[str], params: SampleDesign
) -> gpd.GeoDataFrame:
    """The drawn cells in the order in which they are to be visited, with empty fields for answers."""
    draw = CellDraw(design.counts.tolist(), params.seed)
    for window in cells.windows():
        stratum = np.searchsorted(counted.codes, window.code)
        draw.add(np.where(design.chosen[window.primary], stratum, -1) if cells.primary else stratum, window.cell)
    stratum, cell = draw.drawn()
    area, primary = cells.at(cell)
    columns: dict[str, Any] = {
        "order": np.arange(1, len(cell) + 1),
        STRATUM: [names[number] for number in stratum],
        "probability": design.probability[stratum],
        "weight": area / design.probability[stratum],
    }
    if cells.primary:
        columns["primary"] = [cells.primary.names[number] for number in primary]
    answers = params.target_names or [ANSWER]
    blank = np.nan if params.target_names else None
    columns |= {name: pd.array([blank] * len(cell), "float64" if params.target_names else "string") for name in answers}
    return gpd.GeoDataFrame(columns, geometry=_shapes(cells, cell, params), crs=cells.grid.crs.to_wkt())


def _shapes(cells: StrataCells, cell: Index, params: SampleDesign) -> Any:
    """The centres of cells, or the cells themselves."""
    row, col = np.divmod(cell, cells.grid.width)
    if not params.cells:
        xy = cells.grid.centres(row, col)
        return gpd.points_from_xy(xy[:, 0], xy[:, 1])
    t = cells.grid.transform
    if t.b or t.d:
        raise RegionwiseError("Cells of a rotated raster have no upright outline.", "Write points instead.")
    left, top = t.c + col * t.a, t.f + row * t.e
    return box(
        np.minimum(left, left + t.a),
        np.minimum(top, top + t.e),
        np.maximum(left, left + t.a),
        np.maximum(top, top + t.e),
    )
