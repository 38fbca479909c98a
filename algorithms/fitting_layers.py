"""Fitting layers: which layers of a project, and which of their fields, are the inputs of a family's chain.

Only what names and numbers decide is filled in; the rest is left for the user to choose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
    QgsWkbTypes,
)

NIGHT = ("night", "viirs", "ntl", "dmsp")
TRUTH = ("truth", "true", "reference")
DEM = ("dem", "dtm", "srtm", "elevation", "height")
EVENTS = ("inventory", "landslide", "event", "slide")
MASKS = ("mask", "mine")
ANSWERS = (*TRUTH, "probability", "susceptibility", "uncertainty", "prediction", "classes")  # no factors
REGION, PARCEL = ("region", "district", "zone", "province", "county"), ("parcel", "field", "plot")
SOURCE, CLASS = ("source", "village", "site", "unit", "field", "plot"), ("crop", "class", "label", "landcover")
DATED = re.compile(r"(?<!\d)(?:19|20)\d\d[-_]?[01]\d[-_]?[0-3]\d(?!\d)")
FEWEST_DATES = 3  # of a series
MOST_READ = 100  # features whose numbers are looked at
MOST_SHARES = 30  # fields of one composition
NEAR = 0.01  # of a sum of shares, times the sum

# the chains of each family; the first that is there is meant
CHAINS = {
    "composition": ("first_map", "composition_regional_ensemble"),
    "abundance": ("abundance_map",),
    "crops": ("crop_map",),
    "susceptibility": ("susceptibility_map",),
    "forecast": ("forecast_next_year",),
    "area": ("area_estimate",),
}

Fields = dict[str, Any]


class Layers:
    """The layers of a project, from top to bottom."""

    def __init__(self, project: QgsProject) -> None:
        found = [node.layer() for node in project.layerTreeRoot().findLayers()]
        found = [layer for layer in found if layer is not None and layer.isValid()]
        rasters = [layer for layer in found if isinstance(layer, QgsRasterLayer)]
        # the engine reads files, not web maps
        self.rasters: list[QgsRasterLayer] = [layer for layer in rasters if layer.dataProvider().name() == "gdal"]
        self.vectors: list[QgsVectorLayer] = [layer for layer in found if isinstance(layer, QgsVectorLayer)]

    def raster(self, words: Sequence[str]) -> QgsRasterLayer | None:
        """The first raster of one band whose name has one of `words`."""
        return next((layer for layer in self.rasters if layer.bandCount() == 1 and named(layer, words)), None)

    def areas(self, words: Sequence[str]) -> QgsVectorLayer | None:
        """The first layer of polygons whose name has one of `words`."""
        return next((layer for layer in self.vectors if _is_of(layer, "Polygon") and named(layer, words)), None)


def chain_of(family: str) -> QgsProcessingAlgorithm:
    """The chain of a family."""
    registry = QgsApplication.processingRegistry()
    found = (registry.algorithmById(f"regionwise:{name}") for name in CHAINS[family])
    return next(chain for chain in found if chain)


def fitting(family: str, algorithm: QgsProcessingAlgorithm, project: QgsProject) -> Fields:
    """The values of parameters of `algorithm`, the chain of `family`, that layers of `project` decide."""
    known = {definition.name() for definition in algorithm.parameterDefinitions()}
    found = FITTING[family](Layers(project))
    return {name: value for name, value in found.items() if name in known and value}


def named(layer: QgsMapLayer, words: Sequence[str]) -> bool:
    """Whether the name of a layer, or of its file, has a word that begins with one of `words`."""
    return _has(f"{layer.name()} {_file(layer).stem}", words)


def share_fields(layer: QgsVectorLayer) -> list[str]:
    """The longest run of neighbouring number fields that sum to 1, or to 100, in every feature that was read."""
    names = [field.name() for field in layer.fields() if field.isNumeric()]
    request = QgsFeatureRequest()
    request.setLimit(MOST_READ)
    rows = [[feature.attribute(name) for name in names] for feature in layer.getFeatures(request)]
    # a table of many bands has many runs, which nearly all end at their first row
    runs = [run for run in combinations(range(len(names) + 1), 2) if run[1] - run[0] <= MOST_SHARES]
    runs.sort(key=lambda run: run[0] - run[1])
    for first, end in runs:
        if end - first > 1 and any(_all_sum_to(rows, first, end, total) for total in (1.0, 100.0)):
            return names[first:end]
    return []


def _all_sum_to(rows: list[list[Any]], first: int, end: int, total: float) -> bool:
    """Whether numbers from 0 to `total` in places `first` to `end` sum to it, in each row that has them all."""
    seen = False
    for row in rows:
        part = row[first:end]
        if all(isinstance(value, (int, float)) for value in part):
            seen = True
            if min(part) < 0 or abs(sum(part) - total) > NEAR * total:
                return False
    return seen


def _composition(layers: Layers) -> Fields:
    found = _samples_of_shares(layers)
    targets = found.get("TARGETS", [])
    nights = [layer for layer in layers.rasters if named(layer, NIGHT) or _has(" ".join(_bands(layer)), NIGHT)]
    days = [
        layer
        for layer in layers.rasters
        # a raster whose bands are the targets is a map of the answer
        if layer.bandCount() > 1
        and layer not in nights
        and not named(layer, TRUTH)
        and not set(_bands(layer)) & set(targets)
    ]
    regions = layers.areas(REGION)
    found |= {
        "DAY": _ids(days),
        "NIGHT": _ids(nights),
        "REGIONS": _id(regions),
        "REGION_FIELD": _field(regions, REGION),
    }
    return found


def _abundance(layers: Layers) -> Fields:
    levels = next((layer for layer in layers.vectors if {"child", "parent"} <= set(layer.fields().names())), None)
    return {**_samples_of_shares(layers), "FOLDER": _folder_of_images(layers), "LEVELS": _id(levels)}


def _crops(layers: Layers) -> Fields:
    samples = next((layer for layer in layers.vectors if _is_of(layer, "Point") and _field(layer, CLASS)), None)
    found = {"SAMPLES": _id(samples), "CLASS_FIELD": _field(samples, CLASS), "SOURCE_FIELD": _field(samples, SOURCE)}
    return {**found, "FOLDER": _folder_of_images(layers), "PARCELS": _id(layers.areas(PARCEL))}


def _susceptibility(layers: Layers) -> Fields:
    dem = layers.raster(DEM)
    events = next((layer for layer in layers.vectors if layer.isSpatial() and named(layer, EVENTS)), None)
    factors = [
        layer
        for layer in layers.rasters
        if dem and layer is not dem and layer.bandCount() == 1 and not named(layer, ANSWERS) and _same_grid(layer, dem)
    ]
    classes = [_factor(layer) for layer in factors if layer.renderer() and layer.renderer().type() == "paletted"]
    found = {"DEM": _id(dem), "INVENTORY": _id(events), "FACTORS": _ids(factors)}
    return {**found, "CATEGORICAL": ", ".join(classes)}


def _forecast(layers: Layers) -> Fields:
    mask = layers.raster(MASKS)
    return {"FOLDER": _folder_of_images(layers), "MASKS": _ids([mask] if mask else [])}


def _area(layers: Layers) -> Fields:
    drawn = [layer for layer in layers.rasters if layer.renderer() and layer.renderer().type() == "paletted"]
    truth = next((layer for layer in drawn if named(layer, TRUTH)), None)
    mapped = next((layer for layer in drawn if not named(layer, (*TRUTH, *MASKS))), None)
    zones = layers.areas(REGION)
    found = {"MAP": _id(mapped), "TRUTH": _id(truth)}
    return {**found, "ZONES": _id(zones), "ZONE_FIELD": _field(zones, REGION)}


FITTING: dict[str, Callable[[Layers], Fields]] = {
    "composition": _composition,
    "abundance": _abundance,
    "crops": _crops,
    "susceptibility": _susceptibility,
    "forecast": _forecast,
    "area": _area,
}


def _samples_of_shares(layers: Layers) -> Fields:
    for layer in layers.vectors:
        targets = share_fields(layer) if layer.isSpatial() else []
        if targets:
            return {"SAMPLES": layer.id(), "TARGETS": targets, "SOURCE_FIELD": _field(layer, SOURCE)}
    return {}


def _folder_of_images(layers: Layers) -> str:
    """The folder with most of the rasters whose names hold a date, if they are a series."""
    dated = Counter(_file(layer).parent for layer in layers.rasters if DATED.search(_file(layer).stem))
    folder, count = (dated.most_common(1) or [(Path(), 0)])[0]
    return str(folder) if count >= FEWEST_DATES else ""


def _field(layer: QgsVectorLayer | None, words: Sequence[str]) -> str:
    """The first field that is called as one of `words`."""
    names = layer.fields().names() if layer else []
    return next((name for word in words for name in names if name.lower() == word), "")


def _has(text: str, words: Sequence[str]) -> bool:
    return re.search(rf"(?<![a-z])(?:{'|'.join(words)})", text.lower()) is not None


def _file(layer: QgsMapLayer) -> Path:
    return Path(layer.source().split("|")[0])


def _bands(layer: QgsRasterLayer) -> list[str]:
    """The names of bands, without QGIS's numbers: ``Band 1: RED``."""
    return [layer.bandName(number).split(":", 1)[-1].strip() for number in range(1, layer.bandCount() + 1)]


def _factor(layer: QgsRasterLayer) -> str:
    """The name of a factor in the engine: that of its band, or else of its file."""
    band = layer.bandName(1)
    return band.split(":", 1)[1].strip() if ":" in band else _file(layer).stem


def _same_grid(layer: QgsRasterLayer, other: QgsRasterLayer) -> bool:
    return (layer.width(), layer.height(), layer.crs()) == (other.width(), other.height(), other.crs())


def _is_of(layer: QgsVectorLayer, kind: str) -> bool:
    return kind in QgsWkbTypes.displayString(layer.wkbType())


def _id(layer: QgsMapLayer | None) -> str:
    return layer.id() if layer else ""


def _ids(layers: Sequence[QgsMapLayer]) -> list[str]:
    return [layer.id() for layer in layers]
