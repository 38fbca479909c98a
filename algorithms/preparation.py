"""Preparation: places, samples, rasters, masks, a script for images, and published weights."""

from __future__ import annotations

import sys

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterCrs,
    QgsProcessingParameterExtent,
    QgsProcessingParameterMultipleLayers,
)

from ..core.families.composition.params import REGION_PRESETS
from ..core.tools.preparation.params import (
    FAMILIES,
    MASK_MODES,
    NIGHTS,
    SEARCHES,
    SENSORS,
    Augmentation,
    MaskExtraction,
    PlaceClassification,
    PlaceMatching,
    SampleMaking,
    ScriptExport,
    Standardisation,
    WeightImport,
)
from .base import EngineAlgorithm
from .declaration import tr


class MatchPlaces(EngineAlgorithm):
    """Parameters of `regionwise:matchplaces`."""

    NAME = "matchplaces"
    TITLE = "Match places"
    GROUP = "Preparation"
    PARAMS = PlaceMatching
    SUMMARY = "Finds the official code of each place by its name within its county, then within its city."
    HELP = """
<h3>When</h3><p>Survey or census tables name places in words, and their spelling differs from the official list.</p>
<h3>Inputs</h3><p>Two tables (CSV in any common encoding, a spreadsheet, or any layer) with names and codes of the
county; codes of any length are compared as texts. Rounds:
<b>exact</b>: the same name in the same county; <b>county</b>: the same name without its suffix (town, street office)
in the county; <b>city</b>: the same in the city; <b>fuzzy</b>, if a threshold is given: the most similar name of the
county. Codes that a spreadsheet spoiled are recognised: 6.20102E+11 still tells the county (its first six digits),
which is used with a notice, but not the place, which is refused; a trailing .0 is dropped.</p>
<h3>Outputs</h3><p>The matched rows with <i>code</i>, <i>round</i>, <i>score</i> (similarity, 100 is equal) and
<i>matched</i> (the official name); the others with the <i>reason</i> and the <i>candidates</i>. A name that several
official places bear is reported, never guessed.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:matchplaces -- INPUT=survey.csv NAME_FIELD=town COUNTY_FIELD=county
REFERENCE=official.csv REFERENCE_NAME_FIELD=name REFERENCE_CODE_FIELD=code REFERENCE_COUNTY_FIELD=county
OUTPUT=matched.csv UNMATCHED=unmatched.csv</code></p>
<h3>Limits</h3><p>A place with a wrong county whose name exists there cannot be told from a right one. Fuzzy matches
are marked: look at them.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INPUT", "Places", "Table or layer with names and codes of counties.")
        self.add_field("NAME_FIELD", "Name field", "INPUT", "The place's name.")
        self.add_field("COUNTY_FIELD", "County field", "INPUT", "Code of the county.")
        city = "Code of the city. Empty: the start of the county's code."
        self.add_field("CITY_FIELD", "City field", "INPUT", city, optional=True)
        self.add_layer("REFERENCE", "Official places", "Table or layer with official names and codes.")
        self.add_field("REFERENCE_NAME_FIELD", "Official name field", "REFERENCE", "The official name.")
        self.add_field("REFERENCE_CODE_FIELD", "Official code field", "REFERENCE", "The code to find.")
        self.add_field("REFERENCE_COUNTY_FIELD", "Official county field", "REFERENCE", "Code of the county.")
        self.add_field("REFERENCE_CITY_FIELD", "Official city field", "REFERENCE", city, optional=True)
        self.add_integer("COUNTY_DIGITS", "County digits", 0, "Digits of a county's code; 0: the whole code.")
        self.add_integer("CITY_DIGITS", "City digits", 0, "Digits of a city's code; 0: the whole code.")
        self.add_file(
            "RULES",
            "Suffix rules",
            "csv",
            "Table with a column 'suffix', tried in order. Empty: those of Chinese townships "
            "(resources/place_suffixes.csv, to copy and edit).",
            optional=True,
            advanced=True,
        )
        self.add_real(
            "THRESHOLD",
            "Fuzzy threshold",
            0,
            "Least similarity in the fuzzy round, up to 100; 0: no fuzzy round.",
            advanced=False,
        )
        self.add_layer_output("OUTPUT", "Matched places", "Matched rows with code, round and score.")
        self.add_layer_output("UNMATCHED", "Unmatched places", "The other rows with the reason.", optional=True)
        self.add_number("MATCHED_COUNT", "Matched places")
        self.add_number("UNMATCHED_COUNT", "Unmatched places")


class ClassifyPlaces(EngineAlgorithm):
    """Parameters of `regionwise:classifyplaces`."""

    NAME = "classifyplaces"
    TITLE = "Classify places"
    GROUP = "Preparation"
    PARAMS = PlaceClassification
    SUMMARY = "Gives each place a class by keywords in its name, for example rural or urban."
    HELP = """
