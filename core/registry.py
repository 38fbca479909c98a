"""The table of tasks: the dotted name of the function for each parameter class of a job."""

from __future__ import annotations

from .contract.params import Params
from .families.abundance.params import AbundanceMapping, AbundanceTraining
from .families.composition.params import CompositionMapping, CompositionRegions, CompositionTraining, RegionWeighing
from .families.crops.params import CropMapping, CropTraining
from .families.forecast.params import ForecastEvaluation, ForecastMapping, ForecastTraining
from .families.susceptibility.params import FactorExplanation, SusceptibilityMapping, SusceptibilityTraining
from .families.susceptibility.terrain_params import BlockSegmentation, NegativeSampling, TerrainDerivation
from .tools.areas.params import AreaEstimation, SampleDesign
from .tools.change.params import ChangeMapping
from .tools.evaluation.params import (
    ApplicabilityMapping,
    EngineCheck,
    MapSummary,
    MapValidation,
    ModelComparison,
    SampleAudit,
    SampleProposal,
)
from .tools.evidence.params import MapVerification, ModelInspection
from .tools.preparation.params import (
    Augmentation,
    BandDescription,
    MaskExtraction,
    ScriptExport,
    Standardisation,
    WeightImport,
)
from .tools.preparation.place_params import PlaceClassification, PlaceMatching, SampleMaking
from .tools.series.params import IndexComputing, SeriesMaking, SeriesSampling
from .tools.simulation.params import SampleProject, Simulation

TASKS: dict[type[Params], str] = {
    EngineCheck: "regionwise.core.tools.evaluation.check_engine.check",
    Simulation: "regionwise.core.tools.simulation.simulate.simulate",
    SampleProject: "regionwise.core.tools.simulation.sample_project.make_sample_data",
    BandDescription: "regionwise.core.tools.preparation.describe_bands.describe_bands",
    Standardisation: "regionwise.core.tools.preparation.standardise.standardise",
    PlaceMatching: "regionwise.core.tools.preparation.match_places.match",
    PlaceClassification: "regionwise.core.tools.preparation.match_places.classify",
    SampleMaking: "regionwise.core.tools.preparation.make_samples.make_samples",
    SeriesMaking: "regionwise.core.tools.series.make_series.make_series",
    IndexComputing: "regionwise.core.tools.series.compute_indices.compute_indices",
    SeriesSampling: "regionwise.core.tools.series.sample_series.sample_series",
    ScriptExport: "regionwise.core.tools.preparation.export_script.export_script",
    WeightImport: "regionwise.core.tools.preparation.import_weights.import_weights",
    Augmentation: "regionwise.core.tools.preparation.augment_samples.augment",
    CompositionTraining: "regionwise.core.families.composition.train.train",
    CompositionRegions: "regionwise.core.families.composition.train_regions.train_regions",
    CompositionMapping: "regionwise.core.families.composition.map.map_composition",
    AbundanceTraining: "regionwise.core.families.abundance.train.train",
    AbundanceMapping: "regionwise.core.families.abundance.map.map_abundance",
    CropTraining: "regionwise.core.families.crops.train.train",
    CropMapping: "regionwise.core.families.crops.map.map_crops",
    TerrainDerivation: "regionwise.core.families.susceptibility.terrain_factors.derive_terrain",
    BlockSegmentation: "regionwise.core.families.susceptibility.segment_blocks.segment_blocks",
    NegativeSampling: "regionwise.core.families.susceptibility.sample_negatives.sample_negatives",
    SusceptibilityTraining: "regionwise.core.families.susceptibility.train.train",
    SusceptibilityMapping: "regionwise.core.families.susceptibility.map.map_susceptibility",
    FactorExplanation: "regionwise.core.families.susceptibility.explain.explain",
    MaskExtraction: "regionwise.core.tools.preparation.extract_mask.extract_mask",
    ForecastTraining: "regionwise.core.families.forecast.train.train",
    ForecastMapping: "regionwise.core.families.forecast.map.map_forecast",
    ForecastEvaluation: "regionwise.core.families.forecast.evaluate.evaluate_forecast",
    SampleAudit: "regionwise.core.tools.evaluation.check_samples.check_samples",
    RegionWeighing: "regionwise.core.families.composition.weigh_regions.weigh_regions",
    ApplicabilityMapping: "regionwise.core.tools.evaluation.map_applicability.map_applicability",
    SampleProposal: "regionwise.core.tools.evaluation.propose_samples.propose_samples",
    MapValidation: "regionwise.core.tools.evaluation.validate_map.validate_map",
    ChangeMapping: "regionwise.core.tools.change.map_change.map_change",
    ModelComparison: "regionwise.core.tools.evaluation.compare_models.compare_models",
    MapSummary: "regionwise.core.tools.evaluation.summarise_map.summarise_map",
    SampleDesign: "regionwise.core.tools.areas.design_sample.design_sample",
    AreaEstimation: "regionwise.core.tools.areas.estimate_area.estimate_area",
    ModelInspection: "regionwise.core.tools.evidence.inspect_model.inspect",
    MapVerification: "regionwise.core.tools.evidence.verify_map.verify_map",
}
