"""Propose samples: where new labels would tell a model most."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import rasterio.warp

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.stack import Stack
from ...data.vector.writers import write_vector
from ...features.feature_info import read_features
from ...features.window_features import Features
from ...learning.applicability.predictor_space import Space
from ...learning.model_file import Model, read_model
from ...mapping.band_matching import match_bands
from ...mapping.styles.vector_styles import by_rank, style_layer
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Array, Floats
from ...validation.area_places import map_places
from ...validation.distances import Ruler
from .map_applicability import CANDIDATES, FAMILIES, open_layers
from .mapped_area import known_traits, model_bands, read_area
from .params import SampleProposal


def propose_samples(params: SampleProposal, run: Run) -> Result:
    """Write the places where new samples would help most, the best first.

    A place helps by its distance to everything known, in the space of predictors, more so where
    the map is undecided, and less the more a visit costs. Each chosen place counts as known for the
    next, so that proposals differ from each other, too.
    """
    check_writable(params.output)
    layers = (*params.day, *params.night, *params.factors, params.uncertainty, params.cost, params.area)
    check_not_input([params.output], [*(layer.path for layer in layers), params.model])
    model = read_model(params.model, *FAMILIES)
    space = Space.of(model, params.model)
    features = read_features(model.card.features, model.card.band_names(), space.kept)
    with open_layers(params, model.card) as stack:
        bands = match_bands(model.card.bands, stack)
        places = _candidates(params, model, stack, bands, run)
        on_ground = Ruler.of(stack.grid.crs, places).positions(places)
        predictors = _features_at(features, stack, bands, places)
        entropy = _values_at(params.uncertainty, stack, places, "entropy")
        cost = _values_at(params.cost, stack, places, "")
        crs = stack.grid.crs
    if cost is not None and not (cost[np.isfinite(cost)] > 0).all():
        raise RegionwiseError(f"Costs of '{params.cost}' are not all above 0.", "Use a raster of hours or money.")
    gain = np.ones(len(places)) if entropy is None else np.nan_to_num(entropy) / max(float(np.nanmean(entropy)), 1e-12)
    price = np.ones(len(places)) if cost is None else np.where(np.isfinite(cost), cost, np.inf)
    chosen, dissimilarity, worth = _choose(space, predictors, gain / price, on_ground, params)
    frame = gpd.GeoDataFrame(
        {"rank": np.arange(1, len(chosen) + 1), "dissimilarity": dissimilarity, "worth": worth},
        geometry=gpd.points_from_xy(*places[chosen].T),
        crs=crs.to_wkt(),
    )
    if entropy is not None:
        frame["entropy"] = entropy[chosen]
    if cost is not None:
        frame["cost"] = cost[chosen]
    write_vector(frame, params.output)
    style_layer(frame, params.output, by_rank("rank", len(frame)))
    outside = float((dissimilarity > space.threshold).sum())
    run.channel.info(f"{len(chosen)} places, {outside:.0f} of them outside the area of applicability.")
    if len(chosen) < params.count:
        run.channel.warning(f"Only {len(chosen)} places are {params.distance:g} m apart.")
    return Result({"OUTPUT": params.output}, {"PLACES": float(len(chosen)), "OUTSIDE": outside})


def _candidates(params: SampleProposal, model: Model, stack: Stack, positions: Sequence[int], run: Run) -> Array:
    """The places among which new samples are chosen, in the area to map."""
    outline = read_area(params.area, stack)
    traits, bands = known_traits(model, outline, run.channel), model_bands(model.card, positions)
    found = map_places(stack, params.seed, outline=outline, traits=traits, bands=bands)
    for notice in found.notices:
        run.channel.warning(notice)
    return found.xy[:CANDIDATES]


def _choose(
    space: Space, predictors: Floats, factor: Array, on_ground: Array, params: SampleProposal
) -> tuple[list[int], Array, Array]:
    """The chosen candidates in order, their dissimilarity to the samples, and their worth when chosen.

    Parameters
    ----------
    factor : array, shape (place,)
        By which the dissimilarity of a place counts: its gain over its price.
    on_ground : array, shape (place, 2 or 3)
        Places between which straight lines are metres.
    """
    index = space.dissimilarity(predictors)[0].astype(np.float64)
    coordinates = space.coordinates(predictors)
    nearest, free = index.copy(), np.isfinite(factor)
    chosen: list[int] = []
    worth: list[float] = []
    while len(chosen) < params.count and (free & (nearest * factor > 0)).any():
        best = int(np.argmax(np.where(free, nearest * factor, -np.inf)))
        chosen.append(best)
        worth.append(nearest[best] * factor[best])
        distance = np.sqrt(((coordinates - coordinates[best]) ** 2).sum(1)) / space.mean_distance
        nearest = np.minimum(nearest, distance)
        free &= np.linalg.norm(on_ground - on_ground[best], axis=1) > params.distance
        free[best] = False
    return chosen, index[chosen], np.array(worth)


def _features_at(features: Features, stack: Stack, bands: Sequence[int], places: Array) -> Floats:
    """The features of `places`, shape (place, feature)."""
    halo = features.halo
    blocks = (stack.read(tile.padded(halo))[list(bands)][None] for tile in stack.grid.cells_at(places))
    return np.concatenate([features(block, halo).reshape(1, -1) for block in blocks])


def _values_at(layer: Layer, stack: Stack, places: Array, band: str) -> Array | None:
    """The values of a raster at `places`, of the band called `band` or the first; None without a raster."""
    if not layer:
        return None
    with Stack({"input": (layer,)}) as own:
        if band and band not in own.names:
            raise RegionwiseError(
                f"Raster '{layer}' has no band '{band}'.", "Give the Uncertainty that 'Map composition' has written."
            )
        own.limit([own.names.index(band) if band else 0])
        x, y = rasterio.warp.transform(stack.grid.crs, own.grid.crs, *places.T)
        return own.values_at(np.stack([x, y], 1))[:, 0].astype(np.float64)
