"""Crops against what is known: real samples under three kinds of folds, and the speed of a map.

``./dev bench crops`` holds models of simulated fields, on a year and a region that they have not seen, against who
knows how the images were made. Then it learns the nine classes of Mato Grosso with every model type, under random
folds, folds of whole sites, and folds of blocks of one degree; maps Sinop with a model of NDVI and EVI, and compares
it with check points and with probabilities that others published; last, it maps Sinop enlarged, beside a random
forest. What is not installed is left out, and said. ``./dev bench crops boosting`` learns with that type alone.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from jobs import run_job
from rasterio.warp import transform
from rasterio.windows import Window
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Settings
from regionwise.core.families.crops.params import CROP_TYPES, CropMapping, CropTraining
from regionwise.core.features.series_features import SeriesFeatures
from regionwise.core.learning.model_file import read_model
from regionwise.core.targets.class_target import said
from regionwise.core.targets.reliability import calibration_error
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.crop_world import bayes_probabilities
from regionwise.core.tools.simulation.params import Simulation

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SINOP = DATA / "sinop_modis"
WORLD, LARGE, ROWS = 160, 2000, 64  # cells
MATO_GROSSO = DATA / "crops_mato_grosso" / "br_mt_1_8K_9classes_6bands.csv"
FOLDS = {"random": "", "sites": "site", "blocks": "block"}
KNOWN = {  # accuracy and macro F1
    "(random forest)": {"random": (0.965, 0.936), "sites": (0.960, 0.916), "blocks": (0.828, 0.524)},
    "(support vector machine)": {"random": (0.974, 0.967), "sites": (0.975, 0.969), "blocks": (0.843, 0.627)},
    "(goal)": {"random": (0.975, 0.97), "sites": (0.975, 0.97), "blocks": (0.86, 0.66)},
}


def simulated(model_type: str) -> pd.DataFrame:
    """Accuracy and calibration error of a map of another year and region, and of the oracle, as a table."""
    with tempfile.TemporaryDirectory() as name:
        folder, settings = Path(name), Settings(device="cpu", memory_gb=8)
        run_job(Simulation(family="crops", size=WORLD, gaps=0.3, seed=1, output_folder=name), folder / "a", settings)
        for year in ("", "_next"):
            making = SeriesMaking(folder=str(folder / f"images{year}"), output=str(folder / f"series{year}.json"))
            run_job(making, folder / f"b{year}", settings)
        frame = gpd.read_file(folder / "samples.gpkg")
        frame[frame["region"] == "R1"].to_file(folder / "known.gpkg")
        training = CropTraining(
            series=str(folder / "series.json"), samples=Layer(str(folder / "known.gpkg"), "known"), class_field="crop",
            source_field="field", validation="grouped", model_type=model_type, model=str(folder / "m.safetensors"),
        )  # fmt: skip
        run_job(training, folder / "c", settings)
        mapping = CropMapping(model=training.model, series=str(folder / "series_next.json"),
                              output=str(folder / "map.tif"), probabilities=str(folder / "p.tif"))  # fmt: skip
        run_job(mapping, folder / "d", settings)
        half = np.s_[:, WORLD // 2 :]
        truth = read(folder / "truth_next.tif")[0][half].ravel().astype(int) - 1
        dates = [date.fromisoformat(text) for text in json.loads((folder / "series_next.json").read_text())["dates"]]
        images = read(folder / "series_next.vrt").reshape(len(dates), 2, WORLD, WORLD)[..., WORLD // 2 :]
        pixels = np.moveaxis(images, (2, 3), (0, 1)).reshape(-1, len(dates), 2)
        days = np.array([when.timetuple().tm_yday for when in dates])
        region = np.ones(len(pixels), np.int64)
        oracle = np.concatenate([bayes_probabilities(part, days, regions) for part, regions in zip(
            np.array_split(pixels, 50), np.array_split(region, 50), strict=True)])  # fmt: skip
        mapped = np.moveaxis(read(folder / "p.tif")[:, :, WORLD // 2 :], 0, -1).reshape(-1, oracle.shape[1])
    valid = np.isfinite(mapped).all(1)
    probabilities = {"oracle": oracle[valid], model_type: mapped[valid]}
    return pd.DataFrame({
        label: {
            "accuracy": (p.argmax(1) == truth[valid]).mean(),
            "ECE": calibration_error(said(truth[valid], p, np.arange(len(p)))),
        }
        for label, p in probabilities.items()
    }).T  # fmt: skip


def read(path: Path) -> np.ndarray:
    """The values of a raster, NaN where it has none."""
    with rasterio.open(path) as file:
        return file.read(masked=True).astype(np.float32).filled(np.nan)


def sinop(folder: Path) -> None:
    """Learn NDVI and EVI of Mato Grosso, map Sinop, and print how the map agrees with what is known there."""
    settings = Settings(device="cpu", memory_gb=8)
    frame = pd.read_csv(MATO_GROSSO)
    kept = ["longitude", "latitude", "start_date", "end_date", "label"]
    kept += [column for column in frame if column.startswith(("NDVI_", "EVI_"))]
    frame[kept].to_csv(folder / "samples.csv", index=False)
    training = CropTraining(
        values=Layer(str(folder / "samples.csv"), "samples"), class_field="label", validation="random",
        model=str(folder / "m.safetensors"), scores=str(folder / "s.csv"),
    )  # fmt: skip
    run_job(training, folder / "train", settings)
    rows = pd.read_csv(folder / "s.csv").query("validation == 'random' and part == 'all' and component == 'mean'")
    print(f"\nMato Grosso with NDVI and EVI alone, random folds:\n"
          f"{rows.set_index('model')[['accuracy', 'f1', 'ece']].round(3).to_string()}")  # fmt: skip
    layers = tuple(Layer(str(SINOP / f"sinop_{band}_23dates.tif"), band) for band in ("NDVI", "EVI"))
    making = SeriesMaking(input=layers, scale="NDVI=0.0001 EVI=0.0001", output=str(folder / "series.json"))
    run_job(making, folder / "series", settings)
    mapping = CropMapping(model=training.model, series=making.output, output=str(folder / "map.tif"))
    ran = run_job(mapping, folder / "map", settings)
    points = pd.read_csv(SINOP / "samples_sinop_crop.csv")
    names = sorted(frame["label"].unique())
    with rasterio.open(folder / "map.tif") as file, rasterio.open(SINOP / "sinop_2014_probs.tif") as published:
        xs, ys = transform("EPSG:4326", file.crs, points["longitude"], points["latitude"])
        classes = [names[int(value[0]) - 1] for value in file.sample(zip(xs, ys, strict=True))]
        numbers = file.read(1)
        offset = np.round(~file.transform @ (published.transform.c, published.transform.f)).astype(int)
        rows_, cols = file.height - offset[1], file.width - offset[0]
        theirs = published.read()[:, : min(published.height, rows_), : min(published.width, cols)].argmax(0)
        ours = numbers[offset[1] :, offset[0] :][: theirs.shape[0], : theirs.shape[1]] - 1
    right = sum(a == b for a, b in zip(classes, points["label"], strict=True))
    counts = pd.Series(np.bincount(numbers.ravel(), minlength=len(names) + 1)[1:] / numbers.size, names)
    print(f"\nSinop, {numbers.size} pixels in {ran.seconds:.0f} s: {right} of {len(points)} check points right; "
          f"{(ours == theirs).mean():.2f} of {theirs.size} pixels as published.")  # fmt: skip
    print(counts.sort_values(ascending=False).round(3).to_string())


def enlarged(folder: Path, side: int) -> None:
    """Map Sinop repeated to `side` x `side` pixels, beside a random forest on the same features, in one run."""
    settings = Settings(device="cpu", memory_gb=8)
    layers = []
    for band in ("NDVI", "EVI"):
        with rasterio.open(SINOP / f"sinop_{band}_23dates.tif") as file:
            values, profile, dates = file.read(), file.profile, file.descriptions
        times = [-(-side // length) for length in values.shape[1:]]
        wide = np.tile(values, (1, *times))[:, :side, :side]
        profile.update(width=side, height=side, tiled=True, blockxsize=256, blockysize=256, compress="lzw")
        with rasterio.open(folder / f"{band}.tif", "w", **profile) as file:
            file.write(wide)
            for number, when in enumerate(dates, 1):
                file.set_band_description(number, when)
        layers.append(Layer(str(folder / f"{band}.tif"), band))
    making = SeriesMaking(input=tuple(layers), scale="NDVI=0.0001 EVI=0.0001", output=str(folder / "large.json"))
    run_job(making, folder / "large", settings)
    seconds = {}
    for kind in ("stack", "tempcnn", "ltae", "convlstm", "boosting"):
        model = folder / f"{kind}.safetensors"
        training = CropTraining(
            values=Layer(str(folder / "samples.csv"), "samples"), class_field="label", validation="random",
            folds=2, epochs=3, model_type=kind, model=str(model),
        )  # fmt: skip
        run_job(training, folder / f"{kind}.train", settings)
        mapping = CropMapping(model=str(model), series=making.output, output=str(folder / f"{kind}.tif"))
        seconds[kind] = run_job(mapping, folder / f"{kind}.map", settings).seconds
    seconds["(random forest)"] = forest(folder, side)
    table = pd.DataFrame({"seconds": seconds})
    table["pixels per second"] = side**2 / table["seconds"]
    table["of the forest's time"] = table["seconds"] / table["seconds"]["(random forest)"]
    print(f"\nSinop enlarged to {side} x {side}, 23 dates of 2 bands, 2 members of each type, file to file:\n"
          f"{table.round(2).to_string()}")  # fmt: skip


def forest(folder: Path, side: int) -> float:
    """The seconds that a random forest of 200 trees takes for the same raster on the same features."""
    from xgboost import XGBRFClassifier

    frame = pd.read_csv(folder / "samples.csv")
    pick = [[f"{band}_{step:02d}" for band in ("NDVI", "EVI")] for step in range(1, 24)]
    values = np.stack([frame[names].to_numpy(np.float32) for names in pick], 1).reshape(len(frame), -1)
    card = read_model(str(folder / "boosting.safetensors")).card
    calendar, phase = (card.features.arguments[key] for key in ("calendar", "phase"))
    days = np.array(calendar) + phase
    features = SeriesFeatures(("NDVI", "EVI"), (), tuple(calendar), phase, days)
    classifier = XGBRFClassifier(n_estimators=200, n_jobs=2)
    classifier.fit(
        features.table(values, np.repeat(days[None], len(values), 0)), frame["label"].astype("category").cat.codes
    )
    start = time.perf_counter()
    with rasterio.open(folder / "large.vrt") as file:
        profile = {"driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "uint8", "crs": file.crs,
                   "transform": file.transform}  # fmt: skip
        with rasterio.open(folder / "forest.tif", "w", **profile) as out:
            for row in range(0, side, ROWS):
                window = Window(0, row, side, min(ROWS, side - row))
                block = file.read(window=window, masked=True).astype(np.float32).filled(np.nan)
                table = features.table(np.ascontiguousarray(block.reshape(len(block), -1).T), days)
                out.write(classifier.predict(table).astype(np.uint8).reshape(block.shape[1:]), 1, window=window)
    return time.perf_counter() - start


def samples(path: Path) -> None:
    """Write the samples with their site and their block of one degree."""
    frame = pd.read_csv(MATO_GROSSO)
    corners = np.floor(frame[["longitude", "latitude"]]).astype(int)
    places = {"site": frame["longitude"].astype(str) + " " + frame["latitude"].astype(str),
              "block": corners["longitude"].astype(str) + " " + corners["latitude"].astype(str)}  # fmt: skip
    pd.concat([frame, pd.DataFrame(places)], axis=1).to_csv(path, index=False)


def cross_validate(folds: str, model_type: str) -> dict[str, tuple[float, float]]:
    """Accuracy and macro F1 of each model of a run on the same folds."""
    with tempfile.TemporaryDirectory() as name:
        folder, field = Path(name), FOLDS[folds]
        samples(folder / "samples.csv")
        kind = "grouped" if field else "random"
        params = CropTraining(
            values=Layer(str(folder / "samples.csv"), "samples"), class_field="label", model_type=model_type,
            validation=kind, source_field=field, model=str(folder / "m.safetensors"), scores=str(folder / "s.csv"),
        )  # fmt: skip
        ran = run_job(params, folder / "job", Settings(device="cpu", memory_gb=8))
        rows = pd.read_csv(folder / "s.csv")
        print(f"{folds}, {model_type}: {ran.seconds:.0f} s", flush=True)
    means = rows[(rows["validation"] == kind) & (rows["part"] == "all") & (rows["component"] == "mean")]
    return {row.model: (row.accuracy, row.f1) for row in means.itertuples()}


def mato_grosso(types: list[str]) -> None:
    """Print the table of all model types, under each kind of folds."""
    for folds in FOLDS:
        scores = {label: values[folds] for label, values in KNOWN.items()}
        for model_type in types:
            scores |= cross_validate(folds, model_type)
        table = pd.DataFrame(scores, index=["accuracy", "macro F1"]).T.sort_values("accuracy", ascending=False)
        print(f"\nMato Grosso, {folds}:\n{table.round(3).to_string()}", flush=True)


def main() -> None:
    """Print all comparisons."""
    types = sys.argv[1:] or [kind for kind in CROP_TYPES if kind not in ("tempcnn", "ltae", "boosting")]
    start = time.monotonic()
    print(f"Simulated fields, another year and region:\n{simulated(types[0]).round(3).to_string()}", flush=True)
    if MATO_GROSSO.is_file():
        mato_grosso(types)
    if MATO_GROSSO.is_file() and SINOP.is_dir():
        with tempfile.TemporaryDirectory() as name:
            sinop(Path(name))
            enlarged(Path(name), LARGE)
    else:
        print(f"Mato Grosso or Sinop is not on this machine ({DATA}): left out.")
    print(f"\n{(time.monotonic() - start) / 60:.0f} min")


if __name__ == "__main__":
    main()
