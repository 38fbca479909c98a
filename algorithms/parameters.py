"""Parameters as QGIS shows them, from the declarations of `core/contract/declare.py`."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterAuthConfig,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
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

from ..core.contract.declare import Declared
from .translation import tr

KINDS = QgsProcessing.SourceType
ANY_FILE = "All files (*)"  # QGIS's own, *.*, refuses names without an ending, such as python3
FILTERS = {
    "safetensors": "Regionwise models (*.safetensors)",
    "html": "HTML files (*.html)",
    "csv": "CSV files (*.csv)",
    "json": "JSON files (*.json)",
    "js": "JavaScript files (*.js)",
    "vrt": "Virtual rasters (*.vrt)",
}


def parameter(name: str, default: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    """The parameter of QGIS for the field of that `name` and `default`."""
    made = _BUILDERS[facts.kind](name.upper(), tr(facts.title), default, facts)
    made.setHelp(tr(facts.help))
    if facts.advanced:
        made.setFlags(made.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    if facts.is_output:
        made.setCreateByDefault(facts.created or not facts.optional)
    return made


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
        return FILTERS["vrt"]

    def isSupportedOutputValue(self, value: Any, context: Any) -> tuple[bool, str]:
        """Whether a file can be written, with the reason if not."""
        path = QgsProcessingParameters.parameterAsOutputLayer(self, value, context)
        return path.lower().endswith(".vrt"), tr("The name of a virtual raster ends in .vrt.")


def _number(name: str, title: str, default: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    whole = isinstance(default, int)
    kinds = QgsProcessingParameterNumber.Type
    shown = None if default == facts.automatic else default
    made = QgsProcessingParameterNumber(name, title, kinds.Integer if whole else kinds.Double, shown, facts.optional)
    step = 1 if whole else 10**-facts.decimals
    low = facts.low if facts.above is None else facts.above + step
    high = facts.high if facts.below is None else facts.below - step
    if low is not None:
        # models and scripts of earlier versions hold the number for "not set"
        made.setMinimum(low if facts.automatic is None else min(low, facts.automatic))
    if high is not None:
        made.setMaximum(high)
    if not whole:
        made.setMetadata({"widget_wrapper": {"decimals": facts.decimals}})
    return made


def _layer(name: str, title: str, _: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    kind = KINDS.TypeVectorPolygon if facts.polygons else KINDS.TypeVector
    return QgsProcessingParameterFeatureSource(name, title, [kind], optional=facts.optional)


def _several(kind: Any) -> Any:
    return lambda name, title, _, facts: QgsProcessingParameterMultipleLayers(
        name, title, kind, optional=facts.optional
    )


def _map_layer(name: str, title: str, _: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    kinds = [KINDS.TypeRaster, KINDS.TypeVectorPolygon]
    return QgsProcessingParameterMapLayer(name, title, None, facts.optional, kinds)


def _field(name: str, title: str, default: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    kinds = QgsProcessingParameterField.DataType
    kind = kinds.Numeric if facts.numeric else kinds.Any
    several = facts.kind == "fields"
    return QgsProcessingParameterField(name, title, default or None, facts.of.upper(), kind, several, facts.optional)


def _file(name: str, title: str, default: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    kind = {"extension": facts.ending} if facts.ending else {"fileFilter": ANY_FILE}
    return QgsProcessingParameterFile(name, title, defaultValue=default or None, optional=facts.optional, **kind)


def _folder(name: str, title: str, _: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    kind = QgsProcessingParameterFile.Behavior.Folder
    return QgsProcessingParameterFile(name, title, kind, optional=facts.optional)


def _text(name: str, title: str, default: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterString(name, title, default, optional=facts.optional)


def _switch(name: str, title: str, default: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterBoolean(name, title, default, facts.optional)


def _choice(name: str, title: str, default: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterEnum(name, title, list(facts.choices), False, default, facts.optional, True)


def _plain(kind: Any) -> Any:
    """What builds a parameter of a class that takes name, title and whether it is optional."""
    return lambda name, title, _, facts: kind(name, title, optional=facts.optional)


def _crs(name: str, title: str, default: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterCrs(name, title, default, optional=facts.optional)


def _file_output(name: str, title: str, _: Any, facts: Declared) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterFileDestination(name, title, FILTERS[facts.ending], optional=facts.optional)


_BUILDERS = {
    "number": _number,
    "switch": _switch,
    "choice": _choice,
    "text": _text,
    "layer": _layer,
    "layers": _several(KINDS.TypeVector),
    "raster": _plain(QgsProcessingParameterRasterLayer),
    "rasters": _several(KINDS.TypeRaster),
    "map_layer": _map_layer,
    "field": _field,
    "fields": _field,
    "file": _file,
    "files": _several(KINDS.TypeFile),
    "folder": _folder,
    "extent": _plain(QgsProcessingParameterExtent),
    "crs": _crs,
    "login": _plain(QgsProcessingParameterAuthConfig),
    "raster_output": _plain(QgsProcessingParameterRasterDestination),
    "virtual_output": _plain(VirtualRasterDestination),
    "layer_output": _plain(QgsProcessingParameterVectorDestination),
    "file_output": _file_output,
    "folder_output": _plain(QgsProcessingParameterFolderDestination),
}
