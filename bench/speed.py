"""Speed as ratios: the reference's way and ours, side by side in one run on this machine.

Both compute the same networks (929,796 parameters, the same random weights) and must give the same
answers where both are defined, which is checked before anything is timed. The reference computes as
it was published: padded, in float32, denormal numbers included.
"""

from __future__ import annotations

import contextlib
import dataclasses
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
from rasterio.windows import Window
from regionwise.core.contract.layer import NO_LAYER
from regionwise.core.families.composition.params import CompositionMapping
from regionwise.core.nets.resnet import CompositionNet, composition_loss, footprint_prediction, receptive_field
from scene import BLOCKS, COMPONENTS, WEIGHTS, map_scene, network, write_scene

WINDOW, STEP = 64, 32
BATCH = 64
REPEATS = 5
PART, SIDE = 512, 2048  # cells of the scenes that the reference and ours map: its rate does not depend on the size
SMALL = 500
TREES, LEAVES = 200, 5000
HALO = receptive_field(BLOCKS) // 2


def seconds(work: Callable[[], object]) -> float:
    """The median time of `work` after one run to warm up."""
    work()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def training_rate(*, padded: bool, fast: bool = False) -> float:
    """Samples per second of a training step: padded 64 x 64 as published, or unpadded 39 x 39 as ours."""
    torch.set_flush_denormal(not padded)
    side = WINDOW if padded else receptive_field(BLOCKS)
    layout = torch.contiguous_format if padded else torch.channels_last
    net = network(padded=padded).train().to(memory_format=layout)
    optimizer = torch.optim.AdamW(net.parameters())
    day, night = (torch.randn(BATCH, n, side, side).to(memory_format=layout) for n in (7, 1))
    target, weights = torch.full((BATCH, 4), 0.25), torch.ones(BATCH, 1, 1)
    middle = side // 2 if padded else 0

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=fast):
            alpha = net(day, night)[..., middle : middle + 1, middle : middle + 1].float()
        loss = composition_loss(*footprint_prediction(alpha, weights), target, "dirichlet_one")
        torch.autograd.backward(loss.mean())
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()

    return BATCH / seconds(step)


@torch.inference_mode()
def map_in_windows(params: CompositionMapping, nets: dict[str, CompositionNet]) -> None:
    """Map as the reference does: windows of 64 cells every 32, blended by a triangle, one region's model each.

    Windows without any data are left out.
    """
    ramp = np.minimum(np.arange(1, WINDOW + 1), np.arange(WINDOW, 0, -1)).astype(np.float32)
    weight = np.outer(ramp, ramp)
    with rasterio.open(params.day[0].path) as day, rasterio.open(params.night[0].path) as night:
        side = day.height
        total, norm = np.zeros((4, side, side), np.float32), np.zeros((side, side), np.float32)
        for row in range(0, side - WINDOW + 1, STEP):
            for col in range(0, side - WINDOW + 1, STEP):
                window = Window(col, row, WINDOW, WINDOW)
                layers = [file.read(window=window, masked=True).filled(np.nan) for file in (day, night)]
                if np.isnan(layers[0]).all():
                    continue
                inputs = [torch.from_numpy(np.nan_to_num(layer))[None] for layer in layers]
                place = 3 * int(row + WINDOW / 2 >= side / 2) + min(int((col + WINDOW / 2) / side * 3), 2)
                name, (of_global, of_regional) = list(WEIGHTS.items())[place]
                shares = sum(
                    share * (alpha / alpha.sum(0))
                    for share, alpha in ((of_global, nets[""](*inputs)[0]), (of_regional, nets[name](*inputs)[0]))
                )
                part = np.s_[row : row + WINDOW, col : col + WINDOW]
                total[(..., *part)] += weight * shares.numpy()
                norm[part] += weight
        profile = {**day.profile, "count": 1, "compress": None, "predictor": 1, "nodata": -9999.0}
        missing = np.isnan(day.read(1, masked=True).filled(np.nan)) | (norm == 0)
    for name, values in zip(COMPONENTS, total, strict=True):
        with rasterio.open(Path(params.output).with_name(f"{name}.tif"), "w", **profile) as file:
            file.write(np.where(missing, -9999.0, values / np.maximum(norm, 1)).astype(np.float32), 1)


