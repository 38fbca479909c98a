"""Prevalence and strata: what is answered against the true probability, however negatives were drawn."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from rasterio.crs import CRS
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.layer import Layer
from regionwise.core.data.raster.grids import Grid
from regionwise.core.families.susceptibility import sampling_design
from regionwise.core.families.susceptibility.params import SusceptibilityTraining
from regionwise.core.families.susceptibility.sample_negatives import sample_negatives
from regionwise.core.families.susceptibility.terrain_params import NegativeSampling
from regionwise.core.learning.model_file import read_model
from regionwise.core.targets.binary_target import auc
from regionwise.core.targets.platt import OFFSET
from scipy.stats import spearmanr
from support import legend_of, read_raster, run_task

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def hills(terrain_world, tmp_path_factory):
    """Simulated hills with an event in each cell by chance, all of which are known: folder, events, truth, slope."""
    folder = tmp_path_factory.mktemp("hills")
    truth, slope = (read_raster(terrain_world / name)[0][0] for name in ("truth.tif", "factors/slope.tif"))
    event = np.random.default_rng(0).random(truth.shape) < truth
    like = gpd.read_file(terrain_world / "few.gpkg")
    left, top, cell = -truth.shape[1] * 45, truth.shape[0] * 45, 90.0
    row, col = np.nonzero(event)
    places = gpd.points_from_xy(left + (col + 0.5) * cell, top - (row + 0.5) * cell)
    gpd.GeoDataFrame({"n": row}, geometry=places, crs=like.crs).to_file(folder / "events.gpkg")
    return folder, event, truth.astype(float), slope


@pytest.fixture
def answered(terrain_world, hills, layers, fitted, mapped, tmp_path):
    """Return a function that draws negatives, trains and maps; it gives the map, the scores and the training's run."""
    folder, event, _, _ = hills

    def run(stratify, change=lambda frame: frame):
        factors = layers(terrain_world)
        drawing = NegativeSampling(
            inventory=Layer(str(folder / "events.gpkg"), "events"), factors=factors, buffer=0.0, stratify=stratify,
            slope=factors[1], blocks=Layer(str(terrain_world / "blocks.gpkg"), "blocks"), ratio=0.5,
            output=str(tmp_path / "drawn.gpkg"),
        )  # fmt: skip
        drawn = run_task(sample_negatives, drawing, tmp_path / "draw")
        assert legend_of(drawing.output) == ["no event (drawn)", "event"]
        assert drawn.result.numbers["PREVALENCE"] == pytest.approx(event.mean())
        change(gpd.read_file(tmp_path / "drawn.gpkg")).to_file(tmp_path / "samples.gpkg")
        samples = Layer(str(tmp_path / "samples.gpkg"), "samples")
        changes = {"samples": samples, "validation": "random", "prevalence": float(event.mean())}
        params, ran, scores = fitted(terrain_world, tmp_path, **changes)
        mapped(terrain_world, tmp_path, params.model)
        scores = scores.query("validation == 'random' and part == 'all'").set_index("model")
        return read_raster(tmp_path / "probability.tif")[0][0].astype(float), scores, ran

    return run


def over_truth(found, truth, slope):
    """What is answered over the truth, in the flattest and the steepest quarter."""
    quarters = np.array_split(np.argsort(slope.ravel()), 4)
    return [found.ravel()[part].mean() / truth.ravel()[part].mean() for part in (quarters[0], quarters[-1])]


def decile_error(found, truth):
    """The mean distance of what is answered and the truth over tenths of the area by what is answered."""
    parts = np.array_split(np.argsort(found.ravel()), 10)
    return np.mean([abs(found.ravel()[part].mean() - truth.ravel()[part].mean()) for part in parts])


@pytest.mark.parametrize("stratify", ["none", "slope", "blocks"])
def test_probabilities_are_those_of_the_area_however_negatives_were_drawn(hills, answered, stratify):
    _, _, truth, slope = hills
    found, scores, ran = answered(stratify)
    assert decile_error(found, truth) < 0.01 + 0.1 * truth.mean()
    flat, steep = over_truth(found, truth, slope)
    assert flat < 1.7 and steep > 0.75
    assert spearmanr(found.ravel(), truth.ravel())[0] > 0.8
    others = np.random.default_rng(1).random(truth.size) < truth.ravel()  # events that no model has seen
    assert scores["auc"]["boosting"] == pytest.approx(auc(others.astype(float), found.ravel()), abs=0.05)
    assert scores["ece"]["boosting"] < 0.02 and scores["ece"]["forest"] < 0.03
    assert ("stand for 'cells_each'" in ran.log) == (stratify != "none")
    assert ("so uneven that" in ran.log) == (stratify != "none")
    assert "drawn alike from all cells" not in ran.log


