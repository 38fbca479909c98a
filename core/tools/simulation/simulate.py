"""Simulate a small world with known truth: write its rasters, samples and regions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...data.raster.geotiff import LARGEST_SIDE, RasterBands, write_windows
from ...data.raster.grids import Grid
from ...data.raster.tiles import Tile
from ...data.vector.polygonize import outlines
from ...data.vector.writers import write_vector
from ...runtime.files import check_space, make_folder
from ...runtime.run import Result, Run
from ...runtime.types import Floats
from . import abundance_world, crop_world, forecast_world, susceptibility_world
from .composition_world import BANDS, COMPONENTS, NIGHT, SAMPLES_PER_CELL, World, simulate_world
from .params import Simulation

CELL_M = 90.0
EVENT_SAMPLES = 4  # a label of 0 or 1 tells less than shares do
# an equal-area CRS: shares per area mean the same everywhere
CRS_TEXT = "+proj=laea +lat_0=35 +lon_0=105 +datum=WGS84 +units=m"


def simulate(params: Simulation, run: Run) -> Result:
    """Write rasters, truth.tif, samples.gpkg and regions.gpkg of a world of one family."""
    folder = make_folder(params.output_folder)
    SIMULATORS[params.family](params, folder, run)
    return Result({"OUTPUT_FOLDER": str(folder)})


def _simulate_composition(params: Simulation, folder: Path, run: Run) -> None:
    """Write day, night and truth, samples with the unit that each label comes from, and regions."""
    check_space([(folder, params.size**2 * 4 * (len(BANDS) + len(COMPONENTS) + 1))])
    run.channel.progress(0.1, "Simulating")
    world = simulate_world(params.size, params.design, params.seed)
    grid = grid_of(params.size)
    run.channel.progress(0.6, "Writing")
    rasters: dict[str, tuple[NDArray[np.float64], tuple[str, ...]]] = {
        "day": (world.day, BANDS),
        "night": (world.night, (NIGHT,)),
        "truth": (world.shares, COMPONENTS),
    }
    if params.settled_only:
        for name in ("day", "night"):
            rasters[name] = (np.where(world.settled, rasters[name][0], np.nan), rasters[name][1])
    for raster, (values, bands) in rasters.items():
        write_raster(folder / f"{raster}.tif", values.astype(np.float32), bands, grid)
    write_vector(_samples(world, grid), str(folder / "samples.gpkg"))
    write_vector(outlines_of(world.region, grid), str(folder / "regions.gpkg"))
    run.channel.info(f"{len(world.places)} samples of {len(np.unique(world.group))} sources.")


def _simulate_abundance(params: Simulation, folder: Path, run: Run) -> None:
    """Write an image per date and band, the fractions of samples, and the parents of their classes."""
    cells = params.size**2
    bands = abundance_world.STEPS * len(abundance_world.BANDS) + len(abundance_world.CLASSES)
    check_space([(folder, cells * 4 * bands)])
    run.channel.progress(0.1, "Simulating")
    count = max(200, round(SAMPLES_PER_CELL * cells))
    world = abundance_world.simulate_series(params.size, min(count, cells), params.gaps, params.seed)
    grid = grid_of(params.size)
    run.channel.progress(0.6, "Writing")
    _write_images(folder / "images", world.dates, abundance_world.BANDS, world.values, grid)
    write_raster(folder / "truth.tif", world.shares.astype(np.float32), abundance_world.CLASSES, grid)
    rows, cols = world.places.T
    columns: dict[str, object] = dict(zip(abundance_world.CLASSES, world.shares[:, rows, cols], strict=True))
    samples = _at(world.places, {**columns, "region": [_name(r) for r in world.region[rows, cols]]}, grid)
    write_vector(samples, str(folder / "samples.gpkg"))
    write_vector(outlines_of(world.region, grid), str(folder / "regions.gpkg"))
    levels = pd.DataFrame({"child": abundance_world.PARENTS.keys(), "parent": abundance_world.PARENTS.values()})
    write_vector(levels, str(folder / "levels.csv"))
    missing = float(np.isnan(world.values).mean())
    run.channel.info(f"{len(samples)} samples, {len(world.dates)} dates, {100 * missing:.0f} % of the values missing.")


def _simulate_crops(params: Simulation, folder: Path, run: Run) -> None:
    """Write the images and crops of two years, fields, and samples of the first year."""
    cells = params.size**2
    check_space([(folder, cells * 4 * 100)])
    run.channel.progress(0.1, "Simulating")
    count = max(200, round(SAMPLES_PER_CELL * cells))
    world = crop_world.simulate_crops(params.size, min(count, cells), params.gaps, params.seed)
    grid, names = grid_of(params.size), np.array(list(crop_world.CROPS), object)
    run.channel.progress(0.6, "Writing")
    for year, suffix in zip(world.years, ("", "_next"), strict=True):
        _write_images(folder / f"images{suffix}", year.dates, abundance_world.BANDS, year.values, grid)
        truth = (year.crop[world.field] + 1)[None].astype(np.float32)
        write_raster(folder / f"truth{suffix}.tif", truth, ("crop",), grid)
    field = world.field[tuple(world.places.T)]
    columns = {
        "crop": names[world.years[0].crop[field]],
        "field": [f"field {number}" for number in field],
        "region": [_name(number) for number in world.region[field]],
    }
    samples = _at(world.places, columns, grid)
    write_vector(samples, str(folder / "samples.gpkg"))
    half = np.arange(params.size) >= params.size // 2
    write_vector(
        outlines_of(np.repeat(half[None].astype(np.int64), params.size, 0), grid), str(folder / "regions.gpkg")
    )
    fields = outlines_of(world.field, grid, "field", "field {}".format)
    write_vector(fields, str(folder / "fields.gpkg"))
    run.channel.info(f"{len(samples)} samples, {len(fields)} fields, {len(world.years[0].dates)} dates.")


def _simulate_susceptibility(params: Simulation, folder: Path, run: Run) -> None:
    """Write factors, samples, the events alone, blocks, and the true probability."""
    cells = params.size**2
    check_space([(folder, cells * 4 * (len(susceptibility_world.FACTORS) + 1))])
    run.channel.progress(0.1, "Simulating")
    count = max(1000, round(EVENT_SAMPLES * SAMPLES_PER_CELL * cells))
    world = susceptibility_world.simulate_events(params.size, min(count, cells // 2), CELL_M, params.seed)
    grid = grid_of(params.size)
    run.channel.progress(0.6, "Writing")
    factors = folder / "factors"
    make_folder(str(factors))
    for name, values in zip(susceptibility_world.FACTORS, world.factors, strict=True):
        write_raster(factors / f"{name}.tif", values[None].astype(np.float32), (name,), grid)
    write_raster(folder / "truth.tif", world.probability[None].astype(np.float32), ("probability",), grid)
    columns = {
        "label": world.label.astype(int),
        "weak": world.weak.astype(int),
        "block": [f"block {number}" for number in world.block[tuple(world.places.T)]],
    }
    samples = _at(world.places, columns, grid)
    write_vector(samples, str(folder / "samples.gpkg"))
    write_vector(samples[world.label & ~world.weak][["geometry"]], str(folder / "inventory.gpkg"))
    write_vector(outlines_of(world.block, grid, "block", "block {}".format), str(folder / "blocks.gpkg"))
    run.channel.info(
        f"{(~world.weak).sum()} samples, {(world.label & ~world.weak).sum()} of them events; {world.weak.sum()} weak "
        f"labels; {100 * world.probability.mean():.1f} % of all cells have an event."
    )


def _simulate_forecast(params: Simulation, folder: Path, run: Run) -> None:
    """Write an image per year, the best forecast of each, and the mines."""
    cells = params.size**2
    check_space([(folder, 2 * cells * 4 * forecast_world.YEARS)])
    run.channel.progress(0.1, "Simulating")
    world = forecast_world.simulate_forecast(params.size, params.gaps, params.seed)
    grid = grid_of(params.size)
    run.channel.progress(0.6, "Writing")
    _write_images(folder / "images", world.dates, (forecast_world.INDEX,), world.values[:, None], grid)
    names = tuple(f"{forecast_world.INDEX} {when.year}" for when in world.dates[1:])
    write_raster(folder / "best.tif", world.best[1:].astype(np.float32), names, grid)
    write_raster(folder / "mines.tif", (world.opened > 0)[None].astype(np.float32), ("mine",), grid)
    missing = float(np.isnan(world.values).mean())
    run.channel.info(
        f"{len(world.dates)} years from {world.dates[0].year}, {100 * missing:.0f} % of the values missing; mines "
        f"cover {100 * (world.opened > 0).mean():.1f} % of the area at the end."
    )


def grid_of(size: int) -> Grid:
    """The grid of a world, around the origin of its CRS."""
    side = size * CELL_M
    return Grid(CRS.from_string(CRS_TEXT), Affine(CELL_M, 0, -side / 2, 0, -CELL_M, side / 2), size, size)


def _write_images(
    folder: Path, dates: Sequence[date], names: Sequence[str], values: NDArray[np.float64], grid: Grid
) -> None:
    """Write a file for each date and band of `values` (date, band, row, col)."""
    make_folder(str(folder))
    for when, bands in zip(dates, values, strict=True):
        for band, image in zip(names, bands, strict=True):
            write_raster(folder / f"{band}_{when:%Y%m%d}.tif", image[None].astype(np.float32), (band,), grid)


def write_raster(path: Path, values: Floats, bands: tuple[str, ...], grid: Grid) -> None:
    """Write a raster of `values` (band, row, col)."""

    def window(tile: Tile) -> Floats:
        return values[:, tile.row : tile.row + tile.height, tile.col : tile.col + tile.width]

    write_windows(path, grid, RasterBands(bands), window, side=LARGEST_SIDE)


def _samples(world: World, grid: Grid) -> gpd.GeoDataFrame:
    """The samples of a world of compositions, with their shares, source and region."""
    region = world.region[tuple(world.places.T)]
    columns: dict[str, object] = {name: world.labels[:, i] for i, name in enumerate(COMPONENTS)}
    columns |= {"source": [f"unit {s}" for s in world.group], "region": [_name(r) for r in region]}
    return _at(world.places, columns, grid)


def _at(places: NDArray[np.int64], columns: Mapping[str, object], grid: Grid) -> gpd.GeoDataFrame:
    """Points with attributes in the middle of cells, whose rows and columns are `places`."""
    rows, cols = places.T
    x, y = grid.transform @ (cols + 0.5, rows + 0.5)
    return gpd.GeoDataFrame(dict(columns), geometry=gpd.points_from_xy(x, y), crs=grid.crs.to_wkt())


def _name(number: int) -> str:
    """The name of a region."""
    return f"R{number + 1}"


def outlines_of(
    numbers: NDArray[np.int64], grid: Grid, column: str = "region", name: Callable[[int], str] = _name
) -> gpd.GeoDataFrame:
    """The outline of the cells of each number, with its name in `column`."""
    frame = outlines(numbers + 1, grid, column)  # numbers begin with 0
    return frame[[column, "geometry"]].assign(**{column: [name(number - 1) for number in frame[column]]})


SIMULATORS: dict[str, Callable[[Simulation, Path, Run], None]] = {
    "composition": _simulate_composition,
    "abundance": _simulate_abundance,
    "crops": _simulate_crops,
    "susceptibility": _simulate_susceptibility,
    "forecast": _simulate_forecast,
}
