"""Builds models/*.model3. Run it with the oldest supported QGIS, whose names of outputs all versions keep:

QT_HASH_SEED=0 PYTHONPATH=_alias:/usr/share/qgis/python/plugins QT_QPA_PLATFORM=offscreen /usr/bin/python3 \
    tools/make_models.py

Without the seed Qt writes attributes in another order each time.
"""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorLayer,
)
from qgis.PyQt.QtCore import QPointF

ROOT = Path(__file__).resolve().parents[1]
Source = QgsProcessingModelChildParameterSource
INPUT, CHILD, VALUE = Source.fromModelParameter, Source.fromChildOutput, Source.fromStaticValue


def add_input(model: QgsProcessingModelAlgorithm, parameter: object, row: int) -> None:
    """Add an input of the model."""
    component = QgsProcessingModelParameter(parameter.name())
    component.setPosition(QPointF(120, 60 + 60 * row))
    model.addModelParameter(parameter, component)


def add_child(
    model: QgsProcessingModelAlgorithm, name: str, sources: dict[str, object], outputs: dict[str, str], column: int
) -> None:
    """Add a step; `outputs` gives names and titles of the outputs that the user may keep.

    Parameters
    ----------
    name : str
        Of a tool of this plugin, or of another provider after its id: ``native:rastersampling``.
    """
    child = QgsProcessingModelChildAlgorithm(name if ":" in name else f"regionwise:{name}")
    name = name.split(":")[-1]
    child.setChildId(name)
    child.setDescription(child.algorithm().displayName())
    defaults = {
        definition.name(): VALUE(definition.defaultValue())
        for definition in child.algorithm().parameterDefinitions()
        if definition.defaultValue() is not None
    }
    for key, source in {**defaults, **sources}.items():
        child.addParameterSources(key, source if isinstance(source, list) else [source])
    kept = {}
    for number, (key, title) in enumerate(outputs.items()):
        output = QgsProcessingModelOutput(title, title)
        output.setChildId(name)
        output.setChildOutputName(key)
        output.setPosition(QPointF(420 + 260 * column, 80 + 60 * number))
        output.setMandatory(key in ("OUTPUT", "MODEL", "PREDICTIONS", "WEIGHTS", "PARCEL_OUTPUT"))
        kept[title] = output
    child.setModelOutputs(kept)
    child.setPosition(QPointF(400 + 260 * column, 300))
    model.addChildAlgorithm(child)


def begin(title: str, group: str, name: str, text: str, inputs: list[object]) -> QgsProcessingModelAlgorithm:
    """Return a model with its inputs and its help, without steps."""
    model = QgsProcessingModelAlgorithm(title, group)
    model.setName(name)
    for row, parameter in enumerate(inputs):
        add_input(model, parameter, row)
    model.setHelpContent({
        "ALG_DESC": text,
        "ALG_CREATOR": "Regionwise",
        "ALG_VERSION": "1",
        **{parameter.name(): parameter.description() for parameter in inputs},
    })  # fmt: skip
    return model


def inputs_of(*names: str) -> dict[str, object]:
    """Return the sources of parameters that are inputs of the model by the same name."""
    return {name: INPUT(name) for name in names}


def image_inputs(folder: str, bands: str) -> list[object]:
    """Return the inputs of a series of dated images; `folder` and `bands` are their labels."""
    kind = QgsProcessingParameterFile.Behavior.Folder
    return [
        QgsProcessingParameterFile("FOLDER", folder, kind),
        QgsProcessingParameterString("BANDS", bands, "", False, True),
        QgsProcessingParameterString("SCALE", "Scale of the numbers", "", False, True),
    ]


def add_series(model: QgsProcessingModelAlgorithm) -> object:
    """Add the step that describes dated images, and return the source of its series."""
    outputs = {"OUTPUT": "Series", "REPORT": "Report of the gaps"}
    add_child(model, "makeseries", inputs_of("FOLDER", "BANDS", "SCALE"), outputs, 0)
    return CHILD("makeseries", "OUTPUT")


