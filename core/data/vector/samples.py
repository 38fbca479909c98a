"""Samples: labelled points, areas or table rows, checked and brought to the raster's CRS."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...contract.errors import Problems, RegionwiseError
from ...contract.params import Layer
from .tables import check_fields, read_table, text_of

Array = NDArray[np.float64]
Text = NDArray[np.object_]
Flags = NDArray[np.bool_]

AUGMENTED_FIELD, WEIGHT_FIELD = "augmented", "weight"
SUM_TOLERANCE = 0.02  # shares in tables are rounded; a larger gap is a mistake
LONGITUDES, LATITUDES = ("longitude", "lon", "long", "lng"), ("latitude", "lat")
EASTINGS, NORTHINGS = ("x", "easting"), ("y", "northing")
SHOWN_ROWS = 5
EVENTS = ("no event", "event")  # components of labels of 0 and 1


@dataclass(frozen=True)
class Samples:
    """Labelled places; all arrays have one entry per sample.

    Parameters
    ----------
    geometry : GeoSeries
        Points or areas in the raster's CRS.
    xy : array, shape (sample, 2)
        A point inside each geometry.
    shares : array, shape (sample, component)
        Non-negative, each row sums to 1.
    source : array of str
        The survey unit a label comes from; labels of one unit are not independent.
    weight : array
        Weight in the likelihood.
    augmented : array of bool
        Labels that were predicted, not observed.
    row : array of int
        Row in the layer, counted from 1.
    """

    geometry: gpd.GeoSeries
    xy: Array
    shares: Array
    components: tuple[str, ...]
    source: Text
    weight: Array
    augmented: Flags
    row: NDArray[np.int64]
    notices: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.row)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the shapes behind: parts of a run that other processes compute need labels only."""
        return {**self.__dict__, "geometry": self.geometry.iloc[:0]}

    def digest(self) -> str:
        """A hash of everything that training depends on."""
        digest = hashlib.sha256(repr(self.components).encode())
        for array in (self.xy, self.shares, self.weight, self.augmented, self.source.astype("U")):
            digest.update(np.ascontiguousarray(array).tobytes())
        for shape in self.geometry.to_wkb():
            digest.update(shape)
        return digest.hexdigest()

    def take(self, index: NDArray[np.int64] | Flags) -> Samples:
        """The samples at `index`."""
        return Samples(
            self.geometry[index].reset_index(drop=True),
            self.xy[index],
            self.shares[index],
            self.components,
            self.source[index],
            self.weight[index],
            self.augmented[index],
            self.row[index],
            self.notices,
        )


def read_samples(
    layer: Layer,
    targets: Sequence[str],
    crs: CRS,
    *,
    class_field: str = "",
    label_field: str = "",
    source_field: str = "",
    weight_field: str = "",
    weak_field: str = "",
    weak_weight: float = 1.0,
) -> Samples:
    """The labelled samples of `layer` in the CRS of the raster.

    Labels are the shares in `targets`, the class in `class_field` as a share of 1, or 0 and 1 in `label_field`.

    Rows without labels are left out with a notice. Rows flagged in a field ``augmented`` (as
    'Augment samples' writes it), or in `weak_field`, are marked; the latter weigh `weak_weight`.

    Raises
    ------
    RegionwiseError
        For every problem of the layer at once: missing fields, text, negative shares, sums.
    """
    frame = read_layer(layer, crs)
    if not len(frame):
        raise RegionwiseError(f"Layer '{layer}' has no rows.", "Check its filter and selection.")
    check_fields(frame, (*targets, class_field, label_field, source_field, weight_field, weak_field), layer)
    components: tuple[str, ...] = tuple(targets)
    notices: list[str] = []
    if class_field:
        shares, components = read_classes(frame, class_field, str(layer))
    elif label_field:
        shares, components = read_events(frame, label_field, str(layer)), EVENTS
    else:
        shares, notices = read_shares(frame, targets, str(layer))
    weight, augmented = _read_weight(frame, weight_field, str(layer)), read_augmented(frame)
    if weak_field:
        weak = read_flags(frame, weak_field)
        weight, augmented = np.where(weak, weight * weak_weight, weight), augmented | weak
    keep = ~np.isnan(shares).any(1) & ~(frame.geometry.is_empty | frame.geometry.isna()).to_numpy()
    keep &= weight > 0
    if not keep.any():
        raise RegionwiseError(f"No row of layer '{layer}' has both labels and a place.", "Check the targets.")
    if not keep.all():
        notices.append(f"{(~keep).sum()} rows of '{layer}' without label, place or weight are left out.")
    samples = Samples(
        frame.geometry[keep].reset_index(drop=True),
        representative_points(frame.geometry[keep]),
        shares[keep],
        components,
        read_source(frame, source_field)[keep],
        weight[keep],
        augmented[keep],
        np.flatnonzero(keep) + 1,
        tuple(notices),
    )
    _check_variety(samples, str(layer))
    return samples


