"""Map applicability: how unlike the samples each cell is, and where the model's scores hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...contract.errors import Problems
from ...contract.protocol import VERSION
from ...data.raster.stack import FACTOR, Stack, data_groups, raster_files
from ...data.raster.tiles import Tile
from ...data.series.image_series import Series, read_series
from ...features.feature_info import read_features
from ...features.feature_tables import feature_tables, live_numbers, square_bytes
from ...features.series_features import Days
from ...features.window_features import Features
from ...learning.applicability.error_profile import ErrorProfile
from ...learning.applicability.predictor_space import Space
from ...learning.card import Card
from ...learning.model_file import Model, read_model
from ...mapping.band_matching import match_bands
from ...mapping.mosaic import Layout, Mosaic
from ...mapping.run_map import choose_side, kept_plan, run_map, working_bytes
from ...mapping.series_inputs import check_series, dated_bands, dated_stack
from ...mapping.styles.map_styles import APPLICABILITY
from ...mapping.styles.style_files import write_style
from ...mapping.tile_pipeline import BLOCKS_AT_A_TIME, Maker
from ...runtime.files import check_not_input, check_writable, fingerprint, work_folder
from ...runtime.run import Result, Run, memory_in_use
from ...runtime.types import Floats, Mask
from .mapped_area import CountingCells
from .params import ApplicabilityMapping, SampleProposal

FAMILIES, DATED_FAMILIES = ("composition", "susceptibility"), ("abundance", "crops")
BANDS = ("dissimilarity", "inside", "density", "expected_error")
CANDIDATES = 2000  # places among which new samples are chosen


def map_applicability(params: ApplicabilityMapping, run: Run) -> Result:
    """Write dissimilarity index, area of applicability, local point density and expected error."""
    check_writable(params.output)
    series = read_series(params.series) if params.series else None
    rasters = [layer.path for layer in (*params.day, *params.night, *params.factors, *params.ancillary)]
    rasters += [series.raster] if series else []
    check_not_input([params.output], [*rasters, params.series, params.model, params.area.path])
    model = read_model(params.model, *(DATED_FAMILIES if series else FAMILIES))
    if series:
        problems = Problems()
        check_series(model.card, series, problems)
        problems.raise_any()
    space = Space.of(model, params.model)
    known = f"{len(space.points)} cells of {round(space.each * len(space.points))} samples"
    run.channel.info(f"Inside is up to a dissimilarity of {space.threshold:.3f} to {known}.")
    run.channel.info(told(space.profile))
    with _stack(params, model, series) as stack:
        bands, groups, days = _bands(model, series, stack)
        features = read_features(model.card.features, model.card.band_names(), space.kept, days)
        counting = CountingCells.of(params.area, model, stack, bands, run.channel)

        def predict(tile: Tile, block: Floats, valid: Mask) -> dict[str, Floats]:
            index, density = np.empty((2, int(valid.sum())), np.float32)
            for pixels, table in feature_tables(features, block, valid):
                index[pixels], density[pixels] = space.dissimilarity(table)
            inside = (index <= space.threshold).astype(np.float32)
            products = np.stack([index, inside, density, space.profile.expected(index)])
            return {"applicability": products.astype(np.float32)}

        described = f"Dissimilarity, inside (1), local density, expected error ({space.profile.error})"
        layout = Layout(params.output, BANDS, APPLICABILITY, description=described)
        parts = (VERSION, "applicability", params.resampling, run.memory_bytes, [] if days is None else days.tolist())
        key = fingerprint(*parts, files=[*raster_files(rasters), params.model])
        work = work_folder(run.folder, key)
        halo = features.halo
        plan = kept_plan(work, stack.grid.area, halo, lambda: _side(features, len(bands), stack, run))
        mosaic = Mosaic(work, stack.grid, plan.area, {"applicability": layout})
        maker = Maker(bands, groups, halo, predict, mosaic.encode)
        run_map(plan, mosaic, lambda tiles: maker.stream(stack.reopened(), tiles), folder=None, channel=run.channel)
        inside = counting.share_inside(params.output)
    write_style(Path(params.output), APPLICABILITY)
    run.channel.info(f"{100 * inside:.1f} % of {counting} are inside the area of applicability.")
    return Result({"OUTPUT": params.output}, {"INSIDE": inside} if np.isfinite(inside) else {})


def told(profile: ErrorProfile) -> str:
    """Which error the map tells, and up to where, in a sentence."""
    if not profile.knots:
        return "Too few samples were tested to tell an expected error."
    return (
        f"Expected error is the {profile.error}, up to a dissimilarity of {profile.reach:.3f}; beyond it hardly any "
        "samples were tested, and the band is empty."
    )


def _stack(params: ApplicabilityMapping, model: Model, series: Series | None) -> Stack:
    if series:
        return dated_stack(model.card, series, params.ancillary, params.resampling)
    return open_layers(params, model.card)


def open_layers(params: ApplicabilityMapping | SampleProposal, card: Card) -> Stack:
    """The stack of layers that are not dated."""
    sensors = {"day": params.day, "night": params.night, FACTOR: params.factors}
    return Stack(sensors, params.resampling, scales=card.scales)


def _bands(model: Model, series: Series | None, stack: Stack) -> tuple[list[int], list[list[int]], Days | None]:
    """Positions of the model's bands in the stack, the groups that tell where there are data, and their days."""
    if series:
        bands = dated_bands(model.card, series, stack)
        return bands.positions, bands.groups, bands.days
    groups = data_groups([band.sensor for band in model.card.bands])
    return match_bands(model.card.bands, stack), groups, None


def _side(features: Features, bands: int, stack: Stack, run: Run) -> int:
    """The side of tiles that the memory allows."""
    per_pixel, squares = 4 * (live_numbers(features) + BLOCKS_AT_A_TIME * bands), square_bytes(features, bands)
    side = choose_side(per_pixel, features.halo, run.memory_bytes, memory_in_use(run) + squares)
    longest = max(stack.grid.height, stack.grid.width)
    need = (squares + working_bytes(min(side, longest), features.halo, per_pixel)) / 2**30
    run.channel.detail(f"Tiles of {side} cells, about {need:.2f} GiB at a time.")
    return side
