"""Parameters of the composition family and of the steps that prepare and inspect it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.params import (
    AUTO,
    NO_LAYER,
    PRECISIONS,
    FoldParams,
    GridParams,
    Layer,
    LearningParams,
    Params,
    ShareMappingParams,
    at_least,
    given,
    one_of,
    target_problems,
)
from ...contract.parsing import parse_numbers

HEADS = ("dirichlet", "dirichlet_one", "logistic_normal", "softmax")
MODEL_TYPES = (AUTO, "network", "boosting", "stack")
HYPER_SEARCHES = ("none", "grid", "random")
HOLDOUTS = ("both", "within", "strict")
EXPERTS = ("pooled", "finetuned")
REGION_PRESETS = ("none", "china")
MANY_BANDS = 20
WINDOWS, WINDOWS_OF_MANY = "1 3 7 15", "1 3"  # of up to so many bands, and of more


@dataclass(frozen=True)
class CompositionLearning(GridParams, LearningParams):
    """Parameters of training a composition, whatever the folds are."""

    day: tuple[Layer, ...] = ()
    night: tuple[Layer, ...] = ()
    targets: tuple[str, ...] = ()
    pixel_weights: Layer = NO_LAYER
    model_type: str = AUTO
    windows: str = ""
    head: str = "dirichlet"
    width: int = 64
    blocks: str = "3,3,5"
    mask_channel: bool = True

    def block_counts(self) -> tuple[int, int, int]:
        """The number of residual blocks for day, night and fusion."""
        day, night, fusion = (int(number) for number in parse_numbers("Blocks", self.blocks))
        return day, night, fusion

    def window_sides(self, bands: int) -> tuple[int, ...]:
        """The sides in cells of the windows that boosting looks at in so many bands, the smallest first."""
        windows = self.windows or (WINDOWS if bands <= MANY_BANDS else WINDOWS_OF_MANY)
        return tuple(sorted({int(number) for number in parse_numbers("Windows", windows)}))

    def means_only(self, bands: int) -> bool:
        """Whether boosting sees means alone in windows, without deviations."""
        return not self.windows and bands > MANY_BANDS

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Day rasters", self.day)
        yield from given("Samples", self.samples)
        yield from target_problems(self.targets)
        yield from one_of("Model type", self.model_type, MODEL_TYPES)
        yield from one_of("Head", self.head, HEADS)
        yield from at_least("Width", self.width, 2)
        yield from self._shape_problems()
        yield from super().problems()

    def _shape_problems(self) -> Iterator[str]:
        try:
            counts = self.block_counts()
        except ValueError:
            counts = (-1, -1, -1)
        if min(counts) < 0:
            yield f"Blocks are '{self.blocks}'; give three whole numbers (day, night, fusion), as 3,3,5."
        try:
            sides = self.window_sides(1)
        except ValueError:
            sides = ()
        if not sides or min(sides) < 1 or any(side % 2 == 0 for side in sides):
            yield f"Windows are '{self.windows}'; give odd numbers of cells, as 1 3 7 15."


@dataclass(frozen=True)
class CompositionTraining(FoldParams, CompositionLearning):
    """Train a composition with cross-validation."""

    fractions: str = ""
    repeats: int = 3
    search: str = "none"
    search_rates: str = "0.0001 0.0003 0.001"
    search_decays: str = "0.0001 0.001 0.01"
    trials: int = 4
    curve: str = ""
    date_field: str = ""

    @property
    def dated(self) -> bool:
        """Whether a field tells the dates of samples."""
        return bool(self.date_field)

    def fraction_list(self) -> tuple[float, ...]:
        """The fractions of the training samples for the learning curve, ascending; none is no curve."""
        return tuple(sorted(set(parse_numbers("Fractions", self.fractions))))

    def search_grid(self) -> tuple[tuple[float, float], ...]:
        """All pairs of learning rate and weight decay that the search may try."""
        rates = parse_numbers("Search rates", self.search_rates)
        return tuple((rate, decay) for rate in rates for decay in parse_numbers("Search decays", self.search_decays))

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from at_least("Repeats", self.repeats, 1)
        yield from one_of("Search", self.search, HYPER_SEARCHES)
        if self.search != "none" and self.model_type == "boosting":
            yield "Search tries learning rates of the network, and Model type is boosting; choose network or stack."
        yield from at_least("Trials", self.trials, 1)
        yield from self._list_problems()
        yield from super().problems()

    def _list_problems(self) -> Iterator[str]:
        try:
            fractions, grid = self.fraction_list(), self.search_grid()
        except ValueError as err:
            yield str(err)
            return
        if any(not 0 < fraction <= 1 for fraction in fractions):
            yield f"Fractions are '{self.fractions}'; give numbers above 0 and up to 1."
        if self.curve and not fractions:
            yield "A learning curve needs fractions; give some, as .05 .1 .25 .5 1."
        if not grid or any(rate <= 0 or decay < 0 for rate, decay in grid):
            yield "Search rates must be above 0 and search decays 0 or more; give one or more of each."


@dataclass(frozen=True)
class CompositionRegions(CompositionLearning):
    """Train an expert for each region, and score the transfer to regions never seen."""

    regions: Layer = NO_LAYER
    region_preset: str = "none"
    holdout: str = "both"
    expert: str = "pooled"

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Regions", self.regions)
        yield from given("Region field", self.region_field)
        yield from one_of("Region preset", self.region_preset, REGION_PRESETS)
        yield from one_of("Holdout", self.holdout, HOLDOUTS)
        yield from one_of("Expert", self.expert, EXPERTS)
        yield from super().problems()


@dataclass(frozen=True)
class CompositionMapping(ShareMappingParams):
    """Map a composition with a global model and, where regions are given, regional experts."""

    day: tuple[Layer, ...] = ()
    night: tuple[Layer, ...] = ()
    regional_model: str = ""
    regions: Layer = NO_LAYER
    region_field: str = ""
    region_preset: str = "none"
    weights: Layer = NO_LAYER
    blend: int = 16
    precision: str = "exact"

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Day rasters", self.day)
        yield from super().problems()
        yield from one_of("Region preset", self.region_preset, REGION_PRESETS)
        yield from at_least("Blend", self.blend, 0)
        yield from one_of("Precision", self.precision, PRECISIONS)
        if self.regional_model and not self.regions:
            yield "A regional model needs the regions layer, which says where each expert speaks."
        if self.regions and not self.region_field:
            yield "Region field is missing; choose the field that names the regions."
        if self.weights and not self.regional_model:
            yield "A weights table without a regional model has no effect; give the regional model too."


@dataclass(frozen=True)
class RegionWeighing(Params):
    """Learn by how much each region should trust its expert."""

    predictions: Layer = NO_LAYER
    regional_predictions: Layer = NO_LAYER
    targets: tuple[str, ...] = ()
    fixed: Layer = NO_LAYER
    folds: int = 5
    seed: int = 42
    weights: str = ""
    report: str = ""
    figures: str = ""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from given("Predictions", self.predictions)
        yield from given("Regional predictions", self.regional_predictions)
        yield from target_problems(self.targets)
        yield from at_least("Folds", self.folds, 2)
        yield from at_least("Seed", self.seed, 0)
        yield from given("Weights", self.weights)