def reference_rate(folder: Path, pattern: str) -> float:
    """Raster pixels per second of the reference's way, reading and writing included."""
    torch.set_flush_denormal(False)
    nets = {name: network(number, padded=True).eval() for number, name in enumerate(["", *WEIGHTS])}
    params = write_scene(folder / f"part-{pattern}", PART, pattern)
    return PART**2 / seconds(lambda: map_in_windows(params, nets))


def our_rate(folder: Path, pattern: str, precision: str, *, alone: bool = False) -> tuple[float, str]:
    """Raster pixels per second of our mapping from file to file, and in which way it computed.

    The trial of the backends, which takes the same time for any raster, is told apart. `alone` maps
    with the global network only.
    """
    torch.set_flush_denormal(True)
    params = dataclasses.replace(write_scene(folder / pattern, SIDE, pattern), precision=precision)
    if alone:
        params = dataclasses.replace(params, regional_model="", regions=NO_LAYER, weights=NO_LAYER)
    times, trials = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        log = map_scene(params)
        trials.append(log.between("Weights" if not alone else "Bands", f"{SIDE} x {SIDE} cells"))
        times.append(time.perf_counter() - start - trials[-1])
    said = next(line for _, line in log.lines if line.startswith("Networks are computed by"))
    how = said.removeprefix("Networks are computed by ").split(";")[0]
    return SIDE**2 / statistics.median(times), f"{precision}: {how}, after a trial of {statistics.median(trials):.0f} s"


def small_rate(folder: Path, *, plain: bool) -> float:
    """Pixels per second of a small full scene: torch over the whole, or our mapping from file to file."""
    torch.set_flush_denormal(True)
    scene = write_scene(folder / "small", SMALL, "full")
    params = CompositionMapping(day=scene.day, night=scene.night, model=scene.model, output=scene.output)
    if not plain:
        return SMALL**2 / seconds(lambda: map_scene(params))
    net = network().eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def whole() -> None:
        layers = []
        for layer in (params.day[0], params.night[0]):
            with rasterio.open(layer.path) as file:
                values = torch.from_numpy(file.read())[None]
            layers.append(torch.nn.functional.pad(values, [HALO] * 4).contiguous(memory_format=torch.channels_last))
        alpha = net(*layers)[0]
        with rasterio.open(params.day[0].path) as file:
            profile = {**file.profile, "count": 4}
        with rasterio.open(folder / "small" / "plain.tif", "w", **profile) as out:
            out.write((alpha / alpha.sum(0)).numpy())

    return SMALL**2 / seconds(whole)


def forest_rate(folder: Path, pattern: str) -> float:
    """Raster pixels per second of a random forest on the bands of each pixel, file to file."""
    from sklearn.ensemble import RandomForestRegressor

    params = write_scene(folder / pattern, SIDE, pattern)
    rng = np.random.default_rng(0)
    forest = RandomForestRegressor(TREES, n_jobs=-1, random_state=0)
    forest.fit(rng.normal(size=(LEAVES, 8)), rng.dirichlet(np.ones(4), LEAVES))

    def work() -> None:
        with contextlib.ExitStack() as files:
            day, night = (files.enter_context(rasterio.open(x.path)) for x in (params.day[0], params.night[0]))
            profile = {**day.profile, "count": 4, "nodata": -9999.0}
            with rasterio.open(params.output, "w", **profile) as out:
                for row in range(0, SIDE, 256):
                    window = Window(0, row, SIDE, 256)
                    values = np.concatenate(
                        [file.read(window=window, masked=True).filled(np.nan) for file in (day, night)]
                    )
                    valid = np.isfinite(values).all(0)
                    answer = np.full((4, 256, SIDE), -9999.0, np.float32)
                    answer[:, valid] = forest.predict(values[:, valid].T).T
                    out.write(answer, window=window)

    start = time.perf_counter()
    work()
    return SIDE**2 / (time.perf_counter() - start)


