"""Map support: what the numbers of a map hold for, as its model knows from the samples."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.raster.pixel_weights import WEIGHTS_TAG
from ..learning.model_file import Model
from ..runtime.executor import Log


def support_in_words(models: Sequence[Model]) -> str:
    """What calibrated numbers of a map hold for, to follow on a sentence; empty where no model says it."""
    supports = [model.card.calibration.support for model in models]
    return "".join(dict.fromkeys(f", {support.describe()}" for support in supports if support is not None))


def tell_support(subject: str, models: Sequence[Model], log: Log) -> None:
    """Log what the numbers of a map that are called `subject` hold for, where a model says it."""
    words = support_in_words(models)
    if words:
        log.info(f"{subject} are calibrated{words}.")


def weight_tags(model: Model) -> dict[str, str]:
    """What a map tells of the weights of pixels that its model was trained with."""
    weights = model.card.training.get("pixel_weights") or {}
    name = weights.get("name") or weights.get("path", "")
    return {WEIGHTS_TAG: name} if name else {}
