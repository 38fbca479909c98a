"""Builds models/*.model3. Run it with the oldest supported QGIS, whose names of outputs all versions keep:

QT_HASH_SEED=0 PYTHONPATH=_alias:/usr/share/qgis/python/plugins QT_QPA_PLATFORM=offscreen /usr/bin/python3 \
    tools/make_models.py

Without the seed Qt writes attributes in another order each time. A folder can be given instead of models/.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from model_builder import CHILD, INPUT, VALUE, Definition, ModelBuilder, inputs_of, taken
from qgis.core import QgsApplication, QgsProcessingModelAlgorithm

ROOT = Path(__file__).resolve().parents[1]
NAMED_BY_DATE = "All rasters in it and in its folders. Their names tell their dates."


def as_declared(tool_name: str, *names: str) -> list[Definition]:
    """Parameters of a tool as inputs of the same names."""
    return [taken(tool_name, name) for name in names]


def series_inputs(folder: str, bands: str = "Words that tell the bands") -> list[Definition]:
    """The inputs of a series of dated images: folder, bands, scale; `folder` and `bands` are labels."""
    return [
        taken("makeseries", "FOLDER", label=folder, optional=False, help=NAMED_BY_DATE),
        taken("makeseries", "BANDS", label=bands),
        taken("makeseries", "SCALE", label="Scale of the numbers", advanced=True),
    ]


def add_series(builder: ModelBuilder) -> Any:
    """Add the step that describes dated images, and return the source of its series."""
    outputs = {"OUTPUT": "Series", "REPORT": "Report of the gaps"}
    builder.step("makeseries", inputs_of("FOLDER", "BANDS", "SCALE"), outputs)
    return CHILD("makeseries", "OUTPUT")


def network_inputs() -> list[Definition]:
    """The inputs that decide how large the network of a composition is, and how long it learns."""
    return [
        taken("traincomposition", "WIDTH", label="Width of the network"),
        taken("traincomposition", "BLOCKS", label="Blocks of the network"),
        *as_declared("traincomposition", "EPOCHS", "QUICK"),
    ]


def first_map() -> QgsProcessingModelAlgorithm:
    """Train composition, map composition."""
    names = ("DAY", "NIGHT", "SAMPLES", "TARGETS")
    builder = ModelBuilder("first_map", "Composition", as_declared("traincomposition", *names))
    builder.step("traincomposition", inputs_of(*names), {"REPORT": "Report", "MODEL": "Model"})
    mapping = {**inputs_of("DAY", "NIGHT"), "MODEL": CHILD("traincomposition", "MODEL")}
    builder.step("mapcomposition", mapping, {"OUTPUT": "Shares", "DOMINANT": "Dominant share"})
    return builder.finish("Shares", "Dominant share", "Report")


def regional_ensemble() -> QgsProcessingModelAlgorithm:
    """Augment samples, train composition, train regions, map composition."""
    inputs = [
        *as_declared("traincomposition", "DAY", "NIGHT", "SAMPLES", "TARGETS", "SOURCE_FIELD"),
        *as_declared("trainregions", "REGIONS", "REGION_FIELD", "MODEL_TYPE"),
        taken("augmentsamples", "FEATURES", of="SAMPLES", label="Features to augment from", advanced=True),
        *network_inputs(),
    ]
    builder = ModelBuilder("composition_regional_ensemble", "Composition", inputs)
    augmenting = {"INPUT": INPUT("SAMPLES"), **inputs_of("TARGETS", "FEATURES", "SOURCE_FIELD")}
    builder.step("augmentsamples", augmenting, {"REPORT": "Report of augmenting"})
    rasters, regions = inputs_of("DAY", "NIGHT"), inputs_of("REGIONS", "REGION_FIELD")
    training = {**rasters, **augmented_samples(), **inputs_of("SOURCE_FIELD")}
    outputs = {"MODEL": "Global model", "REPORT": "Report of the global model"}
    builder.step("traincomposition", training, outputs)
    outputs = {"MODEL": "Regional model", "REPORT": "Report of the regions"}
    builder.step("trainregions", {**training, **regions}, outputs)
    mapping = {**rasters, **regions, **both_models()}
    outputs = {"OUTPUT": "Shares", "DOMINANT": "Dominant share", "UNCERTAINTY": "Uncertainty"}
    builder.step("mapcomposition", mapping, outputs)
    return builder.finish("Shares", "Dominant share", "Report of the regions")


def augmented_samples() -> dict[str, Any]:
    """The sources of a training with augmented samples, but for rasters and the field of sources."""
    return {
        **inputs_of("TARGETS", "MODEL_TYPE", "WIDTH", "BLOCKS", "EPOCHS", "QUICK"),
        "SAMPLES": CHILD("augmentsamples", "OUTPUT"),
        "WEIGHT_FIELD": VALUE("weight"),
    }


def both_models() -> dict[str, Any]:
    """The sources of a map by the global model and the experts."""
    return {"MODEL": CHILD("traincomposition", "MODEL"), "REGIONAL_MODEL": CHILD("trainregions", "MODEL")}


def full_inputs() -> list[Definition]:
    """The inputs of the chain from tables to a validated map."""
    with_same = "Points or polygons with the same targets, which take no part in training. They judge the map."
    return [
        taken("makesamples", "INPUT", "TABLE", label="Table or layer of shares"),
        taken("makesamples", "TARGETS", of="TABLE"),
        taken("makesamples", "SOURCE_FIELD", of="TABLE"),
        *as_declared("traincomposition", "DAY", "NIGHT"),
        *as_declared("trainregions", "REGIONS", "REGION_FIELD"),
        taken("validatemap", "REFERENCE", label="Independent observations", help=with_same),
        taken("traincomposition", "MODEL_TYPE", advanced=True),
        taken("augmentsamples", "FEATURES", of="TABLE", label="Features to augment from", advanced=True),
        *network_inputs(),
    ]


def full() -> QgsProcessingModelAlgorithm:
    """Make samples, audit, augment, train, train regions, weigh, map, applicability, validate."""
    builder = ModelBuilder("composition_full", "Composition", full_inputs())
    rasters, regions = inputs_of("DAY", "NIGHT"), inputs_of("REGIONS", "REGION_FIELD")
    source = {"SOURCE_FIELD": VALUE("source")}  # as 'Make samples' calls it
    add_samples(builder, {**inputs_of("TARGETS"), **source}, rasters)
    training = {**rasters, **augmented_samples(), **source}
    outputs = {"MODEL": "Global model", "REPORT": "Report of the global model", "PREDICTIONS": "Global predictions"}
    builder.step("traincomposition", training, outputs)
    outputs = {"MODEL": "Regional model", "REPORT": "Report of the regions", "PREDICTIONS": "Regional predictions"}
    builder.step("trainregions", {**training, **regions}, outputs)
    weighing = {
        **inputs_of("TARGETS"),
        "PREDICTIONS": CHILD("traincomposition", "PREDICTIONS"),
        "REGIONAL_PREDICTIONS": CHILD("trainregions", "PREDICTIONS"),
    }
    builder.step("weighregions", weighing, {"WEIGHTS": "Weights", "REPORT": "Report of the weights"})
    add_maps(builder, rasters, {**regions, "WEIGHTS": CHILD("weighregions", "WEIGHTS")})
    judging = {"MAP": CHILD("mapcomposition", "OUTPUT"), **inputs_of("REFERENCE", "TARGETS")}
    builder.step("validatemap", judging, {"REPORT": "Report of the validation"})
    return builder.finish("Shares", "Dominant share", "Report of the validation")


def add_samples(builder: ModelBuilder, made: dict[str, Any], rasters: dict[str, Any]) -> None:
    """Add the steps that make samples of a table, audit them and augment them."""
    making = {"INPUT": INPUT("TABLE"), **inputs_of("TARGETS", "SOURCE_FIELD")}
    builder.step("makesamples", making, {"OUTPUT": "Samples"})
    samples = CHILD("makesamples", "OUTPUT")
    augmenting = {"INPUT": samples, **made, **inputs_of("FEATURES")}
    builder.step("augmentsamples", augmenting, {"REPORT": "Report of augmenting"})
    builder.step(
        "checksamples", {"SAMPLES": samples, **made, **rasters}, {"REPORT": "Audit of the samples"}, below=True
    )


def add_maps(builder: ModelBuilder, rasters: dict[str, Any], regions: dict[str, Any]) -> None:
    """Add the steps that map shares by both models, and where the global one may be trusted."""
    outputs = {
        "OUTPUT": "Shares",
        "DOMINANT": "Dominant share",
        "UNCERTAINTY": "Uncertainty",
        "INTERVALS": "Intervals",
    }
    builder.step("mapcomposition", {**rasters, **regions, **both_models()}, outputs)
    reach = {**rasters, "MODEL": CHILD("traincomposition", "MODEL")}
    builder.step("applicability", reach, {"OUTPUT": "Applicability"}, below=True)


def abundance_map() -> QgsProcessingModelAlgorithm:
    """Make series, train abundance, map abundance."""
    folder, bands, scale = series_inputs("Folder with dated images")
    inputs = [
        folder,
        bands,
        taken("trainabundance", "SAMPLES", optional=False),
        *as_declared("trainabundance", "TARGETS", "SOURCE_FIELD"),
        taken("trainabundance", "LEVELS", label="Table of levels"),
        *as_declared("trainabundance", "ANCILLARY", "MODEL_TYPE"),
        scale,
        *as_declared("trainabundance", "EPOCHS", "QUICK"),
    ]
    builder = ModelBuilder("abundance_map", "Abundance", inputs)
    series = add_series(builder)
    names = ("ANCILLARY", "SAMPLES", "TARGETS", "SOURCE_FIELD", "LEVELS", "MODEL_TYPE", "EPOCHS", "QUICK")
    outputs = {"MODEL": "Model", "REPORT": "Report of the training"}
    builder.step("trainabundance", {"SERIES": series, **inputs_of(*names)}, outputs)
    mapping = {"SERIES": series, **inputs_of("ANCILLARY"), "MODEL": CHILD("trainabundance", "MODEL")}
    outputs = {"OUTPUT": "Fractions", "DOMINANT": "Dominant share", "UNCERTAINTY": "Uncertainty"}
    builder.step("mapabundance", mapping, outputs)
    return builder.finish("Fractions", "Dominant share", "Report of the training")


def crop_map() -> QgsProcessingModelAlgorithm:
    """Make series, train crops, map crops."""
    folder, bands, scale = series_inputs("Folder with dated images")
    inputs = [
        folder,
        bands,
        taken("traincrops", "SAMPLES", optional=False),
        *as_declared("traincrops", "CLASS_FIELD", "SOURCE_FIELD"),
        taken("mapcrops", "PARCELS", optional=False),
        *as_declared("traincrops", "MODEL_TYPE"),
        scale,
        *as_declared("traincrops", "PATCH", "EPOCHS", "QUICK"),
    ]
    builder = ModelBuilder("crop_map", "Crops", inputs)
    series = add_series(builder)
    names = ("SAMPLES", "CLASS_FIELD", "SOURCE_FIELD", "MODEL_TYPE", "PATCH", "EPOCHS", "QUICK")
    outputs = {"MODEL": "Model", "REPORT": "Report of the training"}
    builder.step("traincrops", {"SERIES": series, **inputs_of(*names)}, outputs)
    mapping = {"SERIES": series, **inputs_of("PARCELS"), "MODEL": CHILD("traincrops", "MODEL")}
    outputs = {"OUTPUT": "Classes", "CONFIDENCE": "Confidence", "PARCEL_OUTPUT": "Parcel classes"}
    builder.step("mapcrops", mapping, outputs)
    return builder.finish("Classes", "Parcel classes", "Report of the training")


def susceptibility_inputs() -> list[Definition]:
    """The inputs of the chain from a DEM and an inventory to a map."""
    others = "Rasters of other conditions, such as rock, land use or rain."
    fewest = "Blocks with fewer events are merged with neighbours."
    drawn = "So many places without an event are drawn for each event, block by block."
    return [
        taken("terrainfactors", "DEM"),
        taken("trainsusceptibility", "FACTORS", label="Other factors", help=others),
        taken("trainsusceptibility", "CATEGORICAL"),
        taken("samplenegatives", "INVENTORY", label="Inventory of events"),
        taken("samplenegatives", "BUFFER", label="Buffer around events (m)"),
        taken("segmentblocks", "BLOCKS"),
        *as_declared("trainsusceptibility", "PREVALENCE", "MODEL_TYPE"),
        taken("segmentblocks", "MIN_SAMPLES", label="Least events of a block", help=fewest, advanced=True),
        taken("samplenegatives", "RATIO", label="Negatives for each event", help=drawn, advanced=True),
        *as_declared("trainsusceptibility", "EPOCHS", "QUICK"),
    ]


def susceptibility_map() -> QgsProcessingModelAlgorithm:
    """Terrain factors, segment blocks, sample negatives, train susceptibility, map susceptibility."""
    builder = ModelBuilder("susceptibility_map", "Susceptibility", susceptibility_inputs())
    builder.step("terrainfactors", inputs_of("DEM"), {})
    terrain = CHILD("terrainfactors", "OUTPUT")
    cutting = {"FACTORS": [INPUT("DEM"), terrain], "SAMPLES": INPUT("INVENTORY"), **inputs_of("BLOCKS", "MIN_SAMPLES")}
    builder.step("segmentblocks", cutting, {"POLYGONS": "Blocks"})
    everything = {"FACTORS": [INPUT("DEM"), terrain, INPUT("FACTORS")]}
    blocks = {"BLOCKS": CHILD("segmentblocks", "POLYGONS")}
    drawing = {**everything, **blocks, **inputs_of("INVENTORY", "BUFFER", "RATIO"), "STRATIFY": VALUE("blocks")}
    builder.step("samplenegatives", drawing, {"OUTPUT": "Samples"})
    training = {
        **everything,
        **blocks,
        **inputs_of("CATEGORICAL", "PREVALENCE", "MODEL_TYPE", "EPOCHS", "QUICK"),
        "SAMPLES": CHILD("samplenegatives", "OUTPUT"),
        "LABEL_FIELD": VALUE("label"),
        "VALIDATION": VALUE("blocks"),
    }
    builder.step("trainsusceptibility", training, {"MODEL": "Model", "REPORT": "Report of the training"})
    mapping = {**everything, "MODEL": CHILD("trainsusceptibility", "MODEL")}
    outputs = {"OUTPUT": "Probability", "CLASSES": "Classes", "UNCERTAINTY": "Uncertainty"}
    builder.step("mapsusceptibility", mapping, outputs)
    return builder.finish("Probability", "Classes", "Report of the training")


def forecast_inputs() -> list[Definition]:
    """The inputs of the chain from yearly images to the next year."""
    folder, bands, scale = series_inputs("Folder with an image per year", "Words that tell the band")
    seen = "A forecast looks at so many years before it. The folder must hold more of them."
    return [
        folder,
        bands,
        *as_declared("trainforecast", "MASKS", "COVARIATES"),
        taken("trainforecast", "ZEROS", label="What 0 is"),
        taken("trainforecast", "WINDOW", label="Years that are seen", help=seen),
        taken("mapforecast", "YEARS", label="Years ahead", help="So many years after the last one are mapped."),
        *as_declared("trainforecast", "MODEL_TYPE"),
        scale,
        taken("trainforecast", "TEST_YEARS", label="Years that are tested"),
        *as_declared("trainforecast", "EPOCHS", "QUICK"),
    ]


def forecast_next_year() -> QgsProcessingModelAlgorithm:
    """Make series, train forecast, map forecast."""
    builder = ModelBuilder("forecast_next_year", "Forecast", forecast_inputs())
    series = add_series(builder)
    names = ("MASKS", "COVARIATES", "ZEROS", "WINDOW", "TEST_YEARS", "MODEL_TYPE", "EPOCHS", "QUICK")
    training = {"SERIES": series, "HORIZON": INPUT("YEARS"), **inputs_of(*names)}
    builder.step("trainforecast", training, {"MODEL": "Model", "REPORT": "Report of the training"})
    mapping = {"SERIES": series, **inputs_of("COVARIATES", "YEARS"), "MODEL": CHILD("trainforecast", "MODEL")}
    builder.step("mapforecast", mapping, {"OUTPUT": "Forecast", "INTERVALS": "Intervals", "CHANGE": "Change"})
    return builder.finish("Forecast", "Change", "Report of the training")


def area_inputs() -> list[Definition]:
    """The inputs of the chain from a map to hectares with intervals."""
    better = "A raster with the same numbers of classes as the map. It answers for each drawn cell."
    return [
        taken("estimatearea", "MAP", label="Map of classes", help="A raster of whole numbers, one for each class."),
        taken("estimatearea", "MAP", "TRUTH", label="Better map that answers", help=better),
        taken("designsample", "SIZE", label="Cells to draw", default=300, optional=False,
              help="More cells make the intervals narrower."),
        taken("designsample", "ALLOCATION"),
        *as_declared("estimatearea", "ZONES", "ZONE_FIELD"),
        taken("estimatearea", "UNIT", label="Unit of areas"),
        taken("designsample", "SEED"),
    ]  # fmt: skip


def area_estimate() -> QgsProcessingModelAlgorithm:
    """Design sample, answers from a better map, estimate area."""
    builder = ModelBuilder("area_estimate", "Evaluation", area_inputs())
    design = {"STRATA": INPUT("MAP"), **inputs_of("SIZE", "ALLOCATION", "SEED")}
    builder.step("designsample", design, {"REPORT": "Report of the design"})
    answers = {
        "INPUT": CHILD("designsample", "OUTPUT"),
        "RASTERCOPY": INPUT("TRUTH"),
        "COLUMN_PREFIX": VALUE("answer"),
    }
    builder.step("native:rastersampling", answers, {})
    estimate = {
        "REFERENCE": CHILD("rastersampling", "OUTPUT"),
        "CLASS_FIELD": VALUE("answer1"),
        "STRATUM_FIELD": VALUE("stratum"),
        "PROBABILITY_FIELD": VALUE("probability"),
        **inputs_of("MAP", "ZONES", "ZONE_FIELD", "UNIT"),
    }
    outputs = {"OUTPUT": "Areas", "MATRIX": "Error matrix", "REPORT": "Report of the areas"}
    builder.step("estimatearea", estimate, outputs)
    return builder.finish("Areas", "Error matrix", "Report of the areas")


MODELS = (
    first_map,
    regional_ensemble,
    full,
    abundance_map,
    crop_map,
    susceptibility_map,
    forecast_next_year,
    area_estimate,
)


def main(folder: Path) -> None:
    """Write all models into a folder."""
    application = QgsApplication([], False)
    application.initQgis()
    from processing.core.Processing import Processing
    from regionwise.algorithms.provider import RegionwiseProvider

    Processing.initialize()
    provider = RegionwiseProvider()  # kept: the registry does not hold the Python side
    application.processingRegistry().addProvider(provider)
    for make in MODELS:
        model = make()
        if not model.toFile(str(folder / f"{model.name()}.model3")):
            raise SystemExit("The model could not be written.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "models")
