"""Parameters of tiny trainings on the small world, and the engine as a process of its own."""

import os
import subprocess
import sys

from regionwise.core.contract.layer import Layer
from regionwise.core.contract.protocol import Job, Settings, write_job
from regionwise.core.families.composition.params import CompositionRegions, CompositionTraining
from support import ROOT, read_raster, run_task

TARGETS = ("F", "F_NF", "NF_F", "NF")


def layer(path):
    return Layer(str(path), path.stem)


def training_of(world, folder, **changes):
    """Return parameters of a tiny training on a world; where `regions` are given, of experts by region."""
    values = {
        "day": (layer(world / "day.tif"),), "night": (layer(world / "night.tif"),),
        "samples": layer(world / "samples.gpkg"), "targets": TARGETS, "windows": "1 3", "width": 4,
        "model_type": "network", "blocks": "1,1,1",
        "epochs": 3, "batch": 32, "learning_rate": 3e-3, "model": str(folder / "model.safetensors"),
    } | changes  # fmt: skip
    if "regions" in values:
        return CompositionRegions(**values)
    return CompositionTraining(**{"validation": "random", "folds": 2} | values)


def regions_of(world):
    return {"regions": layer(world / "regions.gpkg"), "region_field": "region"}


def start_engine(params, folder, *options, **settings):
    """Start the engine on a job with one thread, in a folder for its work; return the process."""
    folder.mkdir(exist_ok=True)
    own = Settings(threads=1, device="cpu", **settings)
    write_job(folder / "job.json", Job(type(params).__name__, params.to_json(), own))
    command = [sys.executable, "-m", "regionwise.core.worker", str(folder / "job.json"), *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "_alias")}
    )


def series_mapper(task, params_class):
    """Return a function that maps the series of a world and gives values, names of bands and run."""

    def run(world, folder, model, name="map", **changes):
        output = str(folder / f"{name}.tif")
        values = {"series": str(world / "series.json"), "model": model, "output": output, **changes}
        ran = run_task(task, params_class(**values), folder / f"{name}.job")
        return *read_raster(output), ran

    return run
