"""Forecasts against what is known: 42 years of NDVI, simulated maps, and the speed of the published network.

``./dev bench forecast`` forecasts simulated yearly maps, whose best possible forecast is known, and holds baselines
against their closed forms; then the NDVI of 2016 to 2023, each year from the years before it only, with every model
type; last, it trains the published network on windows of 128 cells, and maps 5,000 x 5,000 cells of 8 years with it,
beside plain loops that do the same as published (windows of 64 cells, each cell the mean of four). What is not
installed is left out, and said. ``./dev bench forecast ridge`` does the first two with that type alone, ``./dev bench
forecast speed`` the last alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
import torch
from affine import Affine
from jobs import run_job
from rasterio.windows import Window
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Settings
from regionwise.core.data.raster.stack import SERIES, Stack
from regionwise.core.data.raster.tiles import Tile, plan
from regionwise.core.families.forecast.dataset import ForecastDataset, WindowSpec, cut_windows
from regionwise.core.families.forecast.params import FORECAST_TYPES, REFERENCE, ForecastMapping, ForecastTraining
from regionwise.core.families.forecast.window_batches import CENTRE, LEVEL_SCALE, SCALE, BatchSpec, WindowBatches
from regionwise.core.families.forecast.yearly_stack import Covariates, Frames
from regionwise.core.learning.card import BandInfo, Card, Member
from regionwise.core.learning.model_file import Model, write_model
from regionwise.core.learning.model_types import CONVLSTM_UNET
from regionwise.core.learning.training_loop import FitOptions, fit, to_arrays
from regionwise.core.nets.convlstm_unet import ConvLstmUnet
from regionwise.core.runtime.checkpoints import Checkpoints
from regionwise.core.targets.calibration import CalibrationInfo, ForecastCalibration
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.forecast_world import ANOMALY, MEMORY
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.validation.splits import Split

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "vhp_ndvi_yearly"
KNOWN = {"(persistence)": 0.01351, "(mean of 5 years)": 0.01310, "(pooled ridge)": 0.01228,
         "(histogram boosting)": 0.01220, "(mean of three)": 0.01209, "(goal)": 0.0118}  # fmt: skip
TESTED = 8  # years
SEEN_AHEAD = (8, 1), (8, 3), (5, 1), (13, 1)  # years that are seen, and that are forecast
SLOW, SLOW_EPOCHS = (CONVLSTM_UNET, REFERENCE), 8  # networks that take seconds for a step on a processor
WORLD, WINDOW, LARGE, YEARS = 192, 12, 5000, 8
PLAIN_SIDE, PLAIN_STEP, PLAIN = 64, 32, 1000  # of the plain loop: window, step, and side of what it maps, in cells
TRAINED, PATCH, BATCH, STEPS = 1024, 128, 8, 20
SETTINGS = Settings(device="cpu", memory_gb=8)


def trained(series: Path, folder: Path, kind: str, **changes: object) -> pd.DataFrame:
    """All scores of a training; slow networks learn for `SLOW_EPOCHS`."""
    if kind in SLOW:
        changes |= {"epochs": SLOW_EPOCHS, "patience": SLOW_EPOCHS}
    training = ForecastTraining(
        series=str(series), model_type=kind, model=str(folder / f"{kind}.safetensors"),
        scores=str(folder / f"{kind}.csv"), **changes,
    )  # fmt: skip
    ran = run_job(training, folder / f"{kind}.job", SETTINGS)
    print(f"{kind}: {ran.seconds:.0f} s", flush=True)
    return pd.read_csv(folder / f"{kind}.csv", dtype={"year": str})


def simulated(types: list[str]) -> None:
    """Print how near forecasts of simulated maps come to the best possible ones, persistence to its closed form."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clear = Simulation(family="forecast", size=WORLD, gaps=0, seed=2, output_folder=name)
        run_job(clear, folder / "a", SETTINGS)
        series, mines = folder / "series.json", Layer(str(folder / "mines.tif"), "mines")
        run_job(SeriesMaking(folder=str(folder / "images"), output=str(series)), folder / "b", SETTINGS)
        scores: dict[str, dict[str, float]] = {}
        for kind in types:
            table = trained(series, folder, kind, masks=(mines,), window=WINDOW, test_years=TESTED)
            means = table.query("part == 'outside mine' and year == 'all years'").set_index("model")
            scores |= {model: {"mse": row["rmse"] ** 2, "coverage": row["coverage"]} for model, row in means.iterrows()}
        optimum = best_error(folder)
    rows = pd.DataFrame(scores).T.sort_values("mse")
    rows["of the optimum"] = rows["mse"] / optimum
    closed = (1 - MEMORY**2) * ANOMALY**2
    print(f"\nSimulated maps, {TESTED} years, outside of mines; the best possible forecast has an MSE of {optimum:.6f} "
          f"there, {closed:.6f} by its closed form, persistence {2 * (1 - MEMORY) * ANOMALY**2:.6f}:\n"
          f"{rows.to_string(float_format='%.4g')}", flush=True)  # fmt: skip
    if rows["of the optimum"].min() < 1:
        sys.exit("A forecast is better than the best possible one: it knows what it forecasts.")