def regional_ensemble() -> QgsProcessingModelAlgorithm:
    """Return augment -> train -> train regions -> map."""
    field, raster = QgsProcessingParameterField, QgsProcessing.SourceType.TypeRaster
    number = QgsProcessingParameterNumber
    integer = number.Type.Integer
    inputs = [
        QgsProcessingParameterMultipleLayers("DAY", "Day rasters", raster),
        QgsProcessingParameterMultipleLayers("NIGHT", "Night rasters", raster, optional=True),
        QgsProcessingParameterVectorLayer("SAMPLES", "Samples", [QgsProcessing.SourceType.TypeVector]),
        field("TARGETS", "Targets", None, "SAMPLES", field.DataType.Numeric, True),
        field("FEATURES", "Features to augment from", None, "SAMPLES", field.DataType.Numeric, True, True),
        field("SOURCE_FIELD", "Source field", None, "SAMPLES", field.DataType.Any, False, True),
        QgsProcessingParameterVectorLayer("REGIONS", "Regions", [QgsProcessing.SourceType.TypeVectorPolygon]),
        field("REGION_FIELD", "Region field", None, "REGIONS", field.DataType.Any),
        number("WIDTH", "Width of the network", integer, 64, False, 2),
        QgsProcessingParameterString("BLOCKS", "Blocks of the network", "3,3,5"),
        number("EPOCHS", "Epochs", integer, 300, False, 1),
        QgsProcessingParameterBoolean("QUICK", "Quick (smoke run)", False),
    ]
    text = (
        "Augments the samples, trains a global model and an expert for each region, and maps the shares "
        "with the ensemble. Each step can be run alone, with more options."
    )
    model = begin("Composition: regional ensemble", "Composition", "composition_regional_ensemble", text, inputs)
    add_child(
        model,
        "augmentsamples",
        {
            "INPUT": INPUT("SAMPLES"),
            **inputs_of("TARGETS", "FEATURES", "SOURCE_FIELD"),
        },
        {"REPORT": "Report of augmenting"},
        0,
    )
    training = {
        **inputs_of("DAY", "NIGHT", "TARGETS", "SOURCE_FIELD", "WIDTH", "BLOCKS", "EPOCHS", "QUICK"),
        "SAMPLES": CHILD("augmentsamples", "OUTPUT"),
        "WEIGHT_FIELD": VALUE("weight"),
    }
    outputs = {"MODEL": "Global model", "REPORT": "Report of the global model"}
    add_child(model, "traincomposition", training, outputs, 1)
    regions = inputs_of("REGIONS", "REGION_FIELD")
    outputs = {"MODEL": "Regional model", "REPORT": "Report of the regions"}
    add_child(model, "trainregions", {**training, **regions}, outputs, 2)
    mapping = {
        **inputs_of("DAY", "NIGHT"),
        **regions,
        "MODEL": CHILD("traincomposition", "MODEL"),
        "REGIONAL_MODEL": CHILD("trainregions", "MODEL"),
    }
    add_child(model, "mapcomposition", mapping, {"OUTPUT": "Shares", "UNCERTAINTY": "Uncertainty"}, 3)
    return model


