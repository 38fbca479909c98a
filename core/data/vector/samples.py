"""Samples: labelled points, areas or table rows, checked and brought to the raster's CRS."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...runtime.types import Array, Text
from .labels import EVENTS, read_augmented, read_classes, read_events, read_flags, read_shares, read_sizes
from .layers import read_layer, representative_points, tell_single_points, without_places
from .longitudes import Extent
from .numerals import numbers_of
from .shapes import single_points
from .tables import check_fields, rows_text, text_of

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Samples:
    """Labelled places; all arrays have one entry per sample.

    Parameters
    ----------
    geometry : GeoSeries
        Points or areas in the raster's CRS; none where a table has no places.
    xy : array, shape (sample, 2)
        A point inside each geometry; NaN where a table has no places.
    shares : array, shape (sample, component)
        Non-negative, each row sums to 1.
    group : array of str
        The survey unit a label comes from, never split between folds; labels of one unit are not independent.
    weight : array
        Weight in the likelihood alone.
    augmented : array of bool
        Labels that were predicted, not observed, or are weak.
    row : array of int
        Row in the layer, counted from 1; the points of a multipoint have one.
    design : array, optional
        How many cells of the area a sample stands for, beside others of its label: 1 on average. It weighs whatever is
        learned, calibrated and scored.
    offset : array, optional
        By what the log odds of an event among samples of a stratum exceed those among its cells, up to a constant: for
        likelihoods, which tell more by it than by weights (Scott & Wild 2002). 0 where events have no stratum.
    year : array of str, optional
        Of each sample, where a validation asks for it; empty where it has none.
    """

    geometry: gpd.GeoSeries
    xy: Array
    shares: Array
    components: tuple[str, ...]
    group: Text
    weight: Array
    augmented: Flags
    row: NDArray[np.int64]
    notices: tuple[str, ...]
    design: Array = field(default_factory=lambda: np.empty(0))
    offset: Array = field(default_factory=lambda: np.empty(0))
    year: Text = field(default_factory=lambda: np.empty(0, object))

    def __post_init__(self) -> None:
        if not len(self.year):
            object.__setattr__(self, "year", np.full(len(self.row), "", object))
        for name, value in (("design", 1.0), ("offset", 0.0)):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.full(len(self.row), value))

    def __len__(self) -> int:
        return len(self.row)

    @property
    def loss_weight(self) -> Array:
        """The weight of each sample in the loss of whatever learns without `offset`."""
        return self.weight * self.design

    @property
    def design_beside_offset(self) -> Array:
        """What is left of `design` for a likelihood that knows `offset`, which tells it of samples without an event."""
        return np.where(self.shares[:, 0] > 0, 1.0, self.design) if self.offset.any() else self.design

    def __getstate__(self) -> dict[str, object]:
        """The fields without the geometries: work items that other processes compute need labels only."""
        return {**self.__dict__, "geometry": self.geometry.iloc[:0]}

    @property
    def placed(self) -> bool:
        """Whether samples have places: all have, or none."""
        return bool(np.isfinite(self.xy).all())

    def digest(self) -> str:
        """A hash of everything that training depends on."""
        digest = hashlib.sha256(repr(self.components).encode())
        for array in (
            self.xy,
            self.shares,
            self.weight,
            self.augmented,
            self.group.astype("U"),
            self.design,
            self.offset,
            *([self.year.astype("U")] if self.year.any() else []),
        ):
            digest.update(np.ascontiguousarray(array).tobytes())
        for geometry in self.geometry.to_wkb() if self.placed else ():
            digest.update(geometry)
        return digest.hexdigest()

    def among(self, others: Samples) -> Flags:
        """Whether each sample is one of `others`, which come from the same layer; points of a row differ in place."""
        known = set(zip(others.row.tolist(), map(tuple, others.xy.tolist()), strict=True))
        return np.array(
            [key in known for key in zip(self.row.tolist(), map(tuple, self.xy.tolist()), strict=True)], bool
        )

    def take(self, index: NDArray[np.int64] | Flags) -> Samples:
        """The samples at `index`."""
        return Samples(
            self.geometry[index].reset_index(drop=True),
            self.xy[index],
            self.shares[index],
            self.components,
            self.group[index],
            self.weight[index],
            self.augmented[index],
            self.row[index],
            self.notices,
            self.design[index],
            self.offset[index],
            self.year[index],
        )


@dataclass(frozen=True)
class SampleColumns:
    """Fields of a layer of samples besides its targets; an empty name is none.

    Parameters
    ----------
    class_field : str
        Holds classes; the targets are then their names.
    label_field : str
        Holds 1 (event) or 0 (none).
    source_field : str
        Names the survey unit of a label, which becomes `Samples.group`.
    weight_field : str
        Holds weights in the likelihood.
    weak_field : str
        Flags weak labels, which are never tested.
    weak_weight : float
        Factor on the weight of weak labels.
    design_field : str
        Holds the cells that a sample without an event stands for, and perhaps the same of an event's stratum; they
        become `Samples.design` and `Samples.offset`.
    """

    class_field: str = ""
    label_field: str = ""
    source_field: str = ""
    weight_field: str = ""
    weak_field: str = ""
    weak_weight: float = 1.0
    design_field: str = ""

    def names(self) -> tuple[str, ...]:
        """The names of the fields; empty ones too."""
        labels = self.class_field, self.label_field, self.weak_field
        return *labels, self.source_field, self.weight_field, self.design_field


def read_samples(
    layer: Layer,
    targets: Sequence[str],
    crs: CRS,
    columns: SampleColumns = SampleColumns(),
    extent: Extent | None = None,
) -> Samples:
    """The labelled samples of `layer` in the CRS of the raster; without places if that is empty.

    Labels are the shares in `targets`, or what `columns` names instead. Rows without labels are left out with a
    notice. Rows flagged in a field ``augmented`` (as 'Augment samples' writes it), or as weak, are marked. Each point
    of a multipoint is a sample, in the group and with the number of its row.

    Parameters
    ----------
    extent : (left, bottom, right, top), optional
        Of the rasters, see `layers.read_layer`.

    Raises
    ------
    RegionwiseError
        For every problem of the layer at once: missing fields, text, negative shares, sums.
    """
    frame = read_layer(layer, crs, extent) if crs else without_places(layer)
    if not len(frame):
        raise RegionwiseError(f"Layer '{layer}' has no rows.", "Check its filter and selection.")
    check_fields(frame, (*targets, *columns.names()), layer)
    shares, components, notices = _read_labels(frame, targets, columns, str(layer))
    weight, augmented = _read_weight(frame, columns.weight_field, str(layer)), read_augmented(frame)
    if columns.weak_field:
        weak = read_flags(frame, columns.weak_field)
        weight, augmented = np.where(weak, weight * columns.weak_weight, weight), augmented | weak
    geometry, origin = single_points(frame.geometry) if crs else (frame.geometry, np.arange(len(frame)))
    tell_single_points(len(frame), len(origin), layer)
    keep = (~np.isnan(shares).any(1) & (weight > 0))[origin]
    if crs:
        keep &= ~(geometry.is_empty | geometry.isna()).to_numpy()
    if not keep.any():
        raise RegionwiseError(f"No row of layer '{layer}' has both labels and a place.", "Check the targets.")
    if not keep.all():
        notices.append(f"{(~keep).sum()} rows of '{layer}' without label, place or weight are left out.")
    row = origin[keep]
    others = augmented | ~np.isin(np.arange(len(frame)), row)
    design, offset = _design(frame, columns.design_field, shares, others, str(layer))
    samples = Samples(
        geometry[keep].reset_index(drop=True),
        representative_points(geometry[keep]) if crs else np.full((keep.sum(), 2), np.nan),
        shares[row],
        components,
        read_group(frame, columns.source_field)[row],
        weight[row],
        augmented[row],
        row + 1,
        tuple(notices),
        design[row],
        offset[row],
    )
    _check_variety(samples, str(layer))
    return samples


def _read_labels(
    frame: pd.DataFrame, targets: Sequence[str], columns: SampleColumns, label: str
) -> tuple[Array, tuple[str, ...], list[str]]:
    """Shares, shape (row, component), the names of the components, and notices."""
    if columns.class_field:
        return *read_classes(frame, columns.class_field, label), []
    if columns.label_field:
        return read_events(frame, columns.label_field, label), EVENTS, []
    shares, notices = read_shares(frame, targets, label)
    return shares, tuple(targets), notices


def read_group(frame: pd.DataFrame, field: str) -> Text:
    """The group of each row; without a field, or where it is empty, a row is its own."""
    if not field:
        return np.array([f"row {i}" for i in range(1, len(frame) + 1)], object)
    return np.array([text_of(value) or f"row {i}" for i, value in enumerate(frame[field], 1)], object)


def _read_weight(frame: gpd.GeoDataFrame, field: str, label: str) -> Array:
    """The weight of each row, 1 without a field; raise for rows where it is none."""
    if not field:
        return np.ones(len(frame))
    weight = numbers_of(frame[field])
    if np.isnan(weight).any() or (weight < 0).any():
        wrong = np.isnan(weight) | (weight < 0)
        raise RegionwiseError(
            f"Weight field '{field}' of '{label}' is empty, text or negative in {rows_text(wrong)}.",
            "Correct it or choose another field.",
        )
    return weight


def _design(frame: gpd.GeoDataFrame, field: str, shares: Array, others: Flags, label: str) -> tuple[Array, Array]:
    """`Samples.design` and `Samples.offset` of each row; see `relative_sizes` for the `others`."""
    if not field:
        return np.ones(len(frame)), np.zeros(len(frame))
    without = shares[:, 0] > 0
    sizes = read_sizes(frame, field, without & ~others, label)
    return relative_sizes(sizes, without, others), _offset(sizes, without, others)


def relative_sizes(sizes: Array, without: Flags, others: Flags) -> Array:
    """Sizes over their mean among observed samples without an event; 1 for events.

    Parameters
    ----------
    sizes : array, shape (row,)
        Cells that a row stands for; NaN is not known, and counts as the mean.
    without : array of bool, shape (row,)
        Rows without an event.
    others : array of bool, shape (row,)
        Rows that no one observed, or that are left out; they have no part in the mean.
    """
    observed = without & ~others
    if not observed.any() or not np.ptp(sizes[observed]):
        return np.ones(len(sizes))
    relative = np.where(without, sizes / sizes[observed].mean(), 1.0)
    return np.nan_to_num(relative, nan=1.0)


def _offset(sizes: Array, without: Flags, others: Flags) -> Array:
    """The logarithm of sizes over their mean, if those of events are sizes of strata; else 0.

    Of events in no stratum it is 0. A field that says of events how many cells they are, as 1, is none of strata.
    """
    observed, of_events = without & ~others, sizes[~without & ~others]
    of_events = of_events[np.isfinite(of_events)]
    if len(np.unique(of_events)) < 2 or not np.isin(of_events, sizes[observed]).all():
        return np.zeros(len(sizes))
    offset: Array = np.nan_to_num(np.log(sizes / sizes[observed].mean()))
    return offset


def _check_variety(samples: Samples, label: str) -> None:
    """Raise `RegionwiseError` if all samples consist of one and the same component."""
    present = [c for c, used in zip(samples.components, samples.shares.max(0) > 0, strict=True) if used]
    if len(present) < 2:
        raise RegionwiseError(
            f"All samples of '{label}' consist of '{present[0]}' alone; there is nothing to learn.",
            "Add samples of other classes.",
        )