def read_layer(layer: Layer, crs: CRS | None = None) -> gpd.GeoDataFrame:
    """The layer as a frame with geometry, in `crs` if that is given.

    A table without geometry gets points from its coordinate columns: longitude and latitude in
    EPSG:4326, or x and y in `crs`.

    Raises
    ------
    RegionwiseError
        If the file cannot be read, or has neither geometry nor coordinates, or no CRS.
    """
    frame = read_table(layer)
    if not isinstance(frame, gpd.GeoDataFrame):
        frame = _with_points(frame, layer, crs)
    elif layer.crs:
        frame = frame.set_crs(layer.crs, allow_override=True)  # the user may have corrected it in QGIS
    if frame.crs is None:
        raise RegionwiseError(f"Layer '{layer}' has no CRS.", "Set it in the layer's properties.")
    if crs is None:
        return frame
    moved = frame.to_crs(crs.to_wkt())
    bounds = moved.geometry[~(moved.geometry.is_empty | moved.geometry.isna())].total_bounds
    if len(bounds) and not np.isfinite(bounds).all():
        raise RegionwiseError(
            f"Layer '{layer}' cannot be brought to the raster's CRS: its coordinates do not fit {frame.crs.name}.",
            "Correct the layer's CRS in its properties.",
        )
    return moved


def read_shares(frame: pd.DataFrame, targets: Sequence[str], label: str) -> tuple[Array, list[str]]:
    """The shares in the fields `targets`, closed to sum 1, and notices.

    A row with an empty target is NaN throughout. Percentages are recognised by their sum.

    Raises
    ------
    RegionwiseError
        For text, negative shares, and rows that sum to neither 1 nor 100; all at once.
    """
    problems = Problems()
    columns = []
    for target in targets:
        values = pd.to_numeric(frame[target], errors="coerce").to_numpy(np.float64)
        filled = (frame[target].notna() & (frame[target] != "")).to_numpy()
        text: Flags = np.logical_and(np.isnan(values), filled)
        if text.any():
            problems.add(
                f"Field '{target}' of '{label}' is not numeric in {rows_text(text)} "
                f"(the first is {frame[target][text].iloc[0]!r}); correct it or choose another field."
            )
        negative: Flags = np.less(values, 0)
        if negative.any():
            problems.add(f"Field '{target}' of '{label}' is negative in {rows_text(negative)}; shares are 0 to 1.")
        columns.append(values)
    problems.raise_any()
    shares = np.stack(columns, 1)
    return _close(shares, label)


def read_classes(frame: pd.DataFrame, field: str, label: str) -> tuple[Array, tuple[str, ...]]:
    """The classes in `field` as shares of 1, and their names in order; a row without a class is NaN."""
    labels = np.array([text_of(value) for value in frame[field]], object)
    names = tuple(sorted(set(labels) - {""}, key=_natural))
    if not names:
        raise RegionwiseError(f"Class field '{field}' of '{label}' is empty in all rows.", "Choose another field.")
    shares = (labels[:, None] == np.array(names, object)).astype(np.float64)
    shares[labels == ""] = np.nan
    return shares, names


def read_events(frame: pd.DataFrame, field: str, label: str) -> Array:
    """0 and 1 in `field` as shares of `EVENTS`; a row without a label is NaN.

    Raises
    ------
    RegionwiseError
        For any other value.
    """
    values = pd.to_numeric(frame[field], errors="coerce").to_numpy(np.float64)
    filled = (frame[field].notna() & (frame[field] != "")).to_numpy()
    wrong: Flags = filled & ~np.isin(values, (0, 1))
    if wrong.any():
        raise RegionwiseError(
            f"Label field '{field}' of '{label}' must be 1 (event) or 0 (none), and is something else in "
            f"{rows_text(wrong)} (the first is {frame[field][wrong].iloc[0]!r}).",
            "Correct these rows, or choose another field.",
        )
    return np.stack([1 - values, values], 1)


def _natural(name: str) -> tuple[bool, float, str]:
    """By what names are sorted: numbers by their value, before texts."""
    try:
        return False, float(name), name
    except ValueError:
        return True, 0.0, name


def _close(shares: Array, label: str) -> tuple[Array, list[str]]:
    notices: list[str] = []
    empty = np.isnan(shares.sum(1))
    shares[empty] = np.nan
    if empty.any():
        notices.append(f"Targets are empty in {rows_text(empty)} of '{label}'.")
    sums = shares.sum(1)
    if not empty.all() and np.nanmedian(sums) > 50:
        notices.append(f"Targets of '{label}' are percentages; they are divided by 100.")
        shares, sums = shares / 100, sums / 100
    wrong = np.abs(sums - 1) > SUM_TOLERANCE
    if wrong.any():
        raise RegionwiseError(
            f"The targets of '{label}' do not sum to 1 (or 100) in {rows_text(wrong)}; "
            f"the first sums to {sums[wrong][0]:.4g}.",
            "Choose all components of the composition, or correct these rows.",
        )
    off = np.abs(sums - 1) > 1e-6
    if off.any():
        worst = np.nanmax(np.abs(sums - 1))
        notices.append(f"{off.sum()} rows of '{label}' are closed to sum 1 (largest gap {worst:.2g}).")
    return shares / np.where(empty, 1.0, sums)[:, None], notices