def full() -> QgsProcessingModelAlgorithm:
    """Return make samples, audit, augment, train, train regions, weigh, map, applicability, validate."""
    field, raster = QgsProcessingParameterField, QgsProcessing.SourceType.TypeRaster
    number, vector = QgsProcessingParameterNumber, QgsProcessing.SourceType.TypeVector
    integer = number.Type.Integer
    inputs = [
        QgsProcessingParameterVectorLayer("TABLE", "Table or layer of shares", [vector]),
        field("TARGETS", "Targets", None, "TABLE", field.DataType.Numeric, True),
        field("FEATURES", "Features to augment from", None, "TABLE", field.DataType.Numeric, True, True),
        field("SOURCE_FIELD", "Source field", None, "TABLE", field.DataType.Any, False, True),
        QgsProcessingParameterMultipleLayers("DAY", "Day rasters", raster),
        QgsProcessingParameterMultipleLayers("NIGHT", "Night rasters", raster, optional=True),
        QgsProcessingParameterVectorLayer("REGIONS", "Regions", [QgsProcessing.SourceType.TypeVectorPolygon]),
        field("REGION_FIELD", "Region field", None, "REGIONS", field.DataType.Any),
        QgsProcessingParameterVectorLayer("REFERENCE", "Independent observations", [vector]),
        QgsProcessingParameterString("MODEL_TYPE", "Model type", "stack"),
        number("WIDTH", "Width of the network", integer, 64, False, 2),
        QgsProcessingParameterString("BLOCKS", "Blocks of the network", "3,3,5"),
        number("EPOCHS", "Epochs", integer, 300, False, 1),
        QgsProcessingParameterBoolean("QUICK", "Quick (smoke run)", False),
    ]
    text = (
        "From a table of shares to a validated map: makes and audits samples, augments them, trains a "
        "global model and an expert for each region, learns their weights, maps shares with uncertainty and "
        "applicability, and compares the map with independent observations."
    )
    model = begin("Composition: from tables to a validated map", "Composition", "composition_full", text, inputs)
    samples = {"INPUT": INPUT("TABLE"), "TARGETS": INPUT("TARGETS"), "SOURCE_FIELD": INPUT("SOURCE_FIELD")}
    add_child(model, "makesamples", samples, {"OUTPUT": "Samples"}, 0)
    made = {"TARGETS": INPUT("TARGETS"), "SOURCE_FIELD": VALUE("source")}
    rasters = inputs_of("DAY", "NIGHT")
    audit = {"SAMPLES": CHILD("makesamples", "OUTPUT"), **made, **rasters}
    add_child(model, "checksamples", audit, {"REPORT": "Audit of the samples"}, 1)
    augment = {"INPUT": CHILD("makesamples", "OUTPUT"), **made, "FEATURES": INPUT("FEATURES")}
    add_child(model, "augmentsamples", augment, {"REPORT": "Report of augmenting"}, 1)
    training = {
        **rasters, **made, **inputs_of("MODEL_TYPE", "WIDTH", "BLOCKS", "EPOCHS", "QUICK"),
        "SAMPLES": CHILD("augmentsamples", "OUTPUT"), "WEIGHT_FIELD": VALUE("weight"),
    }  # fmt: skip
    outputs = {"MODEL": "Global model", "REPORT": "Report of the global model", "PREDICTIONS": "Global predictions"}
    add_child(model, "traincomposition", training, outputs, 2)
    regions = inputs_of("REGIONS", "REGION_FIELD")
    outputs = {"MODEL": "Regional model", "REPORT": "Report of the regions", "PREDICTIONS": "Regional predictions"}
    add_child(model, "trainregions", {**training, **regions}, outputs, 3)
    weighing = {
        "PREDICTIONS": CHILD("traincomposition", "PREDICTIONS"), "TARGETS": INPUT("TARGETS"),
        "REGIONAL_PREDICTIONS": CHILD("trainregions", "PREDICTIONS"),
    }  # fmt: skip
    add_child(model, "weighregions", weighing, {"WEIGHTS": "Weights", "REPORT": "Report of the weights"}, 4)
    mapping = {
        **rasters, **regions, "MODEL": CHILD("traincomposition", "MODEL"),
        "REGIONAL_MODEL": CHILD("trainregions", "MODEL"), "WEIGHTS": CHILD("weighregions", "WEIGHTS"),
    }  # fmt: skip
    outputs = {"OUTPUT": "Shares", "UNCERTAINTY": "Uncertainty", "INTERVALS": "Intervals"}
    add_child(model, "mapcomposition", mapping, outputs, 5)
    reach = {**rasters, "MODEL": CHILD("traincomposition", "MODEL")}
    add_child(model, "applicability", reach, {"OUTPUT": "Applicability"}, 5)
    judging = {"MAP": CHILD("mapcomposition", "OUTPUT"), "REFERENCE": INPUT("REFERENCE"), "TARGETS": INPUT("TARGETS")}
    add_child(model, "validatemap", judging, {"REPORT": "Report of the validation"}, 6)
    return model