def best_error(folder: Path) -> float:
    """The mean squared error of the best possible forecasts of the tested years, outside of mines."""
    with rasterio.open(folder / "best.tif") as file, rasterio.open(folder / "mines.tif") as mines:
        best, outside = file.read()[-TESTED:].astype(float), mines.read(1) == 0
    truth = []
    for path in sorted((folder / "images").glob("*.tif"))[-TESTED:]:
        with rasterio.open(path) as file:
            truth.append(file.read(1).astype(float))
    return float(((np.stack(truth) - best)[:, outside] ** 2).mean())


def ndvi(types: list[str]) -> None:
    """Print the errors of NDVI, with several windows and one and three years ahead (slow networks: the first alone)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        series = folder / "ndvi.json"
        run_job(SeriesMaking(folder=str(DATA), bands="ndvi", output=str(series)), folder / "made", SETTINGS)
        for number, (window, horizon) in enumerate(SEEN_AHEAD):
            subfolder = folder / str(number)
            kinds = [kind for kind in types if number == 0 or kind not in SLOW]
            subfolder.mkdir()
            years = {"window": window, "horizon": horizon, "test_years": TESTED}
            tables = [trained(series, subfolder, kind, **years) for kind in kinds]
            if tables:
                print_ndvi(pd.concat(tables).drop_duplicates(["model", "lead", "part", "year"]), window, horizon)


def print_ndvi(table: pd.DataFrame, window: int, horizon: int) -> None:
    """Print the mean over years of the RMSE of each year, of each model and lead, and how much intervals hold."""
    table = table[table["part"] == "all"]
    years = table[table["year"] != "all years"]
    for lead in range(1, horizon + 1):
        of_lead = years[years["lead"] == lead]
        rows = pd.DataFrame({"rmse": of_lead.groupby("model")["rmse"].mean()})
        whole = table[(table["lead"] == lead) & (table["year"] == "all years")].set_index("model")
        rows = rows.join(whole[["coverage", "r2", "anomaly_correlation", "crps"]])
        if lead == horizon == 1:
            rows = pd.concat([rows, pd.DataFrame({"rmse": KNOWN})])
        count = of_lead["year"].nunique()
        print(f"\nNDVI, {window} years seen, {lead} ahead (of {horizon}), mean of the RMSE of {count} years:\n"
              f"{rows.sort_values('rmse').to_string(float_format='%.5f', na_rep='-')}", flush=True)  # fmt: skip


def speed() -> None:
    """Print how fast the published network is trained and maps, beside plain loops."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = folder / "images"
        images.mkdir()
        profile = {
            "driver": "GTiff", "width": LARGE, "height": LARGE, "count": 1, "dtype": "float32", "crs": "EPSG:32650",
            "transform": Affine(30, 0, 0, 0, -30, 30 * LARGE), "nodata": -9999, "tiled": True,
        }  # fmt: skip
        rng = np.random.default_rng(0)
        for year in range(2000, 2000 + YEARS):
            with rasterio.open(images / f"EVI_{year}.tif", "w", **profile) as file:
                for tile in plan(Tile(0, 0, LARGE, LARGE), 1024):
                    values = rng.uniform(0, 1, (1, tile.height, tile.width)).astype(np.float32)
                    file.write(values, window=Window(tile.col, tile.row, tile.width, tile.height))
        series = folder / "series.json"
        run_job(SeriesMaking(folder=str(images), output=str(series)), folder / "made", SETTINGS)
        model = untrained(folder / "m.safetensors")
        mapping = ForecastMapping(series=str(series), model=str(model), output=str(folder / "next.tif"))
        ran = run_job(mapping, folder / "job", SETTINGS)
        plain = plain_map(images, folder / "plain.tif", profile) * (LARGE / PLAIN) ** 2
        print(
            f"\nThe published network, {LARGE} x {LARGE} cells of {YEARS} years, file to file: {ran.seconds:.0f} s, at "
            f"most {ran.peak / 2**30:.1f} GiB; a plain loop over windows of {PLAIN_SIDE} cells, every {PLAIN_STEP}: "
            f"{plain:.0f} s (measured on {PLAIN} x {PLAIN}); {plain / ran.seconds:.1f} times as long.",
            flush=True,
        )
    train_speed()


