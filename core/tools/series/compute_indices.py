"""Compute spectral indices from the bands of rasters, or of each date of a series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from ...contract.errors import Problems, RegionwiseError
from ...contract.parsing import Scale, names_in, parse_pairs, parse_scales
from ...data.raster.geotiff import RasterBands, window_side, write_windows
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile, plan
from ...data.series.image_series import Series, SeriesBand, band_name, read_series, write_series
from ...features.spectral_indices import FORMULAS, FVC, NDVI, PARTS, RSEI, compute, cover, fit_ecology, roles_of
from ...mapping.styles.map_styles import INDEX
from ...mapping.styles.style_files import write_style
from ...runtime.files import check_not_input, check_writable
from ...runtime.run import Result, Run
from ...runtime.types import Floats
from .params import IndexComputing

SAMPLE_SIDE, SAMPLE_WINDOWS, SAMPLE_CELLS = 64, 200, 200_000  # that tell quantiles and axes
SEED = 42
PLAUSIBLE_REFLECTANCE = 2.0  # above snow in the sun
SOIL_QUANTILE, VEGETATION_QUANTILE = 0.05, 0.95
TYPICAL_QUANTILE = 0.95  # of the cells, which tells the unit of reflectance

Bands = dict[str, Floats]
Make = Callable[[Bands], Floats]


@dataclass(frozen=True)
class Reader:
    """Reads the bands of one date by role; `positions` says where the stack has the band of each."""

    date: date | None
    positions: dict[str, int]

    def bands(self, block: Floats) -> Bands:
        """The bands by role from a block of the stack."""
        return {role: block[position] for role, position in self.positions.items()}


def compute_indices(params: IndexComputing, run: Run) -> Result:
    """Write a band per index, and per date of a series."""
    series = read_series(params.series) if params.series else None
    layers = (series.layer,) if series else params.input
    check_writable(params.output, params.output_series)
    check_not_input([params.output, params.output_series], [params.series, *(layer.path for layer in layers)])
    indices = names_in(params.indices)
    with Stack({"input": layers}, params.resampling, scales=_scales(params, series)) as stack:
        readers = _readers(params, indices, stack, series)
        makers = _makers(params, indices, stack, readers, run)
        names = [band_name(name, reader.date) if reader.date else name for reader in readers for name in indices]

        def compute_window(tile: Tile) -> Floats:
            block = stack.read(tile)
            return np.stack([make(reader.bands(block)) for reader in readers for make in makers])

        write_windows(
            Path(params.output),
            stack.grid,
            RasterBands(names, ["1"] * len(names), interleave="band"),
            compute_window,
            side=window_side(len(stack.bands)),
            progress=lambda share: run.channel.progress(share, "Computing indices"),
        )
    # indices are on scales of their own: with several, the first one's date alone tells the ramp
    write_style(Path(params.output), replace(INDEX, together=0 if len(indices) == 1 else 1))
    outputs = {"OUTPUT": params.output}
    if series and params.output_series:
        bands = tuple(SeriesBand(name, "1") for name in indices)
        write_series(Series(params.output_series, params.output, series.dates, bands))
        outputs["OUTPUT_SERIES"] = params.output_series
    return Result(outputs)


def _scales(params: IndexComputing, series: Series | None) -> dict[str, Scale]:
    """The scales that are given, by the names of the stack's bands; those of files count for others."""
    scales = parse_scales(params.scale)
    dates = series.dates if series else ()
    return scales | {band_name(name, when): scale for name, scale in scales.items() if name for when in dates}


def _readers(params: IndexComputing, indices: Sequence[str], stack: Stack, series: Series | None) -> list[Reader]:
    """A reader for each date, or one; raise if a role has no band."""
    chosen, scales = parse_pairs("Roles", params.roles), parse_scales(params.scale)
    names = series.names if series else stack.names
    told = {} if series else {band.role: band.name for band in stack.bands if band.role}
    band_of_role = told | {name: name for name in names} | chosen
    problems = Problems()
    for role in told if not series else ():
        bearers = [band.name for band in stack.bands if role in (band.role, band.name)]
        if len(bearers) > 1 and role not in chosen:
            problems.add(f"{role} is the role of {' and '.join(bearers)}; say in Roles which it is, as {role}=B4.")
    roles = list(dict.fromkeys(role for name in indices for role in roles_of(name, band_of_role)))
    for role in roles:
        if band_of_role.get(role) not in names:
            users = ", ".join(name for name in indices if role in roles_of(name, band_of_role))
            missing = f"band '{band_of_role[role]}'" if role in band_of_role else "band"
            problems.add(
                f"{users}: no {missing} for {role}; there are {', '.join(names)}. "
                f"Say in Roles which it is, as {role}=B4."
            )
    unknown = sorted(set(scales) - {*names, ""})
    if unknown:
        problems.add(f"Scale names '{unknown[0]}'; the bands are {', '.join(names)}.")
    problems.raise_any()
    return [
        Reader(when, {role: step * len(names) + names.index(band_of_role[role]) for role in roles})
        for step, when in enumerate(series.dates if series else [None])
    ]