<h3>When</h3><p>A place's name tells its kind, and the kind is wanted as a feature or a filter.</p>
<h3>Inputs</h3><p>A table or layer with a field of names. Rules: a CSV table with the columns <i>class</i>,
<i>contains</i> (a keyword), <i>also</i> and <i>without</i> (further keywords, separated by blanks, that the name must
or must not hold); the first rule that fits decides. Built in: Chinese townships, 0 rural and 1 urban
(resources/place_classes.csv, to copy and edit).</p>
<h3>Outputs</h3><p>All rows with <i>class</i> and the deciding <i>keyword</i>; both are empty where no rule fits.
Undecided: those rows alone.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:classifyplaces -- INPUT=towns.csv FIELD=name OUTPUT=classes.csv
</code></p>
<h3>Limits</h3><p>A name is not the place: a town may be rural. Look at the undecided rows and set them by hand.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INPUT", "Places", "Table or layer with names.")
        self.add_field("FIELD", "Name field", "INPUT", "The name that the keywords are searched in.")
        self.add_file("RULES", "Rules", "csv", "Table of rules. Empty: those built in.", optional=True)
        self.add_layer_output("OUTPUT", "Classified places", "All rows with class and keyword.")
        self.add_layer_output("UNDECIDED", "Undecided places", "Rows that no rule decides.", optional=True)
        self.add_number("UNDECIDED_COUNT", "Undecided places")


class MakeSamples(EngineAlgorithm):
    """Parameters of `regionwise:makesamples`."""

    NAME = "makesamples"
    TITLE = "Make samples"
    GROUP = "Preparation"
    PARAMS = SampleMaking
    SUMMARY = "Joins a table of shares with polygons or coordinates into a checked layer of samples."
    HELP = """
<h3>When</h3><p>Shares are in a table and places elsewhere; or you want a layer checked before training.</p>
<h3>Inputs</h3><p>A table or layer with the targets. Its places come from polygons with the same id, from two fields
of degrees (longitudes may count to 360), or from its own geometry or coordinate columns (WKT and Earth Engine's .geo
among them). Ids are compared as texts. Decimal commas are read; cells like NA, - or #N/A are empty. Each row sums to 1
or to 100; rows without shares are kept, for 'Augment samples'.</p>
<h3>Outputs</h3><p>A layer with ID, the shares (closed to sum 1), longitude, latitude, region and source, and all
other fields of the table. A region preset turns names of provinces into regions and reports those it leaves out.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:makesamples -- INPUT=shares.csv "TARGETS=F;NF" ID_FIELD=code
POLYGONS=towns.gpkg POLYGON_ID_FIELD=code SOURCE_FIELD=code OUTPUT=samples.gpkg</code></p>
<h3>Limits</h3><p>A shapefile cuts field names after ten letters, so longer ones are refused there.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INPUT", "Table of shares", "Table or layer with a field for each component.")
        self.add_fields(
            "TARGETS", "Targets", "INPUT", "The fields of the components; each row sums to 1 or to 100.", numeric=True
        )
        self.add_field("ID_FIELD", "ID field", "INPUT", "The unit's id. Empty: the row's number.", optional=True)
        self.add_layer("POLYGONS", "Polygons", "Outlines of the units.", polygons=True, optional=True)
        self.add_field(
            "POLYGON_ID_FIELD",
            "ID field of the polygons",
            "POLYGONS",
            "Holds the same ids as the table.",
            optional=True,
        )
        self.add_field("LONGITUDE_FIELD", "Longitude field", "INPUT", "Degrees east, WGS 84.", optional=True)
        self.add_field("LATITUDE_FIELD", "Latitude field", "INPUT", "Degrees north, WGS 84.", optional=True)
        self.add_field(
            "SOURCE_FIELD",
            "Source field",
            "INPUT",
            "The survey unit a label comes from. Empty: every row is its own.",
            optional=True,
        )
        self.add_field("REGION_FIELD", "Region field", "INPUT", "Name of the region or province.", optional=True)
        self.add_choice(
            "REGION_PRESET",
            "Region preset",
            REGION_PRESETS,
            "china: the region field holds provinces, which are put together into six macro-regions.",
        )
        self.add_layer_output("OUTPUT", "Samples", "One feature per row, GeoPackage or shapefile.")
        self.add_number("SAMPLES", "Samples")
        self.add_number("LABELLED", "Samples with shares")


class ExportScript(EngineAlgorithm):
    """Parameters of `regionwise:exportscript`."""

    NAME = "exportscript"
    TITLE = "Export script for Earth Engine"
    GROUP = "Preparation"
    PARAMS = ScriptExport
    SUMMARY = "Writes a Google Earth Engine script that makes day and night rasters of an area."
    HELP = """
