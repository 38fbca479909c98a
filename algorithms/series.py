"""Series: dated rasters as one series, indices from bands, and a table of a series' values at samples."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from qgis.core import QgsProcessingContext

from ..core.tools.series.params import (
    IndexComputing,
    SeriesMaking,
    SeriesSampling,
)
from .arrival import load_dated
from .base import EngineAlgorithm
from .translation import tr


class MakeSeries(EngineAlgorithm):
    """Parameters of `regionwise:makeseries`."""

    NAME = "makeseries"
    GROUP = "Preparation"
    PARAMS = SeriesMaking
    ORDER = (
        "input",
        "folder",
        "bands",
        "period",
        "months",
        "quality_band",
        "good_values",
        "scale",
        "table",
        "date_pattern",
        "year",
        "summary",
        "mosaic",
        "output",
        "layers",
        "report",
    )
    NUMBERS = MappingProxyType(
        {"DATES": "Dates", "BANDS_FOUND": "Bands", "MISSING": "Share of missing values, if there is a report"}
    )

    def finish(self, destinations: dict[str, str], context: QgsProcessingContext) -> None:
        """Show the layers of the dates."""
        if "LAYERS" in destinations:
            load_dated(Path(destinations["LAYERS"]), tr("Series by date"), context)


class ComputeIndices(EngineAlgorithm):
    """Parameters of `regionwise:computeindices`."""

    NAME = "computeindices"
    GROUP = "Preparation"
    PARAMS = IndexComputing
    ORDER = (
        "input",
        "series",
        "roles",
        "indices",
        "scale",
        "soil_ndvi",
        "vegetation_ndvi",
        "resampling",
        "output",
        "output_series",
    )


class SampleSeries(EngineAlgorithm):
    """Parameters of `regionwise:sampleseries`."""

    NAME = "sampleseries"
    GROUP = "Preparation"
    PARAMS = SeriesSampling
    ORDER = (
        "series",
        "samples",
        "start_field",
        "end_field",
        "output",
    )
    NUMBERS = MappingProxyType({"SAMPLES_WRITTEN": "Samples"})
