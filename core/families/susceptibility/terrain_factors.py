"""Derive terrain factors from a DEM: a raster for each, in metres and degrees whatever its CRS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...contract.errors import RegionwiseError
from ...contract.layer import Layer
from ...data.raster.geotiff import RasterBands, window_side, write_windows
from ...data.raster.grids import Grid, crs_name
from ...data.raster.ground_cells import CellSizes, astray, cell_sizes, fitting_crs
from ...data.raster.stack import Stack
from ...data.raster.tiles import Tile
from ...features.terrain import Surface, relief
from ...features.water import D8, MFD, Water, within
from ...mapping.styles.layer_groups import write_group
from ...mapping.styles.map_styles import TERRAIN
from ...mapping.styles.style_files import write_style
from ...runtime.files import check_not_input, check_writable, make_folder
from ...runtime.input_log import note_change
from ...runtime.progress import span, told_to
from ...runtime.run import Result, Run, memory_in_use
from ...runtime.types import Floats
from .heights import Heights, read_heights, zeros_beside_heights
from .terrain_params import TerrainDerivation

LEANING = 0.17  # cosine of the angle between rows and columns: 10 degrees from upright, water finds no neighbours
ASTRAY = 5.0  # degrees between north and the top of the grid
WATER_BYTES = 90  # per cell, while the water is followed
SQUARE_KILOMETRE = 1e6
LOCAL_BANDS = 24  # arrays of a window that exist at a time, in float32
FACTORS = (
    "slope",
    "aspect_sin",
    "aspect_cos",
    "profile_curvature",
    "plan_curvature",
    "tangential_curvature",
    "twi",
    "spi",
    "relief",
    "drainage_distance",
)
CONTOUR = "contour_curvature"  # on demand, for models that learned it by its former name
CURVATURES = {  # whose names are used for several quantities: what each is here
    "profile_curvature": "normal curvature down the slope, above 0 where it gets steeper (Mitasova & Hofierka 1993)",
    "plan_curvature": "second derivative across the slope, above 0 on ridges (Zevenbergen & Thorne 1987)",
    "tangential_curvature": "normal curvature across the slope, above 0 on ridges (Mitasova & Hofierka 1993)",
    CONTOUR: "curvature of the contour line on the map, above 0 on ridges",
}
FLOWS = {D8: "single flow directions (D8)", MFD: "multiple flow directions (Quinn et al. 1991)"}
WATER_FACTORS = ("twi", "spi", "drainage_distance")
WATER_SHARE = 0.6  # of the progress

Values = NDArray[np.floating]
Factor = tuple[str, Callable[[Tile], Floats]]  # unit, and the values of a window


def derive_terrain(params: TerrainDerivation, run: Run) -> Result:
    """Write one raster per factor into the folder."""
    folder = make_folder(params.output_folder)
    names = (*FACTORS, CONTOUR) if params.contour_curvature else FACTORS
    paths = {name: folder / f"{name}.tif" for name in names}
    check_writable(*map(str, paths.values()), params.output)
    check_not_input([*map(str, paths.values()), params.output], [params.dem.path])
    with Stack({"dem": (params.dem,)}) as stack:
        grid, tell = stack.grid, run.channel.progress
        sizes = _check(params, stack, run)
        heights, whole = read_heights(params.dem, stack, params.height_unit)
        for text in filter(None, [zeros_beside_heights(whole), _turned(grid)]):
            run.channel.warning(text)
        area = params.stream_area * SQUARE_KILOMETRE
        water = Water.of(whole, sizes, area, lambda share, text: tell(WATER_SHARE * share, text), params.flow)
        if not np.isfinite(water.distance).any():
            run.channel.warning(
                f"No cell has {params.stream_area:g} km² above it, so there is no drainage to be near to; the largest "
                f"has {np.nanmax(water.area) / SQUARE_KILOMETRE:.3g}. Choose a smaller Stream area."
            )
        factors = _factors(params, heights, water)
        definitions = CURVATURES | dict.fromkeys(WATER_FACTORS, FLOWS[params.flow])
        for number, name in enumerate(names):
            unit, compute = factors[name]
            bands = RasterBands([name], [unit], [definitions.get(name, "")])
            start, end = (WATER_SHARE + (1 - WATER_SHARE) * n / len(paths) for n in (number, number + 1))
            with told_to(tell), span(start, end):
                write_windows(paths[name], grid, bands, compute, side=window_side(LOCAL_BANDS))
            write_style(paths[name], TERRAIN[name])
        write_group(folder, list(paths.values()))
    if params.output:
        _write_together(params, list(paths.values()))
    run.channel.info(f"Factors: {', '.join(names)}; water by {FLOWS[params.flow]}.")
    outputs = {"OUTPUT_FOLDER": str(folder), **({"OUTPUT": params.output} if params.output else {})}
    return Result(outputs, {"FACTORS": float(len(names))})


def _write_together(params: TerrainDerivation, paths: Sequence[Path]) -> None:
    """Write the finished factors as bands of one raster."""
    with Stack({"factors": [Layer(str(path), path.stem) for path in paths]}) as stack:
        units, definitions = [band.unit for band in stack.bands], [band.definition for band in stack.bands]
        bands = RasterBands(stack.names, units, definitions)
        write_windows(Path(params.output), stack.grid, bands, stack.read, side=window_side(len(stack.bands)))
    write_style(Path(params.output), TERRAIN[paths[0].stem])


def _check(params: TerrainDerivation, stack: Stack, run: Run) -> CellSizes:
    """The sizes of all cells.

    Raises
    ------
    RegionwiseError
        If they are those of no DEM, lean too much, or are more than the memory allows.
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
    sizes = cell_sizes(grid, grid.area)
    lean = float(np.abs(sizes.skew).max())
    if lean > LEANING:
        raise RegionwiseError(
            f"In the CRS of '{dem}' ({crs_name(grid.crs)}) rows and columns lie {90 - np.degrees(np.arccos(lean)):.0f} "
            "degrees from upright on each other here: slopes and water would go astray.",
            f"Warp it to {fitting_crs(grid)} (Raster > Projections > Warp).",
        )
    _tell_sizes(dem, grid, sizes)
    return sizes


