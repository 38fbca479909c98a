"""Susceptibility: factors, learners and the family end to end, on terrain whose true probabilities are known."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import torch
import xgboost
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.contract.params import Layer
from regionwise.core.families.susceptibility import map as map_task
from regionwise.core.families.susceptibility.map import map_susceptibility
from regionwise.core.families.susceptibility.params import SusceptibilityMapping, SusceptibilityTraining
from regionwise.core.families.susceptibility.train import train
from regionwise.core.features.factor_features import CIRCULAR, CODE, NUMBER, Factor, FactorFeatures, recognise
from regionwise.core.learners.factor_learner import FactorPredictor
from regionwise.core.learning.model_file import read_model
from regionwise.core.learning.training_loop import to_arrays
from regionwise.core.nets.mlp import FactorNet
from regionwise.core.targets.binary_target import CAPTURED, auc, calibration_error
from regionwise.core.tools.evaluation.inspect_model import inspect
from regionwise.core.tools.evaluation.map_applicability import map_applicability
from regionwise.core.tools.evaluation.params import ApplicabilityMapping, ModelInspection, SampleProposal
from regionwise.core.tools.evaluation.propose_samples import propose_samples
from regionwise.core.tools.simulation.params import Simulation
from regionwise.core.tools.simulation.simulate import simulate
from regionwise.core.tools.simulation.susceptibility_world import FACTORS
from support import read_raster, run_task


def test_codes_become_columns_and_aspects_directions():
    features = FactorFeatures((
        Factor("slope", missing=(-9999.0,)), Factor("aspect", CIRCULAR), Factor("rock", CODE, (1.0, 3.0)),
    ))  # fmt: skip
    assert features.names() == ["slope", "aspect east", "aspect north", "rock 1", "rock 3"]
    assert features.owners() == [0, 1, 1, 2, 2]
    table = features.table(np.array([[5, 90, 3], [-9999, -1, 1], [7, 359, 2], [7, 1, np.nan]], np.float32))
    np.testing.assert_allclose(table[0], [5, 1, 0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(table[1], [np.nan, 0, 0, 1, 0], atol=1e-6)  # flat: no direction; -9999: no slope
    np.testing.assert_allclose(table[2, 1:3], table[3, 1:3] * [-1, 1], atol=1e-6)  # 359 and 1 degrees are near
    assert table[2, 3:].tolist() == [0, 0]  # a code that is not known is none of the known ones
    assert np.isnan(table[3, 3:]).all()
    window = np.moveaxis(np.array([[[[5.0]], [[90.0]], [[3.0]], [[9.0]]]]), 0, 0).astype(np.float32)
    np.testing.assert_array_equal(features(window, 0)[0, :, 0, 0], table[0])  # bands behind are not looked at


def test_what_factors_hold_is_recognised_and_told():
    rng = np.random.default_rng(0)
    n = 400
    values = {
        "slope": np.where(rng.random(n) < 0.1, 1e-6, rng.uniform(0, 60, n)),
        "aspect": np.where(rng.random(n) < 0.05, -1, rng.uniform(0, 360, n)),
        "aspect_sin": rng.uniform(-1, 1, n),
        "velocity": np.where(rng.random(n) < 0.4, 1e-6, rng.normal(0, 1, n)),
        "ndvi": np.where(rng.random(n) < 0.2, -9999, rng.uniform(0, 1, n)),
        "rock": rng.integers(1, 5, n).astype(float),
        "cover": rng.integers(1, 4, n).astype(float),
    }
    factors, told = recognise(values, ["rock"])
    kinds = {factor.name: (factor.kind, factor.missing) for factor in factors}
    assert kinds["slope"] == (NUMBER, ()) and kinds["aspect"] == (CIRCULAR, ())
    assert kinds["aspect_sin"] == (NUMBER, ())
    assert kinds["velocity"] == (NUMBER, (1e-6,)) and kinds["ndvi"] == (NUMBER, (-9999.0,))
    assert kinds["rock"] == (CODE, ()) and factors[5].codes == (1, 2, 3, 4)
    text = "\n".join(told)
    for expected in (
        "'slope' is 1e-06 in", "taken as 0", "'velocity' is 1e-06 in", "'ndvi' is -9999 in", "taken as missing",
        "'aspect' is taken as degrees", "are flat (-1)", "'cover' holds only 1, 2, 3; if these are codes",
    ):  # fmt: skip
        assert expected in text


@pytest.mark.parametrize(
    ("values", "categorical", "message"),
    [
        ({"slope": np.arange(9.0)}, ["rock"], "Categorical names 'rock', which is no factor; they are slope"),
        ({"slope": np.arange(9.0) / 2}, ["slope"], "'slope' is categorical, but holds 0.5"),
        ({"id": np.arange(99.0)}, ["id"], "'id' is categorical and has 99 codes; 64 are the most"),
        ({"flat": np.ones(9)}, [], "'flat' is 1 at all samples; leave it out"),
        ({"none": np.full(9, np.nan)}, [], "'none' has no value at any sample"),
    ],
)
def test_factors_that_cannot_be_used_are_refused(values, categorical, message):
    with pytest.raises(RegionwiseError, match=message):
        recognise(values, categorical)


def test_a_place_has_the_same_answer_in_any_batch():
    torch.manual_seed(1)
    net = FactorNet(3, 16)
    torch.nn.init.normal_(net.decision.head.weight)
    features = FactorFeatures((Factor("a"), Factor("b"), Factor("c")))
    scaling = {"scaling.mean": np.zeros(3, np.float32), "scaling.std": np.ones(3, np.float32)}
    predictor = FactorPredictor({"numbers": 3, "width": 16}, {**to_arrays(net.state_dict()), **scaling}, features, "m",
                        torch.device("cpu"))  # fmt: skip
    values = np.random.default_rng(2).normal(0, 1, (3, 40, 40)).astype(np.float32)
    values[1, 5, 5] = np.nan
    whole, _ = predictor.answer(values, np.ones((40, 40), bool))
    for row, col in ((0, 0), (5, 5), (39, 17)):
        alone, _ = predictor.answer(values[:, row : row + 1, col : col + 1], np.ones((1, 1), bool))
        np.testing.assert_allclose(alone[:, 0], whole.reshape(2, 40, 40)[:, row, col], rtol=1e-5)
    assert np.ptp(whole[1]) > 0.1


# end to end


@pytest.fixture(scope="module")
def terrain_world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("terrain")
    run_task(simulate, Simulation(family="susceptibility", size=128, seed=3, output_folder=str(folder)), folder / "j")
    frame = gpd.read_file(folder / "samples.gpkg")
    frame[frame["weak"] == 0].to_file(folder / "trusted.gpkg")
    return folder


def layers(folder, names=FACTORS):
    return tuple(Layer(str(folder / "factors" / f"{name}.tif"), name) for name in names)


def fitted(world, folder, **changes):
    params = SusceptibilityTraining(**{
        "factors": layers(world), "samples": Layer(str(world / "trusted.gpkg"), "samples"), "label_field": "label",
        "categorical": "lithology", "blocks": Layer(str(world / "blocks.gpkg"), "blocks"), "validation": "blocks",
        "model_type": "boosting", "folds": 3, "epochs": 25, "width": 32, "model": str(folder / "m.safetensors"),
        "scores": str(folder / "s.csv"), "predictions": str(folder / "p.gpkg"), "report": str(folder / "r.html"),
        **changes,
    })  # fmt: skip
    ran = run_task(train, params, folder / "train")
    return params, ran, pd.read_csv(folder / "s.csv")


@pytest.fixture(scope="module")
def boosted(terrain_world, tmp_path_factory):
    """A model of trees: its parameters, its scores, and the folder of its outputs."""
    folder = tmp_path_factory.mktemp("boosted")
    params, ran, scores = fitted(terrain_world, folder)
    return params, ran, scores, folder


def mapped(world, folder, model, **changes):
    params = SusceptibilityMapping(**{
        "factors": layers(world), "model": model, "output": str(folder / "probability.tif"),
        "uncertainty": str(folder / "doubt.tif"), "classes": str(folder / "classes.tif"), **changes,
    })  # fmt: skip
    return params, run_task(map_susceptibility, params, folder / "map")


def score(scores, model, column="auc", validation="blocks"):
    row = scores[(scores["validation"] == validation) & (scores["part"] == "all") & (scores["model"] == model)]
    return float(row[column].iloc[0])


def truth_at_samples(world):
    frame = gpd.read_file(world / "trusted.gpkg")
    with rasterio.open(world / "truth.tif") as file:
        known = [float(value[0]) for value in file.sample([(p.x, p.y) for p in frame.geometry])]
    return frame["label"].to_numpy(float), np.array(known)


def test_the_stack_nears_the_oracle_and_maps_probabilities(terrain_world, tmp_path):
    true, _ = read_raster(terrain_world / "truth.tif")
    params, ran, scores = fitted(terrain_world, tmp_path, model_type="stack", prevalence=float(true.mean()))
    label, known = truth_at_samples(terrain_world)
    assert score(scores, "stack") > auc(label, known) - 0.09  # it cannot know what is special about unseen blocks
    assert score(scores, "stack") > score(scores, "slope alone")
    assert {"stack", "pooled", "boosting", "forest", "logistic regression", "slope alone"} <= set(scores["model"])
    assert {"blocks", "random", "knndm", "new region"} <= set(scores["validation"])
    assert ran.result.numbers["AUC"] == pytest.approx(score(scores, "stack"))
    text = (tmp_path / "r.html").read_text()
    for title in ("Curves: blocks", "Calibration: blocks", "Confusion: blocks", "Blocks: blocks", "Score by block"):
        assert title in text
    frame = gpd.read_file(tmp_path / "p.gpkg")
    assert auc(frame["label"].to_numpy(float), frame["probability"].to_numpy()) == pytest.approx(
        score(scores, "stack"), abs=1e-6
    )
    _, ran = mapped(terrain_world, tmp_path, params.model)
    found, names = read_raster(tmp_path / "probability.tif")
    assert names == ("probability",)
    assert np.corrcoef(found.ravel(), true.ravel())[0, 1] > 0.7
    assert calibration_error(true.ravel(), found.ravel(), np.ones(true.size)) < 0.03
    levels, _ = read_raster(tmp_path / "classes.tif")
    bounds = read_model(params.model).card.calibration["bounds"]
    np.testing.assert_array_equal(levels[0], np.searchsorted(bounds, found[0]) + 1)
    held = frame["probability"][frame["label"] == 1]
    np.testing.assert_allclose([(held > bound).mean() for bound in bounds], CAPTURED, atol=0.02)
    assert "very high" in (tmp_path / "classes.tif.aux.xml").read_text()
    doubt, names = read_raster(tmp_path / "doubt.tif")
    assert names == ("deviation", "entropy") and (doubt[0] >= 0).all() and (doubt[1] <= 1).all()
    assert "Probabilities are those of a world where" in ran.log


def test_probabilities_are_those_of_the_stated_prevalence(terrain_world, boosted, tmp_path):
    """A third of the samples are events; the map is that of the world, where they are rare."""
    true, _ = read_raster(terrain_world / "truth.tif")
    params, _, scores = fitted(terrain_world, tmp_path, prevalence=float(true.mean()))
    errors = []
    for model in (boosted[0].model, params.model):
        mapped(terrain_world, tmp_path, model)
        errors.append(abs(read_raster(tmp_path / "probability.tif")[0].mean() - true.mean()))
    assert errors[0] > 0.12 and errors[1] < 0.03
    assert score(scores, "boosting", "ece") < 0.03


def test_tiles_and_order_of_layers_change_nothing(terrain_world, tmp_path):
    params, _, _ = fitted(terrain_world, tmp_path, model_type="pooled")
    mapped(terrain_world, tmp_path, params.model)
    whole, _ = read_raster(tmp_path / "probability.tif")
    (tmp_path / "b").mkdir()
    names = FACTORS[::-1]
    with rasterio.open(terrain_world / "truth.tif") as file:
        left, bottom, right, top = file.bounds
    part = f"{left},{bottom},{(left + right) / 2},{top}"
    mapped(terrain_world, tmp_path / "b", params.model, factors=layers(terrain_world, names), extent=part)
    found, _ = read_raster(tmp_path / "b" / "probability.tif")
    np.testing.assert_allclose(found[0], whole[0][:, : found.shape[2]], rtol=1e-5)


def test_swapped_labels_change_the_sign_alone(terrain_world, boosted, tmp_path):
    frame = gpd.read_file(terrain_world / "trusted.gpkg")
    frame["label"] = 1 - frame["label"]
    frame.to_file(tmp_path / "swapped.gpkg")
    swapped = Layer(str(tmp_path / "swapped.gpkg"), "swapped")
    _, _, scores = fitted(terrain_world, tmp_path, samples=swapped)
    for name, gap in (("logistic regression", 1e-4), ("boosting", 0.015), ("forest", 0.015)):
        assert score(scores, name) == pytest.approx(score(boosted[2], name), abs=gap)


def test_a_table_of_values_teaches_what_rasters_teach(terrain_world, boosted, tmp_path):
    frame = gpd.read_file(terrain_world / "trusted.gpkg")
    places = [(p.x, p.y) for p in frame.geometry]
    for layer in layers(terrain_world):
        with rasterio.open(layer.path) as file:
            frame[layer.name] = [float(value[0]) for value in file.sample(places)]
    frame.to_file(tmp_path / "values.gpkg")
    values = Layer(str(tmp_path / "values.gpkg"), "values")
    table = {"factors": (), "samples": Layer(), "values": values, "factor_fields": FACTORS}
    params, _, other = fitted(terrain_world, tmp_path, **table)
    assert score(other, "boosting") == pytest.approx(score(boosted[2], "boosting"), abs=1e-6)
    mapped(terrain_world, tmp_path, params.model)  # its factors are found by name


@pytest.mark.parametrize(("samples", "forest"), [(120, True), (6000, False)])
def test_few_samples_are_learned_by_a_forest_and_many_by_boosted_trees(tmp_path, samples, forest):
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(samples, 3)).round(3)
    label = rng.random(samples) < 1 / (1 + np.exp(-1.5 * numbers.sum(1)))
    places = gpd.points_from_xy(*rng.uniform(0, 1e5, (2, samples)), crs="EPSG:32650")
    frame = gpd.GeoDataFrame(numbers, columns=["a", "b", "c"], geometry=places).assign(label=label.astype(int))
    frame.to_file(tmp_path / "values.gpkg")
    table = {"factors": (), "samples": Layer(), "categorical": "", "blocks": Layer(), "validation": "random",
             "values": Layer(str(tmp_path / "values.gpkg"), "values"), "factor_fields": ("a", "b", "c")}  # fmt: skip
    params, _, _ = fitted(tmp_path, tmp_path, **table)
    members = read_model(params.model).members.values()
    rounds = [xgboost.Booster(model_file=bytearray(m["trees.mean"].tobytes())).num_boosted_rounds() for m in members]
    assert [number == 1 for number in rounds] == [forest] * 3


def test_weak_labels_chosen_by_a_factor_are_told_and_never_test(terrain_world, boosted, tmp_path):
    weak = {"samples": Layer(str(terrain_world / "samples.gpkg"), "samples"), "weak_field": "weak"}
    _, ran, scores = fitted(terrain_world, tmp_path, **weak)
    assert "'velocity' alone tells the" in ran.log and "weak labels" in (tmp_path / "r.html").read_text()
    frame = gpd.read_file(terrain_world / "samples.gpkg")
    row = scores[(scores["validation"] == "blocks") & (scores["part"] == "all")].iloc[0]
    assert row["n"] == (frame["weak"] == 0).sum()
    assert "alone tells the" not in boosted[1].log


def test_the_card_of_a_model_shows_the_scores_of_its_family(boosted, tmp_path):
    report = tmp_path / "card.html"
    run_task(inspect, ModelInspection(boosted[0].model, str(report)), tmp_path / "inspect")
    page = report.read_text(encoding="utf-8")
    assert all(f">{column}</th>" in page for column in ("auc", "brier", "ece"))


def test_no_block_trains_and_tests_at_once(terrain_world, boosted):
    frame = gpd.read_file(boosted[3] / "p.gpkg")
    blocks = gpd.read_file(terrain_world / "blocks.gpkg").to_crs(frame.crs)
    joined = frame[["fold", "geometry"]].sjoin(blocks[["block", "geometry"]], predicate="within")
    assert (joined.groupby("block")["fold"].nunique() == 1).all()
    assert joined["fold"].nunique() == 3


def test_applicability_and_new_samples_know_factors(terrain_world, boosted, tmp_path):
    params = boosted[0]
    output = str(tmp_path / "inside.tif")
    applied = ApplicabilityMapping(factors=layers(terrain_world), model=params.model, output=output)
    run_task(map_applicability, applied, tmp_path / "a")
    assert read_raster(output)[0][1].mean() > 0.8
    proposal = SampleProposal(
        factors=layers(terrain_world), model=params.model, count=5, output=str(tmp_path / "n.gpkg")
    )
    run_task(propose_samples, proposal, tmp_path / "n")
    assert len(gpd.read_file(tmp_path / "n.gpkg")) == 5


@pytest.fixture
def coded(terrain_world, tmp_path, write):
    """Change codes of the lithology."""

    def change(function):
        with rasterio.open(terrain_world / "factors" / "lithology.tif") as file:
            values, transform, crs = file.read(1), file.transform, file.crs
        return write(tmp_path / "lithology.tif", function(values), transform=transform, crs=crs)

    return change


def test_codes_that_no_sample_had_are_told(terrain_world, boosted, tmp_path, coded, monkeypatch):
    params = boosted[0]
    others = layers(terrain_world, [name for name in FACTORS if name != "lithology"])

    def some(values):
        values[:32] = 9
        return values

    monkeypatch.setattr(map_task, "TILE", 64)
    _, ran = mapped(terrain_world, tmp_path, params.model, factors=(*others, coded(some)))
    assert "'lithology' has codes that no training sample had: 9, in 25 % of its cells" in ran.log
    with pytest.raises(RegionwiseError, match="No code of 'lithology' was known in training, where it had 1, 2, 3, 4"):
        mapped(terrain_world, tmp_path, params.model, factors=(*others, coded(lambda values: values + 50)))


def change_labels(function):
    def change(frame):
        frame["label"] = function(frame["label"])
        return frame

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_labels(lambda label: 1), "All samples of 'bad' consist of 'event' alone"),
        (change_labels(lambda label: label + 1), "Label field 'label' of 'bad' must be 1 .event. or 0 .none."),
        (lambda frame: frame.drop(columns="label"), "label"),
    ],
)
def test_bad_labels_are_refused(terrain_world, tmp_path, change, message):
    change(gpd.read_file(terrain_world / "trusted.gpkg")).to_file(tmp_path / "bad.gpkg")
    with pytest.raises(RegionwiseError, match=message):
        fitted(terrain_world, tmp_path, samples=Layer(str(tmp_path / "bad.gpkg"), "bad"))


def test_places_with_contradicting_labels_are_told(terrain_world, tmp_path):
    frame = gpd.read_file(terrain_world / "trusted.gpkg")
    twins = frame.iloc[:7].copy()
    twins["label"] = 1 - twins["label"]
    gpd.GeoDataFrame(pd.concat([frame, twins]), crs=frame.crs).to_file(tmp_path / "twins.gpkg")
    _, ran, _ = fitted(terrain_world, tmp_path, samples=Layer(str(tmp_path / "twins.gpkg"), "twins"))
    assert "7 samples lie in one cell with another one and have other labels" in ran.log


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"factors": ()}, "Give factors as rasters with samples, or a table of values"),
        ({"label_field": ""}, "Label field is missing"),
        ({"prevalence": 1.5}, "Prevalence is 1.5"),
        ({"weak_weight": 0.0}, "Weak weight is 0"),
        ({"model_type": "forest"}, "Model type is 'forest'"),
    ],
)
def test_bad_parameters_are_refused(terrain_world, tmp_path, changes, message):
    with pytest.raises(RegionwiseError, match=message):
        fitted(terrain_world, tmp_path, **changes)


def test_a_factor_off_the_grid_is_refused(terrain_world, tmp_path, write):
    strange = write(tmp_path / "strange.tif", np.ones((20, 20), np.float32))
    with pytest.raises(RegionwiseError, match="'strange' is on another grid"):
        fitted(terrain_world, tmp_path, factors=(*layers(terrain_world), strange))


def test_all_samples_in_one_block_cannot_be_held_out(terrain_world, tmp_path):
    frame = gpd.read_file(terrain_world / "trusted.gpkg")
    block = frame["block"].mode()[0]
    frame[frame["block"] == block].to_file(tmp_path / "one.gpkg")
    with pytest.raises(RegionwiseError, match="fold"):
        fitted(terrain_world, tmp_path, samples=Layer(str(tmp_path / "one.gpkg"), "one"))


def test_quick_runs_are_quick(terrain_world, tmp_path):
    params, ran, _ = fitted(terrain_world, tmp_path, model_type="stack", quick=True)
    assert "Quick run" in ran.log and dataclasses.replace(params, quick=False).epochs == 25
