"""Areas from samples: 95 % intervals held against the truth of a simulated map, and what a large map takes.

``./dev bench area`` draws 1,000 samples of each design and size from a map of 57,600 cells whose truth is known, then
estimates a map of 20,000 x 20,000 cells from a million units; ``./dev bench area --draws 100`` is quick and proves
little; ``--write`` puts the table into docs/areas.md.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from honesty import write_table
from honesty_claims import Claim, as_table, mean_of
from jobs import run_job
from numpy.typing import NDArray
from rasterio.windows import Window
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.runtime.run import Run
from regionwise.core.runtime.types import Array, Index
from regionwise.core.surveys.allocation import Strata, allocate
from regionwise.core.surveys.area_estimates import AreaEstimates, Domain, indicator, merged_groups
from regionwise.core.surveys.cell_draw import CellDraw
from regionwise.core.surveys.drawn_sample import DrawnSample
from regionwise.core.surveys.map_accuracy import MapAccuracy
from regionwise.core.tools.areas.params import AreaEstimation
from regionwise.core.tools.change.map_change import map_change
from regionwise.core.tools.change.params import ChangeMapping
from regionwise.core.validation.variogram import Variogram, binned, fitted, standardised, variance_of_mean
from scipy.ndimage import gaussian_filter
from scipy.special import ndtr, ndtri
from scipy.stats import false_discovery_control

SIDE, CLASSES, LEVEL = 240, 4, 0.95
ZONE, SHEET = 80, 8  # cells a side of zones and of primary units
DRAWS = 1000
GOALS = {60: (0.92, 0.97), 300: (0.94, 0.96)}
SHEETS_OF = {60: 20, 300: 50}  # primary units that are drawn
PAGE = Path(__file__).resolve().parents[1] / "docs" / "areas.md"
FIELD, CELL_M, SAMPLED, MOST_PLACES = 256, 100.0, 300, 400  # of fields of errors
DOUBT = 0.05  # deviation of a share on a map that is compared with another
LENGTHS, ZONE_CELLS = (800.0, 2000.0, 5000.0), (20, 100, 500, 5000)
LARGE, UNITS, STRIP = 20_000, 1_000_000, 1000


class World:
    """A map of four classes, right in eight of ten cells; one of shares; strata that are none of the map's classes."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)
        level = np.stack([self.field(6) * 2 + bias for bias in (-1.2, -0.3, 0.2, 0.5)])
        true = np.exp(1.5 * level)
        self.shares = (true / true.sum(0)).reshape(CLASSES, -1).T
        off = np.stack([self.field(3) for _ in range(CLASSES)])
        seen = np.log(self.shares.T.reshape(true.shape))
        mapped = np.exp(seen + 1.35 * off)
        self.mapped_shares = (mapped / mapped.sum(0)).reshape(CLASSES, -1).T
        self.classes = (seen + 0.5 * self.rng.gumbel(size=seen.shape)).argmax(0).ravel()
        self.mapped = (seen + 0.9 * off).argmax(0).ravel()
        self.hills = np.digitize(self.field(20).ravel(), [-0.7, 0.7])
        row, col = np.divmod(np.arange(SIDE**2), SIDE)
        self.zone, self.sheet = (row // side * (SIDE // side) + col // side for side in (ZONE, SHEET))

    def field(self, smooth: float) -> Array:
        """A smooth random field of mean 0 and deviation 1."""
        values = gaussian_filter(self.rng.normal(size=(SIDE, SIDE)), smooth)
        return np.asarray((values - values.mean()) / values.std())

    @property
    def r2(self) -> float:
        """Mean R2 of the map of shares."""
        errors = ((self.shares - self.mapped_shares) ** 2).mean(0)
        return float((1 - errors / self.shares.var(0)).mean())


@dataclass(frozen=True)
class Drawn:
    """A sample, the cells that it is of, and the group of each cell of the map."""

    sample: DrawnSample
    cells: Index
    groups: Index
    sizes: Array


def drawn_by(code: Index, size: int, seed: int, rule: str = "mixed") -> Drawn:
    """A stratified sample."""
    cells = np.bincount(code)
    strata = Strata(tuple(map(str, range(len(cells)))), cells, cells.astype(float), np.full(len(cells), 0.8))
    counts = allocate(strata, size, rule, 2)
    draw = CellDraw(counts.tolist(), seed)
    draw.add(code, np.arange(len(code)))
    stratum, cell = draw.drawn()
    sample = DrawnSample.of(stratum, np.ones(len(cell))).calibrated(stratum, strata.area)
    return Drawn(sample, cell, code, strata.area)


def drawn_in_sheets(world: World, size: int, seed: int) -> Drawn:
    """A sample in two stages: sheets, and cells of the map's classes in these."""
    sheets = int(world.sheet.max()) + 1
    chosen = np.random.default_rng(seed).choice(sheets, SHEETS_OF[size], replace=False)
    inside = np.isin(world.sheet, chosen)
    there = np.bincount(world.mapped[inside], minlength=CLASSES)
    counts = allocate(Strata(("",) * CLASSES, there, there.astype(float), np.full(CLASSES, 0.8)), size, "mixed", 2)
    draw = CellDraw(counts.tolist(), seed)
    draw.add(np.where(inside, world.mapped, -1), np.arange(len(inside)))
    stratum, cell = draw.drawn()
    weight = sheets / len(chosen) * (there / counts)[stratum]
    sizes = np.bincount(world.mapped).astype(float)
    sample = DrawnSample.of(stratum, weight, world.sheet[cell]).calibrated(stratum, sizes)
    return Drawn(sample, cell, world.mapped, sizes)


def simple_by_classes(world: World, size: int, seed: int) -> Drawn:
    """A simple random sample, weighed by the map's classes."""
    drawn = drawn_by(np.zeros(SIDE**2, np.int64), size, seed)
    sizes = np.bincount(world.mapped).astype(float)
    group, sizes, number = merged_groups(world.mapped[drawn.cells], sizes)
    sample = DrawnSample.of(group, np.ones(len(group))).calibrated(group, sizes)
    return Drawn(sample, drawn.cells, number[world.mapped], sizes)


def hills_by_classes(world: World, size: int, seed: int) -> Drawn:
    """A sample by strata that are not the map's classes, weighed by these."""
    drawn = drawn_by(world.hills, size, seed)
    group, sizes, number = merged_groups(world.mapped[drawn.cells], np.bincount(world.mapped).astype(float))
    return Drawn(drawn.sample.calibrated(group, sizes), drawn.cells, number[world.mapped], sizes)


DESIGNS: dict[str, tuple[Callable[[World, int, int], Drawn], str]] = {
    "stratified, by the map's classes": (lambda w, n, s: drawn_by(w.mapped, n, s), "classes"),
    "stratified, by other strata": (lambda w, n, s: drawn_by(w.hills, n, s), "classes"),
    "poststratified, simple random": (simple_by_classes, "classes"),
    "poststratified, by other strata": (hills_by_classes, "classes"),
    "two stages": (drawn_in_sheets, "classes"),
    "stratified, shares": (lambda w, n, s: drawn_by(w.hills, n, s), "shares"),
    "assisted, shares": (lambda w, n, s: drawn_by(w.hills, n, s), "assisted"),
}


def covered(world: World, name: str, size: int, draws: int) -> tuple[list[Claim], float]:
    """How often intervals of one design hold the truth, and the mean width of those of areas."""
    draw, kind = DESIGNS[name]
    share = kind != "classes"
    truth = world.shares if share else indicator(world.classes, CLASSES)
    mapped = world.mapped_shares if share else indicator(world.mapped, CLASSES)
    make = AreaEstimates.assisted if kind == "assisted" else AreaEstimates
    held: dict[str, list[float]] = {"areas": [], "overall accuracy": [], "user's and producer's": [], "zones": []}
    widths = []
    for seed in range(draws):
        drawn = draw(world, size, seed)
        areas = make(drawn.sample, truth[drawn.cells], mapped[drawn.cells])
        bounds = [a.interval(LEVEL, SIDE**2) for a in areas.overall(Domain(drawn.sizes, mapped.sum(0)))]
        held["areas"].append(share_held(bounds, truth.sum(0)))
        widths.append(float(np.mean([high - low for low, high in bounds])))
        if not share:
            add_accuracies(held, world, drawn)
        if size == max(GOALS):
            held["zones"].append(zones_held(world, areas, drawn, truth, mapped))
    goal = GOALS[size]
    claims = [mean_of(f"{what}, {size} units", name, values, *goal) for what, values in held.items() if values]
    return claims, float(np.mean(widths))


def share_held(bounds: Sequence[tuple[float, float]], truth: Array) -> float:
    """The share of intervals that hold the truth."""
    low, high = np.array(bounds).T
    return float(((low <= truth) & (truth <= high)).mean())


def add_accuracies(held: dict[str, list[float]], world: World, drawn: Drawn) -> None:
    """Add whether intervals of accuracies hold those of the whole map."""
    accuracy = MapAccuracy(drawn.sample, world.mapped[drawn.cells], world.classes[drawn.cells], CLASSES)
    right = world.mapped == world.classes
    held["overall accuracy"].append(share_held([accuracy.overall().interval(LEVEL, 1)], np.array([right.mean()])))
    bounds, truths = [], []
    for number in range(CLASSES):
        for measured, where in ((accuracy.user, world.mapped), (accuracy.producer, world.classes)):
            estimate = measured(number)
            if np.isfinite(estimate.value):
                bounds.append(estimate.interval(LEVEL, 1))
                truths.append(right[where == number].mean())
    held["user's and producer's"].append(share_held(bounds, np.array(truths)))


def zones_held(world: World, areas: AreaEstimates, drawn: Drawn, truth: Array, mapped: Array) -> float:
    """The share of intervals of zones with enough units that hold the truth; NaN without such zones."""
    shares = []
    for number in range(int(world.zone.max()) + 1):
        units, there = world.zone[drawn.cells] == number, world.zone == number
        if areas.tells_of(units):
            zone = Domain(
                np.bincount(drawn.groups[there], minlength=len(drawn.sizes)).astype(float), mapped[there].sum(0)
            )
            bounds = [a.interval(LEVEL, zone.area) for a in areas.in_zone(units, zone)]
            shares.append(share_held(bounds, truth[there].sum(0)))
    return float(np.mean(shares)) if shares else float("nan")


def zonal_claims(worlds: int) -> list[Claim]:
    """How often 90 % bounds of zonal means hold the true ones, where errors go together up to several ranges."""
    claims = []
    for length in LENGTHS:
        held: dict[int, list[float]] = {size: [] for size in ZONE_CELLS}
        for world in range(worlds):
            rng = np.random.default_rng(world)
            errors = np.sqrt(0.7) * exponential_field(rng, length) + np.sqrt(0.3) * rng.normal(size=(FIELD, FIELD))
            row, col = np.divmod(rng.choice(FIELD**2, SAMPLED, replace=False), FIELD)
            positions, told = np.stack([col, row], 1) * CELL_M, errors[row, col][:, None]
            found = binned(positions, standardised(told))
            variogram, deviation = fitted(found), float(np.sqrt((told**2).mean()))
            for size, values in held.items():
                values.append(float(np.mean([zone_held(rng, errors, variogram, deviation, size) for _ in range(10)])))
        claims += [
            mean_of(f"90 % bounds of zonal means, {size} cells", f"range {3 * length / 1000:g} km", values, 0.87, 0.93)
            for size, values in held.items()
        ]
    return claims


def exponential_field(rng: np.random.Generator, length: float) -> Array:
    """A field of variance 1 whose errors go together by an exponential covariance; by circulant embedding."""
    step = np.minimum(np.arange(2 * FIELD), 2 * FIELD - np.arange(2 * FIELD)) * CELL_M
    power = np.maximum(np.fft.fft2(np.exp(-np.hypot(step[:, None], step) / length)).real, 0)
    noise = rng.normal(size=power.shape) + 1j * rng.normal(size=power.shape)
    return np.asarray(np.fft.fft2(np.sqrt(power / power.size) * noise).real[:FIELD, :FIELD])


def zone_held(rng: np.random.Generator, errors: Array, variogram: Variogram, deviation: float, size: int) -> float:
    """1 if the bounds of a random zone of about so many cells hold its mean error, else 0."""
    height = max(round(np.sqrt(size * rng.uniform(0.5, 2))), 1)
    width = max(round(size / height), 1)
    top, left = (rng.integers(0, FIELD - side + 1) for side in (height, width))
    row, col = np.divmod(rng.permutation(height * width)[:MOST_PLACES], width)
    spread = variance_of_mean(variogram, np.stack([col, row], 1) * CELL_M, 1 / (height * width))
    mean = errors[top : top + height, left : left + width].mean()
    return float(abs(mean) <= ndtri(0.95) * deviation * np.sqrt(spread))


def change_claims(worlds: int) -> list[Claim]:
    """What 'Map change' claims of pairs of maps whose errors go together in space, with and without a change."""
    nothing, false, power = [], [], []
    for world in range(worlds):
        for moved in (0.0, 0.2):
            claimed, oracle, changed = _changed(np.random.default_rng(world), moved)
            if not moved:
                nothing.append(float(claimed.mean()))
                continue
            false.append(float((claimed & ~changed).sum() / max(claimed.sum(), 1)))
            power.append(float((claimed & changed).sum() / max((oracle & changed).sum(), 1)))
    return [
        mean_of("share claimed where nothing changed", "change", nothing, -np.inf, 0.07),
        mean_of("false claims among claims", "change in a tenth", false, -np.inf, 0.07),
        mean_of("changes found, over those of an oracle that knows the errors", "change in a tenth", power, 0.95, 1.05),
    ]


def _changed(rng: np.random.Generator, moved: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """What is claimed, what an oracle claims, and what changed, of one pair of maps; each shape (row, col)."""
    changed = np.zeros((FIELD, FIELD), bool)
    changed[: FIELD // 3, : FIELD // 3] = moved > 0
    with tempfile.TemporaryDirectory() as name:
        folder, layers = Path(name), {}
        for date, step in (("before", 0.0), ("after", moved)):
            share = 0.5 + step * changed + DOUBT * gaussian_field(rng)
            layers[date] = _raster(folder / f"{date}.tif", np.stack([share, 1 - share]), ("F", "NF"))
        doubt = _raster(folder / "doubt.tif", np.full((2, FIELD, FIELD), DOUBT), ("F_sd", "NF_sd"))
        params = ChangeMapping(
            layers["before"], layers["after"], doubt, doubt, output=str(folder / "change.tif"),
        )  # fmt: skip
        map_change(params, Run(Channel(io.BytesIO()), Settings(device="cpu"), folder))
        with rasterio.open(folder / "change.tif") as file:
            values = file.read()
    p = 2 * ndtr(-np.abs(values[0]) / (DOUBT * np.sqrt(2)))
    return values[4] != 0, false_discovery_control(p.ravel()).reshape(p.shape) <= 0.05, changed


def gaussian_field(rng: np.random.Generator) -> Array:
    """A smooth field of variance 1."""
    field = gaussian_filter(rng.normal(size=(FIELD, FIELD)), 2)
    return np.asarray(field / field.std())


def _raster(path: Path, values: Array, names: Sequence[str]) -> Layer:
    options = {"driver": "GTiff", "dtype": "float32", "count": len(values), "crs": "EPSG:32633", "height": FIELD,
               "width": FIELD, "transform": Affine(CELL_M, 0, 500_000, 0, -CELL_M, 5_000_000)}  # fmt: skip
    with rasterio.open(path, "w", **options) as file:
        file.write(values.astype(np.float32))
        file.descriptions = tuple(names)
    return Layer(str(path), path.stem)


def large_map(folder: Path) -> str:
    """What a map of 20,000 x 20,000 cells and a million units take, in words."""
    transform = Affine(30, 0, 300_000, 0, -30, 5_000_000)
    options = {"driver": "GTiff", "dtype": "uint8", "count": 1, "crs": "EPSG:32633", "transform": transform,
               "height": LARGE, "width": LARGE, "tiled": True, "compress": "deflate", "nodata": 0}  # fmt: skip
    rng = np.random.default_rng(0)
    with rasterio.open(folder / "large.tif", "w", **options) as file:
        for row in range(0, LARGE, STRIP):
            blocks = rng.integers(1, 9, (STRIP // 50, LARGE // 50)).astype(np.uint8)
            file.write(np.kron(blocks, np.ones((50, 50), np.uint8)), 1, window=Window(0, row, LARGE, STRIP))
    cells = rng.choice(LARGE**2, UNITS, replace=False)
    row, col = np.divmod(cells, LARGE)
    x, y = transform @ (col + 0.5, row + 0.5)
    frame = gpd.GeoDataFrame({"class": rng.integers(1, 9, UNITS)}, geometry=gpd.points_from_xy(x, y), crs=32633)
    frame.to_file(folder / "units.gpkg")
    params = AreaEstimation(
        map=Layer(str(folder / "large.tif")), reference=Layer(str(folder / "units.gpkg")), class_field="class",
        design="random", output=str(folder / "areas.csv"), matrix=str(folder / "matrix.csv"),
        report=str(folder / "areas.html"),
    )  # fmt: skip
    ran = run_job(params, folder / "job", Settings(device="cpu", memory_gb=4))
    return f"{LARGE:,} x {LARGE:,} cells, {UNITS:,} units: {ran.seconds:.0f} s, peak {ran.peak / 2**30:.2f} GiB of 4."


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how often intervals hold the truth, and what a large map takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(arguments)
    world = World()
    right = (world.mapped == world.classes).mean()
    print(f"The map of classes is right in {right:.2f} of the cells; the map of shares has R2 {world.r2:.2f}.")
    claims, widths = [], {}
    for size in GOALS:
        for name in DESIGNS:
            found, widths[name, size] = covered(world, name, size, chosen.draws)
            claims += found
        ratio = widths["assisted, shares", size] / widths["stratified, shares", size]
        claims.append(Claim(f"width of assisted over stratified intervals, {size} units", "shares", ratio, 0.0, -np.inf,
                            2 / 3, chosen.draws))  # fmt: skip
    claims += [*zonal_claims(max(chosen.draws // 10, 2)), *change_claims(max(chosen.draws // 50, 2))]
    table = as_table(claims)
    print(f"\n{table}\n", flush=True)
    if chosen.write:
        write_table("area", table, PAGE)
    with tempfile.TemporaryDirectory() as folder:
        print(large_map(Path(folder)))


if __name__ == "__main__":
    main()
