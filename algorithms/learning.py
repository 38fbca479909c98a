"""Learning: the parameters that training and mapping have in every family."""

from __future__ import annotations

from qgis.core import QgsProcessingParameterExtent

from ..core.contract.params import (
    COMPARISONS,
    DEVICES,
    PATCH_STORAGES,
    TRAINING_PRECISIONS,
    VALIDATIONS,
)
from .arrival import BANDS_APART, BEHIND, ON_TOP
from .base import EngineAlgorithm
from .declaration import tr

BUDGETED = (
    "Minutes that training may take; 0: no limit. With it, Model type auto learns a stack where that fits in, else "
    "trees, and validations beside the chosen one take what is left. A model type that you choose is learned even if "
    "it takes longer; you are told before."
)
SHARES_SHOWN = {"DOMINANT": ON_TOP, "OUTPUT": BANDS_APART, "UNCERTAINTY": BEHIND, "INTERVALS": BEHIND}


class LearningAlgorithm(EngineAlgorithm):
    """Short ways to add the parameters that families share."""

    def add_device(self) -> None:
        """Add where networks are computed."""
        self.add_choice(
            "DEVICE",
            "Device",
            DEVICES,
            "default: as set in the options. auto: the GPU, if it works. cuda: NVIDIA's. mps: Apple's.",
            advanced=True,
        )

    def add_series_or_values(self) -> None:
        """Add a series with samples, or a table of values instead."""
        self.add_file(
            "SERIES", "Series", "json", "A series of 'Make series'. Empty: samples hold values.", optional=True
        )
        self.add_layer("SAMPLES", "Samples", "Points, areas, or a table with coordinates.", optional=True)
        self.add_layer(
            "VALUES",
            "Values",
            "A table of 'Sample series', instead of series and samples. It needs no places.",
            optional=True,
            advanced=True,
        )

    def add_seasons(self) -> None:
        """Add the dates of each sample."""
        self.add_field("START_FIELD", "Start field", "SAMPLES", "First date of a sample, as 2013-09-14.", optional=True)
        self.add_field("END_FIELD", "End field", "SAMPLES", "Last date of a sample.", optional=True)

    def add_dated_samples(self) -> None:
        """Add what tells of dated samples: seasons, fields, regions, duplicates, folds, and their buffer."""
        self.add_seasons()
        self.add_sample_fields("SAMPLES")
        self.add_region_polygons()
        self.add_duplicates()
        self.add_folds()
        self.add_area()
        self.add_buffer()

    def add_region_polygons(self) -> None:
        """Add regions as polygons, or as a field of the samples."""
        self.add_layer("REGIONS", "Regions", "Polygons of regions, in any CRS.", polygons=True, optional=True)
        self.add_text(
            "REGION_FIELD",
            "Region field",
            "Field with the region's name, of the regions or else of the samples.",
            optional=True,
        )

    def add_sample_fields(self, parent: str) -> None:
        """Add source and weight of the samples in the layer `parent`."""
        self.add_field(
            "SOURCE_FIELD",
            "Source field",
            parent,
            "The survey unit a label comes from (village, parcel). Its samples stay in one fold.",
            optional=True,
        )
        self.add_field(
            "WEIGHT_FIELD",
            "Weight field",
            parent,
            "Weight of a sample in training alone, not in scores; 'Augment samples' writes one.",
            optional=True,
            numeric=True,
        )

    def add_duplicates(self) -> None:
        """Add the switch that accepts repeated labels."""
        self.add_switch(
            "ALLOW_DUPLICATES",
            "Allow duplicates",
            "Accept labels that repeat more than rounding explains, because they were measured at each place. If they "
            "are broadcast from larger units that the source field does not name, all scores will be too good.",
            advanced=True,
        )

    def add_folds(self, validations: tuple[str, ...] = VALIDATIONS) -> None:
        """Add how samples are cut into folds."""
        self.add_choice(
            "VALIDATION",
            "Validation",
            validations,
            "How folds are cut: by kNNDM, spatial blocks, whole sources, whole regions, or random samples; by dates: "
            "whole years, or later events of held-out blocks. auto: kNNDM; in a table without places by source, else "
            "by region, else at random.",
        )
        self.add_integer("FOLDS", "Folds", 2, "Parts of the cross-validation; each gives a member of the model.")
        self.add_real("BLOCK_SIZE", "Block size", 0, "Side of a spatial block in metres; 0: chosen by itself.")
        self.add_choice(
            "COMPARE",
            "Compare",
            COMPARISONS,
            "What learns the validations that stand beside the chosen one: boosting, in seconds, or the model itself.",
            advanced=True,
        )

    def add_area(self) -> None:
        """Add the area that will be mapped."""
        self.add_layer(
            "AREA",
            "Area to map",
            "Polygons of the area that will be mapped, in any CRS: how far it lies from the samples decides whether "
            "they count as clustered, and how kNNDM cuts its folds. Empty: all cells with data, but those at sea where "
            "the samples lie on land, and those of a fill that was not declared as nodata; of a table, the hull of its "
            "places.",
            polygons=True,
            optional=True,
        )

    def add_buffer(self) -> None:
        """Add the distance that training samples keep from tested ones."""
        self.add_real(
            "BUFFER",
            "Buffer",
            -1,
            "Samples nearer than this to a tested block or an unseen region do not train, in metres. -1: as wide as "
            "keeps tested places out of training windows. Around strictly unseen regions never less than that.",
        )

    def add_fitting(
        self,
        rate: str = "Step size of AdamW at the start; halved when the score stalls.",
        patience: str = "Stops after so many epochs without a better validation score.",
        epochs: str = "At most so many passes over the training samples.",
    ) -> None:
        """Add how networks are trained, and on what machine; `rate`, `patience` and `epochs` say what these do."""
        self.add_integer("EPOCHS", "Epochs", 1, epochs)
        self.add_integer("PATIENCE", "Patience", 1, patience)
        self.add_integer("BATCH", "Batch", 2, "Samples per step.")
        self.add_real("LEARNING_RATE", "Learning rate", 0, rate)
        self.add_real("WEIGHT_DECAY", "Weight decay", 0, "How strongly AdamW pulls the weights to zero.")
        self.add_integer("SEED", "Seed", 0, "Decides folds and weights; the same seed repeats the run.")
        self.add_choice(
            "PRECISION",
            "Precision",
            TRAINING_PRECISIONS,
            "exact: the network learns in 32 bit. fast: in 16 bit where that is possible. auto: fast on a GPU only.",
            advanced=True,
        )
        self.add_choice(
            "PATCH_STORAGE",
            "Patch storage",
            PATCH_STORAGES,
            "Pixels around the samples are kept on disk while the run lasts. float16 takes half of the room and keeps "
            "three digits of each value.",
            advanced=True,
        )
        self.add_device()
        self.add_real("TIME_BUDGET", "Time budget", 0, BUDGETED, optional=True)
        self.add_switch(
            "QUICK",
            "Quick (smoke run)",
            "A tiny network and few epochs, to see in a minute whether all inputs fit. Its scores mean nothing.",
        )

    def add_outputs(self) -> None:
        """Add what training writes."""
        self.add_file_output("MODEL", "Model", "safetensors", "The model with all its members, to map with.")
        self.add_layer_output(
            "PREDICTIONS",
            "Predictions",
            "One feature per observed sample with its out-of-fold prediction.",
            optional=True,
        )
        self.add_file_output("SCORES", "Scores", "csv", "All scores as a table.", optional=True)
        self.add_file_output("REPORT", "Report", "html", "One page with tables and figures.", optional=True)
        self.add_folder_output("FIGURES", "Figures", "Each figure as PNG, and its numbers as CSV.", optional=True)

    def add_extent(self) -> None:
        """Add the part to map."""
        self.add(
            QgsProcessingParameterExtent("EXTENT", tr("Extent"), optional=True),
            "The part to map. Empty: all of the first raster.",
        )

    def add_maps(self) -> None:
        """Add the level of intervals, the machine, and the rasters that are written."""
        self.add_real("LEVEL", "Level of the intervals", 0, "Share of labels that the intervals should hold, as 0.9.")
        self.add_switch(
            "JOINT",
            "Joint intervals",
            "Intervals that hold all shares of a place at once, as often as the level says. They are wider. Off: each "
            "interval holds its own share that often, and all of them together are right less often.",
            optional=True,
            advanced=True,
        )
        self.add_resampling()
        self.add_device()
        self.add_raster_output("OUTPUT", "Shares", "A band per component.")
        self.add_raster_output(
            "DOMINANT",
            "Dominant share",
            "The largest share of each cell, paler where it is less dominant. With classes of two levels: of the finer "
            "ones.",
            optional=True,
            create=True,
        )
        self.add_raster_output(
            "UNCERTAINTY",
            "Uncertainty",
            "Standard deviation of each share, in all and by data and model; entropy; weight of the regional expert; "
            "mean deviation, which it opens on.",
            optional=True,
        )
        self.add_raster_output(
            "INTERVALS",
            "Intervals",
            "Lower and upper bound of each share at the level; mean width, which it opens on.",
            optional=True,
        )
        self.add_folder_output("FOLDER", "Folder", "One GeoTIFF per component.", optional=True)
