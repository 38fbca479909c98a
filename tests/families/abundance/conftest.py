"""Simulated fields, what trains and maps there, and the models that several tests look at."""

import geopandas as gpd
import pandas as pd
import pytest
from regionwise.core.contract.layer import Layer
from regionwise.core.families.abundance.map import map_abundance
from regionwise.core.families.abundance.params import AbundanceMapping, AbundanceTraining
from regionwise.core.families.abundance.train import train
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking, SeriesSampling
from regionwise.core.tools.series.sample_series import sample_series
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from support import run_task
from trainings import series_mapper

TARGETS = ("tree", "maize", "rice", "bare")


def _params_of(fields, folder, named="samples", /, **changes):
    values = {
        "series": str(fields / "series.json"), "samples": Layer(str(fields / f"{named}.gpkg"), named),
        "targets": TARGETS, "levels": Layer(str(fields / "levels.csv"), "levels"), "model_type": "boosting",
        "validation": "random", "folds": 2, "epochs": 3, "width": 8, "model": str(folder / "m.safetensors"),
        "scores": str(folder / "scores.csv"), "predictions": str(folder / "p.gpkg"), "allow_duplicates": True,
    }  # fmt: skip
    return AbundanceTraining(**{**values, **changes})


def _trained(fields, folder, named="samples", /, **changes):
    params = _params_of(fields, folder, named, **changes)
    ran = run_task(train, params, folder / "train.job")
    return params, ran, pd.read_csv(params.scores)


@pytest.fixture(scope="session")
def fields(tmp_path_factory):
    """The folder of 64 x 64 mixed pixels whose series have gaps; `few.gpkg` holds 60 of the 200 samples."""
    folder = tmp_path_factory.mktemp("fields")
    run_task(simulate, Simulation(family="abundance", size=64, seed=3, output_folder=str(folder)), folder)
    params = SeriesMaking(folder=str(folder / "images"), output=str(folder / "series.json"))
    run_task(make_series, params, folder / "job")
    gpd.read_file(folder / "samples.gpkg").sample(60, random_state=0).to_file(folder / "few.gpkg")
    return folder


@pytest.fixture(scope="session")
def params_of():
    """Return a function that gives the parameters of a training."""
    return _params_of


@pytest.fixture(scope="session")
def trained():
    """Return a function that trains on the fields and gives parameters, run and scores."""
    return _trained


@pytest.fixture(scope="session")
def mapped():
    """Return a function that maps the fields and gives values, names of bands and run."""
    return series_mapper(map_abundance, AbundanceMapping)


@pytest.fixture(scope="session")
def boosted(fields, tmp_path_factory):
    """Trees of all samples, with a report: parameters, run and scores."""
    folder = tmp_path_factory.mktemp("boosted")
    return _trained(fields, folder, report=str(folder / "r.html"))


@pytest.fixture(scope="session")
def few_boosted(fields, tmp_path_factory):
    """Trees of few samples: parameters, run and scores."""
    return _trained(fields, tmp_path_factory.mktemp("few_boosted"), "few")


@pytest.fixture(scope="session")
def tabled(fields, tmp_path_factory):
    """Trees of a table of the values of few samples: parameters, run, scores, and the folder of the job."""
    folder = tmp_path_factory.mktemp("tabled")
    table = str(folder / "values.csv")
    sampling = SeriesSampling(str(fields / "series.json"), Layer(str(fields / "few.gpkg"), "few"), output=table)
    run_task(sample_series, sampling, folder / "job")
    return *_trained(fields, folder, series="", samples=Layer(), values=Layer(table, "values")), folder


@pytest.fixture(scope="session")
def stack(fields, tmp_path_factory):
    """A stack of all samples, whose network others may start from: parameters, run and scores."""
    folder = tmp_path_factory.mktemp("stack")
    return _trained(fields, folder, model_type="stack", epochs=15, width=16, batch=16)