<h3>When</h3><p>You have no input rasters yet. The script makes the bands that the composition network of the
reference takes: RED GREEN BLUE NIR SWIR1 SWIR2 TEMP1 and VIIRS.</p>
<h3>Inputs</h3><p>An extent, years and months. Clouds and shadows are masked per scene, then the median over time is
taken; reflectance is scaled to 0..1, temperature to kelvin. Cells larger than the sensor's pixels are their mean.
Sentinel-2 has no temperature band.</p>
<h3>Outputs</h3><p>A JavaScript file, to be pasted into the Earth Engine code editor. Its tasks write day.tif and
night.tif into your Google Drive.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:exportscript -- EXTENT=100,104,28,32 YEARS=2019-2021 MONTHS=6-9
CELL_SIZE=90 OUTPUT=export.js</code></p>
<h3>Limits</h3><p>Nothing is downloaded here; you need an Earth Engine account. The default CRS is equal-area, because
shares of a cell are shares of land only if all cells are equally large: a 90 m cell of web maps (EPSG:3857) is 58 m
of ground at 50 degrees. The mask is an asset that is above 0 where pixels are wanted, for example settlements.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add(QgsProcessingParameterExtent("EXTENT", tr("Extent")), "The area of the rasters.")
        self.add_text("YEARS", "Years", "First and last year, as 2019-2021.")
        self.add_text("MONTHS", "Months", "First and last month, as 6-9; 11-2 takes November to February of each year.")
        self.add_choice("SENSOR", "Day sensor", SENSORS, "Landsat 8 and 9 (with temperature), or Sentinel-2.")
        self.add_choice("NIGHT", "Night sensor", NIGHTS, "Median of the monthly composites of VIIRS, or none.")
        self.add_real("CELL_SIZE", "Cell size (m)", 0, "Side of a cell in metres.", advanced=False)
        self.add(
            QgsProcessingParameterCrs("CRS", tr("CRS"), self.default("CRS"), optional=True),
            "Projected, in metres, with an EPSG code. Empty: EPSG:6933, whose cells have equal areas.",
        )
        self.add_text(
            "MASK", "Mask asset", "Earth Engine asset that is above 0 where pixels are wanted.", optional=True
        )
        self.add_file_output("OUTPUT", "Script", "js", "The script to write.")


