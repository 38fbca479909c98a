"""Spaces of predictors of samples that are made up, as a training would build them."""

from types import SimpleNamespace

import numpy as np


def validation_of(kind, splits, n, chosen="boosting", models=("boosting",)):
    """Return the result of a validation of `n` samples, whose answers are all alike."""
    from regionwise.core.learning.training_results import ValidationResult
    from regionwise.core.targets.share_target import Answers

    number = np.full(n, -1)
    for i, split in enumerate(splits):
        number[split.test] = i
    answers = {name: Answers(np.full((n, 2), 0.5), np.ones(n)) for name in models}
    unit = np.array([f"u{i}" for i in range(n)], object)
    return ValidationResult(
        kind, tuple(s.name for s in splits), number, answers, chosen, unit, "samples", splits=splits
    )


def cells_of(features, sizes=None, weight=None):
    """Return the footprints of samples of so many cells each, one unless told, whose features follow each other."""
    from regionwise.core.data.patches.footprint_cells import FootprintCells
    from regionwise.core.features.footprint_features import FootprintFeatures

    sizes = np.ones(len(features), int) if sizes is None else np.asarray(sizes)
    weight = np.repeat(1 / sizes, sizes) if weight is None else np.asarray(weight, float)
    cells = FootprintCells(np.zeros((len(features), 3), int), weight, np.cumsum([0, *sizes]))
    return FootprintFeatures(np.asarray(features, np.float32), cells, np.arange(len(features)))


def space_of(features, validations, comparison=(), gains=None, augmented=None, loss=None, sizes=None, on_map=None):
    """Return the space of samples with such features, each with a loss of 1 unless others are given.

    `sizes` are the numbers of cells of samples that are areas; `features` are then those of cells. `on_map` are
    features of cells of a map.
    """
    from regionwise.core.learning.applicability.predictor_space import build_space
    from regionwise.core.targets.losses import Losses

    n = len(features) if sizes is None else len(sizes)
    gains = np.full(features.shape[1], 1 / features.shape[1]) if gains is None else np.asarray(gains)
    source = SimpleNamespace(
        training_footprints=cells_of(features, sizes), gains=lambda arrays: gains,
        describing=SimpleNamespace(arrays=dict),
    )  # fmt: skip
    losses = Losses(np.ones(n) if loss is None else loss, np.ones(n), "error")
    samples = SimpleNamespace(augmented=np.zeros(n, bool) if augmented is None else augmented)
    results = SimpleNamespace(
        validations=list(validations), comparison=list(comparison), samples=samples, losses=lambda validation: losses
    )
    return build_space(source, [SimpleNamespace(arrays={})], results, None if on_map is None else cells_of(on_map))
