"""Speed as ratios: the reference's way and ours, side by side in one run on this machine.

Both run the same network (929,796 parameters, the same random weights, float32) and must give the
same answers where both are defined, which is checked before anything is timed.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
import torch
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.devices import flush_denormals
from regionwise.core.models import Card, Member, Model, write_model
from regionwise.core.nets.composition import CompositionNet, receptive_field, unit_loss, unit_prediction
from regionwise.core.params import Layer
from regionwise.core.params_composition import CompositionMapping
from regionwise.core.protocol import Channel, Settings
from regionwise.core.rasters import Grid, raster_profile
from regionwise.core.run import Run
from regionwise.core.tasks.composition_map import map_composition
from regionwise.core.training import to_arrays

BLOCKS = (3, 3, 5)
WINDOW, STEP = 64, 32
BATCH = 16
REPEATS = 3
SIDE = 384
BANDS = ("RED", "GREEN", "BLUE", "NIR", "SWIR1", "SWIR2", "TEMP1")


def network(*, padded: bool) -> CompositionNet:
    """Return the reference's network with fixed random weights."""
    torch.manual_seed(0)
    return CompositionNet(len(BANDS), 1, 4, blocks=BLOCKS, head="dirichlet_one", padded=padded)


def seconds(work: Callable[[], object]) -> float:
    """Return the median time of `work` after one run to warm up."""
    work()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def training_step() -> tuple[float, float]:
    """Return samples per second of a training step: padded 64 x 64, and unpadded 39 x 39."""
    target = torch.full((BATCH, 4), 0.25)
    rates = []
    for padded, side in ((True, WINDOW), (False, receptive_field(BLOCKS))):
        net = network(padded=padded).train()
        optimizer = torch.optim.AdamW(net.parameters())
        day, night = torch.randn(BATCH, len(BANDS), side, side), torch.randn(BATCH, 1, side, side)
        middle = side // 2 if padded else 0

        def step() -> None:
            optimizer.zero_grad()  # noqa: B023
            alpha = net(day, night)[..., middle : middle + 1, middle : middle + 1]  # noqa: B023
            loss = unit_loss(*unit_prediction(alpha, torch.ones(BATCH, 1, 1)), target, "dirichlet_one")
            torch.autograd.backward(loss.mean())
            optimizer.step()  # noqa: B023

        rates.append(BATCH / seconds(step))
    return rates[0], rates[1]


@torch.inference_mode()
def map_in_windows(net: CompositionNet, day: np.ndarray, night: np.ndarray) -> np.ndarray:
    """Return shares as the reference maps: windows of 64 cells every 32, blended by a triangle."""
    side = day.shape[1]
    ramp = np.minimum(np.arange(1, WINDOW + 1), np.arange(WINDOW, 0, -1)).astype(np.float32)
    weight = np.outer(ramp, ramp)
    total, norm = np.zeros((4, side, side), np.float32), np.zeros((side, side), np.float32)
    for row in range(0, side - WINDOW + 1, STEP):
        for col in range(0, side - WINDOW + 1, STEP):
            part = np.s_[row : row + WINDOW, col : col + WINDOW]
            inputs = (torch.from_numpy(layer[(..., *part)])[None] for layer in (day, night))
            alpha = net(*inputs)[0].numpy()
            total[(..., *part)] += weight * alpha / alpha.sum(0)
            norm[part] += weight
    return total / norm


def mapping(folder: Path) -> tuple[float, float]:
    """Return pixels per second: windows in memory, and our mapping from file to file."""
    rng = np.random.default_rng(0)
    day = rng.normal(size=(len(BANDS), SIDE, SIDE)).astype(np.float32)
    night = rng.normal(size=(1, SIDE, SIDE)).astype(np.float32)
    grid = Grid(CRS.from_epsg(3358), Affine(90, 0, 0, 0, -90, 0), SIDE, SIDE)
    for name, values, bands in (("day", day, BANDS), ("night", night, ("VIIRS",))):
        with rasterio.open(folder / f"{name}.tif", "w", **raster_profile(grid, grid.area, len(values))) as file:
            file.write(values)
            file.descriptions = bands
    model = _write_model(folder)
    params = CompositionMapping(
        day=(Layer(str(folder / "day.tif"), "day"),),
        night=(Layer(str(folder / "night.tif"), "night"),),
        model=model,
        output=str(folder / "map.tif"),
    )

    def ours() -> None:
        with open(os.devnull, "wb") as sink:
            map_composition(params, Run(Channel(sink), Settings(device="cpu"), folder))

    padded = network(padded=True).eval()
    ours()
    with rasterio.open(folder / "map.tif") as file:
        found = file.read()
    _check_equal(padded, day, night, found)
    return SIDE**2 / seconds(lambda: map_in_windows(padded, day, night)), SIDE**2 / seconds(ours)


@torch.inference_mode()
def _check_equal(padded: CompositionNet, day: np.ndarray, night: np.ndarray, found: np.ndarray) -> None:
    """Compare with the padded network over the whole scene, away from its padded edge."""
    alpha = padded(torch.from_numpy(day)[None], torch.from_numpy(night)[None])[0].numpy()
    halo = receptive_field(BLOCKS) // 2
    inner = np.s_[:, halo:-halo, halo:-halo]
    np.testing.assert_allclose(found[inner], (alpha / alpha.sum(0))[inner], atol=1e-4)


def _write_model(folder: Path) -> str:
    arrays = to_arrays(network(padded=False).state_dict())
    scaling = {"scaling.mean": np.zeros(8, np.float32), "scaling.std": np.ones(8, np.float32)}
    arguments = {"day_channels": 7, "night_channels": 1, "components": 4, "width": 64, "blocks": list(BLOCKS)}
    card = Card(
        family="composition",
        network={
            "arguments": {**arguments, "head": "dirichlet_one"},
            "sensors": [7, 1],
            "mask_channel": False,
        },
        bands=[
            *({"name": n, "sensor": "day", "unit": ""} for n in BANDS),
            {"name": "VIIRS", "sensor": "night", "unit": ""},
        ],
        components=["F", "F_NF", "NF_F", "NF"],
        members=[Member("global", "global")],
        crs="",
        cell_size=90.0,
        area=[],
        training={},
        scores=[],
        fingerprint="",
        versions={},
    )
    path = str(folder / "model.safetensors")
    write_model(path, Model(card, {"global": {**arrays, **scaling}}))
    return path


def main() -> int:
    """Print the table and write it as JSON and Markdown."""
    flush_denormals()  # for both
    machine = f"{platform.machine()}, {os.cpu_count()} processors, torch {torch.__version__}"
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            ("training step, samples/s", "padded 64 x 64", "unpadded 39 x 39", *training_step()),
            ("mapping, pixels/s", "windows 64 step 32, in memory", "halo tiles, file to file", *mapping(Path(folder))),
        ]
    lines = [
        f"Machine: {machine}; float32, one network of 929,796 parameters, median of {REPEATS}.",
        "",
        "| what | reference | ours | reference's rate | our rate | ratio |",
        "|---|---|---|---:|---:|---:|",
        *(f"| {what} | {a} | {b} | {x:,.0f} | {y:,.0f} | {y / x:.1f} |" for what, a, b, x, y in rows),
    ]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    out = Path(__file__).resolve().parents[1] / "build"
    out.mkdir(exist_ok=True)
    (out / "bench.md").write_text(text)
    keys = ("what", "reference", "ours", "reference_rate", "our_rate")
    table = {"machine": machine, "rows": [dict(zip(keys, row)) for row in rows]}
    (out / "bench.json").write_text(json.dumps(table, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
