"""Map susceptibility: the probability of an event in every cell, its level, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..errors import Problems
from ..events import CAPTURED, CLASSES
from ..factors import CODE, FactorFeatures
from ..features import read_features
from ..learners.assembly import assemble
from ..machine import place_of
from ..models import Card, Model, read_model
from ..mosaics import Layout
from ..params import NO_LAYER
from ..params_susceptibility import SusceptibilityMapping
from ..rasters import FACTOR, Stack, data_groups
from ..run import Result, Run
from ..scheduling import Log
from ..spine.mapping import Family, Ready, area_of, check_outputs, make_map, written
from ..tiles import plan
from ..voices import DOUBT, EVENT, LEVEL

FAMILY = "susceptibility"
NOT_KEYS = ("output", "uncertainty", "classes", "model", "factors")
TILE = 1024  # cells, in which unknown codes are looked for


def map_susceptibility(params: SusceptibilityMapping, run: Run) -> Result:
    """Map every cell that has all factors."""
    rasters = [layer.path for layer in params.factors]
    check_outputs([params.output, params.uncertainty, params.classes], [*rasters, params.model])
    models, stack = _open(params)
    card = models[0].card
    with place_of(run) as place, stack:
        for text in stack.notices:
            run.channel.warning(text)
        stack.select(card.band_names())
        for text in _unknown_codes(card, params):
            run.channel.warning(text)
        run.channel.info(_told(card))
        key = partial(_key, params)
        make_map(Family(_open, _prepare), params, models, stack, place, run, key=key, inputs=[*rasters, params.model],
                 folder=None)  # fmt: skip
    return written(params, "uncertainty", "classes")


def _told(card: Card) -> str:
    """Return what the map's numbers are."""
    known = card.calibration
    bounds = ", ".join(f"{value:.3g}" for value in known["bounds"])
    shares = ", ".join(f"{100 * share:.0f}" for share in CAPTURED)
    return (
        f"Probabilities are those of a world where {known['prevalence']:.3g} of the cells have an event. Bounds of the "
        f"classes: {bounds}; above them lie {shares} % of the events that no model had seen."
    )


def _open(params: SusceptibilityMapping) -> tuple[list[Model], Stack]:
    """Return the model, and the stack of layers before it is opened."""
    return [read_model(params.model, FAMILY)], Stack({FACTOR: params.factors}, params.resampling)


def _unknown_codes(card: Card, params: SusceptibilityMapping) -> list[str]:
    """Return a sentence for each factor with codes that no training sample had, and how common they are."""
    features = read_features(card.trees, card.band_names(), {})
    assert isinstance(features, FactorFeatures)  # nosec B101
    coded = {factor.name: factor for factor in features.factors if factor.kind == CODE}
    counts: dict[str, dict[float, int]] = {name: {} for name in coded}
    for layer in params.factors if coded else ():
        with Stack({FACTOR: (layer,)}) as stack:
            own = [number for number, name in enumerate(stack.names) if name in coded]
            for tile in plan(stack.grid.area, TILE) if own else ():
                block = stack.read(tile)
                for number in own:
                    found, times = np.unique(block[number][np.isfinite(block[number])], return_counts=True)
                    into = counts[stack.names[number]]
                    for code, n in zip(found.tolist(), times.tolist(), strict=True):
                        into[code] = into.get(code, 0) + n
    told, problems = [], Problems()
    for name, found_codes in counts.items():
        factor, total = coded[name], sum(found_codes.values())
        strange = {c: n for c, n in found_codes.items() if c not in factor.codes and c not in factor.missing}
        if strange and len(strange) == len(found_codes):
            problems.add(
                f"No code of '{name}' was known in training, where it had {_listing(factor.codes)}; here it has "
                f"{_listing(sorted(strange))}. Give the raster with the same codes."
            )
        elif strange:
            told.append(
                f"Factor '{name}' has codes that no training sample had: {_listing(sorted(strange))}, in "
                f"{100 * sum(strange.values()) / total:.2g} % of its cells. There it is taken as none of the known."
            )
    problems.raise_any()
    return told


def _listing(codes: Sequence[float]) -> str:
    return ", ".join(f"{code:g}" for code in codes)


def _prepare(params: SusceptibilityMapping, models: list[Model], stack: Stack, device: str, log: Log) -> Ready:
    """Return what tiles are computed with; networks are computed on `device`."""
    card = models[0].card
    ensemble = assemble(models, None, NO_LAYER, 0, device, log, sharpened=True)
    layouts = {EVENT: Layout(params.output, ("probability",), description="Probability of an event")}
    if params.uncertainty:
        text = "Standard deviation of the members' probabilities, and entropy in bits"
        layouts[DOUBT] = Layout(params.uncertainty, ("deviation", "entropy"), description=text)
    if params.classes:
        layouts[LEVEL] = Layout(
            params.classes, ("class",), unit="", description="Susceptibility", classes=CLASSES, ordered=True
        )
    groups = data_groups([band["sensor"] for band in card.bands])
    bands, area = stack.select(card.band_names()), area_of(params.extent, stack.grid)
    return Ready(models, stack, bands, groups, area, ensemble, layouts)


def _key(params: SusceptibilityMapping, _: Ready) -> Sequence[Any]:
    """Return what tells the run from others."""
    return (params.without(*NOT_KEYS),)
