"""Make samples: join shares with places, in one schema, closed and checked."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd

from ...contract.errors import RegionwiseError
from ...data.vector.geometry_columns import MOST_DEGREES, coordinates
from ...data.vector.labels import read_shares
from ...data.vector.layers import points, read_layer, representative_points
from ...data.vector.longitudes import as_west_and_east
from ...data.vector.presets import translate_regions
from ...data.vector.samples import read_group
from ...data.vector.tables import check_fields, check_unrepeated, field_names, read_table, text_of
from ...data.vector.writers import check_field_names, write_vector
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from .place_params import SampleMaking

ID, LONGITUDE, LATITUDE, REGION, SOURCE = "ID", "longitude", "latitude", "region", "source"


def make_samples(params: SampleMaking, run: Run) -> Result:
    """Write one feature per row: id, shares that sum to 1, coordinates, region, source, and the other fields."""
    check_writable(params.output)
    check_not_input([params.output], [params.input.path, params.polygons.path])
    frame = _located(params, run)
    fields = (*params.targets, params.id_field, params.source_field, params.region_field)
    check_fields(frame, fields, params.input)
    params = _with_own_fields(params, frame, run)
    shares, notices = read_shares(frame, params.targets, str(params.input))
    columns: dict[str, object] = {ID: _ids(frame, params)}
    columns |= {target: shares[:, i] for i, target in enumerate(params.targets)}
    degrees = representative_points(frame.geometry.to_crs("EPSG:4326"))
    columns |= {LONGITUDE: as_west_and_east(degrees[:, 0]), LATITUDE: degrees[:, 1]}
    names = [text_of(value) for value in frame[params.region_field]] if params.region_field else [""] * len(frame)
    columns[REGION], region_notices = translate_regions(names, params.region_preset)
    columns[SOURCE] = read_group(frame, params.source_field)
    replaced = {name.lower() for name in (*columns, "fid", "geometry", "geom")}
    columns |= {name: frame[name].array for name in field_names(frame) if name.lower() not in replaced}
    check_field_names(params.output, columns)
    for notice in (*notices, *region_notices):
        run.channel.warning(notice)
    write_vector(gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=frame.crs), params.output)
    labelled = int(np.isfinite(shares[:, 0]).sum())
    run.channel.info(f"{len(frame)} samples, {labelled} of them with shares.")
    return Result({"OUTPUT": params.output}, {"SAMPLES": float(len(frame)), "LABELLED": float(labelled)})


def _located(params: SampleMaking, run: Run) -> gpd.GeoDataFrame:
    """The rows of the table that have a place: of a polygon with their id, or by coordinates."""
    if params.polygons:
        frame = _joined(params, run)
    elif params.longitude_field:
        table = read_table(params.input)
        check_fields(table, (params.longitude_field, params.latitude_field), params.input)
        names = (params.longitude_field, params.latitude_field)
        numbers = [pd.Series(coordinates(table, name, params.input, degrees=True)) for name in names]
        _check_degrees(numbers, params)
        frame = _placed(table, points(*numbers), "EPSG:4326")
    else:
        frame = read_layer(params.input)
    nowhere = frame.geometry.isna() | frame.geometry.is_empty
    if nowhere.any():
        run.channel.warning(f"{nowhere.sum()} rows of '{params.input}' without a place are left out.")
    if nowhere.all():
        raise RegionwiseError(f"No row of '{params.input}' has a place.", "Check the id or coordinate fields.")
    return frame[~nowhere].reset_index(drop=True)


def _check_degrees(numbers: list[pd.Series], params: SampleMaking) -> None:
    """Raise `RegionwiseError` if a coordinate cannot be in degrees."""
    limits = ((-180, MOST_DEGREES), (-90, 90))  # longitudes may count to 360 instead
    names = (params.longitude_field, params.latitude_field)
    for name, values, (low, high) in zip(names, numbers, limits, strict=True):
        beyond = (values < low) | (values > high)
        if beyond.any():
            row = beyond.to_numpy().argmax() + 1
            raise RegionwiseError(
                f"Field '{name}' of '{params.input}' is {values[beyond].iloc[0]:g} in row {row}; "
                f"degrees are between {low} and {high}.",
                "Are the two fields swapped, or the coordinates projected? Make a point layer of projected ones first.",
            )


def _joined(params: SampleMaking, run: Run) -> gpd.GeoDataFrame:
    """The table with the geometry of the polygon of each row's id."""
    table, polygons = read_table(params.input), read_layer(params.polygons)
    check_fields(table, (params.id_field,), params.input)
    check_fields(polygons, (params.polygon_id_field,), params.polygons)
    keys = pd.Series([text_of(value) for value in polygons[params.polygon_id_field]], dtype=object)
    check_unrepeated(keys[keys != ""], f"Field '{params.polygon_id_field}' of '{params.polygons}'")
    geometry = pd.Series(polygons.geometry.to_numpy(), index=keys)[(keys != "").to_numpy()]
    ids = pd.Series([text_of(value) for value in table[params.id_field]], dtype=object)
    known = ids.isin(geometry.index)
    if not known.any():
        raise RegionwiseError(
            f"No id of '{params.input}' ({ids.iloc[0]!r}, ...) is in field '{params.polygon_id_field}' of "
            f"'{params.polygons}' ({keys.iloc[0]!r}, ...).",
            "Choose the fields that hold the same codes.",
        )
    if not known.all():
        run.channel.warning(f"{(~known).sum()} rows of '{params.input}' have no polygon: {ids[~known].iloc[0]!r}, ...")
    places = gpd.GeoSeries(geometry.reindex(ids).to_numpy(), crs=polygons.crs)
    return _placed(table, places, places.crs)


def _placed(table: pd.DataFrame, places: gpd.GeoSeries, crs: object) -> gpd.GeoDataFrame:
    """The rows of a table with other places than its own."""
    plain = pd.DataFrame(table).drop(columns="geometry", errors="ignore")
    frame = gpd.GeoDataFrame(plain, geometry=places.to_numpy(), crs=crs)
    frame.attrs = dict(table.attrs)
    return frame


def _with_own_fields(params: SampleMaking, frame: gpd.GeoDataFrame, run: Run) -> SampleMaking:
    """`params` with the table's own id, source and region, where no field was named for them."""

    def choose(chosen: str, name: str) -> str:
        namesake = next((field for field in field_names(frame) if field.lower() == name.lower()), "")
        if namesake and not chosen:
            run.channel.info(f"Field '{namesake}' of '{params.input}' is kept as the {name.lower()} of the samples.")
        return chosen or namesake

    return dataclasses.replace(
        params,
        id_field=choose(params.id_field, ID),
        source_field=choose(params.source_field, SOURCE),
        region_field=choose(params.region_field, REGION),
    )


def _ids(frame: gpd.GeoDataFrame, params: SampleMaking) -> list[str]:
    """The id of each row: of the field, or its number."""
    if not params.id_field:
        return [str(number) for number in range(1, len(frame) + 1)]
    return [text_of(value) for value in frame[params.id_field]]