def abundance_map() -> QgsProcessingModelAlgorithm:
    """Return make series, train abundance, map abundance."""
    field, kinds = QgsProcessingParameterField, QgsProcessing.SourceType
    number = QgsProcessingParameterNumber
    integer = number.Type.Integer
    inputs = [
        *image_inputs("Folder with dated images", "Words that tell the bands"),
        QgsProcessingParameterMultipleLayers("ANCILLARY", "Ancillary rasters", kinds.TypeRaster, optional=True),
        QgsProcessingParameterVectorLayer("SAMPLES", "Samples", [kinds.TypeVector]),
        field("TARGETS", "Targets", None, "SAMPLES", field.DataType.Numeric, True),
        field("SOURCE_FIELD", "Source field", None, "SAMPLES", field.DataType.Any, False, True),
        QgsProcessingParameterVectorLayer("LEVELS", "Table of levels", [kinds.TypeVector], optional=True),
        QgsProcessingParameterString("MODEL_TYPE", "Model type", "stack"),
        number("EPOCHS", "Epochs", integer, 80, False, 1),
        QgsProcessingParameterBoolean("QUICK", "Quick (smoke run)", False),
    ]
    text = (
        "Describes dated images as a series, trains fractions of classes on it, and maps them with their "
        "uncertainty. Each step can be run alone, with more options."
    )
    model = begin("Abundance: from dated images to a map", "Abundance", "abundance_map", text, inputs)
    series = add_series(model)
    taken = ("ANCILLARY", "SAMPLES", "TARGETS", "SOURCE_FIELD", "LEVELS", "MODEL_TYPE", "EPOCHS", "QUICK")
    training = {"SERIES": series, **inputs_of(*taken)}
    add_child(model, "trainabundance", training, {"MODEL": "Model", "REPORT": "Report of the training"}, 1)
    mapping = {
        "SERIES": series, "ANCILLARY": INPUT("ANCILLARY"),
        "MODEL": CHILD("trainabundance", "MODEL"),
    }  # fmt: skip
    add_child(model, "mapabundance", mapping, {"OUTPUT": "Fractions", "UNCERTAINTY": "Uncertainty"}, 2)
    return model


def crop_map() -> QgsProcessingModelAlgorithm:
    """Return make series, train crops, map crops."""
    field, kinds = QgsProcessingParameterField, QgsProcessing.SourceType
    number = QgsProcessingParameterNumber
    integer = number.Type.Integer
    inputs = [
        *image_inputs("Folder with dated images", "Words that tell the bands"),
        QgsProcessingParameterVectorLayer("SAMPLES", "Samples", [kinds.TypeVector]),
        field("CLASS_FIELD", "Class field", None, "SAMPLES", field.DataType.Any),
        field("SOURCE_FIELD", "Source field", None, "SAMPLES", field.DataType.Any, False, True),
        QgsProcessingParameterVectorLayer("PARCELS", "Parcels", [kinds.TypeVectorPolygon]),
        QgsProcessingParameterString("MODEL_TYPE", "Model type", "stack"),
        number("PATCH", "Patch", integer, 1, False, 1),
        number("EPOCHS", "Epochs", integer, 60, False, 1),
        QgsProcessingParameterBoolean("QUICK", "Quick (smoke run)", False),
    ]
    text = (
        "Describes dated images as a series, trains classes on it, and maps them for pixels and parcels. "
        "Each step can be run alone, with more options, and 'Map crops' without parcels."
    )
    model = begin("Crops: from dated images to a map", "Crops", "crop_map", text, inputs)
    series = add_series(model)
    taken = ("SAMPLES", "CLASS_FIELD", "SOURCE_FIELD", "MODEL_TYPE", "PATCH", "EPOCHS", "QUICK")
    training = {"SERIES": series, **inputs_of(*taken)}
    add_child(model, "traincrops", training, {"MODEL": "Model", "REPORT": "Report of the training"}, 1)
    mapping = {
        "SERIES": series, "PARCELS": INPUT("PARCELS"), "MODEL": CHILD("traincrops", "MODEL"),
    }  # fmt: skip
    outputs = {"OUTPUT": "Classes", "CONFIDENCE": "Confidence", "PARCEL_OUTPUT": "Parcel classes"}
    add_child(model, "mapcrops", mapping, outputs, 2)
    return model