class ImportWeights(EngineAlgorithm):
    """Parameters of `regionwise:importweights`."""

    NAME = "importweights"
    TITLE = "Import weights"
    GROUP = "Preparation"
    PARAMS = WeightImport
    SUMMARY = "Turns published weights (.pth, .ckpt) of a reference system into a model to map with."
    HELP = """
<h3>When</h3><p>You want to map with the published networks of the deep rural livelihoods model (DRLM), of BRITS for
land-cover abundance, or of the ConvLSTM for crops, or compare your own with them.</p>
<h3>Inputs</h3><p>One or more weight files of one network. Without regions they are members of a global model; with
regions, one for each file, they are experts, to be given to 'Map composition' as Regional model. Name the bands in
the order of training. Statistics: the file of 'Standardise rasters' whose means and deviations the weights were
trained with; without it rasters must already be standardised that way.</p>
<h3>Outputs</h3><p>A model for 'Map composition', 'Map abundance' or 'Map crops'. Missing data enter as 0, as in the
reference.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:importweights -- INPUT=best_model.pth STATISTICS=statistics.json
MODEL=published.safetensors</code></p>
<h3>Limits</h3><p>Files are read as plain tensors; one that holds anything else is refused, because it could run code.
An imported model has no scores, no area of applicability and no calibrated uncertainty: its samples are not
there.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        files = QgsProcessing.SourceType.TypeFile
        self.add(
            QgsProcessingParameterMultipleLayers("INPUT", tr("Weight files"), files), "Files that torch has saved."
        )
        self.add_choice("FAMILY", "Family", FAMILIES, "Empty: recognised by the names of the tensors.", advanced=True)
        self.add_text(
            "REGIONS",
            "Regions",
            "The region of each file, separated by semicolons. Empty: global members.",
            optional=True,
        )
        self.add_text("BANDS", "Day bands", "Names of the day bands, or those of the series, in the order of training.")
        self.add_text("NIGHT_BANDS", "Night bands", "Names of the night bands in the order of training.", optional=True)
        self.add_text(
            "ANCILLARY",
            "Ancillary bands",
            "Of abundance: names of the ancillary bands in the order of training.",
            optional=True,
        )
        self.add_text("COMPONENTS", "Components", "Names of the components in the order of training.")
        self.add_file("STATISTICS", "Statistics", "json", "Means and deviations of the bands.", optional=True)
        self.add_file_output("MODEL", "Model", "safetensors", "The model to write.")
        self.add_number("MEMBERS", "Members")


class Standardise(EngineAlgorithm):
    """Parameters of `regionwise:standardise`."""

    NAME = "standardise"
    TITLE = "Standardise rasters"
    GROUP = "Preparation"
    PARAMS = Standardisation
    SUMMARY = "Centres and scales each band to mean 0 and deviation 1, and keeps the statistics."
    HELP = """
<h3>When</h3><p>When several years or areas must be put on one scale: measure the statistics on the first,
and apply them to the others, so that equal values stay equal. Training scales its inputs by itself and
stores the statistics in the model; rasters that are used as they are need no standardising.</p>
<h3>Inputs</h3><p>Rasters of one or more bands, each on its own grid; a band is known by its description,
or by the layer's name. Cells without data take no part and stay nodata.</p>
<h3>Outputs</h3><p>One float32 GeoTIFF per input under the layer's name, nodata -9999, and a JSON file with
mean, deviation and count of each band.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:standardise -- INPUT=b1_2020.tif INPUT=b2_2020.tif OUTPUT_FOLDER=z
OUTPUT_STATISTICS=statistics.json</code></p>
<h3>Limits</h3><p>Rasters are streamed, so size does not matter. A constant band becomes 0.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_rasters("INPUT", "Rasters", "Rasters to standardise; each keeps its own grid.")
        self.add_file(
            "STATISTICS",
            "Statistics to apply",
            "json",
            "A file written by an earlier run, for example for another year. Empty: measured from these rasters.",
            optional=True,
        )
        self.add_folder_output("OUTPUT_FOLDER", "Output folder", "Where the standardised rasters go.")
        self.add_file_output(
            "OUTPUT_STATISTICS",
            "Statistics",
            "json",
            "Mean, deviation and count of each band, to apply to other rasters.",
            optional=True,
        )


