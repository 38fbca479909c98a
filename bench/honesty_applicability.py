"""Claims of applicability: of every kind of training, where the right third of a world is unlike all samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from honesty_claims import Claim, in_worlds, mean_of, read, run_task
from honesty_composition import rasters, training
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.writers import write_vector
from regionwise.core.families.abundance.params import AbundanceTraining
from regionwise.core.families.abundance.train import train as train_abundance
from regionwise.core.families.composition.params import CompositionRegions
from regionwise.core.families.composition.train import train as train_composition
from regionwise.core.families.composition.train_regions import train_regions
from regionwise.core.families.crops.params import CropTraining
from regionwise.core.families.crops.train import train as train_crops
from regionwise.core.families.susceptibility.params import SusceptibilityTraining
from regionwise.core.families.susceptibility.train import train as train_susceptibility
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.abundance_world import CLASSES
from regionwise.core.tools.simulation.composition_world import COMPONENTS
from regionwise.core.tools.simulation.crop_world import CROPS
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from shapely.geometry import box

SIZE, SHIFT = 96, 4.0  # SHIFT in standard deviations of a band
UNSEEN = 2 / 3  # of the width, from which on no sample lies
FACTORS = ("slope", "aspect", "wetness")
PARCELS = 80  # fields that bear a label as a whole
KINDS = ("composition", "regions within", "regions strict", "abundance", "crops", "crops, parcels", "susceptibility")
NEAR = "regions within"  # tests beside what trains: its scores hold near samples alone, and so does its area


def shift_right(path: Path) -> None:
    """Move the values of the right third of a raster, of each band by so many of its deviations."""
    with rasterio.open(path, "r+") as file:
        values = file.read(masked=True).astype(np.float64)
        first = int(UNSEEN * file.width)
        for band in values:
            band[:, first:] += SHIFT * band.std()
        file.write(values.filled(file.nodata if file.nodata is not None else np.nan).astype(file.dtypes[0]))


def keep_left(path: Path) -> None:
    """Leave out the samples in the right third."""
    frame = gpd.read_file(path)
    with rasterio.open(next(path.parent.rglob("*.tif"))) as file:
        left, _, right, _ = file.bounds
    write_vector(frame[frame.geometry.x < left + UNSEEN * (right - left)].reset_index(drop=True), str(path))


def label_parcels(folder: Path, seed: int) -> None:
    """Take whole fields of the sampled part as samples, each with its crop, instead of points."""
    fields, right = gpd.read_file(folder / "fields.gpkg"), gpd.read_file(folder / "samples.gpkg").total_bounds[2]
    parcels = fields[fields.bounds["maxx"] <= right].sample(frac=1, random_state=seed)[:PARCELS].reset_index(drop=True)
    places = parcels.geometry.representative_point()
    with rasterio.open(folder / "truth.tif") as file:
        number = [int(value[0]) - 1 for value in file.sample(zip(places.x, places.y, strict=True))]
    write_vector(parcels.assign(crop=np.array(list(CROPS), object)[number]), str(folder / "samples.gpkg"))


def unseen_inside(kind: str, seed: int, folder: Path) -> tuple[float, float]:
    """The shares of the unseen third, and of the rest, that a model of a kind calls inside."""
    family = kind.split()[0].strip(",").replace("regions", "composition")
    run_task(simulate, Simulation(family=family, size=SIZE, gaps=0.1, seed=seed, output_folder=str(folder)), folder)
    for path in folder.rglob("*.tif"):
        if not path.name.startswith("truth"):
            shift_right(path)
    keep_left(folder / "samples.gpkg")
    if "parcels" in kind:
        label_parcels(folder, seed)
    inputs = learned(kind, folder)
    output = folder / "applicability.tif"
    params = ApplicabilityMapping(**inputs, model=str(folder / "model.safetensors"), output=str(output))
    run_task(map_applicability, params, folder / "applicability.job")
    inside = read(output)[1]
    first = int(UNSEEN * SIZE)
    return float(np.nanmean(inside[:, first:])), float(np.nanmean(inside[:, :first]))


def learned(kind: str, folder: Path) -> dict[str, Any]:
    """Train trees of a kind; return what 'Map applicability' gets besides the model."""
    samples, model = Layer(str(folder / "samples.gpkg"), "samples"), str(folder / "model.safetensors")
    common: dict[str, Any] = {"samples": samples, "model": model, "model_type": "boosting"}
    if kind == "composition":
        run_task(train_composition, training(folder, validation="knndm"), folder / "train.job")
        return rasters(folder)
    if kind.startswith("regions"):
        params = CompositionRegions(
            **rasters(folder), **common, targets=COMPONENTS, source_field="source", holdout=kind.split()[1],
            regions=left_regions(folder), region_field="region",
        )  # fmt: skip
        run_task(train_regions, params, folder / "train.job")
        return rasters(folder)
    if kind == "susceptibility":
        factors = tuple(Layer(str(folder / "factors" / f"{name}.tif"), name) for name in FACTORS)
        params = SusceptibilityTraining(factors=factors, **common, label_field="label", weak_field="weak")
        run_task(train_susceptibility, params, folder / "train.job")
        return {"factors": factors}
    series = str(folder / "series.json")
    run_task(make_series, SeriesMaking(folder=str(folder / "images"), output=series), folder / "series.job")
    if kind == "abundance":
        run_task(train_abundance, AbundanceTraining(series=series, **common, targets=CLASSES), folder / "train.job")
    else:
        params = CropTraining(series=series, **common, class_field="crop", source_field="field")
        run_task(train_crops, params, folder / "train.job")
    return {"series": series}


def left_regions(folder: Path) -> Layer:
    """Four regions of the sampled part: quarters of it."""
    frame = gpd.read_file(folder / "samples.gpkg")
    left, bottom, right, top = frame.total_bounds
    middle, centre = (left + right) / 2, (bottom + top) / 2
    boxes = [(left, bottom, middle, centre), (middle, bottom, right, centre), (left, centre, middle, top),
             (middle, centre, right, top)]  # fmt: skip
    shapes = [box(*bounds).buffer(1) for bounds in boxes]
    path = folder / "quarters.gpkg"
    write_vector(gpd.GeoDataFrame({"region": list("abcd")}, geometry=shapes, crs=frame.crs), str(path))
    return Layer(str(path), "quarters")


def claims(worlds: int) -> list[Claim]:
    """Claims on the area of applicability of every kind of training."""
    out = []
    for kind in KINDS:
        found = in_worlds(unseen_inside, [(kind, seed) for seed in range(1, worlds + 1)])
        unseen, seen = zip(*found, strict=True)
        out.append(mean_of("unseen region called inside", kind, unseen, -np.inf, 0.1))
        least = -np.inf if kind == NEAR else 0.5
        out.append(mean_of("sampled part called inside", kind, seen, least, np.inf))
    return out
