"""Simulated farms, what trains and maps there, and the trees that several tests look at."""

import pandas as pd
import pytest
from regionwise.core.contract.layer import Layer
from regionwise.core.families.crops.map import map_crops
from regionwise.core.families.crops.params import CropMapping, CropTraining
from regionwise.core.families.crops.train import train
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking, SeriesSampling
from regionwise.core.tools.series.sample_series import sample_series
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from support import run_task
from trainings import series_mapper


def _params_of(farms, folder, **changes):
    values = {
        "series": str(farms / "series.json"), "samples": Layer(str(farms / "samples.gpkg"), "samples"),
        "class_field": "crop", "source_field": "field", "model_type": "boosting", "validation": "grouped", "folds": 2,
        "epochs": 3, "width": 8, "model": str(folder / "m.safetensors"), "scores": str(folder / "scores.csv"),
    }  # fmt: skip
    return CropTraining(**{**values, **changes})


def _trained(farms, folder, **changes):
    params = _params_of(farms, folder, **changes)
    ran = run_task(train, params, folder / "train.job")
    return params, ran, pd.read_csv(params.scores)


@pytest.fixture(scope="session")
def farms(tmp_path_factory):
    """A simulated world of fields over two years, described as two series; `values.csv` holds those of the samples."""
    folder = tmp_path_factory.mktemp("crops")
    run_task(simulate, Simulation(family="crops", size=96, gaps=0.2, seed=2, output_folder=str(folder)), folder)
    for year in ("", "_next"):
        params = SeriesMaking(folder=str(folder / f"images{year}"), output=str(folder / f"series{year}.json"))
        run_task(make_series, params, folder / f"job{year}")
    samples = Layer(str(folder / "samples.gpkg"), "samples")
    sampling = SeriesSampling(str(folder / "series.json"), samples, output=str(folder / "values.csv"))
    run_task(sample_series, sampling, folder / "sampling")
    return folder


@pytest.fixture(scope="session")
def params_of():
    """Return a function that gives the parameters of a training."""
    return _params_of


@pytest.fixture(scope="session")
def trained():
    """Return a function that trains on the farms and gives parameters, run and scores."""
    return _trained


@pytest.fixture(scope="session")
def mapped():
    """Return a function that maps the farms and gives values, names of bands and run."""
    return series_mapper(map_crops, CropMapping)


@pytest.fixture(scope="session")
def boosted(farms, tmp_path_factory):
    """Trees of the samples, with a report and predictions: parameters, run and scores."""
    folder = tmp_path_factory.mktemp("boosted")
    return _trained(farms, folder, report=str(folder / "r.html"), predictions=str(folder / "p.gpkg"))
