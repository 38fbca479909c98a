"""Sample project: the simulated data of one family, small, with styles beside them; QGIS makes the project of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np

from ...data.vector.writers import write_vector
from ...mapping.styles import map_styles
from ...mapping.styles.map_styles import CLASSES, Ramp
from ...mapping.styles.style_files import write_common_style, write_style
from ...mapping.styles.vector_styles import QUIET_SIZE, Mark, VectorStyle, by_class, field, outlined, style_layer
from ...reports import palette
from ...runtime.files import make_folder
from ...runtime.run import Result, Run
from . import abundance_world, composition_world, crop_world
from .params import SampleProject, Simulation
from .simulate import grid_of, outlines_of, simulate, write_raster

# rows and columns; a map of them takes seconds
SIDES = {"composition": 192, "abundance": 96, "crops": 128, "susceptibility": 192, "forecast": 96, "area": 192}
GAPS = 0.1  # of series: enough to see what clouds do
SEED = 7
DAY = Ramp(palette.GROUND)  # one band, quiet, so that samples are seen
NIGHT = Ramp(("#0b1026", "#3b3361", "#8c4a6b", "#e08c4a", "#fdf3b4"))
ROCKS = {1: "limestone", 2: "sandstone", 3: "shale", 4: "clay"}
# of an automatic map, as far as its errors go: a field of the first crop is often taken for the second
MISTAKEN = {"soy": ("maize", 0.35), "wheat": ("pasture", 0.2), "maize": ("soy", 0.08), "rice": ("wheat", 0.1)}
EVENT = "landslide"


def make_sample_data(params: SampleProject, run: Run) -> Result:
    """Write the data of one family and their styles."""
    folder = make_folder(params.folder)
    if params.family == "area":
        _simulate_area(folder, SIDES["area"])
    else:
        world = Simulation(
            family=params.family,
            size=SIDES[params.family],
            gaps=GAPS,
            seed=SEED,
            output_folder=str(folder),
        )
        simulate(world, run)
    run.channel.progress(0.9, "Choosing colours")
    STYLING[params.family](folder)
    return Result({"FOLDER": str(folder)})


def _simulate_area(folder: Path, side: int) -> None:
    """Write a map of crops with errors, what really grows there, and two districts."""
    world = crop_world.simulate_crops(side, 1, 0.0, SEED)
    crops = list(crop_world.CROPS)
    truth = world.years[0].crop
    mapped, chance = truth.copy(), np.random.default_rng(SEED).random(len(truth))
    for crop, (taken_for, share) in MISTAKEN.items():
        mapped[(truth == crops.index(crop)) & (chance < share)] = crops.index(taken_for)
    grid = grid_of(side)
    for name, numbers in (("map", mapped), ("reference", truth)):
        write_raster(folder / f"{name}.tif", (numbers[world.field] + 1)[None].astype(np.float32), ("crop",), grid)
    halves = np.repeat((np.arange(side) >= side // 2)[None].astype(np.int64), side, 0)
    districts = outlines_of(halves, grid, "district", lambda number: f"District {number + 1}")
    write_vector(districts, str(folder / "districts.gpkg"))


def _style_composition(folder: Path) -> None:
    _style_samples(folder, composition_world.COMPONENTS)
    _style_areas(folder / "regions.gpkg", "region")
    write_style(folder / "day.tif", DAY)
    write_style(folder / "night.tif", NIGHT)
    write_style(folder / "truth.tif", map_styles.SHARE)


def _style_abundance(folder: Path) -> None:
    _style_samples(folder, abundance_world.CLASSES)
    _style_images(folder / "images")
    write_style(folder / "truth.tif", map_styles.SHARE)


def _style_crops(folder: Path) -> None:
    crops = list(crop_world.CROPS)
    samples = folder / "samples.gpkg"
    marks = [replace(mark, size=QUIET_SIZE) for mark in by_class("crop", crops, "no crop given").marks[1:]]
    style_layer(gpd.read_file(samples), str(samples), VectorStyle(tuple(marks)))
    _style_areas(folder / "fields.gpkg")
    _style_images(folder / "images")
    for name in ("truth", "truth_next"):
        write_style(folder / f"{name}.tif", CLASSES, dict(enumerate(crops, 1)))


def _style_susceptibility(folder: Path) -> None:
    events = folder / "inventory.gpkg"
    style_layer(gpd.read_file(events), str(events), VectorStyle((Mark("", EVENT, palette.OTHER, QUIET_SIZE),)))
    factors = folder / "factors"
    write_style(factors / "dem.tif", map_styles.RELIEF)
    write_style(factors / "wetness.tif", map_styles.WETNESS)
    write_style(factors / "velocity.tif", map_styles.DIFFERENCE)
    write_style(factors / "lithology.tif", CLASSES, ROCKS)
    write_style(folder / "truth.tif", map_styles.PROBABILITY)


def _style_forecast(folder: Path) -> None:
    _style_images(folder / "images")
    write_style(folder / "mines.tif", map_styles.MASK)


def _style_area(folder: Path) -> None:
    for name in ("map", "reference"):
        write_style(folder / f"{name}.tif", CLASSES, dict(enumerate(crop_world.CROPS, 1)))
    _style_areas(folder / "districts.gpkg", "district")


def _style_samples(folder: Path, shares: Sequence[str]) -> None:
    """Colour samples by their largest share."""
    samples = folder / "samples.gpkg"
    largest = f"max({', '.join(field(name) for name in shares)})"
    marks = tuple(
        Mark(f"{field(name)} = {largest}", f"mostly {name}", colour)
        for name, colour in zip(shares, map_styles.class_colours(len(shares)), strict=True)
    )
    style_layer(gpd.read_file(samples), str(samples), VectorStyle(marks))


def _style_areas(path: Path, name: str = "") -> None:
    """Draw areas by their outline, with the text of the column `name` in each."""
    marks = outlined(path.stem).marks
    style_layer(gpd.read_file(path), str(path), VectorStyle(marks, field(name) if name else ""))


def _style_images(folder: Path) -> None:
    """Give the dated images of each band one ramp in common."""
    for band in sorted({path.stem.rpartition("_")[0] for path in folder.glob("*.tif")}):
        write_common_style(sorted(folder.glob(f"{band}_*.tif")), map_styles.INDEX)


STYLING: dict[str, Callable[[Path], None]] = {
    "composition": _style_composition,
    "abundance": _style_abundance,
    "crops": _style_crops,
    "susceptibility": _style_susceptibility,
    "forecast": _style_forecast,
    "area": _style_area,
}
