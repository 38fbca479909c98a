"""What tests of forecasts share: simulated worlds, one training for each use, and functions that train and map."""

import numpy as np
import pandas as pd
import pytest
from regionwise.core.contract.layer import Layer
from regionwise.core.families.forecast.map import map_forecast
from regionwise.core.families.forecast.params import ForecastMapping, ForecastTraining
from regionwise.core.families.forecast.train import train
from regionwise.core.tools.series.make_series import make_series
from regionwise.core.tools.series.params import SeriesMaking
from regionwise.core.tools.simulation.forecast_world import simulate_forecast
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from support import run_task

FIRST = 2002  # a chain of years takes no longer history
SEED = 5


@pytest.fixture(scope="session")
def described():
    """Return a function that describes the images of a folder as a series."""

    def make(folder):
        making = SeriesMaking(folder=str(folder / "images"), output=str(folder / "series.json"))
        run_task(make_series, making, folder / "made")
        return folder

    return make


@pytest.fixture(scope="session")
def simulated(described):
    """Return a function that makes a world of `size` x `size` cells and its years since `since`."""

    def make(folder, gaps, size, seed=SEED, since=FIRST):
        simulation = Simulation(family="forecast", size=size, gaps=gaps, seed=seed, output_folder=str(folder))
        run_task(simulate, simulation, folder / "j")
        for path in (folder / "images").glob("*.tif"):
            if path.name < f"EVI_{since}":
                path.unlink()
        return described(folder)

    return make


@pytest.fixture(scope="session")
def images_of():
    """Return a function that lists the images of a world, the latest one last."""
    return lambda world: sorted((world / "images").glob("*.tif"))


@pytest.fixture(scope="session")
def fitted():
    """Return a function that trains, and gives parameters, what was said, and scores."""

    def make(world, folder, **changes):
        params = ForecastTraining(**{
            "series": str(world / "series.json"), "masks": (Layer(str(world / "mines.tif"), "mine"),), "test_years": 2,
            "weighing_years": 1, "model_type": "stack", "patch": 32, "epochs": 1, "width": 8,
            "model": str(folder / "m.safetensors"), "scores": str(folder / "s.csv"),
            "report": str(folder / "r.html"), **changes,
        })  # fmt: skip
        folder.mkdir(exist_ok=True)
        ran = run_task(train, params, folder / "train")
        return params, ran, pd.read_csv(folder / "s.csv", dtype={"year": str})

    return make


@pytest.fixture(scope="session")
def score():
    """Return a function that looks a number up in a table of scores."""

    def find(scores, model, part="all", column="rmse", lead=1, year="all years"):
        wanted = {"model": model, "part": part, "lead": lead, "year": year}
        rows = scores.loc[(scores[list(wanted)] == pd.Series(wanted)).all(axis=1), column]
        return float(rows.iloc[0])

    return find


@pytest.fixture(scope="session")
def mapped():
    """Return a function that maps what comes next, and gives parameters and what was said."""

    def make(world, place, model, **changes):
        params = ForecastMapping(**{
            "series": str(world / "series.json"), "model": model, "output": str(place / "next.tif"),
            "intervals": str(place / "bounds.tif"), "change": str(place / "change.tif"), **changes,
        })  # fmt: skip
        place.mkdir(exist_ok=True)
        return params, run_task(map_forecast, params, place / "map")

    return make


@pytest.fixture(scope="session")
def layers():
    """Return a function that names rasters of a folder as layers."""
    return lambda folder, *names: tuple(Layer(str(folder / f"{name}.tif"), name) for name in names)


@pytest.fixture(scope="session")
def yearly_world(tmp_path_factory, simulated):
    """A world of 64 x 64 cells with clouds."""
    return simulated(tmp_path_factory.mktemp("yearly"), 0.1, 64, 18)


@pytest.fixture(scope="session")
def stacked(yearly_world, fitted, tmp_path_factory):
    """A stack that forecasts two years."""
    folder = tmp_path_factory.mktemp("stacked")
    return fitted(yearly_world, folder, horizon=2, test_years=1, weighing_years=2)


@pytest.fixture(scope="session")
def early(yearly_world, fitted, tmp_path_factory):
    """A regression that forecasts two years and never saw the last two ones."""
    return fitted(yearly_world, tmp_path_factory.mktemp("early"), last_year=2021, model_type="ridge", horizon=2)


@pytest.fixture(scope="session")
def known_world(tmp_path_factory, simulated):
    """A world of 96 x 96 cells without clouds: the best possible forecast of each year is known."""
    return simulated(tmp_path_factory.mktemp("known"), 0.0, 96)


@pytest.fixture(scope="session")
def known(known_world, fitted, tmp_path_factory):
    """A stack that learned as well as it can in short time."""
    folder = tmp_path_factory.mktemp("good")
    return fitted(known_world, folder, window=10, test_years=3, weighing_years=2, patch=48, batch=4, epochs=8)


@pytest.fixture(scope="session")
def tiny_world(tmp_path_factory, write, described):
    """A world of 32 x 32 cells, four windows, with clouds."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "images").mkdir()
    world = simulate_forecast(32, 0.1, SEED)
    for image, when in zip(world.values, world.dates, strict=True):
        if when.year >= FIRST:
            values = np.nan_to_num(image.astype(np.float32), nan=-9999)
            write(folder / "images" / f"EVI_{when.year}.tif", values, nodata=-9999)
    write(folder / "mines.tif", (world.opened > 0).astype(np.float32))
    return described(folder)


@pytest.fixture(scope="session")
def tiny(tiny_world, fitted, tmp_path_factory):
    """A stack that forecasts two years in the tiny world."""
    return fitted(tiny_world, tmp_path_factory.mktemp("quick"), horizon=2, patch=16)


@pytest.fixture
def few_years(tmp_path, write, described):
    """Return a function that makes a series of one small image for each date."""

    def make(dates, values=0.5, band="EVI", change=0.001):
        images = tmp_path / "images"
        images.mkdir()
        for number, when in enumerate(dates):
            image = np.full((20, 20), values, np.float32) + np.float32(change * number) * (values != 0)
            write(images / f"{band}_{when}.tif", image)
        return described(tmp_path)

    return make
