"""How long runs of the five families say nothing: `./dev bench progress [FAMILY...]`, also what tells the time left."""

from __future__ import annotations

import json
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regionwise.core.contract.layer import Layer
from regionwise.core.contract.params import Params
from regionwise.core.contract.protocol import Job, Settings, write_job
from regionwise.core.families.abundance.params import AbundanceMapping, AbundanceTraining
from regionwise.core.families.composition.params import CompositionMapping, CompositionTraining
from regionwise.core.families.crops.params import CropMapping, CropTraining
from regionwise.core.families.forecast.params import ForecastMapping, ForecastTraining
from regionwise.core.families.susceptibility.params import (
    BlockSegmentation,
    NegativeSampling,
    SusceptibilityMapping,
    SusceptibilityTraining,
    TerrainDerivation,
)
from regionwise.core.tools.evaluation.params import ApplicabilityMapping, MapSummary
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.params import Simulation

LONG_S = 1.0  # a gap that a person would notice
LISTED = 3  # of the gaps of a run, the longest
FRACTIONS = (0.1, 0.25, 0.5, 0.75, 0.9)  # of a run's time, at which the time left is held against what came
Steps = Iterator[tuple[str, Params]]


@dataclass(frozen=True)
class Heard:
    """A message of a run.

    Parameters
    ----------
    at : float
        When it came (s).
    beat : bool
        Whether it only says that a stage goes on.
    left_s : float or None
        The time left that it tells.
    """

    at: float
    kind: str
    text: str
    fraction: float
    beat: bool
    left_s: float | None


