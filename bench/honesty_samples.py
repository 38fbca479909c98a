"""Claims of the audit: every planted leak is found; nothing on clean worlds, rounded labels, seasons, real images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from honesty_claims import Claim, in_worlds, mean_of, run_task
from regionwise.core.contract.layer import Layer
from regionwise.core.data.vector.samples import Samples
from regionwise.core.tools.evaluation.check_samples import check_samples
from regionwise.core.tools.evaluation.params import SampleAudit
from regionwise.core.tools.simulation.composition_world import COMPONENTS, World, simulate_world
from regionwise.core.tools.simulation.simulate import CELL_M
from regionwise.core.validation.audit import SampleValues, audit_samples

SIZE = 160
DAYNIGHT = Path(__file__).resolve().parents[2] / "shared" / "data" / "daynight"
REAL = (("woody", "crop_c3", "crop_c4", "other"), 2000)  # components, and samples of a draw
LEAKS = ("repeated labels", "shared places", "giveaway", "spanning sources", "augmented in test")
CLEAN = ("as simulated", "rounded to two decimals", "counts of twenty", "three seasons at each place")


def samples_of(world: World) -> Samples:
    """The samples of a world as training reads them."""
    rows, cols = world.places.T
    xy = np.stack([cols * CELL_M, -rows * CELL_M], 1)
    n = len(rows)
    each = np.array([f"u{number}" for number in range(n)], object)
    return Samples(
        gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs="EPSG:32648"), xy, world.labels, COMPONENTS, each, np.ones(n),
        augmented=np.zeros(n, bool), row=np.arange(1, n + 1), notices=(),
    )  # fmt: skip


def planted(leak: str, samples: Samples, rng: np.random.Generator) -> tuple[Samples, dict[str, Any]]:
    """Samples with a leak, and what the audit gets besides them."""
    n = len(samples)
    fold = np.array([str(number % 5) for number in range(n)], object)
    if leak == "repeated labels":
        return replace(samples, shares=samples.shares[np.arange(n) // 4 * 4]), {}
    if leak == "shared places":
        xy = samples.xy.copy()
        xy[:20] = xy[20:40]
        return replace(samples, xy=xy), {}
    if leak == "giveaway":
        told = np.exp(samples.shares[:, 1]) + rng.normal(0, 1e-3, n)
        return samples, {"values": SampleValues({}, {"noise": rng.normal(size=n), "leak": told})}
    if leak == "spanning sources":
        return replace(samples, group=np.array([f"u{number // 3}" for number in range(n)], object)), {"fold": fold}
    return replace(samples, augmented=np.arange(n) < 30), {"fold": fold}


def without_leak(kind: str, samples: Samples) -> Samples:
    """Samples that look odd and are not."""
    shares = samples.shares
    if kind == "rounded to two decimals":
        rounded = np.round(shares, 2)
        rounded[:, -1] += 1 - rounded.sum(1)
        return replace(samples, shares=np.clip(rounded, 0, 1))
    if kind == "counts of twenty":
        counts = np.random.default_rng(len(samples)).multinomial(20, shares)
        return replace(samples, shares=counts / 20)
    if kind == "three seasons at each place":
        thrice = samples.take(np.repeat(np.arange(len(samples)), 3))
        return replace(thrice, shares=np.roll(thrice.shares, np.arange(len(thrice)) % 3, axis=0))
    return samples


def audited(world: World, samples: Samples, **options: Any) -> set[str]:
    """The names of the problems that are found."""
    area = np.stack(np.nonzero(world.settled)[::-1], 1) * np.array([CELL_M, -CELL_M])
    values = {f"b{i}": band[tuple(world.places.T)] for i, band in enumerate((*world.day, *world.night))}
    if len(samples) == len(world.places):
        options.setdefault("values", SampleValues(values, {}))
    return {finding.check for finding in audit_samples(samples, samples.xy, area, **options).problems()}


def audit_world(case: str, seed: int, folder: Path) -> float:
    """1 if the audit finds the leak and nothing else; on samples without one, if it finds anything."""
    world, rng = simulate_world(SIZE, "uniform", seed), np.random.default_rng(seed)
    samples = samples_of(world)
    if case in LEAKS:
        changed, options = planted(case, samples, rng)
        return float(audited(world, changed, **options) == {case})
    return float(bool(audited(world, without_leak(case, samples))))


def real_images(seed: int, folder: Path) -> float:
    """1 if anything is found in a draw of real samples on real images."""
    table = pd.read_csv(DAYNIGHT / "points_na_fractions_10min.csv").sample(REAL[1], random_state=seed)
    table.to_csv(folder / "points.csv", index=False)
    params = SampleAudit(
        samples=Layer(str(folder / "points.csv"), "points"), targets=REAL[0],
        day=(Layer(str(DAYNIGHT / "day_bluemarble_rgb.tif"), "day"),),
        night=(Layer(str(DAYNIGHT / "night_lights.tif"), "night"),), report=str(folder / "audit.html"),
    )  # fmt: skip
    return float(run_task(check_samples, params, folder / "job").numbers["PROBLEMS"] > 0)


def claims(worlds: int) -> list[Claim]:
    """Claims of the audit."""
    seeds = range(1, worlds + 1)
    found = {case: in_worlds(audit_world, [(case, seed) for seed in seeds]) for case in (*LEAKS, *CLEAN)}
    out = [mean_of("planted leaks found, and nothing else", case, found[case], 1.0, np.inf) for case in LEAKS]
    out += [mean_of("false alarms of the audit", case, found[case], -np.inf, 0.0) for case in CLEAN]
    if DAYNIGHT.is_dir():
        alarms = in_worlds(real_images, [(seed,) for seed in seeds])
        out.append(mean_of("false alarms of the audit", "real images, draws of 2,000 samples", alarms, -np.inf, 0.0))
    else:
        print(f"Real images are not on this machine ({DAYNIGHT}): their claim is left out.")
    return out