def _tell_sizes(dem: Layer, grid: Grid, sizes: CellSizes) -> None:
    """Say how large cells are on the ground, where that is not what the CRS says."""
    if sizes.width.size > 1:
        width, height = (f"{size.min():.4g} to {size.max():.4g}" for size in (sizes.width, sizes.height))
        text = f"cells of {crs_name(grid.crs)} are measured on the ground: {width} m wide, {height} m high"
        note_change(str(dem), dem.path, text)


def _turned(grid: Grid) -> str:
    """A sentence if the top of the grid is not north; else empty."""
    angle = astray(grid)
    if angle < ASTRAY:
        return ""
    return (
        f"The top of the grid points {angle:.0f} degrees away from north ({crs_name(grid.crs)}): aspect_sin and "
        "aspect_cos count from the top of the grid."
    )


def _check_grid(label: str, grid: Grid) -> None:
    """Raise `RegionwiseError` unless rows run from north to south and columns from west to east."""
    t = grid.transform
    if t.b or t.d or t.a < 0 or t.e > 0:
        raise RegionwiseError(
            f"'{label}' is turned or upside down, so that north is not up.", "Warp it (Raster > Projections > Warp)."
        )


def _factors(params: TerrainDerivation, heights: Heights, water: Water) -> dict[str, Factor]:
    """Unit and window function of each factor, by name."""
    radius, grid = params.relief_window // 2, heights.stack.grid

    def derived(compute: Callable[[Surface, Tile], Values], tile: Tile) -> Floats:
        """`compute` of the surface of a window."""
        surface = Surface.of(heights.read(tile.padded(1)), cell_sizes(grid, tile))
        return compute(surface, tile)[None].astype(np.float32)

    def wet(compute: Callable[..., Values], surface: Surface, tile: Tile) -> Values:
        """`compute` of the water in a window."""
        return compute(tile, surface.tangent, cell_sizes(grid, tile))

    surface_factors: dict[str, tuple[str, Callable[[Surface, Tile], Values]]] = {
        "slope": ("degrees", lambda surface, _: surface.slope()),
        "aspect_sin": ("1", lambda surface, _: surface.downhill()[0]),
        "aspect_cos": ("1", lambda surface, _: surface.downhill()[1]),
        "profile_curvature": ("1/m", lambda surface, _: surface.profile_curvature()),
        "plan_curvature": ("1/m", lambda surface, _: surface.plan_curvature()),
        "tangential_curvature": ("1/m", lambda surface, _: surface.tangential_curvature()),
        CONTOUR: ("1/m", lambda surface, _: surface.contour_curvature()),
        "twi": ("ln(m)", partial(wet, water.wetness)),
        "spi": ("ln(m)", partial(wet, water.power)),
    }
    factors: dict[str, Factor] = {
        name: (unit, partial(derived, compute)) for name, (unit, compute) in surface_factors.items()
    }
    factors["relief"] = (
        "m",
        lambda tile: relief(heights.read(tile.padded(radius)), radius)[None].astype(np.float32),
    )
    factors["drainage_distance"] = ("m", lambda tile: _distance(water, tile))
    return factors


def _distance(water: Water, tile: Tile) -> Floats:
    """The distance to drainage in a window; none where there is no height."""
    return np.where(np.isfinite(within(water.area, tile)), within(water.distance, tile), np.nan)[None].astype(
        np.float32
    )