def listen(params: Params, folder: Path, settings: Settings) -> tuple[list[Heard], float]:
    """The messages of a job in an engine process of its own, and its seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    write_job(folder / "job.json", Job(type(params).__name__, params.to_json(), settings))
    command = [sys.executable, "-u", "-m", "regionwise.core.worker", str(folder / "job.json")]
    start, heard = time.perf_counter(), []
    with open(folder / "stderr.txt", "w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)  # nosec B603
        for line in process.stdout or ():
            heard.append(_heard(json.loads(line), time.perf_counter() - start))
        if process.wait():
            sys.exit(f"{heard[-1].text}\n{(folder / 'stderr.txt').read_text()[-2000:]}")
    return heard, time.perf_counter() - start


def _heard(message: dict[str, Any], at: float) -> Heard:
    text = str(message.get("text", message.get("message", "")))
    fraction, left = float(message.get("fraction", -1)), message.get("left_s")
    return Heard(at, message["kind"], text, fraction, bool(message.get("beat")), left)


def gaps(heard: list[Heard], seconds: float) -> list[tuple[float, Heard, str]]:
    """Each gap that is too long, the longest first: its seconds, the message before it, and the text after it."""
    ends = [(message.at, message.text or message.kind) for message in heard[1:]] + [(seconds, "the end")]
    found = [(at - before.at, before, text) for before, (at, text) in zip(heard, ends, strict=True)]
    return sorted((gap for gap in found if gap[0] > LONG_S), key=lambda gap: -gap[0])


def tell(label: str, heard: list[Heard], seconds: float) -> None:
    """Print what a run said, and when it did not."""
    told = [message for message in heard if not message.beat]
    for name, messages in (("work", told), ("all", heard)):
        long = gaps(messages, seconds)
        total = sum(gap for gap, *_ in long)
        print(f"{label:26} {seconds:6.1f} s  {name:4} {len(messages):4} messages, {len(long):2} gaps, {total:5.1f} s")
        for gap, before, text in long[:LISTED]:
            print(f"{'':10} {gap:5.1f} s at {before.at:5.1f}: {before.text[:60]!r} .. {text[:60]!r}")
    fractions = [message.fraction for message in heard if message.kind == "progress"]
    if fractions != sorted(fractions) or fractions[-1:] != [1.0]:
        print(f"{'':10} NOT MONOTONE, or not ended at 1: {fractions[-3:]}")
    told_left = [(m.at, m.left_s, seconds - m.at) for m in heard if m.left_s is not None]
    for share in FRACTIONS:
        found = next((entry for entry in told_left if entry[0] >= share * seconds), None)
        if found:
            print(f"{'':10} at {found[0]:5.1f} s: about {found[1]:.0f} s left, were {found[2]:.0f}")
    sys.stdout.flush()


def composition(folder: Path) -> Steps:
    """A network and trees of a composition, their maps."""
    world = folder / "world"
    yield "simulate", Simulation(size=256, seed=3, output_folder=str(world))
    rasters = {"day": (_layer(world / "day.tif"),), "night": (_layer(world / "night.tif"),)}
    samples = {"samples": _layer(world / "samples.gpkg"), "targets": ("F", "F_NF", "NF_F", "NF"), "folds": 3}
    for kind in ("boosting", "network"):
        model = str(folder / f"{kind}.safetensors")
        small = {"width": 16, "blocks": "1,1,1", "epochs": 8} if kind == "network" else {}
        written = {"model": model, "report": str(folder / f"{kind}.html")}
        yield f"train {kind}", CompositionTraining(**rasters, **samples, **small, **written, model_type=kind)
        yield f"map {kind}", CompositionMapping(**rasters, model=model, output=str(folder / f"{kind}.tif"))
    yield "applicability", ApplicabilityMapping(**rasters, model=model, output=str(folder / "inside.tif"))
    regions = _layer(world / "regions.gpkg")
    yield "summarise", MapSummary(map=_layer(folder / "boosting.tif"), polygons=regions, output=str(folder / "r.gpkg"))


def abundance(folder: Path) -> Steps:
    """A stack of fractions from a series, and its map."""
    world, series, model = folder / "world", str(folder / "series.json"), str(folder / "model.safetensors")
    yield "simulate", Simulation(family="abundance", size=128, seed=3, output_folder=str(world))
    yield "series", SeriesMaking(folder=str(world / "images"), output=series)
    samples = {"samples": _layer(world / "samples.gpkg"), "levels": _layer(world / "levels.csv")}
    small = {"epochs": 10, "folds": 3, "report": str(folder / "r.html"), "targets": ("tree", "maize", "rice", "bare")}
    yield "train stack", AbundanceTraining(series=series, **samples, **small, model=model)
    yield "map stack", AbundanceMapping(series=series, model=model, output=str(folder / "map.tif"))


def crops(folder: Path) -> Steps:
    """A stack of crops from a series, and its map."""
    world, series, model = folder / "world", str(folder / "series.json"), str(folder / "model.safetensors")
    yield "simulate", Simulation(family="crops", size=128, seed=3, output_folder=str(world))
    yield "series", SeriesMaking(folder=str(world / "images"), output=series)
    samples = {"samples": _layer(world / "samples.gpkg"), "class_field": "crop", "source_field": "field"}
    small = {"epochs": 8, "folds": 3, "report": str(folder / "r.html")}
    yield "train stack", CropTraining(series=series, **samples, **small, model=model)
    yield "map stack", CropMapping(series=series, model=model, output=str(folder / "map.tif"))


def susceptibility(folder: Path) -> Steps:
    """Terrain, blocks, negatives, a stack of events, and its map."""
    world, terrain = folder / "world", folder / "terrain"
    yield "simulate", Simulation(family="susceptibility", size=400, seed=4, output_folder=str(world))
    yield "terrain", TerrainDerivation(dem=_layer(world / "factors/dem.tif"), output_folder=str(terrain))
    own = ("factors/aspect.tif", "factors/wetness.tif", "factors/lithology.tif")
    factors = (_layer(terrain / "slope.tif"), *(_layer(world / name) for name in own))
    inventory = _layer(world / "inventory.gpkg")
    blocks, samples, model = folder / "blocks.gpkg", folder / "samples.gpkg", str(folder / "model.safetensors")
    cut = {"blocks": 30, "samples": inventory, "output": str(folder / "blocks.tif"), "polygons": str(blocks)}
    yield "blocks", BlockSegmentation(factors=factors[:2], **cut)
    yield "negatives", NegativeSampling(inventory=inventory, factors=factors, ratio=2.0, output=str(samples))
    labels = {"samples": _layer(samples), "label_field": "label", "blocks": _layer(blocks), "categorical": "lithology"}
    small = {"validation": "blocks", "folds": 3, "epochs": 8, "report": str(folder / "r.html")}
    yield "train stack", SusceptibilityTraining(factors=factors, **labels, **small, model=model)
    yield "map stack", SusceptibilityMapping(factors=factors, model=model, output=str(folder / "map.tif"))


def forecast(folder: Path) -> Steps:
    """A stack of forecasts, and the map of the next year."""
    world, series, model = folder / "world", str(folder / "series.json"), str(folder / "model.safetensors")
    yield "simulate", Simulation(family="forecast", size=128, seed=3, output_folder=str(world))
    yield "series", SeriesMaking(folder=str(world / "images"), output=series)
    masks = (_layer(world / "mines.tif", "mine"),)
    small = {"test_years": 2, "weighing_years": 2, "epochs": 6, "patches": 60, "report": str(folder / "r.html")}
    yield "train stack", ForecastTraining(series=series, masks=masks, **small, model=model)
    yield "map stack", ForecastMapping(series=series, model=model, output=str(folder / "map.tif"))


def _layer(path: Path, name: str = "") -> Layer:
    return Layer(str(path), name or path.stem)


FAMILIES = {f.__name__: f for f in (composition, abundance, crops, susceptibility, forecast)}


def main(names: list[str]) -> None:
    """Run the families called `names`, or all, and print their gaps."""
    settings = Settings(device="cpu")
    with tempfile.TemporaryDirectory(prefix="regionwise-progress-") as root:
        for name in names or list(FAMILIES):
            folder = Path(root, name)
            folder.mkdir()
            for number, (label, params) in enumerate(FAMILIES[name](folder)):
                tell(f"{name} {label}", *listen(params, folder / f"{number}.job", settings))


if __name__ == "__main__":
    main(sys.argv[1:])
