"""Folds by dates: no year is tested by models that saw it, and no event by models that saw its block or its future."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.data.vector.labels import EVENTS
from regionwise.core.data.vector.samples import Samples
from regionwise.core.families.composition.params import CompositionTraining
from regionwise.core.families.composition.train import train
from regionwise.core.families.crops.params import CropTraining
from regionwise.core.families.susceptibility.params import SusceptibilityTraining
from regionwise.core.families.susceptibility.train import train as train_susceptibility
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.validation.planner import Planner
from regionwise.core.workflow.input_spec import DateColumns, InputSpec
from regionwise.core.workflow.sample_years import years_of
from support import run_task
from trainings import TARGETS, layer

GRID = Grid(CRS.from_epsg(32633), Affine(100, 0, 500_000, 0, -100, 5_100_000), 1000, 1000)
CORNER = np.array([500_000, 5_000_000])


def samples(year, event=None, count=400, seed=0):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 100_000, (count, 2)) + CORNER
    event = rng.random(count) < 0.5 if event is None else event
    return Samples(
        gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs="EPSG:32633"), xy, np.stack([1.0 - event, event], 1), EVENTS,
        np.array([f"s{i // 4}" for i in range(count)], object), np.ones(count), np.zeros(count, bool),
        np.arange(count) + 1, (), year=np.array(year, object),
    )  # fmt: skip


def plan(found, kind, folds=4):
    area = np.random.default_rng(1).uniform(0, 100_000, (500, 2)) + CORNER
    region = np.full(len(found), "", object)
    return Planner(found, GRID, area, folds, 0, 100.0, region, block_size=20_000).plan(kind)


def test_each_year_is_tested_by_models_of_the_others():
    year = np.array([str(2015 + i % 4) for i in range(400)], object)
    year[:7] = ""
    scheme = plan(samples(year), "years")
    assert [split.name for split in scheme.splits] == ["2015", "2016", "2017", "2018"]
    assert scheme.unit_name == "years"
    tested = np.concatenate([split.test for split in scheme.splits])
    assert sorted(tested) == list(range(7, 400))
    for split in scheme.splits:
        assert set(year[split.test]) == {split.name}
        assert split.name not in set(year[np.concatenate([split.train, split.validation])])
        assert len(split.train) + len(split.validation) == (year != split.name).sum()  # a source may be in all years


def test_one_year_is_none_to_leave_out():
    with pytest.raises(RegionwiseError, match="The samples are of 1 year; two or more are needed"):
        plan(samples(["2015"] * 400), "years")


def test_later_events_of_blocks_are_predicted_from_earlier_ones_elsewhere():
    rng = np.random.default_rng(2)
    event = rng.random(400) < 0.5
    year = np.where(event, rng.integers(2000, 2020, 400).astype(str), "").astype(object)
    found = samples(year, event)
    scheme = plan(found, "spacetime")
    last = int(scheme.reason.split("until ")[1][:4])
    number = np.array([int(y) if y else 0 for y in year])
    assert 0.4 < (number[event] > last).mean() < 0.6
    blocks = scheme.unit
    for split in scheme.splits:
        trains = np.concatenate([split.train, split.validation])
        assert not set(blocks[trains]) & set(blocks[split.test])
        assert (number[trains][event[trains]] <= last).all()
        assert (number[split.test][event[split.test]] > last).all()
        assert (~event[split.test]).any()
        assert (~event[trains]).any()


@pytest.mark.parametrize(
    ("cells", "fields", "expected"),
    [
        ({"when": ["2015", "2016-05-01", "31/12/2017", ""]}, {"date_field": "when"}, ["2015", "2016", "2017", ""]),
        (
            {"a": ["2013-09-14"] * 2, "b": ["2014-08-29", "2013-11-01"]},
            {"start_field": "a", "end_field": "b"},
            ["2014", "2013"],
        ),
    ],
)
def test_the_year_of_a_sample(tmp_path, cells, fields, expected):
    """Of a season that of its middle."""
    pd.DataFrame(cells).to_csv(tmp_path / "s.csv", index=False)
    found = samples([""] * len(expected), count=len(expected))
    spec = InputSpec(Layer(str(tmp_path / "s.csv")), ["years"], dates=DateColumns(**fields))
    assert years_of(spec, found).tolist() == expected


def test_validations_by_date_need_dates():
    with pytest.raises(RegionwiseError, match="Validation 'years' needs dates of the samples"):
        CompositionTraining(day=(Layer("d"),), samples=Layer("s"), targets=TARGETS, model="m", validation="years")
    with pytest.raises(RegionwiseError, match="Validation 'years' needs dates of the samples"):
        CropTraining(series="s.json", samples=Layer("s"), class_field="c", model="m", validation="years")
    with pytest.raises(RegionwiseError, match="Validation is 'spacetime'; choose one of"):
        CompositionTraining(day=(Layer("d"),), samples=Layer("s"), targets=TARGETS, model="m", validation="spacetime")
    with pytest.raises(RegionwiseError, match="Validation is 'years'; choose one of"):
        SusceptibilityTraining(
            factors=(Layer("f"),), samples=Layer("s"), label_field="l", model="m", validation="years"
        )


@pytest.mark.train
def test_a_composition_is_trained_by_years(tmp_path):
    """The years of this world differ by nothing, so their score is that of random folds."""
    run_task(simulate, Simulation(size=96, design="uniform", seed=3, output_folder=str(tmp_path)), tmp_path)
    frame = gpd.read_file(tmp_path / "samples.gpkg")
    frame["when"] = [f"{2015 + i % 3}-06-01" for i in range(len(frame))]
    frame.to_file(tmp_path / "dated.gpkg")
    params = CompositionTraining(
        day=(layer(tmp_path / "day.tif"),), night=(layer(tmp_path / "night.tif"),), targets=TARGETS,
        samples=layer(tmp_path / "dated.gpkg"), model_type="boosting", windows="1 3", validation="years",
        date_field="when", model=str(tmp_path / "m.safetensors"), scores=str(tmp_path / "s.csv"),
        predictions=str(tmp_path / "p.gpkg"), report=str(tmp_path / "r.html"),
    )  # fmt: skip
    ran = run_task(train, params, tmp_path / "job")
    assert "Validation: years. 3 years, 2015 to 2017." in ran.log
    predictions = gpd.read_file(tmp_path / "p.gpkg")
    assert set(predictions["fold"]) == {"2015", "2016", "2017"}
    rows = pd.read_csv(tmp_path / "s.csv").query("part == 'all' and component == 'mean' and model == 'boosting'")
    score = rows.set_index("validation")["r2"]
    assert score["years"] == pytest.approx(score["random"], abs=0.1)
    assert "This is what to expect of a new year here" in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.train
def test_susceptibility_is_trained_by_space_and_time(tmp_path):
    run_task(simulate, Simulation(family="susceptibility", size=96, seed=4, output_folder=str(tmp_path)), tmp_path)
    frame = gpd.read_file(tmp_path / "samples.gpkg")
    label = next(name for name in frame if set(frame[name].unique()) == {0, 1})
    years = np.random.default_rng(0).integers(2000, 2020, len(frame)).astype(str)
    frame["slid"] = np.where(frame[label] == 1, years, None)
    frame.to_file(tmp_path / "dated.gpkg")
    factors = tuple(layer(tmp_path / "factors" / f"{name}.tif") for name in ("slope", "wetness", "lithology"))
    params = SusceptibilityTraining(
        factors=factors, samples=layer(tmp_path / "dated.gpkg"), label_field=label, date_field="slid", folds=3,
        categorical="lithology", validation="spacetime", model_type="boosting", model=str(tmp_path / "m.safetensors"),
        scores=str(tmp_path / "s.csv"),
    )  # fmt: skip
    ran = run_task(train_susceptibility, params, tmp_path / "job")
    assert "Validation: spacetime. Events until 20" in ran.log
    rows = pd.read_csv(tmp_path / "s.csv").query("part == 'all' and model == 'boosting'")
    assert rows.set_index("validation").loc["spacetime", "auc"] > 0.55
