"""Learning: the orders of parameters that training and mapping share, and how maps of shares come into a project."""

from __future__ import annotations

from .arrival import BANDS_APART, BEHIND, ON_TOP

FOLDS = ("validation", "folds", "block_size", "compare")
FITTING = (
    *("epochs", "patience", "batch", "learning_rate", "weight_decay"),
    *("seed", "precision", "patch_storage", "device"),
)
TRAINED = ("model", "report", "predictions", "scores", "figures")
SHARES_MAPPED = ("output", "dominant", "uncertainty", "intervals", "folder")
SHARES_SHOWN = {"DOMINANT": ON_TOP, "OUTPUT": BANDS_APART, "UNCERTAINTY": BEHIND, "INTERVALS": BEHIND}
