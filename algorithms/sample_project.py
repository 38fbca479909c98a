"""Sample project: a QGIS project with simulated data, styled, and ready for the chain of its family."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext

from ..core.tools.simulation.params import SampleProject as Params
from .base import EngineAlgorithm
from .project_file import Group, Sheet, write_project
from .translation import tr

FILE = "regionwise_{}.qgz"  # after the family
TRUTH = "Truth (simulated)"
SAMPLES, IMAGES = "Samples", "Images"
NDVI, SWIR, EVI = "images/NDVI_*.tif", "images/SWIR_*.tif", "images/EVI_*.tif"
# one image to look at, and all of them to be played
SERIES = (
    Group(IMAGES, (Sheet(NDVI, "NDVI in the middle of the year", one=0.5),)),
    Group("NDVI of all dates", (Sheet(NDVI, "NDVI"),), shown=False, folded=True),
    Group("SWIR of all dates", (Sheet(SWIR, "SWIR"),), shown=False, folded=True),
)

# of each family: the title, and the groups from top to bottom
CONTENTS: dict[str, tuple[str, tuple[Group, ...]]] = {
    "composition": (
        "Sample project: shares from images",
        (
            Group(SAMPLES, (Sheet("samples.gpkg", "Samples of shares"), Sheet("regions.gpkg", "Regions"))),
            Group(
                IMAGES,
                (Sheet("day.tif", "Day image (7 bands)"), Sheet("night.tif", "Night lights (VIIRS)", shown=False)),
            ),
            Group(TRUTH, (Sheet("truth.tif", "True shares"),), shown=False),
        ),
    ),
    "abundance": (
        "Sample project: fractions from a series of images",
        (
            Group(
                SAMPLES,
                (
                    Sheet("samples.gpkg", "Samples of fractions"),
                    Sheet("levels.csv", "Levels of classes"),
                ),
            ),
            *SERIES,
            Group(TRUTH, (Sheet("truth.tif", "True fractions"),), shown=False),
        ),
    ),
    "crops": (
        "Sample project: crops from a series of images",
        (
            Group(SAMPLES, (Sheet("samples.gpkg", "Samples of crops"), Sheet("fields.gpkg", "Fields"))),
            *SERIES,
            Group(TRUTH, (Sheet("truth.tif", "True crops"),), shown=False),
        ),
    ),
    "susceptibility": (
        "Sample project: where landslides are likely",
        (
            Group("Events", (Sheet("inventory.gpkg", "Landslide inventory"),)),
            Group(
                "Factors",
                (
                    Sheet("factors/lithology.tif", "Lithology", shown=False),
                    Sheet("factors/wetness.tif", "Wetness", shown=False),
                    Sheet("factors/dem.tif", "DEM"),
                ),
            ),
            Group(TRUTH, (Sheet("truth.tif", "True probability"),), shown=False),
        ),
    ),
    "forecast": (
        "Sample project: a forecast of next year",
        (
            Group("Masks", (Sheet("mines.tif", "Mask of mines", shown=False),)),
            Group(IMAGES, (Sheet(EVI, "EVI of the last year", one=1.0),)),
            Group("EVI of all years", (Sheet(EVI, "EVI"),), shown=False, folded=True),
        ),
    ),
    "area": (
        "Sample project: an area with its error",
        (
            Group("Districts", (Sheet("districts.gpkg", "Districts"),)),
            Group("Maps", (Sheet("map.tif", "Crop map"), Sheet("reference.tif", "Reference crops", shown=False))),
        ),
    ),
}


class SampleProject(EngineAlgorithm):
    """Parameters of `regionwise:sampleproject`."""

    NAME = "sampleproject"
    GROUP = "Engine"
    PARAMS = Params
    ORDER = ("family", "folder")
    TEXTS = MappingProxyType({"PROJECT": "Project"})

    def flags(self) -> Any:
        """Those of every algorithm, and that it runs in the main thread: a project cannot be made in another one."""
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading

    def _run(self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: Any) -> dict[str, Any]:
        """Let the engine write the data, and make the project of them."""
        results = super()._run(parameters, context, feedback)
        family = self.parameterAsEnumString(parameters, "FAMILY", context)
        title, groups = CONTENTS[family]
        project = Path(results["FOLDER"]) / FILE.format(family)
        write_project(project, tr(title), groups)
        feedback.pushInfo(f"Project: {project}")
        self.results = {**results, "PROJECT": str(project)}
        return self.results
