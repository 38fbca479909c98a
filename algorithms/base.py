"""The base of all algorithms: parameters to a dataclass, dataclass to a job, job to the engine."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingUtils,
    QgsRasterLayer,
)

from ..core.contract.errors import CancelledError, RegionwiseError
from ..core.contract.gdal_path import absolute
from ..core.contract.layer import Layer
from ..core.contract.locks import one_run
from ..core.contract.params import Params
from ..core.contract.protocol import JOB_NAME, Job, write_job
from .arrival import PLAIN, Arrival, Shown, years_in
from .client import OwnLines, command_for, run_engine
from .compat import fields_of
from .declaration import RegionwiseAlgorithm
from .environment import find_interpreter, warn_if_out_of_date
from .install.surroundings import engine_environment
from .layer_source import raster_layer, series_dates, source_layer, vector_layer, with_rasters_inside
from .recent import LASTING, remember
from .settings import read_settings
from .translation import tr

DESTINATIONS = ("rasterDestination", "vectorDestination", "fileDestination", "folderDestination")
FILE_DESTINATIONS = ("rasterDestination", "vectorDestination", "fileDestination")


class EngineAlgorithm(RegionwiseAlgorithm):
    """An algorithm that the engine computes.

    Parameter ``LEARNING_RATE`` of the algorithm is field ``learning_rate`` of `PARAMS`; a test sees
    to it that both lists agree. `SHOWN` says how outputs come into a project.
    """

    SHOWN: Mapping[str, Shown] = MappingProxyType({})

    def canExecute(self) -> tuple[bool, str]:
        """Whether the engine is there, and if not, how to get it."""
        try:
            find_interpreter()
        except RegionwiseError as err:
            return False, str(err)
        return True, ""

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether the parameters can be used, with the reason if not; opens no raster."""
        try:
            self.params(parameters, context)
        except RegionwiseError as err:
            return False, str(err)
        return super().checkParameterValues(self._with_rasters_inside(parameters, context), context)

    def _with_rasters_inside(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """`parameters` with layers for rasters inside files."""
        names = [d.name() for d in self.parameterDefinitions() if d.type() in ("raster", "layer", "multilayer")]
        return {k: with_rasters_inside(value, context) if k in names else value for k, value in parameters.items()}

    def params(
        self, parameters: dict[str, Any], context: QgsProcessingContext, export_to: Path | None = None
    ) -> Params:
        """The dataclass for `parameters`.

        Parameters
        ----------
        export_to : Path, optional
            Where vector layers are copied that the engine cannot read where they are (memory
            layers, filtered ones). Without it their source is named as it is, for checking only.
        """
        values = {}
        for definition in self.parameterDefinitions():
            values[definition.name().lower()] = self._value(definition, parameters, context, export_to)
        return self.PARAMS(**values)

    def _value(
        self,
        definition: QgsProcessingParameterDefinition,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        export_to: Path | None,
    ) -> Any:
        """The value of one parameter in the type that the dataclass wants."""
        name, kind = definition.name(), definition.type()
        wanted = self.default(name)
        if kind == "multilayer" and definition.layerType() == QgsProcessing.SourceType.TypeFile:
            return tuple(absolute(path) for path in self.parameterAsFileList(parameters, name, context))
        if kind == "crs":
            crs = self.parameterAsCrs(parameters, name, context)
            return crs.authid() or crs.toWkt()
        if kind == "multilayer" and definition.layerType() == QgsProcessing.SourceType.TypeVector:
            return self._vectors(name, parameters, context, export_to)
        if kind == "multilayer":
            return self._rasters(name, parameters, context)
        if kind == "layer":
            raster = isinstance(self.parameterAsLayer(parameters, name, context), QgsRasterLayer)
            kind = "raster" if raster else "source"
        if kind == "raster":
            # a single layer is read like a list of one
            return (*self._rasters(name, parameters, context), Layer())[0]
        if kind == "source":
            return self._vector(name, parameters, context, export_to)
        if kind == "field":
            fields = tuple(fields_of(self, parameters, name, context))
            return fields if definition.allowMultiple() else "".join(fields[:1])
        if kind == "number":
            given = parameters.get(name, definition.defaultValue())
            return wanted if given in (None, "") else type(wanted)(self.parameterAsDouble(parameters, name, context))
        if kind == "boolean":
            return self.parameterAsBoolean(parameters, name, context)
        if kind == "enum":
            return self.parameterAsEnumString(parameters, name, context)
        if kind == "extent":
            return self._extent(name, parameters, context)
        if kind == "file":
            return absolute(self.parameterAsFile(parameters, name, context))
        if kind in DESTINATIONS:
            # asking for a destination makes a temporary name and registers a layer: not while checking
            return (
                str(parameters.get(name, ""))
                if export_to is None
                else self._destination(definition, parameters, context)
            )
        return self.parameterAsString(parameters, name, context)

    def _rasters(self, name: str, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[Layer, ...]:
        parameters = self._with_rasters_inside(parameters, context)
        layers = []
        for layer in self.parameterAsLayerList(parameters, name, context):
            if not isinstance(layer, QgsRasterLayer) or layer.dataProvider().name() != "gdal":
                raise RegionwiseError(f"Layer '{layer.name()}' is not a raster file.", "Save it as a GeoTIFF first.")
            layers.append(raster_layer(layer))
        given = parameters.get(name) or []
        given = given if isinstance(given, list) else [given]
        unread = [str(item) for item in given if self._unreadable(item, context)]
        if unread or (given and not layers):
            raise RegionwiseError(f"Raster '{(unread or given)[0]}' ({name}) cannot be read.", "Check the path.")
        return tuple(layers)

    def _unreadable(self, item: Any, context: QgsProcessingContext) -> bool:
        return isinstance(item, str) and QgsProcessingUtils.mapLayerFromString(item, context) is None

    def _vector(
        self, name: str, parameters: dict[str, Any], context: QgsProcessingContext, export_to: Path | None
    ) -> Layer:
        value = parameters.get(name)
        if value in (None, ""):
            return Layer()
        layer, source = source_layer(value, context), self.parameterAsSource(parameters, name, context)
        if layer is None or source is None:
            raise RegionwiseError(f"Layer '{value}' ({name}) cannot be read.", "Check the path.")
        if export_to is None:
            return Layer(layer.source(), layer.name())
        return vector_layer(value, layer, source, context, export_to / f"{name.lower()}.gpkg")

    def _vectors(
        self, name: str, parameters: dict[str, Any], context: QgsProcessingContext, export_to: Path | None
    ) -> tuple[Layer, ...]:
        """Several vector layers or tables."""
        layers = self.parameterAsLayerList(parameters, name, context)
        given = parameters.get(name) or []
        given = given if isinstance(given, list) else [given]
        unread = [item for item in given if self._unreadable(item, context)]
        if unread or len(layers) < len(given):
            raise RegionwiseError(f"Layer '{(unread or given)[0]}' ({name}) cannot be read.", "Check the path.")
        if export_to is None:
            return tuple(Layer(layer.source(), layer.name()) for layer in layers)
        return tuple(
            vector_layer(layer, layer, layer, context, export_to / f"{name.lower()}_{number}.gpkg")
            for number, layer in enumerate(layers, 1)
        )

    def _extent(self, name: str, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        box = self.parameterAsExtent(parameters, name, context)
        if box.isNull() or box.isEmpty():
            return ""
        crs = self.parameterAsExtentCrs(parameters, name, context)
        numbers = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        return f"{','.join(repr(n) for n in numbers)} {crs.authid() or crs.toWkt()}".strip()

    def _destination(
        self, definition: QgsProcessingParameterDefinition, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> str:
        name = definition.name()
        if definition.type() in ("fileDestination", "folderDestination"):
            path = self.parameterAsFileOutput(parameters, name, context)
        else:
            path = self.parameterAsOutputLayer(parameters, name, context)
        if path and ("dbname=" in path or path.startswith(("memory:", "ogr:", "postgis:"))):
            raise RegionwiseError(f"{definition.description()} cannot be written to '{path}'.", "Choose a file.")
        return absolute(str(path or ""))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the engine; every failure raises."""
        try:
            return self._run(parameters, context, feedback)
        except CancelledError as err:
            raise QgsProcessingException(tr("Cancelled; nothing was written.")) from err
        except RegionwiseError as err:
            raise QgsProcessingException(str(err)) from err
        except OSError as err:
            raise QgsProcessingException(f"{err.filename or ''} cannot be written ({err.strerror}).") from err

    def _run(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        destinations = self._destinations(parameters, context)
        folder = self._job_folder(destinations)
        with one_run(folder):
            result = self._run_there(folder, {**parameters, **destinations}, context, feedback)
        self._expect_layers(parameters, destinations, context)
        self.finish(destinations, context)
        self._remember(destinations)
        self.results = {**destinations, **result["outputs"], **result["numbers"]}
        return self.results

    def _run_there(
        self, folder: Path, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Write the job into its folder, let the engine run it, and return its result."""
        interpreter = find_interpreter()
        # destinations with a random temporary name must be asked for only once
        params = self.params(parameters, context, folder)
        settings = read_settings()
        write_job(folder / JOB_NAME, Job(type(params).__name__, params.to_json(), settings))
        warn_if_out_of_date(interpreter, feedback)
        if settings.details:
            feedback.pushDebugInfo(f"Engine: {interpreter}")
            feedback.pushDebugInfo(f"Job file, to repeat this run without QGIS: {folder / JOB_NAME}")
        command = command_for(interpreter, folder / JOB_NAME)
        around = engine_environment(os.environ, interpreter)
        shown = OwnLines(feedback) if QgsApplication.platform() == "qgis_process" else feedback
        return run_engine(command, around, folder, shown, details=settings.details)

    def _destinations(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, str]:
        """The path of each output that is wanted, and register layers to load."""
        paths = {}
        for definition in self.destinationParameterDefinitions():
            path = self._destination(definition, parameters, context)
            if path:
                paths[definition.name()] = path
        return paths

    def _remember(self, destinations: dict[str, str]) -> None:
        """Let the desktop offer the models and reports that were made."""
        if QgsApplication.platform() != "desktop":
            return
        for definition in self.destinationParameterDefinitions():
            path = destinations.get(definition.name())
            if path and definition.type() == "fileDestination" and definition.defaultFileExtension() in LASTING:
                remember(path, self.NAME)

    def finish(self, destinations: dict[str, str], context: QgsProcessingContext) -> None:
        """Do what only QGIS can do with finished outputs; most algorithms need nothing."""

    def _expect_layers(
        self, parameters: dict[str, Any], destinations: dict[str, str], context: QgsProcessingContext
    ) -> None:
        """Let the layers that will be loaded come with their styles and names, in their places."""
        names, years = {}, self.years(parameters, context)
        for definition in self.destinationParameterDefinitions():
            path = destinations.get(definition.name(), "")
            # a model, or the user, may have given it another name
            if (
                context.willLoadLayerOnCompletion(path)
                and context.layerToLoadOnCompletionDetails(path).name == definition.description()
            ):
                label = definition.description()
                family = "" if label == self.group() else f"{self.group()}: "
                names[path] = f"{family}{label} {years}".rstrip()
        shown = {path: self.SHOWN.get(name, PLAIN) for name, path in destinations.items()}
        Arrival(shown).expect(context, names)

    def years(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """The years that the inputs are of, as 2019-2023, by their names or the dates of a series; or nothing."""
        for definition in self.parameterDefinitions():
            name, value = definition.name(), parameters.get(definition.name())
            if name == "SERIES" and value and definition.type() == "file":
                found = years_in(series_dates(self.parameterAsFile(parameters, name, context)))
            elif definition.type() == "multilayer" and value:
                found = years_in([layer.name() for layer in self.parameterAsLayerList(parameters, name, context)])
            else:
                continue
            if found:
                return found
        return ""

    def _job_folder(self, destinations: dict[str, str]) -> Path:
        """The folder for job file, copies and checkpoints: beside the first output."""
        for definition in self.destinationParameterDefinitions():
            path = destinations.get(definition.name())
            if path and definition.type() in FILE_DESTINATIONS:
                return Path(f"{path}.job")
            if path:
                return Path(path) / "regionwise.job"
        # without an output of its own, a run shares nothing with others
        return Path(QgsProcessingUtils.tempFolder()) / f"{self.NAME}-{uuid.uuid4().hex}.job"
