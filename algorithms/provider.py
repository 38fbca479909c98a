"""The Processing provider: every algorithm and model, always listed, whatever is missing."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtGui import QIcon

from .abundance import MapAbundance, TrainAbundance
from .areas import DesignSample, EstimateArea
from .bands import DescribeBands
from .chains import Chain
from .comparison import CompareModels, MapChange
from .compat import GeoTiffProvider
from .composition import MapComposition, TrainComposition, TrainRegions, WeighRegions
from .crops import MapCrops, TrainCrops
from .declaration import RegionwiseAlgorithm
from .engine import CheckEngine, InstallEngine
from .evaluation import Applicability, CheckSamples, InspectModel, NextSamples, Summarise, ValidateMap, VerifyMap
from .forecast import EvaluateForecast, MapForecast, TrainForecast
from .paged import ICON
from .preparation import (
    AugmentSamples,
    ClassifyPlaces,
    ExportScript,
    ExtractMask,
    ImportWeights,
    MakeSamples,
    MatchPlaces,
    Standardise,
)
from .sample_project import SampleProject
from .series import ComputeIndices, MakeSeries, SampleSeries
from .settings import add_settings, remove_settings
from .simulation import Simulate
from .susceptibility import ExplainFactors, MapSusceptibility, TrainSusceptibility
from .terrain import SampleNegatives, SegmentBlocks, TerrainFactors

ALGORITHMS: tuple[type[RegionwiseAlgorithm], ...] = (
    MatchPlaces,
    ClassifyPlaces,
    MakeSamples,
    DescribeBands,
    MakeSeries,
    ComputeIndices,
    SampleSeries,
    ExportScript,
    ImportWeights,
    Standardise,
    CheckSamples,
    AugmentSamples,
    TrainComposition,
    TrainRegions,
    WeighRegions,
    MapComposition,
    TrainAbundance,
    MapAbundance,
    TrainCrops,
    MapCrops,
    TerrainFactors,
    SegmentBlocks,
    SampleNegatives,
    TrainSusceptibility,
    MapSusceptibility,
    ExplainFactors,
    ExtractMask,
    TrainForecast,
    MapForecast,
    EvaluateForecast,
    Applicability,
    ValidateMap,
    CompareModels,
    MapChange,
    Summarise,
    NextSamples,
    DesignSample,
    EstimateArea,
    InspectModel,
    VerifyMap,
    Simulate,
    SampleProject,
    InstallEngine,
    CheckEngine,
)
MODELS = Path(__file__).resolve().parents[1] / "models"


class RegionwiseProvider(GeoTiffProvider):
    """Lists the algorithms of Regionwise."""

    def id(self) -> str:
        """The id that commands and models use."""
        return "regionwise"

    def name(self) -> str:
        """The name in the toolbox."""
        return "Regionwise"

    def longName(self) -> str:
        """The name with a few words."""
        return "Regionwise: deep-learning maps that know where they are"

    def icon(self) -> QIcon:
        """The plugin's icon."""
        return QIcon(str(ICON))

    def load(self) -> bool:
        """Register options and algorithms."""
        add_settings(self.icon())
        self.refreshAlgorithms()
        return True

    def unload(self) -> None:
        """Forget the options."""
        remove_settings()

    def supportedOutputVectorLayerExtensions(self) -> list[str]:
        """The formats the engine writes, the default first."""
        return ["gpkg", "shp", "geojson", "fgb", "csv"]

    def supportsNonFileBasedOutput(self) -> bool:
        """False: the engine writes files."""
        return False

    def loadAlgorithms(self) -> None:
        """Add the algorithms, then the models that chain them."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
        for path in sorted(MODELS.glob("*.model3")):
            model = Chain()
            if model.fromFile(str(path)):
                self.addAlgorithm(model)
