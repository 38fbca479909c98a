"""Layers as the engine gets them: a path, and what QGIS knows of a layer besides its file.

A vector layer is exported if QGIS shows anything else than its file holds: joined and virtual fields, a filter, a
selection, unsaved edits; or if its format is one that the engine may read otherwise than QGIS.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFeature,
    QgsFields,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingUtils,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsRasterRange,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..core.contract.errors import RegionwiseError
from ..core.contract.gdal_path import absolute, is_inside
from ..core.contract.layer import Layer, NodataRange

AS_THEY_ARE = ("GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "CSV")  # formats that the engine reads like QGIS
UNKNOWN_ENCODINGS = ("", "System")
LISTS = ("List", "[]", "Map", "JSON", "json", "jsonb")  # ends of the names of types that a GeoPackage cannot hold
FID = "FID=regionwise_fid"  # so that a field called fid stays one of the user's own
LARGEST = sys.float_info.max  # stands for no bound: JSON knows no infinity


def with_rasters_inside(value: Any, context: QgsProcessingContext) -> Any:
    """A value of a parameter with layers for texts that name rasters inside files, which Processing does not load."""
    if isinstance(value, (list, tuple)):
        return [with_rasters_inside(item, context) for item in value]
    if not isinstance(value, str) or not is_inside(value) or QgsProcessingUtils.mapLayerFromString(value, context):
        return value
    layer = QgsRasterLayer(absolute(value), "", "gdal")
    if not layer.isValid():
        return value
    return context.temporaryLayerStore().addMapLayer(layer)


def raster_layer(layer: QgsRasterLayer) -> Layer:
    """A raster layer with its CRS, and with what the user has declared to be no data, or data after all."""
    registry, provider = QgsProviderRegistry.instance(), layer.dataProvider()
    parts = registry.decodeUri("gdal", layer.source())
    options = tuple(parts.pop("openOptions", None) or ())
    bands = range(1, provider.bandCount() + 1)
    return Layer(
        absolute(registry.encodeUri("gdal", parts)),
        layer.name(),
        crs=crs_of(layer),
        nodata=tuple(_span(band, span) for band in bands for span in provider.userNoDataValues(band)),
        all_data=tuple(
            band for band in bands if provider.sourceHasNoDataValue(band) and not provider.useSourceNoDataValue(band)
        ),
        options=options,
    )


def _span(band: int, span: QgsRasterRange) -> NodataRange:
    """A range of numbers with both ends included, which QGIS may leave out or not know."""
    kinds = QgsRasterRange.BoundsType
    low = -LARGEST if math.isnan(span.min()) else span.min()
    high = LARGEST if math.isnan(span.max()) else span.max()
    if span.bounds() in (kinds.IncludeMax, kinds.Exclusive):
        low += _step(low)
    if span.bounds() in (kinds.IncludeMin, kinds.Exclusive):
        high -= _step(high)
    return NodataRange(band, low, high)


def _step(bound: float) -> float:
    """How far a bound that is left out is moved: further than float32 rounds."""
    return max(abs(bound) * 1e-6, 1e-12)


def crs_of(layer: QgsMapLayer) -> str:
    """The CRS that the layer has in QGIS, where the user may have corrected it."""
    crs = layer.crs()
    return crs.authid() if crs.authid().startswith("EPSG:") else crs.toWkt()


def source_layer(value: Any, context: QgsProcessingContext) -> QgsVectorLayer | None:
    """The vector layer that a value of a parameter names; None if there is none."""
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        value = value.source.staticValue()
    if isinstance(value, QgsVectorLayer):
        return value
    layer = QgsProcessingUtils.mapLayerFromString(str(value), context)
    return layer if isinstance(layer, QgsVectorLayer) else None


def vector_layer(
    value: Any,
    layer: QgsVectorLayer,
    source: QgsProcessingFeatureSource | QgsVectorLayer,
    context: QgsProcessingContext,
    export_to: Path,
) -> Layer:
    """A vector layer or table as QGIS shows it; what its file does not hold so is exported to `export_to`.

    Parameters
    ----------
    value : object
        Of the parameter, which names `layer`, and which `source` is read from.
    """
    crs = crs_of(layer) if layer.isSpatial() else ""
    parts = QgsProviderRegistry.instance().decodeUri(layer.dataProvider().name(), layer.source())
    if _is_as_its_file(value, layer, parts):
        table = parts.get("layerName") or ""
        return Layer(absolute(parts["path"]), layer.name(), table, crs, encoding=_encoding(layer))
    export(source, export_to, layer.name(), context)
    return Layer(str(export_to), layer.name(), crs=crs)


def _is_as_its_file(value: Any, layer: QgsVectorLayer, parts: dict[str, Any]) -> bool:
    """Whether QGIS shows what the file holds, and the engine reads it so; `parts` are those of the layer's source."""
    provider = layer.dataProvider()
    chosen = isinstance(value, QgsProcessingFeatureSourceDefinition) and (
        value.selectedFeaturesOnly or value.featureLimit >= 0 or getattr(value, "filterExpression", "")
    )
    whole = parts.get("layerId") is None and not parts.get("geometryType") and "|geometrytype=" not in layer.source()
    return (
        provider.name() == "ogr"
        and whole
        and provider.storageType() in AS_THEY_ARE
        and not (chosen or layer.subsetString() or layer.isEditable())
        and layer.fields().names() == provider.fields().names()
        and not layer.source().startswith("/vsi")
    )


