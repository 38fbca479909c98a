"""What differs between QGIS 3.22 and 4: its one home. All other files use only what every version has.

A test reads the syntax tree of the plugin and holds each name of QGIS and Qt against
``tests/qgis/qgis_api.json``, which says which versions have it.
"""

from __future__ import annotations

from typing import Any

from qgis.core import (
    Qgis,
    QgsDateTimeRange,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingProvider,
    QgsRasterLayerTemporalProperties,
)

RASTER_FORMAT, RASTER_ENDING = "GTiff", "tif"


class GeoTiffProvider(QgsProcessingProvider):
    """A provider whose rasters are GeoTIFFs: QGIS 4 asks another method than QGIS 3, and ignores the old one."""

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """The endings of rasters; up to 3.44."""
        return [RASTER_ENDING]

    def supportedOutputRasterLayerFormatAndExtensions(self) -> list[Any]:
        """The formats of rasters with their endings; from 4.0 on."""
        # chosen from what QGIS offers, because 4.x changed what a pair is: a tuple, or an object of its own
        offered = super().supportedOutputRasterLayerFormatAndExtensions()
        return [pair for pair in offered if _format_and_ending(pair) == (RASTER_FORMAT, RASTER_ENDING)]


def _format_and_ending(pair: Any) -> tuple[str, str]:
    return tuple(pair) if isinstance(pair, tuple) else (pair.format, pair.extension)


def fields_of(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], name: str, context: QgsProcessingContext
) -> list[str]:
    """The fields that were chosen for the parameter `name`."""
    # the first is newer than 3.22, the second is deprecated from 3.40 on
    read = getattr(algorithm, "parameterAsStrings", None) or algorithm.parameterAsFields
    return read(parameters, name, context)


def show_bands_in_turn(properties: QgsRasterLayerTemporalProperties, spans: list[QgsDateTimeRange]) -> None:
    """Let each band of a raster be shown in its span of time, first to last.

    QGIS before 3.38 shows one band; then the layer has the time of all of them.
    """
    by_band = getattr(Qgis.RasterTemporalMode, "FixedRangePerBand", None)
    if by_band is None:
        properties.setMode(Qgis.RasterTemporalMode.FixedTemporalRange)
        properties.setFixedTemporalRange(QgsDateTimeRange(spans[0].begin(), spans[-1].end(), True, False))
    else:
        properties.setMode(by_band)
        properties.setFixedRangePerBand(dict(enumerate(spans, 1)))
    properties.setIsActive(True)
