"""North America from day, night and climate rasters: every model type under three validations.

``./dev bench daynight`` needs the shared data set and says so where it is absent. The floors are
those measured without a buffer between blocks, so both are shown: without a buffer, to compare, and
with the one that keeps tested places out of training windows, to believe.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Channel, Settings
from regionwise.core.families.composition.params import CompositionTraining
from regionwise.core.families.composition.train import train
from regionwise.core.runtime.run import Run

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "daynight"
TARGETS = ("woody", "crop_c3", "crop_c4", "other")
SAMPLES = 5000
BLOCK_M = 470_000.0  # the floors had blocks of 5 degrees: at 45 degrees north they are as large
FLOORS = {
    False: {"forest on cells": (0.661, 0.586, 0.523), "extra trees on windows": (0.745, 0.635, 0.516),
            "small network": (0.664, 0.605, 0.468), "mean of the last two": (0.724, 0.640, 0.522)},
    True: {"forest on cells": (0.804, 0.712, 0.618)},
}  # fmt: skip
GOALS = {False: (0.75, 0.645, 0.53), True: (0.82, 0.74, 0.64)}
VALIDATIONS = ("random", "blocks", "regions")
NETWORK = {"width": 16, "blocks": "1,1,1", "epochs": 20, "patience": 6, "batch": 128, "learning_rate": 2e-3}


def cross_validate(climate: bool, folder: Path, **options: object) -> pd.Series:
    """The mean R2 of each model on the same folds."""
    day = [Layer(str(DATA / "day_bluemarble_rgb.tif"), "day")]
    if climate:
        day.append(Layer(str(DATA / "ancillary_climate_topo.tif"), "climate"))
    params = CompositionTraining(
        day=tuple(day), night=(Layer(str(DATA / "night_lights.tif"), "night"),),
        samples=Layer(str(folder / "points.csv"), "points"), targets=TARGETS, region_field="region",
        allow_duplicates=True, block_size=BLOCK_M, model=str(folder / "m.safetensors"),
        scores=str(folder / "s.csv"), **NETWORK, **options,
    )  # fmt: skip
    train(params, Run(Channel(io.BytesIO()), Settings(device="cpu", memory_gb=8), folder))
    rows = pd.read_csv(folder / "s.csv")
    means = rows[(rows["validation"] == params.validation) & (rows["part"] == "all") & (rows["component"] == "mean")]
    return means.set_index("model")["r2"]


def main() -> None:
    """Print a table of models by validation, for both inputs and both kinds of buffer."""
    if not DATA.is_dir():
        sys.exit(f"The data set is not on this machine ({DATA}); nothing was measured.")
    model_type = sys.argv[1] if len(sys.argv) > 1 else "stack"
    windows = sys.argv[2] if len(sys.argv) > 2 else "1 3 7 15 39"
    for climate in (False, True):
        for label, buffer in (("no buffer", 0.0), ("buffer", -1.0)):
            start, r2 = time.monotonic(), {}
            for validation in VALIDATIONS:
                with tempfile.TemporaryDirectory() as name:
                    folder = Path(name)
                    table = pd.read_csv(DATA / "points_na_fractions_10min.csv").iloc[:SAMPLES]
                    table.to_csv(folder / "points.csv", index=False)
                    options = {"validation": validation, "buffer": buffer, "windows": windows, "model_type": model_type}
                    r2[validation] = cross_validate(climate, folder, **options)
            table = pd.DataFrame(r2).sort_values("blocks", ascending=False)
            for name, values in {**FLOORS[climate], "goal": GOALS[climate]}.items():
                table.loc[f"({name})"] = values
            inputs = "day, night, climate" if climate else "day, night"
            minutes = (time.monotonic() - start) / 60
            print(
                f"\n{inputs}; {label}; windows {windows}; {minutes:.0f} min\n{table.round(3).to_string()}", flush=True
            )


if __name__ == "__main__":
    main()