def read_augmented(frame: pd.DataFrame) -> Flags:
    """Which rows carry the flag that 'Augment samples' sets."""
    return read_flags(frame, AUGMENTED_FIELD) if AUGMENTED_FIELD in frame else np.zeros(len(frame), bool)


def read_flags(frame: pd.DataFrame, field: str) -> Flags:
    """In which rows a field is above 0."""
    flags: Flags = pd.to_numeric(frame[field], errors="coerce").fillna(0).to_numpy() > 0
    return flags


def representative_points(geometry: gpd.GeoSeries) -> Array:
    """A point inside each geometry, shape (n, 2); a centroid may lie outside."""
    points = geometry.representative_point()
    return np.stack([points.x.to_numpy(), points.y.to_numpy()], 1)


def _with_points(frame: pd.DataFrame, layer: Layer, crs: CRS | None) -> gpd.GeoDataFrame:
    known = {str(name).lower(): name for name in frame.columns}

    def find(names: Sequence[str]) -> str | None:
        return next((known[name] for name in names if name in known), None)

    x, y, place = find(LONGITUDES), find(LATITUDES), "EPSG:4326"
    if (x is None or y is None) and crs is not None:
        x, y, place = find(EASTINGS), find(NORTHINGS), crs.to_wkt()
    if x is None or y is None:
        raise RegionwiseError(
            f"Table '{layer}' has neither geometry nor coordinate columns.",
            "Name them longitude and latitude (WGS 84), or x and y (in the raster's CRS).",
        )
    numbers = [pd.to_numeric(frame[name], errors="coerce") for name in (x, y)]
    if crs is not None and place != "EPSG:4326" and not crs.is_geographic:
        _check_map_units(numbers, (x, y), layer)
    return gpd.GeoDataFrame(frame, geometry=points(*numbers), crs=place)


def _check_map_units(numbers: Sequence[pd.Series], names: Sequence[str], layer: Layer) -> None:
    """Refuse coordinates that are degrees where map units are meant: all would lie in one cell."""
    if all(values.abs().max() <= 180 for values in numbers):
        raise RegionwiseError(
            f"Columns '{names[0]}' and '{names[1]}' of '{layer}' look like degrees (the first is "
            f"{numbers[0].iloc[0]:g}, {numbers[1].iloc[0]:g}), and x and y are read in the CRS of the rasters.",
            "Name them longitude and latitude.",
        )


def points(x: pd.Series, y: pd.Series) -> gpd.GeoSeries:
    """A point for each row; none where a coordinate is missing."""
    return gpd.GeoSeries(gpd.points_from_xy(x, y)).where((np.isfinite(x) & np.isfinite(y)).to_numpy(), None)


def read_source(frame: pd.DataFrame, field: str) -> Text:
    """The source of each row; without a field, or where it is empty, a row is its own."""
    if not field:
        return np.array([f"row {i}" for i in range(1, len(frame) + 1)], object)
    values = frame[field]
    return np.array(
        [f"row {i}" if pd.isna(v) else str(v) for i, v in enumerate(values, 1)],
        object,
    )


def _read_weight(frame: gpd.GeoDataFrame, field: str, label: str) -> Array:
    if not field:
        return np.ones(len(frame))
    weight: Array = pd.to_numeric(frame[field], errors="coerce").to_numpy(np.float64)
    if np.isnan(weight).any() or (weight < 0).any():
        wrong = np.isnan(weight) | (weight < 0)
        raise RegionwiseError(
            f"Weight field '{field}' of '{label}' is empty, text or negative in {rows_text(wrong)}.",
            "Correct it or choose another field.",
        )
    return weight


def check_unrepeated(keys: pd.Series, label: str) -> None:
    """Raise `RegionwiseError` if one of `keys` stands twice; `label` says what they are."""
    double = keys[keys.duplicated()]
    if len(double):
        raise RegionwiseError(
            f"{label} holds {double.iloc[0]!r} in more than one row.", "Dissolve the polygons, or choose another field."
        )


def _check_variety(samples: Samples, label: str) -> None:
    present = [c for c, used in zip(samples.components, samples.shares.max(0) > 0, strict=True) if used]
    if len(present) < 2:
        raise RegionwiseError(
            f"All samples of '{label}' consist of '{present[0]}' alone; there is nothing to learn.",
            "Add samples of other classes.",
        )


def rows_text(flags: Flags) -> str:
    """The numbers of the flagged rows, counted from 1, in words; the first few of many."""
    numbers = np.flatnonzero(flags) + 1
    shown = ", ".join(str(n) for n in numbers[:SHOWN_ROWS])
    more = f" and {len(numbers) - SHOWN_ROWS} more" if len(numbers) > SHOWN_ROWS else ""
    return f"row{'s' if len(numbers) > 1 else ''} {shown}{more}"