def _makers(
    params: IndexComputing, indices: Sequence[str], stack: Stack, readers: Sequence[Reader], run: Run
) -> list[Make]:
    """A function for each index, of the bands by role; checks the scale of reflectance on a sample."""
    sample = _sample(stack, readers)
    makers: list[Make] = []
    for name in indices:
        if name == FVC:
            makers.append(_cover_maker(params, compute(NDVI, sample), run))
        elif name == RSEI:
            makers.append(_ecology_maker(sample, run))
        else:
            if FORMULAS[name].scaled:
                _check_reflectance(name, sample)
            makers.append(partial(compute, name))
    return makers


def _sample(stack: Stack, readers: Sequence[Reader]) -> Bands:
    """The bands by role of cells with data in random windows, of all dates together."""
    rng = np.random.default_rng(SEED)
    tiles = list(plan(stack.grid.area, SAMPLE_SIDE))
    chunks: list[Floats] = []
    windows = rng.permutation(len(tiles))[:SAMPLE_WINDOWS]
    each = -(-4 * SAMPLE_CELLS // (len(windows) * len(readers)))  # of a window and date
    for number in windows:
        block = stack.read(tiles[number]).reshape(len(stack.bands), -1)
        for reader in readers:
            values = np.stack(list(reader.bands(block).values()))
            valid = values[:, np.isfinite(values).all(0)]
            chunks.append(valid[:, rng.permutation(valid.shape[1])[:each]])
    cells = np.concatenate(chunks, 1)
    if not cells.size:
        raise RegionwiseError("No cell has data in all bands that the indices need.", "Check their nodata values.")
    chosen = cells[:, rng.permutation(cells.shape[1])[:SAMPLE_CELLS]]
    return dict(zip(readers[0].positions, chosen, strict=True))


def _check_reflectance(name: str, sample: Bands) -> None:
    """Raise `RegionwiseError` if the bands of an index cannot be reflectance from 0 to 1."""
    for role in FORMULAS[name].roles:
        typical = float(np.quantile(np.abs(sample[role]), TYPICAL_QUANTILE))
        if typical > PLAUSIBLE_REFLECTANCE:
            raise RegionwiseError(
                f"{name} needs reflectance from 0 to 1, and {role} reaches {typical:g}.",
                "Give its Scale, as 0.0001 (Sentinel-2, MODIS) or 0.0000275:-0.2 (Landsat, with its offset).",
            )


def _cover_maker(params: IndexComputing, ndvi: Floats, run: Run) -> Make:
    """A function for the cover, between the NDVI of bare soil and of full vegetation, given or of quantiles."""
    quantiles = np.quantile(ndvi[np.isfinite(ndvi)], [SOIL_QUANTILE, VEGETATION_QUANTILE])
    soil, vegetation = (
        float(quantile) if given is None else given
        for given, quantile in zip(params.cover_bounds(), quantiles, strict=True)
    )
    if not soil < vegetation:
        raise RegionwiseError(
            f"NDVI of bare soil is {soil:g}, of full vegetation {vegetation:g}: cover cannot be told from them.",
            "Check Roles, or set both.",
        )
    run.channel.info(f"FVC: NDVI of bare soil {soil:.4f}, of full vegetation {vegetation:.4f}.")
    return lambda bands: cover(compute(NDVI, bands), soil, vegetation)


def _ecology_maker(sample: Bands, run: Run) -> Make:
    """A function for RSEI, whose axis is fitted on the sample."""
    parts = _parts(sample)
    ecology = fit_ecology(parts[:, np.isfinite(parts).all(0)])
    if ecology is None:
        raise RegionwiseError("A part of RSEI is constant.", f"Check the bands for {', '.join(PARTS)}.")
    listing = ", ".join(f"{name} {value:+.2f}" for name, value in zip(PARTS, ecology.axis, strict=True))
    run.channel.info(f"RSEI: first axis {listing}; it explains {100 * ecology.explained:.0f} % of the variance.")
    if against := ecology.against():
        run.channel.warning(
            f"RSEI goes the wrong way with {' and '.join(against)}: what varies most here is not how good the state "
            "is, as greenness and wetness tell it against dryness and heat. Do not read it so; mask water, or choose "
            "an area with more vegetation."
        )
    return lambda bands: ecology(_parts(bands))


def _parts(bands: Bands) -> Floats:
    """The parts of RSEI, shape (part, ...)."""
    return np.stack([compute(NDVI, bands), *(bands[part] for part in PARTS[1:])])
