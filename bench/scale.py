"""Scale: how time and memory grow with pixels, members, samples and workers, and what a nation would take.

Every figure is a job in an engine process of its own. The last lines extrapolate, and say so.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
from jobs import Ran, cluster, run_job
from matplotlib.ticker import NullLocator
from regionwise.core.contract.layer import NO_LAYER, Layer
from regionwise.core.contract.protocol import Settings
from regionwise.core.contract.time_left import format_seconds
from regionwise.core.families.composition.params import CompositionMapping, CompositionTraining
from scene import CELL, valid_cells, write_members, write_scene
from scipy.optimize import nnls
from speed import processor

SIDES = (256, 512, 1024, 2048)
MEMBERS, MEMBERS_SIDE = (1, 3, 7), 1024
SAMPLES = (100, 200, 400, 800)
WORKERS = (1, 2)
WORKERS_SIDE = 2048  # four tiles, which can be shared, unlike the trial of backends; so several members take part
EPOCHS = 3  # with which the largest training is worth a process for each fold
NATION = (70_000, 76_000, 21_000_000)  # rows, columns, valid pixels
TILES = " cells in tiles of "  # in the log when the trial of backends is over
COMPONENTS = ["F", "F_NF", "NF_F", "NF"]
# of a GPU that was not there: its bf16 peak, the part of it that convolutions of 64 channels are taken to reach,
# and how much faster than two cores sixteen read and write
H200_FLOPS, H200_SHARE, H200_READING = 989e12, 0.25, 8.0
FLOPS = 2 * 929_796  # a pixel and network, without halos

Row = dict[str, Any]


def mapping(folder: Path, side: int, members: int) -> CompositionMapping:
    """Parameters that map scattered villages with so many members everywhere."""
    scene = write_scene(folder / f"map-{side}", side, "villages")
    model = write_members(folder / f"{members}.safetensors", "global", [""] * members)
    return dataclasses.replace(
        scene, model=model, regional_model="", regions=NO_LAYER, weights=NO_LAYER, precision="fast",
        output=str(folder / f"map-{side}-{members}.tif"),
    )  # fmt: skip


def training(folder: Path, count: int) -> CompositionTraining:
    """Parameters that train the reference's network on random labels at so many places."""
    scene = write_scene(folder / "training", SIDES[1], "half")
    rng = np.random.default_rng(count)
    row, col = np.nonzero(valid_cells(SIDES[1], "half"))
    chosen = rng.choice(len(row), count, replace=False)
    shares = dict(zip(COMPONENTS, rng.dirichlet(np.ones(4), count).T, strict=True))
    places = gpd.points_from_xy((col[chosen] + 0.5) * CELL, -(row[chosen] + 0.5) * CELL)
    path = folder / f"samples-{count}.gpkg"
    gpd.GeoDataFrame(shares, geometry=places, crs=3358).to_file(path)
    return CompositionTraining(
        day=scene.day, night=scene.night, samples=Layer(str(path), "samples"), targets=tuple(COMPONENTS), folds=2,
        validation="random", model_type="network", epochs=EPOCHS, batch=64,
        model=str(folder / f"model-{count}.safetensors"),
    )  # fmt: skip


def measured(folder: Path) -> list[Row]:
    """The measurements, one row for each job."""
    rows: list[Row] = []

    def add(against: str, at: float, ran: Ran, since: str, **more: Any) -> None:
        rows.append({"against": against, "at": at, "seconds": ran.after(since), "peak_gib": ran.peak / 2**30, **more})
        print(f"{against} {at:g}: {rows[-1]['seconds']:.1f} s, {rows[-1]['peak_gib']:.2f} GiB", flush=True)

    local = Settings(8.0, device="cpu")
    for side in SIDES:
        ran = run_job(mapping(folder, side, 1), folder / f"pixels-{side}.job", local)
        add("pixels", side**2, ran, TILES, valid=int(valid_cells(side, "villages").sum()), members=1)
    valid = int(valid_cells(MEMBERS_SIDE, "villages").sum())
    for members in MEMBERS:
        ran = run_job(mapping(folder, MEMBERS_SIDE, members), folder / f"members-{members}.job", local)
        add("members", members, ran, TILES, valid=valid, raster=MEMBERS_SIDE**2)
    for count in SAMPLES:
        ran = run_job(training(folder, count), folder / f"samples-{count}.job", local)
        add("samples", count, ran, "Bands: ")
    one = dataclasses.replace(local, memory_gb=1.0)  # which allows one process: with all threads
    ran = run_job(training(folder, SAMPLES[-1]), folder / "alone.job", one)
    add("samples, folds one after the other", SAMPLES[-1], ran, "Bands: ")
    for workers in WORKERS:
        with cluster(folder, workers) as address:
            there = dataclasses.replace(local, scheduler=address)
            ran = run_job(mapping(folder, WORKERS_SIDE, MEMBERS[1]), folder / f"map-workers-{workers}.job", there)
            add("workers, mapping", workers, ran, TILES)
            ran = run_job(training(folder, SAMPLES[-1]), folder / f"training-workers-{workers}.job", there)
            add("workers, training", workers, ran, "Bands: ")
    return rows


