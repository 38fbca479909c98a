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
    QgsProjectTimeSettings,
    QgsRasterLayerTemporalProperties,
    QgsSingleBandPseudoColorRenderer,
    QgsUnitTypes,
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


def show_bands_in_turn(properties: QgsRasterLayerTemporalProperties, spans: list[QgsDateTimeRange]) -> bool:
    """Let each band of a raster be shown in its span of time, first to last; whether this QGIS can.

    QGIS before 3.38 shows one band of a layer, whatever the time.
    """
    by_band = getattr(Qgis.RasterTemporalMode, "FixedRangePerBand", None)
    if by_band is None:
        return False
    properties.setMode(by_band)
    properties.setFixedRangePerBand(dict(enumerate(spans, 1)))
    properties.setIsActive(True)
    return True


def show_band(renderer: QgsSingleBandPseudoColorRenderer, number: int) -> None:
    """Let a renderer of one band show that with the `number`, counted from 1."""
    # the first is newer than 3.22, the second is deprecated from 3.38 on
    choose = getattr(renderer, "setInputBand", None) or getattr(renderer, "setBand", None)
    if choose is not None:
        choose(number)


def set_time_step(settings: QgsProjectTimeSettings, days: int) -> None:
    """Let the frames of a project's animation be so long: in years or months where days are about as many."""
    number, name = max(days, 1), "Days"
    if days >= 360:
        number, name = round(days / 365.25), "Years"
    elif days >= 28:
        number, name = round(days / 30.44), "Months"
    # from 3.30 on units of time are those of Qgis; QgsUnitTypes has them before
    units = getattr(Qgis, "TemporalUnit", None)
    unit = getattr(units, name) if units else getattr(QgsUnitTypes.TemporalUnit, f"Temporal{name}")
    settings.setTimeStep(number)
    settings.setTimeStepUnit(unit)