def untrained(path: Path) -> Path:
    """Write a model of the published network with random weights."""
    torch.manual_seed(0)
    arrays = {**to_arrays(ConvLstmUnet().state_dict()), CENTRE: np.array([0.5], np.float32),
              SCALE: np.array([0.1], np.float32), LEVEL_SCALE: np.array([0.3], np.float32)}  # fmt: skip
    description = {"window": YEARS, "horizon": 1, "levels": [0.05, 0.95], "width": 16, "covariates": 0}
    calibration = CalibrationInfo(forecast=ForecastCalibration([0.05, 0.95], {REFERENCE: [[1.0, 1.0]]}, {}))
    training = {"window": YEARS, "zeros": "data", "model_type": REFERENCE, "last_year": 2000 + YEARS - 1}
    card = Card("forecast", {REFERENCE: description}, [BandInfo("EVI", "series")],
                ["1 year ahead"], [Member(REFERENCE, "global", type=REFERENCE)], "", 30.0, [], training, [], "", {},
                calibration=calibration)  # fmt: skip
    write_model(str(path), Model(card, {REFERENCE: arrays}))
    return path


def plain_map(images: Path, output: Path, profile: dict[str, object]) -> float:
    """The seconds of the plain loop over `PLAIN` x `PLAIN` cells: windows one by one, answers averaged."""
    net = ConvLstmUnet().eval()
    start = time.perf_counter()
    years = []
    for path in sorted(images.glob("*.tif")):
        with rasterio.open(path) as file:
            years.append(file.read(1, window=Window(0, 0, PLAIN, PLAIN)))
    values = (np.stack(years) - 0.5) / 0.3
    total, count = np.zeros((2, PLAIN, PLAIN), np.float32)
    firsts = sorted({*range(0, PLAIN - PLAIN_SIDE, PLAIN_STEP), PLAIN - PLAIN_SIDE})
    with torch.inference_mode():
        for row in firsts:
            for col in firsts:
                inside = np.s_[row : row + PLAIN_SIDE, col : col + PLAIN_SIDE]
                window = torch.from_numpy(np.ascontiguousarray(values[(slice(None), *inside)]))
                total[inside] += net(window[None, :, None])[0, 0].numpy()
                count[inside] += 1
    with rasterio.open(output, "w", **{**profile, "width": PLAIN, "height": PLAIN}) as file:
        file.write(total / count * 0.3 + 0.5, 1)
    return time.perf_counter() - start


