"""GPU: the reference's network maps 10,000 x 10,000 cells with 7 members, and trains the learning-curve protocol.

It needs torch, numpy, scipy, safetensors and psutil, no network, and neither rasterio nor geopandas: rasters are
arrays on disk here, and finished tiles deflated files. Reading, computing, encoding and writing go through
the same pipeline as in the product. Without a GPU it runs on the processor, on a smaller scene, and says so.

``PYTHONPATH=_alias python3 bench/gpu.py`` is all it takes.
"""

from __future__ import annotations

import io
import json
import platform
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from regionwise.core.contract.protocol import Channel
from regionwise.core.data.raster.data_masks import with_data
from regionwise.core.data.raster.tiles import Tile, plan
from regionwise.core.inference.backend_choice import TRIAL_SIDE, Conditions, TrialArea, choose
from regionwise.core.learners.patch_learner import PatchPredictor, predict
from regionwise.core.learning.patch_batches import Objective, PatchBatches, Standardiser
from regionwise.core.learning.training_loop import FitOptions, fit, to_arrays
from regionwise.core.mapping.ensemble import Ensemble, EnsembleMember
from regionwise.core.mapping.products import shares, tile_predictor
from regionwise.core.mapping.tile_pipeline import Maker
from regionwise.core.nets.resnet import CompositionNet, composition_loss, receptive_field
from regionwise.core.runtime.checkpoints import Checkpoints
from regionwise.core.runtime.devices import flush_denormals, try_cuda
from regionwise.core.runtime.types import Floats, Mask
from regionwise.core.validation.splits import Split
from scipy import ndimage

BLOCKS, BANDS, COMPONENTS = (3, 3, 5), 8, 4
DAY_BANDS = [[number] for number in range(7)]
MEMBERS, TILE = 7, 1024
GOALS = {"mapping": 60.0, "epoch": 2.0}  # s, on an H200
CUDA = not try_cuda()
SIDE = 10_000 if CUDA else 512
SAMPLES = 38_500 if CUDA else 640
BATCH, EPOCHS = 256, 4
DESCRIPTION = {
    "arguments": {"day_channels": 7, "night_channels": 1, "components": COMPONENTS, "width": 64,
                  "blocks": list(BLOCKS), "head": "dirichlet_one"},
    "sensors": [7, 1],
    "mask_channel": False,
}  # fmt: skip


class LogPrinter(io.RawIOBase):
    """Takes messages and prints what is logged."""

    def write(self, line: bytes) -> int:  # type: ignore[override]
        """Take one message."""
        message = json.loads(line)
        if message["kind"] == "log":
            print(message["text"], flush=True)
        return len(line)


@dataclass
class Raster:
    """A raster as an array on disk, shape (band, row, col)."""

    path: Path

    def __enter__(self) -> Raster:
        self.values = np.load(self.path, mmap_mode="r")
        return self

    def __exit__(self, *_: object) -> None:
        del self.values

    def read(self, tile: Tile) -> Floats:
        """The values of `tile`, NaN off the raster."""
        inner = tile.clipped(*self.values.shape[1:])
        out = np.full((len(self.values), tile.height, tile.width), np.nan, np.float32)
        row, col = inner.row - tile.row, inner.col - tile.col
        part = self.values[:, inner.row : inner.row + inner.height, inner.col : inner.col + inner.width]
        out[:, row : row + inner.height, col : col + inner.width] = part
        return out


