"""Series: dated rasters as one series, indices from bands, and a table of a series' values at samples."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingContext

from ..core.tools.series.params import (
    DATE_PATTERNS,
    PERIODS,
    SUMMARIES,
    IndexComputing,
    SeriesMaking,
    SeriesSampling,
)
from .arrival import load_dated
from .base import EngineAlgorithm
from .declaration import tr


class MakeSeries(EngineAlgorithm):
    """Parameters of `regionwise:makeseries`."""

    NAME = "makeseries"
    TITLE = "Make series"
    GROUP = "Preparation"
    PARAMS = SeriesMaking
    SUMMARY = "Describes dated rasters as one series, and reports what is missing in it; no pixels are copied."
    HELP = """
<h3>When</h3><p>Images of several dates are to be sampled, classified or unmixed together.</p>
<h3>Inputs</h3><p>Rasters, or a folder with them, or a table with the columns path, band, date (2013-09-14) and perhaps
index, the band's number in the file. Dates stand in the descriptions of bands or in names of files or their folders:
YYYYMMDD, YYYY-MM-DD, YYYYDDD and YYYY-DDD (year and day of the year), YYYYMM, YYYY-MM, YYYY, DDMMYYYY or MMDDYYYY,
with signs between or without, where a day over 12 shows which; names of months in English, German, French, Spanish,
Portuguese, Italian, Dutch, Polish, Russian, Indonesian, Swedish, Danish, Norwegian, Chinese; ids of Landsat, Sentinel,
HLS, MODIS, VIIRS, PlanetScope, EnMAP, ASTER, of AppEEARS and Earth Engine. A time of day behind a date is left out.
Years of two digits are not read.</p><p>All rasters have the same cells; their extents may differ, that of the first
counts. With Mosaic, files of the same band and date are tiles of one image, also if they were taken at different times
of the day, and the series covers all tiles; where they overlap, the first by path that has data counts. The quality of
a tile is that of its own quality band.</p>
<h3>Outputs</h3><p>A description (JSON), and beside it a virtual raster of the same name with a band per date and band.
It reads the original files, so keep them. With a period, medians or the values nearest to its middle are written to a
GeoTIFF instead; a period without data stays empty, nothing is invented. A period is called by its first day. Year is
the calendar's, or with Months 6-8 the summer of each year; 11-2 belongs to the year of its November. Season is each of
several ranges of months; without Months December to February, March to May and so on. Forecasts take one image per
year: Period = year. The report shows what share of the cells is missing at each date. Layers: a virtual raster per
date; where QGIS shows a project, they are added to it with their dates, so that the Temporal Controller plays them.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:makeseries -- FOLDER=modis BANDS="NDVI EVI"
QUALITY_BAND=reliability "GOOD_VALUES=0 1" SCALE=0.0001 OUTPUT=series.json REPORT=gaps.html</code></p>
<h3>Limits</h3><p>Every date needs every band. Names that fit no pattern, that hold more of a date than is read, or the
same band of a date twice without Mosaic, are refused with the list.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self._add_images()
        self._add_values()
        self.add_file_output("OUTPUT", "Series", "json", "The description, which other tools take.")
        self.add_folder_output("LAYERS", "Layers", "A virtual raster per date, to look at.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "What is missing, by date and band.", optional=True)
        self.add_number("DATES", "Dates")
        self.add_number("BANDS_FOUND", "Bands")
        self.add_number("MISSING", "Share of missing values, if there is a report")

    def _add_images(self) -> None:
        """Declare where images come from, and how their names tell band and date."""
        self.add_rasters("INPUT", "Rasters", "Rasters of one or more bands and dates.", optional=True)
        self.add_folder(
            "FOLDER", "Folder", "All rasters in it and in its folders, instead of single ones.", optional=True
        )
        self.add_layer(
            "TABLE",
            "Table",
            "The columns path (from the table's folder), band, date, and perhaps index.",
            optional=True,
        )
        self.add_text(
            "BANDS",
            "Bands",
            "Words in names that tell the bands, as NDVI EVI; others are left out. Empty: what tells the names apart.",
            optional=True,
        )
        self.add_choice(
            "DATE_PATTERN",
            "Date pattern",
            DATE_PATTERNS,
            "How dates are written; auto: what explains all names best. product: ids of any satellite.",
        )
        self.add_integer("YEAR", "Year", 0, "Of months that are called by name; 0: the names tell it.")

    def _add_values(self) -> None:
        """Declare which values of the images count, and what is made of them."""
        self.add_text("QUALITY_BAND", "Quality band", "Word in the names of the quality band.", optional=True)
        self.add_text(
            "GOOD_VALUES",
            "Good values",
            "Its numbers that mean good data, as 0 1 4-7, or the bits that must be 0, as bits 3 4.",
        )
        self.add_text(
            "SCALE",
            "Scale",
            "Factor and offset, as 0.0001 or 0.0000275:-0.2, or by band, as NDVI=0.0001. Empty: as the files say.",
            optional=True,
        )
        self.add_choice(
            "PERIOD",
            "Period",
            PERIODS,
            "Write one value per month, 16 days, year or season; none: all dates as they are.",
        )
        self.add_text(
            "MONTHS",
            "Months",
            "Of a year, as 6-8, or 11-2 over New Year; of seasons, as 3-5 6-8 9-11 12-2. Empty: all, or these four.",
            optional=True,
        )
        self.add_choice(
            "SUMMARY", "Summary", SUMMARIES, "What stands for a period: median, or the value nearest to its middle."
        )
        self.add_switch(
            "MOSAIC",
            "Mosaic",
            "Put several files of one band and date, as tiles, together into one image.",
            optional=True,
        )

    def finish(self, destinations: dict[str, str], context: QgsProcessingContext) -> None:
        """Show the layers of the dates."""
        if "LAYERS" in destinations:
            load_dated(Path(destinations["LAYERS"]), tr("Series by date"), context)


class ComputeIndices(EngineAlgorithm):
    """Parameters of `regionwise:computeindices`."""

    NAME = "computeindices"
    TITLE = "Compute indices"
    GROUP = "Preparation"
    PARAMS = IndexComputing
    SUMMARY = "Computes NDVI, EVI, cover, RSEI and other indices from bands, or from each date of a series."
    HELP = """
<h3>When</h3><p>A model or a map wants indices instead of bands.</p>
<h3>Inputs</h3><p>Rasters, or a series. Roles say which band is which, as RED=B4 NIR=B8; a band called like its role
needs no saying. NDVI and RVI need NIR, RED; GNDVI and NDWI NIR, GREEN; NDVI45 RED_EDGE1, RED; EVI NIR, RED, BLUE; OSAVI
and SAVI NIR, RED; PSRI RED, BLUE, RED_EDGE2. FVC is the share of vegetation by the dimidiate pixel model of NDVI. RSEI
is the first principal axis of NDVI, WETNESS, DRYNESS and HEAT, each from 0 to 1, towards greenness and wetness and away
from dryness and heat, taken together; where one of them goes the other way, that is told. Instead of NIR and RED, FVC
and RSEI take an NDVI.</p>
<h3>Outputs</h3><p>A raster with a band per index, for a series per date and index; optionally its description as a
series. NDVI of bare soil and of full vegetation are quantiles .05 and .95 unless they are given; they and the axes of
RSEI hold for all dates, so that years can be compared.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:computeindices -- INPUT=s2.tif "ROLES=RED=B4 NIR=B8 GREEN=B3"
"INDICES=NDVI NDWI" SCALE=0.0001 OUTPUT=indices.tif</code></p>
<h3>Limits</h3><p>EVI, SAVI and OSAVI need reflectance from 0 to 1; other numbers are refused with the remedy. Where a
quotient has no denominator there is no data.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_rasters("INPUT", "Rasters", "Layers with the bands; they are found by name.", optional=True)
        self.add_file("SERIES", "Series", "json", "A series of 'Make series', instead of rasters.", optional=True)
        self.add_text("ROLES", "Roles", "Which band is which, as RED=B4 NIR=B8.", optional=True)
        self.add_text("INDICES", "Indices", "NDVI GNDVI NDVI45 EVI OSAVI SAVI PSRI RVI NDWI FVC RSEI, or some of them.")
        self.add_text(
            "SCALE",
            "Scale",
            "Factor and offset, as 0.0001 or 0.0000275:-0.2, or by band, as B4=0.0001. Empty: as the files say.",
            optional=True,
        )
        self.add_real("SOIL_NDVI", "NDVI of bare soil", -1, "For FVC. Both 0: quantiles of these rasters.")
        self.add_real("VEGETATION_NDVI", "NDVI of full vegetation", -1, "For FVC. Both 0: quantiles of these rasters.")
        self.add_resampling()
        self.add_raster_output("OUTPUT", "Indices", "A band per index, or per date and index.")
        self.add_file_output(
            "OUTPUT_SERIES", "Series of indices", "json", "Its description as a series.", optional=True
        )


class SampleSeries(EngineAlgorithm):
    """Parameters of `regionwise:sampleseries`."""

    NAME = "sampleseries"
    TITLE = "Sample series"
    GROUP = "Preparation"
    PARAMS = SeriesSampling
    SUMMARY = "Writes the values of a series at samples as a table, each sample in its own span of dates."
    HELP = """
<h3>When</h3><p>Samples of several years or places are to be learned together, or a table is to be looked at, shared
or trained with elsewhere.</p>
<h3>Inputs</h3><p>A series; points, areas or a table with coordinates; perhaps the fields with first and last date of
each sample, as 2013-09-14, so that labels of different years get the values of their own year.</p>
<h3>Outputs</h3><p>A layer or table with all fields of the samples, longitude and latitude, start_date and end_date,
date_01, date_02, ..., and for each band BAND_01, BAND_02, ...; of an area the mean over its pixels. What is missing
stays empty.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:sampleseries -- SERIES=series.json SAMPLES=fields.gpkg
START_FIELD=start_date END_FIELD=end_date OUTPUT=values.csv</code></p>
<h3>Limits</h3><p>Samples off the raster, without data, or with fewer than two dates in the series are left out, with a
warning.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_file("SERIES", "Series", "json", "A series of 'Make series'.")
        self.add_layer("SAMPLES", "Samples", "Points, areas, or a table with coordinates.")
        self.add_field(
            "START_FIELD", "Start field", "SAMPLES", "First date of a sample. Empty: of the series.", optional=True
        )
        self.add_field("END_FIELD", "End field", "SAMPLES", "Last date of a sample.", optional=True)
        self.add_layer_output("OUTPUT", "Values", "A row per sample.")
        self.add_number("SAMPLES_WRITTEN", "Samples")
