"""Derive terrain factors from a DEM: a raster for each, in metres and degrees whatever its CRS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...contract.params import Layer
from ...data.raster.geotiff import RasterBands, window_side, write_windows
from ...data.raster.grids import Grid
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile
from ...features.terrain import Surface, Water, cell_sides, relief, within
from ...runtime.files import check_not_input, check_writable, make_folder
from ...runtime.run import Result, Run, memory_in_use
from ...runtime.types import Floats
from .params import TerrainDerivation

LOWEST_M, HIGHEST_M = -12_000.0, 9_000.0  # of the Earth
WATER_BYTES = 90  # per cell, while the water is followed
SQUARE_KILOMETRE = 1e6
LOCAL_BANDS = 24  # arrays of a window that exist at a time, in float32
FACTORS = (
    "slope",
    "aspect_sin",
    "aspect_cos",
    "plan_curvature",
    "profile_curvature",
    "twi",
    "spi",
    "relief",
    "drainage_distance",
)
WATER_SHARE = 0.6  # of the progress

Values = NDArray[np.floating]
Factor = tuple[str, Callable[[Tile], Floats]]  # unit, and the values of a window


def derive_terrain(params: TerrainDerivation, run: Run) -> Result:
    """Write one raster per factor into the folder."""
    folder = make_folder(params.output_folder)
    paths = {name: folder / f"{name}.tif" for name in FACTORS}
    check_writable(*map(str, paths.values()), params.output)
    check_not_input([*map(str, paths.values()), params.output], [params.dem.path])
    with Stack({"dem": (params.dem,)}) as stack:
        heights = _read(params, stack, run)
        grid = stack.grid
        if grid.crs.is_geographic:
            run.channel.info("The DEM is in degrees: distances and slopes are in metres, by the latitude of each row.")
        tell = run.channel.progress
        area = params.stream_area * SQUARE_KILOMETRE
        water = Water.of(heights, grid, area, lambda share, text: tell(WATER_SHARE * share, text))
        if not np.isfinite(water.distance).any():
            run.channel.warning(
                f"No cell has {params.stream_area:g} km² above it, so there is no drainage to be near to; the largest "
                f"has {np.nanmax(water.area) / SQUARE_KILOMETRE:.3g}. Choose a smaller Stream area."
            )
        factors = _factors(params, stack, water)
        for number, (name, (unit, compute)) in enumerate(factors.items()):
            write_windows(paths[name], grid, RasterBands([name], [unit]), compute, side=window_side(LOCAL_BANDS))
            tell(WATER_SHARE + (1 - WATER_SHARE) * (number + 1) / len(paths), name)
    if params.output:
        _write_together(params, list(paths.values()))
    run.channel.info(f"Factors: {', '.join(factors)}.")
    outputs = {"OUTPUT_FOLDER": str(folder), **({"OUTPUT": params.output} if params.output else {})}
    return Result(outputs, {"FACTORS": float(len(factors))})


def _write_together(params: TerrainDerivation, paths: Sequence[Path]) -> None:
    """Write the finished factors as bands of one raster."""
    with Stack({"factors": [Layer(str(path), path.stem) for path in paths]}) as stack:
        bands = RasterBands(stack.names, [band.unit for band in stack.bands])
        write_windows(Path(params.output), stack.grid, bands, stack.read, side=window_side(len(stack.bands)))


def _read(params: TerrainDerivation, stack: Stack, run: Run) -> Floats:
    """All heights.

    Raises
    ------
    RegionwiseError
        If they are no DEM, or more than the memory allows.
    """
    dem, grid = params.dem, stack.grid
    if len(stack.bands) != 1:
        raise RegionwiseError(f"'{dem}' has {len(stack.bands)} bands.", "Choose a DEM, which has one.")
    _check_grid(dem.name or dem.path, grid)
    need = (WATER_BYTES * grid.height * grid.width + memory_in_use(run)) / 2**30
    if need > run.settings.memory_gb:
        raise RegionwiseError(
            f"To follow the water over {grid.describe()} takes {need:.1f} GiB; Memory allows "
            f"{run.settings.memory_gb:g}.",
            "Raise Memory in the options, or cut the DEM into catchments, or make its cells larger.",
        )
    heights: Floats = stack.read(grid.area)[0]
    valid = heights[np.isfinite(heights)]
    if not len(valid):
        raise RegionwiseError(f"'{dem}' holds no height.", "Check its nodata value.")
    for value in (valid.min(), valid.max()):
        if not LOWEST_M <= value <= HIGHEST_M:
            raise RegionwiseError(
                f"'{dem}' holds a height of {value:g}, which is none in metres.",
                f"If {value:g} stands for no data, set it as the nodata value (Translate).",
            )
    return heights


def _check_grid(label: str, grid: Grid) -> None:
    """Raise `RegionwiseError` unless rows run from north to south and columns from west to east."""
    t = grid.transform
    if t.b or t.d or t.a < 0 or t.e > 0:
        raise RegionwiseError(
            f"'{label}' is turned or upside down, so that north is not up.", "Warp it (Raster > Projections > Warp)."
        )


def _factors(params: TerrainDerivation, stack: Stack, water: Water) -> dict[str, Factor]:
    """Unit and window function of each factor, by name."""
    radius = params.relief_window // 2

    def derived(compute: Callable[[Surface, Tile], Values], tile: Tile) -> Floats:
        """`compute` of the surface of a window."""
        surface = Surface.of(stack.read(tile.padded(1))[0], *cell_sides(stack.grid, tile))
        return compute(surface, tile)[None].astype(np.float32)

    def wet(compute: Callable[..., Values], surface: Surface, tile: Tile) -> Values:
        """`compute` of the water in a window."""
        return compute(tile, surface.tangent, cell_sides(stack.grid, tile))

    surface_factors: dict[str, tuple[str, Callable[[Surface, Tile], Values]]] = {
        "slope": ("degrees", lambda surface, _: surface.slope()),
        "aspect_sin": ("1", lambda surface, _: surface.downhill()[0]),
        "aspect_cos": ("1", lambda surface, _: surface.downhill()[1]),
        "plan_curvature": ("1/m", lambda surface, _: surface.plan_curvature()),
        "profile_curvature": ("1/m", lambda surface, _: surface.profile_curvature()),
        "twi": ("ln(m)", partial(wet, water.wetness)),
        "spi": ("ln(m)", partial(wet, water.power)),
    }
    factors: dict[str, Factor] = {
        name: (unit, partial(derived, compute)) for name, (unit, compute) in surface_factors.items()
    }
    factors["relief"] = (
        "m",
        lambda tile: relief(stack.read(tile.padded(radius))[0], radius)[None].astype(np.float32),
    )
    factors["drainage_distance"] = ("m", lambda tile: _distance(water, tile))
    return factors


def _distance(water: Water, tile: Tile) -> Floats:
    """The distance to drainage in a window; none where there is no height."""
    return np.where(np.isfinite(within(water.area, tile)), within(water.distance, tile), np.nan)[None].astype(
        np.float32
    )
