"""Weighted map: a map with the weights of its pixels, which say what a share of an area is a share of."""

from __future__ import annotations

from collections.abc import Iterator

from ...data.raster.pixel_weights import WEIGHTS, WEIGHTS_TAG
from ...data.raster.stack import Stack
from ...data.vector.zonal import ZonalMeans
from .params import MapSummary, MapValidation

MEANT = 0.001  # share of the cells that may lack a weight without a word


def weighted_map(params: MapValidation | MapSummary) -> Stack:
    """The map, and its pixel weights on its grid, if there are any; not yet opened."""
    weights = {WEIGHTS: (params.pixel_weights,)} if params.pixel_weights else {}
    return Stack({"map": (params.map,), **weights}, params.resampling)


def map_bands(stack: Stack) -> list[str]:
    """The names of the bands of the map itself."""
    return [band.name for band in stack.bands if band.sensor != WEIGHTS]


def weighting_doubts(stack: Stack, zonal: ZonalMeans, params: MapValidation | MapSummary) -> Iterator[str]:
    """Yield what may be wrong with the weights of pixels, or that they are missing; `stack` is open."""
    trained_with = stack.sources[0].file.tags().get(WEIGHTS_TAG)
    if trained_with and not params.pixel_weights:
        yield (
            f"Map '{params.map}' comes from a model whose areas were weighted by '{trained_with}', while all of its "
            "cells weigh alike here. Give that raster as Pixel weights, or shares of areas mean something else."
        )
    if not params.pixel_weights:
        return
    lacking, cells = int(zonal.unweighed.sum()), int(zonal.cells.sum())
    if lacking > MEANT * cells:
        yield (
            f"{lacking} of {cells} cells with data have no number in '{params.pixel_weights}': they weigh nothing, as "
            "in training."
        )
    weightless = int(((zonal.cells > 0) & (zonal.weight == 0)).sum())
    if weightless:
        yield f"{weightless} units have data on the map, but no weight in '{params.pixel_weights}'; they stay empty."
