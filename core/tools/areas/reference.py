"""Reference: the answers of a sample's units, and what is said of how these were drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np

from ...contract.errors import RegionwiseError
from ...data.raster.grids import Grid
from ...data.vector.labels import read_shares
from ...data.vector.layers import representative_points, single_places
from ...data.vector.numerals import numbers_of
from ...data.vector.tables import check_fields, numeric_column, rows_text, text_of
from ...mapping.mapped_numbers import CLASSES, PROBABILITY, MapKind
from ...runtime.run import Run
from ...runtime.types import Array, Index, Mask, Text
from .params import AreaEstimation

PRIMARY = "primary"  # field that 'Design sample' writes in two stages


@dataclass(frozen=True)
class Reference:
    """The units of a reference layer that have an answer.

    Parameters
    ----------
    labels : array of str, shape (unit,)
        Classes; empty for shares and events.
    shares : array, shape (unit, name)
        Answered shares, or of no event and event; of no column for classes.
    stratum : array of str, shape (unit,)
        By the field; empty texts without one.
    probability : array, shape (unit,)
        Of being drawn; NaN without a field.
    primary : array of int, shape (unit,), optional
    """

    xy: Array
    labels: Text
    shares: Array
    stratum: Text
    probability: Array
    primary: Index | None

    def __len__(self) -> int:
        return len(self.xy)

    def chosen(self, units: Mask) -> Reference:
        """Some of the units."""
        primary = None if self.primary is None else self.primary[units]
        return replace(
            self,
            xy=self.xy[units],
            labels=self.labels[units],
            shares=self.shares[units],
            stratum=self.stratum[units],
            probability=self.probability[units],
            primary=primary,
        )


def read_reference(frame: gpd.GeoDataFrame, params: AreaEstimation, kind: MapKind, run: Run) -> Reference:
    """The units of a layer in the CRS of the map; says what is left out.

    Raises
    ------
    RegionwiseError
        For places that stand twice, probabilities that are none, and layers without answers.
    """
    layer = params.reference
    fields = (params.class_field, *params.targets, params.stratum_field, params.probability_field, params.primary_field)
    check_fields(frame, fields, layer)
    frame = single_places(frame, layer)
    labels, shares = _answers(frame, params, kind, run)
    answered = _answered(labels, shares, kind)
    if not answered.any():
        raise RegionwiseError(
            f"No unit of '{layer}' has an answer in '{params.class_field or ', '.join(params.targets)}'.",
            "Fill the field, or choose another one.",
        )
    if not answered.all():
        run.channel.warning(
            f"{(~answered).sum()} of {len(answered)} units of '{layer}' have no answer; they are left out, as if "
            "chance had chosen them."
        )
    primary = _primary(frame, params, run)
    reference = Reference(
        representative_points(frame.geometry),
        labels,
        shares,
        _texts(frame, params.stratum_field),
        _probabilities(frame, params),
        None if primary is None else np.unique(primary.astype(str), return_inverse=True)[1].astype(np.int64),
    ).chosen(answered)
    _check_places(reference, str(layer))
    return reference


def _answered(labels: Text, shares: Array, kind: MapKind) -> Mask:
    """Whether each unit has an answer."""
    if kind.kind == CLASSES:
        return np.array([label != "" for label in labels], bool)
    return np.array(np.isfinite(shares).all(1), bool)


def _answers(frame: gpd.GeoDataFrame, params: AreaEstimation, kind: MapKind, run: Run) -> tuple[Text, Array]:
    """Labels, and shares, of all rows; see `Reference`."""
    nothing = np.full(len(frame), "", object)
    if params.targets:
        shares, notices = read_shares(frame, params.targets, str(params.reference))
        for notice in notices:
            run.channel.warning(notice)
        return nothing, shares
    if kind.kind == PROBABILITY:
        values = numbers_of(frame[params.class_field])
        filled = np.array([text_of(value) != "" for value in frame[params.class_field]])
        wrong = filled & ~((values >= 0) & (values <= 1))
        if wrong.any():
            raise RegionwiseError(
                f"Map '{params.map}' holds probabilities, and field '{params.class_field}' of '{params.reference}' is "
                f"neither 0 nor 1, nor between, in {rows_text(wrong)}.",
                "Choose the field that says whether the event is there (1) or not (0), or a map of classes.",
            )
        return nothing, np.stack([1 - values, values], 1)
    return _texts(frame, params.class_field), np.empty((len(frame), 0))


def _texts(frame: gpd.GeoDataFrame, field: str) -> Text:
    if not field:
        return np.full(len(frame), "", object)
    return np.array([text_of(value) for value in frame[field]], object)


def _probabilities(frame: gpd.GeoDataFrame, params: AreaEstimation) -> Array:
    """The inclusion probabilities by the field; NaN without one."""
    field = params.probability_field
    if not field:
        return np.full(len(frame), np.nan)
    values = numeric_column(frame, field, params.reference)
    wrong = ~((values > 0) & (values <= 1))
    if wrong.any():
        raise RegionwiseError(
            f"Probability field '{field}' of '{params.reference}' is {values[wrong][0]:g} in {rows_text(wrong)}; a "
            "probability of being drawn is above 0 and at most 1.",
            "Give the field with probabilities, not weights (a weight is 1 over it), or correct these rows.",
        )
    return values


def _primary(frame: gpd.GeoDataFrame, params: AreaEstimation, run: Run) -> Text | None:
    """The primary unit of each row: by the field, or by the one that 'Design sample' has written."""
    field = params.primary_field
    answers = (params.class_field, *params.targets)
    if not field and PRIMARY in frame and PRIMARY not in answers and params.probability_field:
        texts = _texts(frame, PRIMARY)
        if (texts != "").all():
            run.channel.info(
                f"Units were drawn in two stages: field '{PRIMARY}' of '{params.reference}' names the first."
            )
            field = PRIMARY
    if not field:
        return None
    texts = _texts(frame, field)
    if (texts == "").any():
        raise RegionwiseError(
            f"Primary field '{field}' of '{params.reference}' is empty in {rows_text(texts == '')}.", "Fill these rows."
        )
    if len(set(texts)) < 2:
        raise RegionwiseError(
            f"All units of '{params.reference}' lie in one primary unit: nothing tells how much these differ.",
            "Choose the field that names the units of the first stage.",
        )
    return texts


def _check_places(reference: Reference, label: str) -> None:
    """Raise `RegionwiseError` if two units are at one place."""
    _, first, count = np.unique(reference.xy, axis=0, return_index=True, return_counts=True)
    if (count > 1).any():
        twice = reference.xy[first[count > 1][0]]
        raise RegionwiseError(
            f"{int(count[count > 1].sum())} units of '{label}' share places, as {twice[0]:.6g}, {twice[1]:.6g}: a unit "
            "that stands twice counts twice.",
            "Delete duplicates (Vector general > Delete duplicate geometries).",
        )


def check_on_map(on_map: Mask, params: AreaEstimation, grid: Grid, run: Run) -> None:
    """Raise `RegionwiseError` if no unit lies on data; says how many do not."""
    if not on_map.any():
        raise RegionwiseError(
            f"No unit of '{params.reference}' lies on data of '{params.map}' ({grid.describe()}).",
            "Check the CRS of both layers, and that they cover the same area.",
        )
    if not on_map.all():
        run.channel.warning(
            f"{(~on_map).sum()} of {len(on_map)} units of '{params.reference}' lie outside of the data of the map; "
            "they belong to no stratum and do not count."
        )
