"""Applicability: map the dissimilarity to the samples, and propose where new ones would help most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from numpy.typing import NDArray

from .. import styles
from ..applicability import Space
from ..arrays import Floats, Mask
from ..dated import check_series, dated_bands, dated_stack
from ..errors import Problems, RegionwiseError
from ..features import Features, read_features
from ..files import check_not_input, check_writable, fingerprint, work_folder
from ..mapping import choose_side, run_map, settled_plan, working_bytes
from ..models import Model, read_model
from ..mosaics import Layout, Mosaic
from ..params import Layer
from ..params_evaluation import ApplicabilityMapping, SampleProposal
from ..phenology import Days
from ..pipeline import AHEAD, Maker
from ..protocol import VERSION
from ..rasters import FACTOR, Stack, data_groups, raster_files
from ..run import Result, Run, memory_in_use
from ..series import Series, read_series
from ..tiles import Tile
from ..validation import map_places
from ..vectors import write_vector

Array = NDArray[np.float64]

FAMILIES, DATED_FAMILIES = ("composition", "susceptibility"), ("abundance", "crops")
BANDS = ("dissimilarity", "inside", "density", "expected_error")
CANDIDATES = 2000  # places among which new samples are chosen


def map_applicability(params: ApplicabilityMapping, run: Run) -> Result:
    """Write dissimilarity index, area of applicability, local point density and expected error."""
    check_writable(params.output)
    series = read_series(params.series) if params.series else None
    rasters = [layer.path for layer in (*params.day, *params.night, *params.factors, *params.ancillary)]
    rasters += [series.raster] if series else []
    check_not_input([params.output], [*rasters, params.series, params.model])
    model = read_model(params.model, *(DATED_FAMILIES if series else FAMILIES))
    if series:
        problems = Problems()
        check_series(model.card, series, problems)
        problems.raise_any()
    space = Space.of(model, params.model)
    run.channel.info(f"Inside is up to a dissimilarity of {space.threshold:.3f}; {len(space.points)} samples.")
    with _stack(params, model, series) as stack:
        bands, groups, days = _bands(model, series, stack)
        describing = read_features(model.card.trees, model.card.band_names(), space.kept, days)
        for notice in stack.notices:
            run.channel.warning(notice)

        def predict(tile: Tile, block: Floats, valid: Mask) -> dict[str, Floats]:
            found = describing(block[None], describing.halo)[0]
            index, density = space.dissimilarity(np.ascontiguousarray(found[:, valid].T))
            answers = [index, (index <= space.threshold).astype(np.float32), density, space.expected_error(index)]
            return {"applicability": np.stack(answers).astype(np.float32)}

        layout = Layout(params.output, BANDS, description="Dissimilarity, inside (1), local density, expected RMSE")
        parts = (VERSION, "applicability", params.resampling, run.memory_bytes, [] if days is None else days.tolist())
        key = fingerprint(*parts, files=[*raster_files(rasters), params.model])
        work = work_folder(run.folder, key)
        halo = describing.halo
        plan = settled_plan(work, stack.grid.area, halo, lambda: _side(describing, len(bands), stack, run))
        mosaic = Mosaic(work, stack.grid, plan.area, {"applicability": layout})
        maker = Maker(bands, groups, halo, predict, mosaic.encode)
        run_map(plan, mosaic, lambda tiles: maker.stream(stack.reopened(), tiles), folder=None, channel=run.channel)
    styles.write_style(Path(params.output))
    with rasterio.open(params.output) as file:
        inside = float(file.tags(2).get("STATISTICS_MEAN", "nan"))
    run.channel.info(f"{100 * inside:.1f} % of the cells with data are inside the area of applicability.")
    return Result({"OUTPUT": params.output}, {"INSIDE": inside} if np.isfinite(inside) else {})


def _stack(params: ApplicabilityMapping, model: Model, series: Series | None) -> Stack:
    if series:
        return dated_stack(model.card, series, params.ancillary, params.resampling)
    return _still(params)


def _still(params: ApplicabilityMapping | SampleProposal) -> Stack:
    """Return the stack of layers that are not dated."""
    return Stack({"day": params.day, "night": params.night, FACTOR: params.factors}, params.resampling)


def _bands(model: Model, series: Series | None, stack: Stack) -> tuple[list[int], list[list[int]], Days | None]:
    """Return where the stack has the model's bands, which of them say where there are data, and their days."""
    if series:
        found = dated_bands(model.card, series, stack)
        return found.positions, found.groups, found.days
    groups = data_groups([band["sensor"] for band in model.card.bands])
    return stack.select(model.card.band_names()), groups, None