def train_speed() -> None:
    """Print how many windows a second train the published network, in our loop and in a plain one."""
    values = np.random.default_rng(0).uniform(0, 1, (YEARS + 1, TRAINED, TRAINED)).astype(np.float32)
    ours, plain = training_speed(values), plain_training_speed(values)
    print(f"Training it on windows of {PATCH} cells of {YEARS} years, windows a second: ours {ours:.2f}, a plain loop "
          f"{plain:.2f}; {ours / plain:.2f} times as many.")  # fmt: skip


def training_speed(values: np.ndarray) -> float:
    """Windows a second that our loop trains, read from disk."""
    scaling = {CENTRE: np.array([0.5]), LEVEL_SCALE: np.array([0.3]), SCALE: np.array([0.1])}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        profile = {"driver": "GTiff", "width": TRAINED, "height": TRAINED, "count": YEARS + 1, "dtype": "float32",
                   "crs": "EPSG:32650", "transform": Affine(30, 0, 0, 0, -30, 0)}  # fmt: skip
        with rasterio.open(folder / "y.tif", "w", **profile) as file:
            file.write(values)
        with Stack({SERIES: (Layer(str(folder / "y.tif"), "y"),)}) as stack:
            patches, places = cut_windows(stack, WindowSpec(PATCH, 0, 64, 0), folder / "p")
        frames = Frames("EVI", "", 2000, tuple(range(YEARS + 1)))
        dataset = ForecastDataset(patches, frames, Covariates(), YEARS, 1, (), "cpu", Checkpoints(folder / "c"), 0)
        pairs = dataset.pairs(np.arange(len(places)), YEARS, YEARS)
        split = Split("all", pairs, pairs[:0], pairs[:0])
        data = WindowBatches(dataset, split, scaling, BatchSpec(BATCH, reference=True, whole=True))
        epochs = -(-STEPS * BATCH // len(pairs))
        options = FitOptions(epochs, epochs, 1e-3, 0.0, 0, torch.device("cpu"), validated=False)
        start = time.perf_counter()
        fit(ConvLstmUnet(), data, options, checkpoints=Checkpoints(folder / "c"), name="a", report=lambda *_: None)
        return epochs * len(pairs) / (time.perf_counter() - start)


def plain_training_speed(values: np.ndarray) -> float:
    """Windows a second that a plain loop trains, from an array in memory, with the published recipe."""
    net, rng = ConvLstmUnet(), np.random.default_rng(0)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    scaled = (values - 0.5) / 0.3
    start = time.perf_counter()
    for _ in range(STEPS):
        firsts = rng.integers(0, TRAINED - PATCH, (BATCH, 2))
        windows = np.stack([scaled[:, row : row + PATCH, col : col + PATCH] for row, col in firsts])
        seen, observed = torch.from_numpy(windows[:, :YEARS, None].copy()), torch.from_numpy(windows[:, YEARS:].copy())
        valid = torch.isfinite(observed)
        optimizer.zero_grad()
        torch.autograd.backward((((net(seen) - observed) ** 2) * valid).sum() / valid.sum())
        optimizer.step()
    return STEPS * BATCH / (time.perf_counter() - start)


def main() -> None:
    """Print all comparisons."""
    types = sys.argv[1:] or list(FORECAST_TYPES)
    start = time.monotonic()
    if types != ["speed"]:
        simulated(types)
        if DATA.is_dir():
            ndvi(types)
        else:
            print(f"The NDVI of 42 years is not on this machine ({DATA}): left out.")
    if not sys.argv[1:] or types == ["speed"]:
        speed()
    print(f"\n{(time.monotonic() - start) / 60:.0f} min")


if __name__ == "__main__":
    main()
