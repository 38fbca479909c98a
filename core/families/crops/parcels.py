"""Parcels: the class that most of each parcel has on a map of crops, and how probable it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.class_values import class_values
from ...data.raster.stack import Stack
from ...data.vector.footprints import footprint
from ...data.vector.layers import read_layer
from ...data.vector.tables import rows_text
from ...data.vector.writers import check_field_names, write_vector
from ...data.vector.zonal import zonal_classes
from ...learning.card import Card
from ...learning.model_types import STACK
from ...mapping.styles.map_styles import ClassColours
from ...mapping.styles.vector_styles import by_class, style_layer
from ...runtime.run import Run
from ...runtime.types import Array
from ...targets.member_means import sharpened
from ...targets.platt import calibrated_answers
from .params import CropMapping

CLASS, RAW = "class", "raw"  # keys of the rasters that parcels are made from
PARCEL_FIELDS = ("majority", "share", "confidence", "pixels")


def read_parcels(params: CropMapping, stack: Stack, run: Run) -> gpd.GeoDataFrame:
    """The parcels on the grid of the series; tells which have no pixel.

    Raises
    ------
    RegionwiseError
        If none has one, or a field has a name that the output needs.
    """
    frame = read_layer(params.parcels, stack.grid.crs, stack.grid.bounds)
    clash = [name for name in frame if str(name).lower() in PARCEL_FIELDS]
    if clash:
        raise RegionwiseError(
            f"Parcels '{params.parcels}' have a field '{clash[0]}', a name that the output needs.", "Rename the field."
        )
    check_field_names(params.parcel_output, [*map(str, frame.columns), *PARCEL_FIELDS])
    off = np.array([not _cells(shape, stack) for shape in frame.geometry], bool)
    if off.all():
        raise RegionwiseError(
            f"No parcel of '{params.parcels}' lies on the series.",
            "Check the CRS of both, and that they cover the same area.",
        )
    if off.any():
        run.channel.warning(f"Parcels without pixels, which lie off the series: {rows_text(off)}; they stay empty.")
    return frame


def _cells(shape: Any, stack: Stack) -> bool:
    return shape is not None and not shape.is_empty and footprint(shape, stack.grid)[1].size > 0


def write_parcels(
    frame: gpd.GeoDataFrame | None, card: Card, params: CropMapping, run: Run, rasters: dict[str, Path]
) -> None:
    """Write the class that most of each parcel has, its share, its probability, and the number of pixels.

    Without parcels do nothing.

    Parameters
    ----------
    rasters : dict
        The finished map; see `mapping.run_map`.
    """
    if frame is None:
        return
    classes = card.components
    with Stack({"map": [Layer(str(rasters[key]), key) for key in (CLASS, RAW)]}) as stack:
        class_shares, raw, cells = zonal_classes(stack, frame.geometry, class_values(classes))
    empty = cells == 0
    if empty.any():
        run.channel.warning(f"{empty.sum()} of {len(frame)} parcels have no pixel with data: {rows_text(empty)}.")
    number = np.nan_to_num(class_shares).argmax(1)
    names = np.array(classes, object)[number]
    names[empty] = None
    probability = area_probabilities(card, raw)[np.arange(len(frame)), number]
    values = dict(zip(PARCEL_FIELDS, (names, class_shares.max(1), probability, cells), strict=True))
    filled = frame.assign(**values)
    write_vector(filled, params.parcel_output)
    colours = dict(zip(classes, ClassColours(by_name=card.colours).colours_of(classes), strict=True))
    style_layer(filled, params.parcel_output, by_class(PARCEL_FIELDS[0], classes, "no pixel with data", colours))
    run.channel.info(f"{(~empty).sum()} parcels have a class.")


def answering_types(card: Card) -> list[str]:
    """The types of models that a map mixes, in a fixed order."""
    return sorted({member.type for member in card.members if card.mixture.get(member.type, 1.0) > 0})


def area_probabilities(card: Card, raw: Array) -> Array:
    """The probability of each class in areas, shape (area, class), as the answers to labelled areas were calibrated.

    That is after averaging over the cells: means of calibrated cells are less sure than areas are.

    Parameters
    ----------
    raw : array, shape (area, type * class)
        What each of `answering_types` answers before its calibration, as the mean over members and cells.
    """
    types, factors = answering_types(card), card.calibration.factors
    total = np.zeros((len(raw), len(card.components)))
    for kind, answers in zip(types, np.split(raw, len(types), 1), strict=True):
        total += card.mixture.get(kind, 1.0) * calibrated_answers(answers, factors.get(kind, {}))
    mixed = calibrated_answers(total / total.sum(1, keepdims=True), factors.get(STACK, {}))
    probabilities: Array = sharpened(mixed, card.calibration.mean)
    return probabilities
