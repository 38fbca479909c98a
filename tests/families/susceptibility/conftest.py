"""Simulated hills, what trains and maps there, and the models that several tests look at."""

import geopandas as gpd
import pandas as pd
import pytest
from pages import text_of
from regionwise.core.contract.layer import Layer
from regionwise.core.families.susceptibility.map import map_susceptibility
from regionwise.core.families.susceptibility.params import SusceptibilityMapping, SusceptibilityTraining
from regionwise.core.families.susceptibility.train import train
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from support import read_raster, run_task

FEW = 6  # samples of a block in `few.gpkg`


def _layers(folder, names=FACTORS):
    return tuple(Layer(str(folder / "factors" / f"{name}.tif"), name) for name in names)


def _trained(world, folder, named="trusted", /, **changes):
    params = SusceptibilityTraining(**{
        "factors": _layers(world), "samples": Layer(str(world / f"{named}.gpkg"), named), "label_field": "label",
        "categorical": "lithology", "blocks": Layer(str(world / "blocks.gpkg"), "blocks"), "validation": "blocks",
        "model_type": "boosting", "folds": 2, "epochs": 25, "width": 32, "model": str(folder / "m.safetensors"),
        "scores": str(folder / "s.csv"), **changes,
    })  # fmt: skip
    ran = run_task(train, params, folder / "train")
    return params, ran, pd.read_csv(folder / "s.csv")


def _outputs(folder):
    return {"predictions": str(folder / "p.gpkg"), "report": str(folder / "r.html")}


@pytest.fixture(scope="session")
def terrain_world(tmp_path_factory):
    """The folder of simulated hills; `trusted.gpkg` holds all trusted samples, `few.gpkg` some from every block."""
    folder = tmp_path_factory.mktemp("terrain")
    run_task(simulate, Simulation(family="susceptibility", size=128, seed=3, output_folder=str(folder)), folder / "j")
    frame = gpd.read_file(folder / "samples.gpkg")
    trusted = frame[frame["weak"] == 0]
    trusted.to_file(folder / "trusted.gpkg")
    trusted.sample(frac=1, random_state=0).groupby("block").head(FEW).sort_index().to_file(folder / "few.gpkg")
    return folder


@pytest.fixture(scope="session")
def layers():
    """Return a function that gives the factors of a world."""
    return _layers


@pytest.fixture(scope="session")
def fitted():
    """Return a function that trains on a world and gives parameters, run and scores."""
    return _trained


@pytest.fixture(scope="session")
def mapped():
    """Return a function that maps a world."""

    def run(world, folder, model, **changes):
        params = SusceptibilityMapping(**{
            "factors": _layers(world), "model": model, "output": str(folder / "probability.tif"),
            "uncertainty": str(folder / "doubt.tif"), "classes": str(folder / "classes.tif"), **changes,
        })  # fmt: skip
        return params, run_task(map_susceptibility, params, folder / "map")

    return run


@pytest.fixture(scope="session")
def stacked(terrain_world, tmp_path_factory):
    """A stack of the trusted samples and the prevalence of the world: parameters, run, scores, folder of outputs."""
    folder = tmp_path_factory.mktemp("stacked")
    prevalence = float(read_raster(terrain_world / "truth.tif")[0].mean())
    changes = {"model_type": "stack", "folds": 3, "prevalence": prevalence, **_outputs(folder)}
    return *_trained(terrain_world, folder, **changes), folder


@pytest.fixture(scope="session")
def boosted(terrain_world, tmp_path_factory):
    """A model of trees of few samples: its parameters, the run, its scores, and the folder of its outputs."""
    folder = tmp_path_factory.mktemp("boosted")
    return *_trained(terrain_world, folder, "few", **_outputs(folder)), folder


@pytest.fixture(scope="session")
def flawed(terrain_world, tmp_path_factory):
    """A run on flawed samples: weak labels, seven contradictions, none in block 5; samples, run, scores and report."""
    folder = tmp_path_factory.mktemp("flawed")
    everyone, few = (gpd.read_file(terrain_world / f"{name}.gpkg") for name in ("samples", "few"))
    frame = pd.concat([few, everyone[everyone["weak"] == 1]])
    blocks = gpd.read_file(terrain_world / "blocks.gpkg").to_crs(frame.crs)
    frame = frame[~frame.within(blocks[blocks["block"] == "block 5"].geometry.iloc[0])]
    twins = frame.iloc[:7].copy()
    twins["label"] = 1 - twins["label"]
    frame = gpd.GeoDataFrame(pd.concat([frame, twins]), crs=few.crs)
    frame.to_file(folder / "flawed.gpkg")
    samples = {"samples": Layer(str(folder / "flawed.gpkg"), "flawed"), "weak_field": "weak"}
    _, ran, scores = _trained(terrain_world, folder, **samples, **_outputs(folder))
    return frame, ran, scores, text_of(folder / "r.html")