def test_strata_of_unknown_size_are_told_and_answer_for_themselves(hills, answered):
    _, _, truth, slope = hills
    found, _, ran = answered("slope", lambda frame: frame.drop(columns="cells_each"))
    assert "names strata, but no field says how many cells a sample of each stands for" in ran.log
    flat, steep = over_truth(found, truth, slope)
    assert flat > 2 and steep < 0.75
    assert spearmanr(found.ravel(), truth.ravel())[0] < 0.75


def test_negatives_of_unknown_size_are_refused(hills, answered):
    def emptied(frame):
        return frame.assign(cells_each=frame["cells_each"].where(frame.index != frame.index[-1]))

    with pytest.raises(RegionwiseError, match="Field 'cells_each' of 'samples'(?s:.*)is empty or not above 0 in row"):
        answered("slope", emptied)


def test_weak_labels_do_not_shift_probabilities(terrain_world, fitted, tmp_path):
    """They are all events, wherever the ground moves: of what trains, more have one than of what is asked."""
    whole = Layer(str(terrain_world / "samples.gpkg"), "samples")
    changes = {"samples": whole, "weak_field": "weak", "weak_weight": 1.0, "validation": "random"}
    params, ran, scores = fitted(terrain_world, tmp_path, predictions=str(tmp_path / "p.gpkg"), **changes)
    frame = gpd.read_file(tmp_path / "p.gpkg")
    assert frame["probability"].mean() == pytest.approx(frame["label"].mean(), abs=0.01)
    ece = scores.query("validation == 'random' and part == 'all'").set_index("model")["ece"]
    assert ece["boosting"] < 0.05  # with so many labels, of honest probabilities too
    assert read_model(params.model).card.calibration.factors["boosting"][OFFSET] < -0.1
    assert "drawn alike" not in ran.log  # no prevalence is asked for


def test_what_is_assumed_of_the_samples_is_said(tmp_path):
    columns = {"label": [1, 0, 0, 0], "stratum": ["a", "a", "b", "b"], "cells_each": [1.0, 5.0, 1.0, 1.0]}
    samples = type(
        "Labels", (), {"shares": np.eye(2)[columns["label"]], "augmented": np.zeros(4, bool), "row": np.arange(1, 5)}
    )
    samples.geometry = gpd.GeoSeries(gpd.points_from_xy([0.5, 1.5, 2.5, 0.5], [0.5, 0.5, 0.5, 1.5]))
    data = SimpleNamespace(
        samples=samples, tabular=False, grid=Grid(CRS.from_epsg(32648), Affine(1, 0, 0, 0, -1, 3), 3, 3)
    )
    samples.design, samples.offset = np.array([1, 15, 3, 3]) / np.array([1, 7, 7, 7]), np.zeros(4)

    def texts(*kept, field="", prevalence=0.1, data=data):
        pd.DataFrame({name: columns[name] for name in kept}).to_csv(tmp_path / "t.csv", index=False)
        layer = Layer(str(tmp_path / "t.csv"), "t")
        assert sampling_design.design_field(layer, field) == (field or "cells_each" * ("cells_each" in kept))
        given = sampling_design.design_field(layer, field)
        table = {"values": layer, "factor_fields": ("a",), "label_field": "label", "model": "m.safetensors"}
        params = SusceptibilityTraining(**table, design_field=given, prevalence=prevalence)
        return list(sampling_design.design_texts(params, data))

    ((problem, text),) = texts("label", "stratum")
    assert problem and "'t' names strata" in text
    ((problem, text),) = texts("label")
    assert not problem and "drawn alike from all cells" in text
    assert texts("label", prevalence=0.0) == []
    assert [problem for problem, _ in texts("label", "stratum", "cells_each")] == [False]
    # one cell of eight has a known event: where four have one, three of the seven others do
    problem, text = texts("label", "cells_each", prevalence=0.5)[0]
    assert problem and "tells of events in 0.125 of the cells" in text and "43 % of the samples without" in text
    for other in (
        {"tabular": True},
        {"grid": Grid(CRS.from_epsg(32648), Affine(1, 0, 0, 0, -1, 1), 3, 1)},
    ):  # drawn from other cells
        changed = SimpleNamespace(**{**vars(data), **other})
        told = texts("label", "cells_each", prevalence=0.5, data=changed)
        assert not any("inventory lacks" in text for _, text in told)
    samples.design = np.array([1, 100, 1, 1.0])
    assert "3 samples without an event score and calibrate like 1 drawn alike" in texts("label", "cells_each")[1][1]
    with pytest.raises(RegionwiseError, match="Factor field 'cells_each' tells events from drawn samples"):
        SusceptibilityTraining(
            values=Layer("t.csv"), factor_fields=("a", "cells_each"), label_field="label", model="m.safetensors"
        )