def susceptibility_map() -> QgsProcessingModelAlgorithm:
    """Return terrain factors, segment blocks, sample negatives, train susceptibility, map susceptibility."""
    kinds, number = QgsProcessing.SourceType, QgsProcessingParameterNumber
    integer, real = number.Type.Integer, number.Type.Double
    inputs = [
        QgsProcessingParameterRasterLayer("DEM", "DEM"),
        QgsProcessingParameterMultipleLayers("FACTORS", "Other factors", kinds.TypeRaster, None, True),
        QgsProcessingParameterString("CATEGORICAL", "Categorical", "", False, True),
        QgsProcessingParameterVectorLayer("INVENTORY", "Inventory of events", [kinds.TypeVector]),
        number("BLOCKS", "Blocks", integer, 100, False, 2),
        number("MIN_SAMPLES", "Least events of a block", integer, 10, False, 0),
        number("BUFFER", "Buffer around events, metres", real, 100, False, 0),
        number("RATIO", "Negatives for each event", real, 1, False, 0),
        number("PREVALENCE", "Prevalence", real, 0, False, 0),
        QgsProcessingParameterString("MODEL_TYPE", "Model type", "stack"),
        number("EPOCHS", "Epochs", integer, 40, False, 1),
        QgsProcessingParameterBoolean("QUICK", "Quick (smoke run)", False),
    ]
    text = (
        "Derives factors from a DEM, cuts blocks of like terrain, draws negatives in each block, trains the "
        "probability of an event with whole blocks held out, and maps it. "
        "Each step can be run alone, with more options."
    )
    title = "Susceptibility: from DEM and inventory to a map"
    model = begin(title, "Susceptibility", "susceptibility_map", text, inputs)
    add_child(model, "terrainfactors", {"DEM": INPUT("DEM")}, {}, 0)
    terrain = CHILD("terrainfactors", "OUTPUT")
    cutting = {"FACTORS": [INPUT("DEM"), terrain], "BLOCKS": INPUT("BLOCKS"), "SAMPLES": INPUT("INVENTORY"),
               "MIN_SAMPLES": INPUT("MIN_SAMPLES")}  # fmt: skip
    add_child(model, "segmentblocks", cutting, {"POLYGONS": "Blocks"}, 1)
    polygons, everything = CHILD("segmentblocks", "POLYGONS"), [INPUT("DEM"), terrain, INPUT("FACTORS")]
    drawing = {"INVENTORY": INPUT("INVENTORY"), "FACTORS": everything, "STRATIFY": VALUE("blocks"), "BLOCKS": polygons,
               "BLOCK_FIELD": VALUE("block"), "BUFFER": INPUT("BUFFER"), "RATIO": INPUT("RATIO")}  # fmt: skip
    add_child(model, "samplenegatives", drawing, {"OUTPUT": "Samples"}, 2)
    taken = ("CATEGORICAL", "PREVALENCE", "MODEL_TYPE", "EPOCHS", "QUICK")
    training = {"FACTORS": everything, "SAMPLES": CHILD("samplenegatives", "OUTPUT"), "LABEL_FIELD": VALUE("label"),
                "BLOCKS": polygons, "VALIDATION": VALUE("blocks"), **inputs_of(*taken)}  # fmt: skip
    add_child(model, "trainsusceptibility", training, {"MODEL": "Model", "REPORT": "Report of the training"}, 3)
    mapping = {"FACTORS": everything, "MODEL": CHILD("trainsusceptibility", "MODEL")}
    outputs = {"OUTPUT": "Probability", "CLASSES": "Classes", "UNCERTAINTY": "Uncertainty"}
    add_child(model, "mapsusceptibility", mapping, outputs, 4)
    return model


def forecast_next_year() -> QgsProcessingModelAlgorithm:
    """Return make series, train forecast, map forecast."""
    kinds, number = QgsProcessing.SourceType, QgsProcessingParameterNumber
    integer = number.Type.Integer
    layers = QgsProcessingParameterMultipleLayers
    inputs = [
        *image_inputs("Folder with an image per year", "Words that tell the band"),
        layers("MASKS", "Masks", kinds.TypeRaster, optional=True),
        layers("COVARIATES", "Covariates", kinds.TypeRaster, optional=True),
        QgsProcessingParameterString("ZEROS", "What 0 is: data or nodata", "ask"),
        number("WINDOW", "Years that are seen", integer, 8, False, 5),
        number("YEARS", "Years ahead", integer, 1, False, 1),
        number("TEST_YEARS", "Years that are tested", integer, 5, False, 1),
        QgsProcessingParameterString("MODEL_TYPE", "Model type", "stack"),
        number("EPOCHS", "Epochs", integer, 30, False, 1),
        QgsProcessingParameterBoolean("QUICK", "Quick (smoke run)", False),
    ]
    text = (
        "Describes yearly images of an index as a series, trains the forecast of the next years and scores it on years "
        "that it did not know, and maps the years to come. Each step can be run alone, with more options."
    )
    model = begin("Forecast: from yearly images to the next year", "Forecast", "forecast_next_year", text, inputs)
    series = add_series(model)
    taken = ("MASKS", "COVARIATES", "ZEROS", "WINDOW", "TEST_YEARS", "MODEL_TYPE", "EPOCHS", "QUICK")
    training = {"SERIES": series, "HORIZON": INPUT("YEARS"),
                **inputs_of(*taken)}  # fmt: skip
    add_child(model, "trainforecast", training, {"MODEL": "Model", "REPORT": "Report of the training"}, 1)
    mapping = {"SERIES": series, "MODEL": CHILD("trainforecast", "MODEL"),
               "COVARIATES": INPUT("COVARIATES"), "YEARS": INPUT("YEARS")}  # fmt: skip
    add_child(model, "mapforecast", mapping, {"OUTPUT": "Forecast", "INTERVALS": "Intervals", "CHANGE": "Change"}, 2)
    return model