class AugmentSamples(EngineAlgorithm):
    """Parameters of `regionwise:augmentsamples`."""

    NAME = "augmentsamples"
    TITLE = "Augment samples"
    GROUP = "Preparation"
    PARAMS = Augmentation
    SUMMARY = "Predicts the shares of rows without labels from their attributes, with quantiles and a weight."
    HELP = """
<h3>When</h3><p>Some units of a table have observed shares, the others only attributes (census, spectral means).
Gradient-boosted trees learn one from the other, so that training has more, if less certain, samples.</p>
<h3>Inputs</h3><p>A layer or table; rows with empty targets are predicted. Features may have gaps. A table without
places has no coordinates as features.</p>
<h3>Outputs</h3><p>All rows: observed shares as they are, predicted ones closed to sum 1; for every row the
quantiles of each share (F_q05, F_q50 ...); <i>weight</i> (1 for observed rows, less the wider the quantiles),
<i>augmented</i> (1 for predicted rows) and <i>augment_by</i> (how they were predicted). The report shows scores with
random folds beside folds by source.</p>
<h3>Example</h3><p><code>qgis_process run regionwise:augmentsamples -- INPUT=units.gpkg "TARGETS=F;NF" "FEATURES=b1;b2"
SOURCE_FIELD=village OUTPUT=augmented.gpkg REPORT=augmented.html</code></p>
<h3>Limits</h3><p>A predicted label knows nothing that its attributes do not know. The trainers give it its weight,
never test on it, and in a fold never train on predicted rows of a tested source. In each fold they predict labels anew,
from observed rows that the fold may know, for what knows a tested label scores too well; so keep <i>augment_by</i> and
the features in the layer. That takes a fit of these trees per fold, seconds for thousands of rows. Only the settings
that the search chose know all observed rows. Needs 20 labelled rows.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_layer("INPUT", "Samples", "Layer or table with the targets, empty where they were not observed.")
        self.add_fields(
            "TARGETS",
            "Targets",
            "INPUT",
            "The fields of the components; each labelled row sums to 1 or to 100.",
            numeric=True,
        )
        self.add_fields("FEATURES", "Features", "INPUT", "Numeric fields to predict from.", numeric=True, optional=True)
        self.add_switch(
            "ADD_COORDINATES", "Add coordinates as features", "Longitude, latitude, their squares and their product."
        )
        self.add_field(
            "SOURCE_FIELD",
            "Source field",
            "INPUT",
            "The survey unit of a label; rows of one unit are never in training and test at once.",
            optional=True,
        )
        self.add_text("QUANTILES", "Quantiles", "Levels between 0 and 1, separated by spaces.", advanced=True)
        self.add_choice(
            "SEARCH",
            "Parameter search",
            SEARCHES,
            "none: fixed settings; quick: 5 settings; full: 28. Chosen by cross-validation by source.",
        )
        self.add_integer("FOLDS", "Folds", 2, "Parts of the cross-validation.")
        self.add_integer("SEED", "Seed", 0, "The same seed gives the same result.")
        self.add_layer_output("OUTPUT", "Augmented samples", "All rows with shares, quantiles, weight and flag.")
        self.add_file_output("REPORT", "Report", "html", "Scores, parameter search, feature importance.", optional=True)


class ExtractMask(EngineAlgorithm):
    """Parameters of `regionwise:extractmask`."""

    NAME = "extractmask"
    TITLE = "Extract mask"
    GROUP = "Forecast"
    PARAMS = MaskExtraction
    SUMMARY = "Extracts where a raster, or a series at its dates, has a value: mines, water, the area of a project."
    HELP = """
<h3>When</h3><p>Errors of forecasts are to be told apart inside and outside of places that change in another way; or
such places are marked by a number, as 0, in rasters.</p>
<h3>Inputs</h3><p>A raster of one or more bands, or a series. Any: the value stands at one date at least. All: at every
date with data. First: at the first date.</p>
<h3>Outputs</h3><p>A raster of 1 and 0, whose band has the name of the mask; nodata where nothing is known. If the
rasters call the value itself nodata, cells without data have it. One polygon with the name, the number of cells and the
area (square metres on the ground).</p>
<h3>Example</h3><p><code>qgis_process run regionwise:extractmask -- SERIES=series.json VALUE=0 MODE=any NAME=mine
OUTPUT=mine.tif POLYGONS=mine.gpkg</code></p>
<h3>Limits</h3><p>One value at a time. A value that stands nowhere is an error.</p>"""

    def initAlgorithm(self, configuration: object = None) -> None:
        """Declare parameters and outputs."""
        self.add_raster("INPUT", "Raster", "One or more bands; each counts as a date.", optional=True)
        self.add_file("SERIES", "Series", "json", "A series of 'Make series', instead of a raster.", optional=True)
        lowest = -sys.float_info.max
        self.add_real("VALUE", "Value", lowest, "The number that marks the places.", advanced=False)
        self.add_choice("MODE", "Mode", MASK_MODES, "At any date, at all dates with data, or at the first one.")
        self.add_text("NAME", "Name", "What the mask is called in tables and reports, as mine or buffer.")
        self.add_raster_output("OUTPUT", "Mask", "1 inside, 0 outside.")
        self.add_layer_output("POLYGONS", "Polygons", "The same as one polygon.", optional=True)
        self.add_number("CELLS", "Cells inside")
