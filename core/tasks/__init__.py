"""The table of tasks: the worker finds the function for a job's parameter class here."""

from __future__ import annotations

from ..params import EngineCheck, Params
from ..params_abundance import AbundanceMapping, AbundanceTraining
from ..params_composition import (
    Augmentation,
    CompositionMapping,
    CompositionRegions,
    CompositionTraining,
    ModelInspection,
    Simulation,
    Standardisation,
)
from ..params_crops import CropMapping, CropTraining
from ..params_evaluation import (
    ApplicabilityMapping,
    MapSummary,
    MapValidation,
    RegionWeighing,
    SampleAudit,
    SampleProposal,
)
from ..params_forecast import ForecastEvaluation, ForecastMapping, ForecastTraining, MaskExtraction
from ..params_preparation import PlaceClassification, PlaceMatching, SampleMaking, ScriptExport, WeightImport
from ..params_series import IndexComputing, SeriesMaking, SeriesSampling
from ..params_susceptibility import (
    BlockSegmentation,
    FactorExplanation,
    NegativeSampling,
    SusceptibilityMapping,
    SusceptibilityTraining,
    TerrainDerivation,
)

TASKS: dict[type[Params], str] = {
    EngineCheck: "regionwise.core.tasks.check.check",
    Simulation: "regionwise.core.tasks.simulation.simulate",
    Standardisation: "regionwise.core.tasks.standardisation.standardise",
    PlaceMatching: "regionwise.core.tasks.places.match",
    PlaceClassification: "regionwise.core.tasks.places.classify",
    SampleMaking: "regionwise.core.tasks.sampling.make_samples",
    SeriesMaking: "regionwise.core.tasks.series.make_series",
    IndexComputing: "regionwise.core.tasks.indices.compute_indices",
    SeriesSampling: "regionwise.core.tasks.series.sample_series",
    ScriptExport: "regionwise.core.tasks.export.export_script",
    WeightImport: "regionwise.core.tasks.importing.import_weights",
    Augmentation: "regionwise.core.tasks.augmentation.augment",
    CompositionTraining: "regionwise.core.tasks.composition.train",
    CompositionRegions: "regionwise.core.tasks.composition.train_regions",
    CompositionMapping: "regionwise.core.tasks.composition_map.map_composition",
    AbundanceTraining: "regionwise.core.tasks.abundance.train",
    AbundanceMapping: "regionwise.core.tasks.abundance_map.map_abundance",
    CropTraining: "regionwise.core.tasks.crops.train",
    CropMapping: "regionwise.core.tasks.crops_map.map_crops",
    TerrainDerivation: "regionwise.core.tasks.terrain.derive_terrain",
    BlockSegmentation: "regionwise.core.tasks.segmentation.segment_blocks",
    NegativeSampling: "regionwise.core.tasks.negatives.sample_negatives",
    SusceptibilityTraining: "regionwise.core.tasks.susceptibility.train",
    SusceptibilityMapping: "regionwise.core.tasks.susceptibility_map.map_susceptibility",
    FactorExplanation: "regionwise.core.tasks.explanation.explain",
    MaskExtraction: "regionwise.core.tasks.masks.extract_mask",
    ForecastTraining: "regionwise.core.tasks.forecast.train",
    ForecastMapping: "regionwise.core.tasks.forecast_map.map_forecast",
    ForecastEvaluation: "regionwise.core.tasks.forecast_evaluation.evaluate_forecast",
    SampleAudit: "regionwise.core.tasks.audit.check_samples",
    RegionWeighing: "regionwise.core.tasks.weighing.weigh_regions",
    ApplicabilityMapping: "regionwise.core.tasks.applicability.map_applicability",
    SampleProposal: "regionwise.core.tasks.applicability.propose_samples",
    MapValidation: "regionwise.core.tasks.validation.validate_map",
    MapSummary: "regionwise.core.tasks.validation.summarise_map",
    ModelInspection: "regionwise.core.tasks.inspection.inspect",
}