def nation(rows: list[Row], peak_flops: Callable[[float], float]) -> list[str]:
    """The cost of a national map with 7 members: a + b * raster + c * valid pixels * members, fitted."""
    maps = [row for row in rows if row["against"] in ("pixels", "members")]
    raster = np.array([row.get("raster", row["at"]) for row in maps], float)
    answers = np.array([row["valid"] * row.get("members", row["at"]) for row in maps], float)
    seconds = np.array([row["seconds"] for row in maps])
    table = np.stack([np.ones(len(maps)), raster, answers], 1)
    # relative errors count: the small jobs are as good a witness as the large ones
    (start, per_cell, per_answer), _ = nnls(table / seconds[:, None], np.ones(len(maps)))
    fitted = table @ [start, per_cell, per_answer]
    worst = float(np.abs(fitted / seconds - 1).max())
    height, width, valid = NATION
    reading, computing = per_cell * height * width, per_answer * valid * MEMBERS[-1]
    gpu = computing * peak_flops(per_answer) + reading / H200_READING
    times = {
        "two cores": start + reading + computing,
        "one H200": start + gpu,
        "8 GPUs": start + gpu / 8,
    }
    return [
        f"seconds = {start:.1f} + {per_cell * 1e6:.3f} a million cells + {per_answer * 1e6:.1f} a million valid pixels "
        f"and member (largest error of the fit {100 * worst:.0f} %)",
        f"{height:,} x {width:,} cells, {valid / 1e6:.0f} million of them valid, {MEMBERS[-1]} members, EXTRAPOLATED "
        "from the above:",
        *(f"- {name}: {format_seconds(value)}" for name, value in times.items()),
        f"The GPUs were not there: their computing is taken from {H200_SHARE:.0%} of an H200's bf16 peak, reading and "
        f"writing {H200_READING:g} times as fast as here, and both divided by 8 for 8 workers.",
    ]


def h200_ratio(per_answer: float) -> float:
    """The time of an H200 over that of this machine, for the same answers."""
    here = FLOPS / per_answer
    return here / (H200_FLOPS * H200_SHARE)


def draw(rows: list[Row], path: Path) -> None:
    """Draw time and memory against each quantity."""
    kinds = [("pixels", "cells of the raster, a tenth valid"), ("members", f"members, {MEMBERS_SIDE} x {MEMBERS_SIDE}"),
             ("samples", f"samples, 2 folds of {EPOCHS} epochs"), ("workers", "workers of one thread")]  # fmt: skip
    figure, axes = plt.subplots(1, len(kinds), figsize=(13, 3.2), layout="constrained")
    for axis, (kind, label) in zip(axes, kinds, strict=True):
        for name in sorted({row["against"] for row in rows if row["against"].startswith(kind)}):
            points = [row for row in rows if row["against"] == name]
            short = name.partition(", ")[2]
            axis.plot([r["at"] for r in points], [r["seconds"] for r in points], "o-", ms=4, label=short or "time")
        axis.set(xlabel=label, ylabel="s", xscale="log", yscale="log")
        places = sorted({row["at"] for row in rows if row["against"].startswith(kind)})
        axis.set_xticks(places, [f"{at:,.0f}" for at in places], rotation=20)
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter("{x:g}")
        axis.tick_params(axis="y", which="minor", labelsize=6)
        axis.xaxis.set_minor_locator(NullLocator())
        if kind != "workers":
            points = [row for row in rows if row["against"] == kind]
            memory = axis.twinx()
            memory.plot([r["at"] for r in points], [r["peak_gib"] for r in points], "s--", color="0.6", ms=4)
            memory.set(ylabel="peak, GiB (dashed)", ylim=(0, None))
        if kind != "pixels" and kind != "members":
            axis.legend(fontsize=7)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Measure, draw, extrapolate and write all of it."""
    out = Path(__file__).resolve().parents[1] / "build"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        rows = measured(Path(scratch))
    lines = nation(rows, h200_ratio)
    table = ["| against | at | s | peak, GiB |", "|---|---:|---:|---:|"]
    table += [f"| {r['against']} | {r['at']:,.0f} | {r['seconds']:.1f} | {r['peak_gib']:.2f} |" for r in rows]
    text = "\n".join([f"Machine: {processor()}; networks of 929,796 parameters.", "", *table, "", *lines, ""])
    sys.stdout.write(text)
    (out / "scale.md").write_text(text)
    (out / "scale.json").write_text(json.dumps({"machine": processor(), "rows": rows, "nation": lines}, indent=1))
    draw(rows, out / "scale.png")
    print(f"Written: {out / 'scale.md'}, scale.json, scale.png")


if __name__ == "__main__":
    main()