def _encoding(layer: QgsVectorLayer) -> str:
    """The encoding of texts that the layer has in QGIS, where its format does not tell it."""
    provider = layer.dataProvider()
    told = provider.encoding()
    kind = provider.storageType()
    if kind == "ESRI Shapefile":
        return "" if told in UNKNOWN_ENCODINGS else told
    return told if kind == "CSV" and told not in (*UNKNOWN_ENCODINGS, "UTF-8") else ""


def export(
    source: QgsProcessingFeatureSource | QgsVectorLayer, path: Path, label: str, context: QgsProcessingContext
) -> None:
    """Write all features that a source shows to a GeoPackage, without fields of lists.

    Raises
    ------
    RegionwiseError
        If one cannot be written.
    """
    kept = [index for index, field in enumerate(source.fields()) if not field.typeName().endswith(LISTS)]
    fields = QgsFields()
    for index in kept:
        fields.append(source.fields().at(index))
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName, options.layerOptions = "GPKG", path.stem, [FID]
    places = source.wkbType(), source.sourceCrs(), context.transformContext()
    writer = QgsVectorFileWriter.create(str(path), fields, *places, options)
    for feature in source.getFeatures():
        copy, values = QgsFeature(fields), feature.attributes()
        copy.setGeometry(feature.geometry())
        copy.setAttributes([values[index] for index in kept])
        if not writer.addFeature(copy):
            break
    failed = writer.errorMessage()
    del writer  # it writes the rest when it goes
    if failed:
        raise RegionwiseError(
            f"Layer '{label}' cannot be copied for the engine ({failed}).", "Save it as a GeoPackage first."
        )


def series_dates(path: str) -> list[str]:
    """The dates in the description of a series; none if it cannot be read, which the engine tells better."""
    try:
        return [str(when) for when in json.loads(Path(path).read_text(encoding="utf-8"))["dates"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def category_colours(layer: QgsVectorLayer, field: str) -> dict[str, str]:
    """The colours, as ``#rrggbb``, that a layer has for the values of `field`; none if it is not drawn by them."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer) or renderer.classAttribute().strip('"') != field:
        return {}
    colours = {}
    for category in renderer.categories():
        value = category.value()
        for each in value if isinstance(value, list) else [value]:
            whole = isinstance(each, float) and each.is_integer()  # as the engine names classes of numbers
            name = str(int(each)) if whole else str(each)
            if each is not None and name:  # the category of all others has no value
                colours[name] = category.symbol().color().name()
    return colours