def _side(describing: Features, bands: int, stack: Stack, run: Run) -> int:
    per_pixel = 4 * (describing.live + (AHEAD + 4) * bands)
    side = choose_side(per_pixel, describing.halo, run.memory_bytes, memory_in_use(run))
    need = working_bytes(min(side, max(stack.grid.height, stack.grid.width)), describing.halo, per_pixel) / 2**30
    run.channel.info(f"Tiles of {side} cells, about {need:.2f} GiB at a time.")
    return side


def propose_samples(params: SampleProposal, run: Run) -> Result:
    """Write the places where new samples would help most, the best first.

    A place helps by its distance to everything known, in the space of predictors, more so where
    the map is undecided, and less the more a visit costs. Each chosen place counts as known for the
    next, so that proposals differ from each other, too.
    """
    check_writable(params.output)
    model = read_model(params.model, *FAMILIES)
    space = Space.of(model, params.model)
    describing = read_features(model.card.trees, model.card.band_names(), space.kept)
    with _still(params) as stack:
        bands = stack.select(model.card.band_names())
        places = map_places(stack, params.seed)[:CANDIDATES]
        features = _features_at(describing, stack, bands, places)
        entropy = _values_at(params.uncertainty, stack, places, "entropy")
        cost = _values_at(params.cost, stack, places, "")
        crs = stack.grid.crs
    if cost is not None and not (cost[np.isfinite(cost)] > 0).all():
        raise RegionwiseError(f"Costs of '{params.cost}' are not all above 0.", "Use a raster of hours or money.")
    gain = np.ones(len(places)) if entropy is None else np.nan_to_num(entropy) / max(float(np.nanmean(entropy)), 1e-12)
    price = np.ones(len(places)) if cost is None else np.where(np.isfinite(cost), cost, np.inf)
    chosen, dissimilarity, worth = _choose(space, features, gain / price, places, params)
    frame = gpd.GeoDataFrame(
        {"rank": np.arange(1, len(chosen) + 1), "dissimilarity": dissimilarity, "worth": worth},
        geometry=gpd.points_from_xy(*places[chosen].T), crs=crs.to_wkt(),
    )  # fmt: skip
    if entropy is not None:
        frame["entropy"] = entropy[chosen]
    if cost is not None:
        frame["cost"] = cost[chosen]
    write_vector(frame, params.output)
    outside = float((dissimilarity > space.threshold).sum())
    run.channel.info(f"{len(chosen)} places, {outside:.0f} of them outside the area of applicability.")
    if len(chosen) < params.count:
        run.channel.warning(f"Only {len(chosen)} places are {params.distance:g} map units apart.")
    return Result({"OUTPUT": params.output}, {"PLACES": float(len(chosen)), "OUTSIDE": outside})


def _choose(
    space: Space, features: Floats, factor: Array, places: Array, params: SampleProposal
) -> tuple[list[int], Array, Array]:
    """Return the chosen candidates in order, their dissimilarity to the samples, and their worth when chosen."""
    index = space.dissimilarity(features)[0].astype(np.float64)
    coordinates = space.coordinates(features)
    known, free = index.copy(), np.isfinite(factor)
    chosen: list[int] = []
    worth: list[float] = []
    while len(chosen) < params.count and (free & (known * factor > 0)).any():
        best = int(np.argmax(np.where(free, known * factor, -np.inf)))
        chosen.append(best)
        worth.append(known[best] * factor[best])
        away = np.sqrt(((coordinates - coordinates[best]) ** 2).sum(1)) / space.mean_distance
        known = np.minimum(known, away)
        free &= np.sqrt(((places - places[best]) ** 2).sum(1)) > params.distance
        free[best] = False
    return chosen, index[chosen], np.array(worth)


def _features_at(describing: Features, stack: Stack, bands: Sequence[int], places: Array) -> Floats:
    """Return the features of `places`, shape (place, feature)."""
    halo = describing.halo
    blocks = (stack.read(tile.padded(halo))[list(bands)][None] for tile in stack.grid.cells_at(places))
    return np.concatenate([describing(block, halo).reshape(1, -1) for block in blocks])


def _values_at(layer: Layer, stack: Stack, places: Array, band: str) -> Array | None:
    """Return the values of a raster at `places`, of the band called `band` or the first; None without a raster."""
    if not layer:
        return None
    with rasterio.open(layer.path) as file:
        if file.crs != stack.grid.crs:
            raise RegionwiseError(f"Raster '{layer}' has another CRS than the day rasters.", "Warp it first.")
        names = list(file.descriptions)
        if band and band not in names:
            raise RegionwiseError(
                f"Raster '{layer}' has no band '{band}'.", "Give the Uncertainty that 'Map composition' has written."
            )
        number = names.index(band) + 1 if band else 1
        values = np.array([v[0] for v in file.sample(places, number, masked=True)], object)
    return np.array([np.nan if v is np.ma.masked else float(v) for v in values])