def area_estimate() -> QgsProcessingModelAlgorithm:
    """Return design sample -> answers from a better map -> estimate area."""
    number, kinds = QgsProcessingParameterNumber, QgsProcessing.SourceType
    integer = number.Type.Integer
    inputs = [
        QgsProcessingParameterRasterLayer("MAP", "Map of classes"),
        QgsProcessingParameterRasterLayer("TRUTH", "Better map that answers, with the same numbers of classes"),
        number("SIZE", "Cells to draw", integer, 300, False, 4),
        QgsProcessingParameterString("ALLOCATION", "Allocation", "mixed"),
        QgsProcessingParameterVectorLayer("ZONES", "Zones", [kinds.TypeVectorPolygon], None, True),
        QgsProcessingParameterField("ZONE_FIELD", "Zone field", None, "ZONES",
                                    QgsProcessingParameterField.DataType.Any, False, True),
        QgsProcessingParameterString("UNIT", "Unit of areas", "ha"),
        number("SEED", "Seed", integer, 42, False, 0),
    ]  # fmt: skip
    text = (
        "Draws a probability sample of the map's classes, lets a better map answer for each drawn cell (a mosaic of "
        "interpreted images, a map of finer cells), and estimates areas with intervals. Where people answer instead, "
        "run 'Design sample' and 'Estimate area' alone, and fill in the layer between them."
    )
    model = begin("Areas: from a map to hectares with intervals", "Evaluation", "area_estimate", text, inputs)
    design = {"STRATA": INPUT("MAP"), **inputs_of("SIZE", "ALLOCATION", "SEED")}
    add_child(model, "designsample", design, {"REPORT": "Report of the design"}, 0)
    answers = {
        "INPUT": CHILD("designsample", "OUTPUT"),
        "RASTERCOPY": INPUT("TRUTH"),
        "COLUMN_PREFIX": VALUE("answer"),
    }
    add_child(model, "native:rastersampling", answers, {}, 1)
    estimate = {
        "REFERENCE": CHILD("rastersampling", "OUTPUT"),
        "CLASS_FIELD": VALUE("answer1"),
        "STRATUM_FIELD": VALUE("stratum"),
        "PROBABILITY_FIELD": VALUE("probability"),
        **inputs_of("MAP", "ZONES", "ZONE_FIELD", "UNIT"),
    }
    kept = {"OUTPUT": "Areas", "MATRIX": "Error matrix", "REPORT": "Report of the areas"}
    add_child(model, "estimatearea", estimate, kept, 2)
    return model


MODELS = {
    "composition_regional_ensemble": regional_ensemble,
    "composition_full": full,
    "abundance_map": abundance_map,
    "crop_map": crop_map,
    "susceptibility_map": susceptibility_map,
    "forecast_next_year": forecast_next_year,
    "area_estimate": area_estimate,
}


def main() -> None:
    """Write all models."""
    application = QgsApplication([], False)
    application.initQgis()
    from processing.core.Processing import Processing
    from regionwise.algorithms.provider import RegionwiseProvider

    Processing.initialize()
    provider = RegionwiseProvider()  # kept: the registry does not hold the Python side
    application.processingRegistry().addProvider(provider)
    for name, make in MODELS.items():
        model = make()
        ok, problems = model.validate()
        if not ok:
            raise SystemExit("\n".join(problems))
        if not model.toFile(str(ROOT / "models" / f"{name}.model3")):
            raise SystemExit("The model could not be written.")


if __name__ == "__main__":
    main()
