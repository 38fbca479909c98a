"""Sampling design: how many cells each sample stands for, and what cannot be known of it, in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import geopandas as gpd
import numpy as np

from ...contract.layer import Layer
from ...data.raster.grids import Grid
from ...data.vector.footprints import footprint_sizes
from ...data.vector.labels import read_sizes
from ...data.vector.samples import Samples, relative_sizes
from ...data.vector.tables import is_filled, read_table, text_of
from ...learning.contracts import TrainingData
from ...runtime.types import Array, Mask
from .params import CELLS_EACH, SusceptibilityTraining

STRATUM = "stratum"  # the field of a negative's stratum, as `sample_negatives` writes it
TOLERATED = 0.02  # part of the samples without an event that may lie on one
UNEVEN = 0.5  # effective part of the samples, below which it is told


def design_field(layer: Layer, given: str) -> str:
    """The field of the cells that a sample stands for: the one given, else that of 'Sample negatives'; "" for none."""
    return given or (CELLS_EACH if CELLS_EACH in read_table(layer) else "")


def design_of(frame: gpd.GeoDataFrame, given: str, label: Array, name: str) -> Array:
    """How many cells each row of labelled places stands for beside the others of its label, 1 on average, shape (row,).

    Parameters
    ----------
    label : array, shape (row,)
        1 for an event, 0 for none, NaN for neither.
    name : str
        Of the layer.
    """
    field = given if given in frame else CELLS_EACH
    if field not in frame:
        return np.ones(len(frame))
    without = label == 0
    return relative_sizes(read_sizes(frame, field, without, name), without, np.zeros(len(frame), bool))


def event_sizes(geometry: gpd.GeoSeries, event: Mask, observed: Mask, grid: Grid) -> Array:
    """How many cells each event covers beside the observed others, 1 on average; 1 for rows without an event.

    A map answers cells, and a large event is many of them.
    """
    sizes = np.ones(len(event))
    cells = footprint_sizes(geometry[event], grid)[0]
    known = observed[event]
    if known.any() and np.ptp(cells):
        sizes[event] = cells / cells[known].mean()
    return sizes


def with_event_sizes(samples: Samples, grid: Grid) -> Samples:
    """The samples, whose events stand for the cells that they cover."""
    sizes = event_sizes(samples.geometry, samples.shares[:, 1] > 0, ~samples.augmented, grid)
    return dataclasses.replace(samples, design=samples.design * sizes)


def missing_design(frame: gpd.GeoDataFrame, trained: str) -> str:
    """What is said of labelled places that do not tell what they stand for, as those of training did; else empty.

    Parameters
    ----------
    trained : str
        The field by which the model learned; empty if its samples counted alike.
    """
    if not trained or {trained, CELLS_EACH} & set(frame):
        return ""
    return (
        f"the model learned by '{trained}', the cells that a sample without an event stands for; here is no such "
        "field, and all count alike"
    )


def effective_share(design: Array) -> float:
    """The effective part of samples that stand for different numbers of cells (Kish 1965), at most 1."""
    return float(design.sum() ** 2 / (len(design) * (design**2).sum()))


def design_texts(params: SusceptibilityTraining, data: TrainingData) -> Iterator[tuple[bool, str]]:
    """Yield sentences on what samples stand for, each with whether it is a warning."""
    field, samples = params.design_field, data.samples
    of_events = samples.design[(samples.shares[:, 1] > 0) & ~samples.augmented]
    if np.ptp(of_events):
        share = effective_share(of_events)
        yield (
            share < UNEVEN,
            f"Events count by the cells that they cover, as the map does: {len(of_events)} of them score and calibrate "
            f"like {share * len(of_events):.0f} alike. A point for each makes them count alike.",
        )
    if field and params.prevalence and not data.tabular:  # a table does not tell how many cells an event covers
        yield from _unlisted(params, data)
    design = samples.design[(samples.shares[:, 0] > 0) & ~samples.augmented]
    if field and np.ptp(design):
        share = effective_share(design)
        how = "an offset of what is learned, and a weight" if samples.offset.any() else "a weight"
        yield False, f"Samples without an event stand for '{field}' cells: {how} in calibration and scores."
        if share < UNEVEN:
            yield (
                True,
                f"These numbers are so uneven that {len(design)} samples without an event score and calibrate like "
                f"{share * len(design):.0f} drawn alike. Draw more of them, or with Stratify = none.",
            )
    elif not field and _stratified(params.table):
        yield (
            True,
            f"'{params.table}' names strata, but no field says how many cells a sample of each stands for: "
            "probabilities and scores are those of the strata as they were drawn, not of the area. Draw the samples "
            "again by 'Sample negatives', or name a Design field.",
        )
    elif not field and params.prevalence:
        yield (
            False,
            "Prevalence takes samples without an event for drawn alike from all cells. If they were chosen in another "
            "way, name a Design field with the cells that each stands for.",
        )


def _unlisted(params: SusceptibilityTraining, data: TrainingData) -> Iterator[tuple[bool, str]]:
    """Yield a warning if samples without an event must often be of events that the inventory lacks.

    Cells that it does not list have an event as often as makes the prevalence whole (contaminated controls: Lancaster &
    Imbens 1996, J. Econom. 71, 145). What is learned are the odds of a listed event, and their prior is corrected as if
    all others had none. More cells than the rasters have are those of other rasters, and tell nothing here.
    """
    samples, grid, frame = data.samples, data.grid, read_table(params.table)
    event, observed = samples.shares[:, 1] > 0, ~samples.augmented
    sizes = read_sizes(frame, params.design_field, np.zeros(len(frame), bool), str(params.table))
    without = float(np.nansum(sizes[samples.row[~event & observed] - 1]))
    event_cells = float(footprint_sizes(samples.geometry[event & observed], grid)[0].sum())
    if not 0 < without + event_cells <= grid.width * grid.height:
        return
    listed = event_cells / (event_cells + without)
    unlisted = (params.prevalence - listed) / max(1 - listed, 1e-9)
    if unlisted > TOLERATED:
        yield (
            True,
            f"Prevalence is {params.prevalence:g}, and '{params.table}' tells of events in {listed:.3g} of the cells. "
            f"If both are of one area, {100 * unlisted:.0f} % of the samples without an event lie on events that the "
            "inventory lacks: ranks hold, but probabilities of the surest cells are too low. Complete the inventory.",
        )


def _stratified(layer: Layer) -> bool:
    """Whether a layer has a field with the names of several strata."""
    frame = read_table(layer)
    return STRATUM in frame and len({text_of(value) for value in frame[STRATUM][is_filled(frame[STRATUM])]}) > 1
