"""The base of all algorithms, and short ways to declare parameters; defaults come from the dataclass."""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameters,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon

from ..core.contract.params import RESAMPLINGS, Params
from .report_names import name_reports

ICON = Path(__file__).resolve().parents[1] / "resources" / "icon.svg"
ANY_FILE = "All files (*)"  # QGIS's own, *.*, refuses names without an ending, such as python3
FILTERS = {
    "safetensors": "Regionwise models (*.safetensors)",
    "html": "HTML files (*.html)",
    "csv": "CSV files (*.csv)",
    "json": "JSON files (*.json)",
    "js": "JavaScript files (*.js)",
}


VIRTUAL_FILTER = "Virtual rasters (*.vrt)"


def tr(text: str) -> str:
    """`text` in the user's language."""
    return QCoreApplication.translate("Regionwise", text)


class RegionwiseAlgorithm(QgsProcessingAlgorithm):
    """An algorithm: names, help, icon. A subclass sets the texts and the parameters."""

    NAME = ""
    TITLE = ""
    GROUP = ""
    SUMMARY = ""
    HELP = ""
    original: Callable[[], RegionwiseAlgorithm | None] | None = None  # a weak reference
    results: Mapping[str, Any] = MappingProxyType({})  # of the last run

    def createInstance(self) -> RegionwiseAlgorithm:
        """A fresh instance, which knows whose copy it is: QGIS runs a copy and asks the original what came of it."""
        copy = type(self)()
        copy.original = weakref.ref(self)
        return copy

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """Name the reports in the algorithm whose dialog is open; QGIS calls this in its main thread."""
        original = self.original() if self.original else None
        if original is not None:
            name_reports(original, self.results)
        return {}

    def name(self) -> str:
        """The id within the provider."""
        return self.NAME

    def displayName(self) -> str:
        """The title in the toolbox."""
        return tr(self.TITLE)

    def group(self) -> str:
        """The group in the toolbox."""
        return tr(self.GROUP)

    def groupId(self) -> str:
        """The id of the group."""
        return self.GROUP.lower().replace(" ", "")

    def shortDescription(self) -> str:
        """One sentence."""
        return tr(self.SUMMARY)

    def shortHelpString(self) -> str:
        """The help beside the dialog: what, when, inputs, outputs, example, limits."""
        # the dialog would turn every line of the source into a paragraph
        return f"<p>{tr(self.SUMMARY)}</p>{' '.join(tr(self.HELP).split())}"

    def icon(self) -> QIcon:
        """The plugin's icon."""
        return QIcon(str(ICON))

    def add(
        self, parameter: QgsProcessingParameterDefinition, text: str, *, advanced: bool = False, create: bool = True
    ) -> None:
        """Add a parameter with its help `text`; `create` False leaves a destination out by default."""
        parameter.setHelp(tr(text))
        if advanced:
            flag = QgsProcessingParameterDefinition.Flag.FlagAdvanced
            parameter.setFlags(parameter.flags() | flag)
        if parameter.isDestination():
            parameter.setCreateByDefault(create)
        self.addParameter(parameter)