@torch.inference_mode()
def check_equal(folder: Path) -> None:
    """Compare our map with the padded networks over the whole scene, away from its padded edge."""
    params = write_scene(folder / "check", 192, "full")
    map_scene(params)
    layers = []
    for layer in (params.day[0], params.night[0]):
        with rasterio.open(layer.path) as file:
            layers.append(torch.from_numpy(file.read())[None])
    with rasterio.open(params.output) as file:
        mapped = file.read()
    for place, (name, (of_global, of_regional)) in enumerate(WEIGHTS.items()):
        expected = 0.0
        number = 1 + list(WEIGHTS).index(name)
        for share, seed in ((of_global, 0), (of_regional, number)):
            alpha = network(seed, padded=True).eval()(*layers)[0]
            expected = expected + share * (alpha / alpha.sum(0)).numpy()
        row, col = place // 3 * 96, place % 3 * 64
        part = np.s_[:, max(row, HALO) : min(row + 96, 192 - HALO), max(col, HALO) : min(col + 64, 192 - HALO)]
        np.testing.assert_allclose(mapped[part], expected[part], atol=1e-4)


def rows(folder: Path) -> list[tuple[str, str, str, float, float]]:
    """The comparisons: their title, the reference, ours, and both rates."""
    check_equal(folder)
    measured = []
    step = training_rate(padded=True)
    for fast, label in ((False, "unpadded 39 x 39, float32"), (True, "the same, bf16")):
        measured.append(
            ("training step, samples/s", "padded 64 x 64, float32", label, step, training_rate(padded=False, fast=fast))
        )
    published = "windows 64 step 32, one region's model each"
    for pattern, label, precisions in (
        ("half", "half nodata", ("exact", "fast")),
        ("villages", "a tenth valid", ("fast",)),
    ):
        reference = reference_rate(folder, pattern)
        for precision in precisions:
            rate, how = our_rate(folder, pattern, precision)
            measured.append((f"mapping, {label}, pixels/s", published, how, reference, rate))
        if pattern == "half":
            rate, how = our_rate(folder, pattern, "fast", alone=True)
            measured.append(("mapping, half nodata, one model, pixels/s", f"forest of {TREES} trees on cells", how,
                          forest_rate(folder, pattern), rate))  # fmt: skip
    measured.append((f"mapping {SMALL} x {SMALL}, one network, pixels/s", "torch over the whole", "exact",
                  small_rate(folder, plain=True), small_rate(folder, plain=False)))  # fmt: skip
    return measured


def processor() -> str:
    """The name of the processor, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    flags = next((line for line in lines if line.startswith("flags")), "")
    able = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f" {name}" in flags]
    return f"{model[0] if model else platform.machine()}, {os.cpu_count()} processors ({', '.join(able)})"


def write_table(measured: list[tuple[str, str, str, float, float]], name: str) -> None:
    """Print the table and write it as JSON and Markdown."""
    machine = f"{processor()}, torch {torch.__version__}"
    text = "\n".join([
        f"Machine: {machine}; networks of 929,796 parameters; medians of {REPEATS}.",
        "",
        "| what | reference | ours | reference's rate | our rate | ratio |",
        "|---|---|---|---:|---:|---:|",
        *(f"| {what} | {a} | {b} | {x:,.0f} | {y:,.0f} | {y / x:.1f} |" for what, a, b, x, y in measured),
        "",
    ])  # fmt: skip
    sys.stdout.write(text)
    out = Path(__file__).resolve().parents[1] / "build"
    out.mkdir(exist_ok=True)
    (out / f"{name}.md").write_text(text)
    keys = ("what", "reference", "ours", "reference_rate", "our_rate")
    (out / f"{name}.json").write_text(
        json.dumps({"machine": machine, "rows": [dict(zip(keys, r)) for r in measured]}, indent=1)
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        write_table(rows(Path(scratch)), "bench")
