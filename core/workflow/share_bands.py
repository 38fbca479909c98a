"""Share bands: the conformal bands that a map of shares draws, each component by itself or all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..contract.learning_params import ShareMappingParams
from ..learning.card import Card
from ..learning.model_file import Model
from ..mapping.mosaic import Layout
from ..mapping.products import Product, intervals, joint_intervals
from ..mapping.styles.map_styles import SHARE_WIDTH
from ..targets.conformal import LEVELS, WIDEST, fewest_sources, half_width
from ..targets.hierarchy import Levels
from .map_support import support_in_words

WIDTH = "width"  # the band with the mean distance of the bounds of all components


def band_problems(params: ShareMappingParams, models: Sequence[tuple[str, Model]]) -> Iterator[str]:
    """Yield a sentence for each reason why the wanted bands cannot be drawn.

    Parameters
    ----------
    models : sequence of (path, Model)
    """
    if not params.intervals:
        return
    for path, model in models:
        if not model.card.calibration.intervals:
            yield f"'{path}' has no calibrated intervals (it was imported, or made by an old version)."
        elif params.joint and not model.card.calibration.joint:
            yield f"'{path}' has no joint sets (it was made by an old version); train it again, or switch Joint off."
    if not LEVELS[0] <= params.level <= LEVELS[-1]:
        yield f"Level is {params.level:g}; it must be from {LEVELS[0]:g} to {LEVELS[-1]:g}."


def band_notices(params: ShareMappingParams, models: Sequence[tuple[str, Model]]) -> Iterator[str]:
    """Yield a sentence for each model with too few sources for a bound at the wanted level."""
    for path, model in models if params.intervals else ():
        if not np.isfinite(_half_widths(model.card, model.card.components, params)).all():
            needed = fewest_sources(params.level)
            yield (
                f"{100 * params.level:g} % bands need at least {needed} independent sources, '{path}' learned from "
                "fewer; none is given: bounds are 0 and 1."
            )


def band_product(params: ShareMappingParams, names: Sequence[str], models: Sequence[Model]) -> Product:
    """The raster of lower and upper bounds of shares called `names`."""
    card, level, support = models[0].card, f"{params.level:g}", support_in_words(models)
    # 0 times infinity would be no number where experts weigh nothing
    widths = np.minimum([_half_widths(of, names, params) for of in (card, models[-1].card)], WIDEST)
    if not params.joint:
        layout = _layout(
            params.intervals, names, "", f"Conformal bands at level {level}, each share by itself{support}"
        )
        return Product(layout, intervals(widths.astype(np.float32)))
    layout = _layout(
        params.intervals, names, "joint_", f"Joint conformal sets at level {level}: all shares at once{support}"
    )
    sums = Levels(tuple(card.components), card.levels).parent_matrix()
    return Product(layout, joint_intervals(widths.astype(np.float32), sums.astype(np.float32)))


def _layout(path: str, names: Sequence[str], kind: str, description: str) -> Layout:
    bounds = tuple(f"{name}_{kind}{part}" for part in ("low", "high") for name in names)
    return Layout(path, (*bounds, WIDTH), SHARE_WIDTH, description=description)


def _half_widths(card: Card, names: Sequence[str], params: ShareMappingParams) -> list[float]:
    """How many standard deviations bands reach to each side, per share; infinite without a bound."""
    known = card.calibration
    return [half_width(known.joint if params.joint else known.conformal[name], params.level) for name in names]
