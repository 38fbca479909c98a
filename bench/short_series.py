"""Forecasts of short series: what the stack is worth beside persistence and its members, where years and cells are few.

``./dev bench short_series [CUTS]`` cuts the NDVI of 42 years to 12, 15 and 20 years and to windows of 14 x 14 cells,
drawn at random, and trains the default stack on each. Printed are mean RMSE over all cuts by length, and differences
from the stack with their Monte Carlo error; the stack must be better than persistence, and no more than 2 % worse than
the best of its members. About 6 s a cut.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.families.forecast.origin_forecasts import HEDGES, LAST
from regionwise.core.families.forecast.params import ForecastTraining
from regionwise.core.families.forecast.train import train
from regionwise.core.learning.model_types import BOOSTING, RESIDUAL, RIDGE, STACK
from regionwise.core.runtime.run import Run
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "vhp_ndvi_yearly"
FIRST, LAST_YEAR, SIDE = 1982, 2023, 14
LENGTHS = {
    12: {"window": 5, "test_years": 3},
    15: {},
    20: {},
}  # what differs from the defaults: 12 years take no 8 and 5
CUTS, SEED, WORST = 60, 25, 1.02
MEMBERS = (RIDGE, BOOSTING, RESIDUAL, *HEDGES)


def squares(images: NDArray[np.float32]) -> list[tuple[int, int]]:
    """First row and column of the squares of `SIDE` cells that are known in all years, side by side."""
    known = np.isfinite(images).all(0)
    rows, cols = (range(0, length - SIDE + 1, SIDE) for length in known.shape)
    return [(row, col) for row in rows for col in cols if known[row : row + SIDE, col : col + SIDE].all()]


def cut(folder: Path, years: range, corner: tuple[int, int]) -> None:
    """Write the images of some years in a square."""
    window = Window(corner[1], corner[0], SIDE, SIDE)
    (folder / "images").mkdir()
    for year in years:
        with rasterio.open(DATA / f"VHP_SMN_annual_ndvi_{year}.tif") as file:
            values, transform, crs = file.read(1, window=window), file.window_transform(window), file.crs
        profile = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": 1, "dtype": "float32", "nodata": np.nan,
                   "crs": crs, "transform": transform}  # fmt: skip
        with rasterio.open(folder / "images" / f"ndvi_{year}.tif", "w", **profile) as file:
            file.write(values, 1)


def errors_of(years: range, corner: tuple[int, int]) -> pd.Series:
    """The RMSE of each model in all tested years of a cut, by name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cut(folder, years, corner)
        run = Run(Channel(io.BytesIO()), Settings(device="cpu"), folder)
        series, scores = str(folder / "series.json"), str(folder / "scores.csv")
        make_series(SeriesMaking(folder=str(folder / "images"), bands="ndvi", output=series), run)
        training = ForecastTraining(
            series=series, zeros="data", model_type=STACK, patch=16, scores=scores, model=str(folder / "m.safetensors"),
            **LENGTHS[len(years)],
        )  # fmt: skip
        train(training, run)
        table = pd.read_csv(scores)
    return table[(table["part"] == "all") & (table["year"] == "all years")].set_index("model")["rmse"]


def drawn(count: int, corners: list[tuple[int, int]]) -> list[tuple[range, tuple[int, int]]]:
    """So many different cuts, the lengths in turns."""
    rng, cuts = np.random.default_rng(SEED), []
    lengths = list(LENGTHS)
    while len(cuts) < count:
        length = lengths[len(cuts) % len(lengths)]
        start = int(rng.integers(FIRST, LAST_YEAR - length + 2))
        new = (range(start, start + length), corners[int(rng.integers(len(corners)))])
        if new not in cuts:
            cuts.append(new)
    return cuts


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean RMSE of each model by length and in all, and its difference from the stack with the Monte Carlo error."""
    rows = table.groupby(level="years").mean().T
    rows["all"] = table.mean()
    gaps = table.sub(table[STACK], axis=0)
    rows["minus stack"], rows["error"] = gaps.mean(), gaps.std() / np.sqrt(len(table))
    rows["worse than stack"] = (gaps > 0).mean()
    return rows.sort_values("all")


def main() -> None:
    """Print the table, and end with an error if the stack misses what it must reach."""
    if not DATA.is_dir():
        print(f"The NDVI of 42 years is not on this machine ({DATA}): left out.")
        return
    start, images = time.monotonic(), []
    for path in sorted(DATA.glob("*.tif")):
        with rasterio.open(path) as file:
            images.append(file.read(1))
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CUTS
    cuts = drawn(count, squares(np.stack(images)))
    rows = []
    for number, each in enumerate(cuts, 1):
        rows.append(errors_of(*each))
        print(f"\r{number} of {count} cuts", end="", file=sys.stderr, flush=True)
    table = pd.DataFrame(rows, pd.Index([len(years) for years, _ in cuts], name="years"))
    means = summary(table)
    print(f"RMSE of NDVI, mean of {count} cuts:\n{means.to_string(float_format='%.5f')}", flush=True)
    best = means.loc[list(MEMBERS), "all"].idxmin()
    ratio = means.loc[STACK, "all"] / means.loc[best, "all"]
    print(f"The stack has {means.loc[STACK, 'all'] / means.loc[LAST, 'all']:.3f} times the error of {LAST}, and "
          f"{ratio:.3f} times that of {best}, its best member. {(time.monotonic() - start) / 60:.1f} min")  # fmt: skip
    if means.loc[STACK, "all"] >= means.loc[LAST, "all"] or ratio > WORST:
        sys.exit(f"The stack must be better than {LAST}, and have at most {WORST} times the error of its best member.")


if __name__ == "__main__":
    main()