class VirtualRasterDestination(QgsProcessingParameterRasterDestination):
    """A raster destination whose file is a VRT; the provider's others are GeoTIFFs."""

    def clone(self) -> VirtualRasterDestination:
        """A copy."""
        copy = VirtualRasterDestination(self.name(), self.description())
        copy.setHelp(self.help())
        return copy

    def defaultFileExtension(self) -> str:
        """The ending of a temporary file."""
        return "vrt"

    def createFileFilter(self) -> str:
        """The filter of the dialog that asks for a file."""
        return VIRTUAL_FILTER

    def isSupportedOutputValue(self, value: Any, context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether a file can be written, with the reason if not."""
        path = QgsProcessingParameters.parameterAsOutputLayer(self, value, context)
        return path.lower().endswith(".vrt"), tr("The name of a virtual raster ends in .vrt.")


class Declaration(RegionwiseAlgorithm):
    """Short ways to declare the parameters of an algorithm whose dataclass is `PARAMS`."""

    PARAMS: type[Params] = Params

    def default(self, name: str) -> Any:
        """The default of the field behind the parameter `name`; it is written only there."""
        return next(f.default for f in dataclasses.fields(self.PARAMS) if f.name == name.lower())

    def add_layer(
        self,
        name: str,
        label: str,
        text: str,
        *,
        optional: bool = False,
        polygons: bool = False,
        advanced: bool = False,
    ) -> None:
        """Add a vector layer: any geometry or a table, or polygons only."""
        kinds = QgsProcessing.SourceType
        kind = kinds.TypeVectorPolygon if polygons else kinds.TypeVector
        parameter = QgsProcessingParameterFeatureSource(name, tr(label), [kind], optional=optional)
        self.add(parameter, text, advanced=advanced)

    def add_map_layer(self, name: str, label: str, text: str) -> None:
        """Add a layer that may be a raster or polygons."""
        kinds = [QgsProcessing.SourceType.TypeRaster, QgsProcessing.SourceType.TypeVectorPolygon]
        self.add(QgsProcessingParameterMapLayer(name, tr(label), types=kinds), text)

    def add_rasters(self, name: str, label: str, text: str, *, optional: bool = False, advanced: bool = False) -> None:
        """Add one or more raster layers."""
        kind = QgsProcessing.SourceType.TypeRaster
        self.add(
            QgsProcessingParameterMultipleLayers(name, tr(label), kind, optional=optional), text, advanced=advanced
        )

    def add_layers(self, name: str, label: str, text: str) -> None:
        """Add several vector layers or tables, or none."""
        kind = QgsProcessing.SourceType.TypeVector
        self.add(QgsProcessingParameterMultipleLayers(name, tr(label), kind, optional=True), text)

    def add_raster(self, name: str, label: str, text: str, *, optional: bool = False, advanced: bool = False) -> None:
        """Add a raster layer."""
        self.add(QgsProcessingParameterRasterLayer(name, tr(label), optional=optional), text, advanced=advanced)

    def add_field(
        self, name: str, label: str, parent: str, text: str, *, optional: bool = False, numeric: bool = False
    ) -> None:
        """Add a field of the layer `parent`."""
        kind = _field_kind(numeric)
        self.add(QgsProcessingParameterField(name, tr(label), None, parent, kind, False, optional), text)

    def add_fields(
        self, name: str, label: str, parent: str, text: str, *, optional: bool = False, numeric: bool = False
    ) -> None:
        """Add one or more fields of the layer `parent`."""
        kind = _field_kind(numeric)
        self.add(QgsProcessingParameterField(name, tr(label), None, parent, kind, True, optional), text)

    def add_file(
        self, name: str, label: str, ending: str, text: str, *, optional: bool = False, advanced: bool = False
    ) -> None:
        """Add a file that is read; any ending is allowed if `ending` is empty."""
        kind = {"extension": ending} if ending else {"fileFilter": ANY_FILE}
        parameter = QgsProcessingParameterFile(name, tr(label), optional=optional, **kind)
        self.add(parameter, text, advanced=advanced)

    def add_folder(self, name: str, label: str, text: str, *, optional: bool = False) -> None:
        """Add a folder that is read."""
        kind = QgsProcessingParameterFile.Behavior.Folder
        self.add(QgsProcessingParameterFile(name, tr(label), kind, optional=optional), text)

    def add_text(self, name: str, label: str, text: str, *, optional: bool = False, advanced: bool = False) -> None:
        """Add a line of text."""
        parameter = QgsProcessingParameterString(name, tr(label), self.default(name), optional=optional)
        self.add(parameter, text, advanced=advanced)

    def add_switch(self, name: str, label: str, text: str, *, optional: bool = False, advanced: bool = False) -> None:
        """Add a yes or no; an `optional` one, of a later version, may be absent in models of earlier ones."""
        parameter = QgsProcessingParameterBoolean(name, tr(label), self.default(name), optional)
        self.add(parameter, text, advanced=advanced)

    def add_choice(
        self,
        name: str,
        label: str,
        choices: tuple[str, ...],
        text: str,
        *,
        optional: bool = False,
        advanced: bool = False,
    ) -> None:
        """Add a choice among texts; `optional` as for a switch."""
        texts, default = list(choices), self.default(name)
        parameter = QgsProcessingParameterEnum(name, tr(label), texts, False, default, optional, True)
        self.add(parameter, text, advanced=advanced)

    def add_resampling(self, *, optional: bool = False) -> None:
        """Add what becomes of layers on other grids; `optional` as for a switch."""
        self.add_choice(
            "RESAMPLING",
            "Resampling of layers on other grids",
            RESAMPLINGS,
            "How layers on another grid than the first are brought to it. auto: finer measurements are averaged, "
            "coarser ones interpolated, codes take the nearest cell; refuse: they are an error.",
            optional=optional,
            advanced=True,
        )

    def add_integer(self, name: str, label: str, low: int, text: str, *, advanced: bool = True) -> None:
        """Add a whole number."""
        kind = QgsProcessingParameterNumber.Type.Integer
        parameter = QgsProcessingParameterNumber(name, tr(label), kind, self.default(name), False, low)
        self.add(parameter, text, advanced=advanced)

    def add_real(
        self, name: str, label: str, low: float, text: str, *, optional: bool = False, advanced: bool = True
    ) -> None:
        """Add a real number; `optional` as for a switch."""
        kind = QgsProcessingParameterNumber.Type.Double
        parameter = QgsProcessingParameterNumber(name, tr(label), kind, self.default(name), optional, low)
        parameter.setMetadata({"widget_wrapper": {"decimals": 8}})
        self.add(parameter, text, advanced=advanced)

    def add_layer_output(self, name: str, label: str, text: str, *, optional: bool = False) -> None:
        """Add a vector layer or table that is written; an optional one is left out by default."""
        self.add(QgsProcessingParameterVectorDestination(name, tr(label), optional=optional), text, create=not optional)

    def add_raster_output(
        self, name: str, label: str, text: str, *, optional: bool = False, create: bool = False
    ) -> None:
        """Add a raster that is written; an optional one is left out by default, unless `create`."""
        parameter = QgsProcessingParameterRasterDestination(name, tr(label), optional=optional)
        self.add(parameter, text, create=create or not optional)

    def add_virtual_output(self, name: str, label: str, text: str) -> None:
        """Add a virtual raster that is written."""
        self.add(VirtualRasterDestination(name, tr(label)), text)

    def add_file_output(self, name: str, label: str, ending: str, text: str, *, optional: bool = False) -> None:
        """Add a file that is written; an optional one is left out by default, unless it is a report."""
        parameter = QgsProcessingParameterFileDestination(name, tr(label), FILTERS[ending], optional=optional)
        self.add(parameter, text, create=not optional or ending == "html")

    def add_folder_output(self, name: str, label: str, text: str, *, optional: bool = False) -> None:
        """Add a folder that is written; an optional one is left out by default."""
        self.add(QgsProcessingParameterFolderDestination(name, tr(label), optional=optional), text, create=not optional)

    def add_number(self, name: str, label: str) -> None:
        """Declare a number that the engine finds out."""
        self.addOutput(QgsProcessingOutputNumber(name, tr(label)))


def _field_kind(numeric: bool) -> QgsProcessingParameterField.DataType:
    kinds = QgsProcessingParameterField.DataType
    return kinds.Numeric if numeric else kinds.Any
