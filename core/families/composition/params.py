"""Parameters of the composition family and of the steps that prepare and inspect it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.declare import (
    choice,
    column,
    columns,
    file_output,
    folder_output,
    input_file,
    layer,
    layer_output,
    number,
    raster,
    rasters,
    switch,
    text,
    varied,
)
from ...contract.layer import Layer
from ...contract.learning_params import AUTO, PRECISIONS, FoldParams, GridParams, LearningParams, ShareMappingParams
from ...contract.params import Params, target_problems
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

    day: tuple[Layer, ...] = rasters(
        "Day rasters",
        help="Multispectral layers. Bands are known by name (their description, or the layer's name), not by "
        "order. The first layer gives the grid.",
    )
    night: tuple[Layer, ...] = rasters(
        "Night rasters",
        optional=True,
        help="Layers of a second sensor, for example night light. It gets a branch of its own in the network.",
    )
    targets: tuple[str, ...] = columns(
        "Targets",
        "samples",
        numeric=True,
        help="The fields of the components; each row sums to 1 or to 100. Rows without values are left out.",
    )
    pixel_weights: Layer = raster(
        "Pixel weights",
        optional=True,
        advanced=True,
        help="Raster that weighs the pixels of an area in its label, for example population. Empty: all alike.",
    )
    model_type: str = choice(
        AUTO,
        "Model type",
        MODEL_TYPES,
        help="auto: trees, or the stack where a GPU or the time budget allows it. network; boosting (trees on "
        "window statistics); stack (both, weighted by out-of-fold errors).",
    )
    windows: str = text(
        "",
        "Windows",
        optional=True,
        advanced=True,
        help="Sides in cells of the windows that boosting looks at, odd numbers. Empty: 1 3 7 15; with more than "
        "20 bands the cell itself and the mean of 3 x 3 cells.",
    )
    head: str = choice(
        "dirichlet",
        "Head",
        HEADS,
        advanced=True,
        help="dirichlet: concentration > 0, allows sparse shares. dirichlet_one: > 1, as in the reference. "
        "logistic_normal: normal in log-ratios. softmax: shares alone; one concentration for all is found out"
        " of fold.",
    )
    width: int = number(64, "Width", low=2, advanced=True, help="Channels inside the network; the reference has 64.")
    blocks: str = text(
        "3,3,5",
        "Blocks",
        advanced=True,
        help="Residual blocks for day, night and fusion; the reference has 3,3,5 (it sees 39 x 39 cells); 1,1,1 "
        "sees 15 x 15.",
    )
    mask_channel: bool = switch(
        True,
        "Mask channel",
        advanced=True,
        help="Tells the network where data are missing; the reference does not.",
    )

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
        yield from target_problems(self.targets)
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

    fractions: str = text(
        "",
        "Fractions",
        optional=True,
        advanced=True,
        help="Fractions of the training samples for a learning curve, as .05 .1 .25 .5 1.",
    )
    repeats: int = number(3, "Repeats", low=1, advanced=True, help="How often each fraction is drawn.")
    search: str = choice(
        "none",
        "Search",
        HYPER_SEARCHES,
        advanced=True,
        help="grid: all pairs of the rates below; random: some of them. Each fold chooses by its own validation part.",
    )
    search_rates: str = text("0.0001 0.0003 0.001", "Search rates", advanced=True, help="Learning rates to try.")
    search_decays: str = text("0.0001 0.001 0.01", "Search decays", advanced=True, help="Weight decays to try.")
    trials: int = number(4, "Trials", low=1, advanced=True, help="Pairs that a random search tries.")
    curve: str = file_output(
        "Learning curve", "csv", optional=True, advanced=True, help="Scores of each fraction and repeat."
    )
    date_field: str = column(
        "Date field",
        "samples",
        optional=True,
        advanced=True,
        help="When a sample is of, for validation 'years'. A year will do.",
    )
    region_field: str = varied(LearningParams, "region_field", advanced=True)

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
        if self.search != "none" and self.model_type == "boosting":
            yield "Search tries learning rates of the network, and Model type is boosting; choose network or stack."
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

    regions: Layer = layer("Regions", polygons=True, help="Polygons of the regions, in any CRS.")
    region_field: str = column(
        "Region field", "regions", help="The region's name; polygons of one name are one region."
    )
    region_preset: str = choice(
        "none",
        "Region preset",
        REGION_PRESETS,
        advanced=True,
        help="china: the field holds names of provinces, which are put together into six macro-regions.",
    )
    holdout: str = choice(
        "both",
        "Holdout",
        HOLDOUTS,
        advanced=True,
        help="within: experts, scored on held-out sources of their region. strict: scores for unseen regions. both.",
    )
    expert: str = choice(
        "pooled",
        "Expert",
        EXPERTS,
        advanced=True,
        help="pooled: trained on everything but the held-out sources. finetuned: one pooled model, then fine-tuned"
        " on the region.",
    )
    time_budget: float = varied(LearningParams, "time_budget", advanced=True)


@dataclass(frozen=True)
class CompositionMapping(ShareMappingParams):
    """Map a composition with a global model and, where regions are given, regional experts."""

    day: tuple[Layer, ...] = varied(CompositionLearning, "day")
    night: tuple[Layer, ...] = varied(CompositionLearning, "night")
    regional_model: str = input_file(
        "Regional model",
        "safetensors",
        optional=True,
        help="The model of 'Train regions' (hold-out both or within).",
    )
    regions: Layer = layer("Regions", polygons=True, optional=True, help="Polygons of the regions, in any CRS.")
    region_field: str = column(
        "Region field",
        "regions",
        optional=True,
        help="The region's name; polygons of one name are one region.",
    )
    region_preset: str = varied(CompositionRegions, "region_preset")
    weights: Layer = layer(
        "Weights",
        optional=True,
        help="Table with the columns region, global and regional. Empty: half and half.",
    )
    blend: int = number(
        16,
        "Blend",
        low=0,
        advanced=True,
        help="Half-width in cells of the transition at borders between regions.",
    )
    precision: str = choice(
        "exact",
        "Precision",
        PRECISIONS,
        advanced=True,
        help="exact: shares within .0001 of those of the network in 32 bit. fast: 16 bit, where a sample of the "
        "map shows that shares change by .03 at most and .001 on average. The library that computes is found "
        "by trial.",
    )
    model: str = varied(ShareMappingParams, "model", help="The model of 'Train composition'.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        if self.regional_model and not self.regions:
            yield "A regional model needs the regions layer, which says where each expert speaks."
        if self.regions and not self.region_field:
            yield "Region field is missing; choose the field that names the regions."
        if self.weights and not self.regional_model:
            yield "A weights table without a regional model has no effect; give the regional model too."


@dataclass(frozen=True)
class RegionWeighing(Params):
    """Learn by how much each region should trust its expert."""

    predictions: Layer = layer("Predictions of the global model", help="Made by 'Train composition'.")
    regional_predictions: Layer = layer("Predictions of the experts", help="Made by 'Train regions'.")
    targets: tuple[str, ...] = columns("Targets", "predictions", numeric=True, help="The fields of the components.")
    fixed: Layer = layer(
        "Fixed weights",
        optional=True,
        advanced=True,
        help="Table with region, global and regional to compare with. Empty: half and half.",
    )
    folds: int = number(5, "Folds", low=2, advanced=True, help="Parts in which learned weights are scored.")
    seed: int = number(42, "Seed", low=0, advanced=True, help="Decides these parts.")
    weights: str = layer_output("Weights", help="Table with region, global, regional.")
    report: str = file_output("Report", "html", optional=True, created=True, help="Scores side by side.")
    figures: str = folder_output("Figures", optional=True, help="Each figure as PNG, and its numbers as CSV.")

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each parameter that cannot be used."""
        yield from super().problems()
        yield from target_problems(self.targets)
