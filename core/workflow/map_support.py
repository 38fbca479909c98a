"""Map support: what the numbers of a map hold for, as its model knows from the samples."""

from __future__ import annotations

from collections.abc import Sequence

from ..contract.params import ShareMappingParams
from ..data.raster.pixel_weights import WEIGHTS_TAG
from ..learning.model_file import Model
from ..runtime.executor import Log


def support_in_words(models: Sequence[Model]) -> str:
    """What the intervals and deviations of a map hold for, to follow on a sentence; empty where no model says it."""
    supports = [model.card.calibration.support for model in models]
    return "".join(dict.fromkeys(f", {support.describe()}" for support in supports if support is not None))


def tell_support(params: ShareMappingParams, models: Sequence[Model], log: Log) -> None:
    """Log what the intervals and deviations of a map hold for, if it has any."""
    words = support_in_words(models)
    if words and (params.intervals or params.uncertainty):
        log.info(f"Intervals and deviations are calibrated{words}.")


def weight_tags(model: Model) -> dict[str, str]:
    """What a map tells of the weights of pixels that its model was trained with."""
    weights = model.card.training.get("pixel_weights") or {}
    name = weights.get("name") or weights.get("path", "")
    return {WEIGHTS_TAG: name} if name else {}