def write_raster(path: Path) -> None:
    """Write a scene, half of it without data, in large pieces as on land and water."""
    rng = np.random.default_rng(1)
    field = ndimage.gaussian_filter(rng.normal(size=(SIDE // 8 + 1, SIDE // 8 + 1)), 12)
    valid = np.kron(field >= np.median(field), np.ones((8, 8), bool))[:SIDE, :SIDE]
    out = np.lib.format.open_memmap(path, "w+", np.float32, (BANDS, SIDE, SIDE))
    for band in out:
        band[:] = np.where(valid, np.round(rng.standard_normal((SIDE, SIDE), np.float32), 1), np.nan)
    out.flush()


def network(seed: int) -> CompositionNet:
    """The reference's network with fixed random weights."""
    torch.manual_seed(seed)
    return CompositionNet(**DESCRIPTION["arguments"])  # type: ignore[arg-type]


def ensemble(device: str) -> Ensemble:
    """An ensemble of `MEMBERS` global members."""
    scaling = {"scaling.mean": np.zeros(BANDS, np.float32), "scaling.std": np.ones(BANDS, np.float32)}
    members = []
    for seed in range(MEMBERS):
        arrays = {**to_arrays(network(seed).state_dict()), **scaling}
        predictor = PatchPredictor(DESCRIPTION, arrays, f"member {seed}", torch.device(device))
        members.append(EnsembleMember(predictor, "", 1 / MEMBERS, "network"))
    return Ensemble(members, None, {}, 0, receptive_field(BLOCKS) // 2, device, COMPONENTS)


def mapping(folder: Path, device: str) -> dict[str, float]:
    """Map a scene from file to files; return seconds of the trial, of all tiles, and of computing alone."""
    write_raster(folder / "scene.npy")
    networks = ensemble(device)
    source, halo = Raster(folder / "scene.npy"), networks.halo
    middle = Tile(SIDE // 2 - TRIAL_SIDE // 2, SIDE // 2 - TRIAL_SIDE // 2, TRIAL_SIDE, TRIAL_SIDE).padded(halo)
    with source as opened:
        block = opened.read(middle)
    start = time.perf_counter()
    area = TrialArea(block, with_data(block, DAY_BANDS, halo))
    conditions = Conditions(fast=True, device=device, largest=1024 if CUDA else 256, pixels=SIDE**2)
    choose([s.predictor for s in networks.members], area, conditions, Channel(LogPrinter()))  # type: ignore[misc]
    trial = time.perf_counter() - start
    predict_tile, computing = tile_predictor(networks, None, {"shares": shares}), [0.0]  # type: ignore[arg-type]

    def timed(tile: Tile, values: Floats, valid: Mask) -> dict[str, Floats]:
        begun = time.perf_counter()
        products = predict_tile(tile, values, valid)
        computing[0] += time.perf_counter() - begun
        return products

    def encode(tile: Tile, valid: Mask, products: dict[str, Floats]) -> bytes:
        if not products:
            return b""
        whole = np.full((COMPONENTS, tile.height, tile.width), -9999.0, np.float32)
        whole[:, valid] = products["shares"]
        return zlib.compress(whole, 1)

    maker = Maker(range(BANDS), DAY_BANDS, halo, timed, encode)
    start = time.perf_counter()
    for tile, content in maker.stream(source, list(plan(Tile(0, 0, SIDE, SIDE), TILE))):
        (folder / f"tile-{tile.row}-{tile.col}").write_bytes(content)
    return {"trial": trial, "tiles": time.perf_counter() - start, "computing": computing[0]}


class Labels:
    """Random labels in the place of samples."""

    def __init__(self, count: int) -> None:
        rng = np.random.default_rng(0)
        self.shares = rng.dirichlet(np.ones(COMPONENTS), count)
        self.loss_weight = np.ones(count)

    def __len__(self) -> int:
        return len(self.loss_weight)


def patches(folder: Path) -> Any:
    """Random patches in the place of those of samples, on disk."""
    side = receptive_field(BLOCKS)
    values = np.lib.format.open_memmap(folder / "patches.npy", "w+", np.float32, (SAMPLES, BANDS, side, side))
    rng = np.random.default_rng(0)
    for start in range(0, SAMPLES, 1000):
        values[start : start + 1000] = rng.standard_normal(values[start : start + 1000].shape, np.float32)
    row = np.arange(SAMPLES)
    return SimpleNamespace(
        values=values, row=row, sample=row, weights=np.ones((SAMPLES, 1, 1), np.float32),
        of=lambda samples: np.flatnonzero(np.isin(row, samples)), pixels=lambda pieces: values[pieces],
    )  # fmt: skip


def training(folder: Path, device: str) -> dict[str, float]:
    """Train one of 5 folds of all samples; return seconds of an epoch, and of its steps on one batch that stays."""
    fold = np.arange(SAMPLES) % 5
    training_data: Any = SimpleNamespace(patches=patches(folder), samples=Labels(SAMPLES), device=device)
    standardiser = Standardiser(torch.zeros(BANDS, 1, 1), torch.ones(BANDS, 1, 1), (7, 1), mask_channel=False)
    split = Split("fold 1", *(np.flatnonzero(rows) for rows in (fold > 1, fold == 1, fold == 0)))
    objective = Objective(predict, partial(composition_loss, head="dirichlet_one"))
    data = PatchBatches(training_data, standardiser, split, objective, BATCH)
    times = []
    options = FitOptions(EPOCHS, EPOCHS, 3e-4, 1e-3, 0, torch.device(device), fast=True)

    def fit_again() -> None:
        times.clear()
        fit(network(0), data, options, checkpoints=Checkpoints(folder), name="fit",
            report=lambda *_: times.append(time.perf_counter()))  # fmt: skip

    fit_again()
    whole = float(np.median(np.diff(times)))
    one = next(iter(data.batches(np.random.default_rng(0))))
    steps = len(np.arange(0, (fold > 1).sum(), BATCH))
    data.batches = lambda rng: iter([one] * steps)  # type: ignore[method-assign]
    fit_again()
    return {"epoch": whole, "epoch_without_data": float(np.median(np.diff(times)))}


def main() -> None:
    """Print and write what was measured."""
    flush_denormals()
    device = "cuda" if CUDA else "cpu"
    name = torch.cuda.get_device_name() if CUDA else f"NO GPU: {platform.processor() or platform.machine()}"
    with tempfile.TemporaryDirectory() as scratch:
        measured = {**mapping(Path(scratch), device), **training(Path(scratch), device)}
    lines = [
        f"{name}, torch {torch.__version__}",
        f"Mapping {SIDE:,} x {SIDE:,} cells, half of them valid, {MEMBERS} members: {measured['tiles']:.1f} s after a "
        f"trial of {measured['trial']:.1f} s; computing took {measured['computing'] / measured['tiles']:.0%} of it.",
        f"Training {SAMPLES:,} samples in 5 folds: {measured['epoch']:.2f} s an epoch with its validation; "
        f"{measured['epoch_without_data']:.2f} s with the same batch in every step.",
    ]
    if CUDA:
        reached = {"mapping": measured["tiles"] + measured["trial"], "epoch": measured["epoch"]}
        lines += [f"Goal, {what}: {goal:g} s, reached {reached[what]:.1f} s." for what, goal in GOALS.items()]
    else:
        lines.append(
            "There is no GPU here: this only shows that all of it runs. On one, 10,000 x 10,000 cells are mapped."
        )
    print("\n".join(lines))
    out = Path(__file__).resolve().parents[1] / "build"
    out.mkdir(exist_ok=True)
    (out / "gpu.json").write_text(json.dumps({"device": name, "cuda": CUDA, **measured}, indent=1))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
